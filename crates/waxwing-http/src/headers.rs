//! The headers that every answer leaves with.

use crate::Settings;
use crate::routes::{Kind, RouteInfo};
use axum::response::Response;
use http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, SET_COOKIE, STRICT_TRANSPORT_SECURITY};
use http::{HeaderMap, HeaderName, HeaderValue};
use std::sync::Arc;

/// Nothing inline, nothing evaluated, nothing from elsewhere. `frame-src` is for the previews,
/// which bring a stricter policy of their own; `data:` pictures are the icons of form controls.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; \
     font-src 'none'; frame-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/// What a page of ours never needs.
const PERMISSIONS: &str = "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=(), \
     interest-cohort=(), browsing-topics=(), clipboard-write=(self), publickey-credentials-get=(self)";

/// Leaves the route with the answer, for `secure`.
pub(crate) fn mark(response: &mut Response, route: Arc<RouteInfo>) {
    response.extensions_mut().insert(route);
}

/// Adds what is missing. A handler's own policy stands: it knows better what it serves.
pub(crate) fn secure(response: &mut Response, settings: &Settings) {
    let route = response.extensions().get::<Arc<RouteInfo>>().cloned();
    let token = route.as_ref().is_some_and(|route| route.has_token());
    let asset = route.is_some_and(|route| route.kind == Kind::Asset);
    let headers = response.headers_mut();
    let policy = headers.entry(CONTENT_SECURITY_POLICY).or_insert_with(|| policy(settings));
    refuse_frames(policy);
    set(headers, HeaderName::from_static("x-content-type-options"), "nosniff");
    set(headers, HeaderName::from_static("cross-origin-opener-policy"), "same-origin");
    set(headers, HeaderName::from_static("cross-origin-resource-policy"), "same-origin");
    set(headers, HeaderName::from_static("permissions-policy"), PERMISSIONS);
    set(headers, REFERRER_POLICY, if token { "no-referrer" } else { "same-origin" });
    if !asset {
        set(headers, CACHE_CONTROL, "no-store");
    }
    if settings.public().is_https() {
        set(headers, STRICT_TRANSPORT_SECURITY, strict_transport(settings));
    }
    if ends_session(headers) {
        set(headers, HeaderName::from_static("clear-site-data"), "\"cache\"");
    }
}

/// Two years; for the names below this one too, unless the operator has some that speak no HTTPS.
const fn strict_transport(settings: &Settings) -> &'static str {
    if settings.hsts_subdomains { "max-age=63072000; includeSubDomains" } else { "max-age=63072000" }
}

/// Whether the browser is told to forget its session: then it forgets what it kept of its pages, too.
fn ends_session(headers: &HeaderMap) -> bool {
    let mut lines = headers.get_all(SET_COOKIE).iter().filter_map(|line| line.to_str().ok());
    lines.any(|line| line.trim_start_matches("__Host-").starts_with("waxwing_session=;"))
}

/// A handler's policy that says nothing of frames would allow all of them: that word has no fallback (CSP 3 §6.4.2).
fn refuse_frames(policy: &mut HeaderValue) {
    let Ok(text) = policy.to_str() else { return };
    if text.contains("frame-ancestors") {
        return;
    }
    if let Ok(whole) = HeaderValue::try_from(format!("{text}; frame-ancestors 'none'")) {
        *policy = whole;
    }
}

/// Our own policy; pictures of customers may be shown from where they are served.
fn policy(settings: &Settings) -> HeaderValue {
    let whole =
        settings.content().map(|content| POLICY.replace("img-src 'self'", &format!("img-src 'self' {content}")));
    // A host name that a header cannot carry is not one; then pictures stay away and nothing else changes.
    whole.and_then(|text| HeaderValue::try_from(text).ok()).unwrap_or(HeaderValue::from_static(POLICY))
}

fn set(headers: &mut HeaderMap, name: HeaderName, value: &'static str) {
    headers.entry(name).or_insert(HeaderValue::from_static(value));
}
