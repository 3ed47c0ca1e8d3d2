//! What an entry says.

use roaring::RoaringBitmap;
use std::collections::BTreeMap;
use std::fmt;
use waxwing_domain::{FieldId, Operation, SubjectNo};

/// The number of an entry before the sequencer gives it its index.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EntryId(pub(crate) i64);

impl EntryId {
    /// The stored number.
    pub const fn as_i64(self) -> i64 {
        self.0
    }
}

impl fmt::Debug for EntryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EntryId({})", self.0)
    }
}

/// People of whom the same set of fields was touched.
#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    /// The fields, ascending.
    pub fields: Vec<FieldId>,
    /// The people.
    pub subjects: RoaringBitmap,
}

impl Part {
    /// These fields of these people.
    pub fn new(fields: &[FieldId], subjects: RoaringBitmap) -> Self {
        let mut fields = fields.to_vec();
        fields.sort_unstable();
        fields.dedup();
        Self { fields, subjects }
    }
}

/// More different sets of fields than these are written field by field: an entry stays small whatever people have.
const MOST_SETS: usize = 32;

/// The same people and fields with one field a part.
fn by_field(sets: BTreeMap<Vec<FieldId>, RoaringBitmap>) -> BTreeMap<Vec<FieldId>, RoaringBitmap> {
    let mut fields: BTreeMap<Vec<FieldId>, RoaringBitmap> = BTreeMap::new();
    for (set, people) in sets {
        if set.is_empty() {
            *fields.entry(Vec::new()).or_default() |= &people;
        }
        for field in set {
            *fields.entry(vec![field]).or_default() |= &people;
        }
    }
    fields
}

/// A bitmap of people.
pub fn subjects(numbers: impl IntoIterator<Item = SubjectNo>) -> RoaringBitmap {
    numbers.into_iter().map(SubjectNo::get).collect()
}

/// One entry, before it is written.
pub struct Entry {
    /// What was done.
    pub operation: Operation,
    /// The use case, for example `subscribers.show`.
    pub what: &'static str,
    /// What it was done to, where it is one thing: kind and id.
    pub object: Option<(&'static str, i64)>,
    /// Where data went: `page`, `api`, `file`, `smtp`, `cli`, `none`.
    pub destination: &'static str,
    /// Whose data, which fields.
    pub parts: Vec<Part>,
    /// Details; sealed, and removable by erasure. May hold personal data.
    pub detail: serde_json::Value,
}

impl Entry {
    /// An entry about no person's data.
    pub fn new(operation: Operation, what: &'static str) -> Self {
        Self { operation, what, object: None, destination: "none", parts: Vec::new(), detail: serde_json::Value::Null }
    }
    /// Names the thing it was done to.
    pub fn on(mut self, kind: &'static str, id: i64) -> Self {
        self.object = Some((kind, id));
        self
    }
    /// Names where data went.
    pub fn to(mut self, destination: &'static str) -> Self {
        self.destination = destination;
        self
    }
    /// Adds people and fields.
    pub fn part(mut self, fields: &[FieldId], people: RoaringBitmap) -> Self {
        if !people.is_empty() {
            self.parts.push(Part::new(fields, people));
        }
        self
    }
    /// Adds people, each with the fields that they have a value in: one part for each set of fields, so that no part names
    /// a field that one of its people has not. Beyond [`MOST_SETS`] sets it is one part for each field, and one for
    /// whoever has none.
    pub fn present(self, people: impl IntoIterator<Item = (SubjectNo, Vec<FieldId>)>) -> Self {
        let mut sets: BTreeMap<Vec<FieldId>, RoaringBitmap> = BTreeMap::new();
        for (subject, mut fields) in people {
            fields.sort_unstable();
            sets.entry(fields).or_default().insert(subject.get());
        }
        if sets.len() > MOST_SETS {
            sets = by_field(sets);
        }
        sets.into_iter().fold(self, |entry, (fields, people)| entry.part(&fields, people))
    }
    /// Adds details.
    pub fn detail(mut self, detail: serde_json::Value) -> Self {
        self.detail = detail;
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    /// Who has which fields, by an entry.
    fn read(entry: &Entry, person: u32) -> BTreeSet<FieldId> {
        let theirs = entry.parts.iter().filter(|part| part.subjects.contains(person));
        theirs.flat_map(|part| part.fields.iter().copied()).collect()
    }

    #[test]
    fn an_entry_names_of_each_person_the_fields_that_they_have_and_no_other() {
        for (most, parts) in [(3_u32, 8), (7, 8)] {
            let has =
                |person: u32| (0..most).filter(move |bit| person >> bit & 1 == 1).map(|bit| FieldId::new(1_000 + bit));
            let people = (0..1 << most).map(|person| (SubjectNo::new(person), has(person).collect()));
            let entry = Entry::new(Operation::Read, "test").present(people);
            assert_eq!(entry.parts.len(), parts, "sets, or fields and one for who has none");
            for person in 0..1 << most {
                assert_eq!(read(&entry, person), has(person).collect(), "{person}");
                assert!(entry.parts.iter().any(|part| part.subjects.contains(person)), "{person} is named");
            }
        }
    }
}
