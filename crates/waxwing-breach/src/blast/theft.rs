//! A copy of the database: what whoever holds it can read, from the state of the keys.
//!
//! Promise: without the keys nothing sealed opens; with them opens what is wrapped under an epoch
//! that both the copy and the key ring hold. Plain columns are readable in any copy. Limit: what
//! somebody read in a copy is on no record, so all of it is possible and none confirmed; of people
//! who changed or left since the copy, which fields they had is not known, and all count. While a
//! rotation ran, two epochs were in use; whose key was under which is not known, and both count. Who had an earlier
//! copy with its keys has people's own keys too: until a re-sealing they open later copies, whatever epoch wraps them
//! there; the answer for the earlier copy names those people.

use super::question::{Question, Suspect};
use super::radius::Radius;
use super::touch::{Channel, Effect, Touch};
use super::walk::{Found, Sink, Walked, walk};
use std::collections::{BTreeMap, BTreeSet};
use waxwing_app::fields;
use waxwing_app::subscribers::{self, Filter, StoredPerson};
use waxwing_app::{App, Result};
use waxwing_domain::{Ctx, FieldId, Micros, Operation};
use waxwing_store::{RoaringBitmap, Tx};

/// People read at a time.
const PAGE: i64 = 2_000;

/// When the keys were taken that go with a copy: the ring together with the root key that opens it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Taken {
    /// They were not.
    Nothing,
    /// With the copy.
    Together,
    /// At another moment.
    At(Micros),
}

impl Taken {
    const fn moment(self, copy: Micros) -> Option<Micros> {
        match self {
            Self::Nothing => None,
            Self::Together => Some(copy),
            Self::At(at) => Some(at),
        }
    }
}

/// What the record says of people and epochs until a moment.
#[derive(Default)]
struct History {
    copy: Micros,
    skew: i64,
    named: RoaringBitmap,
    gone: RoaringBitmap,
    begun: BTreeMap<i64, Micros>,
    /// Epoch in use → the last time that all before it were said to be destroyed.
    destroyed: BTreeMap<i64, Micros>,
    entries: u64,
}

impl Sink for History {
    fn take(&mut self, found: Found<'_>) {
        self.entries += 1;
        let facts = found.facts;
        match (facts.what, facts.object) {
            ("keys.begin_epoch", Some(("epoch", epoch))) => drop(self.begun.entry(epoch).or_insert(facts.at)),
            ("keys.destroy_epochs", Some(("epoch", epoch))) => drop(self.destroyed.insert(epoch, facts.at)),
            _ => {}
        }
        let leaves = facts.operation == Operation::Erase || facts.what == "subscribers.delete";
        // In doubt a person was in the copy: named a little later, gone only if well before.
        let (set, until) = match leaves {
            true => (&mut self.gone, self.copy.plus(-self.skew)),
            false => (&mut self.named, self.copy.plus(self.skew)),
        };
        if facts.at <= until {
            found.people.iter().for_each(|people| *set |= people);
        }
    }
}

impl History {
    /// The epochs whose keys existed at a moment. An act may come a little after its entry, and a
    /// clock may be wrong by `skew`; in doubt an epoch was there.
    fn alive(&self, at: Micros, skew: i64, living: &BTreeSet<i64>) -> BTreeSet<i64> {
        let known = self.begun.keys().chain(self.destroyed.keys()).chain(living).copied();
        let all: BTreeSet<i64> = known.chain([1]).collect();
        let newest = all.last().copied().unwrap_or(1);
        let begun = |epoch: &i64| self.begun.get(epoch).is_none_or(|begun| *begun <= at.plus(skew));
        let there = |epoch: &i64| {
            let end = self.destroyed.range(epoch + 1..).next();
            living.contains(epoch) || end.is_none_or(|(_, ended)| at.plus(-skew) <= *ended)
        };
        (1..=newest).filter(|epoch| begun(epoch) && there(epoch)).collect()
    }
}

/// What can be read of what is sealed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Sealed {
    /// Nothing.
    Closed,
    /// What is wrapped under an epoch that both have.
    Open,
}

fn sealed(history: &History, taken: Taken, copy: Micros, skew: i64, living: &BTreeSet<i64>) -> Sealed {
    let Some(keys) = taken.moment(copy) else { return Sealed::Closed };
    let (wrapped, held) = (history.alive(copy, skew, living), history.alive(keys, skew, living));
    if wrapped.is_disjoint(&held) { Sealed::Closed } else { Sealed::Open }
}

