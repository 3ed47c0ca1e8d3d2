//! Keys, clock, jobs, record, people who sign in.

use super::Finding;
use waxwing_app::{App, accounts, keys};
use waxwing_domain::Micros;
use waxwing_http::count;
use waxwing_store::{Health, record_head};

/// Looks at them.
pub async fn look(app: &App) -> anyhow::Result<Vec<Finding>> {
    let health = app.store().health(app.workspace()).await?;
    let ctx = app.host().with_purpose("waxwing doctor");
    let mut tx = app.read(&ctx, "doctor.work").await?;
    let (size, _) = record_head(&mut tx).await?;
    let owners = accounts::active(&mut tx).await?;
    let resealing = keys::resealing(app, &mut tx).await?;
    Ok(vec![
        keys(app, &health),
        sealing(&resealing),
        clock(&health),
        jobs(&health),
        record(&health, size),
        people(owners),
    ])
}

fn keys(app: &App, health: &Health) -> Finding {
    let age = keys::age(app);
    let days = app.store().clock().now().since(age.began) / Micros::DAY;
    if health.epoch > i64::from(age.epoch) {
        return Finding::wrong(
            "keys",
            "the key ring is older than the database; put the newest copy of the ring in place",
        );
    }
    let words = format!("epoch {}, {days} days old", age.epoch);
    if age.alive > 1 {
        return Finding::attention(
            "keys",
            format!("{words}; a rotation is not finished: `waxwing keys rotate` finishes it"),
        );
    }
    if days > 14 {
        return Finding::attention(
            "keys",
            format!("{words}; the erased can still be read from old copies: `waxwing keys rotate`"),
        );
    }
    Finding::good("keys", words)
}

fn sealing(found: &keys::Resealing) -> Finding {
    match (found.unfinished(), found.people.map_or(0, |order| order.damaged)) {
        (true, _) => Finding::attention(
            "sealing",
            format!(
                "a re-sealing is not finished: {} people wait{}; `waxwing serve` goes on with it",
                count(found.people_left()),
                if found.secrets { ", and secrets and files" } else { "" }
            ),
        ),
        (false, 0) => Finding::good("sealing", "no re-sealing waits"),
        (false, damaged) => Finding::attention(
            "sealing",
            format!("{} people keep their old keys, for their data does not open; the log names them", count(damaged)),
        ),
    }
}

fn clock(health: &Health) -> Finding {
    match health.ahead {
        0..=Micros::MINUTE => Finding::good("clock", "no row lies in the future"),
        ahead => Finding::wrong(
            "clock",
            format!(
                "the clock is {} seconds behind the newest row; set it (timedatectl) before work goes on",
                ahead / Micros::SECOND
            ),
        ),
    }
}

fn jobs(health: &Health) -> Finding {
    if health.overdue > 0 && !health.runner {
        let words = format!("{} jobs wait and no process runs them; start `waxwing serve`", count(health.overdue));
        return Finding::attention("jobs", words);
    }
    if health.overdue > 0 || health.failed > 0 {
        let words = format!(
            "{} overdue, {} given up in the last seven days; the log says why",
            count(health.overdue),
            count(health.failed)
        );
        return Finding::attention("jobs", words);
    }
    Finding::good(
        "jobs",
        if health.runner { "none waits; a process runs them" } else { "none waits; no process runs them now" },
    )
}

fn record(health: &Health, size: i64) -> Finding {
    let words = format!("{} entries", count(size));
    match health.unnumbered {
        0..=1_000 => Finding::good("record", format!("{words}, {} not numbered yet", count(health.unnumbered))),
        waiting => Finding::attention(
            "record",
            format!("{words}, {} not numbered yet; is `waxwing serve` running?", count(waiting)),
        ),
    }
}

fn people(owners: i64) -> Finding {
    match owners {
        0 => Finding::attention(
            "owner",
            "nobody can sign in yet; open the link of `waxwing init`, or make one with `waxwing account link`",
        ),
        _ => Finding::good("owner", format!("{} can sign in", count(owners))),
    }
}
