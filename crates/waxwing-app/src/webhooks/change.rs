//! Making, changing and removing endpoints.

use super::endpoint::{Endpoint, State};
use super::{by_id_to_change, seals, store, wake};
use crate::{App, Error, Result, holds, lists, signals};
use serde_json::json;
use std::collections::BTreeSet;
use waxwing_crypto::WebhookSecret;
use waxwing_domain::{Action, Ctx, DataClass, EventKind, ListId, Micros, Operation, WebhookId};
use waxwing_egress::Target;
use waxwing_store::{Entry, StoreError, Tx};

/// Endpoints of one workspace, at most.
const MOST: i64 = 20;
/// The longest name, in characters.
const LONGEST_NAME: usize = 100;
/// Microseconds that the old secret signs beside the new one.
const OVERLAP: i64 = Micros::DAY;

/// What is asked of an endpoint.
#[derive(Clone, Default)]
pub struct Wish {
    /// What people shall call it; unique.
    pub name: String,
    /// `https://…`; when changing, empty leaves it as it is.
    pub url: String,
    /// What it is told, as words of [`EventKind`].
    pub kinds: Vec<String>,
    /// Only events on these lists; every event when empty.
    pub lists: Vec<ListId>,
    /// Classes of fields that are sent along, as words of [`DataClass`].
    pub grants: Vec<String>,
}

/// A new endpoint and its secret, which nobody can read again.
pub struct Made {
    /// Its id.
    pub id: WebhookId,
    /// `whsec_…`, for the receiver.
    pub secret: String,
}

impl std::fmt::Debug for Made {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Made({})", self.id)
    }
}

/// A wish that was read.
struct Parsed {
    name: String,
    kinds: Vec<EventKind>,
    grants: Vec<DataClass>,
    lists: Vec<ListId>,
}

/// Makes an endpoint that is on.
///
/// # Errors
/// [`Error::Invalid`] names the field, [`Error::Conflict`] a name in use or too many endpoints,
/// [`Error::Contained`] a contained workspace.
pub async fn add(app: &App, tx: &mut Tx, ctx: &Ctx, wish: &Wish) -> Result<Made> {
    ctx.authorise(Action::WebhooksWrite)?;
    ask_gate(tx).await?;
    let parsed = parse(tx, ctx, wish).await?;
    let target = parse_url(app, &wish.url)?;
    if store::count(tx).await? >= MOST {
        return Err(Error::Conflict(format!("There are {MOST} webhooks already; remove one first.")));
    }
    let id = WebhookId::from_i64(ctx.new_id());
    let secret = WebhookSecret::random(&*ctx.rng).to_text();
    let sealed = store::Sealed {
        url: seals::seal(app, ctx.workspace, id, seals::URL, target.as_str())?,
        secret: seals::seal(app, ctx.workspace, id, seals::SECRET, &secret)?,
    };
    let endpoint = parsed.endpoint(ctx, id, target.origin(), None);
    store::insert(tx, &endpoint, sealed).await.map_err(name_taken)?;
    store::set_lists(tx, id, &endpoint.lists).await?;
    note(app, tx, ctx, "webhooks.add", &endpoint).await?;
    signals::note(tx, ctx, "webhooks.added", 1, json!({ "webhook": id })).await?;
    wake(tx, ctx).await?;
    Ok(Made { id, secret })
}

