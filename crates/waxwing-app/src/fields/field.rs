//! A field, the built-in ones, and what a definition must look like.

use super::{NewField, kinds, value};
use crate::{Error, Result};
use waxwing_domain::{DataClass, FieldId, KindOfData, LegalBasis, Micros};

/// The form of a field's values.
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FieldKind {
    /// Any text, up to 1,000 characters.
    Text,
    /// A decimal number.
    Number,
    /// A day: `2026-12-01`.
    Date,
    /// Yes or no.
    Flag,
    /// An email address.
    Email,
    /// A phone number with its country code.
    Phone,
    /// A country: a code of ISO 3166-1, `FR`, or with a part of it, `US-CA`.
    Country,
}

impl FieldKind {
    /// Every kind.
    pub const ALL: [Self; 7] =
        [Self::Text, Self::Number, Self::Date, Self::Flag, Self::Email, Self::Phone, Self::Country];

    /// The stable word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Number => "number",
            Self::Date => "date",
            Self::Flag => "flag",
            Self::Email => "email",
            Self::Phone => "phone",
            Self::Country => "country",
        }
    }
    /// Reads the stable word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}

/// A field of the registry.
#[derive(Clone, PartialEq, Debug)]
pub struct Field {
    /// Its frozen number.
    pub id: FieldId,
    /// Its frozen name in templates, files and the API.
    pub key: String,
    /// Its name for people.
    pub label: String,
    /// The form of its values.
    pub kind: FieldKind,
    /// How personal it is.
    pub class: DataClass,
    /// Why it is kept.
    pub purpose: String,
    /// On what ground.
    pub basis: LegalBasis,
    /// For how many days after the last change; without end when `None`.
    pub retention_days: Option<i64>,
    /// What somebody said it is to people.
    pub(super) said: Option<KindOfData>,
    pub(super) created_at: Micros,
    pub(super) retired_at: Option<Micros>,
}

impl Field {
    /// Whether every workspace has it.
    pub const fn is_built_in(&self) -> bool {
        self.id.get() < FieldId::FIRST_CUSTOM
    }
    /// What it is to people: known of the fields that every workspace has, said by somebody, or else guessed.
    pub fn kind_of_data(&self) -> KindOfData {
        let known = kinds::known(self.id).or(self.said);
        known.unwrap_or_else(|| kinds::guess(&self.key, self.kind, self.class))
    }
    /// Whether [`Self::kind_of_data`] is a guess that nobody has confirmed.
    pub fn kind_is_guessed(&self) -> bool {
        kinds::known(self.id).or(self.said).is_none()
    }
    /// Whether its values are sealed at rest.
    pub const fn sealed(&self) -> bool {
        self.class.sealed()
    }
    /// Reads what was typed into the form that is stored.
    ///
    /// # Errors
    /// Says what is wrong, never what was typed.
    pub fn parse(&self, text: &str) -> std::result::Result<String, super::FieldValueError> {
        value::parse(self.kind, text)
    }
}

const BUILT_IN: [(FieldId, &str, &str, FieldKind, &str); 4] = [
    (FieldId::EMAIL, "email", "Email address", FieldKind::Email, "To send what the person subscribed to"),
    (FieldId::PHONE, "phone", "Phone number", FieldKind::Phone, "To reach the person where mail does not"),
    (FieldId::FIRST_NAME, "first_name", "First name", FieldKind::Text, "To address the person by name"),
    (FieldId::LAST_NAME, "last_name", "Last name", FieldKind::Text, "To address the person by name"),
];

/// The fields that every workspace has.
pub(super) fn built_in(now: Micros) -> impl Iterator<Item = Field> {
    BUILT_IN.into_iter().map(move |(id, key, label, kind, purpose)| Field {
        id,
        key: key.into(),
        label: label.into(),
        kind,
        class: DataClass::Personal,
        purpose: purpose.into(),
        basis: LegalBasis::Consent,
        retention_days: None,
        said: None,
        created_at: now,
        retired_at: None,
    })
}

pub(super) fn made(new: NewField, id: FieldId, now: Micros) -> Field {
    Field {
        id,
        key: new.key,
        label: new.label.trim().to_owned(),
        kind: new.kind,
        class: new.class,
        purpose: new.purpose.trim().to_owned(),
        basis: new.basis,
        retention_days: new.retention_days,
        said: new.kind_of_data,
        created_at: now,
        retired_at: None,
    }
}

/// Words that templates and files use for something else.
const TAKEN: [&str; 8] = ["subscriber", "campaign", "unsubscribe_url", "view_url", "list", "lists", "id", "state"];

pub(super) fn check_key(key: &str) -> Result<()> {
    let first = key.bytes().next().is_some_and(|b| b.is_ascii_lowercase());
    let rest = key.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
    if !first || !rest || key.len() > 40 {
        return Err(Error::invalid("key", "use up to 40 small letters, digits and underscores, a letter first"));
    }
    if TAKEN.contains(&key) {
        return Err(Error::invalid("key", "this word has a meaning of its own; choose another"));
    }
    Ok(())
}

pub(super) fn check_words(label: &str, purpose: &str, retention_days: Option<i64>) -> Result<()> {
    let fits = |text: &str, most: usize| {
        let text = text.trim();
        !text.is_empty() && text.chars().count() <= most && !text.chars().any(char::is_control)
    };
    if !fits(label, 80) {
        return Err(Error::invalid("label", "needs 1 to 80 characters on one line"));
    }
    if !fits(purpose, 300) {
        return Err(Error::invalid("purpose", "say in 1 to 300 characters why this is kept"));
    }
    if retention_days.is_some_and(|days| !(1..=36_500).contains(&days)) {
        return Err(Error::invalid("retention_days", "must be from 1 to 36,500 days, or left empty"));
    }
    Ok(())
}
