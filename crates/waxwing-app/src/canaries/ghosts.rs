//! Made-up people in what programs read: where they stand among the people, and who they are for one API key.
//!
//! Promise: their numbers are numbers of subscribers that no real person has or will have, set aside when people were
//! added, so that they lie among them; one key always reads the same made-up people at the same places, and another key
//! others. Limits: people who were there before the first domain was named have theirs at the end; whoever compares the
//! reads of two keys finds them; fields beyond address and names stay empty.

use super::hits::{Facts, HitKind, note};
use super::mark::{self, MarkKind, Workshop};
use super::person::Canary;
use super::{sealing, store};
use crate::lists::{self, MembershipState};
use crate::{App, Error, Result};
use waxwing_domain::{Actor, Ctx, FieldId, ListId, MarkId, Micros, SubjectNo};
use waxwing_store::{StoreError, Tx};

/// One number in so many is set aside.
const ONE_IN: u32 = 500;
/// Numbers that are set aside when the first domain is named.
const FIRST: u32 = 10;

/// Sets the first numbers aside; does nothing where there are some.
pub(super) async fn begin(app: &App, tx: &mut Tx, ctx: &Ctx) -> Result<()> {
    if !store::places(tx).await?.is_empty() {
        return Ok(());
    }
    let numbers: Vec<u32> = app.store().allocate_subjects(tx, FIRST).await?.subjects.collect();
    Ok(store::keep_places(tx, &numbers, ctx.now()).await?)
}

/// How many numbers to set aside beside `people` new ones. Chance decides for few: one in five hundred.
pub(crate) async fn reserve(app: &App, tx: &mut Tx, people: u32) -> Result<u32> {
    if people == 0 || Workshop::open(app, tx).await?.is_none() {
        return Ok(0);
    }
    let mut drawn = [0u8; 4];
    app.store().rng().fill(&mut drawn);
    let more = u32::from_be_bytes(drawn) % ONE_IN < people % ONE_IN;
    Ok(people / ONE_IN + u32::from(more))
}

/// Keeps numbers that were set aside.
pub(crate) async fn keep(tx: &mut Tx, numbers: impl Iterator<Item = u32>, now: Micros) -> Result<()> {
    let numbers: Vec<u32> = numbers.collect();
    if numbers.is_empty() {
        return Ok(());
    }
    Ok(store::keep_places(tx, &numbers, now).await?)
}

/// Somebody made up, as one key reads them.
#[derive(Clone)]
pub(crate) struct Ghost {
    /// Their number among the subscribers.
    pub subject: SubjectNo,
    /// Who they are.
    pub canary: Canary,
    /// The list that they seem to be on; none where there is none.
    pub list: Option<ListId>,
    /// Since when they seem to be there.
    pub since: Micros,
}

/// The made-up people of one key.
#[derive(Default)]
pub(crate) struct Ghosts {
    mark: Option<MarkId>,
    all: Vec<Ghost>,
}

impl Ghosts {
    /// Those who a reader of a list (or of everybody) sees below a number, the highest first.
    pub fn below(&self, list: Option<ListId>, after: Option<SubjectNo>) -> impl Iterator<Item = &Ghost> {
        let seen = move |one: &&Ghost| list.is_none_or(|list| one.list == Some(list));
        self.all.iter().rev().filter(seen).filter(move |one| after.is_none_or(|after| one.subject < after))
    }

    /// The one with a number.
    pub fn get(&self, subject: SubjectNo) -> Option<&Ghost> {
        self.all.iter().find(|one| one.subject == subject)
    }

    /// Notes that the key changed one of its people. Whoever gave it the list did not mean that.
    pub async fn touched(&self, app: &App, tx: &mut Tx, ctx: &Ctx, ghost: &Ghost) -> Result<()> {
        let Some(mark) = self.mark else { return Ok(()) };
        let peer = ctx.address.map(|address| address.to_string()).unwrap_or_default();
        let facts = Facts { recipient: ghost.canary.email.clone(), peer, through: "api".into(), ..Facts::default() };
        note(app, tx, ctx, (mark, ghost.canary.number, HitKind::Touched), None, &facts).await
    }
}

