//! What an entry says.

use roaring::RoaringBitmap;
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
    /// Adds details.
    pub fn detail(mut self, detail: serde_json::Value) -> Self {
        self.detail = detail;
        self
    }
}
