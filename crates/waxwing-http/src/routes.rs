//! The one way to declare a route: method, path, [`Action`], handler.
//!
//! Promise: every route is listed in [`Finished::infos`], is guarded before its handler runs,
//! and, if it is an API route, stands in the OpenAPI document under the same path and method
//! that the server answers: both are read from one declaration.

use crate::{guard, openapi};
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::handler::Handler;
use axum::middleware::from_fn_with_state;
use axum::routing::{MethodFilter, MethodRouter, on};
use http::Method;
use std::sync::Arc;
use utoipa::openapi::OpenApi;
use waxwing_domain::Action;

const KIB: u64 = 1_024;
const MIB: u64 = 1_024 * KIB;

/// What a route is for, which decides credentials, seals, errors and limits.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// A page of a signed-in person: session cookie, sealed forms, HTML errors. 2 MiB.
    Page,
    /// A page for anybody: sealed forms, HTML errors. 64 KiB.
    Public,
    /// For anybody, from anywhere, without a seal: one-click unsubscribe, forms on other sites,
    /// health. What it changes must be harmless or proven by a token of its own. 64 KiB.
    Open,
    /// A document or picture that a customer made, for anybody: no cookie is read or set, and where
    /// [`Settings::with_content`](crate::Settings::with_content) names a host for them, they are
    /// served there, and nothing else is.
    Content,
    /// JSON for programs: API key, problem documents. 4 MiB.
    Api,
    /// A file of ours that never changes.
    Asset,
}

impl Kind {
    /// The longest body that is read, in bytes.
    const fn body_limit(self) -> u64 {
        match self {
            Kind::Page => 2 * MIB,
            Kind::Public | Kind::Open => 64 * KIB,
            Kind::Api => 4 * MIB,
            Kind::Content | Kind::Asset => 0,
        }
    }
}

/// One declared route.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RouteInfo {
    /// GET (which also answers HEAD), POST, …
    pub method: Method,
    /// The path with its `{segments}`.
    pub path: String,
    /// What the asker must be allowed to do.
    pub action: Action,
    /// What it is for.
    pub kind: Kind,
    /// The longest body that is read, in bytes.
    pub body_limit: u64,
    /// Whether a body is streamed: such a route has no overall time limit, only one between pieces,
    /// and its form seal is checked by [`Upload`](crate::Upload).
    pub streams: bool,
}

impl RouteInfo {
    /// The part of `path` that stands where this route has its first `{segment}`.
    pub(crate) fn named<'p>(&self, path: &'p str) -> Option<&'p str> {
        let at = self.path.split('/').position(|part| part.starts_with('{'))?;
        path.split('/').nth(at)
    }

    /// Whether the path carries a secret, so that it must not leak by `Referer`.
    pub(crate) fn has_token(&self) -> bool {
        self.path.contains("{token}")
    }
}

/// Routes in the making, over the application state `S`.
pub struct Routes<S> {
    router: Router<S>,
    infos: Vec<RouteInfo>,
    api: OpenApi,
    clashes: Vec<String>,
}

/// What [`Routes::finish`] yields.
pub struct Finished<S> {
    /// Mount this behind [`front`](crate::front()).
    pub router: Router<S>,
    /// Every route, for coverage tests.
    pub infos: Vec<RouteInfo>,
    /// The OpenAPI 3.1 document.
    pub api: OpenApi,
    /// Names that two different schemas of the document were given: the later one would hide the other.
    pub clashes: Vec<String>,
}

impl<S: Clone + Send + Sync + 'static> Default for Routes<S> {
    fn default() -> Self {
        Self::new()
    }
}

