//! Why a person is among the affected: the entries that say so.

use super::touch::{Channel, Effect};
use super::walk::{Found, Sink};
use waxwing_domain::{FieldId, Micros, Operation, SubjectNo};

/// Reasons that are handed out at most; how many there are is always said.
const MOST: usize = 1_000;

/// One entry that names a person.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Reason {
    /// Its place in the log; its proof is to be had by it.
    pub index: u64,
    /// When.
    pub at: Micros,
    /// What was done.
    pub operation: Operation,
    /// The use case.
    pub what: String,
    /// How sure it is.
    pub effect: Effect,
    /// By which way.
    pub channel: Channel,
    /// Which fields of this person.
    pub fields: Vec<FieldId>,
}

/// The entries that name one person, oldest first.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Reasons {
    /// Who.
    pub subject: SubjectNo,
    /// The first 1,000 of them.
    pub reasons: Vec<Reason>,
    /// How many there are.
    pub total: u64,
}

impl Reasons {
    pub(super) const fn of(subject: SubjectNo) -> Self {
        Self { subject, reasons: Vec::new(), total: 0 }
    }
}

impl Sink for Reasons {
    fn take(&mut self, found: Found<'_>) {
        for named in found.named().into_iter().filter(|named| named.people.contains(self.subject.get())) {
            self.total += 1;
            if self.reasons.len() < MOST {
                self.reasons.push(Reason {
                    index: found.index,
                    at: found.facts.at,
                    operation: found.facts.operation,
                    what: found.facts.what.to_owned(),
                    effect: named.effect,
                    channel: found.channel,
                    fields: named.fields.to_vec(),
                });
            }
        }
    }
}
