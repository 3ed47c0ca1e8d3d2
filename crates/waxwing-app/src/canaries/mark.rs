//! Marking: an export, or a program's reads, gets made-up people of its own.

use super::columns::Columns;
use super::person::{Canary, Home, invent};
use super::{sealing, store};
use crate::fields::Field;
use crate::{App, Result};
use std::collections::HashSet;
use std::sync::Arc;
use waxwing_crypto::CanaryKey;
use waxwing_domain::{Actor, Ctx, EmailAddress, ExportId, FieldId, ListId, MarkId, Micros};
use waxwing_store::{StoreError, Tx};

/// Turns of drawing before an address is given up that somebody else has every time.
const TURNS: u32 = 16;
/// An export of more people than this gets one more for as many again.
const PEOPLE_FOR_ONE_MORE: i64 = 20_000;
/// The most that a very large export gets beside the ordinary number.
const MOST_MORE: i64 = 40;
/// There is one made-up person among so many at most, so that small files do not look odd.
const AMONG: i64 = 20;

/// What got made-up people.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum MarkKind {
    /// An export to a file.
    Export,
    /// What one API key reads.
    Api,
}

impl MarkKind {
    /// The stable word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Export => "export",
            Self::Api => "api",
        }
    }
    /// Reads the stable word.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Export, Self::Api].into_iter().find(|kind| kind.as_str() == word)
    }
    /// What people read.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Export => "An export",
            Self::Api => "What a program read",
        }
    }
}

/// Who got which made-up people, when, and how often they were heard of since.
#[derive(Clone, Debug)]
pub struct Mark {
    /// Its id.
    pub id: MarkId,
    /// What got them.
    pub kind: MarkKind,
    /// The number of the export or API key.
    pub about: i64,
    /// Who exported or read.
    pub actor: Actor,
    /// The list, where one was taken out.
    pub list: Option<ListId>,
    /// How many people.
    pub made: i64,
    /// When.
    pub at: Micros,
    /// How often something happened to one of them.
    pub hits: i64,
    /// When first.
    pub first_hit_at: Option<Micros>,
    /// When last.
    pub last_hit_at: Option<Micros>,
}

/// How many made-up people go among `people`, where an ordinary export gets `usual`.
///
/// Whoever uses a random share f of the rows writes to one of k with a chance of 1-(1-f)^k: of 10, at a share of 0.3,
/// that is 97 of 100.
pub const fn how_many(people: i64, usual: i64) -> i64 {
    if people <= 0 || usual <= 0 {
        return 0;
    }
    let fitting = (people + AMONG - 1) / AMONG;
    let more = people / PEOPLE_FOR_ONE_MORE;
    (if usual < fitting { usual } else { fitting }) + (if more < MOST_MORE { more } else { MOST_MORE })
}

/// The made-up people of a file, in the order in which they stand.
#[derive(Default)]
pub struct Sprinkle {
    key: Option<(CanaryKey, i64)>,
    canaries: Vec<Canary>,
    next: usize,
}

impl Sprinkle {
    /// Whether any of them stands before row `end` and was not taken out yet.
    pub fn is_due(&self, end: u64) -> bool {
        self.canaries.get(self.next).is_some_and(|one| one.place < end)
    }

    /// Rows of those who stand before the row `row` or at it, made to fit the rows around.
    pub fn take(&mut self, row: u64, around: &Columns, fields: &[Arc<Field>]) -> Vec<Vec<String>> {
        let Some((key, mark)) = &self.key else { return Vec::new() };
        let due = self.canaries[self.next..].iter().take_while(|one| one.place <= row).count();
        let taken = &self.canaries[self.next..self.next + due];
        self.next += due;
        taken.iter().map(|one| around.row(key, *mark, one, fields)).collect()
    }

    /// Learns what the rows around hold: a value a field, empty where there is none.
    pub fn learn<'a>(fields: &[Arc<Field>], rows: impl Iterator<Item = Vec<&'a str>>) -> Columns {
        Columns::learn(fields.len(), rows)
    }
}

/// What people are made up from.
pub(super) struct Workshop {
    pub key: CanaryKey,
    pub homes: Vec<Home>,
    pub usual: i64,
}

impl Workshop {
    /// `None` where the workspace makes nobody up: it named no domain, or wants none.
    pub(super) async fn open(app: &App, tx: &mut Tx) -> Result<Option<Self>> {
        let Some((sealed, usual)) = store::key(tx).await? else { return Ok(None) };
        let homes = store::homes(tx).await?;
        if homes.is_empty() || usual == 0 {
            return Ok(None);
        }
        Ok(Some(Self { key: sealing::open_key(app, tx.workspace(), &sealed)?, homes, usual }))
    }

    /// Makes up the people with these numbers and places, none with an address that is taken, and keeps their tags.
    pub(super) async fn make(&self, tx: &mut Tx, mark: MarkId, wanted: &[(u32, u64)]) -> Result<Vec<Canary>> {
        let (mut made, mut left, mut used) = (Vec::new(), wanted.to_vec(), HashSet::new());
        for turn in 0..TURNS {
            let drawn: Vec<(Canary, [u8; 16])> = left.iter().filter_map(|one| self.draw(mark, *one, turn)).collect();
            let tags: Vec<[u8; 16]> = drawn.iter().map(|(_, tag)| *tag).collect();
            let taken = store::find(tx, &tags).await?;
            let free = drawn.into_iter().filter(|(_, tag)| !taken.contains_key(tag) && used.insert(*tag));
            let free: Vec<_> = free.collect();
            left.retain(|(number, _)| !free.iter().any(|(one, _)| one.number == *number));
            made.extend(free);
            if left.is_empty() {
                break;
            }
        }
        let tags: Vec<([u8; 16], u32)> = made.iter().map(|(one, tag)| (*tag, one.number)).collect();
        store::keep_tags(tx, mark, &tags).await?;
        Ok(made.into_iter().map(|(one, _)| one).collect())
    }

