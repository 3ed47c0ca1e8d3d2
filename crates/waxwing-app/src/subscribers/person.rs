//! A person as the tables hold them.

use serde_json::{Map, Value};
use waxwing_domain::{Micros, SubjectNo};
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
}

impl std::fmt::Debug for StoredPerson {
    /// The number only.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "StoredPerson({})", self.person.subject)
    }
}
