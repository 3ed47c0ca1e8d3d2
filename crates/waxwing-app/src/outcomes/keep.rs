//! What a report changes: its row, the message's event, the fate of what was unknown, the do-not-mail list.

use super::find::Matched;
use super::{Kind, store};
use crate::sending::{self, RowState};
use crate::subscribers::{self, StoredPerson};
use crate::suppression::{self, Reason};
use crate::{App, Result};
use std::collections::{BTreeMap, HashMap, HashSet};
use waxwing_domain::{Ctx, EventKind, FieldId, SourceId, SubjectNo};
use waxwing_store::{Event, Tx};

/// A message and what was reported of it.
pub(super) type Key = (SourceId, SubjectNo, Kind);

impl Matched<'_> {
    pub(super) const fn key(&self) -> Key {
        (self.message.source, self.message.subject, self.reported.kind)
    }
    /// Whether the ledger does not say the same itself: what failed here or is settled by this is no second bounce.
    pub(super) fn is_beside(&self) -> bool {
        self.reported.kind == Kind::Complaint || !matches!(self.message.state, RowState::Failed | RowState::Unknown)
    }
}

/// Keeps what is new; gives how many were.
pub(super) async fn all(app: &App, tx: &mut Tx, ctx: &Ctx, matched: &[Matched<'_>]) -> Result<usize> {
    let people: Vec<SubjectNo> = matched.iter().map(|one| one.message.subject).collect();
    let living: HashMap<SubjectNo, StoredPerson> =
        subscribers::sealed(tx, &people).await?.into_iter().map(|person| (person.subject(), person)).collect();
    let here: Vec<&Matched<'_>> = matched.iter().filter(|one| living.contains_key(&one.message.subject)).collect();
    let mut new = store::insert(tx, ctx, &here).await?;
    // The same report twice in one batch is one, too.
    let fresh: Vec<&Matched<'_>> = here.into_iter().filter(|one| new.remove(&one.key())).collect();
    settle(tx, ctx, &fresh).await?;
    let mut events = events(app, ctx, &fresh, &living)?;
    events.extend(suppress(app, tx, ctx, &fresh, &living).await?);
    tx.events(events).await?;
    Ok(fresh.len())
}

/// A report says what became of a message of which nobody knew.
async fn settle(tx: &mut Tx, ctx: &Ctx, fresh: &[&Matched<'_>]) -> Result<()> {
    let mut groups: BTreeMap<(SourceId, Option<&str>), Vec<SubjectNo>> = BTreeMap::new();
    for one in fresh.iter().filter(|one| one.message.state == RowState::Unknown) {
        let cause = (one.reported.kind != Kind::Complaint).then_some(one.reported.reason);
        groups.entry((one.message.source, cause)).or_default().push(one.message.subject);
    }
    for ((source, cause), people) in groups {
        sending::resolve(tx, ctx, source, &people, cause.map(|cause| (cause, ""))).await?;
    }
    Ok(())
}

fn events(
    app: &App,
    ctx: &Ctx,
    fresh: &[&Matched<'_>],
    living: &HashMap<SubjectNo, StoredPerson>,
) -> Result<Vec<Event>> {
    let mut events = Vec::with_capacity(fresh.len());
    for one in fresh {
        let (id, subject) = (ctx.new_id(), one.message.subject);
        let (kind, reason) = match one.reported.kind {
            Kind::Complaint => (EventKind::Complained, None),
            _ => (EventKind::Bounced, Some(one.reported.reason.to_owned())),
        };
        let sealed = living.get(&subject).map(|person| seal(app, ctx, id, &one.reported.diagnostic, person));
        let sealed = sealed.transpose()?.flatten();
        let event = Event::of(id, one.reported.at, kind, subject).in_source(one.message.source);
        events.push(Event { reason, sealed, ..event });
    }
    Ok(events)
}

/// The provider's words, under the person's key: they echo addresses.
fn seal(app: &App, ctx: &Ctx, id: i64, words: &str, person: &StoredPerson) -> Result<Option<Vec<u8>>> {
    if words.is_empty() {
        return Ok(None);
    }
    let key = person.person.key(app.store(), ctx.workspace)?;
    let place = (waxwing_crypto::TableId::EVENTS, FieldId::SMTP_REPLY);
    Ok(Some(key.seal_cell(place.0, place.1, id, words.as_bytes(), &*ctx.rng)))
}

/// Puts addresses on the do-not-mail list: those that the messages went to, and none that people have moved to since.
async fn suppress(
    app: &App,
    tx: &mut Tx,
    ctx: &Ctx,
    fresh: &[&Matched<'_>],
    living: &HashMap<SubjectNo, StoredPerson>,
) -> Result<Vec<Event>> {
    let mut events = Vec::new();
    for reason in [Reason::Bounced, Reason::Complained] {
        let complaint = reason == Reason::Complained;
        let of_reason = |one: &&&Matched<'_>| (one.reported.kind == Kind::Complaint) == complaint;
        let mut tags: HashMap<[u8; 16], &Matched<'_>> = HashMap::new();
        for one in fresh.iter().filter(|one| one.reported.suppresses()).filter(of_reason) {
            let person = living.get(&one.message.subject).filter(|person| person.email_tag == one.message.tag);
            tags.extend(person.map(|person| (person.suppress_tag, *one)));
        }
        let new: HashSet<[u8; 16]> =
            suppression::add_many(app, tx, ctx, tags.keys().copied().collect(), reason, "report").await?;
        for one in new.iter().filter_map(|tag| tags.get(tag)) {
            let event = Event::of(ctx.new_id(), ctx.now(), EventKind::Suppressed, one.message.subject);
            events.push(event.in_source(one.message.source).because(reason.as_str()));
        }
    }
    Ok(events)
}
