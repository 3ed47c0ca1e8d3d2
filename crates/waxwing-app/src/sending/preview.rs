//! One message outside the lane: previews, test messages, view in browser.
//!
//! Guarantee: a real person's data is opened only after the entry of the record that says so.
//! Limit: a test message is not in the ledger; what became of it is told to whoever sent it. Its link
//! shows it for three days, with the data of the person that it was filled with.

use super::lane::{Making, Ready, make_up, message_for, people_fields};
use super::{FrozenRevision, Sender, store};
use crate::{App, Error, Result, relays, subscribers};
use std::sync::Arc;
use std::time::Duration;
use waxwing_delivery::{Always, Envelope, Outcome, Pool};
use waxwing_domain::{Action, Ctx, EmailAddress, EventKind, ListId, Micros, Operation, Rights, SourceId, SubjectNo};
use waxwing_message::{PersonalLinks, RenderValues, Rendered, SubscriberValues};
use waxwing_store::{Entry, Event, subjects};

/// How long a person waits for a test message; relays may take longer, lanes do.
const PATIENCE: Duration = Duration::from_secs(60);
/// How long the link of a test message shows it, in microseconds.
const SHOWN: i64 = 3 * Micros::DAY;
/// Whose links previews and test messages carry. Never a real person's: whoever tries the
/// unsubscribe link of a test would unsubscribe them.
const NOBODY: SubjectNo = SubjectNo::new(0);

/// Content shown or sent outside the lane.
#[derive(Clone, Debug)]
pub struct Draft {
    /// The content.
    pub revision: FrozenRevision,
    /// In whose name.
    pub sender: Sender,
    /// The list of its `List-Id`.
    pub list: Option<ListId>,
}

/// Renders a draft for a chosen person, which is recorded, or for a made-up one.
///
/// # Errors
/// [`Error::Invalid`] when the content does not compile or render; [`Error::NotFound`] for nobody.
pub async fn render_preview(app: &App, ctx: &Ctx, draft: &Draft, person: Option<SubjectNo>) -> Result<Rendered> {
    ctx.authorise(Action::CampaignsRead)?;
    let ready = assemble(app, ctx, draft, SourceId::from_i64(0)).await?;
    let values = values(app, ctx, &ready, person, ("sending.preview", "page")).await?;
    render(&ready, NOBODY, values)
}

/// Sends a draft to one address, with the data of a chosen person, which is recorded, or of a
/// made-up one. Gives what the relay answered, in words.
///
/// # Errors
/// [`Error::Conflict`] with the reason when the relay did not take it.
pub async fn test_send(
    app: &App,
    ctx: &Ctx,
    draft: &Draft,
    to: &EmailAddress,
    person: Option<SubjectNo>,
) -> Result<String> {
    ctx.authorise(Action::CampaignsTest)?;
    let mut tx = app.read(ctx, "sending.test").await?;
    let relays = relays::usable(app, &mut tx).await?;
    drop(tx);
    let relay = relays.into_iter().next().ok_or_else(no_relay)?;
    // A number of its own: the link to view it is its own, and so is its Message-ID, or mailboxes
    // would take the second test for the first.
    let id = SourceId::from_i64(ctx.new_id());
    let ready = assemble(app, ctx, draft, id).await?;
    let values = values(app, ctx, &ready, person, ("sending.test", "smtp")).await?;
    let making = Making { ready: &ready, subject: NOBODY, to: to.clone(), values, date: ctx.now() };
    let envelope = message_for(&making, &mut Vec::new()).map_err(|why| Error::invalid("body", why))?;
    let mut tx = app.begin(ctx, "sending.test").await?;
    tx.record(app.store(), ctx, Entry::new(Operation::Preview, "sending.test").to("smtp")).await?;
    let times = (ctx.now(), ctx.now().plus(SHOWN));
    store::keep_test(&mut tx, id, draft, person.unwrap_or(NOBODY), times).await?;
    tx.commit().await?;
    let pool = Pool::new(relay.relay).map_err(|error| Error::Conflict(error.to_string()))?;
    let outcome = tokio::time::timeout(PATIENCE, deliver(&pool, &envelope)).await;
    pool.close().await;
    outcome.map_err(|_| Error::Conflict("The relay has not answered within a minute.".into()))?
}

async fn deliver(pool: &Pool, envelope: &Envelope) -> Result<String> {
    match pool.send(envelope, Always).await {
        Outcome::Accepted { reply } => Ok(format!("The relay took it ({}).", reply.codes())),
        Outcome::Deferred { reason, .. } | Outcome::Failed { reason, .. } => {
            Err(Error::Conflict(format!("It was not taken: {}.", reason.in_words())))
        }
        Outcome::Unknown { trouble } => Err(Error::Conflict(format!("It may or may not have arrived: {trouble}."))),
        Outcome::NotSent => Err(Error::Conflict("It was not sent.".into())),
    }
}