/// Changes an endpoint; from now on it stands under the name of whoever changed it.
///
/// # Errors
/// As [`add`]; [`Error::NotFound`].
pub async fn edit(app: &App, tx: &mut Tx, ctx: &Ctx, id: WebhookId, wish: &Wish) -> Result<()> {
    let old = by_id_to_change(tx, ctx, id).await?;
    ask_gate(tx).await?;
    let parsed = parse(tx, ctx, wish).await?;
    let target = if wish.url.trim().is_empty() { None } else { Some(parse_url(app, &wish.url)?) };
    let origin = target.as_ref().map_or_else(|| old.origin.clone(), Target::origin);
    let endpoint = parsed.endpoint(ctx, id, origin, Some(&old));
    store::update(tx, &endpoint).await.map_err(name_taken)?;
    if let Some(target) = target {
        store::set_url(tx, id, seals::seal(app, ctx.workspace, id, seals::URL, target.as_str())?).await?;
    }
    store::set_lists(tx, id, &endpoint.lists).await?;
    note(app, tx, ctx, "webhooks.edit", &endpoint).await
}

/// Pauses an endpoint, or turns it on (again). Nothing that waits is lost by either.
///
/// # Errors
/// [`Error::Invalid`] for a state that only the product itself sets.
pub async fn set_state(app: &App, tx: &mut Tx, ctx: &Ctx, id: WebhookId, state: State) -> Result<()> {
    by_id_to_change(tx, ctx, id).await?;
    if state == State::Disabled {
        return Err(Error::invalid("state", "Say on or paused."));
    }
    store::set_state(tx, id, state, None, ctx.now()).await?;
    let entry = Entry::new(Operation::Change, "webhooks.state").on("webhook", id.as_i64());
    tx.record(app.store(), ctx, entry.detail(json!({ "state": state.as_str() }))).await?;
    wake(tx, ctx).await
}

/// A new secret; the one before signs beside it for a day, so that the receiver can change over.
pub async fn rotate(app: &App, tx: &mut Tx, ctx: &Ctx, id: WebhookId) -> Result<Made> {
    by_id_to_change(tx, ctx, id).await?;
    ask_gate(tx).await?;
    renew(app, tx, ctx, id, OVERLAP).await
}

/// A new secret after a containment: the one before signs nothing any more, for somebody else may have it.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn replace_secret(app: &App, tx: &mut Tx, ctx: &Ctx, id: WebhookId) -> Result<Made> {
    ctx.authorise(Action::ContainmentRelease)?;
    let made = renew(app, tx, ctx, id, 0).await?;
    wake(tx, ctx).await?;
    Ok(made)
}

/// A new secret; the one before signs beside it for `overlap` microseconds.
async fn renew(app: &App, tx: &mut Tx, ctx: &Ctx, id: WebhookId, overlap: i64) -> Result<Made> {
    let secrets = store::secrets(tx, id).await?.ok_or(Error::NotFound("webhook"))?;
    let old = seals::reseal_as_old(app, ctx.workspace, id, &secrets.secret)?;
    let secret = WebhookSecret::random(&*ctx.rng).to_text();
    let new = seals::seal(app, ctx.workspace, id, seals::SECRET, &secret)?;
    store::set_secrets(tx, id, new, old, ctx.now().plus(overlap), ctx.now()).await?;
    tx.record(app.store(), ctx, Entry::new(Operation::Key, "webhooks.rotate").on("webhook", id.as_i64())).await?;
    Ok(Made { id, secret })
}

/// Removes an endpoint, its secrets, and whatever waits for it.
pub async fn remove(app: &App, tx: &mut Tx, ctx: &Ctx, id: WebhookId) -> Result<()> {
    let endpoint = by_id_to_change(tx, ctx, id).await?;
    // What left by it, and whose hand was in it, is evidence for as long as everything is held.
    let kept = holds::keep_all(tx).await?;
    store::remove(tx, id, kept).await?;
    let detail = json!({ "origin": endpoint.origin, "log_kept": kept });
    let entry = Entry::new(Operation::Delete, "webhooks.remove").on("webhook", id.as_i64()).detail(detail);
    tx.record(app.store(), ctx, entry).await?;
    Ok(())
}

/// A contained workspace makes no new way out.
async fn ask_gate(tx: &mut Tx) -> Result<()> {
    if tx.gate().await?.level.may_move_data() {
        return Ok(());
    }
    Err(Error::Contained("webhooks cannot be made or changed."))
}

