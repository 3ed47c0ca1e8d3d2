//! Leaving: one click from the mail program, or a page with a button.
//!
//! Promise: works signed out, under every lockdown, with links of any age, as often as it is pressed; shows
//! no address. A GET changes nothing but what `sending` notes of visits. Limit: whoever holds a message can leave in its recipient's name; only
//! the page that left can take it back, for an hour.
//! States: left, or not.
//! Tables: `unsubscribes`; reads `source_lists`.
//! Events: `unsubscribed` and, when taken back, `signup.confirmed`, both of `lists`. Signals `unsubscribe.left`, `.undone`.
//! Jobs: none.

mod pages;
mod store;
#[cfg(test)]
mod tests;

use crate::lists::MembershipState;
use crate::{App, Error, Result, consent, erasure, lists, sending, signals, subscribers};
use std::collections::BTreeSet;
use waxwing_crypto::{SecretPurpose, SecretToken};
use waxwing_domain::{Action, Ctx, ListId, Micros, SourceId, SubjectNo};
use waxwing_http::Routes;
use waxwing_store::{JobRegistry, Tx};

/// How long the page that left can take it back, in microseconds.
const UNDO: i64 = Micros::HOUR;
/// What a taken-back unsubscribe leaves as evidence.
const STATEMENT: &str = "Took back the unsubscribe on the page that confirmed it.";

/// Whose link it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Link {
    /// Which source's message holds it.
    pub source: SourceId,
    /// Whose message; number 0 is the made-up person of test messages.
    pub subject: SubjectNo,
}

/// What is left.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Scope {
    /// The lists that the message was sent to.
    Lists,
    /// Everything that the workspace sends.
    Everything,
}

/// What pressed the button.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum How {
    /// The mail program (RFC 8058).
    OneClick,
    /// A person on the page.
    Page,
}

impl How {
    const fn as_str(self) -> &'static str {
        match self {
            Self::OneClick => "one_click",
            Self::Page => "page",
        }
    }
}

/// Reads a link; `None` for one that this workspace never made.
pub fn link(app: &App, ctx: &Ctx, token: &str) -> Option<Link> {
    let (source, subject) = sending::links::parse_unsubscribe(app, ctx.workspace, token)?;
    Some(Link { source, subject })
}

/// The lists of the message that the public may know by name.
pub async fn public_lists(tx: &mut Tx, link: Link) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for id in store::source_lists(tx, link.source).await? {
        let list = lists::shown(tx, id).await?;
        names.extend(list.filter(|list| list.visibility == lists::Visibility::Public).map(|list| list.name));
    }
    Ok(names)
}

/// Leaves. Asks no gate: this works whatever state the workspace is in, also for people who are gone.
///
/// Gives what can take it back, where there is something to take back.
pub async fn leave(
    app: &App,
    tx: &mut Tx,
    ctx: &Ctx,
    link: Link,
    scope: Scope,
    how: How,
) -> Result<Option<SecretToken>> {
    ctx.authorise(Action::Public)?;
    if subscribers::sealed(tx, &[link.subject]).await?.is_empty() {
        return Ok(None);
    }
    let memberships = lists::memberships(tx, link.subject).await?;
    let of_source = store::source_lists(tx, link.source).await?;
    // A message that went to no list is left by leaving everything.
    let all = scope == Scope::Everything || of_source.is_empty();
    let concerned = |list: &ListId| all || of_source.contains(list);
    let confirmed = memberships.iter().filter(|m| m.state == MembershipState::Confirmed && concerned(&m.list));
    let left: BTreeSet<i64> = confirmed.map(|m| m.list.as_i64()).collect();
    if all {
        lists::unsubscribe(app, tx, ctx, None, link.subject).await?;
    } else {
        // Who moved on to none of these lists is noted on all, so that no import brings them back.
        let known: Vec<ListId> = memberships.iter().map(|m| m.list).filter(concerned).collect();
        for list in if known.is_empty() { of_source } else { known } {
            lists::unsubscribe(app, tx, ctx, Some(list), link.subject).await?;
        }
    }
    keep(tx, ctx, link, left, how).await
}

