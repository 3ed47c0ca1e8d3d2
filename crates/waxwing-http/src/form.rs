//! Forms of pages: read once by `guard`, which checks their seal, then parsed by [`SafeForm`].

use crate::{Fail, RouteInfo};
use axum::body::Body;
use axum::extract::{FromRequest, Request};
use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{Extensions, HeaderMap};
use http_body_util::{BodyExt as _, LengthLimitError};
use serde::de::DeserializeOwned;
use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

/// The longest that a whole form or document may take to arrive. Who sends was let in by the headers; who may send for
/// days acts by rights that have ended.
const PATIENCE: Duration = Duration::from_secs(60);

/// The body of a form whose seal was checked.
#[derive(Clone)]
pub(crate) struct FormBytes(Bytes);

/// A form of a page, parsed into `T`.
///
/// By the time it exists, its origin and its seal were checked. Repeated keys fill a `Vec`.
/// Take what people type as `String` and parse it in the handler, so that a mistake can be
/// shown beside its field: what does not fit `T` is answered as a malformed request.
#[derive(Clone, Copy, Debug)]
pub struct SafeForm<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for SafeForm<T> {
    type Rejection = Fail;
    async fn from_request(request: Request, _: &S) -> Result<Self, Fail> {
        let (parts, body) = request.into_parts();
        let bytes = match parts.extensions.get::<FormBytes>() {
            Some(FormBytes(bytes)) => bytes.clone(),
            None => {
                // An open door: no seal, but the same form.
                if !is_urlencoded(&parts.headers) {
                    return Err(not_a_form());
                }
                read(body, limit_of(&parts.extensions)).await?
            }
        };
        parse(&bytes).map(Self)
    }
}

pub(crate) fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Fail> {
    // The error of the parser may quote what was typed, so it is not passed on.
    serde_html_form::from_bytes(bytes).map_err(|_| {
        Fail::Malformed("A field of the form is missing or is not in the expected form. Load the page again.".into())
    })
}

/// The route's body limit in bytes, for messages.
pub(crate) fn limit_of(extensions: &Extensions) -> u64 {
    extensions.get::<Arc<RouteInfo>>().map_or(0, |route| route.body_limit)
}

fn not_a_form() -> Fail {
    Fail::Malformed("The body is not a form (application/x-www-form-urlencoded).".into())
}

/// Reads a form's body and keeps it with the request for its parser.
pub(crate) async fn keep(request: &mut Request, limit: u64, streams: bool) -> Result<(), Fail> {
    if streams {
        return Ok(());
    }
    if !is_urlencoded(request.headers()) {
        // A button without fields: its token came in the header, its body is empty.
        return Ok(());
    }
    let body = std::mem::replace(request.body_mut(), Body::empty());
    let bytes = read(body, limit).await?;
    *request.body_mut() = Body::from(bytes.clone());
    request.extensions_mut().insert(FormBytes(bytes));
    Ok(())
}

/// One field of a kept form.
pub(crate) fn value(form: &FormBytes, name: &str) -> Option<String> {
    pairs(form).into_iter().find(|(key, _)| key == name).map(|(_, value)| value)
}

/// Every field of a kept form, in its order; none of what is no form.
pub(crate) fn pairs(FormBytes(bytes): &FormBytes) -> Vec<(String, String)> {
    serde_html_form::from_bytes(bytes).unwrap_or_default()
}

/// Reads a whole body that `guard` has limited, within [`PATIENCE`]; `limit` is for the message.
pub(crate) async fn read(body: Body, limit: u64) -> Result<Bytes, Fail> {
    read_within(PATIENCE, body, limit).await
}

async fn read_within(patience: Duration, body: Body, limit: u64) -> Result<Bytes, Fail> {
    let whole = tokio::time::timeout(patience, body.collect()).await;
    let whole = whole.map_err(|_| Fail::Malformed("It took longer than a minute to arrive. Send it again.".into()))?;
    whole.map(|body| body.to_bytes()).map_err(|error| unreadable(&error, limit))
}

/// Too long, or broken off by the sender.
pub(crate) fn unreadable(error: &(dyn Error + 'static), limit: u64) -> Fail {
    let mut next = Some(error);
    while let Some(cause) = next {
        if cause.is::<LengthLimitError>() {
            return Fail::TooLarge(limit);
        }
        next = cause.source();
    }
    Fail::Malformed("The body ended early or could not be read.".into())
}

fn is_urlencoded(headers: &HeaderMap) -> bool {
    media_type(headers).eq_ignore_ascii_case("application/x-www-form-urlencoded")
}

/// The media type without its parameters.
pub(crate) fn media_type(headers: &HeaderMap) -> &str {
    let value = headers.get(CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    value.split(';').next().unwrap_or_default().trim()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_form_that_never_ends_is_given_up_although_each_piece_comes_in_time() {
        let drops = futures::stream::unfold((), |()| async {
            tokio::time::sleep(Duration::from_millis(5)).await;
            Some((Ok::<_, std::io::Error>(Bytes::from_static(b"a")), ()))
        });
        let given_up = read_within(Duration::from_millis(60), Body::from_stream(drops), 1_000).await;
        assert!(matches!(given_up, Err(Fail::Malformed(why)) if why.contains("longer than a minute")));
    }
}
