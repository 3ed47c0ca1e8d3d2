//! What people write into drafts.

use super::{Locale, Said};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// The longest text that is read, in bytes.
const LONGEST_JSON: usize = 256 * 1024;
/// The longest single part, in bytes.
const LONGEST_PART: usize = 16 * 1024;

/// Parts that are refused. What was written is never quoted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PartError {
    /// Too long.
    #[error("more than 16 KiB for one part")]
    TooLong,
    /// Not the form of parts.
    #[error("not the form of the parts of a draft")]
    Form,
}

/// What people write into drafts. May name staff, so that it shows nothing of itself in `Debug`.
#[derive(Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Parts {
    /// The organisation's legal name.
    pub organisation: Option<String>,
    /// Its postal address.
    pub address: Option<String>,
    /// The data protection officer or another contact point, with how to reach them (Art. 33(3)(b)).
    pub contact: Option<String>,
    /// What happened and how, in plain words. Without personal data of those affected.
    pub what_happened: Option<String>,
    /// How it was discovered.
    pub discovery: Option<String>,
    /// The likely consequences (Art. 33(3)(c)).
    pub consequences: Option<String>,
    /// What was done and is planned (Art. 33(3)(d)).
    pub measures: Option<String>,
    /// Which measures were in place before.
    pub measures_before: Option<String>,
    /// What people can do themselves.
    pub advice: Option<String>,
    /// Why the notification comes late (Art. 33(1), last sentence).
    pub delay: Option<String>,
    /// The authority's reference of an earlier notification: makes this a follow-up.
    pub reference: Option<String>,
    /// Which kinds of people they are: subscribers, customers, staff.
    pub kinds_of_people: Option<String>,
    /// Whom else was told.
    pub told_others: Option<String>,
    /// The identity theft services offered (California Civil Code 1798.82(d)(2)(G)).
    pub identity_services: Option<String>,
    /// Who is written to: the controller, or the provider.
    pub addressee: Option<String>,
    /// What was revoked or changed at the provider.
    pub revoked: Option<String>,
    /// What the provider is asked for.
    pub asked: Option<String>,
    /// Why nobody was told, for the register.
    pub reasons: Option<String>,
    /// What people are told in each language. The words above are in one, and stand in no letter of another.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub said: BTreeMap<Locale, Said>,
}

impl Parts {
    /// Reads parts that [`Parts::to_json`] wrote.
    ///
    /// # Errors
    /// Refuses unknown names, more than 256 KiB in all, and more than 16 KiB in one part.
    pub fn from_json(text: &str) -> Result<Self, PartError> {
        if text.len() > LONGEST_JSON {
            return Err(PartError::TooLong);
        }
        let parts: Self = serde_json::from_str(text).map_err(|_| PartError::Form)?;
        parts.check()?;
        Ok(parts)
    }

    /// Whether limits are kept.
    ///
    /// # Errors
    /// [`PartError::TooLong`] for more than 16 KiB in one part.
    pub fn check(&self) -> Result<(), PartError> {
        // Through the one list of names that serde keeps: a part added later is held to the limit too.
        let whole = serde_json::to_value(self).map_err(|_| PartError::Form)?;
        if is_long(&whole) { Err(PartError::TooLong) } else { Ok(()) }
    }

    /// The same parts as text.
    pub fn to_json(&self) -> String {
        // Derived `Serialize` over strings has no way to fail.
        serde_json::to_string(self).expect("parts are plain data")
    }
}

/// Whether any text in it, however deep, is too long.
fn is_long(value: &serde_json::Value) -> bool {
    match value {
        serde_json::Value::String(text) => text.len() > LONGEST_PART,
        serde_json::Value::Object(parts) => parts.values().any(is_long),
        _ => false,
    }
}

impl fmt::Debug for Parts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Parts(…)")
    }
}
