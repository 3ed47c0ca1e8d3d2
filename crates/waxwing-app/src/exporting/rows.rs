//! The rows of one chunk: people as they are, and among them those who do not exist.

use crate::canaries::Sprinkle;
use crate::fields::Field;
use crate::importing::csv_row as row;
use crate::subscribers::StoredPerson;
use std::sync::Arc;
use waxwing_store::ClearPerson;

/// A person with their sealed fields opened.
pub(super) type Opened<'a> = (&'a StoredPerson, ClearPerson);

/// One chunk: its people, the number of rows before it, and whether it is the last.
pub(super) struct Chunk<'a> {
    pub fields: &'a [Arc<Field>],
    pub people: &'a [Opened<'a>],
    pub first: u64,
    pub is_last: bool,
}

impl Chunk<'_> {
    /// The chunk as CSV. A list that shrank meanwhile ends before some made-up people's places: the last chunk has them.
    pub fn text(&self, sprinkle: &mut Sprinkle) -> String {
        let mut text = String::with_capacity(self.people.len() * 64);
        let end = self.first + self.people.len() as u64;
        if sprinkle.is_due(if self.is_last { u64::MAX } else { end }) {
            self.mixed(sprinkle, &mut text);
        } else {
            self.people.iter().for_each(|one| row(self.cells(one), &mut text));
        }
        text
    }

    fn cells<'a>(&'a self, (stored, clear): &'a Opened<'a>) -> impl Iterator<Item = &'a str> {
        self.fields.iter().map(|field| value(field, stored, clear.get(field.id)))
    }

    fn mixed(&self, sprinkle: &mut Sprinkle, text: &mut String) {
        let around = Sprinkle::learn(self.fields, self.people.iter().map(|one| self.cells(one).collect()));
        let put = |rows: Vec<Vec<String>>, text: &mut String| {
            rows.iter().for_each(|cells| row(cells.iter().map(String::as_str), text));
        };
        for (one, at) in self.people.iter().zip(self.first..) {
            put(sprinkle.take(at, &around, self.fields), text);
            row(self.cells(one), text);
        }
        if self.is_last {
            put(sprinkle.take(u64::MAX, &around, self.fields), text);
        }
    }
}

fn value<'a>(field: &Field, stored: &'a StoredPerson, clear: Option<&'a str>) -> &'a str {
    if field.sealed() {
        clear.unwrap_or_default()
    } else {
        stored.plain.get(&field.key).and_then(|v| v.as_str()).unwrap_or_default()
    }
}
