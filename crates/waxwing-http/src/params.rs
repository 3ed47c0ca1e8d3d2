//! Queries and path segments, parsed or refused in our own words.

use crate::Fail;
use axum::extract::{FromRequestParts, Path};
use http::request::Parts;
use serde::de::DeserializeOwned;

/// The longest query that is read, in bytes.
const LONGEST_QUERY: usize = 8_192;

/// The query, parsed into `T`. Repeated keys fill a `Vec`.
#[derive(Clone, Copy, Debug)]
pub struct Params<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Params<T> {
    type Rejection = Fail;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Fail> {
        let query = parts.uri.query().unwrap_or_default();
        if query.len() > LONGEST_QUERY {
            return Err(Fail::Malformed("The part of the address after “?” is too long.".into()));
        }
        serde_html_form::from_str(query)
            .map(Self)
            .map_err(|_| Fail::Malformed("The part of the address after “?” is not in the expected form.".into()))
    }
}

/// A path segment (or a tuple of them), parsed into `T`; what does not parse names nothing: 404.
#[derive(Clone, Copy, Debug)]
pub struct Segment<T>(pub T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Segment<T> {
    type Rejection = Fail;
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Fail> {
        Path::<T>::from_request_parts(parts, state).await.map(|Path(value)| Self(value)).map_err(|_| Fail::NotFound)
    }
}