impl<S: Clone + Send + Sync + 'static> Routes<S> {
    /// No routes.
    pub fn new() -> Self {
        Self { router: Router::new(), infos: Vec::new(), api: openapi::empty(), clashes: Vec::new() }
    }

    /// A page of a signed-in person who may do `action`.
    pub fn page<H, T>(self, method: Method, path: &str, action: Action, handler: H) -> Self
    where
        H: Handler<T, S>,
        T: 'static,
    {
        self.add(info(method, path, action, Kind::Page), handler)
    }

    /// A page that takes one large streamed body of up to `limit` bytes by way of [`Upload`](crate::Upload).
    pub fn upload<H, T>(self, path: &str, action: Action, limit: u64, handler: H) -> Self
    where
        H: Handler<T, S>,
        T: 'static,
    {
        let route = info(Method::POST, path, action, Kind::Page);
        self.add(RouteInfo { body_limit: limit, streams: true, ..route }, handler)
    }

    /// A page for anybody; its forms are sealed to the visitor's browser.
    pub fn public<H, T>(self, method: Method, path: &str, handler: H) -> Self
    where
        H: Handler<T, S>,
        T: 'static,
    {
        self.add(info(method, path, Action::Public, Kind::Public), handler)
    }

    /// A door for anybody from anywhere, without a seal.
    pub fn open<H, T>(self, method: Method, path: &str, handler: H) -> Self
    where
        H: Handler<T, S>,
        T: 'static,
    {
        self.add(info(method, path, Action::Public, Kind::Open), handler)
    }

    /// A document or picture that a customer made, which the handler serves under a policy that runs nothing.
    pub fn content<H, T>(self, path: &str, handler: H) -> Self
    where
        H: Handler<T, S>,
        T: 'static,
    {
        self.add(info(Method::GET, path, Action::Public, Kind::Content), handler)
    }

    /// An API route, documented by `P`. Written with [`api!`](crate::api).
    pub fn operation<P, H, T>(mut self, action: Action, handler: H) -> Self
    where
        P: utoipa::Path + utoipa::__dev::SchemaReferences,
        H: Handler<T, S>,
        T: 'static,
    {
        let method = openapi::add::<P>(&mut self.api, &mut self.clashes, action);
        let kind = Kind::Api;
        self.add(info(method, &P::path(), action, kind), handler)
    }

    /// An API route that takes one large streamed body of up to `limit` bytes.
    pub fn streamed_operation<P, H, T>(mut self, action: Action, limit: u64, handler: H) -> Self
    where
        P: utoipa::Path + utoipa::__dev::SchemaReferences,
        H: Handler<T, S>,
        T: 'static,
    {
        let method = openapi::add::<P>(&mut self.api, &mut self.clashes, action);
        let route = info(method, &P::path(), action, Kind::Api);
        self.add(RouteInfo { body_limit: limit, streams: true, ..route }, handler)
    }

    /// The files of the interface, under `/assets/`.
    pub fn assets(self) -> Self {
        self.add(info(Method::GET, "/assets/{name}", Action::Public, Kind::Asset), crate::assets::serve)
    }

    /// These and those.
    pub fn merge(mut self, other: Self) -> Self {
        self.router = self.router.merge(other.router);
        self.infos.extend(other.infos);
        self.clashes.extend(other.clashes);
        self.clashes.extend(openapi::clashes(&self.api, openapi::schemas_of(&other.api)));
        self.api.merge(other.api);
        self
    }

    /// The router, its list and its document.
    pub fn finish(self) -> Finished<S> {
        let router = self
            .router
            .fallback(|| async { crate::Fail::NotFound })
            .method_not_allowed_fallback(|| async { crate::Fail::Method });
        Finished { router, infos: self.infos, api: self.api, clashes: self.clashes }
    }

    fn add<H, T>(mut self, route: RouteInfo, handler: H) -> Self
    where
        H: Handler<T, S>,
        T: 'static,
    {
        let filter = MethodFilter::try_from(route.method.clone()).unwrap_or(MethodFilter::GET);
        let guarded: MethodRouter<S> = on(filter, handler)
            // The guard limits bodies itself, for every kind of reader.
            .layer(DefaultBodyLimit::disable())
            .layer(from_fn_with_state(Arc::new(route.clone()), guard::guard));
        self.router = self.router.route(&route.path, guarded);
        self.infos.push(route);
        self
    }
}

fn info(method: Method, path: &str, action: Action, kind: Kind) -> RouteInfo {
    RouteInfo { method, path: path.to_owned(), action, kind, body_limit: kind.body_limit(), streams: false }
}

/// Adds an API route whose documentation is the handler's `#[utoipa::path]`.
///
/// ```ignore
/// let routes = api!(routes, Action::ListsRead, lists::api::index);
/// ```
#[macro_export]
macro_rules! api {
    ($routes:expr, $action:expr, $($segment:ident)::+) => {
        $crate::api!(@split $routes, $action, [] $($segment)+)
    };
    (@split $routes:expr, $action:expr, [$($module:ident)*] $name:ident) => {
        $crate::macros::paste! {
            $routes.operation::<$($module::)* [<__path_ $name>], _, _>($action, $($module::)* $name)
        }
    };
    (@split $routes:expr, $action:expr, [$($module:ident)*] $next:ident $($rest:ident)+) => {
        $crate::api!(@split $routes, $action, [$($module)* $next] $($rest)+)
    };
}
