//! What a field of the registry is to the people: the words in which they are told.
//!
//! Promise: what the registry says is proposed, and what people say of a notice holds for it. Limit: a field of which
//! neither says anything any more is "other data".

use crate::blast::law_kind;
use std::collections::BTreeMap;
use waxwing_app::fields::{Field, kinds};
use waxwing_domain::FieldId;
use waxwing_law::facts::DataKind;

/// What a field is, by what the product knows or people said of it.
pub(super) fn kind_of(field: FieldId, said: &BTreeMap<u32, DataKind>) -> DataKind {
    let known = kinds::known(field).map(law_kind);
    known.or_else(|| said.get(&field.get()).copied()).unwrap_or(DataKind::Other)
}

/// What a workspace's own field is, to begin with.
pub(super) fn proposed(field: &Field) -> DataKind {
    law_kind(field.kind_of_data())
}

/// Whether a person must say what this field is.
pub(super) const fn asks(field: FieldId) -> bool {
    kinds::known(field).is_none()
}
