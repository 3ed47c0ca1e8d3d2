//! What every request of one installation shares.

use crate::{Authenticate, Fail, Limiter, Settings};
use axum::extract::FromRequestParts;
use http::request::Parts;
use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use waxwing_domain::{Clock, Ctx, RequestId, Rng};

/// The installation as the web sees it: settings, the judge of credentials, time and chance.
#[derive(Clone)]
pub struct Site {
    /// Where it listens, what it is called, whom it trusts.
    pub settings: Settings,
    /// Who says whose a session or a key is.
    pub authenticate: Arc<dyn Authenticate>,
    /// Counters against guessing and flooding, shared by all features.
    pub limiter: Arc<Limiter>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// The chance.
    pub rng: Arc<dyn Rng>,
}

impl Site {
    /// A site with an empty limiter.
    pub fn new(
        settings: Settings,
        authenticate: Arc<dyn Authenticate>,
        clock: Arc<dyn Clock>,
        rng: Arc<dyn Rng>,
    ) -> Self {
        Self { settings, authenticate, limiter: Arc::new(Limiter::default()), clock, rng }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Site {
    type Rejection = Fail;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Fail> {
        Ok(Self::clone(&*site(parts)?))
    }
}

/// The site of a request; present behind [`front`](crate::front()) only.
pub(crate) fn site(parts: &Parts) -> Result<Arc<Site>, Fail> {
    parts.extensions.get().cloned().ok_or_else(|| Fail::internal(NotBehindFront))
}

/// A handler was mounted without the shell around it: a mistake of the wiring.
#[derive(Debug, thiserror::Error)]
#[error("this route is not mounted behind the web shell: wrap the router with waxwing_http::front")]
pub(crate) struct NotBehindFront;

/// What identifies one request in log, record and answer.
#[derive(Clone, Copy)]
pub struct RequestMark {
    /// Its number.
    pub id: RequestId,
    /// The network address of the client, seen through trusted proxies only.
    pub(crate) address: Option<IpAddr>,
}

impl fmt::Debug for RequestMark {
    /// Leaves out the network address.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequestMark").field("id", &self.id).finish_non_exhaustive()
    }
}

impl<S: Send + Sync> FromRequestParts<S> for RequestMark {
    type Rejection = Fail;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Fail> {
        parts.extensions.get().copied().ok_or_else(|| Fail::internal(NotBehindFront))
    }
}

/// The request's [`Ctx`], as a newtype because both trait and type are foreign here: write `Who(ctx): Who`.
#[derive(Clone, Debug)]
pub struct Who(pub Ctx);

impl<S: Send + Sync> FromRequestParts<S> for Who {
    type Rejection = Fail;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Fail> {
        parts.extensions.get::<Ctx>().cloned().map(Who).ok_or_else(|| Fail::internal(NotBehindFront))
    }
}
