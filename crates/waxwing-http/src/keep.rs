//! The last look: an answer leaves only while the credential that asked for it is still worth something.
//!
//! Promise: no answer is released, and no further chunk of one that streams, once the gate has turned
//! against whoever asked. Limit: what was handed to the socket before is out.

use crate::{Authenticate, Fail};
use axum::body::{Body, Bytes, HttpBody as _};
use axum::response::Response;
use http_body_util::BodyExt as _;
use std::sync::Arc;
use waxwing_domain::Ctx;

/// Whether a gate was asked when this request was let in, so that it is asked again.
pub(crate) const fn is_watched(ctx: &Ctx) -> bool {
    ctx.entered.is_some()
}

/// Refuses an answer to somebody whose credential was revoked since they asked.
pub(crate) async fn still_holds(authenticate: &dyn Authenticate, ctx: &Ctx) -> Result<(), Fail> {
    authenticate.holds(ctx).await?.ok_or(Fail::SignIn)
}

/// The same response; a body that is still being made is looked at again before each of its chunks.
pub(crate) fn watched(response: Response, authenticate: Arc<dyn Authenticate>, ctx: Ctx) -> Response {
    if response.body().size_hint().exact().is_some() {
        return response;
    }
    response.map(|body| {
        let state = (body, authenticate, ctx);
        Body::from_stream(futures::stream::try_unfold(state, |(mut body, authenticate, ctx)| async move {
            let Some(bytes) = chunk(&mut body).await? else { return Ok(None) };
            still_holds(&*authenticate, &ctx).await.map_err(|_| axum::Error::new(Revoked))?;
            Ok::<_, axum::Error>(Some((bytes, (body, authenticate, ctx))))
        }))
    })
}

/// The next bytes; trailers are nobody's here.
async fn chunk(body: &mut Body) -> Result<Option<Bytes>, axum::Error> {
    while let Some(frame) = body.frame().await {
        if let Ok(bytes) = frame?.into_data() {
            return Ok(Some(bytes));
        }
    }
    Ok(None)
}

/// Ends a stream where it is.
#[derive(Debug, thiserror::Error)]
#[error("the credential was revoked while the answer was on its way")]
struct Revoked;