    fn draw(&self, mark: MarkId, (number, place): (u32, u64), turn: u32) -> Option<(Canary, [u8; 16])> {
        let one = invent(&self.key, &self.homes, (mark.as_i64(), number, turn), place)?;
        let tag = self.key.tag(&EmailAddress::parse(&one.email).ok()?.normalised_v1());
        Some((one, tag))
    }
}

/// Makes up people for an export of `people` people that begins in this transaction.
pub(crate) async fn mark_export(
    app: &App,
    tx: &mut Tx,
    ctx: &Ctx,
    (export, list): (ExportId, ListId),
    people: i64,
) -> Result<Sprinkle> {
    let Some(workshop) = Workshop::open(app, tx).await? else { return Ok(Sprinkle::default()) };
    let number = u32::try_from(how_many(people, workshop.usual)).unwrap_or(0);
    if number == 0 {
        return Ok(Sprinkle::default());
    }
    let id = MarkId::from_i64(ctx.new_id());
    let rows = u64::try_from(people).unwrap_or(0);
    let wanted: Vec<(u32, u64)> = (0..number).map(|n| (n, workshop.key.place(id.as_i64(), n, rows))).collect();
    let mut canaries = workshop.make(tx, id, &wanted).await?;
    canaries.sort_by_key(|one| (one.place, one.number));
    let mark = new(id, MarkKind::Export, export.as_i64(), Some(list), &canaries, ctx);
    insert(app, tx, ctx, &mark, &canaries).await?;
    Ok(Sprinkle { key: Some((workshop.key, id.as_i64())), canaries, next: 0 })
}

/// A mark that begins now.
pub(super) fn new(
    id: MarkId,
    kind: MarkKind,
    about: i64,
    list: Option<ListId>,
    canaries: &[Canary],
    ctx: &Ctx,
) -> Mark {
    let made = i64::try_from(canaries.len()).unwrap_or(i64::MAX);
    let (actor, at, hits, first_hit_at, last_hit_at) = (ctx.actor, ctx.now(), 0, None, None);
    Mark { id, kind, about, actor, list, made, at, hits, first_hit_at, last_hit_at }
}

/// Writes a mark down with its people, sealed.
pub(super) async fn insert(app: &App, tx: &mut Tx, ctx: &Ctx, mark: &Mark, canaries: &[Canary]) -> Result<()> {
    let sealed = sealing::seal(app, tx.workspace(), FieldId::CANARY_MARK, mark.id.as_i64(), &canaries)?;
    store::insert_mark(tx, ctx, mark, sealed).await.map_err(Into::into)
}

/// The people of a mark.
pub(super) async fn people(app: &App, tx: &mut Tx, mark: MarkId) -> Result<Vec<Canary>> {
    let sealed = store::sealed(tx, mark).await?;
    sealing::open(app, tx.workspace(), FieldId::CANARY_MARK, mark.as_i64(), &sealed)
}

/// The domains of made-up people; empty where the workspace makes nobody up.
pub(crate) async fn homes(tx: &mut Tx) -> Result<HashSet<String>> {
    Ok(store::homes(tx).await?.into_iter().map(|home| home.name).collect())
}

/// Which of these addresses are made up: by position, the mark and the number of the person.
pub(crate) async fn known(app: &App, tx: &mut Tx, emails: &[&EmailAddress]) -> Result<Vec<Option<(MarkId, u32)>>> {
    let Some((sealed, _)) = store::key(tx).await? else { return Ok(vec![None; emails.len()]) };
    let key = sealing::open_key(app, tx.workspace(), &sealed)?;
    let homes = homes(tx).await?;
    let tag = |email: &&EmailAddress| homes.contains(email.domain()).then(|| key.tag(&email.normalised_v1()));
    let tags: Vec<Option<[u8; 16]>> = emails.iter().map(tag).collect();
    let asked: Vec<[u8; 16]> = tags.iter().flatten().copied().collect();
    let found = store::find(tx, &asked).await?;
    Ok(tags.into_iter().map(|tag| tag.and_then(|tag| found.get(&tag).copied())).collect())
}

/// The marks of exports, by the number of the export; for those who look at exports.
pub(super) async fn required(tx: &mut Tx, id: MarkId) -> Result<Mark> {
    let mark = store::one(tx, id).await?;
    Ok(mark.ok_or_else(|| StoreError::Damaged("a mark that is not there".into()))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_follows_the_size_and_small_files_do_not_look_odd() {
        for (people, expected) in [(0, 0), (1, 1), (20, 1), (21, 2), (200, 10), (19_999, 10), (40_000, 12)] {
            assert_eq!(how_many(people, 10), expected, "{people}");
        }
        assert_eq!(how_many(100_000_000, 10), 50);
        assert_eq!(how_many(1_000, 0), 0, "nobody is wanted");
    }
}
