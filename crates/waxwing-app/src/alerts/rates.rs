//! Whether a campaign's outcomes are worse than its lists' history allows.

use super::{Detector, parts, raise, store, store_lists};
use crate::outcomes::{self, Tally};
use crate::reports::{self, defer_words, fail_words};
use crate::sending::{self, Counts, Tuning};
use crate::{App, Error, Result, unsubscribe};
use std::collections::HashMap;
use waxwing_detect::rate::{self, Baseline, Signal, Trials};
use waxwing_detect::{Contributor, Finding};
use waxwing_domain::{AlertId, CampaignId, Ctx, Micros, SourceId};
use waxwing_store::{JobContext, Tx};

/// Finished campaigns that a baseline is learnt from.
const HISTORY: i64 = 50;

/// What became of a source's messages, and how many people left by it.
pub(super) struct Outcomes {
    counts: Counts,
    left: i64,
    reported: Tally,
}

impl Outcomes {
    pub(super) fn trials(&self, signal: Signal) -> Trials {
        let counts = &self.counts;
        let answered = counts.accepted + counts.failed;
        // What came back later was accepted before: it is among the answered once.
        let bad = |causes: &[&str]| failed_for(counts, causes) + self.reported.hard(causes);
        let (sent, bad) = match signal {
            Signal::Bounce => (answered, bad(&["recipient"])),
            Signal::Refusal => (answered, bad(&["content", "policy", "auth"])),
            Signal::Unsubscribe => (counts.accepted, self.left),
            Signal::Deferral => (answered + counts.deferred, counts.deferred),
            Signal::Complaint => (counts.accepted, self.reported.complained),
        };
        Trials { sent: sent.max(0).cast_unsigned(), bad: bad.max(0).cast_unsigned() }
    }

    /// How many messages may be begun and have no answer yet. Who left by a link, or complained, did so long after.
    fn in_hand(&self, signal: Signal) -> u64 {
        let later = matches!(signal, Signal::Unsubscribe | Signal::Complaint);
        let most = if later { 0 } else { Tuning::default().in_hand() };
        self.counts.pending.clamp(0, most).cast_unsigned()
    }
}

fn failed_for(counts: &Counts, causes: &[&str]) -> i64 {
    let of = |(cause, number): &(String, i64)| if causes.contains(&cause.as_str()) { *number } else { 0 };
    counts.failed_by.iter().map(of).sum()
}

/// Something found about a source, before anything is done.
struct Found {
    signal: Signal,
    finding: Finding,
}

/// Looks at one source; raises what is found, and pauses the campaign where going on harms.
///
/// # Errors
/// [`Error::Conflict`] when the source was changed in the same moment: look again.
pub(super) async fn look(app: &App, ctx: &Ctx, source: SourceId, job: Option<&JobContext>) -> Result<Vec<AlertId>> {
    let mut tx = app.read(ctx, "alerts.look").await?;
    let found = weigh(app, &mut tx, ctx, source).await?;
    let found = to_raise(&mut tx, ctx, source, found).await?;
    drop(tx);
    raise::all(app, ctx, job, found).await
}

/// The findings about a source that no alert told of yet.
async fn weigh(app: &App, tx: &mut Tx, ctx: &Ctx, source: SourceId) -> Result<Vec<Found>> {
    let Some(outcomes) = told(tx, ctx, vec![source]).await?.remove(&source) else { return Ok(Vec::new()) };
    let spoken = store::of(tx, source).await?;
    let quiet = |signal: &Signal| !spoken.contains(&Detector::Rate(*signal));
    let suspects = Signal::ALL.into_iter().filter(|s| quiet(s) && outcomes.trials(*s).bad >= rate::FEWEST);
    let suspects: Vec<Signal> = suspects.collect();
    if suspects.is_empty() {
        return Ok(Vec::new());
    }
    let history = history(tx, ctx, source).await?;
    let mut found = Vec::new();
    for signal in suspects {
        let baseline = learn(signal, &history);
        let so_far = (outcomes.trials(signal), outcomes.in_hand(signal));
        if let Some(finding) = rate::look(signal, &baseline, so_far, Vec::new()) {
            let parts = contributors(app, tx, ctx, source, (signal, &outcomes.counts)).await?;
            let contributors = parts::or_unknown(parts, outcomes.trials(signal).bad as f64);
            found.push(Found { signal, finding: Finding { contributors, ..finding } });
        }
    }
    Ok(found)
}

