//! From rows to people: batches that a transaction writes at once.
//!
//! Promise: every row of the file is in exactly one batch, as a person or as a refused line with
//! its reason; reading the same file again gives the same batches' rows in the same places.
//! Limit: whether a row repeats an earlier one is remembered for the last 8,000,000 addresses; a
//! repetition further apart counts as an update, which it also is.

use super::file::{Cells, FileProblem, Form, Rows};
use super::mapping::Mapping;
use crate::fields::Field;
use crate::subscribers::NewPerson;
use std::collections::HashSet;
use std::hash::{BuildHasher as _, RandomState};
use std::io::Read;
use std::sync::Arc;
use waxwing_domain::EmailAddress;

/// Addresses remembered to tell repetitions from updates; at nine bytes each.
const REMEMBERED: usize = 8_000_000;
/// The longest original line that is kept of a refused row, in characters.
const KEPT: usize = 4_000;

/// A row that was refused.
pub(crate) struct Refused {
    /// Its line, counted from 1.
    pub line: u64,
    /// Why, without anything of its content.
    pub reason: String,
    /// Its text, cut after 4,000 characters.
    pub original: String,
}

/// Rows that are written in one transaction.
#[derive(Default)]
pub(crate) struct Batch {
    /// People, in the order of the file.
    pub people: Vec<NewPerson>,
    /// For each of them, whether the address stood in the file before.
    pub repeated: Vec<bool>,
    /// For each of them, the line on which the row begins.
    pub lines: Vec<u64>,
    /// Rows that were refused.
    pub refused: Vec<Refused>,
    /// How far the file was read with this batch.
    pub place: u64,
    /// Bytes of the file that were read, for the progress bar.
    pub taken: u64,
}

impl Batch {
    /// How many rows it holds.
    pub(crate) fn len(&self) -> usize {
        self.people.len() + self.refused.len()
    }
}

/// Reads batches.
pub(crate) struct Batches<R> {
    rows: Rows<R>,
    plan: Plan,
    seen: Seen,
    size: usize,
    /// Rows up to this place were written before a restart: they are only remembered.
    done: u64,
}

/// What the columns mean.
struct Plan {
    email: usize,
    filled: Vec<(usize, Arc<Field>)>,
}

impl<R: Read> Batches<R> {
    /// Reads `source`, going on after the place `done`, in batches of `size` rows.
    ///
    /// # Errors
    /// A header that cannot be read any more.
    pub(crate) fn new(
        source: R,
        form: &Form,
        mapping: &Mapping,
        fields: &[Arc<Field>],
        done: u64,
        size: usize,
    ) -> Result<Self, FileProblem> {
        let mut rows = Rows::new(source, form);
        if mapping.header {
            rows.next()?;
        }
        // `Mapping::check` stands before every import: an address column exists. A mapping that
        // lost it names the first column, whose cells are then refused as addresses.
        let plan = Plan { email: mapping.email().unwrap_or(0), filled: mapping.filled(fields) };
        Ok(Self { rows, plan, seen: Seen::default(), size, done })
    }

    /// The next batch; none after the last.
    pub(crate) fn next(&mut self) -> Result<Option<Batch>, FileProblem> {
        let mut batch = Batch::default();
        while batch.len() < self.size {
            let Some(row) = self.rows.next()? else { break };
            let person =
                row.cells.map_err(|fault| fault.to_string()).and_then(|cells| self.plan.person(row.text, cells));
            let (line, original) = (row.line, person.is_err().then(|| cut(row.text)));
            let repeated = person.as_ref().is_ok_and(|person| self.seen.repeats(&person.email));
            if self.rows.place() <= self.done {
                continue;
            }
            match person {
                Ok(person) => {
                    batch.people.push(person);
                    batch.repeated.push(repeated);
                    batch.lines.push(line);
                }
                Err(reason) => batch.refused.push(Refused { line, reason, original: original.unwrap_or_default() }),
            }
        }
        batch.place = self.rows.place();
        batch.taken = self.rows.taken();
        Ok((batch.len() > 0).then_some(batch))
    }
}

impl Plan {
    /// The person of a row, or what is wrong with it.
    fn person(&self, row: &str, cells: &Cells) -> Result<NewPerson, String> {
        let email = EmailAddress::parse(&cells.get(row, self.email)).map_err(|e| e.to_string())?;
        let mut values = Vec::with_capacity(self.filled.len());
        for (column, field) in &self.filled {
            let cell = cells.get(row, *column);
            // An empty cell says nothing: it does not take a known value away.
            if cell.is_empty() {
                continue;
            }
            let value = field.parse(&cell).map_err(|e| format!("{}: {e}", field.label))?;
            values.push((field.clone(), value));
        }
        Ok(NewPerson { email, values })
    }
}

fn cut(text: &str) -> String {
    text.chars().take(KEPT).collect()
}

/// Addresses of the file so far, as hashes under a key of this process: two that collide make a
/// count wrong by one, once in billions, and nothing else.
#[derive(Default)]
struct Seen {
    key: RandomState,
    hashes: HashSet<u64>,
}

impl Seen {
    fn repeats(&mut self, email: &EmailAddress) -> bool {
        if self.hashes.len() >= REMEMBERED {
            self.hashes.clear();
        }
        !self.hashes.insert(self.key.hash_one(email.normalised_v1()))
    }
}
