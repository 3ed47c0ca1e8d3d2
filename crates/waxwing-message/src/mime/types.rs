//! Values that stand in headers. What exists here cannot break a header or forge another.

use serde::{Deserialize, Serialize};
use std::fmt::{self, Write as _};
use waxwing_domain::{EmailAddress, HeaderText, ListId, MailDomain};

/// Why a text cannot stand in a header of its kind. Never holds the text.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HeaderError {
    /// Control characters, or over 128 bytes.
    #[error("a sender name is one line of at most 128 bytes")]
    DisplayName,
    /// Not `http(s)://…` or `mailto:…` of at most 900 printable ASCII characters without `<`, `>`, `,`, `"`.
    #[error("that address cannot stand in a mail header")]
    Url,
    /// Fields are 1 to 60 letters, digits, `-`, `_`, `.`; at most three before the sender.
    #[error("feedback fields are letters, digits, dots, dashes and underscores, at most three of 60 characters")]
    FeedbackField,
    /// The sender's own identifier has 5 to 15 such characters.
    #[error("the feedback sender name needs 5 to 15 letters, digits, dashes or underscores")]
    FeedbackSender,
}

/// The name shown beside an address: one line of at most 128 bytes.
#[derive(Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct DisplayName(String);

impl DisplayName {
    /// Parses a name; surrounding white space is dropped. Empty is allowed and shows the address alone.
    pub fn parse(text: &str) -> Result<Self, HeaderError> {
        let line = HeaderText::parse(text).map_err(|_| HeaderError::DisplayName)?;
        if line.as_str().len() > 128 { Err(HeaderError::DisplayName) } else { Ok(Self(line.into())) }
    }
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for DisplayName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DisplayName(…)")
    }
}
impl TryFrom<String> for DisplayName {
    type Error = HeaderError;
    fn try_from(text: String) -> Result<Self, HeaderError> {
        Self::parse(&text)
    }
}
impl From<DisplayName> for String {
    fn from(name: DisplayName) -> String {
        name.0
    }
}

/// A name, if there is one, and an address.
#[derive(Clone, Copy, Debug)]
pub struct Mailbox<'a> {
    /// Shown to people.
    pub name: Option<&'a DisplayName>,
    /// Where mail goes.
    pub address: &'a EmailAddress,
}

impl<'a> Mailbox<'a> {
    /// An address without a name.
    pub const fn bare(address: &'a EmailAddress) -> Self {
        Self { name: None, address }
    }
}

/// A Message-ID: the same for the same tag and domain.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MessageId {
    text: String,
    tag: usize,
}

impl MessageId {
    /// From a tag and the sender's domain. The tag must be a keyed hash of (source, subscriber):
    /// it is public, so that a plain number or a hash without a key would name the person.
    pub fn new(tag: [u8; 16], domain: &MailDomain) -> Self {
        let mut text = String::with_capacity(34 + domain.as_str().len() + 1);
        text.push('<');
        for byte in tag {
            // Writing to a String cannot fail.
            let _ = write!(text, "{byte:02x}");
        }
        text.push('@');
        text.push_str(domain.as_str());
        text.push('>');
        Self { text, tag: 32 }
    }
    /// With its angle brackets.
    pub fn as_str(&self) -> &str {
        &self.text
    }
    /// The 32 hexadecimal digits of the tag.
    pub(super) fn tag(&self) -> &str {
        &self.text[1..=self.tag]
    }
}

/// A web or mail address that can stand between `<` and `>` in a header.
#[derive(Clone, PartialEq, Eq)]
pub struct HeaderUrl(String);

impl HeaderUrl {
    /// Parses `https://…`, `http://…` or `mailto:…` of at most 900 bytes.
    pub fn parse(text: &str) -> Result<Self, HeaderError> {
        let scheme = ["https://", "http://", "mailto:"].iter().any(|s| text.len() > s.len() && text.starts_with(s));
        let safe = text.bytes().all(|b| b.is_ascii_graphic() && !b"<>,\"\\".contains(&b));
        if scheme && safe && text.len() <= 900 { Ok(Self(text.to_owned())) } else { Err(HeaderError::Url) }
    }
    /// The address.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for HeaderUrl {
    /// Unsubscribe addresses are personal.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HeaderUrl(…)")
    }
}

/// `Feedback-ID`: up to three fields of the sender's choice, then the sender (Google's order).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FeedbackId(String);

impl FeedbackId {
    /// `fields` from the most to the least specific, never one of a single recipient; `sender` is
    /// the same for all mail of the installation.
    pub fn new(fields: &[&str], sender: &str) -> Result<Self, HeaderError> {
        let plain = |text: &str| text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b));
        if fields.len() > 3 || fields.iter().any(|f| f.is_empty() || f.len() > 60 || !plain(f)) {
            return Err(HeaderError::FeedbackField);
        }
        if !(5..=15).contains(&sender.len()) || !plain(sender) {
            return Err(HeaderError::FeedbackSender);
        }
        let mut text = fields.join(":");
        if !text.is_empty() {
            text.push(':');
        }
        Ok(Self(text + sender))
    }
    /// The header's value.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// `List-Id` (RFC 2919): `<list.lists.domain>`, without the list's name, which may be private.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ListIdentity(String);

impl ListIdentity {
    /// Of one list at the sender's domain.
    pub fn new(list: ListId, domain: &MailDomain) -> Self {
        Self(format!("<{list}.lists.{domain}>"))
    }
    /// The header's value.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_breaks_a_header_becomes_a_value() {
        assert!(DisplayName::parse("a\r\nBcc: b").is_err());
        assert!(DisplayName::parse(&"x".repeat(129)).is_err());
        for bad in [
            "",
            "https://",
            "ftp://a",
            "https://a b",
            "https://a>\r\nX: y",
            "https://é",
            "javascript:alert(1)",
            "https://a,b",
        ] {
            assert_eq!(HeaderUrl::parse(bad), Err(HeaderError::Url), "{bad:?}");
        }
        assert!(HeaderUrl::parse("https://u.example/x?y=1&z=%20").is_ok());
        assert_eq!(FeedbackId::new(&["a b"], "waxwing"), Err(HeaderError::FeedbackField));
        assert_eq!(FeedbackId::new(&["a", "b", "c", "d"], "waxwing"), Err(HeaderError::FeedbackField));
        assert_eq!(FeedbackId::new(&["a"], "wax"), Err(HeaderError::FeedbackSender));
        assert_eq!(FeedbackId::new(&["c1", "bulk", "w1"], "waxwing").map(|f| f.0), Ok("c1:bulk:w1:waxwing".into()));
    }

    #[test]
    fn a_message_id_is_a_function_of_its_tag_and_domain() {
        let domain = MailDomain::parse("mail.example.org").expect("valid");
        let id = MessageId::new([0xab; 16], &domain);
        assert_eq!(id.as_str(), format!("<{}@mail.example.org>", "ab".repeat(16)));
        assert_eq!(id.tag(), "ab".repeat(16));
    }
}
