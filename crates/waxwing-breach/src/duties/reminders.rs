//! `duties.remind`: the members of a case hear by mail that a time of law runs out, and each day what is overdue.
//!
//! Promise: one mail a case, of every duty that has 24 hours left, 4 hours left, or whose time is over: once of each such
//! moment, however often the job runs or is begun anew; a time that moves is reminded of anew. Tasks and findings that
//! are overdue are told once a day. Limit: the mail names the codename, the law and the time, never what happened; a duty
//! without a number ("without undue delay") is on the page alone.

use super::{Overview, Standing, overview, store_reminders};
use crate::incidents::{self, Incident};
use jiff::Timestamp;
use serde_json::json;
use std::time::Duration;
use waxwing_app::accounts::{self, Notice};
use waxwing_app::{App, Result};
use waxwing_domain::{AccountId, Ctx, IncidentId, Micros, Operation};
use waxwing_law::Verdict;
use waxwing_law::clock::State;
use waxwing_store::{Entry, JobContext, JobError, JobRegistry, Tx};

/// How often clocks are looked at.
const EVERY: Duration = Duration::from_secs(300);
/// Open cases that are looked at, at most.
const CASES: i64 = 200;

/// The job of this feature.
pub(super) fn register(registry: &mut JobRegistry, app: &App) {
    let app = app.clone();
    registry.on("duties.remind", 5, move |job| run(app.clone(), job));
    registry.every("duties.remind", EVERY);
}

async fn run(app: App, job: JobContext) -> std::result::Result<(), JobError> {
    let mut tx = app.begin(&job.ctx, "duties.remind").await?;
    job.fence(&mut tx).await?;
    let cases = incidents::page(&mut tx, &job.ctx, None, CASES).await?;
    for case in cases.into_iter().filter(|case| case.status.is_open()) {
        remind(&app, &mut tx, &job.ctx, case.id).await?;
    }
    Ok(tx.commit().await?)
}

/// Reminds the members of one case; gives of how many things.
async fn remind(app: &App, tx: &mut Tx, ctx: &Ctx, id: IncidentId) -> Result<usize> {
    let overview = overview(app, tx, ctx, id).await?;
    let mut lines = Vec::new();
    for (standing, stage, due) in overview.running_out(ctx.now()) {
        if store_reminders::note(tx, ctx, id, (&standing.duty.rule, stage), due).await? {
            lines.push(overview.line(standing, due, ctx.now()));
        }
    }
    lines.extend(overdue(app, tx, ctx, id).await?);
    if !lines.is_empty() {
        tell(app, tx, ctx, &overview.case, &lines).await?;
    }
    Ok(lines.len())
}

/// What of the case's tasks and findings is overdue, where nobody was told of it today.
async fn overdue(app: &App, tx: &mut Tx, ctx: &Ctx, id: IncidentId) -> Result<Vec<String>> {
    let now = ctx.now();
    let tasks = incidents::tasks(app, tx, ctx, id).await?.iter().filter(|task| task.is_late(now)).count();
    let findings = incidents::findings(app, tx, ctx, id).await?.iter().filter(|one| one.is_late(now)).count();
    let today = Micros::from_i64(now.as_i64().div_euclid(Micros::DAY) * Micros::DAY);
    let mut lines = Vec::new();
    for (what, number) in [("tasks", tasks), ("findings", findings)] {
        if number > 0 && store_reminders::note(tx, ctx, id, (what, "day"), today).await? {
            lines.push(format!("Overdue {what}: {number}."));
        }
    }
    Ok(lines)
}

async fn tell(app: &App, tx: &mut Tx, ctx: &Ctx, case: &Incident, lines: &[String]) -> Result<()> {
    let inside = incidents::members(tx, ctx, case.id).await?;
    let people = inside.iter().filter(|one| one.who.kind == "account");
    let people: Vec<AccountId> = people.map(|one| AccountId::from_i64(one.who.principal)).collect();
    let text = format!(
        "{} waits for you.\n\n{}\n\nRead it after signing in:\n\n{}/security/incidents/{}/duties\n\nThe mail itself says \
         nothing about what happened.\n",
        case.codename,
        lines.join("\n"),
        app.config().public_url,
        case.id
    );
    let notice = Notice { kind: "duties.remind", subject: format!("Time runs out in {}", case.codename), text };
    let mailed = accounts::tell_these(app, tx, ctx, &people, &notice).await?;
    let entry = Entry::new(Operation::Operate, "duties.remind").on("incident", case.id.as_i64());
    tx.record(app.store(), ctx, entry.detail(json!({ "of": lines.len(), "mailed": mailed }))).await?;
    Ok(())
}

/// How near a time is: the word it is noted by; `None` with more than a day left.
fn stage(due: Micros, now: Micros) -> Option<&'static str> {
    match due.since(now) {
        left if left < 0 => Some("late"),
        left if left <= 4 * Micros::HOUR => Some("4h"),
        left if left <= Micros::DAY => Some("24h"),
        _ => None,
    }
}

impl Overview {
    /// Every duty that is not done and has a time that runs or ran out, the nearest first.
    pub fn clocks(&self, now: Micros) -> Vec<(&Standing, Micros)> {
        let mut clocks: Vec<(&Standing, Micros)> = self
            .duties
            .iter()
            .filter(|one| self.counts(&one.duty.verdict) && one.met.is_none())
            .filter_map(|one| Some((one, due(one, now.timestamp())?)))
            .collect();
        clocks.sort_by_key(|(_, due)| *due);
        clocks
    }

    /// Whether a duty's time is one to live by: it applies, or it may and the breach is confirmed.
    const fn counts(&self, verdict: &Verdict) -> bool {
        match verdict {
            Verdict::Applies => true,
            Verdict::MayApply(_) => self.case.aware.is_some(),
            Verdict::DoesNotApply => false,
        }
    }

    fn running_out(&self, now: Micros) -> Vec<(&Standing, &'static str, Micros)> {
        self.clocks(now).into_iter().filter_map(|(one, due)| Some((one, stage(due, now)?, due))).collect()
    }

    /// `GDPR Article 33(1), notify the authority: 41 hours left, by Tue 24 Nov 2026 14:10 (Europe/Berlin).`
    pub fn line(&self, standing: &Standing, due: Micros, now: Micros) -> String {
        let local = due.timestamp().to_zoned(self.facts.time_zone());
        let zone = local.time_zone().iana_name().unwrap_or("UTC").to_owned();
        let minutes = due.since(now).abs() / Micros::MINUTE;
        let amount = match minutes {
            0..120 => format!("{minutes} minutes"),
            more => format!("{} hours", more / 60),
        };
        let left = if due < now { format!("late by {amount}, was due") } else { format!("{amount} left, by") };
        let (law, title) = (&standing.duty.law, &standing.duty.title);
        let title = match standing.duty.verdict {
            Verdict::MayApply(_) => format!("{title} (if it applies)"),
            _ => title.clone(),
        };
        format!("{law}, {title}: {left} {} ({zone}).", local.strftime("%a %-d %b %Y %H:%M"))
    }
}

/// When the clock of a duty runs out or ran out; `None` where no number runs now.
fn due(standing: &Standing, now: Timestamp) -> Option<Micros> {
    let clock = standing.clock.as_ref()?;
    let runs = matches!(clock.state(now), State::Running(_) | State::Late(_));
    clock.due(now).filter(|_| runs).map(|due| Micros::from_i64(due.as_microsecond()))
}