/// Notes who left by which link; a second click adds what it left and counts once.
async fn keep(tx: &mut Tx, ctx: &Ctx, link: Link, left: BTreeSet<i64>, how: How) -> Result<Option<SecretToken>> {
    let before = store::find(tx, link).await?;
    if before.is_none() {
        let detail = serde_json::json!({ "source": link.source, "how": how.as_str() });
        signals::note(tx, ctx, "unsubscribe.left", 1, detail).await?;
    }
    let lists: BTreeSet<i64> = before.map(|row| row.lists).unwrap_or_default().into_iter().chain(left).collect();
    let undo = (how == How::Page && !lists.is_empty()).then(|| SecretToken::random(SecretPurpose::Confirm, &*ctx.rng));
    let hash = undo.as_ref().map(SecretToken::hash);
    store::put(tx, link, how, ctx.now(), &lists, hash.map(|hash| (hash, ctx.now().plus(UNDO)))).await?;
    Ok(undo)
}

/// Takes a mistaken unsubscribe back: only with the secret of the page that left, once, within an hour.
/// Answers whether it did.
pub async fn undo(app: &App, tx: &mut Tx, ctx: &Ctx, link: Link, secret: &str) -> Result<bool> {
    ctx.authorise(Action::Public)?;
    let Ok(secret) = SecretToken::parse(SecretPurpose::Confirm, secret) else { return Ok(false) };
    let Some(row) = store::find(tx, link).await? else { return Ok(false) };
    let valid = row.undo.is_some_and(|(hash, until)| secret.matches(&hash) && ctx.now() <= until);
    if !valid || subscribers::sealed(tx, &[link.subject]).await?.is_empty() {
        return Ok(false);
    }
    store::remove(tx, link).await?;
    for list in row.lists {
        rejoin(app, tx, ctx, link, (ListId::from_i64(list), row.at)).await?;
    }
    signals::note(tx, ctx, "unsubscribe.undone", 1, serde_json::json!({ "source": link.source })).await?;
    Ok(true)
}

async fn rejoin(app: &App, tx: &mut Tx, ctx: &Ctx, link: Link, (list, left_at): (ListId, Micros)) -> Result<()> {
    let from = ctx.address.map(|address| address.to_string());
    let new = consent::NewConsent {
        kind: consent::ConsentKind::Signup,
        statement: STATEMENT.to_owned(),
        list: Some(list),
        subject: Some(link.subject),
        wording_version: None,
        requested_at: Some(left_at),
        confirmed_at: Some(ctx.now()),
        evidence: serde_json::json!({ "confirmed_from": from }),
    };
    let consent = consent::attest(app, tx, ctx, new).await?;
    lists::confirm_by_person(app, tx, ctx, list, link.subject, consent).await
}

/// How many people left by a link of this source. Who was erased since is no longer among them.
pub async fn count(tx: &mut Tx, ctx: &Ctx, source: SourceId) -> Result<i64> {
    ctx.authorise(Action::ReportsRead)?;
    let left = store::count(tx, source).await?;
    Ok(tx.shown(left))
}

/// The same for many sources; those that nobody left are missing.
pub async fn counts(
    tx: &mut Tx,
    ctx: &Ctx,
    sources: Vec<SourceId>,
) -> Result<std::collections::HashMap<SourceId, i64>> {
    ctx.authorise(Action::ReportsRead)?;
    let mut left = store::counts(tx, sources).await?;
    left.values_mut().for_each(|people| *people = tx.shown(*people));
    Ok(left)
}

/// Who left by a link of this source and when, by number, after number `after`.
pub async fn people(
    tx: &mut Tx,
    ctx: &Ctx,
    source: SourceId,
    after: SubjectNo,
    limit: i64,
) -> Result<Vec<(SubjectNo, Micros)>> {
    ctx.authorise(Action::ReportsRecipients)?;
    Ok(store::people(tx, source, after, limit).await?)
}

waxwing_store::inventory::submit! {
    erasure::Hook::new("unsubscribe", |_, tx, _, who| Box::pin(async move { store::forget(tx, who.subject).await.map_err(Error::from) }))
}

/// The routes of this feature.
pub(crate) fn routes() -> Routes<App> {
    pages::routes()
}

/// The jobs of this feature.
pub(crate) const fn jobs(_registry: &mut JobRegistry, _app: &App) {}
