//! `waxwing status`: the public page of a case, from the host.

use super::Host;
use super::desk::Desk;
use crate::cli::Status;
use anyhow::Context as _;
use serde_json::{Value, json};
use std::io::Write as _;
use std::path::Path;
use waxwing_breach::notices::{LintRule, Locale};
use waxwing_breach::status::{self, NewUpdate, Setup};
use waxwing_domain::IncidentId;

/// Runs one of the commands about public pages.
pub async fn run(command: Status, host: Host) -> anyhow::Result<Value> {
    let desk = Desk::open(&host, "waxwing status").await?;
    let done = match command {
        Status::Show { case } => show(&desk, &case).await,
        Status::Make { case, slug, title, answer, possible } => {
            make(&desk, &case, Setup { slug, title, radius: answer, possible }).await
        }
        Status::Update { case, title, text, language, let_stand, question } => {
            update(&desk, &case, (title, text, question), (&language, &let_stand)).await
        }
        Status::Close { case } => close(&desk, &case).await,
        Status::Export { case, dir } => export(&desk, &case, &dir).await,
    };
    desk.close(done).await
}

async fn show(desk: &Desk, case: &str) -> anyhow::Result<Value> {
    let (id, ctx): (IncidentId, _) = (case.parse()?, &desk.ctx);
    let found = desk.look(("status.show", id), async |tx| {
        let Some(page) = status::of_case(tx, ctx, id).await? else { return Ok(None) };
        let asked = status::asked(tx, page.id).await?;
        let updates = status::updates(tx, page.id).await?;
        Ok(Some((page, asked, updates)))
    });
    let Some((page, asked, updates)) = found.await? else {
        return Ok(desk.said("Nothing of this case is public.", json!({ "page": null })));
    };
    let address = format!("{}{}", desk.app.config().public_url, page.path());
    desk.output.say(format!("{}: {}\n{address}", page.state.as_str(), page.title));
    if asked.any() {
        desk.output.say(asked.said());
    }
    for one in &updates {
        desk.output.say(format!("\n{}  {}\n{}", one.at, one.title, one.body));
    }
    let update = |one: &status::Update| json!({ "number": one.number, "at": one.at, "title": one.title, "text": one.body, "question": one.question });
    Ok(json!({ "page": {
        "address": address, "state": page.state.as_str(), "title": page.title, "frozen_answer": page.radius,
        "possible": page.possible, "published_at": page.published_at,
        "questions": { "waiting": asked.waiting, "answered": asked.answered, "silent": asked.silent },
        "updates": updates.iter().map(update).collect::<Value>(),
    } }))
}

async fn make(desk: &Desk, case: &str, setup: Setup) -> anyhow::Result<Value> {
    let id = case.parse()?;
    let page = desk.change("status.set_up", async |tx| {
        status::put(&desk.app, tx, &desk.ctx, id, setup).await?;
        status::of_case(tx, &desk.ctx, id).await
    });
    let page = page.await?.context("the page was not made")?;
    let address = format!("{}{}", desk.app.config().public_url, page.path());
    Ok(desk.said(&format!("saved; its address: {address}"), json!({ "id": page.id, "address": address })))
}

async fn update(
    desk: &Desk,
    case: &str,
    (title, body, question): (String, String, bool),
    (language, let_stand): (&str, &[String]),
) -> anyhow::Result<Value> {
    let locale = Locale::parse(language).context("the language is en, de, fr or es")?;
    let rules: Option<Vec<LintRule>> = let_stand.iter().map(|word| LintRule::parse(word)).collect();
    let new = NewUpdate { title, body, locale, overruled: rules.context("there is no such rule")?, question };
    let id = case.parse()?;
    desk.change("status.update", async |tx| status::update(&desk.app, tx, &desk.ctx, id, &new).await).await?;
    Ok(desk.said("published to everybody", json!({ "published": true })))
}

async fn close(desk: &Desk, case: &str) -> anyhow::Result<Value> {
    let id = case.parse()?;
    desk.change("status.close", async |tx| status::close(&desk.app, tx, &desk.ctx, id).await).await?;
    Ok(desk.said("closed; it stays to be read", json!({ "state": "closed" })))
}

async fn export(desk: &Desk, case: &str, to: &Path) -> anyhow::Result<Value> {
    let id: IncidentId = case.parse()?;
    let taken = async |tx: &mut _| status::take_out(&desk.app, tx, &desk.ctx, id).await;
    let (slug, files) = desk.look(("status.export", id), taken).await?;
    if to.extension().is_some_and(|ending| ending == "tar") {
        let mut new = std::fs::File::create_new(to).with_context(|| to.display().to_string())?;
        new.write_all(&status::pack(&slug, &files)?).with_context(|| to.display().to_string())?;
    } else {
        status::to_directory(&files, to)?;
    }
    let names = files.iter().map(|file| file.name).collect::<Vec<_>>();
    let words = format!("written to {}; README.txt says how to host it elsewhere", to.display());
    Ok(desk.said(&words, json!({ "to": to, "files": names })))
}
