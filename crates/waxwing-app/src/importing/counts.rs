//! What became of the rows of a file, or would.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// Different reasons that are counted one by one; the rest share a line.
const REASONS: usize = 30;
/// The line that the rest share.
const OTHER: &str = "other reasons";

/// Every row of the file is in exactly one of these; `rows` is their sum.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize, ToSchema)]
#[schema(as = ImportCounts)]
pub struct Counts {
    /// Rows read.
    pub rows: i64,
    /// People who were not known.
    pub new: i64,
    /// Known people whose fields were filled.
    pub updated: i64,
    /// Rows whose address stood in the file before; later values count.
    pub duplicate: i64,
    /// Rows that were refused; the reject file has each with its reason.
    pub invalid: i64,
    /// People who unsubscribed or are on the do-not-mail list, and stay so.
    pub suppressed: i64,
    /// Why rows were refused or left out, without anything of their content.
    pub reasons: BTreeMap<String, i64>,
}

/// What became of one row.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Outcome {
    New,
    Updated,
    Duplicate,
    Suppressed,
}

impl Counts {
    /// Counts a row of a person.
    pub(super) fn add(&mut self, outcome: Outcome) {
        self.rows += 1;
        match outcome {
            Outcome::New => self.new += 1,
            Outcome::Updated => self.updated += 1,
            Outcome::Duplicate => self.duplicate += 1,
            Outcome::Suppressed => self.suppressed += 1,
        }
    }

    /// Counts a refused row.
    pub(super) fn refuse(&mut self, reason: &str) {
        self.rows += 1;
        self.invalid += 1;
        self.because(reason);
    }

    /// Counts a reason.
    pub(super) fn because(&mut self, reason: &str) {
        let known = self.reasons.contains_key(reason) || self.reasons.len() < REASONS;
        *self.reasons.entry(if known { reason } else { OTHER }.to_owned()).or_default() += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_different_faults_does_not_grow_the_row() {
        let mut counts = Counts::default();
        (0..1_000).for_each(|i| counts.refuse(&format!("reason {i}")));
        assert_eq!((counts.rows, counts.invalid, counts.reasons.len()), (1_000, 1_000, REASONS + 1));
        assert_eq!(counts.reasons.values().sum::<i64>(), 1_000);
    }
}
