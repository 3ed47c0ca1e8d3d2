//! `waxwing record`: the access record taken out, proved and checked.
//!
//! Promise: `verify` opens no database and no key: it can be run by somebody who distrusts this
//! machine, and exits with 0 only if everything fits. Limit: without a witness's key or a checkpoint
//! kept elsewhere it cannot see that the whole was rewritten by whoever holds the log's key.

use super::Host;
use crate::cli::{Record, Verify};
use crate::house;
use crate::output::Output;
use anyhow::{Context as _, bail};
use serde_json::{Value, json};
use std::io::Write as _;
use std::path::Path;
use waxwing_app::{App, record};
use waxwing_breach::incidents::{is_archive, verify_archive};
use waxwing_crypto::tlog::{Seen, VerifierKey};
use waxwing_http::count;
use waxwing_store::{
    RecordCheck, RecordReport, Sequencer, decode_leaf, is_evidence, verify_evidence, verify_proof, verify_record,
};

/// Runs what needs the installation.
pub async fn run(command: Record, host: Host) -> anyhow::Result<Value> {
    let app = host.open().await?;
    number(&app).await?;
    let answer = match command {
        Record::Export { dir, without_people } => export(&app, &dir, !without_people, host.output).await,
        Record::Prove { entry, out } => prove(&app, entry, out.as_deref(), host.output).await,
        Record::Key => key(&app, host.output).await,
        Record::Witness { url, vkey } => witness(&app, &url, &vkey, host.output).await,
        Record::Verify(_) => bail!("this command works on no data directory"),
    };
    house::close(&app).await?;
    answer
}

/// Where no server does it, entries get their numbers and the head its signature now.
async fn number(app: &App) -> anyhow::Result<()> {
    let sequencer = Sequencer::new(app.store().clone());
    sequencer.finish().await?;
    Ok(())
}

async fn export(app: &App, dir: &Path, with_people: bool, output: Output) -> anyhow::Result<Value> {
    let ctx = app.host().with_purpose("waxwing record export");
    let bar = output.progress("writing the record");
    let seen = |done: u64, total: u64| bar.rows(done, total);
    let exported = record::to_files(app, &ctx, dir, with_people, seen).await?;
    drop(bar);
    let head = &exported.head.checkpoint;
    output.say(format!("{} entries are in {}, readable by you only.", count(head.size.cast_signed()), dir.display()));
    output.say(format!("The key to check them with, to be handed over by another way:\n\n    {}", exported.key));
    Ok(json!({ "dir": dir, "size": head.size, "origin": head.origin, "root": hex(&head.root), "key": exported.key }))
}

async fn prove(app: &App, entry: u64, out: Option<&Path>, output: Output) -> anyhow::Result<Value> {
    let ctx = app.host().with_purpose("waxwing record prove");
    let proof = record::proof(app, &ctx, entry).await.with_context(|| format!("entry {entry}"))?;
    let text = proof.to_text();
    match out {
        Some(path) => {
            let file = std::fs::OpenOptions::new().create_new(true).write(true).open(path);
            file.and_then(|mut file| file.write_all(text.as_bytes())).with_context(|| path.display().to_string())?;
            output.say(format!("The proof of entry {entry} is in {}.", path.display()));
        }
        None => output.say(text.trim_end()),
    }
    Ok(json!({ "entry": entry, "proof": text, "file": out }))
}

async fn key(app: &App, output: Output) -> anyhow::Result<Value> {
    let state = record::log_state(app, &app.host()).await?;
    let key = state.key.context("the record has no key yet")?.to_string();
    output.say(&key);
    Ok(json!({ "key": key }))
}

async fn witness(app: &App, url: &str, vkey: &str, output: Output) -> anyhow::Result<Value> {
    let ctx = app.host().with_purpose("waxwing record witness");
    let mut tx = app.begin(&ctx, "record.add_witness").await?;
    let id = record::add_witness(app, &mut tx, &ctx, url, &text_or_file(vkey)?).await?;
    tx.commit().await?;
    output.say("The witness is asked within a minute while the server runs.");
    Ok(json!({ "id": id }))
}

/// `waxwing record verify`: the one command that needs neither installation nor settings.
pub fn verify(verify: &Verify, output: Output) -> anyhow::Result<Value> {
    let check = check(verify)?;
    if verify.path.is_dir() {
        files(&verify.path, &check, output)
    } else if is_archive(&verify.path) {
        archive(&verify.path, &check, output)
    } else {
        proof(&verify.path, &check, output)
    }
}