fn no_relay() -> Error {
    Error::Conflict("There is no relay to send through. Add one under Settings, Relays.".into())
}

/// The message of one recipient of a source, as they see it in a browser; recorded as a read, and
/// noted as an event. A test message is shown for three days, to whoever got it. The caller has
/// verified the link.
///
/// # Errors
/// [`Error::NotFound`] when there is no such message or person any more.
pub async fn view(app: &App, ctx: &Ctx, id: SourceId, subject: SubjectNo) -> Result<Rendered> {
    ctx.authorise(Action::Public)?;
    let mut tx = app.read(ctx, "sending.view").await?;
    if !tx.gate().await?.level.may_move_data() {
        return Err(Error::Contained("Messages are not shown until it is released."));
    }
    if subject == NOBODY {
        let found = store::test_message(&mut tx, id, ctx.now()).await?;
        drop(tx);
        let (draft, person) = found.ok_or(Error::NotFound("message"))?;
        return view_test(app, ctx, id, &draft, person).await;
    }
    let source = store::source(&mut tx, id).await?.ok_or(Error::NotFound("message"))?;
    let frozen = store::revision(&mut tx, source.revision).await?.ok_or(Error::NotFound("message"))?;
    let list = store::lists(&mut tx, id).await?.first().copied();
    drop(tx);
    let ready = Ready::assemble(app, ctx.workspace, id, &frozen, &source.sender, list).await?;
    // The link is the person's own: it shows them what was sent to them, and nobody else.
    let values = values(app, &showing(ctx, subject), &ready, Some(subject), ("sending.view", "page")).await?;
    let rendered = render(&ready, subject, values)?;
    let mut tx = app.begin(ctx, "sending.viewed").await?;
    tx.events(vec![Event::of(ctx.new_id(), ctx.now(), EventKind::Viewed, subject).in_source(id)]).await?;
    tx.commit().await?;
    Ok(rendered)
}

/// The reader of a secret link, who sees the one person it is about.
fn showing(ctx: &Ctx, subject: SubjectNo) -> Ctx {
    Ctx { rights: Rights { unmasked: Arc::new([subject].into()), ..ctx.rights.clone() }, ..ctx.clone() }
}

async fn view_test(app: &App, ctx: &Ctx, id: SourceId, draft: &Draft, person: SubjectNo) -> Result<Rendered> {
    let ready = assemble(app, ctx, draft, id).await?;
    let person = (person != NOBODY).then_some(person);
    // Whoever sent the test saw this person when they sent it.
    let reader = person.map_or_else(|| ctx.clone(), |person| showing(ctx, person));
    let values = values(app, &reader, &ready, person, ("sending.view_test", "page")).await?;
    render(&ready, NOBODY, values)
}

async fn assemble(app: &App, ctx: &Ctx, draft: &Draft, id: SourceId) -> Result<Ready> {
    Ready::assemble(app, ctx.workspace, id, &draft.revision, &draft.sender, draft.list).await
}

/// The values of a person, after the record says that they are used; made-up ones for nobody.
async fn values(
    app: &App,
    ctx: &Ctx,
    ready: &Ready,
    person: Option<SubjectNo>,
    (what, destination): (&'static str, &'static str),
) -> Result<SubscriberValues> {
    let Some(subject) = person else { return Ok(make_up()) };
    let mut tx = app.read(ctx, what).await?;
    let stored = subscribers::sealed(&mut tx, &[subject]).await?.pop().ok_or(Error::NotFound("subscriber"))?;
    drop(tx);
    let used = stored.person.present(&ready.disclosed);
    let entry = Entry::new(Operation::Preview, what).to(destination).part(&used, subjects([subject]));
    let disclosure = app.store().disclose(ctx, entry).await?;
    if used.iter().any(|&field| !disclosure.covers(subject, field)) {
        return Err(Error::Conflict("Your role hides this person. Preview with a made-up person instead.".into()));
    }
    let clear = disclosure.open(app.store(), &stored.person)?;
    Ok(people_fields(ready, &clear, &stored.plain))
}

fn render(ready: &Ready, subject: SubjectNo, values: SubscriberValues) -> Result<Rendered> {
    let links = PersonalLinks {
        unsubscribe_url: ready.links.unsubscribe(ready.source, subject),
        view_url: ready.links.view(ready.source, subject),
    };
    let values = RenderValues::new(&ready.values, values, links);
    ready.revision.render(&values).map_err(|error| Error::invalid("body", error))
}