async fn note(app: &App, tx: &mut Tx, ctx: &Ctx, what: &'static str, endpoint: &Endpoint) -> Result<()> {
    let entry = Entry::new(Operation::Key, what).on("webhook", endpoint.id.as_i64());
    let detail = json!({ "origin": endpoint.origin, "kinds": endpoint.kind_words(), "grants": endpoint.grant_words() });
    tx.record(app.store(), ctx, entry.detail(detail)).await?;
    if !endpoint.grants.is_empty() {
        let detail = json!({ "webhook": endpoint.id, "grants": endpoint.grant_words() });
        signals::note(tx, ctx, "webhooks.granted", 1, detail).await?;
    }
    Ok(())
}

impl Parsed {
    fn endpoint(self, ctx: &Ctx, id: WebhookId, origin: String, old: Option<&Endpoint>) -> Endpoint {
        Endpoint {
            id,
            name: self.name,
            origin,
            kinds: self.kinds,
            lists: self.lists,
            grants: self.grants,
            state: old.map_or(State::On, |old| old.state),
            failing_since: None,
            problem: None,
            old_until: old.and_then(|old| old.old_until),
            caused: ctx.origin,
            created_at: old.map_or(ctx.now(), |old| old.created_at),
            changed_at: ctx.now(),
        }
    }
}

async fn parse(tx: &mut Tx, ctx: &Ctx, wish: &Wish) -> Result<Parsed> {
    let grants = parse_grants(ctx, &wish.grants)?;
    let kinds: BTreeSet<EventKind> = words(&wish.kinds, "kinds", EventKind::parse)?;
    if kinds.is_empty() {
        return Err(Error::invalid("kinds", "Choose at least one kind of event."));
    }
    let known = lists::all(tx).await?;
    let lists: BTreeSet<ListId> = wish.lists.iter().copied().collect();
    if !lists.iter().all(|id| known.iter().any(|list| list.id == *id)) {
        return Err(Error::invalid("lists", "There is no such list."));
    }
    let name = parse_name(&wish.name)?;
    Ok(Parsed { name, kinds: kinds.into_iter().collect(), grants, lists: lists.into_iter().collect() })
}

/// Fields of people leave for good: whoever grants them must be allowed to take people out, and
/// must see those fields in clear.
fn parse_grants(ctx: &Ctx, grants: &[String]) -> Result<Vec<DataClass>> {
    let grants: BTreeSet<DataClass> = words(grants, "grants", DataClass::parse)?;
    if !grants.is_empty() {
        ctx.authorise(Action::SubscribersRead)?;
        ctx.authorise(Action::ExportRun)?;
    }
    if !grants.iter().all(|class| ctx.rights.sees(*class)) {
        return Err(Error::invalid("grants", "Fields that are masked for you cannot be sent along."));
    }
    Ok(grants.into_iter().collect())
}

fn words<T: Ord>(words: &[String], field: &str, parse: impl Fn(&str) -> Option<T>) -> Result<BTreeSet<T>> {
    let unknown = || Error::invalid(field, "One of these is not known.");
    words.iter().map(|word| parse(word.trim()).ok_or_else(unknown)).collect()
}

fn parse_url(app: &App, text: &str) -> Result<Target> {
    app.egress().target(text.trim()).map_err(|error| Error::invalid("url", error))
}

fn parse_name(text: &str) -> Result<String> {
    let name = text.trim();
    if name.is_empty() || name.chars().count() > LONGEST_NAME || name.chars().any(char::is_control) {
        return Err(Error::invalid("name", "Give the webhook a name of one line, at most 100 characters."));
    }
    Ok(name.to_owned())
}

fn name_taken(error: StoreError) -> Error {
    match error {
        StoreError::Conflict(_) => Error::Conflict("There is a webhook of that name already.".into()),
        other => other.into(),
    }
}
