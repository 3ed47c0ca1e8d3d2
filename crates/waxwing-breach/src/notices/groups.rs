//! Who gets which letter: the people of a frozen answer, cut by language and by the kinds of data that were theirs.
//!
//! Promise: the groups are disjoint, and together they are exactly the audience that is here still. Limit: who has no
//! language in the field below is written to in the usual one.

use super::Words;
use super::kinds::kind_of;
use crate::blast::{Effect, Radius};
use std::collections::BTreeMap;
use waxwing_app::{Error, Result, subscribers};
use waxwing_domain::SubjectNo;
use waxwing_law::drafts::Locale;
use waxwing_law::facts::DataKind;
use waxwing_store::{RoaringBitmap, Tx};

/// The key of the plain field that says in which language somebody is written to: `de`, `fr-CH`.
pub const LOCALE: &str = "locale";
/// More different letters than these are not a notice that a person can review.
const MOST: usize = 256;

/// People who read the same letter.
#[derive(Clone, PartialEq, Debug)]
pub struct Group {
    /// In which language.
    pub locale: Locale,
    /// Which kinds of their data certainly reached others.
    pub certain: Vec<DataKind>,
    /// Which may have.
    pub possible: Vec<DataKind>,
    /// Who.
    pub people: RoaringBitmap,
}

/// Everybody a notice is meant for.
pub(super) fn audience(radius: &Radius, possible: bool) -> RoaringBitmap {
    let confirmed = radius.confirmed();
    if possible { confirmed | radius.possible() } else { confirmed }
}

/// Cuts the audience by the kinds of data that were each person's own.
///
/// # Errors
/// [`Error::Conflict`] where there would be more letters than anybody reads.
pub(super) fn by_data(radius: &Radius, possible: bool, said: &BTreeMap<u32, DataKind>) -> Result<Vec<Group>> {
    let whole = audience(radius, possible);
    let mut cells = vec![Group { locale: Locale::En, certain: vec![], possible: vec![], people: whole }];
    for (kind, (certain, may)) in kinds(radius, said) {
        cells = cells.into_iter().flat_map(|cell| cut(cell, kind, &certain, &may)).collect();
        if cells.len() > MOST {
            return Err(Error::Conflict(format!(
                "That would be more than {MOST} different letters. Narrow the answer."
            )));
        }
    }
    cells.retain(|cell| !cell.people.is_empty());
    Ok(cells)
}

/// For each kind: of whom it certainly reached others, and of whom it may have and did not certainly.
fn kinds(radius: &Radius, said: &BTreeMap<u32, DataKind>) -> BTreeMap<DataKind, (RoaringBitmap, RoaringBitmap)> {
    let mut kinds: BTreeMap<DataKind, (RoaringBitmap, RoaringBitmap)> = BTreeMap::new();
    for touch in &radius.touches {
        let mut own: Vec<DataKind> = touch.fields.iter().map(|field| kind_of(*field, said)).collect();
        if own.is_empty() {
            // A row without a field still tells that somebody is on the lists.
            own.push(DataKind::Subscriptions);
        }
        for kind in own {
            let (certain, may) = kinds.entry(kind).or_default();
            match touch.effect {
                Effect::Returned => *certain |= &touch.people,
                Effect::Possible => *may |= &touch.people,
                Effect::Altered | Effect::Sealed => {}
            }
        }
    }
    for (certain, may) in kinds.values_mut() {
        *may -= &*certain;
    }
    kinds
}

/// What of one person's data certainly reached others, and what may have; none for who is not of the audience.
pub fn of_person(
    radius: &Radius,
    also_possible: bool,
    said: &BTreeMap<u32, DataKind>,
    subject: SubjectNo,
) -> Option<(Vec<DataKind>, Vec<DataKind>)> {
    if !audience(radius, also_possible).contains(subject.get()) {
        return None;
    }
    let kinds = kinds(radius, said);
    let of = |sure: bool| {
        let theirs =
            kinds.iter().filter(|(_, (certain, may))| (if sure { certain } else { may }).contains(subject.get()));
        theirs.map(|(kind, _)| *kind).collect()
    };
    Some((of(true), of(false)))
}

fn cut(cell: Group, kind: DataKind, certain: &RoaringBitmap, may: &RoaringBitmap) -> Vec<Group> {
    let rest = &(&cell.people - certain) - may;
    let mut sure = Group { people: &cell.people & certain, ..cell.clone() };
    sure.certain.push(kind);
    let mut unsure = Group { people: &cell.people & may, ..cell.clone() };
    unsure.possible.push(kind);
    let groups = [sure, unsure, Group { people: rest, ..cell }];
    groups.into_iter().filter(|group| !group.people.is_empty()).collect()
}

