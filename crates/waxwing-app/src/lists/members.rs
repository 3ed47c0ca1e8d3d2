//! Who is on a list: joining, leaving, and what lifts what.

use super::{OptIn, open, store};
use crate::suppression::{self, Kind, Reason};
use crate::{App, Error, Result};
use std::collections::{HashMap, HashSet};
use waxwing_domain::{Action, ConsentId, Ctx, EventKind, ListId, Micros, Operation, SubjectNo};
use waxwing_store::{Entry, Event, Tx, subjects};

/// How a person stands to a list.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MembershipState {
    /// Gets mail.
    Confirmed,
    /// Has not confirmed the opt-in.
    Unconfirmed,
    /// Unsubscribed; only the person's own opt-in changes that.
    Unsubscribed,
    /// Taken off by the team.
    Removed,
}

impl MembershipState {
    /// Every state.
    pub const ALL: [Self; 4] = [Self::Confirmed, Self::Unconfirmed, Self::Unsubscribed, Self::Removed];

    /// The stable word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Confirmed => "confirmed",
            Self::Unconfirmed => "unconfirmed",
            Self::Unsubscribed => "unsubscribed",
            Self::Removed => "removed",
        }
    }
    /// The colour of its badge.
    pub const fn tone(self) -> &'static str {
        match self {
            Self::Confirmed => "good",
            Self::Unconfirmed => "attention",
            Self::Unsubscribed | Self::Removed => "",
        }
    }
    /// Reads the stable word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == word)
    }
}

/// A person's place on a list.
#[derive(Clone, Debug)]
pub struct Membership {
    /// Which list.
    pub list: ListId,
    /// Its name.
    pub name: String,
    /// How the person stands to it.
    pub state: MembershipState,
    /// The evidence of the last confirmation.
    pub consent: Option<ConsentId>,
    /// Since when.
    pub at: Micros,
}

/// What became of people who were to join a list.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct Joined {
    /// Are on it now and were not before.
    pub added: i64,
    /// Were on it already.
    pub already: i64,
    /// Had unsubscribed from it and stay so.
    pub kept_unsubscribed: i64,
    /// Are on the do-not-mail list and were not added.
    pub suppressed: i64,
}

impl Joined {
    /// Those and these.
    pub const fn plus(self, other: Self) -> Self {
        Self {
            added: self.added + other.added,
            already: self.already + other.already,
            kept_unsubscribed: self.kept_unsubscribed + other.kept_unsubscribed,
            suppressed: self.suppressed + other.suppressed,
        }
    }
}

/// People join a list with attested consent: confirmed at once, no mail is sent.
///
/// Never lifts an unsubscribe and never adds who is on the do-not-mail list.
pub async fn join_attested(
    app: &App,
    tx: &mut Tx,
    ctx: &Ctx,
    list: ListId,
    people: Vec<SubjectNo>,
    consent: ConsentId,
) -> Result<Joined> {
    super::refuse_unseen(tx, &people).await?;
    join_new(app, tx, ctx, list, people, consent).await
}

/// The same for people who were added in this very transaction: nobody can see them on a list yet.
pub async fn join_new(
    app: &App,
    tx: &mut Tx,
    ctx: &Ctx,
    list: ListId,
    people: Vec<SubjectNo>,
    consent: ConsentId,
) -> Result<Joined> {
    ctx.authorise(Action::SubscribersWrite)?;
    open(tx, list).await?;
    join(app, tx, ctx, list, people, consent).await
}

/// A person signed up to a list whose sign-ups count at once. Lifts nothing: for that the person
/// must confirm by mail.
///
/// # Errors
/// [`Error::Conflict`] when the list asks for a double opt-in.
pub async fn join_by_signup(
    app: &App,
    tx: &mut Tx,
    ctx: &Ctx,
    list: ListId,
    subject: SubjectNo,
    consent: ConsentId,
) -> Result<Joined> {
    ctx.authorise(Action::Public)?;
    if open(tx, list).await?.optin != OptIn::Single {
        return Err(Error::Conflict("Sign-ups to this list must be confirmed by mail.".into()));
    }
    join(app, tx, ctx, list, vec![subject], consent).await
}

async fn join(
    app: &App,
    tx: &mut Tx,
    ctx: &Ctx,
    list: ListId,
    mut people: Vec<SubjectNo>,
    consent: ConsentId,
) -> Result<Joined> {
    people.sort_unstable();
    people.dedup();
    let suppressed = store::suppressed(tx, &people).await?;
    let willing: Vec<SubjectNo> = people.iter().copied().filter(|s| !suppressed.contains(s)).collect();
    let kept = store::count_in(tx, list, &willing, MembershipState::Unsubscribed).await?;
    let added = store::join(tx, list, &willing, consent, ctx.now()).await?;
    note(app, tx, ctx, "lists.join", list, willing.iter().copied()).await?;
    let already = willing.len() as i64 - added - kept;
    Ok(Joined { added, already, kept_unsubscribed: kept, suppressed: suppressed.len() as i64 })
}

/// People who were created in this very transaction join a list: nothing of them can be
/// unsubscribed, and the caller has looked up the do-not-mail list. For the import's hot path.
///
/// # Errors
/// A person who is on the list already is a conflict: then they were not new.
pub async fn join_fresh(
    app: &App,
    tx: &mut Tx,
    ctx: &Ctx,
    list: ListId,
    people: Vec<SubjectNo>,
    consent: ConsentId,
) -> Result<Joined> {
    ctx.authorise(Action::SubscribersWrite)?;
    store::join_fresh(tx, list, &people, consent, ctx.now()).await?;
    let added = people.len() as i64;
    note(app, tx, ctx, "lists.join", list, people.into_iter()).await?;
    Ok(Joined { added, ..Joined::default() })
}

