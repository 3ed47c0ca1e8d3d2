//! One walk through the whole record, entry by entry, in pages.
//!
//! Promise: every entry is hashed again on the way, and an answer is given only if they make up the
//! root of the log: what is counted is what was signed. Limit: entries that have no number yet are
//! not counted; how many there are is said.

use super::ahead;
use super::closure::{Closure, Made};
use super::question::{Question, Suspect};
use super::touch::{Channel, Effect, meaning};
use std::borrow::Cow;
use std::collections::HashMap;
use waxwing_app::Result;
use waxwing_app::sending::{Fates, fates};
use waxwing_crypto::merkle::{Frontier, Hash, leaf_hash};
use waxwing_domain::{Ctx, FieldId, Micros, SourceId};
use waxwing_store::{
    Addressed, Leaf, LeafFacts, LeafPart, RoaringBitmap, Store, StoreError, Tx, record_addressed, record_head,
    record_leaves, record_people,
};

/// Entries read at a time.
pub(super) const PAGE: u64 = 4_096;
/// A walk begins anew this often at most; each time it knows one more thing that the suspect made.
const MOST_WALKS: usize = 100;

/// An entry that counts, with the people it names.
pub(super) struct Found<'a> {
    /// Its place in the log.
    pub index: u64,
    /// What it says.
    pub facts: &'a LeafFacts<'a>,
    /// How sure it is, as far as the entry alone says.
    effect: Effect,
    /// By which way.
    pub channel: Channel,
    /// The people of its parts.
    pub people: &'a [RoaringBitmap],
    /// Of a campaign: whom its messages reached.
    fates: Option<&'a Fates>,
}

/// The people of one part of an entry who were touched alike.
pub(super) struct Named<'a> {
    /// How sure.
    pub effect: Effect,
    /// Which fields.
    pub fields: &'a [FieldId],
    /// Who; never nobody, unless the part itself names nobody.
    pub people: Cow<'a, RoaringBitmap>,
}

impl<'a> Found<'a> {
    /// The people of its parts, each with how sure it is of them.
    pub fn named(&self) -> Vec<Named<'a>> {
        let parts = self.facts.parts.iter().zip(self.people);
        let Some(fates) = self.fates else {
            let whole = |(part, people): (&'a LeafPart, &'a RoaringBitmap)| Named {
                effect: self.effect,
                fields: &part.fields,
                people: Cow::Borrowed(people),
            };
            return parts.map(whole).collect();
        };
        let mut named = Vec::new();
        for (part, people) in parts {
            let (reached, perhaps) = fates.of(people);
            let of = [(Effect::Returned, reached), (Effect::Possible, perhaps)];
            named.extend(of.into_iter().filter(|(_, people)| !people.is_empty()).map(|(effect, people)| Named {
                effect,
                fields: &part.fields,
                people: Cow::Owned(people),
            }));
        }
        named
    }
}

