//! What a visitor typed, read once at the door.

use crate::{Error, Result};
use serde::{Deserialize, Serialize};
use std::net::IpAddr;
use waxwing_domain::EmailAddress;

/// The longest name, in characters.
const LONGEST_NAME: usize = 100;

/// What a visitor asked for.
#[derive(Clone)]
pub struct Asked {
    /// Their address.
    pub email: EmailAddress,
    /// Their given name; may be empty.
    pub first_name: String,
    /// Their family name; may be empty.
    pub last_name: String,
    /// The network address that they asked from.
    pub from: Option<IpAddr>,
    /// The version of the wording that they saw; the form's newest when `None`.
    pub wording_version: Option<i64>,
}

impl Asked {
    /// From text, as people type it.
    ///
    /// # Errors
    /// [`Error::Invalid`] for `email`, `first_name` or `last_name`.
    pub fn parse(email: &str, first_name: &str, last_name: &str, from: Option<IpAddr>) -> Result<Self> {
        let email = EmailAddress::parse(email).map_err(|e| {
            Error::invalid("email", format!("This does not look like an address that mail can reach: {e}."))
        })?;
        let (first_name, last_name) = (name("first_name", first_name)?, name("last_name", last_name)?);
        Ok(Self { email, first_name, last_name, from, wording_version: None })
    }
}

fn name(field: &str, text: &str) -> Result<String> {
    let text = text.trim();
    if text.chars().count() > LONGEST_NAME {
        return Err(Error::invalid(field, "At most 100 characters."));
    }
    if text.chars().any(char::is_control) {
        return Err(Error::invalid(field, "This holds a character that no name has."));
    }
    Ok(text.to_owned())
}

/// What is sealed with a request.
#[derive(Serialize, Deserialize)]
pub(super) struct Typed {
    pub email: String,
    pub first_name: String,
    pub last_name: String,
    pub from: Option<String>,
}

impl From<&Asked> for Typed {
    fn from(asked: &Asked) -> Self {
        Self {
            email: asked.email.as_str().to_owned(),
            first_name: asked.first_name.clone(),
            last_name: asked.last_name.clone(),
            from: asked.from.map(|address| address.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field_of(result: Result<Asked>) -> String {
        match result {
            Err(Error::Invalid { field, .. }) => field,
            _ => String::new(),
        }
    }

    #[test]
    fn what_is_typed_is_trimmed_and_bounded() {
        let asked = Asked::parse("ada@example.org", "  Ada ", "", None).expect("fine");
        assert_eq!((asked.first_name.as_str(), asked.last_name.as_str()), ("Ada", ""));
        assert_eq!(field_of(Asked::parse("ada@@", "", "", None)), "email");
        assert_eq!(field_of(Asked::parse("ada@example.org\r\nBcc: x@example.org", "", "", None)), "email");
        assert_eq!(field_of(Asked::parse("ada@example.org", &"ä".repeat(101), "", None)), "first_name");
        assert_eq!(field_of(Asked::parse("ada@example.org", "", "a\0b", None)), "last_name");
    }
}
