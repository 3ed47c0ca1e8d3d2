//! A sentence that survives one redirect: "Saved." on the page that follows a form.
//!
//! It rides in a short-lived cookie, so nothing personal belongs in it.

use crate::Tone;
use crate::cookies::Jar;
use crate::site::Site;
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::header::{LOCATION, SET_COOKIE};
use http::{HeaderMap, HeaderValue, StatusCode};

/// Longer sentences are cut, in characters.
const LONGEST: usize = 300;
/// A flash that was not shown within a minute is stale.
const MAX_AGE_SECONDS: u64 = 60;

/// What to tell the person on the next page.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Flash {
    /// Its colour and icon.
    pub tone: Tone,
    /// One sentence, nothing personal.
    pub message: String,
}

impl Flash {
    /// Something was done.
    pub fn good(message: impl Into<String>) -> Self {
        Self { tone: Tone::Good, message: message.into() }
    }
    /// Something to know.
    pub fn note(message: impl Into<String>) -> Self {
        Self { tone: Tone::Note, message: message.into() }
    }
    /// Something was not done.
    pub fn danger(message: impl Into<String>) -> Self {
        Self { tone: Tone::Danger, message: message.into() }
    }

    fn encode(&self) -> String {
        let message: String = self.message.chars().take(LONGEST).collect();
        URL_SAFE_NO_PAD.encode(format!("{}:{message}", self.tone.name()))
    }

    fn decode(text: &str) -> Option<Self> {
        let text = String::from_utf8(URL_SAFE_NO_PAD.decode(text).ok()?).ok()?;
        let (tone, message) = text.split_once(':')?;
        Some(Self { tone: Tone::parse(tone)?, message: message.chars().take(LONGEST).collect() })
    }

    /// The flash that came with a request.
    pub(crate) fn of(headers: &HeaderMap, site: &Site) -> Option<Self> {
        Self::decode(Jar::Flash.read(headers, &site.settings)?)
    }
}

/// "Go and see there": 303 after a form was handled, to a path of ours.
#[derive(Clone, Debug)]
pub struct SeeOther {
    path: String,
    flash: Option<Flash>,
    cookies: Vec<HeaderValue>,
}

impl SeeOther {
    /// To a path of this site. Anything else (`https://…`, `//host`, `\\host`) becomes `/`:
    /// no redirect of ours leads away.
    pub fn to(path: impl Into<String>) -> Self {
        let path = path.into();
        let path = if is_local(&path) { path } else { "/".to_owned() };
        Self { path, flash: None, cookies: Vec::new() }
    }
    /// With a sentence for the next page.
    pub fn flash(mut self, flash: Flash) -> Self {
        self.flash = Some(flash);
        self
    }
    /// With a `Set-Cookie` header of [`SessionCookie`](crate::SessionCookie) or [`DeviceCookie`](crate::DeviceCookie).
    pub fn cookie(mut self, header: HeaderValue) -> Self {
        self.cookies.push(header);
        self
    }
}

/// Whether `path` is an absolute path on this site and nothing that a browser reads as a host.
pub(crate) fn is_local(path: &str) -> bool {
    let mut bytes = path.bytes();
    bytes.next() == Some(b'/')
        && !matches!(bytes.next(), Some(b'/' | b'\\'))
        && path.bytes().all(|b| b > b' ' && b != 0x7f && b != b'\\')
}

/// A flash on its way out; `guard` turns it into a cookie, since only it knows the site.
#[derive(Clone)]
pub(crate) struct Outgoing(Flash);

impl Outgoing {
    pub(crate) fn header(&self, site: &Site) -> Option<HeaderValue> {
        Jar::Flash.set(&self.0.encode(), Some(MAX_AGE_SECONDS), &site.settings)
    }
}

impl IntoResponse for SeeOther {
    fn into_response(self) -> Response {
        let mut response = StatusCode::SEE_OTHER.into_response();
        // `is_local` leaves visible bytes only; text beyond ASCII is legal in a header value.
        let location = HeaderValue::try_from(self.path).unwrap_or_else(|_| HeaderValue::from_static("/"));
        response.headers_mut().insert(LOCATION, location);
        for cookie in self.cookies {
            response.headers_mut().append(SET_COOKIE, cookie);
        }
        if let Some(flash) = self.flash {
            response.extensions_mut().insert(Outgoing(flash));
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_redirect_never_leads_away() {
        for path in
            ["https://evil.example", "//evil.example", "/\\evil.example", "evil", "", "/a\r\nSet-Cookie: x", "/a\\b"]
        {
            assert!(!is_local(path), "{path}");
        }
        for path in ["/", "/audience?after=abc", "/campaigns/0000000000001#x"] {
            assert!(is_local(path), "{path}");
        }
    }

    #[test]
    fn a_flash_survives_its_cookie() {
        let flash = Flash::good("Saved “Newsletter”; 4,003 people.");
        assert_eq!(Flash::decode(&flash.encode()), Some(flash));
        for text in ["", "%%%", "Z29vZA", "eDp5"] {
            assert_eq!(Flash::decode(text), None, "{text}");
        }
    }
}
