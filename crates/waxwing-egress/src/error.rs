//! Why there is no answer, in words for the person who typed the address.
//!
//! Promise: no variant holds a path, a query, a header, a body or an inner address. Limit: from
//! the difference between "refused", "unreachable" and "no HTTP" one learns what a public host
//! does, as anybody could from outside.

use crate::address::Kind;
use crate::dns::{LookupError, ResolverError};
use crate::target::UrlError;
use crate::trust::RootsError;

/// The client could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// The resolver.
    #[error(transparent)]
    Resolver(#[from] ResolverError),
    /// The additional roots.
    #[error(transparent)]
    Roots(#[from] RootsError),
    /// TLS as such.
    #[error("TLS could not be set up: {0}")]
    Tls(#[from] rustls::Error),
    /// Caps that cannot work.
    #[error("the cap on headers must be at least 8192 bytes")]
    Caps,
}

/// What was wrong with the other side's TLS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TlsFault {
    /// For another host.
    #[error("its certificate is for another host")]
    Name,
    /// Past or future.
    #[error("its certificate is expired or not valid yet")]
    Time,
    /// From nobody this machine trusts.
    #[error("its certificate comes from an authority that is not trusted")]
    Issuer,
    /// Anything else that is wrong with the certificate.
    #[error("its certificate cannot be accepted")]
    Certificate,
    /// No TLS 1.2 or 1.3 that both sides speak.
    #[error("no secure connection could be agreed on")]
    Handshake,
}

/// Why there is no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EgressError {
    /// The process was started without outgoing requests.
    #[error("outgoing requests are not set up in this process")]
    Closed,
    /// The name could not be looked up.
    #[error("the host could not be looked up: {0}")]
    Lookup(#[from] LookupError),
    /// There is no such host.
    #[error("the host does not exist, or has no address")]
    NoAddress,
    /// The name leads where requests may not go. Nothing was sent.
    #[error("the host leads to {}, where requests may not go", .0.words())]
    Refused(Kind),
    /// No connection.
    #[error("the host does not accept connections")]
    Unreachable,
    /// The connection ends elsewhere than at the address that was judged.
    #[error("the connection led to another address than the one that was checked")]
    WrongPeer,
    /// TLS was refused.
    #[error("the host cannot be trusted: {0}")]
    Tls(TlsFault),
    /// No connection in time.
    #[error("the host did not accept a connection in time")]
    ConnectTimeout,
    /// No whole answer in time.
    #[error("the host did not answer in time")]
    Timeout,
    /// The connection broke before the answer was whole.
    #[error("the host broke the connection off before its answer was complete")]
    CutOff,
    /// Not HTTP.
    #[error("the host answered with something that is not HTTP")]
    Garbled,
    /// Status line and headers above the cap.
    #[error("the headers of the answer are larger than allowed")]
    HeadTooLarge,
    /// Body above the cap.
    #[error("the answer is larger than allowed")]
    BodyTooLarge,
    /// A compressed body although none was asked for.
    #[error("the answer is compressed although that was not asked for")]
    Encoded,
    /// A redirect to an address that is not taken.
    #[error("the host redirects to an address that is not allowed: {0}")]
    RedirectUrl(UrlError),
    /// More redirects than asked for.
    #[error("the host redirects too often")]
    TooManyRedirects,
}

impl EgressError {
    /// Whether the operator's rule said no, so that trying again changes nothing by itself.
    pub const fn is_refusal(self) -> bool {
        matches!(self, Self::Closed | Self::Refused(_) | Self::RedirectUrl(_))
    }
}
