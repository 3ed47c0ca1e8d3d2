//! Email addresses, parsed once at the door (RFC 5321 §4.1.2, RFC 5890 for the domain).
//!
//! Guarantee: a value holds no control character, no space and no second `@`, fits the wire's
//! lengths, and its domain is in ASCII form. Limit: quoted local parts and local parts outside
//! ASCII (SMTPUTF8) are refused by name, for most mailbox providers refuse them too.

use std::fmt;
use std::str::FromStr;

/// Why a text is not an address Waxwing can mail. Never holds the text itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EmailError {
    /// Nothing there.
    #[error("the address is empty")]
    Empty,
    /// CR, LF, NUL or another control character.
    #[error("the address holds a line break or another control character")]
    Control,
    /// More than 254 characters, a local part over 64, or a domain label over 63.
    #[error("the address is longer than mail allows")]
    TooLong,
    /// No `@`, or more than one.
    #[error("the address needs exactly one @ with something on both sides")]
    At,
    /// `"quoted part"@example.org`.
    #[error("quoted local parts are not supported")]
    Quoted,
    /// Letters outside ASCII before the `@`.
    #[error("letters outside ASCII before the @ are not supported")]
    NonAsciiLocal,
    /// A character or a dot where none may stand before the `@`.
    #[error("the part before the @ holds a character that mail does not allow")]
    Local,
    /// The domain is not a name of the domain system.
    #[error("the part after the @ is not a valid domain name")]
    Domain,
}

/// A domain name in lower-case ASCII form with at least one dot.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MailDomain(String);

impl MailDomain {
    /// Parses a domain; international names become their ASCII form.
    pub fn parse(text: &str) -> Result<Self, EmailError> {
        if text.is_empty() || text.chars().any(char::is_control) {
            return Err(EmailError::Domain);
        }
        let ascii = idna::domain_to_ascii_strict(text).map_err(|_| EmailError::Domain)?;
        let labels_ok = ascii.split('.').all(|l| !l.is_empty() && l.len() <= 63);
        let numeric_tld = ascii.rsplit('.').next().is_some_and(|l| l.bytes().all(|b| b.is_ascii_digit()));
        if ascii.len() > 253 || !ascii.contains('.') || !labels_ok || numeric_tld {
            return Err(EmailError::Domain);
        }
        Ok(Self(ascii))
    }
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for MailDomain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
impl fmt::Debug for MailDomain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MailDomain({})", self.0)
    }
}
impl FromStr for MailDomain {
    type Err = EmailError;
    fn from_str(text: &str) -> Result<Self, EmailError> {
        Self::parse(text)
    }
}

/// An address that can be mailed. `Debug` prints nothing of it, and there is no `Display`.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct EmailAddress {
    text: String,
    at: usize,
}

impl EmailAddress {
    /// Parses an address; surrounding white space is not part of it.
    pub fn parse(text: &str) -> Result<Self, EmailError> {
        let text = text.trim_matches([' ', '\t']);
        if text.is_empty() {
            return Err(EmailError::Empty);
        }
        if text.chars().any(char::is_control) {
            return Err(EmailError::Control);
        }
        if text.len() > 1_024 {
            return Err(EmailError::TooLong);
        }
        if text.starts_with('"') {
            return Err(EmailError::Quoted);
        }
        let (local, domain) = text.rsplit_once('@').ok_or(EmailError::At)?;
        if local.is_empty() || domain.is_empty() || local.contains('@') {
            return Err(EmailError::At);
        }
        check_local(local)?;
        let domain = MailDomain::parse(domain)?;
        let whole = format!("{local}@{domain}");
        if whole.len() > 254 {
            return Err(EmailError::TooLong);
        }
        Ok(Self { at: local.len(), text: whole })
    }

    /// The address as it goes on the wire.
    pub fn as_str(&self) -> &str {
        &self.text
    }
    /// What stands before the `@`.
    pub fn local(&self) -> &str {
        &self.text[..self.at]
    }
    /// The domain in ASCII, lower case.
    pub fn domain(&self) -> &str {
        &self.text[self.at + 1..]
    }
    /// Normaliser 1 of the blind index: the whole address in lower case. Kept for ever.
    pub fn normalised_v1(&self) -> String {
        self.text.to_ascii_lowercase()
    }
    /// `a…@example.org`: enough to recognise one's own, too little to learn another's.
    pub fn masked(&self) -> String {
        let first = self.text.chars().next().unwrap_or('*');
        format!("{first}…@{}", self.domain())
    }
}

fn check_local(local: &str) -> Result<(), EmailError> {
    if !local.is_ascii() {
        return Err(EmailError::NonAsciiLocal);
    }
    if local.len() > 64 {
        return Err(EmailError::TooLong);
    }
    let atext = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~.".contains(&b);
    let dots_ok = !local.starts_with('.') && !local.ends_with('.') && !local.contains("..");
    if dots_ok && local.bytes().all(atext) { Ok(()) } else { Err(EmailError::Local) }
}

impl fmt::Debug for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EmailAddress(…)")
    }
}
impl FromStr for EmailAddress {
    type Err = EmailError;
    fn from_str(text: &str) -> Result<Self, EmailError> {
        Self::parse(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_addresses_pass() {
        for (text, wire) in [
            ("ann@example.org", "ann@example.org"),
            (" Ann.B+tag@Example.ORG ", "Ann.B+tag@example.org"),
            ("o'neil@mail.example.co.uk", "o'neil@mail.example.co.uk"),
            ("ann@bücher.example", "ann@xn--bcher-kva.example"),
        ] {
            assert_eq!(EmailAddress::parse(text).map(|a| a.as_str().to_owned()), Ok(wire.to_owned()));
        }
    }

    #[test]
    fn addresses_that_would_break_a_header_or_an_envelope_are_refused() {
        for (text, why) in [
            ("", EmailError::Empty),
            ("a@b.example\r\nRCPT TO:<x@y.example>", EmailError::Control),
            ("a\0b@c.example", EmailError::Control),
            ("a@@b.example", EmailError::At),
            ("a.b.example", EmailError::At),
            ("\"a b\"@c.example", EmailError::Quoted),
            ("jürgen@c.example", EmailError::NonAsciiLocal),
            ("a b@c.example", EmailError::Local),
            (".a@c.example", EmailError::Local),
            ("a<b>@c.example", EmailError::Local),
            ("a@localhost", EmailError::Domain),
            ("a@[127.0.0.1]", EmailError::Domain),
            ("a@1.2.3.4", EmailError::Domain),
            ("a@b..example", EmailError::Domain),
        ] {
            assert_eq!(EmailAddress::parse(text).err(), Some(why), "{text:?}");
        }
        let long = format!("{}@c.example", "a".repeat(65));
        assert_eq!(EmailAddress::parse(&long).err(), Some(EmailError::TooLong));
    }

    #[test]
    fn debug_shows_nothing_of_the_person() {
        let address = EmailAddress::parse("ann@example.org").expect("valid");
        assert_eq!(format!("{address:?}"), "EmailAddress(…)");
    }
}
