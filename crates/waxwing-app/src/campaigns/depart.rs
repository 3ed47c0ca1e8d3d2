//! From an order to messages that leave: send, schedule, take back, start, pause, resume, end, again.
//!
//! Promise: what was reviewed is what is sent; an order can be taken back for 30 seconds; a time
//! missed by more than 15 minutes asks again. Limit: a message whose last byte is out cannot be
//! called back.

use super::compose::{changed_meanwhile, record};
use super::review::frozen;
use super::state::{LATEST, Reviewed};
use super::{Campaign, CampaignState, Plan, SendTime, identity, second_person, store};
use crate::accounts::approvals::Passage;
use crate::sending::{self, NewSource, Retry, SourceState};
use crate::{App, Error, Result};
use serde_json::json;
use waxwing_domain::{Action, ApprovalId, CampaignId, Ctx, Micros, Operation, SourceId};
use waxwing_store::{Entry, JobContext, NewJob, Tx, cancel_jobs};

/// The kind of the job that starts a campaign.
pub(super) const START: &str = "campaigns.start";

/// Why a campaign pauses whose maker was contained.
const PLANTED: &str = "Who made, changed or ordered it is contained. Look at its words and its people, then resume.";

/// What came of an order.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[must_use = "an order that waits is not carried out"]
pub enum Ordered<T> {
    /// It counts.
    Now(T),
    /// It waits for a second person: commit, and tell who asked.
    Waits(ApprovalId),
}

impl<T> Ordered<T> {
    /// What came of it at once.
    pub fn now(self) -> Option<T> {
        match self {
            Self::Now(done) => Some(done),
            Self::Waits(_) => None,
        }
    }
}

/// Orders a campaign to be sent; it leaves in 30 seconds. Gives when.
///
/// # Errors
/// [`Error::Conflict`] when it was changed since the review.
pub async fn send(app: &App, tx: &mut Tx, ctx: &Ctx, proof: &Reviewed) -> Result<Ordered<Micros>> {
    let campaign = ready(tx, ctx, proof).await?;
    let state = campaign.state.clone().leave(proof, ctx.now())?;
    order(app, tx, ctx, (&campaign, proof), state, "campaigns.send").await
}

/// Orders a campaign to be sent at a time. Gives when.
///
/// # Errors
/// [`Error::Conflict`] when it was changed since the review; [`Error::Invalid`] for a time in the past.
pub async fn schedule(app: &App, tx: &mut Tx, ctx: &Ctx, proof: &Reviewed, time: SendTime) -> Result<Ordered<Micros>> {
    let campaign = ready(tx, ctx, proof).await?;
    let state = campaign.state.clone().schedule(proof, time, ctx.now())?;
    order(app, tx, ctx, (&campaign, proof), state, "campaigns.schedule").await
}

/// Orders a campaign as its own plan says. Gives when it leaves.
///
/// # Errors
/// Those of [`send`] and [`schedule`].
pub(super) async fn as_planned(app: &App, tx: &mut Tx, ctx: &Ctx, proof: &Reviewed) -> Result<Ordered<Micros>> {
    let campaign = store::by_id(tx, proof.campaign).await?.ok_or(Error::NotFound("campaign"))?;
    match campaign.plan {
        Plan::Now => send(app, tx, ctx, proof).await,
        Plan::At { local, zone } => schedule(app, tx, ctx, proof, SendTime::parse(&local, &zone)?).await,
    }
}

async fn ready(tx: &mut Tx, ctx: &Ctx, proof: &Reviewed) -> Result<Campaign> {
    ctx.authorise(Action::CampaignsSend)?;
    if !tx.gate().await?.level.may_send() {
        return Err(Error::Contained("Nothing is sent until it is released."));
    }
    let campaign = store::by_id(tx, proof.campaign).await?.ok_or(Error::NotFound("campaign"))?;
    if campaign.version != proof.version {
        return Err(changed_meanwhile());
    }
    Ok(campaign)
}

async fn order(
    app: &App,
    tx: &mut Tx,
    ctx: &Ctx,
    (campaign, proof): (&Campaign, &Reviewed),
    state: CampaignState,
    what: &'static str,
) -> Result<Ordered<Micros>> {
    let passage = second_person::pass(app, tx, ctx, campaign, proof.people).await?;
    if let Some(request) = passage.waits() {
        return Ok(Ordered::Waits(request));
    }
    let at = state.leaves_at().unwrap_or_else(|| ctx.now());
    move_to(tx, ctx, campaign, &state).await?;
    tx.enqueue(ctx, NewJob::now(START, json!({ "campaign": campaign.id })).unique(campaign.id).at(at)).await?;
    let detail = json!({ "at": at.to_string(), "by": passage.note() });
    record(app, tx, ctx, Operation::Change, what, campaign.id, detail).await?;
    Ok(Ordered::Now(at))
}

