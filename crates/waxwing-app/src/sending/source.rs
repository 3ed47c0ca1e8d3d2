//! Sources: opened with frozen content, started, held, released, cancelled, tried again.

use super::{FrozenRevision, Retry, Sender, SourceState, Stream, store};
use crate::{App, Error, Result};
use std::collections::HashSet;
use waxwing_domain::{Action, Actor, Ctx, ListId, Micros, Operation, RelayId, RevisionId, SourceId};
use waxwing_message::Revision;
use waxwing_store::{Entry, NewJob, RoaringBitmap, Tx};

/// What a source is opened with.
#[derive(Clone, Debug)]
pub struct NewSource {
    /// What opens it: `campaign`.
    pub kind: &'static str,
    /// The number of the thing that opens it.
    pub reference: i64,
    /// Content, frozen.
    pub revision: FrozenRevision,
    /// In whose name.
    pub sender: Sender,
    /// To whom: everybody who is on one of these lists, once.
    pub lists: Vec<ListId>,
}

/// What a source of a notice is opened with.
#[derive(Clone, Debug)]
pub struct NewNotice {
    /// The number of the notice.
    pub reference: i64,
    /// Content, frozen. It has no tags: everybody of this source reads the same.
    pub revision: FrozenRevision,
    /// In whose name.
    pub sender: Sender,
    /// To whom: exactly these, as far as they are here still.
    pub people: RoaringBitmap,
    /// The one relay that it goes through.
    pub relay: RelayId,
}

/// A source.
#[derive(Clone, Debug)]
pub struct Source {
    /// Its id.
    pub id: SourceId,
    /// What opened it.
    pub kind: String,
    /// The number of the thing that opened it.
    pub reference: i64,
    /// Its frozen content.
    pub revision: RevisionId,
    /// In whose name.
    pub sender: Sender,
    /// Where it stands.
    pub state: SourceState,
    /// Whether it was ever started.
    pub started: bool,
    /// Grows with every start, hold, release and retry.
    pub pass: i64,
    /// Why it is held, in a sentence.
    pub hold_reason: Option<String>,
    /// How many people it goes to; grows until `filled`.
    pub audience: i64,
    /// Whether the audience is frozen.
    pub filled: bool,
    /// Who started it last, by which credential; its messages stand in the record for them.
    pub origin: Actor,
    /// When it was opened.
    pub created_at: Micros,
    /// When it was started first.
    pub started_at: Option<Micros>,
    /// When the last recipient got an outcome.
    pub finished_at: Option<Micros>,
}

impl Source {
    /// What it is for.
    pub fn stream(&self) -> Stream {
        Stream::of(&self.kind)
    }
}

/// Opens a source in state held, freezes its content, and begins to freeze its audience.
///
/// # Errors
/// [`Error::Invalid`] when there is no list or the content does not compile.
pub async fn open_source(app: &App, tx: &mut Tx, ctx: &Ctx, new: NewSource) -> Result<SourceId> {
    ctx.authorise(Action::CampaignsSend)?;
    if new.lists.is_empty() {
        return Err(Error::invalid("lists", "Choose at least one list."));
    }
    opened(app, tx, ctx, &new).await
}

/// Opens a source of a notice in state held: to exactly these people, through exactly this relay.
pub async fn open_notice(app: &App, tx: &mut Tx, ctx: &Ctx, new: NewNotice) -> Result<SourceId> {
    ctx.authorise(Action::NoticesSend)?;
    let NewNotice { reference, revision, sender, people, relay } = new;
    let source = NewSource { kind: Stream::NOTICE, reference, revision, sender, lists: Vec::new() };
    let id = opened(app, tx, ctx, &source).await?;
    store::insert_people(tx, id, Some(relay), &people).await?;
    Ok(id)
}

async fn opened(app: &App, tx: &mut Tx, ctx: &Ctx, new: &NewSource) -> Result<SourceId> {
    let id = SourceId::from_i64(ctx.new_id());
    let revision = RevisionId::from_i64(ctx.new_id());
    store::insert_source(tx, ctx, id, revision, new).await?;
    let entry = Entry::new(Operation::Create, "sending.open").on("source", id.as_i64());
    let detail = serde_json::json!({ "kind": new.kind, "reference": new.reference.to_string() });
    tx.record(app.store(), ctx, entry.detail(detail)).await?;
    tx.enqueue(ctx, NewJob::now("sending.fill", serde_json::json!({ "source": id })).unique(id)).await?;
    Ok(id)
}

/// Compiles frozen content off the async threads; call it before the transaction that opens a source.
///
/// # Errors
/// [`Error::Invalid`] for `body`, with the line and what to do.
pub async fn compile(revision: &FrozenRevision) -> Result<Revision> {
    let content = revision.content.clone();
    let compiled = tokio::task::spawn_blocking(move || Revision::compile(&content)).await;
    let compiled = compiled.map_err(|_| Error::invalid("body", "The content could not be compiled."))?;
    compiled.map_err(|error| Error::invalid("body", error))
}

/// Lets messages leave for the first time.
pub async fn start(app: &App, tx: &mut Tx, ctx: &Ctx, id: SourceId) -> Result<()> {
    let source = load_for(tx, ctx, id).await?;
    if source.state != SourceState::Held || source.started {
        return Err(Error::Conflict("This was started already.".into()));
    }
    may_send(tx, &source).await?;
    run(tx, ctx, &source).await?;
    note(app, tx, ctx, "sending.start", id).await
}

