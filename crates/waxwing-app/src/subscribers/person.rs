//! A person as the tables hold them.

use crate::fields::Field;
use serde_json::{Map, Value};
use std::sync::Arc;
use waxwing_domain::{FieldId, Micros, SubjectNo};
use waxwing_store::SealedPerson;

/// A stored person: sealed fields, plain fields, and the keyed tags that stand for the address.
#[derive(Clone)]
pub struct StoredPerson {
    /// Number, generation, ciphertexts and wrapped key.
    pub person: SealedPerson,
    /// Fields classed public or internal, by key.
    pub plain: Map<String, Value>,
    /// The blind index of the address.
    pub email_tag: [u8; 16],
    /// The tag of the address on the do-not-mail list.
    pub suppress_tag: [u8; 16],
    /// A keyed hash of the address's domain, for throttling.
    pub domain_hash: i64,
    /// Since when.
    pub created_at: Micros,
    /// When anything was changed last.
    pub updated_at: Micros,
}

impl StoredPerson {
    /// The person's number.
    pub const fn subject(&self) -> SubjectNo {
        self.person.subject
    }
    /// Those of `wanted` that the person has a value in, sealed or plain; a sealed one counts where it cannot be read.
    pub fn present(&self, wanted: &[Arc<Field>]) -> Vec<FieldId> {
        let (sealed, plain): (Vec<_>, Vec<_>) = wanted.iter().partition(|field| field.sealed());
        let sealed: Vec<FieldId> = sealed.into_iter().map(|field| field.id).collect();
        let plain = plain.into_iter().filter(|field| self.plain.contains_key(&field.key)).map(|field| field.id);
        self.person.present(&sealed).into_iter().chain(plain).collect()
    }
    /// The same with the number, as an entry of the record names them.
    pub fn named(&self, wanted: &[Arc<Field>]) -> (SubjectNo, Vec<FieldId>) {
        (self.subject(), self.present(wanted))
    }
}

impl std::fmt::Debug for StoredPerson {
    /// The number only.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "StoredPerson({})", self.person.subject)
    }
}
