//! Text that goes into a header: one line, bounded.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Why a text cannot stand in a header.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HeaderTextError {
    /// CR, LF, NUL or another control character.
    #[error("line breaks and control characters are not allowed here")]
    Control,
    /// More than 998 bytes.
    #[error("at most 998 bytes fit here")]
    TooLong,
}

/// One line of text, at most 998 bytes (RFC 5322 §2.1.1), without control characters.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct HeaderText(String);

impl HeaderText {
    /// Parses a line; surrounding white space is dropped.
    pub fn parse(text: &str) -> Result<Self, HeaderTextError> {
        let text = text.trim();
        if text.chars().any(char::is_control) {
            return Err(HeaderTextError::Control);
        }
        if text.len() > 998 {
            return Err(HeaderTextError::TooLong);
        }
        Ok(Self(text.to_owned()))
    }
    /// The line.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for HeaderText {
    type Error = HeaderTextError;
    fn try_from(text: String) -> Result<Self, HeaderTextError> {
        Self::parse(&text)
    }
}
impl From<HeaderText> for String {
    fn from(text: HeaderText) -> String {
        text.0
    }
}
impl fmt::Display for HeaderText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_cannot_be_split() {
        assert_eq!(HeaderText::parse("Hi\r\nBcc: x@y.example"), Err(HeaderTextError::Control));
        assert_eq!(HeaderText::parse(&"x".repeat(999)), Err(HeaderTextError::TooLong));
        assert_eq!(HeaderText::parse(" Hi ").map(String::from), Ok("Hi".to_owned()));
    }
}
