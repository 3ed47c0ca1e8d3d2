//! Files that people send: streamed, so that a large one needs no memory.

use crate::form::unreadable;
use crate::guard::Sealing;
use crate::{Fail, RouteInfo, csrf};
use axum::extract::multipart::Field;
use axum::extract::{FromRequest, Multipart, Request};
use bytes::Bytes;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// The longest wait for the next piece of a body.
const PATIENCE: Duration = Duration::from_secs(30);
/// The longest that a whole upload may take.
const WHOLE: Duration = Duration::from_secs(60 * 60);

/// A multipart form whose seal was checked: by the header `X-CSRF-Token`, or because its first
/// field was a valid `csrf`. Read its other parts in the order the browser sends them.
pub struct Upload {
    multipart: Multipart,
    limit: u64,
    until: Instant,
}

impl<S: Send + Sync> FromRequest<S> for Upload {
    type Rejection = Fail;
    async fn from_request(request: Request, state: &S) -> Result<Self, Fail> {
        let by_header = request.headers().contains_key(csrf::HEADER);
        let sealing = request.extensions().get::<Sealing>().cloned().ok_or(Fail::Unsealed)?;
        let limit = request.extensions().get::<Arc<RouteInfo>>().map_or(0, |route| route.body_limit);
        let multipart = Multipart::from_request(request, state)
            .await
            .map_err(|_| Fail::Malformed("The body is not a file form (multipart/form-data).".into()))?;
        let mut upload = Self { multipart, limit, until: Instant::now() + WHOLE };
        if !by_header {
            upload.check_first_field(&sealing).await?;
        }
        Ok(upload)
    }
}

impl Upload {
    async fn check_first_field(&mut self, sealing: &Sealing) -> Result<(), Fail> {
        let first = self.next().await?.filter(|part| part.name() == csrf::FIELD).ok_or(Fail::Unsealed)?;
        let token = first.text(csrf::LENGTH).await.map_err(|_| Fail::Unsealed)?;
        if sealing.seal.verifies(&token) { Ok(()) } else { Err(Fail::Unsealed) }
    }

    /// The next part, or none after the last.
    pub async fn next(&mut self) -> Result<Option<Part<'_>>, Fail> {
        let limit = self.limit;
        let until = self.until;
        let next = tokio::time::timeout_at(soon(until), self.multipart.next_field()).await.map_err(|_| slow())?;
        let field = next.map_err(|error| unreadable(&error, limit))?;
        Ok(field.map(|field| Part { field, limit, until }))
    }
}

impl fmt::Debug for Upload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Upload(…)")
    }
}

/// One field of an upload: a text or a file.
pub struct Part<'a> {
    field: Field<'a>,
    limit: u64,
    until: Instant,
}

impl Part<'_> {
    /// The field's name.
    pub fn name(&self) -> &str {
        self.field.name().unwrap_or_default()
    }
    /// The file's name as the browser says, without folders. Never a path to write to.
    pub fn file_name(&self) -> Option<&str> {
        let name = self.field.file_name()?.rsplit(['/', '\\']).next().unwrap_or_default();
        (!name.is_empty()).then_some(name)
    }
    /// The next piece of the content, or none at its end.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, Fail> {
        let next = tokio::time::timeout_at(soon(self.until), self.field.chunk()).await.map_err(|_| slow())?;
        next.map_err(|error| unreadable(&error, self.limit))
    }
    /// The whole content, at most `limit` bytes of it.
    pub async fn bytes(mut self, limit: usize) -> Result<Vec<u8>, Fail> {
        let mut content = Vec::new();
        while let Some(chunk) = self.chunk().await? {
            if content.len() + chunk.len() > limit {
                return Err(Fail::TooLarge(limit as u64));
            }
            content.extend_from_slice(&chunk);
        }
        Ok(content)
    }
    /// The whole content as text, at most `limit` bytes of it.
    pub async fn text(self, limit: usize) -> Result<String, Fail> {
        let bytes = self.bytes(limit).await?;
        String::from_utf8(bytes).map_err(|_| Fail::Malformed("A field of the form is not UTF-8 text.".into()))
    }
}

impl fmt::Debug for Part<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Part(…)")
    }
}

/// When to give up the next piece: it is late, or the whole upload is.
fn soon(until: Instant) -> Instant {
    until.min(Instant::now() + PATIENCE)
}

fn slow() -> Fail {
    Fail::Malformed(
        "No data came for 30 seconds, or it took longer than an hour, so the upload was given up. Send it again."
            .into(),
    )
}
