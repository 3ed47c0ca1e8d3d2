//! The answer: which people, which fields, how sure, by which way, when.

use super::closure::Made;
use super::question::Question;
use super::touch::{Channel, Effect, Touch, people, people_of};
use super::walk::{Found, Sink, Walked};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use waxwing_crypto::merkle::Hash;
use waxwing_domain::{FieldId, Micros, Operation, SubjectNo};
use waxwing_store::RoaringBitmap;

/// Who was touched, as far as the log went when it was asked.
#[derive(Clone, PartialEq, Debug)]
pub struct Radius {
    /// What was asked.
    pub question: Question,
    /// Entries that were looked at: the size of the log.
    pub size: u64,
    /// The root of the log at that size.
    pub root: Hash,
    /// Entries that counted.
    pub entries: u64,
    /// When the first of them was made; `None` where none counted.
    pub first: Option<Micros>,
    /// When the last of them was made.
    pub last: Option<Micros>,
    /// The people, by how sure, way and fields.
    pub touches: Vec<Touch>,
    /// What the suspect made or took over: the first 1,000.
    pub made: Vec<Made>,
    /// Made beyond those.
    pub made_more: u64,
    /// Use cases that handed something out that names no subscriber, with how often: files before
    /// their import, entries of the record.
    pub unnamed: BTreeMap<String, u64>,
    /// By how much the clock went back within the log at most, in microseconds.
    pub clock_back: i64,
    /// By how much the window was widened, in microseconds: what was asked for, or what the clock
    /// went back where that is more.
    pub skew: i64,
    /// Months whose network addresses can no longer be searched, because their key is gone.
    pub unknown_months: usize,
}

impl Radius {
    /// Several answers as one: whoever is in any of them. Its question and log are those of the first.
    pub fn joined(answers: &[Self]) -> Option<Self> {
        let (first, rest) = answers.split_first()?;
        let mut whole = first.clone();
        for other in rest {
            whole.touches.extend(other.touches.iter().cloned());
            whole.entries += other.entries;
            whole.first = whole.first.into_iter().chain(other.first).min();
            whole.last = whole.last.into_iter().chain(other.last).max();
        }
        Some(whole)
    }

    pub(super) fn of(question: Question, walked: Walked, tally: Tally) -> Self {
        Self {
            question,
            size: walked.size,
            root: walked.root,
            entries: tally.entries,
            first: tally.span.map(|(first, _)| first),
            last: tally.span.map(|(_, last)| last),
            touches: tally.touches(),
            made: walked.made,
            made_more: walked.made_more,
            unnamed: tally.unnamed,
            clock_back: walked.clock_back,
            skew: walked.skew,
            unknown_months: walked.unknown_months,
        }
    }

    /// The log that it was computed from: its size and its root.
    pub(super) const fn log(&self) -> (u64, Hash) {
        (self.size, self.root)
    }

    /// Everybody of whom something was returned to the suspect.
    pub fn confirmed(&self) -> RoaringBitmap {
        people(&self.touches, Effect::Returned)
    }
    /// Everybody of whom something may have been seen and nothing is confirmed.
    pub fn possible(&self) -> RoaringBitmap {
        people(&self.touches, Effect::Possible) - self.confirmed()
    }
    /// Everybody with this effect, whatever else befell them.
    pub fn people(&self, effect: Effect) -> RoaringBitmap {
        people(&self.touches, effect)
    }
    /// Everybody of whom this field was touched so.
    pub fn people_of(&self, effect: Effect, field: FieldId) -> RoaringBitmap {
        people_of(&self.touches, effect, field)
    }
    /// The fields that any part of the answer names.
    pub fn fields(&self) -> BTreeSet<FieldId> {
        super::touch::fields(&self.touches)
    }
    /// A page of at most `limit` people.
    pub fn page(&self, which: &Which, limit: usize) -> Numbers {
        let of = |effect| match &which.fields {
            Some(fields) => fields.iter().fold(RoaringBitmap::new(), |all, one| all | self.people_of(effect, *one)),
            None => self.people(effect),
        };
        let mut people = match which.effect {
            Some(Effect::Possible) => of(Effect::Possible) - of(Effect::Returned),
            Some(effect) => of(effect),
            None => of(Effect::Returned) | of(Effect::Possible),
        };
        if let Some(among) = &which.among {
            people &= among;
        }
        let mut rest = people.range(which.after.saturating_add(1)..);
        let numbers: Vec<SubjectNo> = rest.by_ref().take(limit).map(SubjectNo::new).collect();
        let next = rest.next().and(numbers.last()).map(|last| last.get());
        Numbers { numbers, next, total: people.len() }
    }
    /// Everybody in any part of the answer.
    pub fn everybody(&self) -> RoaringBitmap {
        super::touch::union(self.touches.iter())
    }
}