/// Takes an order back: the campaign is a draft again.
///
/// # Errors
/// [`Error::Conflict`] when messages have left already.
pub async fn take_back(app: &App, tx: &mut Tx, ctx: &Ctx, id: CampaignId) -> Result<()> {
    ctx.authorise(Action::CampaignsSend)?;
    let campaign = store::by_id(tx, id).await?.ok_or(Error::NotFound("campaign"))?;
    let state = campaign.state.clone().take_back()?;
    move_to(tx, ctx, &campaign, &state).await?;
    cancel_jobs(tx, ctx, START, &id.to_string()).await?;
    record(app, tx, ctx, Operation::Change, "campaigns.take_back", id, json!({})).await
}

/// Holds a campaign for a containment: one that has a time ahead is a draft again, one that is being sent pauses. Says
/// whether it was held, and its name; nothing where it is gone.
pub async fn hold_contained(app: &App, tx: &mut Tx, ctx: &Ctx, id: CampaignId) -> Result<Option<(String, bool)>> {
    ctx.authorise(Action::Contain)?;
    let Some(campaign) = store::by_id(tx, id).await? else { return Ok(None) };
    let held = match &campaign.state {
        CampaignState::Leaving { .. } | CampaignState::Scheduled(_) => {
            move_to(tx, ctx, &campaign, &campaign.state.clone().take_back()?).await?;
            cancel_jobs(tx, ctx, START, &id.to_string()).await?;
            // Not `record`: whoever contains has no hand in it.
            let entry = Entry::new(Operation::Change, "campaigns.hold_contained").on("campaign", id.as_i64());
            tx.record(app.store(), ctx, entry).await?;
            true
        }
        CampaignState::Started { source } => sending::hold_contained(app, tx, ctx, *source, PLANTED).await?,
        CampaignState::Draft | CampaignState::Missed(_) => false,
    };
    Ok(Some((campaign.name, held)))
}

pub(super) async fn move_to(tx: &mut Tx, ctx: &Ctx, campaign: &Campaign, state: &CampaignState) -> Result<()> {
    if store::set_state(tx, campaign, state, ctx.now()).await? == 0 {
        return Err(changed_meanwhile());
    }
    Ok(())
}

/// Starts a reviewed draft at once, without time to take it back: for programs and the command line.
/// Opens its own transactions.
pub async fn start_now(app: &App, ctx: &Ctx, proof: &Reviewed) -> Result<Ordered<SourceId>> {
    let mut tx = app.read(ctx, "campaigns.start").await?;
    let campaign = ready(&mut tx, ctx, proof).await?;
    drop(tx);
    if !campaign.state.is_draft() {
        return Err(Error::Conflict("Only a draft can be started.".into()));
    }
    begin(app, ctx, &campaign, By::Order(proof)).await
}

/// What the job found at the time of departure.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Departure {
    /// Messages leave.
    Left,
    /// The workspace is held; look again soon.
    Held,
    /// Its time passed.
    Missed,
    /// It needs a second person's yes that it does not have.
    NotAgreed,
    /// Taken back, or gone another way.
    Nothing,
}

/// Starts a campaign whose time has come.
pub(super) async fn depart(app: &App, ctx: &Ctx, id: CampaignId, job: &JobContext) -> Result<Departure> {
    let mut tx = app.read(ctx, "campaigns.depart").await?;
    let campaign = store::by_id(&mut tx, id).await?;
    let may_send = tx.gate().await?.level.may_send();
    drop(tx);
    let Some((campaign, at)) = campaign.and_then(|c| c.state.leaves_at().map(|at| (c, at))) else {
        return Ok(Departure::Nothing);
    };
    if ctx.now().since(at) > LATEST {
        miss(app, ctx, &campaign, job).await?;
        return Ok(Departure::Missed);
    }
    if !may_send {
        return Ok(Departure::Held);
    }
    let mut tx = app.read(ctx, "campaigns.agreed").await?;
    let agreed = second_person::still_holds(&mut tx, ctx, &campaign).await?;
    drop(tx);
    if !agreed {
        second_person::give_back(app, ctx, &campaign, job).await?;
        return Ok(Departure::NotAgreed);
    }
    Ok(match begin(app, ctx, &campaign, By::Job(job)).await? {
        Ordered::Now(_) => Departure::Left,
        Ordered::Waits(_) => Departure::NotAgreed,
    })
}

