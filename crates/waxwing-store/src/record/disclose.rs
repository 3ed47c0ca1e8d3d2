//! The proof that a read stands in the record, and the only key to clear personal data.

use super::entry::{EntryId, Part};
use crate::{Clear, ClearPerson, SealedPerson, Store, StoreError, open_key};
use std::collections::BTreeMap;
use waxwing_crypto::{Place, open_under_subject};
use waxwing_domain::{FieldId, SubjectNo, WorkspaceId};

/// A committed entry. It opens those fields of those people that the entry names, nothing else.
pub struct Disclosure {
    entry: EntryId,
    workspace: WorkspaceId,
    parts: Vec<Part>,
}

impl Disclosure {
    pub(crate) fn new(entry: EntryId, workspace: WorkspaceId, parts: Vec<Part>) -> Self {
        Self { entry, workspace, parts }
    }

    /// The entry.
    pub const fn entry(&self) -> EntryId {
        self.entry
    }

    /// Whether this opens `field` of `subject`; not where it is masked or was not asked for.
    pub fn covers(&self, subject: SubjectNo, field: FieldId) -> bool {
        self.parts.iter().any(|p| p.subjects.contains(subject.get()) && p.fields.binary_search(&field).is_ok())
    }

    /// Opens the recorded fields of one person; a field that was not recorded stays sealed.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] when a value was moved or changed.
    pub fn open(&self, store: &Store, person: &SealedPerson) -> Result<ClearPerson, StoreError> {
        let key = open_key(store, self.workspace, person)?;
        let mut values = BTreeMap::new();
        for (field, sealed) in person.fields()?.iter() {
            if self.covers(person.subject, field) {
                let place = person.place(self.workspace, field);
                values.insert(field, Clear::new(open_text(&key, &place, sealed, person.subject)?));
            }
        }
        Ok(ClearPerson::new(person.subject, values))
    }

    /// Opens one sealed cell that lies elsewhere (an event's reply, say) under a person's key.
    pub fn open_cell(
        &self,
        store: &Store,
        person: &SealedPerson,
        place: &Place,
        sealed: &[u8],
    ) -> Result<Clear<String>, StoreError> {
        if !self.covers(place.subject, place.field) || place.subject != person.subject {
            return Err(StoreError::Damaged("a value that the record entry does not name".into()));
        }
        let key = open_key(store, self.workspace, person)?;
        open_text(&key, place, sealed, person.subject).map(Clear::new)
    }
}

fn open_text(
    key: &waxwing_crypto::SubjectKey,
    place: &Place,
    sealed: &[u8],
    subject: SubjectNo,
) -> Result<String, StoreError> {
    let bytes = open_under_subject(key, place, sealed)
        .map_err(|e| StoreError::Damaged(format!("subscriber {subject}: {e}")))?;
    String::from_utf8(bytes).map_err(|_| StoreError::Damaged(format!("subscriber {subject}: text that is not UTF-8")))
}