/// Cuts further by language; whoever is here no more is in none.
pub(super) async fn by_language(tx: &mut Tx, cells: Vec<Group>, words: &Words) -> Result<Vec<Group>> {
    let whole = cells.iter().fold(RoaringBitmap::new(), |all, cell| all | &cell.people);
    let mut spoken: BTreeMap<Locale, RoaringBitmap> = BTreeMap::new();
    for (value, people) in subscribers::by_value(tx, &whole, LOCALE).await? {
        *spoken.entry(words.spoken(&value)).or_default() |= people;
    }
    let mut groups = Vec::new();
    for (locale, speakers) in &spoken {
        let theirs =
            cells.iter().map(|cell| Group { locale: *locale, people: &cell.people & speakers, ..cell.clone() });
        groups.extend(theirs.filter(|group| !group.people.is_empty()));
    }
    if groups.len() > MOST {
        return Err(Error::Conflict(format!("That would be more than {MOST} different letters. Use fewer languages.")));
    }
    Ok(groups)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::blast::{Channel, Question, Suspect, Touch};
    use waxwing_domain::{FieldId, Micros};

    fn touch(effect: Effect, fields: &[FieldId], people: &[u32]) -> Touch {
        let (first, last) = (Micros::default(), Micros::default());
        let (fields, people) = (fields.to_vec(), people.iter().copied().collect());
        Touch { effect, channel: Channel::Api, fields, people, entries: 1, first, last }
    }

    fn radius(touches: Vec<Touch>) -> Radius {
        let (from, until) = (Micros::default(), Micros::default());
        let question = Question { suspect: Suspect::Anyone, from, until, skew: 0, follow: false };
        Radius {
            question,
            size: 0,
            root: [0; 32],
            entries: 0,
            first: None,
            last: None,
            touches,
            made: Vec::new(),
            made_more: 0,
            unnamed: BTreeMap::new(),
            clock_back: 0,
            skew: 0,
            unknown_months: 0,
        }
    }

    /// Whatever touches there are: everybody of the audience is in one group, with exactly the kinds that a look at
    /// the touches one by one finds for them.
    #[test]
    fn each_person_is_in_one_group_with_exactly_their_own_kinds() {
        let fields = [FieldId::EMAIL, FieldId::PHONE, FieldId::FIRST_NAME, FieldId::LAST_NAME, FieldId::new(1_000)];
        let mut state = 7_u64;
        let mut chance = |below: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % below
        };
        for _ in 0..200 {
            let touches: Vec<Touch> = (0..chance(6))
                .map(|_| {
                    let effect = Effect::ALL[chance(4) as usize];
                    let some: Vec<FieldId> = fields.into_iter().filter(|_| chance(2) == 0).collect();
                    let people: Vec<u32> = (1..=20).filter(|_| chance(3) == 0).collect();
                    touch(effect, &some, &people)
                })
                .collect();
            let (radius, also) = (radius(touches), chance(2) == 0);
            let groups = by_data(&radius, also, &BTreeMap::new()).expect("few");
            for person in 0..30 {
                let own: Vec<&Group> = groups.iter().filter(|group| group.people.contains(person)).collect();
                assert_eq!(own.len(), usize::from(audience(&radius, also).contains(person)), "person {person}");
                let Some(group) = own.first() else { continue };
                let (certain, possible) = one_by_one(&radius, person);
                assert_eq!((&group.certain, &group.possible), (&certain, &possible), "person {person}");
                let alone = of_person(&radius, also, &BTreeMap::new(), SubjectNo::new(person));
                assert_eq!(alone, Some((certain, possible)), "asked alone: {person}");
            }
        }
    }

    fn one_by_one(radius: &Radius, person: u32) -> (Vec<DataKind>, Vec<DataKind>) {
        let found = |effect| -> std::collections::BTreeSet<DataKind> {
            let theirs = radius.touches.iter().filter(|t| t.effect == effect && t.people.contains(person));
            theirs
                .flat_map(|t| match t.fields.as_slice() {
                    [] => vec![DataKind::Subscriptions],
                    fields => fields.iter().map(|field| kind_of(*field, &BTreeMap::new())).collect(),
                })
                .collect()
        };
        let certain = found(Effect::Returned);
        let possible = found(Effect::Possible).difference(&certain).copied().collect();
        (certain.into_iter().collect(), possible)
    }
}
