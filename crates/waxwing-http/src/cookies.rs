//! The five cookies: session, visitor (seals the forms of people who are not signed in), flash, device (tells a browser
//! from one that nobody signed in from before), and sso (binds a sign-in at an identity provider to the browser).
//!
//! Under https their names begin with `__Host-`: no other host and no plain-http page can set
//! them (RFC 6265bis §4.1.3.2). On loopback over plain http the prefix and `Secure` are left
//! out, because not every browser takes them there. Limit: ports do not separate cookies, so
//! another program on the same machine's loopback sees them; that is the developer's own.

use crate::{Fail, Settings, Site};
use axum::extract::FromRequestParts;
use http::header::{COOKIE, SET_COOKIE};
use http::request::Parts;
use http::{HeaderMap, HeaderValue};
use std::fmt;

/// The longest cookie value that is read, in bytes; longer ones are as good as absent.
const LONGEST: usize = 2_048;

/// Which cookie.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Jar {
    Session,
    Visitor,
    Flash,
    Device,
    Sso,
}

impl Jar {
    fn name(self, https: bool) -> &'static str {
        match (self, https) {
            (Jar::Session, true) => "__Host-waxwing_session",
            (Jar::Session, false) => "waxwing_session",
            (Jar::Visitor, true) => "__Host-waxwing_visitor",
            (Jar::Visitor, false) => "waxwing_visitor",
            (Jar::Flash, true) => "__Host-waxwing_flash",
            (Jar::Flash, false) => "waxwing_flash",
            (Jar::Device, true) => "__Host-waxwing_device",
            (Jar::Device, false) => "waxwing_device",
            (Jar::Sso, true) => "__Host-waxwing_sso",
            (Jar::Sso, false) => "waxwing_sso",
        }
    }

    /// The value that the browser sent.
    pub(crate) fn read<'h>(self, headers: &'h HeaderMap, settings: &Settings) -> Option<&'h str> {
        let name = self.name(settings.public().is_https());
        let pairs = headers.get_all(COOKIE).iter().filter_map(|v| v.to_str().ok()).flat_map(|v| v.split(';'));
        let mut values = pairs.filter_map(|pair| pair.trim().split_once('=')).filter(|(n, _)| *n == name);
        values.next().map(|(_, value)| value).filter(|value| !value.is_empty() && value.len() <= LONGEST)
    }

    /// The `Set-Cookie` header; `max_age` in seconds, none to last as long as the browser.
    /// `None` if the value has characters that no cookie can hold (ours are base 64 and base 32).
    pub(crate) fn set(self, value: &str, max_age: Option<u64>, settings: &Settings) -> Option<HeaderValue> {
        let https = settings.public().is_https();
        // Strict: a link from elsewhere opens signed out and is repaired by `guard` with one reload.
        // The visitor's seal must survive the click in a mail, and the provider sends the browser back: hence Lax.
        let same_site = if matches!(self, Jar::Session | Jar::Device) { "Strict" } else { "Lax" };
        let age = max_age.map(|seconds| format!("; Max-Age={seconds}")).unwrap_or_default();
        let secure = if https { "; Secure" } else { "" };
        if value.contains([';', ',', ' ', '"', '\\']) {
            return None;
        }
        let text = format!("{}={value}; Path=/; HttpOnly; SameSite={same_site}{age}{secure}", self.name(https));
        HeaderValue::try_from(text).ok()
    }

    /// Whether an answer sets it already.
    pub(crate) fn is_set(self, headers: &HeaderMap, settings: &Settings) -> bool {
        let name = self.name(settings.public().is_https());
        let lines = headers.get_all(SET_COOKIE).iter();
        lines.filter_map(|line| line.to_str().ok()?.split_once('=')).any(|(set, _)| set == name)
    }

    /// The header that makes the browser forget it.
    pub(crate) fn clear(self, settings: &Settings) -> Option<HeaderValue> {
        self.set("", Some(0), settings)
    }
}

/// The session token that came with a request. Its text is a secret.
#[derive(Clone)]
pub struct SessionToken(String);

impl SessionToken {
    pub(crate) fn of(headers: &HeaderMap, settings: &Settings) -> Option<Self> {
        Jar::Session.read(headers, settings).map(|text| Self(text.to_owned()))
    }
    /// The token, for looking up its session.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for SessionToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionToken(…)")
    }
}

/// Starts and ends sessions in the browser: an extractor that makes `Set-Cookie` headers.
#[derive(Clone, Debug)]
pub struct SessionCookie {
    settings: Settings,
    /// The token that came with the request, so that signing out can end its session.
    pub current: Option<SessionToken>,
}

