//! One thing that was caught, and how to ask for such things.
//!
//! Promise: an entry's `Debug` shows no address and no content. Limit: its fields do; they are for
//! tests and for the pages on this machine.

use std::fmt;
use std::sync::Arc;
use waxwing_domain::Micros;

/// What became of a recipient or a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Answered 250 after the final dot.
    Accepted,
    /// Answered with this 4xx.
    Deferred {
        /// The three digits.
        code: u16,
        /// RFC 3463 code, or empty.
        enhanced: &'static str,
    },
    /// Answered with this 5xx.
    Refused {
        /// The three digits.
        code: u16,
        /// RFC 3463 code, or empty.
        enhanced: &'static str,
    },
    /// Read to the final dot and kept, but the sender got no answer.
    ReplyLost,
}

impl Verdict {
    /// The verdict that an answer with `code` gives.
    pub fn of(code: u16, enhanced: &'static str) -> Self {
        match code {
            200..=399 => Self::Accepted,
            400..=499 => Self::Deferred { code, enhanced },
            _ => Self::Refused { code, enhanced },
        }
    }

    /// One word for lists and filters.
    pub fn word(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Deferred { .. } => "deferred",
            Self::Refused { .. } => "refused",
            Self::ReplyLost => "reply lost",
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Deferred { code, enhanced } | Self::Refused { code, enhanced } => {
                write!(f, "{} {code} {enhanced}", self.word())
            }
            Self::Accepted | Self::ReplyLost => f.write_str(self.word()),
        }
    }
}

/// One message, or one recipient turned away before there was a message.
#[derive(Clone)]
pub struct CapturedMessage {
    /// Counts up from 1 in the order of answers.
    pub id: u64,
    /// When it was answered.
    pub at: Micros,
    /// The connection it came by, counted from 1.
    pub connection: u64,
    /// Whether the connection was encrypted.
    pub tls: bool,
    /// Envelope sender; empty for the null sender.
    pub from: String,
    /// Envelope recipients this verdict is about.
    pub to: Vec<String>,
    /// The message with dots unstuffed; empty when it was refused before DATA.
    pub raw: Arc<[u8]>,
    /// What the sender was told.
    pub verdict: Verdict,
}

impl fmt::Debug for CapturedMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { id, connection, verdict, .. } = self;
        write!(f, "CapturedMessage({id}, connection {connection}, {} bytes, {verdict})", self.raw.len())
    }
}

/// Totals since the start. Recipients, not messages, are counted unless said otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Connections accepted by the socket.
    pub connections: u64,
    /// Recipients whose message was answered with 250.
    pub accepted: u64,
    /// Answers of the 4xx kind.
    pub deferred: u64,
    /// Answers of the 5xx kind.
    pub refused: u64,
    /// Recipients whose message was read but not answered.
    pub reply_lost: u64,
    /// Bytes of all messages read.
    pub bytes: u64,
}

/// Which entries to list.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// One of the recipients is this address, in any case.
    pub to: Option<String>,
    /// Sender, a recipient or the decoded subject holds this, in any case.
    pub text: Option<String>,
    /// The word of the verdict, as [`Verdict::word`] says it.
    pub verdict: Option<&'static str>,
    /// Only entries older than this id.
    pub before: Option<u64>,
}

impl Filter {
    /// Entries for one recipient.
    pub fn to(address: &str) -> Self {
        Self { to: Some(address.to_owned()), ..Self::default() }
    }

    pub(crate) fn fits(&self, entry: &CapturedMessage) -> bool {
        self.before.is_none_or(|id| entry.id < id)
            && self.verdict.is_none_or(|word| entry.verdict.word() == word)
            && self.to.as_ref().is_none_or(|to| entry.to.iter().any(|t| t.eq_ignore_ascii_case(to)))
            && self.text.as_ref().is_none_or(|text| holds(entry, &text.to_lowercase()))
    }
}

fn holds(entry: &CapturedMessage, text: &str) -> bool {
    let within = |hay: &str| hay.to_lowercase().contains(text);
    within(&entry.from)
        || entry.to.iter().any(|to| within(to))
        || crate::mime::subject(&entry.raw).is_some_and(|subject| within(&subject))
}
