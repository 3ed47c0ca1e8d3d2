//! The timeline of a case.
//!
//! Promise: a line is never changed. One of the machine names an entry of the access record and is shown from it; one
//! of a person is sealed and carries who wrote it and when. A correction is another line that names the first.
//! Limit: when something happened is what the person says; when they wrote it is the machine's word.

use super::members;
use super::words::Category;
use super::{sealing, store_timeline, when};
use serde::{Deserialize, Serialize};
use waxwing_app::{App, Error, Result};
use waxwing_domain::{Action, Actor, CasePartId, Ctx, FieldId, IncidentId, Micros, Operation};
use waxwing_store::{Entry, EntryId, Tx};

/// The use case of a line that a person wrote.
const BY_HAND: &str = "incidents.note";
/// The longest name of a source, in characters.
const LONGEST_SOURCE: usize = 200;

/// What a person writes.
#[derive(Clone)]
pub struct NewLine {
    /// When it happened.
    pub at: Micros,
    /// The zone that it was said in.
    pub zone: String,
    /// What it is about.
    pub category: Category,
    /// Where that is known from; may be empty.
    pub source: String,
    /// What happened.
    pub text: String,
    /// The line that this one corrects.
    pub corrects: Option<CasePartId>,
}

/// The sealed part of a line.
#[derive(Serialize, Deserialize, Clone, Default)]
pub(super) struct Said {
    pub source: String,
    pub text: String,
}

/// A line of the timeline.
#[derive(Clone)]
pub struct Line {
    /// Its id.
    pub id: CasePartId,
    /// When it happened.
    pub at: Micros,
    /// The zone that it was said in.
    pub zone: String,
    /// What it is about.
    pub category: Category,
    /// The use case: of the entry, or the writing of it.
    pub what: String,
    /// The entry of the access record, where the machine says so.
    pub entry: Option<i64>,
    /// The place of that entry in the log; `None` until it was given one.
    pub index: Option<i64>,
    /// The line that this one corrects.
    pub corrects: Option<CasePartId>,
    /// Who wrote it, or whose act it was: kind and principal.
    pub author: Actor,
    /// When it was written.
    pub noted_at: Micros,
    /// Where that is known from.
    pub source: String,
    /// What happened, in words.
    pub text: String,
}

impl Line {
    /// Whether the machine says so, from the access record.
    pub const fn is_machine(&self) -> bool {
        self.entry.is_some()
    }
    /// When it happened, on the wall clock that it was said in.
    pub fn wall(&self) -> String {
        when::shown(self.at, &self.zone)
    }
}

/// Records an act on a case, and puts it on its timeline.
pub(super) async fn act(
    app: &App,
    tx: &mut Tx,
    ctx: &Ctx,
    id: IncidentId,
    category: Category,
    entry: Entry,
) -> Result<()> {
    let what = entry.what;
    let entry = tx.record(app.store(), ctx, entry.on("incident", id.as_i64())).await?;
    machine(tx, ctx, id, category, (what, entry)).await
}

/// Puts an entry of the access record that was made now on a case's timeline: for what other features do for it.
pub async fn machine(
    tx: &mut Tx,
    ctx: &Ctx,
    id: IncidentId,
    category: Category,
    (what, entry): (&str, EntryId),
) -> Result<()> {
    let row = store_timeline::NewRow {
        at: ctx.now(),
        zone: "UTC".into(),
        category,
        what: what.to_owned(),
        entry: Some(entry.as_i64()),
        corrects: None,
        author: ctx.actor,
        sealed: None,
    };
    store_timeline::insert(tx, ctx, id, CasePartId::from_i64(ctx.new_id()), row).await?;
    Ok(())
}

/// Writes a line by hand.
///
/// # Errors
/// [`Error::Invalid`] for an empty text or a time to come; [`Error::NotFound`] for a line that is not there to correct.
pub async fn note(app: &App, tx: &mut Tx, ctx: &Ctx, id: IncidentId, new: NewLine) -> Result<CasePartId> {
    members::writable(tx, ctx, id).await?;
    when::past("at", new.at, ctx.now())?;
    let said = Said { source: source(&new.source)?, text: sealing::text("text", &new.text)? };
    if let Some(corrected) = new.corrects {
        let found = store_timeline::is_there(tx, id, corrected).await?;
        found.then_some(()).ok_or(Error::NotFound("line"))?;
    }
    let line = CasePartId::from_i64(ctx.new_id());
    let sealed = sealing::seal(app, ctx, FieldId::CASE_LINE, line.as_i64(), &said)?;
    let row = store_timeline::NewRow {
        at: new.at,
        zone: new.zone,
        category: new.category,
        what: BY_HAND.into(),
        entry: None,
        corrects: new.corrects,
        author: ctx.actor,
        sealed: Some(sealed),
    };
    store_timeline::insert(tx, ctx, id, line, row).await?;
    let entry = Entry::new(Operation::Change, BY_HAND).on("incident", id.as_i64());
    tx.record(app.store(), ctx, entry).await?;
    Ok(line)
}

fn source(typed: &str) -> Result<String> {
    let text = sealing::optional("source", typed)?;
    if text.contains('\n') || text.chars().count() > LONGEST_SOURCE {
        return Err(Error::invalid("source", "Write one line of at most 200 characters."));
    }
    Ok(text)
}

