//! What was answered.

use http::HeaderMap;
use std::fmt;

/// An answer, whole or its beginning, as the request asked. `Debug` shows the status.
pub struct Response {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Response {
    /// The status, 200 to 599 by any honest server; 100 to 999 by its form.
    pub fn status(&self) -> u16 {
        self.status
    }
    /// Whether the status is 200 to 299.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }
    /// A header's first value, if it is ASCII.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }
    /// The body, or its beginning.
    pub fn body(&self) -> &[u8] {
        &self.body
    }
    /// The body, or its beginning, to keep.
    pub fn into_body(self) -> Vec<u8> {
        self.body
    }
}

impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Response({}, {} bytes)", self.status, self.body.len())
    }
}
