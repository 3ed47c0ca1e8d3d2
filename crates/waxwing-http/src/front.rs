//! The outermost layer: every request gets a number, a known host, strict headers, one log
//! line and, whatever happens inside, an answer.

use crate::render::{self, Reader, Worded};
use crate::routes::{Kind, RouteInfo};
use crate::shell::{self, Identity};
use crate::{Fail, RequestMark, Site, address, headers};
use axum::Router;
use axum::extract::{ConnectInfo, MatchedPath, Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use futures::FutureExt as _;
use http::HeaderValue;
use http::header::HOST;
use std::net::SocketAddr;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Instant;
use tower_http::compression::CompressionLayer;
use waxwing_domain::RequestId;

/// Wraps a finished router; the result is what [`Server`](crate::Server) serves.
pub fn front(router: Router, site: Site) -> Router {
    let site = Arc::new(site);
    router.layer(from_fn_with_state(site, enter)).layer(CompressionLayer::new().gzip(true))
}

async fn enter(State(site): State<Arc<Site>>, mut request: Request, next: Next) -> Response {
    let started = Instant::now();
    let mark = mark(&site, &request);
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().map_or("none", MatchedPath::as_str).to_owned();
    let kind = if request.uri().path().starts_with("/api/") { Kind::Api } else { Kind::Public };
    let reader = Reader::of(&request, kind, mark.id);
    request.extensions_mut().insert(mark);
    request.extensions_mut().insert(site.clone());
    let mut response = match known_host(&site, &request) {
        Ok(()) => answer(request, next).await,
        Err(fail) => axum::response::IntoResponse::into_response(fail),
    };
    if let Some(fail) = unworded(&response) {
        let allow = response.headers().get(http::header::ALLOW).cloned();
        response = reader.refusal(&fail, &shell::bare(&Identity::default(), reader.path(), None));
        response.headers_mut().extend(allow.map(|value| (http::header::ALLOW, value)));
    }
    headers::secure(&mut response, &site.settings);
    if let Ok(id) = HeaderValue::try_from(mark.id.to_string()) {
        response.headers_mut().insert("x-request-id", id);
    }
    // The route's pattern, never the path: paths carry tokens and ids, queries carry anything.
    let milliseconds = started.elapsed().as_millis();
    tracing::info!(request = %mark.id, %method, route, status = response.status().as_u16(), milliseconds, "answered");
    response
}

fn mark(site: &Site, request: &Request) -> RequestMark {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
    let address = address::client(peer, request.headers(), &site.settings.trusted_proxies);
    RequestMark { id: RequestId::fresh(&*site.clock, &*site.rng), address }
}

/// The `Host` must be one of our names to the letter, or another site's name that was pointed
/// at this machine (DNS rebinding) would count as ours.
fn known_host(site: &Site, request: &Request) -> Result<(), Fail> {
    let mut hosts = request.headers().get_all(HOST).iter();
    let host = hosts.next().and_then(|v| v.to_str().ok()).ok_or(Fail::Misdirected)?;
    match (site.settings.origin_of_host(host), hosts.next()) {
        (Some(_), None) => Ok(()),
        _ => Err(Fail::Misdirected),
    }
}

/// Runs the rest; a panic there becomes an internal failure.
async fn answer(request: Request, next: Next) -> Response {
    let caught = AssertUnwindSafe(next.run(request)).catch_unwind().await;
    caught.unwrap_or_else(|_| axum::response::IntoResponse::into_response(Fail::internal(Panicked)))
}

#[derive(Debug, thiserror::Error)]
#[error("a handler panicked; the panic message stands before this line")]
struct Panicked;

/// The failure of an answer that nobody gave words to: unmatched paths, refused hosts, panics.
fn unworded(response: &Response) -> Option<Fail> {
    if response.extensions().get::<Worded>().is_some() || response.extensions().get::<Arc<RouteInfo>>().is_some() {
        return None;
    }
    response.extensions().get::<Fail>().cloned().or_else(|| render::bare_rejection(response, 0))
}
