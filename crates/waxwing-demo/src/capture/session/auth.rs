//! Signing in with a name and a password (RFC 4954): PLAIN (RFC 4616) and LOGIN.
//!
//! Promise: with credentials set, no mail is taken before the right ones were given; the
//! comparison is plain, for these are passwords of tests. Limit: it is offered without encryption
//! too, since the server is on loopback.

use super::super::wire::WireError;
use super::{Next, Session};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use smtp_proto::{AUTH_LOGIN, AUTH_PLAIN};
use std::fmt;
use tokio::io::{AsyncRead, AsyncWrite};

/// The one account of a capture server.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    /// Who signs in.
    pub user: String,
    /// With what.
    pub password: String,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credentials(…)")
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Session<S> {
    /// Whether mail must wait for AUTH.
    pub(super) fn must_sign_in(&self) -> bool {
        self.shared.options.credentials.is_some() && !self.signed_in
    }

    /// AUTH, with the steps that its mechanism needs.
    pub(super) async fn auth(&mut self, mechanism: u64, initial: &str) -> Result<Next, WireError> {
        let Some(expected) = self.shared.options.credentials.clone() else {
            return Ok(self.bad(502, "5.5.1", "Not offered here"));
        };
        if !self.greeted || self.signed_in || self.mail.is_some() {
            return Ok(self.bad(503, "5.5.1", "Not now"));
        }
        let given = match mechanism {
            AUTH_PLAIN => self.plain(initial).await?,
            AUTH_LOGIN => self.login(initial).await?,
            _ => return Ok(self.bad(504, "5.5.4", "PLAIN or LOGIN")),
        };
        if given.as_ref() != Some(&expected) {
            return Ok(self.bad(535, "5.7.8", "Name or password is wrong"));
        }
        self.signed_in = true;
        Ok(self.say(235, "2.7.0", "Welcome"))
    }

    /// `authorisation NUL name NUL password`, in one step.
    async fn plain(&mut self, initial: &str) -> Result<Option<Credentials>, WireError> {
        let answer = match initial {
            "" => self.challenge("").await?,
            initial => decoded(initial.as_bytes()),
        };
        let mut parts = answer.as_deref().unwrap_or_default().split('\0').skip(1);
        let (user, password) = (parts.next(), parts.next());
        Ok(user
            .zip(password)
            .map(|(user, password)| Credentials { user: user.to_owned(), password: password.to_owned() }))
    }

    /// Name and password, each asked for.
    async fn login(&mut self, initial: &str) -> Result<Option<Credentials>, WireError> {
        let user = match initial {
            "" => self.challenge("Username:").await?,
            initial => decoded(initial.as_bytes()),
        };
        let password = self.challenge("Password:").await?;
        Ok(user.zip(password).map(|(user, password)| Credentials { user, password }))
    }

    /// Asks and reads one line; nothing if it is not base64 of UTF-8, as `*` (cancel) is not.
    async fn challenge(&mut self, question: &str) -> Result<Option<String>, WireError> {
        let question = format!("334 {}\r\n", STANDARD.encode(question));
        self.wire.output().extend_from_slice(question.as_bytes());
        let mut line = Vec::new();
        self.wire.line(&mut line, self.shared.options.limits.command_line).await?;
        Ok(decoded(line.trim_ascii()))
    }
}

fn decoded(text: &[u8]) -> Option<String> {
    // RFC 4954 §4: a lone equals sign is the empty answer.
    let text = if text == b"=" { &b""[..] } else { text };
    STANDARD.decode(text).ok().and_then(|bytes| String::from_utf8(bytes).ok())
}