async fn miss(app: &App, ctx: &Ctx, campaign: &Campaign, job: &JobContext) -> Result<()> {
    let mut tx = app.begin(ctx, "campaigns.miss").await?;
    job.fence(&mut tx).await?;
    let state = campaign.state.clone().miss()?;
    move_to(&mut tx, ctx, campaign, &state).await?;
    record(app, &mut tx, ctx, Operation::Change, "campaigns.miss", campaign.id, json!({})).await?;
    tx.commit().await?;
    Ok(())
}

/// What lets a campaign begin.
enum By<'a> {
    /// A review of this moment: whether it needs a second person is asked now.
    Order(&'a Reviewed),
    /// The job of an order, which was looked at already.
    Job(&'a JobContext),
}

/// Freezes content and audience and lets messages leave, in one transaction.
async fn begin(app: &App, ctx: &Ctx, campaign: &Campaign, by: By<'_>) -> Result<Ordered<SourceId>> {
    let mut tx = app.read(ctx, "campaigns.freeze").await?;
    let revision = frozen(&mut tx, campaign).await?;
    drop(tx);
    let compiled = sending::compile(&revision).await?;
    let identity = identity::of(campaign, &revision, &compiled);
    let new = NewSource {
        kind: "campaign",
        reference: campaign.id.as_i64(),
        revision,
        sender: campaign.from.sender()?,
        lists: campaign.lists.clone(),
    };
    let mut tx = app.begin(ctx, "campaigns.begin").await?;
    let passage = match by {
        By::Order(proof) => second_person::pass(app, &mut tx, ctx, campaign, proof.people).await?,
        By::Job(job) => {
            job.fence(&mut tx).await?;
            Passage::FREE
        }
    };
    if let Some(request) = passage.waits() {
        tx.commit().await?;
        return Ok(Ordered::Waits(request));
    }
    let source = sending::open_source(app, &mut tx, ctx, new).await?;
    sending::start(app, &mut tx, ctx, source).await?;
    let state = campaign.state.clone().start(source)?;
    move_to(&mut tx, ctx, campaign, &state).await?;
    let detail = json!({ "source": source, "by": passage.note() });
    record(app, &mut tx, ctx, Operation::Change, "campaigns.start", campaign.id, detail).await?;
    identity::remember(&mut tx, ctx, (campaign.id, source), &identity).await?;
    tx.commit().await?;
    Ok(Ordered::Now(source))
}

/// What can be done to a campaign whose messages leave.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Act {
    /// No more messages leave until resumed.
    Pause,
    /// Messages leave again.
    Resume,
    /// Who has not been sent to will not be.
    Cancel,
    /// Once more to those who were refused for good.
    AgainFailed,
    /// Once more to those of unknown fate; some of them get it twice.
    AgainUnknown,
}

/// What came of an order.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Done {
    /// It was done now, about so many people: those sent to again, those who will not get it.
    Now(i64),
    /// It was done before; nothing was done twice.
    Already,
}

/// Does it, once: `seen` is the pass ([`Standing::pass`](super::Standing)) that whoever orders looked
/// at. An order to send again that names an older pass was done already, or comes too late.
///
/// # Errors
/// [`Error::Conflict`] when its state does not allow it.
pub async fn act(app: &App, tx: &mut Tx, ctx: &Ctx, id: CampaignId, act: Act, seen: Option<i64>) -> Result<Done> {
    ctx.authorise(Action::CampaignsSend)?;
    let campaign = store::by_id(tx, id).await?.ok_or(Error::NotFound("campaign"))?;
    let CampaignState::Started { source } = campaign.state else {
        return Err(Error::Conflict("Nothing of this campaign has left yet.".into()));
    };
    let standing = sending::standing(tx, source).await?;
    if act.is_done(standing.state) || (act.is_again() && seen.is_some_and(|seen| seen != standing.pass)) {
        return Ok(Done::Already);
    }
    let waiting = standing.counts.pending + standing.counts.deferred;
    Ok(Done::Now(match act {
        Act::Pause => sending::hold(app, tx, ctx, source, "Paused by a person.").await.map(|()| waiting)?,
        Act::Resume => sending::release(app, tx, ctx, source).await.map(|()| waiting)?,
        Act::Cancel => sending::cancel(app, tx, ctx, source).await.map(|()| waiting)?,
        Act::AgainFailed => sending::retry(app, tx, ctx, source, Retry::Failed).await?,
        Act::AgainUnknown => sending::retry(app, tx, ctx, source, Retry::Unknown).await?,
    }))
}

impl Act {
    /// Whether a source in this state is as the order wants it.
    const fn is_done(self, state: SourceState) -> bool {
        matches!(
            (self, state),
            (Self::Pause, SourceState::Held)
                | (Self::Resume, SourceState::Running)
                | (Self::Cancel, SourceState::Cancelled)
        )
    }
    const fn is_again(self) -> bool {
        matches!(self, Self::AgainFailed | Self::AgainUnknown)
    }
}
