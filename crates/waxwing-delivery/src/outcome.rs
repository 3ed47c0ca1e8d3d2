//! What became of one message at the relay.
//!
//! Guarantee: exactly one of five, and only [`Outcome::Unknown`] leaves open whether the relay has
//! the message. Limit: nothing here says what happened beyond the relay.

use crate::reply::SmtpReply;
use crate::trouble::{Phase, Trouble};
use std::time::Duration;

/// The five ends of an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The relay took responsibility (2xx to the final dot).
    Accepted {
        /// Its words, often with a queue id.
        reply: SmtpReply,
    },
    /// Not taken; worth another try later.
    Deferred {
        /// What it is about; only some classes say anything about the recipient.
        class: DeferClass,
        /// Who said so.
        reason: Reason,
        /// When not to come back before, if that is known.
        retry_after: Option<Duration>,
    },
    /// Not taken, and never will be as it is.
    Failed {
        /// Whose fault it is. Only [`FailCause::Recipient`] may be held against the address.
        cause: FailCause,
        /// Who said so.
        reason: Reason,
    },
    /// The final dot was sent and no usable reply came back. It may or may not have been taken;
    /// sending it again may deliver it twice.
    Unknown {
        /// What happened after the dot.
        trouble: Trouble,
    },
    /// The permit said [`crate::Verdict::Drop`]; nothing of the body was sent.
    NotSent,
}

/// On what an outcome rests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// The server's reply to this message.
    Reply(SmtpReply),
    /// A failure of the connection, or our own refusal.
    Trouble(Trouble),
}

/// What a deferral is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DeferClass {
    /// No connection, or lost before the final dot. Nothing was taken.
    Connection,
    /// No acceptable encryption: certificate, host name, STARTTLS missing. For the operator.
    Tls,
    /// The relay refuses or wants a login. For the operator.
    Auth,
    /// The relay does not speak SMTP as it should. For the operator.
    Protocol,
    /// The relay is busy, full or closing (421, x.3.x).
    Relay,
    /// Too much, too fast, or not yet trusted: rate limits and greylisting (x.7.x).
    Throttled,
    /// The recipient's mailbox is full (x.2.2).
    MailboxFull,
    /// Something else about this recipient or message.
    Other,
}

impl DeferClass {
    /// Whether the fault lies with the relay or the way to it, so that other messages through it
    /// fare no better.
    pub const fn is_about_relay(self) -> bool {
        matches!(
            self,
            DeferClass::Connection | DeferClass::Tls | DeferClass::Auth | DeferClass::Protocol | DeferClass::Relay
        )
    }
    /// The stable word.
    pub const fn as_str(self) -> &'static str {
        match self {
            DeferClass::Connection => "connection",
            DeferClass::Tls => "tls",
            DeferClass::Auth => "auth",
            DeferClass::Protocol => "protocol",
            DeferClass::Relay => "relay",
            DeferClass::Throttled => "throttled",
            DeferClass::MailboxFull => "mailbox_full",
            DeferClass::Other => "other",
        }
    }
}

/// Whose fault a permanent failure is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FailCause {
    /// There is no such mailbox or domain, or it is closed: suppress the address.
    Recipient,
    /// The mailbox is full, said as if for ever. The address is right.
    MailboxFull,
    /// The message: spam, size, form.
    Content,
    /// The receiver's rules about us: reputation, block lists, relaying.
    Policy,
    /// SPF, DKIM, DMARC or the reverse name do not satisfy the receiver.
    Auth,
    /// Anything else.
    Other,
}

impl FailCause {
    /// Whether the failure says that the address is bad.
    pub const fn is_about_recipient(self) -> bool {
        matches!(self, FailCause::Recipient)
    }
    /// The stable word.
    pub const fn as_str(self) -> &'static str {
        match self {
            FailCause::Recipient => "recipient",
            FailCause::MailboxFull => "mailbox_full",
            FailCause::Content => "content",
            FailCause::Policy => "policy",
            FailCause::Auth => "auth",
            FailCause::Other => "other",
        }
    }
}

impl Reason {
    /// The server's reply, where one came.
    pub fn reply(&self) -> Option<&SmtpReply> {
        match self {
            Reason::Reply(reply) | Reason::Trouble(Trouble::Refused { reply, .. }) => Some(reply),
            Reason::Trouble(_) => None,
        }
    }
    /// A sentence that holds nothing personal.
    pub fn in_words(&self) -> String {
        match self {
            Reason::Reply(reply) => format!("the relay answered {}", reply.codes()),
            Reason::Trouble(trouble) => trouble.to_string(),
        }
    }
}

impl Outcome {
    /// The server's reply, where one came. Its text may hold addresses: seal it.
    pub fn reply(&self) -> Option<&SmtpReply> {
        match self {
            Outcome::Accepted { reply } => Some(reply),
            Outcome::Deferred { reason, .. } | Outcome::Failed { reason, .. } => reason.reply(),
            Outcome::Unknown { .. } | Outcome::NotSent => None,
        }
    }

    /// The outcome of a session that ended before the final dot: never final, never unknown.
    pub(crate) fn deferred_by(trouble: Trouble) -> Self {
        let class = match &trouble {
            Trouble::NoStartTls | Trouble::InjectedPlaintext | Trouble::Certificate(_) => DeferClass::Tls,
            Trouble::Refused { phase: Phase::StartTls, .. } => DeferClass::Tls,
            Trouble::NoSharedAuth => DeferClass::Auth,
            Trouble::Refused { phase: Phase::Auth, .. } => DeferClass::Auth,
            Trouble::Refused { .. } => DeferClass::Relay,
            Trouble::ReplyTooLong { .. } | Trouble::NotSmtp { .. } | Trouble::OutOfStep { .. } => DeferClass::Protocol,
            _ => DeferClass::Connection,
        };
        Outcome::Deferred { class, reason: Reason::Trouble(trouble), retry_after: None }
    }
}