/// Answers for a copy taken at the end of the question's window; the beginning is not looked at.
pub(super) async fn reckon(app: &App, ctx: &Ctx, question: &Question, taken: Taken) -> Result<Radius> {
    let copy = question.until;
    // To the end of the log: an epoch that is there now may have begun long after the copy.
    let until = Micros::from_i64(i64::MAX);
    let whole = Question { suspect: Suspect::Anyone, from: Micros::default(), until, follow: false, ..*question };
    let mut tx = app.read(ctx, "blast.copy").await?;
    let begin = |skew| move || History { copy, skew, ..History::default() };
    let (mut walked, mut history) = walk(app.store(), &mut tx, ctx, &whole, begin(question.skew)).await?;
    if walked.skew > history.skew {
        (walked, history) = walk(app.store(), &mut tx, ctx, &whole, begin(walked.skew)).await?;
    }
    let living = app.store().keys().ring().epochs().into_iter().map(|(epoch, _)| i64::from(epoch.get())).collect();
    let open = sealed(&history, taken, copy, walked.skew, &living);
    let held = held(&mut tx, &history, copy, walked.skew).await?;
    Ok(radius(*question, walked, &history, held.touches(open, copy)))
}

fn radius(question: Question, walked: Walked, history: &History, touches: Vec<Touch>) -> Radius {
    Radius {
        question,
        size: walked.size,
        root: walked.root,
        entries: history.entries,
        first: None,
        last: None,
        touches,
        made: Vec::new(),
        made_more: 0,
        unnamed: BTreeMap::new(),
        clock_back: walked.clock_back,
        skew: walked.skew,
        unknown_months: 0,
    }
}

/// The people of a copy by what of them is in it.
#[derive(Default)]
struct Held {
    sealed: BTreeMap<Vec<FieldId>, RoaringBitmap>,
    plain: BTreeMap<Vec<FieldId>, RoaringBitmap>,
}

impl Held {
    fn add(&mut self, person: u32, fields: impl Iterator<Item = (FieldId, bool)>) {
        let (sealed, plain): (Vec<_>, Vec<_>) = fields.partition(|(_, sealed)| *sealed);
        let ids = |fields: Vec<(FieldId, bool)>| fields.into_iter().map(|(field, _)| field).collect::<Vec<_>>();
        let sealed = ids(sealed);
        if !sealed.is_empty() {
            self.sealed.entry(sealed).or_default().insert(person);
        }
        // Their number, lists, dates and what happened to messages are plain for everybody.
        self.plain.entry(ids(plain)).or_default().insert(person);
    }

    fn touches(self, open: Sealed, at: Micros) -> Vec<Touch> {
        let effect = if open == Sealed::Open { Effect::Possible } else { Effect::Sealed };
        let touch = |effect, (fields, people)| {
            let channel = Channel::Copy;
            Touch { effect, channel, fields, people, entries: 0, first: at, last: at }
        };
        let plain = self.plain.into_iter().map(|held| touch(Effect::Possible, held));
        plain.chain(self.sealed.into_iter().map(|held| touch(effect, held))).collect()
    }
}

/// Who is in a copy, and with which fields.
async fn held(tx: &mut Tx, history: &History, copy: Micros, skew: i64) -> Result<Held> {
    let registry = fields::all(tx).await?;
    let all: Vec<(FieldId, bool)> = registry.iter().map(|field| (field.id, field.sealed())).collect();
    let (mut held, mut here) = (Held::default(), RoaringBitmap::new());
    let mut before = None;
    loop {
        let numbers = subscribers::numbers(tx, &Filter::default(), before, PAGE).await?;
        let Some(&last) = numbers.last() else { break };
        for stored in subscribers::sealed(tx, &numbers).await? {
            let person = stored.subject().get();
            here.insert(person);
            if stored.created_at > copy.plus(skew) {
                continue;
            }
            if stored.updated_at > copy.plus(-skew) {
                held.add(person, all.iter().copied());
            } else {
                held.add(person, stored_fields(&stored, &registry)?.into_iter());
            }
        }
        before = Some(last);
    }
    let left_since = &history.named - &history.gone - &here;
    left_since.iter().for_each(|person| held.add(person, all.iter().copied()));
    Ok(held)
}

fn stored_fields(stored: &StoredPerson, registry: &[std::sync::Arc<fields::Field>]) -> Result<Vec<(FieldId, bool)>> {
    let sealed: Vec<FieldId> = stored.person.fields()?.iter().map(|(field, _)| field).collect();
    let plain = registry.iter().filter(|field| !field.sealed() && stored.plain.contains_key(&field.key));
    let mut fields: Vec<_> = plain.map(|field| (field.id, false)).collect();
    fields.extend(sealed.into_iter().map(|field| (field, true)));
    fields.sort_unstable();
    Ok(fields)
}
