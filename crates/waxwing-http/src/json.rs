//! JSON bodies of the API.

use crate::Fail;
use crate::form::{limit_of, media_type, read};
use axum::extract::{FromRequest, Request};
use serde::de::DeserializeOwned;

/// A JSON body, parsed into `T`; what does not parse becomes a problem document.
#[derive(Clone, Copy, Debug)]
pub struct ApiJson<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for ApiJson<T> {
    type Rejection = Fail;
    async fn from_request(request: Request, _: &S) -> Result<Self, Fail> {
        let limit = limit_of(request.extensions());
        let kind = media_type(request.headers());
        if !(kind.eq_ignore_ascii_case("application/json") || kind.ends_with("+json")) {
            return Err(Fail::Malformed("Send the body as JSON with Content-Type: application/json.".into()));
        }
        let bytes = read(request.into_body(), limit).await?;
        // The parser's words go back to the one who sent the body, and nowhere else.
        serde_json::from_slice(&bytes).map(Self).map_err(|error| match error.is_data() {
            true => Fail::invalid("body", error.to_string()),
            false => Fail::Malformed(format!("The body is not valid JSON: {error}.")),
        })
    }
}
