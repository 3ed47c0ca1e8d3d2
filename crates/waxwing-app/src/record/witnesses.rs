//! The witnesses that are asked to cosign the log.
//!
//! Promise: every signed head is brought to each witness within a minute; what a witness refuses is
//! shown and is a signal, for it may be the only one to know that the past was changed. Limit: a
//! witness that does not answer is no alarm by itself; until it answers, it vouches for what it saw last.

use super::store;
use crate::{App, Error, Result, signals};
use serde_json::json;
use waxwing_crypto::tlog::{AddCheckpoint, SignatureKind, VerifierKey};
use waxwing_domain::{Action, Ctx, Micros, Operation};
use waxwing_egress::Request;
use waxwing_store::{Entry, SignedHead, Tx, record_checkpoint, record_consistency};

/// The longest address of a witness, in characters.
const LONGEST_URL: usize = 500;
/// How many witnesses a log may have.
const MOST: usize = 8;

/// A witness as it is listed.
#[derive(Clone, Debug)]
pub struct WitnessRow {
    /// Its number.
    pub id: i64,
    /// Its key, `name+id+key`.
    pub vkey: String,
    /// Where it is asked.
    pub url: String,
    /// How many entries it saw.
    pub size: i64,
    /// When it signed last.
    pub seen_at: Option<Micros>,
    /// What it refused, in words; none while all is well.
    pub error: Option<String>,
}

impl WitnessRow {
    /// The name of its key.
    pub fn name(&self) -> &str {
        self.vkey.split('+').next().unwrap_or_default()
    }
}

/// The witnesses of the log.
pub async fn witnesses(tx: &mut Tx, ctx: &Ctx) -> Result<Vec<WitnessRow>> {
    ctx.authorise(Action::RecordRead)?;
    Ok(store::witnesses(tx).await?)
}

/// Adds a witness.
///
/// # Errors
/// [`Error::Invalid`] for a key that does not cosign or an address that is none; [`Error::Conflict`] for one
/// that is there already.
pub async fn add_witness(app: &App, tx: &mut Tx, ctx: &Ctx, url: &str, vkey: &str) -> Result<i64> {
    ctx.authorise(Action::SettingsWrite)?;
    let (url, key) = (check_url(app, url)?, check_key(vkey)?);
    let there = store::witnesses(tx).await?;
    if there.len() >= MOST || there.iter().any(|row| row.vkey == key.to_string()) {
        return Err(Error::Conflict(format!("This witness is there already, or there are {MOST}, which is enough.")));
    }
    let id = ctx.new_id();
    store::add_witness(tx, id, &key.to_string(), &url, ctx.now()).await?;
    let entry = Entry::new(Operation::Key, "record.add_witness").on("witness", id);
    tx.record(app.store(), ctx, entry.detail(json!({ "vkey": key.to_string() }))).await?;
    Ok(id)
}

/// Ends asking a witness.
pub async fn remove_witness(app: &App, tx: &mut Tx, ctx: &Ctx, id: i64) -> Result<()> {
    ctx.authorise(Action::SettingsWrite)?;
    if !store::remove_witness(tx, id).await? {
        return Err(Error::NotFound("witness"));
    }
    tx.record(app.store(), ctx, Entry::new(Operation::Key, "record.remove_witness").on("witness", id)).await?;
    signals::note(tx, ctx, "record.witness_removed", 1, json!({ "witness": id })).await
}

fn check_key(text: &str) -> Result<VerifierKey> {
    let key: Option<VerifierKey> = text.trim().parse().ok();
    key.filter(|key| key.kind() == SignatureKind::Cosignature).ok_or_else(|| {
        Error::invalid("vkey", "Give the witness’s key as it prints it: name, plus sign, eight digits, plus sign, key.")
    })
}

/// By the rule of all outgoing requests; what is asked for is appended to it.
fn check_url(app: &App, text: &str) -> Result<String> {
    let text = text.trim().trim_end_matches('/');
    if text.len() > LONGEST_URL || text.contains(['?', '#']) {
        return Err(Error::invalid("url", "Give an address without “?” and “#”, of at most 500 characters."));
    }
    app.egress().target(text).map_err(|error| Error::invalid("url", error))?;
    Ok(text.to_owned())
}

/// Brings the newest head to one witness and keeps what became of it; no transaction is open while
/// it is asked.
pub(super) async fn visit(app: &App, ctx: &Ctx, row: &WitnessRow) -> Result<()> {
    let key = check_key(&row.vkey)?;
    let mut old = u64::try_from(row.size).unwrap_or(0);
    for again in [true, false] {
        let mut tx = app.read(ctx, "record.witness").await?;
        let Some((head, request)) = next_request(&mut tx, old, &key).await? else { return Ok(()) };
        drop(tx);
        let outcome = ask(app, &row.url, &request, head.checkpoint.size).await;
        if let (Outcome::AskFrom(size), true) = (&outcome, again) {
            old = *size;
            continue;
        }
        let mut tx = app.begin(ctx, "record.witness").await?;
        settle(&mut tx, ctx, row, head, &outcome).await?;
        tx.commit().await?;
        return Ok(());
    }
    Ok(())
}

