//! A relay's login, kept out of logs and wiped from memory when dropped.
//!
//! Limit: copies that the TLS library or the operating system makes are beyond reach.

use std::fmt;
use zeroize::Zeroizing;

/// A text that must not be printed.
#[derive(Clone)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes ownership; the text is wiped when the last copy goes.
    pub fn new(text: String) -> Self {
        Self(Zeroizing::new(text))
    }
    /// The text, for the one place that sends it.
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// What a relay wants to know before it takes mail (RFC 4954).
#[derive(Clone, Debug)]
pub struct Login {
    /// User name. A secret too, for it often is an address or half of an API key.
    pub user: Secret,
    /// Password.
    pub password: Secret,
}

impl Login {
    /// Whether both sign in by the same password, whatever the user is called.
    pub fn same_password(&self, other: &Self) -> bool {
        self.password.expose() == other.password.expose()
    }
}
