//! What the duties of a case add to its evidence: what was stated and signed, how each rule was answered, every draft;
//! and the step of playbooks that works them out.

use super::{Overview, Packet, Standing, Wanted};
use crate::incidents::{EvidenceFile, EvidencePart, Machine, Run};
use serde_json::{Value, json};
use waxwing_app::{App, Result};
use waxwing_domain::{Ctx, IncidentId, Micros};
use waxwing_law::Verdict;
use waxwing_store::{Tx, inventory};

inventory::submit! { EvidencePart::new("duties", |app, tx, ctx, id| Box::pin(files(app, tx, ctx, id))) }

inventory::submit! { Machine { run: Run::Duties, act: |app, ctx, id| Box::pin(work_out(app, ctx, id)) } }

/// Answers every rule and fills every draft; gives what stands out, in words. The clocks run from what the case says,
/// whether or not anybody looks.
async fn work_out(app: &App, ctx: &Ctx, id: IncidentId) -> Result<String> {
    let mut tx = app.read(ctx, "duties.work_out").await?;
    let overview = super::overview(app, &mut tx, ctx, id).await?;
    let of = |wanted: fn(&Verdict) -> bool| overview.duties.iter().filter(move |one| wanted(&one.duty.verdict));
    let applies = of(|verdict| *verdict == Verdict::Applies);
    let may = of(|verdict| matches!(verdict, Verdict::MayApply(_))).count();
    let zone = overview.facts.time_zone();
    let when = |one: &Standing| one.duty.when.as_ref().map(|when| when.words(&zone)).unwrap_or_default();
    let named: Vec<String> =
        applies.map(|one| format!("{}: {}, {}", one.duty.law, one.duty.title, when(one))).collect();
    let now = ctx.now();
    let shares = Wanted::all().map(|wanted| overview.draft(wanted, now).share());
    let (drafts, gaps) = shares.fold((0, 0), |(drafts, gaps), share| (drafts + 1, gaps + share.gaps));
    let clock =
        if overview.case.aware.is_some() { "The clocks run." } else { "No clock runs until somebody confirms." };
    Ok(format!(
        "{} duties apply and {may} may. {clock} {drafts} drafts are filled, {gaps} gaps are marked in them. Counsel confirms.\n{}",
        named.len(),
        named.join("\n")
    )
    .trim_end()
    .to_owned())
}

pub(super) async fn files(app: &App, tx: &mut Tx, ctx: &Ctx, id: IncidentId) -> Result<Vec<EvidenceFile>> {
    let overview = super::overview(app, tx, ctx, id).await?;
    let mut files = vec![EvidenceFile::text("duties.json", format!("{:#}\n", told(&overview)))];
    for wanted in Wanted::all() {
        let draft = overview.draft(wanted, as_of(&overview)).text();
        files.push(EvidenceFile::text(&format!("drafts/{}.txt", wanted.word()), draft));
    }
    files.extend(packets(app, tx, ctx, id).await?);
    Ok(files)
}

/// What went to providers and controllers, word by word; of drafts only that they are there.
async fn packets(app: &App, tx: &mut Tx, ctx: &Ctx, id: IncidentId) -> Result<Vec<EvidenceFile>> {
    let packets = super::packets(app, tx, ctx, id).await?;
    if packets.is_empty() {
        return Ok(Vec::new());
    }
    let index: Value = packets.iter().map(packet).collect();
    let mut files = vec![EvidenceFile::text("packets.json", format!("{index:#}\n"))];
    for one in packets.into_iter().filter(|one| one.sent_at.is_some()) {
        files.push(EvidenceFile::text(&format!("packets/{}.txt", one.id), one.text));
    }
    Ok(files)
}

fn packet(one: &Packet) -> Value {
    json!({
        "id": one.id, "kind": one.kind.as_str(), "state": one.state.as_str(), "addressee": one.addressee,
        "drafted_at": one.drafted_at, "sent_at": one.sent_at, "reference": one.reference,
        "answered_at": one.answered_at, "answer": one.answer,
    })
}

/// The moment that drafts of evidence are made for: when the breach was known, or suspected, so that the same state
/// gives the same bytes.
fn as_of(overview: &Overview) -> Micros {
    overview.case.aware.map_or(overview.case.suspected_at, |aware| aware.said_at)
}

fn told(overview: &Overview) -> Value {
    let signature = overview.signature.as_ref();
    json!({
        "facts": overview.facts,
        "stated": { "version": overview.stated.version, "overrides": overview.stated.overrides },
        "numbers_from": overview.numbers.as_ref().map(|numbers| &numbers.source),
        "signature": signature.map(|one| json!({
            "on": one.version, "by": one.by, "at": one.at, "signed": one.signed,
        })),
        "severity": overview.assessment.as_ref().map(|found| format!("{} ({})", found.level, found.score)),
        "duties": overview.duties.iter().map(duty).collect::<Value>(),
        "counsel": waxwing_law::duties::COUNSEL,
    })
}

fn duty(standing: &Standing) -> Value {
    let duty = &standing.duty;
    let (verdict, missing): (&str, &[String]) = match &duty.verdict {
        Verdict::Applies => ("applies", &[]),
        Verdict::MayApply(missing) => ("may_apply", missing),
        Verdict::DoesNotApply => ("does_not_apply", &[]),
    };
    json!({
        "rule": duty.rule, "version": duty.version, "verdict": verdict, "missing": missing, "reasons": duty.reasons,
        "met": standing.met.as_ref().map(|met| json!({ "at": met.at, "reference": met.reference })),
    })
}
