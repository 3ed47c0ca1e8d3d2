//! The outermost layer: every request gets a number, a known host, strict headers, one log
//! line and, whatever happens inside, an answer.

use crate::render::{self, Reader, Worded};
use crate::routes::{Kind, RouteInfo};
use crate::settings::Door;
use crate::shell::{self, Identity};
use crate::{Fail, RequestMark, Site, address, headers};
use axum::Router;
use axum::extract::{ConnectInfo, MatchedPath, Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use futures::FutureExt as _;
use http::header::{COOKIE, HOST, SET_COOKIE};
use http::{HeaderValue, StatusCode};
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
    let door = door(&site, &request);
    if let Ok(door) = door {
        request.extensions_mut().insert(door);
    }
    let kind = if request.uri().path().starts_with("/api/") { Kind::Api } else { Kind::Public };
    let reader = Reader::of(&request, kind, mark.id);
    request.extensions_mut().insert(mark);
    request.extensions_mut().insert(site.clone());
    let mut response = match &door {
        Ok(Door::Interface) => answer(request, next).await,
        Ok(Door::Content) => at_content(request, next).await,
        Err(fail) => fail.clone().into_response(),
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
fn door(site: &Site, request: &Request) -> Result<Door, Fail> {
    let mut hosts = request.headers().get_all(HOST).iter();
    let host = hosts.next().and_then(|v| v.to_str().ok()).ok_or(Fail::Misdirected)?;
    match (site.settings.door(host), hosts.next()) {
        (Some(door), None) => Ok(door),
        _ => Err(Fail::Misdirected),
    }
}

/// On the host of customers' content no cookie is read or set, whatever a handler does, and what is
/// not content is not found, whatever the method.
async fn at_content(mut request: Request, next: Next) -> Response {
    request.headers_mut().remove(COOKIE);
    let mut response = answer(request, next).await;
    if response.status() == StatusCode::METHOD_NOT_ALLOWED {
        return Fail::NotFound.into_response();
    }
    response.headers_mut().remove(SET_COOKIE);
    response
}

/// Runs the rest; a panic there becomes an internal failure.
async fn answer(request: Request, next: Next) -> Response {
    let caught = AssertUnwindSafe(next.run(request)).catch_unwind().await;
    caught.unwrap_or_else(|_| Fail::internal(Panicked).into_response())
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