/// The longest answer that is read, in bytes: a few signature lines.
const LONGEST_ANSWER: usize = 64 * 1_024;

async fn ask(app: &App, url: &str, request: &AddCheckpoint, size: u64) -> Outcome {
    let target = match app.egress().target(&format!("{url}/add-checkpoint")) {
        Ok(target) => target,
        Err(error) => return Outcome::Trouble(format!("Its address is refused: {error}.")),
    };
    let Ok(post) = Request::post(target, "text/plain; charset=utf-8", request.to_text()) else {
        return Outcome::Trouble("It cannot be asked.".into());
    };
    match app.egress().request(post.body_up_to(LONGEST_ANSWER)).await {
        Ok(answer) => judge(answer.status(), &String::from_utf8_lossy(answer.body()), request, size),
        Err(error) => Outcome::Trouble(format!("It was not reached: {error}.")),
    }
}

/// What a witness is to be asked next; `None` when it has seen the newest head.
pub(super) async fn next_request(
    tx: &mut Tx,
    old: u64,
    witness: &VerifierKey,
) -> Result<Option<(SignedHead, AddCheckpoint)>> {
    let Some(head) = record_checkpoint(tx).await? else { return Ok(None) };
    if head.note.signatures().iter().any(|signature| signature.is_of(witness)) {
        return Ok(None);
    }
    // Of a log that was put back or went on under a new origin the witness says itself what it saw.
    let old = if old <= head.checkpoint.size { old } else { 0 };
    let proof = record_consistency(tx, old, head.checkpoint.size).await?;
    let request = AddCheckpoint { old, proof, note: head.note.clone() };
    Ok(Some((head, request)))
}

/// What became of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// It signed, and this is the line.
    Signed(String),
    /// It saw another size last: ask again from there.
    AskFrom(u64),
    /// It refused for a reason that may be the alarm it is there for.
    Alarm(String),
    /// It did not answer as a witness does.
    Trouble(String),
}

/// Reads the answer to a request.
pub(super) fn judge(status: u16, body: &str, request: &AddCheckpoint, size: u64) -> Outcome {
    match status {
        200 => Outcome::Signed(body.to_owned()),
        409 => match body.trim().parse::<u64>() {
            Ok(seen) if seen > size => Outcome::Alarm(format!(
                "It has seen {seen} entries and this record has {size}: entries were lost, or the record was put back."
            )),
            Ok(seen) if seen == request.old => {
                Outcome::Alarm("It has seen another record of the same length: one of the two was rewritten.".into())
            }
            Ok(seen) => Outcome::AskFrom(seen),
            Err(_) => Outcome::Trouble("Its answer cannot be read.".into()),
        },
        422 => Outcome::Alarm("The record does not go on from what it saw last: the past was rewritten.".into()),
        404 => Outcome::Trouble("It does not know this log. Give its operator the key of the log.".into()),
        403 => Outcome::Trouble("It knows another key of this log. Give its operator the key of the log.".into()),
        other => Outcome::Trouble(format!("It answered with {other}.")),
    }
}

/// Keeps what became of a request.
pub(super) async fn settle(
    tx: &mut Tx,
    ctx: &Ctx,
    row: &WitnessRow,
    head: SignedHead,
    outcome: &Outcome,
) -> Result<()> {
    let key = check_key(&row.vkey)?;
    let (trouble, alarm) = match outcome {
        Outcome::Signed(lines) => {
            let mut note = store::note(tx, &head).await?;
            match note.take_cosignature(&key, lines) {
                Ok(_) => {
                    store::keep_note(tx, &head, &note).await?;
                    store::seen(tx, row.id, head.checkpoint.size, ctx.now()).await?;
                    return Ok(());
                }
                Err(error) => (format!("Its signature is refused: {error}."), false),
            }
        }
        Outcome::AskFrom(size) => (format!("It says again and again that it saw {size} entries."), false),
        Outcome::Alarm(words) => (words.clone(), true),
        Outcome::Trouble(words) => (words.clone(), false),
    };
    if alarm && row.error.as_ref() != Some(&trouble) {
        signals::note(tx, ctx, "record.witness_refused", 1, json!({ "witness": row.id, "why": trouble })).await?;
    }
    Ok(store::trouble(tx, row.id, &trouble).await?)
}
