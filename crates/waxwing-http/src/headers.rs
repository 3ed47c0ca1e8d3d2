//! The headers that every answer leaves with.

use crate::Settings;
use crate::routes::{Kind, RouteInfo};
use axum::response::Response;
use http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY};
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
    headers.entry(CONTENT_SECURITY_POLICY).or_insert_with(|| policy(settings));
    set(headers, HeaderName::from_static("x-content-type-options"), "nosniff");
    set(headers, HeaderName::from_static("cross-origin-opener-policy"), "same-origin");
    set(headers, HeaderName::from_static("cross-origin-resource-policy"), "same-origin");
    set(headers, HeaderName::from_static("permissions-policy"), PERMISSIONS);
    set(headers, REFERRER_POLICY, if token { "no-referrer" } else { "same-origin" });
    if !asset {
        set(headers, CACHE_CONTROL, "no-store");
    }
    if settings.public().is_https() {
        set(headers, STRICT_TRANSPORT_SECURITY, "max-age=63072000");
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
