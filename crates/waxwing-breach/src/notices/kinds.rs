//! What a field of the registry is to the people: the words in which they are told.
//!
//! Limit: what a workspace's own field holds is known to its people only; until they say so it is "other data".

use std::collections::BTreeMap;
use waxwing_app::fields::{Field, FieldKind};
use waxwing_domain::FieldId;
use waxwing_law::facts::DataKind;

/// What a field that every workspace has is.
const fn built_in(field: FieldId) -> Option<DataKind> {
    Some(match field {
        FieldId::EMAIL => DataKind::EmailAddress,
        FieldId::PHONE => DataKind::PhoneNumber,
        FieldId::FIRST_NAME | FieldId::LAST_NAME => DataKind::Name,
        // An answer of a mail server names the address it is about.
        FieldId::SMTP_REPLY => DataKind::EmailAddress,
        FieldId::NETWORK_ADDRESS => DataKind::Location,
        FieldId::CONSENT => DataKind::Subscriptions,
        _ => return None,
    })
}

/// What a field is, by what people said of it, or by its form where nobody did.
pub(super) fn kind_of(field: FieldId, said: &BTreeMap<u32, DataKind>) -> DataKind {
    built_in(field).or_else(|| said.get(&field.get()).copied()).unwrap_or(DataKind::Other)
}

/// What a workspace's own field seems to be, to begin with.
pub(super) fn guess(field: &Field) -> DataKind {
    let says = |words: &[&str]| words.iter().any(|word| field.key.contains(word));
    match field.kind {
        FieldKind::Email => DataKind::EmailAddress,
        FieldKind::Phone => DataKind::PhoneNumber,
        FieldKind::Date if says(&["birth"]) => DataKind::DateOfBirth,
        _ if says(&["address", "street", "city", "postcode", "zip", "country"]) => DataKind::PostalAddress,
        _ if says(&["locale", "language", "interest", "preference"]) => DataKind::Preferences,
        _ => DataKind::Other,
    }
}

/// Whether a person must say what this field is.
pub(super) const fn asks(field: FieldId) -> bool {
    built_in(field).is_none()
}
