//! A message ready to leave: who it is from and to on the wire, and its bytes.
//!
//! Guarantee: the bytes hold nothing that could end the message early or start a second one
//! (no bare CR or LF, no NUL, lines within RFC 5322 §2.1.1), and are already dot-stuffed. Limit:
//! headers are not looked at.

use std::fmt;
use waxwing_domain::EmailAddress;

/// Longest line without its CRLF, in bytes (RFC 5322 §2.1.1).
const MAX_LINE: usize = 998;
/// Largest message, in bytes: 64 MiB, far above what providers take.
const MAX_MESSAGE: usize = 64 * 1024 * 1024;

/// Why bytes are no message that can be sent. Never holds them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EnvelopeError {
    /// Nothing to send.
    #[error("the message is empty")]
    Empty,
    /// Over 64 MiB.
    #[error("the message is larger than 64 MiB")]
    TooLarge,
    /// A CR without LF or an LF without CR: the stuff of SMTP smuggling.
    #[error("the message has a line that does not end with CR LF")]
    BareLineEnd,
    /// A line over 998 bytes.
    #[error("the message has a line of more than 998 bytes")]
    LongLine,
    /// A NUL byte.
    #[error("the message holds a NUL byte")]
    Nul,
}

/// One message to one recipient.
#[derive(Clone)]
pub struct Envelope {
    sender: Option<EmailAddress>,
    recipient: EmailAddress,
    /// Dot-stuffed and ending with the final dot, so that one write sends it all.
    wire: Vec<u8>,
    /// Bytes as the SIZE parameter counts them (RFC 1870 §6.1): before stuffing.
    size: usize,
    eight_bit: bool,
}

impl Envelope {
    /// Checks and stuffs `message`, complete RFC 5322 bytes with CRLF line ends; a missing last
    /// CRLF is added. `sender` is the return path; `None` is the null return path `<>`.
    pub fn new(sender: Option<EmailAddress>, recipient: EmailAddress, message: Vec<u8>) -> Result<Self, EnvelopeError> {
        if message.is_empty() {
            return Err(EnvelopeError::Empty);
        }
        if message.len() > MAX_MESSAGE {
            return Err(EnvelopeError::TooLarge);
        }
        let size = message.len();
        let eight_bit = !message.is_ascii();
        Ok(Self { sender, recipient, wire: stuff(message)?, size, eight_bit })
    }

    /// The return path; `None` is `<>`.
    pub fn sender(&self) -> Option<&EmailAddress> {
        self.sender.as_ref()
    }
    /// Whom it goes to.
    pub fn recipient(&self) -> &EmailAddress {
        &self.recipient
    }
    /// Message size in bytes before dot-stuffing.
    pub fn size(&self) -> usize {
        self.size
    }
    pub(crate) fn wire(&self) -> &[u8] {
        &self.wire
    }
    pub(crate) fn is_eight_bit(&self) -> bool {
        self.eight_bit
    }
}

impl fmt::Debug for Envelope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Envelope({} bytes)", self.size)
    }
}

/// Checks every line and doubles a leading dot (RFC 5321 §4.5.2). The usual message, without such
/// a dot, is passed on without copying.
fn stuff(mut message: Vec<u8>) -> Result<Vec<u8>, EnvelopeError> {
    if message.contains(&0) {
        return Err(EnvelopeError::Nul);
    }
    if !message.ends_with(b"\r\n") {
        message.extend_from_slice(b"\r\n");
    }
    let dots = check_lines(&message)?;
    let mut wire = if dots.is_empty() { message } else { double(&dots, &message) };
    wire.extend_from_slice(b".\r\n");
    Ok(wire)
}

/// A copy of the message with the dots at the given places doubled.
fn double(dots: &[usize], message: &[u8]) -> Vec<u8> {
    let mut wire = Vec::with_capacity(message.len() + dots.len() + 3);
    let mut from = 0;
    for &dot in dots {
        wire.extend_from_slice(&message[from..dot]);
        wire.push(b'.');
        from = dot;
    }
    wire.extend_from_slice(&message[from..]);
    wire
}

/// Positions of the dots that begin a line; an error if a line is not one.
fn check_lines(message: &[u8]) -> Result<Vec<usize>, EnvelopeError> {
    let mut dots = Vec::new();
    let mut start = 0;
    let mut ends = memchr::memchr2_iter(b'\r', b'\n', message);
    while let Some(cr) = ends.next() {
        if message[cr] != b'\r' || ends.next() != Some(cr + 1) || message[cr + 1] != b'\n' {
            return Err(EnvelopeError::BareLineEnd);
        }
        if cr - start > MAX_LINE {
            return Err(EnvelopeError::LongLine);
        }
        if message[start] == b'.' {
            dots.push(start);
        }
        start = cr + 2;
    }
    Ok(dots)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn envelope(message: &[u8]) -> Result<Envelope, EnvelopeError> {
        let to = EmailAddress::parse("ann@example.org").expect("valid");
        Envelope::new(None, to, message.to_vec())
    }

    #[test]
    fn leading_dots_are_doubled_and_nothing_else() {
        for (message, wire) in [
            ("a\r\n.b\r\n..\r\n", "a\r\n..b\r\n...\r\n"),
            (".\r\n", "..\r\n"),
            ("a.b\r\n c.\r\n\r\n", "a.b\r\n c.\r\n\r\n"),
            ("no end", "no end\r\n"),
            ("half\r\n.", "half\r\n..\r\n"),
        ] {
            let envelope = envelope(message.as_bytes()).expect("valid");
            assert_eq!(envelope.wire(), format!("{wire}.\r\n").as_bytes(), "{message:?}");
            assert_eq!(envelope.size(), message.len());
        }
    }

    #[test]
    fn messages_that_could_smuggle_a_second_one_are_refused() {
        for (message, why) in [
            ("", EnvelopeError::Empty),
            ("a\n.\nMAIL FROM:<x>\r\n", EnvelopeError::BareLineEnd),
            ("a\r.\r\r\n", EnvelopeError::BareLineEnd),
            ("a\r\r\n.\r\n", EnvelopeError::BareLineEnd),
            ("a\n\r\n", EnvelopeError::BareLineEnd),
            ("a\r", EnvelopeError::BareLineEnd),
            ("a\0b\r\n", EnvelopeError::Nul),
        ] {
            assert_eq!(envelope(message.as_bytes()).err(), Some(why), "{message:?}");
        }
        assert_eq!(envelope(&[b'x'; 999]).err(), Some(EnvelopeError::LongLine));
        assert!(envelope(&[b'x'; 998]).is_ok());
    }

    #[test]
    fn debug_shows_no_address() {
        let printed = format!("{:?}", envelope(b"Subject: secret\r\n").expect("valid"));
        assert_eq!(printed, "Envelope(17 bytes)");
    }
}
