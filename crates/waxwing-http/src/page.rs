//! Answers: our own pages, customers' HTML in a box, and files.

use crate::Fail;
use askama::Template;
use axum::body::Body;
use axum::response::{Html, IntoResponse, Response};
use http::header::{CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use http::{HeaderName, HeaderValue};

/// A page or a fragment of our own, rendered from its template. For another status than 200
/// answer `(StatusCode::UNPROCESSABLE_ENTITY, Page(form))`.
#[derive(Clone, Copy, Debug)]
pub struct Page<T>(pub T);

impl<T: Template> IntoResponse for Page<T> {
    fn into_response(self) -> Response {
        match self.0.render() {
            Ok(html) => Html(html).into_response(),
            Err(error) => Fail::from(error).into_response(),
        }
    }
}

/// HTML that a customer wrote, under a policy that makes it a picture: an origin of its own,
/// no script, no form, no request but for images.
///
/// Pictures of ours must be served with `Cross-Origin-Resource-Policy: cross-origin` to be seen in it.
#[derive(Clone)]
pub struct Sandboxed {
    html: String,
    policy: &'static str,
}

const PREVIEW: &str = "sandbox; default-src 'none'; img-src 'self' data: https:; style-src 'unsafe-inline'; \
     form-action 'none'; base-uri 'none'; frame-ancestors 'self'";
const HOSTED: &str = "sandbox allow-popups allow-popups-to-escape-sandbox allow-top-navigation-by-user-activation; \
     default-src 'none'; img-src 'self' data: https:; style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'; \
     frame-ancestors 'none'";

impl Sandboxed {
    /// For a frame on a page of ours; its links lead nowhere.
    pub fn preview(html: String) -> Self {
        Self { html, policy: PREVIEW }
    }
    /// For a window of its own ("view in browser"); its links work when clicked.
    pub fn hosted(html: String) -> Self {
        Self { html, policy: HOSTED }
    }
}

impl IntoResponse for Sandboxed {
    fn into_response(self) -> Response {
        let headers = [
            (CONTENT_SECURITY_POLICY, HeaderValue::from_static(self.policy)),
            (HeaderName::from_static("referrer-policy"), HeaderValue::from_static("no-referrer")),
        ];
        (headers, Html(self.html)).into_response()
    }
}

/// A file to save under `name`, never shown in the browser. Characters that a file name cannot
/// have everywhere become `_`.
pub fn download(name: &str, media_type: &'static str, body: impl Into<Body>) -> Response {
    let safe: String = name
        .chars()
        .take(120)
        .map(|c| if c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_') { c } else { '_' })
        .collect();
    let disposition = HeaderValue::try_from(format!("attachment; filename=\"{safe}\""))
        .unwrap_or_else(|_| HeaderValue::from_static("attachment"));
    let headers = [(CONTENT_TYPE, HeaderValue::from_static(media_type)), (CONTENT_DISPOSITION, disposition)];
    (headers, body.into()).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_download_has_a_name_that_breaks_nothing() {
        for (name, safe) in [
            ("people-2026.csv", "people-2026.csv"),
            ("../../etc/passwd", ".._.._etc_passwd"),
            ("a\"; filename=\"b.exe", "a___filename__b.exe"),
            ("two\r\nSet-Cookie: x", "two__Set-Cookie__x"),
            ("Zürich.csv", "Z_rich.csv"),
        ] {
            let answer = download(name, "text/csv; charset=utf-8", Body::empty());
            let disposition = answer.headers()[CONTENT_DISPOSITION].to_str().expect("ASCII");
            assert_eq!(disposition, format!("attachment; filename=\"{safe}\""), "{name}");
        }
        let long = download(&"x".repeat(500), "text/plain", Body::empty());
        assert!(long.headers()[CONTENT_DISPOSITION].len() < 160);
    }
}
