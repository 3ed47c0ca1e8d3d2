//! How alerts are written down: the row, the record and the signal, and what its rule says, in one transaction.

use super::rules::{self, Follows};
use super::store::{self, New};
use super::{Act, Detector, contain};
use crate::sending::{self, SourceState, Stream};
use crate::{App, Result, importing, login, signals};
use serde_json::json;
use waxwing_detect::{Finding, percent};
use waxwing_domain::{AlertId, Ctx, EventKind, Micros, Operation, SourceId};
use waxwing_store::{Entry, Event, JobContext, Tx};

/// Raises what was found, where its detector looks and did not speak of it before; gives the alerts.
///
/// # Errors
/// [`Error::Conflict`](crate::Error::Conflict) when a source was changed in the same moment: look again.
pub(super) async fn all(app: &App, ctx: &Ctx, job: Option<&JobContext>, found: Vec<New>) -> Result<Vec<AlertId>> {
    if found.is_empty() {
        return Ok(Vec::new());
    }
    let mut tx = app.begin(ctx, "alerts.raise").await?;
    if let Some(job) = job {
        job.fence(&mut tx).await?;
    }
    let mut raised = Vec::new();
    for new in found {
        raised.extend(one(app, &mut tx, ctx, &new).await?);
    }
    super::telling::raised(app, &mut tx, ctx, &raised).await?;
    tx.commit().await?;
    Ok(raised)
}

async fn one(app: &App, tx: &mut Tx, ctx: &Ctx, new: &New) -> Result<Option<AlertId>> {
    let rule = rules::of(tx, new.detector).await?;
    if !rule.looks {
        return Ok(None);
    }
    let act = possible(tx, ctx, new, rule.follows).await?;
    let Some(id) = write_down(app, tx, ctx, new, act).await? else { return Ok(None) };
    perform(app, tx, ctx, new, (id, act)).await?;
    Ok(Some(id))
}

async fn perform(app: &App, tx: &mut Tx, ctx: &Ctx, new: &New, (id, act): (AlertId, Act)) -> Result<()> {
    match (act, new) {
        (Act::Paused, New { source: Some(source), .. }) => hold(app, tx, ctx, *source, new).await,
        (Act::SteppedUp, New { account: Some(account), .. }) => login::step_up(app, tx, ctx, *account).await,
        (Act::SessionsEnded, New { account: Some(account), .. }) => login::end_sessions(app, tx, ctx, *account).await,
        (Act::Quarantined, New { import: Some(import), .. }) => {
            importing::quarantine(app, tx, ctx, *import).await.map(drop)
        }
        (Act::Containing, _) => contain::order(tx, ctx, id).await,
        _ => Ok(()),
    }
}

/// What of a rule can be done: only a campaign that runs is paused, only a person has sessions.
async fn possible(tx: &mut Tx, ctx: &Ctx, new: &New, follows: Follows) -> Result<Act> {
    Ok(match (follows, new.source) {
        (Follows::Pause, Some(source)) if may_pause(tx, ctx, source).await? => Act::Paused,
        (Follows::StepUp, _) if new.account.is_some() => Act::SteppedUp,
        (Follows::EndSessions, _) if new.account.is_some() => Act::SessionsEnded,
        (Follows::Quarantine, _) if new.import.is_some() => Act::Quarantined,
        (Follows::Contain, _) if may_contain(new) => Act::Containing,
        (Follows::Ask | Follows::Contain, _) => Act::ContainmentAsked,
        _ => Act::None,
    })
}

/// Whether it is about a credential or a way out, and done with a credential.
fn may_contain(new: &New) -> bool {
    new.detector.is_of_credentials() && new.subject().is_some_and(|subject| subject.credential().is_some())
}

/// Whether it runs, and is no notice: people are told of a breach within a time that the law sets (GDPR Art. 34), to
/// addresses however old, and whoever refuses mail must not be able to stop it. Its alert is raised all the same.
async fn may_pause(tx: &mut Tx, ctx: &Ctx, source: SourceId) -> Result<bool> {
    let source = sending::by_id(tx, ctx, source).await?;
    Ok(source.state == SourceState::Running && source.stream() != Stream::Notice)
}

/// Writes an alert down; `None` when its detector spoke of this before.
async fn write_down(app: &App, tx: &mut Tx, ctx: &Ctx, new: &New, act: Act) -> Result<Option<AlertId>> {
    let Some(id) = store::insert(tx, ctx, new, act).await? else { return Ok(None) };
    let entry = Entry::new(Operation::Create, "alerts.raise").on("alert", id.as_i64());
    let (campaign, account, about) = (new.campaign, new.account, new.subject().map(|subject| subject.to_text()));
    let (detector, act) = (new.detector.as_str(), act.as_str());
    let detail =
        json!({ "detector": detector, "act": act, "campaign": campaign, "account": account, "subject": about });
    tx.record(app.store(), ctx, entry.detail(detail.clone())).await?;
    signals::note(tx, ctx, "alerts.raised", 1, detail).await?;
    tx.events(vec![told(id, ctx.now(), new)]).await?;
    Ok(Some(id))
}

/// What endpoints of webhooks hear: the alert by the number of its event, its detector, and nobody's data.
fn told(id: AlertId, at: Micros, new: &New) -> Event {
    let (subject, list, sealed, key) = (None, None, None, None);
    let reason = Some(new.detector.as_str().to_owned());
    Event { id: id.as_i64(), at, kind: EventKind::AlertRaised, subject, source: new.source, list, reason, sealed, key }
}

async fn hold(app: &App, tx: &mut Tx, ctx: &Ctx, source: SourceId, new: &New) -> Result<()> {
    sending::hold(app, tx, ctx, source, &hold_words(new.detector, &new.finding)).await?;
    Ok(())
}

fn hold_words(detector: Detector, finding: &Finding) -> String {
    let what = match detector {
        Detector::Rate(_) => format!(
            "{} of {} messages, where up to {} is let pass.",
            percent(finding.observed),
            finding.sample,
            percent(finding.bound)
        ),
        _ => finding.why.clone(),
    };
    format!("Paused by itself. {}: {what} Look at the alert, then resume or cancel.", detector.name())
}