/// Stops messages from leaving; those whose final dot is out cannot be stopped.
pub async fn hold(app: &App, tx: &mut Tx, ctx: &Ctx, id: SourceId, reason: &str) -> Result<()> {
    let source = load_for(tx, ctx, id).await?;
    if source.state != SourceState::Running {
        return Err(Error::Conflict("Only what is being sent can be paused.".into()));
    }
    if !store::set_held(tx, id, source.pass, reason).await? {
        return Err(changed_meanwhile());
    }
    note(app, tx, ctx, "sending.hold", id).await
}

/// Holds a source for a containment if it still runs; says whether it was held.
pub(crate) async fn hold_contained(app: &App, tx: &mut Tx, ctx: &Ctx, id: SourceId, reason: &str) -> Result<bool> {
    ctx.authorise(Action::Contain)?;
    let Some(source) = store::source(tx, id).await?.filter(|source| source.state == SourceState::Running) else {
        return Ok(false);
    };
    if !store::set_held(tx, id, source.pass, reason).await? {
        return Err(changed_meanwhile());
    }
    note(app, tx, ctx, "sending.hold", id).await?;
    Ok(true)
}

/// Lets messages leave again.
pub async fn release(app: &App, tx: &mut Tx, ctx: &Ctx, id: SourceId) -> Result<()> {
    let source = load_for(tx, ctx, id).await?;
    if source.state != SourceState::Held || !source.started {
        return Err(Error::Conflict("Only what was paused can be resumed.".into()));
    }
    may_send(tx, &source).await?;
    run(tx, ctx, &source).await?;
    note(app, tx, ctx, "sending.release", id).await
}

/// Ends a source; who has no outcome yet is skipped.
pub async fn cancel(app: &App, tx: &mut Tx, ctx: &Ctx, id: SourceId) -> Result<()> {
    let source = load_for(tx, ctx, id).await?;
    if !matches!(source.state, SourceState::Held | SourceState::Running) {
        return Err(Error::Conflict("This has ended already.".into()));
    }
    store::set_cancelled(tx, id).await?;
    tx.enqueue(ctx, NewJob::now("sending.close", serde_json::json!({ "source": id })).unique(id)).await?;
    note(app, tx, ctx, "sending.cancel", id).await
}

/// Sends again to those who failed or are of unknown fate; gives how many. What stands against
/// sending to one of them now is looked at again when they are leased.
pub async fn retry(app: &App, tx: &mut Tx, ctx: &Ctx, id: SourceId, which: Retry) -> Result<i64> {
    let source = load_for(tx, ctx, id).await?;
    if !matches!(source.state, SourceState::Done | SourceState::Running) {
        return Err(Error::Conflict("This can be sent again once it has been sent.".into()));
    }
    may_send(tx, &source).await?;
    if which.of(&super::counts(tx, id).await?) == 0 {
        return Ok(0);
    }
    // First the pass: two who ask in the same moment do not both get here.
    run(tx, ctx, &source).await?;
    let rows = store::reopen(tx, id, which.state()).await?;
    note(app, tx, ctx, "sending.retry", id).await?;
    Ok(rows)
}

async fn run(tx: &mut Tx, ctx: &Ctx, source: &Source) -> Result<()> {
    match store::set_running(tx, ctx, source.id, source.pass).await? {
        true => Ok(()),
        false => Err(changed_meanwhile()),
    }
}

fn changed_meanwhile() -> Error {
    Error::Conflict("This was changed in the same moment. Look at it again, then repeat what you did.".into())
}

/// One source.
pub async fn by_id(tx: &mut Tx, ctx: &Ctx, id: SourceId) -> Result<Source> {
    ctx.authorise(Action::CampaignsRead)?;
    store::source(tx, id).await?.ok_or(Error::NotFound("source"))
}

/// The frozen content of a source.
pub async fn revision(tx: &mut Tx, ctx: &Ctx, id: RevisionId) -> Result<FrozenRevision> {
    ctx.authorise(Action::CampaignsRead)?;
    store::revision(tx, id).await?.ok_or(Error::NotFound("revision"))
}

/// Those of these lists that something was ever sent to.
pub async fn sent_to(tx: &mut Tx, lists: &[ListId]) -> Result<HashSet<ListId>> {
    Ok(store::sent_to(tx, lists).await?)
}

/// The lists a source goes to.
pub async fn lists_of(tx: &mut Tx, ctx: &Ctx, id: SourceId) -> Result<Vec<ListId>> {
    ctx.authorise(Action::CampaignsRead)?;
    Ok(store::lists(tx, id).await?)
}

async fn load_for(tx: &mut Tx, ctx: &Ctx, id: SourceId) -> Result<Source> {
    let source = store::source(tx, id).await?;
    ctx.authorise(source.as_ref().map_or(Action::CampaignsSend, |source| source.stream().action()))?;
    source.ok_or(Error::NotFound("source"))
}

async fn may_send(tx: &mut Tx, source: &Source) -> Result<()> {
    if source.stream().may_leave(tx.gate().await?.level) {
        return Ok(());
    }
    Err(Error::Contained("Nothing is sent until it is released."))
}

async fn note(app: &App, tx: &mut Tx, ctx: &Ctx, what: &'static str, id: SourceId) -> Result<()> {
    tx.record(app.store(), ctx, Entry::new(Operation::Change, what).on("source", id.as_i64())).await?;
    Ok(())
}