impl SessionCookie {
    /// The header that signs the browser in with this token for as long as it is open, or, with
    /// `max_age`, for so many seconds. Append it to the answer of the sign-in.
    pub fn start(&self, token: &str, max_age: Option<u64>) -> Result<HeaderValue, Fail> {
        Jar::Session.set(token, max_age, &self.settings).ok_or_else(|| Fail::internal(TokenText))
    }
    /// The header that signs the browser out.
    pub fn end(&self) -> Result<HeaderValue, Fail> {
        Jar::Session.clear(&self.settings).ok_or_else(|| Fail::internal(TokenText))
    }
}

/// The mark of a browser: an extractor that reads it and makes its `Set-Cookie` header. What it says is the
/// application's; nobody is let in by it.
#[derive(Clone, Debug)]
pub struct DeviceCookie {
    settings: Settings,
    /// What the browser sent.
    pub current: Option<String>,
}

impl DeviceCookie {
    /// The header that has the browser keep this for so many seconds.
    pub fn keep(&self, mark: &str, max_age: u64) -> Result<HeaderValue, Fail> {
        Jar::Device.set(mark, Some(max_age), &self.settings).ok_or_else(|| Fail::internal(TokenText))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for DeviceCookie {
    type Rejection = Fail;
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Fail> {
        let settings = Site::from_request_parts(parts, state).await?.settings;
        let current = Jar::Device.read(&parts.headers, &settings).map(str::to_owned);
        Ok(Self { settings, current })
    }
}

/// What binds a sign-in at an identity provider to this browser: an extractor that reads it and makes its `Set-Cookie`
/// header. A secret; nobody is let in by it alone.
#[derive(Clone)]
pub struct SsoCookie {
    settings: Settings,
    /// What the browser sent.
    pub current: Option<String>,
}

impl fmt::Debug for SsoCookie {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SsoCookie(…)")
    }
}

impl SsoCookie {
    /// The header that has the browser keep this for so many seconds.
    pub fn keep(&self, token: &str, max_age: u64) -> Result<HeaderValue, Fail> {
        Jar::Sso.set(token, Some(max_age), &self.settings).ok_or_else(|| Fail::internal(TokenText))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for SsoCookie {
    type Rejection = Fail;
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Fail> {
        let settings = Site::from_request_parts(parts, state).await?.settings;
        let current = Jar::Sso.read(&parts.headers, &settings).map(str::to_owned);
        Ok(Self { settings, current })
    }
}

#[derive(Debug, thiserror::Error)]
#[error("a token holds characters that a cookie cannot carry")]
struct TokenText;

impl<S: Send + Sync> FromRequestParts<S> for SessionCookie {
    type Rejection = Fail;
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Fail> {
        let settings = Site::from_request_parts(parts, state).await?.settings;
        let current = SessionToken::of(&parts.headers, &settings);
        Ok(Self { settings, current })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(public: &str) -> Settings {
        Settings::new(public.parse().expect("valid"))
    }

    #[test]
    fn the_session_cookie_is_bound_to_the_host() {
        let header = Jar::Session.set("abc", None, &settings("https://a.example")).expect("set");
        assert_eq!(header, "__Host-waxwing_session=abc; Path=/; HttpOnly; SameSite=Strict; Secure");
        let header = Jar::Session.set("abc", Some(60), &settings("http://127.0.0.1:1")).expect("set");
        assert_eq!(header, "waxwing_session=abc; Path=/; HttpOnly; SameSite=Strict; Max-Age=60");
    }

    #[test]
    fn a_cookie_without_the_prefix_is_not_believed_under_https() {
        let mut headers = HeaderMap::new();
        headers.insert(COOKIE, HeaderValue::from_static("waxwing_session=planted; x=1"));
        assert!(SessionToken::of(&headers, &settings("https://a.example")).is_none());
        headers.insert(COOKIE, HeaderValue::from_static("x=1; __Host-waxwing_session=mine; y"));
        let token = SessionToken::of(&headers, &settings("https://a.example"));
        assert_eq!(token.map(|t| t.as_str().to_owned()), Some("mine".to_owned()));
    }

    #[test]
    fn a_value_cannot_add_attributes() {
        assert!(Jar::Session.set("a; Domain=evil.example", None, &settings("https://a.example")).is_none());
        assert!(Jar::Session.set("a\r\nX: y", None, &settings("https://a.example")).is_none());
    }
}