/// The made-up people of the key that asks; none for people, who read pages. Makes up those who are missing, in a
/// transaction of its own.
pub(crate) async fn ghosts(app: &App, ctx: &Ctx) -> Result<Ghosts> {
    let Actor::ApiKey(key) = ctx.actor else { return Ok(Ghosts::default()) };
    let mut tx = app.read(ctx, "canaries.ghosts").await?;
    let places = store::places(&mut tx).await?;
    if places.is_empty() || Workshop::open(app, &mut tx).await?.is_none() {
        return Ok(Ghosts::default());
    }
    let known = store::about(&mut tx, MarkKind::Api, key.as_i64()).await?;
    let (mark, people) = match known {
        Some(mark) if mark.made >= places.len() as i64 => (mark.id, mark::people(app, &mut tx, mark.id).await?),
        _ => {
            drop(tx);
            let made = match grow(app, ctx, key.as_i64(), &places).await {
                // The same key read at the same moment: one of them made the people up.
                Err(Error::Store(StoreError::Conflict(_))) => grow(app, ctx, key.as_i64(), &places).await?,
                other => other?,
            };
            tx = app.read(ctx, "canaries.ghosts").await?;
            made
        }
    };
    let mut lists: Vec<ListId> = lists::all(&mut tx).await?.into_iter().map(|list| list.id).collect();
    lists.sort_unstable();
    let ghost = |canary: Canary| {
        let since = places.iter().find(|(number, _)| *number == canary.number)?.1;
        Some(Ghost { subject: SubjectNo::new(canary.number), list: home_list(&lists, &canary), since, canary })
    };
    let mut all: Vec<Ghost> = people.into_iter().filter_map(ghost).collect();
    all.sort_by_key(|one| one.subject);
    Ok(Ghosts { mark: Some(mark), all })
}

/// The list on which somebody made up seems to be: any, and always the same while the lists are.
fn home_list(lists: &[ListId], canary: &Canary) -> Option<ListId> {
    let drawn = usize::try_from(canary.place).unwrap_or(0);
    lists.get(drawn.checked_rem(lists.len())?).copied()
}

/// How somebody made up stands to their list.
pub(crate) const STATE: MembershipState = MembershipState::Confirmed;

/// Makes up people for the places that a key has none at yet.
async fn grow(app: &App, ctx: &Ctx, key: i64, places: &[(u32, Micros)]) -> Result<(MarkId, Vec<Canary>)> {
    let mut tx = app.store().begin(ctx.workspace, "canaries.grow").await?;
    let known = store::about(&mut tx, MarkKind::Api, key).await?;
    let id = known.as_ref().map_or_else(|| MarkId::from_i64(ctx.new_id()), |mark| mark.id);
    let mut people = match &known {
        Some(mark) => mark::people(app, &mut tx, mark.id).await?,
        None => Vec::new(),
    };
    let Some(workshop) = Workshop::open(app, &mut tx).await? else { return Ok((id, people)) };
    let missing = places.iter().map(|(number, _)| *number).filter(|n| !people.iter().any(|one| one.number == *n));
    let missing: Vec<(u32, u64)> = missing.map(|n| (n, workshop.key.place(id.as_i64(), n, u64::MAX))).collect();
    people.extend(workshop.make(&mut tx, id, &missing).await?);
    match known {
        Some(_) => {
            let sealed = sealing::seal(app, ctx.workspace, FieldId::CANARY_MARK, id.as_i64(), &people)?;
            store::grow(&mut tx, id, people.len() as i64, sealed).await?;
        }
        None => {
            let mark = mark::new(id, MarkKind::Api, key, None, &people, ctx);
            mark::insert(app, &mut tx, ctx, &mark, &people).await?;
        }
    }
    tx.commit().await?;
    Ok((id, people))
}
