//! Who was touched, and the evidence of a case.

use crate::commands::desk::Desk;
use anyhow::Context as _;
use serde_json::{Value, json};
use std::fs::OpenOptions;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use waxwing_breach::incidents::{self, Counted, Custody};
use waxwing_domain::IncidentId;
use waxwing_store::Sequencer;

pub(super) async fn write(desk: &Desk, id: IncidentId, to: &Path) -> anyhow::Result<Value> {
    if to.extension().is_some_and(|ending| ending == "tar") {
        return archive(desk, id, to).await;
    }
    let written = incidents::to_files(&desk.app, &desk.ctx, id, to).await?;
    told(desk, to, &written.key);
    desk.output.say(format!("SHA-256 of its manifest: {}", written.manifest));
    Ok(json!({ "dir": to, "manifest": written.manifest, "key": written.key, "entries": written.entries }))
}

fn told(desk: &Desk, to: &Path, key: &str) {
    desk.output.say(format!("The evidence is in {}, readable by you only. Check it anywhere:", to.display()));
    desk.output.say(format!("\n    waxwing record verify {} --key {key}\n", to.display()));
}

async fn archive(desk: &Desk, id: IncidentId, to: &Path) -> anyhow::Result<Value> {
    // Before anything is gathered: a file that is there is not written over.
    let new = OpenOptions::new().create_new(true).write(true).mode(0o600).open(to);
    let mut new = new.with_context(|| to.display().to_string())?;
    let (mut file, made) = incidents::to_archive(&desk.app, &desk.ctx, id).await?;
    std::io::copy(&mut file, &mut new).with_context(|| to.display().to_string())?;
    told(desk, to, &made.written.key);
    desk.output.say(format!("SHA-256 of the archive: {}", made.sha256));
    Ok(json!({
        "file": to, "sha256": made.sha256, "bytes": made.size, "manifest": made.written.manifest, "key": made.written.key,
        "entries": made.written.entries,
    }))
}

pub(super) async fn custody(desk: &Desk, id: IncidentId) -> anyhow::Result<Value> {
    let chain = desk.look(("incidents.custody", id), async |tx| incidents::custody(tx, &desk.ctx, id).await).await?;
    let row = |one: &Custody| {
        let (act, by, sha256) = (one.act.as_str(), one.by.to_columns().0, one.hash_text());
        let value = json!({
            "number": one.number, "act": act, "what": one.what, "at": one.at, "by": by, "sha256": sha256,
            "entry": one.index,
        });
        (format!("{:3}  {}  {act:8}  {by:8}  {}\n     {sha256}", one.number, one.at, one.what), value)
    };
    Ok(desk.listed("custody", "Nobody has taken evidence yet.", chain.iter().map(row)))
}

pub(super) async fn check(desk: &Desk, id: IncidentId) -> anyhow::Result<Value> {
    let viewed = async |tx: &mut _| incidents::view_radius(&desk.app, tx, &desk.ctx, id).await;
    let answers = desk.change("incidents.view_evidence", viewed).await?;
    Ok(desk.said(&format!("frozen answers that are what was frozen: {answers}"), json!({ "answers": answers })))
}

pub(super) async fn radius(desk: &Desk, id: IncidentId) -> anyhow::Result<Value> {
    Sequencer::new(desk.app.store().clone()).finish().await?;
    Ok(counted(desk, incidents::freeze_radius(&desk.app, &desk.ctx, id).await?))
}

pub(super) async fn keep(desk: &Desk, id: IncidentId, answer: i64) -> anyhow::Result<Value> {
    Ok(counted(desk, incidents::keep_radius(&desk.app, &desk.ctx, id, answer).await?))
}

fn counted(desk: &Desk, counted: Counted) -> Value {
    let people = &counted.summary.people;
    let words = format!("{} people confirmed, {} possible; {}", people.confirmed, people.possible, counted.source());
    desk.said(&words, json!({ "number": counted.number, "count": counted }))
}