/// The evidence of a case as one archive.
fn archive(path: &Path, check: &RecordCheck, output: Output) -> anyhow::Result<Value> {
    let bar = output.progress("checking the evidence");
    let found = verify_archive(path, check, |done, total| bar.rows(done, total))?;
    drop(bar);
    tell(&found.report, check, output);
    if !found.exact {
        bail!("the archive is not the one that was made: its bytes are others than its files make");
    }
    if !found.report.is_whole() {
        bail!("the evidence is not whole: {} things do not fit", found.report.wrong);
    }
    output.say(format!("Whole as evidence, to its last byte. SHA-256 of the archive: {}", found.sha256));
    let report = found.report;
    Ok(json!({
        "whole": true, "evidence": true, "sha256": found.sha256, "origin": report.origin, "size": report.size,
        "root": report.root, "witnessed_size": report.witnessed_size, "key_from_the_files": report.own_key,
    }))
}

fn check(verify: &Verify) -> anyhow::Result<RecordCheck> {
    let key = |text: &String| text_or_file(text)?.trim().parse::<VerifierKey>().with_context(|| text.clone());
    let against = verify.against.as_ref().map(|path| read(path)).transpose()?;
    Ok(RecordCheck {
        key: verify.key.as_ref().map(key).transpose().context("--key")?,
        witnesses: verify.witness.iter().map(key).collect::<Result<_, _>>().context("--witness")?,
        against,
        without_people: verify.without_people,
    })
}

/// A key as text, or the name of a file that holds it.
pub fn text_or_file(text: &str) -> anyhow::Result<String> {
    if text.contains('+') && !Path::new(text).exists() { Ok(text.to_owned()) } else { read(Path::new(text)) }
}

fn read(path: &Path) -> anyhow::Result<String> {
    std::fs::read_to_string(path).with_context(|| path.display().to_string())
}

fn files(dir: &Path, check: &RecordCheck, output: Output) -> anyhow::Result<Value> {
    let bar = output.progress("checking the record");
    let seen = |done: u64, total: u64| bar.rows(done, total);
    let evidence = is_evidence(dir);
    let report = if evidence { verify_evidence(dir, check, seen)? } else { verify_record(dir, check, seen)? };
    drop(bar);
    tell(&report, check, output);
    if !report.is_whole() {
        bail!("the record is not whole: {} things do not fit", report.wrong);
    }
    if evidence {
        output.say("Whole as evidence: every file is the one that was signed.");
    }
    Ok(json!({
        "whole": true, "evidence": evidence, "origin": report.origin, "size": report.size, "root": report.root, "bitmaps": report.bitmaps,
        "witnessed_size": report.witnessed_size, "key_from_the_files": report.own_key,
    }))
}

fn tell(report: &RecordReport, check: &RecordCheck, output: Output) {
    output.say(format!("Log: {}\nEntries: {}\nRoot: {}", report.origin, count(report.size.cast_signed()), report.root));
    seen(&report.seen, output);
    for finding in &report.findings {
        output.say(format!("WRONG  {}: {}", finding.place, finding.what));
    }
    let unnamed = report.wrong - report.findings.len() as u64;
    if unnamed > 0 {
        output.say(format!("WRONG  and {} more", count(unnamed.cast_signed())));
    }
    if report.is_whole() {
        output.say("Whole: every entry, tile and set of people fits the signed root.");
        limits(report, check, output);
    }
}

/// What this check could not see.
fn limits(report: &RecordReport, check: &RecordCheck, output: Output) {
    if report.own_key {
        output.warn("the key came from the files themselves: that shows damage, not forgery. Give --key");
    }
    if check.against.is_none() {
        output.warn("without --against FILE, a record that was cut at its end or put back looks whole");
    }
    if check.witnesses.is_empty() {
        output.warn("without --witness KEY, a past that was rewritten and signed anew looks whole");
    }
}

fn seen(seen: &[Seen], output: Output) {
    for witness in seen {
        output.say(format!("Witness {} signed on {}", witness.name, witness.at));
    }
}

fn proof(path: &Path, check: &RecordCheck, output: Output) -> anyhow::Result<Value> {
    if check.key.is_none() {
        bail!("a proof is checked with the log's key: give --key");
    }
    let (proof, trusted) = verify_proof(&read(path)?, check).with_context(|| path.display().to_string())?;
    let entry = decode_leaf(&proof.entry).context("the entry is proved, but it is not one that this version knows")?;
    let (index, head) = (proof.index, &trusted.checkpoint);
    output.say(format!("Proved: entry {index} is one of the {} of {}.", count(head.size.cast_signed()), head.origin));
    seen(&trusted.seen, output);
    output.say(format!("{entry:#}"));
    Ok(json!({ "entry": index, "size": head.size, "origin": head.origin, "leaf": entry }))
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