/// What became of the messages of these sources.
pub(super) async fn told(tx: &mut Tx, ctx: &Ctx, sources: Vec<SourceId>) -> Result<HashMap<SourceId, Outcomes>> {
    let standings = sending::standings(tx, &sources).await?;
    let mut reported = outcomes::tallies(tx, ctx, &sources).await?;
    let left = unsubscribe::counts(tx, ctx, sources).await?;
    let whole = standings.into_iter().map(|(id, standing)| {
        let (left, reported) = (left.get(&id).copied().unwrap_or_default(), reported.remove(&id).unwrap_or_default());
        (id, Outcomes { counts: standing.counts, left, reported })
    });
    Ok(whole.collect())
}

async fn history(tx: &mut Tx, ctx: &Ctx, source: SourceId) -> Result<Vec<Outcomes>> {
    let past = store::history(tx, source, HISTORY).await?;
    match past.as_slice() {
        [] => Ok(Vec::new()),
        _ => Ok(told(tx, ctx, past).await?.into_values().collect()),
    }
}

fn learn(signal: Signal, history: &[Outcomes]) -> Baseline {
    let past: Vec<Trials> = history.iter().map(|one| one.trials(signal)).collect();
    Baseline::learn(signal, &past)
}

/// What the history of a source's lists lets expect.
pub(super) async fn baseline(tx: &mut Tx, ctx: &Ctx, source: SourceId, signal: Signal) -> Result<Baseline> {
    Ok(learn(signal, &history(tx, ctx, source).await?))
}

/// Where the bad outcomes come from: causes where there are several, else lists or mailbox providers.
async fn contributors(
    app: &App,
    tx: &mut Tx,
    ctx: &Ctx,
    source: SourceId,
    (signal, counts): (Signal, &Counts),
) -> Result<Vec<Contributor>> {
    let part = |label: &str, count: i64| Contributor::new(label, count.max(0).cast_unsigned());
    Ok(match signal {
        Signal::Bounce => {
            let providers = reports::providers(app, tx, ctx, source).await?;
            providers.iter().map(|one| part(one.provider, one.failed + one.bounced_later)).collect()
        }
        Signal::Complaint => {
            let providers = reports::providers(app, tx, ctx, source).await?;
            let lists = store_lists::complained(tx, source).await?;
            lists.into_iter().chain(providers.iter().map(|one| part(one.provider, one.complained))).collect()
        }
        Signal::Refusal => {
            let ours = counts.failed_by.iter().filter(|(cause, _)| cause != "recipient");
            ours.map(|(cause, count)| part(fail_words(cause), *count)).collect()
        }
        Signal::Deferral => counts.deferred_by.iter().map(|(class, count)| part(defer_words(class), *count)).collect(),
        Signal::Unsubscribe => store_lists::left(tx, source).await?,
    })
}

/// What is to be raised.
async fn to_raise(tx: &mut Tx, ctx: &Ctx, source: SourceId, found: Vec<Found>) -> Result<Vec<store::New>> {
    if found.is_empty() {
        return Ok(Vec::new());
    }
    let now = sending::by_id(tx, ctx, source).await?;
    let campaign = (now.kind == "campaign").then(|| CampaignId::from_i64(now.reference));
    let new = |one: Found| store::New {
        campaign,
        source: Some(source),
        since: now.started_at,
        ..store::New::of(Detector::Rate(one.signal), source.as_i64(), one.finding)
    };
    Ok(found.into_iter().map(new).collect())
}

/// Looks at every source that runs or finished since `since`, the newest `most`.
pub(super) async fn look_at_recent(app: &App, job: &JobContext, since: Micros, most: i64) -> Result<()> {
    let mut tx = app.read(&job.ctx, "alerts.recent").await?;
    let recent = store::recent(&mut tx, since, most).await?;
    drop(tx);
    for source in recent {
        match look(app, &job.ctx, source, Some(job)).await {
            // Somebody paused or ended it meanwhile; the next round looks again.
            Ok(_) | Err(Error::Conflict(_)) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