/// Which of the people of an answer, a page of them by number.
#[derive(Clone, Debug, Default)]
pub struct Which {
    /// With this effect; the confirmed and possible where none is named.
    pub effect: Option<Effect>,
    /// Of whom any of these fields was touched; any at all where none is named.
    pub fields: Option<BTreeSet<FieldId>>,
    /// Only those of these people.
    pub among: Option<RoaringBitmap>,
    /// With numbers above this one.
    pub after: u32,
}

/// A page of people of an answer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Numbers {
    /// Their numbers, ascending.
    pub numbers: Vec<SubjectNo>,
    /// The number that the next page begins after.
    pub next: Option<u32>,
    /// How many there are on all pages.
    pub total: u64,
}

/// Adds entries up: one bitmap for each effect, way and set of fields, so that an entry costs one
/// union and not one a person or field.
#[derive(Default)]
pub(super) struct Tally {
    sets: HashMap<Vec<FieldId>, usize>,
    sums: HashMap<(Effect, Channel, usize), Sum>,
    unnamed: BTreeMap<String, u64>,
    entries: u64,
    span: Option<(Micros, Micros)>,
}

struct Sum {
    people: RoaringBitmap,
    entries: u64,
    span: (Micros, Micros),
}

impl Sink for Tally {
    fn take(&mut self, found: Found<'_>) {
        let at = found.facts.at;
        self.entries += 1;
        self.span = Some(widened(self.span, at));
        if found.people.is_empty() && matches!(found.facts.operation, Operation::Read | Operation::Export) {
            match self.unnamed.get_mut(found.facts.what) {
                Some(count) => *count += 1,
                None => drop(self.unnamed.insert(found.facts.what.to_owned(), 1)),
            }
        }
        for named in found.named() {
            let set = self.set(named.fields);
            let sum = self.sums.entry((named.effect, found.channel, set));
            let sum = sum.or_insert_with(|| Sum { people: RoaringBitmap::new(), entries: 0, span: (at, at) });
            sum.people |= &*named.people;
            sum.entries += 1;
            sum.span = widened(Some(sum.span), at);
        }
    }
}

fn widened(span: Option<(Micros, Micros)>, at: Micros) -> (Micros, Micros) {
    span.map_or((at, at), |(first, last)| (first.min(at), last.max(at)))
}

impl Tally {
    fn set(&mut self, fields: &[FieldId]) -> usize {
        if let Some(&set) = self.sets.get(fields) {
            return set;
        }
        let set = self.sets.len();
        self.sets.insert(fields.to_vec(), set);
        set
    }

    fn touches(&self) -> Vec<Touch> {
        let mut sets: Vec<&[FieldId]> = vec![&[]; self.sets.len()];
        for (fields, set) in &self.sets {
            sets[*set] = fields;
        }
        let touch = |(&(effect, channel, set), sum): (&(Effect, Channel, usize), &Sum)| Touch {
            effect,
            channel,
            fields: sets[set].to_vec(),
            people: sum.people.clone(),
            entries: sum.entries,
            first: sum.span.0,
            last: sum.span.1,
        };
        let mut touches: Vec<Touch> = self.sums.iter().map(touch).collect();
        touches.sort_by(|a, b| (a.effect, a.channel, &a.fields).cmp(&(b.effect, b.channel, &b.fields)));
        touches
    }
}