/// Puts an entry of the access record on the timeline, by its place in the log.
///
/// # Errors
/// [`Error::NotFound`] where the log has no such entry; needs the right to read the record.
pub async fn pin(
    app: &App,
    tx: &mut Tx,
    ctx: &Ctx,
    id: IncidentId,
    index: i64,
    category: Category,
) -> Result<CasePartId> {
    ctx.authorise(Action::RecordRead)?;
    members::writable(tx, ctx, id).await?;
    let found = store_timeline::entry_at(tx, index).await?.ok_or(Error::NotFound("entry"))?;
    let line = CasePartId::from_i64(ctx.new_id());
    let row = store_timeline::NewRow {
        at: found.at,
        zone: "UTC".into(),
        category,
        what: found.what,
        entry: Some(found.entry),
        corrects: None,
        author: found.actor,
        sealed: None,
    };
    store_timeline::insert(tx, ctx, id, line, row).await?;
    let entry = Entry::new(Operation::Change, "incidents.pin").on("incident", id.as_i64());
    tx.record(app.store(), ctx, entry.detail(serde_json::json!({ "index": index }))).await?;
    Ok(line)
}

/// The timeline, the first first.
pub async fn lines(app: &App, tx: &mut Tx, ctx: &Ctx, id: IncidentId) -> Result<Vec<Line>> {
    ctx.authorise(Action::IncidentsRead)?;
    members::readable(tx, ctx, id).await?;
    let rows = store_timeline::all(tx, id).await?;
    rows.into_iter()
        .map(|(line, sealed)| {
            let said: Said = match sealed {
                Some(sealed) => sealing::open(app, ctx.workspace, FieldId::CASE_LINE, line.id.as_i64(), &sealed)?,
                None => Said { source: String::new(), text: spoken(&line.what) },
            };
            Ok(Line { source: said.source, text: said.text, ..line })
        })
        .collect()
}

/// What an act on a case is called; other use cases keep their name.
fn spoken(what: &str) -> String {
    let words = match what {
        "incidents.open" => "The case was opened.",
        "incidents.classify" => "Severity and losses were stated.",
        "incidents.confirm" => "The breach was confirmed: the clocks run.",
        "incidents.contain" => "The breach goes on no more.",
        "incidents.close" => "The case was closed.",
        "incidents.dismiss" => "The suspicion was dismissed.",
        "incidents.join" => "Somebody joined the case.",
        "incidents.add_member" => "Somebody was put into the case.",
        "incidents.remove_member" => "Somebody was taken out of the case.",
        "incidents.add_asset" => "Something was named as touched.",
        "incidents.judge_asset" => "What was touched was judged.",
        "incidents.add_indicator" => "An indicator was noted.",
        "incidents.export_indicators" => "The indicators were handed out.",
        "incidents.take_playbook" => "A playbook was taken.",
        "incidents.add_task" => "A task was added.",
        "incidents.finish_task" => "A task has ended.",
        "incidents.evidence" => "The evidence was taken out.",
        "incidents.put_file" => "A file from outside was put into the evidence.",
        "incidents.cause" => "The root cause was stated.",
        "incidents.window" => "When it may have gone on was stated.",
        "incidents.radius" => "It was counted who was touched, and the answer frozen.",
        "incidents.run_task" => "The machine did a step.",
        "incidents.update" => "The members were told how it stands.",
        "incidents.cadence" => "How often the members are told was changed.",
        "incidents.add_contact" => "Somebody was put on the contact sheet.",
        "incidents.remove_contact" => "Somebody was taken off the contact sheet.",
        "incidents.add_finding" => "Something that has to become better was noted.",
        "incidents.end_finding" => "What had to become better was worked on, or tried again.",
        "incidents.training" => "What people are taught of it was written.",
        "incidents.assign_training" => "Who is to read what was learnt was said.",
        "incidents.read_training" => "Somebody has read what was learnt.",
        "incidents.take_indicators" => "Indicators were taken in.",
        "containment.contain" => "Something was contained.",
        "containment.release" => "Something contained was released.",
        "duties.state" => "Facts or words for the duties were stated.",
        "duties.sign" => "A person signed a judgement of the risk.",
        "duties.meet" => "A duty was noted as done.",
        "duties.packet" => "A packet for a provider or controller was drafted.",
        "duties.packet_change" => "A packet for a provider or controller was changed.",
        "duties.packet_sent" => "A packet went to a provider or controller.",
        "duties.packet_answered" => "A provider or controller answered.",
        "incidents.custody" => "Evidence changed hands.",
        "notices.create" => "A notice to people was begun.",
        "notices.change" => "A notice to people was changed.",
        "notices.withdraw" => "A notice to people was given up.",
        "notices.send" => "A notice to people was ordered.",
        "notices.pause" => "A notice to people was paused.",
        "notices.resume" => "A notice to people goes on.",
        "notices.again" => "A notice was sent again to whom it did not reach.",
        "status.create" => "A public page was made.",
        "status.set_up" => "The public page was set up.",
        "status.update" => "An update was published.",
        "status.close" => "The public page was closed.",
        "support.answer" => "Somebody who asked for help was answered.",
        "support.close" => "A message that asked for help was closed.",
        "notices.proof" => "The proof of delivery of a notice was taken out.",
        other => other,
    };
    words.to_owned()
}
