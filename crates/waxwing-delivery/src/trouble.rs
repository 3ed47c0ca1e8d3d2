//! What went wrong between us and the relay, other than a plain answer about a message.
//!
//! Guarantee: `Display` and `Debug` hold no address, no login and no text of the server, so both
//! may be logged. Limit: certificate errors name host names.

use crate::reply::SmtpReply;
use std::fmt;
use std::io;

/// Where in the conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// Looking up the host and opening the connection.
    Connect,
    /// The TLS handshake.
    Handshake,
    /// The server's first line.
    Greeting,
    /// EHLO.
    Ehlo,
    /// STARTTLS.
    StartTls,
    /// AUTH.
    Auth,
    /// RSET.
    Reset,
    /// MAIL FROM.
    Mail,
    /// RCPT TO.
    Rcpt,
    /// DATA.
    Data,
    /// Writing the message.
    Body,
    /// Waiting for the reply to the final dot.
    Dot,
    /// The farewell.
    Quit,
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Phase::Connect => "connecting",
            Phase::Handshake => "the TLS handshake",
            Phase::Greeting => "the greeting",
            Phase::Ehlo => "EHLO",
            Phase::StartTls => "STARTTLS",
            Phase::Auth => "AUTH",
            Phase::Reset => "RSET",
            Phase::Mail => "MAIL FROM",
            Phase::Rcpt => "RCPT TO",
            Phase::Data => "DATA",
            Phase::Body => "sending the message",
            Phase::Dot => "waiting for the reply to the message",
            Phase::Quit => "QUIT",
        })
    }
}

/// A failure of the connection or of the conversation.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    /// The network said no.
    #[error("the connection to the relay failed during {phase}: {kind}")]
    Io {
        /// Where.
        phase: Phase,
        /// What.
        kind: io::ErrorKind,
    },
    /// The other end hung up.
    #[error("the relay closed the connection during {phase}")]
    Closed {
        /// Where.
        phase: Phase,
    },
    /// No answer in time.
    #[error("the relay did not answer in time during {phase}")]
    Timeout {
        /// Where.
        phase: Phase,
    },
    /// A line or reply without end.
    #[error("the relay sent a reply longer than any reply may be, during {phase}")]
    ReplyTooLong {
        /// Where.
        phase: Phase,
    },
    /// Not SMTP.
    #[error("what the relay sent during {phase} is not SMTP; check host, port and tls")]
    NotSmtp {
        /// Where.
        phase: Phase,
    },
    /// A reply that cannot follow what was asked, or one nobody asked for.
    #[error("the relay's replies are out of step during {phase}")]
    OutOfStep {
        /// Where.
        phase: Phase,
    },
    /// The relay turned the session away: greeting, EHLO, STARTTLS or AUTH.
    #[error("the relay refused {phase} with {}", reply.codes())]
    Refused {
        /// Where.
        phase: Phase,
        /// With which words.
        reply: SmtpReply,
    },
    /// STARTTLS is required and was not offered: perhaps somebody strips it.
    #[error("the relay does not offer STARTTLS; nothing was sent (use tls=implicit if it wants TLS at once)")]
    NoStartTls,
    /// Bytes stood behind the reply to STARTTLS, before the encryption (CVE-2011-0411).
    #[error("somebody put plain text in front of the encrypted connection; it was closed")]
    InjectedPlaintext,
    /// The certificate or the handshake is not acceptable.
    #[error("the TLS connection was refused by us: {0}")]
    Certificate(String),
    /// None of PLAIN and LOGIN was offered.
    #[error("the relay has a login configured but offers neither AUTH PLAIN nor AUTH LOGIN")]
    NoSharedAuth,
    /// `tls=none`, and the name led away from this machine.
    #[error("tls=none is allowed only to this machine, and the relay's name leads elsewhere")]
    NotLoopback,
    /// 8-bit content, and the relay cannot take it (RFC 6152).
    #[error("the message holds 8-bit text, and the relay offers no 8BITMIME")]
    EightBit,
    /// Above the relay's SIZE (RFC 1870).
    #[error("the message is larger than the {limit} bytes the relay takes")]
    TooBig {
        /// The relay's limit in bytes.
        limit: usize,
    },
}

impl Trouble {
    pub(crate) fn io(phase: Phase, error: &io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::UnexpectedEof => Trouble::Closed { phase },
            kind => Trouble::Io { phase, kind },
        }
    }
}