/// The person themselves confirmed that they want this list's mail: the only thing that lifts an
/// unsubscribe, and with it the do-not-mail entry of the address (one put there by hand stays).
pub async fn confirm_by_person(
    app: &App,
    tx: &mut Tx,
    ctx: &Ctx,
    list: ListId,
    subject: SubjectNo,
    consent: ConsentId,
) -> Result<()> {
    ctx.authorise(Action::Public)?;
    let Some(tag) = store::suppress_tag(tx, subject).await? else {
        return Err(Error::NotFound("subscriber"));
    };
    suppression::lift_by_person(tx, tag).await?;
    store::set(tx, list, subject, MembershipState::Confirmed, Some(consent), ctx.now()).await?;
    happened(tx, ctx, EventKind::SignupConfirmed, [(subject, list)]).await?;
    note(app, tx, ctx, "lists.confirm", list, [subject].into_iter()).await
}

/// A person leaves one list, or with `None` everything: then the address goes onto the
/// do-not-mail list too. Doing it twice changes nothing; a person who is gone is no error.
/// Answers on how many lists the state changed.
///
/// # Errors
/// Who is limited to lists cannot take anybody off everything, nor name a list or a person beyond them.
pub async fn unsubscribe(app: &App, tx: &mut Tx, ctx: &Ctx, list: Option<ListId>, subject: SubjectNo) -> Result<i64> {
    ctx.authorise(Action::Public)?;
    if tx.limit().is_some() {
        super::by_id(tx, list.ok_or(waxwing_domain::Denied(Action::SubscribersWrite))?).await?;
        super::refuse_unseen(tx, &[subject]).await?;
    }
    let Some(tag) = store::suppress_tag(tx, subject).await? else { return Ok(0) };
    let from = match list {
        Some(list) => vec![list],
        None => store::of_person(tx, subject).await?.into_iter().map(|m| m.list).collect(),
    };
    let mut left = Vec::new();
    for list in from {
        if store::leave(tx, list, subject, ctx.now()).await? {
            left.push((subject, list));
        }
    }
    happened(tx, ctx, EventKind::Unsubscribed, left.iter().copied()).await?;
    if list.is_none() {
        suppression::add(app, tx, ctx, Kind::Email, tag, Reason::Unsubscribed, "unsubscribe").await?;
    }
    let entry = Entry::new(Operation::Change, "lists.unsubscribe").part(&[], subjects([subject]));
    tx.record(app.store(), ctx, entry).await?;
    Ok(left.len() as i64)
}

/// The team takes people off a list; who unsubscribed stays unsubscribed. Answers how many were taken off.
pub async fn remove(app: &App, tx: &mut Tx, ctx: &Ctx, list: ListId, people: Vec<SubjectNo>) -> Result<i64> {
    ctx.authorise(Action::SubscribersWrite)?;
    super::by_id(tx, list).await?;
    let removed = store::remove(tx, list, &people, ctx.now()).await?;
    happened(tx, ctx, EventKind::Removed, removed.iter().map(|&subject| (subject, list))).await?;
    let count = removed.len() as i64;
    note(app, tx, ctx, "lists.remove", list, removed.into_iter()).await?;
    Ok(count)
}

/// The lists that a person is or was on.
pub async fn memberships(tx: &mut Tx, subject: SubjectNo) -> Result<Vec<Membership>> {
    let mut all = store::of_person(tx, subject).await?;
    all.retain(|membership| tx.sees(membership.list));
    Ok(all)
}

/// The lists that each of these people is or was on.
pub async fn memberships_of(tx: &mut Tx, people: &[SubjectNo]) -> Result<HashMap<SubjectNo, Vec<Membership>>> {
    let mut of: HashMap<SubjectNo, Vec<Membership>> = HashMap::new();
    let all = store::of_people(tx, people).await?;
    for (subject, membership) in all.into_iter().filter(|(_, membership)| tx.sees(membership.list)) {
        of.entry(subject).or_default().push(membership);
    }
    Ok(of)
}

/// Those of these people whose address is on the do-not-mail list.
pub async fn suppressed(tx: &mut Tx, people: &[SubjectNo]) -> Result<HashSet<SubjectNo>> {
    Ok(store::suppressed(tx, people).await?)
}

/// Deletes every membership of a person; for erasure and deletion.
pub(crate) async fn forget(tx: &mut Tx, subject: SubjectNo) -> Result<()> {
    Ok(store::forget(tx, subject).await?)
}

async fn happened(
    tx: &mut Tx,
    ctx: &Ctx,
    kind: EventKind,
    whose: impl IntoIterator<Item = (SubjectNo, ListId)>,
) -> Result<()> {
    let now = ctx.now();
    let event = |(subject, list)| Event::of(ctx.new_id(), now, kind, subject).on_list(list);
    Ok(tx.events(whose.into_iter().map(event).collect()).await?)
}

async fn note(
    app: &App,
    tx: &mut Tx,
    ctx: &Ctx,
    what: &'static str,
    list: ListId,
    people: impl Iterator<Item = SubjectNo>,
) -> Result<()> {
    let entry = Entry::new(Operation::Change, what).on("list", list.as_i64()).part(&[], subjects(people));
    tx.record(app.store(), ctx, entry).await?;
    Ok(())
}
