//! What is asked.
//!
//! Promise: the headers that frame a message are the client's own; nobody can set them, and no
//! value can break out of its line. `Debug` shows method and origin. Limit: header values and body
//! are kept in ordinary memory until the request is done.

use crate::target::Target;
use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use http::{HeaderMap, Method};
use std::fmt;
use std::time::Duration;

/// The most redirects that can be asked for.
pub(crate) const MAX_REDIRECTS: u8 = 3;

/// A header that cannot be set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this header cannot be set: it is the client's own, or it holds what a header cannot hold")]
pub struct HeaderError;

/// How much of the body is kept.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Keep {
    /// All of it; more than the cap is an error.
    Whole(usize),
    /// Its beginning; the rest is not even read.
    Beginning(usize),
}

/// A request.
#[derive(Clone)]
pub struct Request {
    pub(crate) target: Target,
    pub(crate) method: Method,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    pub(crate) keep: Keep,
    pub(crate) redirects: u8,
    pub(crate) total: Option<Duration>,
}

impl Request {
    fn new(method: Method, target: Target, body: Bytes) -> Self {
        let keep = Keep::Whole(usize::MAX);
        Self { target, method, headers: HeaderMap::new(), body, keep, redirects: 0, total: None }
    }

    /// A GET.
    pub fn get(target: Target) -> Self {
        Self::new(Method::GET, target, Bytes::new())
    }

    /// A POST of `body`.
    ///
    /// # Errors
    /// If `content_type` is no header value.
    pub fn post(target: Target, content_type: &str, body: impl Into<Bytes>) -> Result<Self, HeaderError> {
        let mut request = Self::new(Method::POST, target, body.into());
        let value = HeaderValue::from_str(content_type).map_err(|_| HeaderError)?;
        request.headers.insert(CONTENT_TYPE, value);
        Ok(request)
    }

    /// Sets a header. On a redirect to another origin all of them are left behind.
    ///
    /// # Errors
    /// If it is one of those that frame a message, or holds what a header cannot hold.
    pub fn header(mut self, name: &str, value: &str) -> Result<Self, HeaderError> {
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| HeaderError)?;
        let mut value = HeaderValue::from_str(value).map_err(|_| HeaderError)?;
        if OWN.contains(&name.as_str()) {
            return Err(HeaderError);
        }
        value.set_sensitive(true);
        self.headers.insert(name, value);
        Ok(self)
    }

    /// Takes the whole body, if it has at most `bytes`; the configuration's cap still holds.
    #[must_use]
    pub fn body_up_to(mut self, bytes: usize) -> Self {
        self.keep = Keep::Whole(bytes);
        self
    }

    /// Takes the first `bytes` of the body and leaves the rest unread: an endless answer is none
    /// the worse. A compressed body is left out.
    #[must_use]
    pub fn excerpt(mut self, bytes: usize) -> Self {
        self.keep = Keep::Beginning(bytes);
        self
    }

    /// Follows up to `hops` redirects, at most three. Only a GET is ever redirected; each hop is
    /// judged like the first, and never leaves HTTPS.
    #[must_use]
    pub fn follow_redirects(mut self, hops: u8) -> Self {
        self.redirects = hops.min(MAX_REDIRECTS);
        self
    }

    /// The whole must be done within `total`, if that is shorter than the configuration's cap.
    #[must_use]
    pub fn within(mut self, total: Duration) -> Self {
        self.total = Some(total);
        self
    }
}

/// Headers that are the client's own.
const OWN: &[&str] = &[
    "host",
    "content-length",
    "transfer-encoding",
    "connection",
    "keep-alive",
    "proxy-connection",
    "proxy-authorization",
    "te",
    "trailer",
    "upgrade",
    "expect",
    "accept-encoding",
    "user-agent",
    "cookie",
];

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.target.origin())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Exceptions;

    fn get() -> Request {
        Request::get(Target::parse("https://example.org/s3cr3t", &Exceptions::default()).expect("an address"))
    }

    #[test]
    fn headers_that_frame_a_message_cannot_be_set() {
        for name in ["Host", "content-length", "Transfer-Encoding", "connection", "te", "cookie", "user-agent"] {
            assert!(get().header(name, "x").is_err(), "{name}");
        }
        for (name, value) in [("x-a", "a\r\nx-b: c"), ("x a", "b"), ("x-a\r\n", "b"), ("", "b"), ("x-a", "\0")] {
            assert!(get().header(name, value).is_err(), "{name:?}: {value:?}");
        }
        let body = Request::post(get().target, "text/plain\r\nx: y", Bytes::new());
        assert!(body.is_err());
    }

    #[test]
    fn a_request_shows_neither_path_nor_header() {
        let request = get().header("authorization", "Bearer s3cr3t").expect("a header");
        assert_eq!(format!("{request:?}"), "GET https://example.org");
    }

    #[test]
    fn more_than_three_redirects_cannot_be_asked_for() {
        assert_eq!(get().follow_redirects(200).redirects, 3);
    }
}