/// What takes the entries that count.
pub(super) trait Sink {
    /// One entry, in the order of the log.
    fn take(&mut self, found: Found<'_>);
}

/// What a walk came by, beside what its sink took.
pub(super) struct Walked {
    /// How many entries the log has.
    pub size: u64,
    /// Its root.
    pub root: Hash,
    /// What the suspect made or took over.
    pub made: Vec<Made>,
    /// Made beyond those.
    pub made_more: u64,
    /// By how much the clock went back within the log, at most.
    pub clock_back: i64,
    /// By how much the window was widened.
    pub skew: i64,
    /// Months of which network addresses can no longer be searched.
    pub unknown_months: usize,
}

/// Walks through the whole record for a question.
pub(super) async fn walk<S: Sink>(
    store: &Store,
    tx: &mut Tx,
    ctx: &Ctx,
    question: &Question,
    sink: impl Fn() -> S,
) -> Result<(Walked, S)> {
    let (size, root) = record_head(tx).await?;
    walk_to(store, tx, ctx, question, (size.cast_unsigned(), hash(&root)?), sink).await
}

/// Walks through the first `size` entries of the record, which have to make up `root`, with a fresh sink for each
/// attempt: an answer is explained from what it was computed from, and not from what came later. A window is widened by
/// what the clock went back.
pub(super) async fn walk_to<S: Sink>(
    store: &Store,
    tx: &mut Tx,
    ctx: &Ctx,
    question: &Question,
    (size, root): (u64, Hash),
    sink: impl Fn() -> S,
) -> Result<(Walked, S)> {
    let mut skew = question.skew;
    let fates = match question.suspect {
        Suspect::Campaign(id) => Some(fates(tx, ctx, "campaign", id.as_i64()).await?),
        _ => None,
    };
    let sources = fates.as_ref().map_or(&[][..], |fates| &fates.sources);
    let (mut closure, mut unknown_months) = begin(store, tx, question, skew, sources).await?;
    for _ in 0..MOST_WALKS {
        let mut pass =
            Pass { closure, fates: fates.as_ref(), sink: sink(), frontier: Frontier::new(), newest: None, back: 0 };
        let mut ahead = ahead::begin(store, tx.workspace(), size).await;
        while pass.frontier.size() < size {
            let leaves = match &mut ahead {
                Some(ahead) => ahead.next().await?,
                None => record_leaves(tx, pass.frontier.size(), PAGE.min(size - pass.frontier.size())).await?,
            };
            pass.page(tx, &leaves).await?;
        }
        if pass.frontier.root() != root {
            return Err(StoreError::Damaged("the record does not fit its root".into()).into());
        }
        let Pass { closure: known, sink, back, .. } = pass;
        if back > skew {
            skew = back;
            (closure, unknown_months) = begin(store, tx, question, skew, sources).await?;
        } else if known.late {
            closure = known.again();
        } else {
            let (made, made_more) = (known.made, known.made_more);
            return Ok((Walked { size, root, made, made_more, clock_back: back, skew, unknown_months }, sink));
        }
    }
    Err(StoreError::Unavailable("blast.walk").into())
}

/// Who counts at the beginning, and the months of which addresses can no longer be searched.
async fn begin(
    store: &Store,
    tx: &mut Tx,
    question: &Question,
    skew: i64,
    sources: &[SourceId],
) -> Result<(Closure, usize)> {
    let window = (question.from.plus(-skew), question.until.plus(skew));
    let addressed = match question.suspect {
        Suspect::Address(address) => record_addressed(store, tx, address, window).await?,
        _ => Addressed::default(),
    };
    Ok((Closure::new(question, skew, addressed.entries, sources), addressed.unknown.len()))
}

fn hash(bytes: &[u8]) -> Result<Hash> {
    Ok(bytes.try_into().map_err(|_| StoreError::Damaged("the head of the record".into()))?)
}

struct Pass<'f, S> {
    closure: Closure,
    fates: Option<&'f Fates>,
    sink: S,
    frontier: Frontier,
    newest: Option<Micros>,
    back: i64,
}

impl<S: Sink> Pass<'_, S> {
    async fn page(&mut self, tx: &mut Tx, leaves: &[Leaf]) -> Result<()> {
        if leaves.first().is_none_or(|leaf| leaf.index != self.frontier.size()) {
            let missing = self.frontier.size();
            return Err(StoreError::Damaged(format!("entry {missing} of the record is missing")).into());
        }
        let counting = self.look(leaves)?;
        let named: Vec<_> = counting.iter().map(|(leaf, facts)| (leaf.entry, &facts.parts[..])).collect();
        let people = record_people(tx, &named, leaves.len()).await?;
        for (leaf, facts) in &counting {
            self.hand_over(leaf, facts, &people);
        }
        Ok(())
    }

    /// Hashes a page and finds the entries that count.
    fn look<'l>(&mut self, leaves: &'l [Leaf]) -> Result<Vec<(&'l Leaf, LeafFacts<'l>)>> {
        let mut counting = Vec::new();
        for leaf in leaves {
            let damaged = || StoreError::Damaged(format!("entry {} of the record", leaf.index));
            let facts = LeafFacts::read(&leaf.bytes).filter(|facts| facts.id == leaf.entry).ok_or_else(damaged)?;
            self.frontier.push(leaf_hash(&leaf.bytes));
            let newest = self.newest.map_or(facts.at, |newest| newest.max(facts.at));
            self.back = self.back.max(newest.since(facts.at));
            self.newest = Some(newest);
            if self.closure.take(leaf.index, leaf.entry, &facts) {
                counting.push((leaf, facts));
            }
        }
        Ok(counting)
    }

    fn hand_over(&mut self, leaf: &Leaf, facts: &LeafFacts<'_>, people: &HashMap<i64, Vec<RoaringBitmap>>) {
        let (effect, channel) = meaning(facts.operation, facts.destination);
        let people = people.get(&leaf.entry).map_or(&[][..], Vec::as_slice);
        self.sink.take(Found { index: leaf.index, facts, effect, channel, people, fates: self.fates });
    }
}
