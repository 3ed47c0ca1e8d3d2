//! Erasure for programs.

use super::{Certificate, Erasure, Waiting};
use crate::{App, Error};
use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;
use waxwing_domain::{Action, SubjectNo};
use waxwing_http::{Fail, Problem, Routes, Segment, Who, api};

pub(super) fn routes(routes: Routes<App>) -> Routes<App> {
    let routes = api!(routes, Action::SubscribersErase, erase);
    let routes = api!(routes, Action::SubscribersErase, delete);
    api!(routes, Action::SubscribersErase, certificate)
}

/// What can be stated about an erasure.
#[derive(Serialize, ToSchema)]
pub(super) struct CertificateView {
    /// The number of the person who was erased.
    #[schema(value_type = u32)]
    subscriber: SubjectNo,
    /// When (RFC 3339).
    erased_at: String,
    /// The newest epoch key of that moment.
    epoch: u32,
    /// That key is destroyed, so that copies of the person's key are useless without an older key backup.
    beyond_reach: bool,
}

impl CertificateView {
    fn new(app: &App, c: &Certificate) -> Self {
        let beyond_reach = c.is_beyond_reach(app);
        Self { subscriber: c.subject, erased_at: c.erased_at.to_string(), epoch: c.epoch, beyond_reach }
    }
}

/// An erasure that waits.
#[derive(Serialize, ToSchema)]
pub(super) struct ErasureWaiting {
    /// The number of the person who is to be erased.
    #[schema(value_type = u32)]
    subscriber: SubjectNo,
    /// When it was asked for (RFC 3339).
    asked_at: String,
    /// Why it waits, to be told to the person.
    reason: &'static str,
}

impl From<Waiting> for ErasureWaiting {
    fn from(waiting: Waiting) -> Self {
        let reason = "A legal hold keeps what may be needed for legal claims (GDPR Art. 17(3)(e)). The person gets \
                      nothing more (Art. 18) and is erased when the hold is released.";
        Self { subscriber: waiting.subject, asked_at: waiting.asked_at.to_string(), reason }
    }
}

fn answer(app: &App, erasure: Erasure) -> Response {
    match erasure {
        Erasure::Done(certificate) => Json(CertificateView::new(app, &certificate)).into_response(),
        Erasure::Waits(waiting) => (StatusCode::ACCEPTED, Json(ErasureWaiting::from(waiting))).into_response(),
    }
}

/// Erases a person for good and keeps the address from being brought in again. Cannot be undone. Under a legal
/// hold it waits, and the person gets nothing more.
#[utoipa::path(post, path = "/api/v1/subscribers/{id}/erase", tag = "subscribers",
    params(("id" = u32, Path, description = "The person's number.")),
    responses((status = 200, description = "Erased.", body = CertificateView),
        (status = 202, description = "It waits for a legal hold.", body = ErasureWaiting)))]
async fn erase(State(app): State<App>, Who(ctx): Who, Segment(subject): Segment<SubjectNo>) -> Result<Response, Fail> {
    let mut tx = app.begin(&ctx, "erasure.erase").await?;
    let erasure = super::erase(&app, &mut tx, &ctx, subject).await?;
    tx.commit().await.map_err(Error::from)?;
    Ok(answer(&app, erasure))
}

/// The certificate of an erasure, or why it waits.
#[utoipa::path(get, path = "/api/v1/erasures/{id}", tag = "subscribers",
    params(("id" = u32, Path, description = "The number of the person who was erased.")),
    responses((status = 200, description = "The certificate.", body = CertificateView),
        (status = 202, description = "It waits for a legal hold.", body = ErasureWaiting)))]
async fn certificate(
    State(app): State<App>,
    Who(ctx): Who,
    Segment(subject): Segment<SubjectNo>,
) -> Result<Response, Fail> {
    let mut tx = app.read(&ctx, "erasure.certificate").await?;
    let found = match super::waiting(&mut tx, subject).await? {
        Some(waiting) => Some(Erasure::Waits(waiting)),
        None => super::certificate(&mut tx, subject).await?.map(Erasure::Done),
    };
    Ok(answer(&app, found.ok_or(Fail::NotFound)?))
}

/// Deletes a person without a trace; the address can be brought in again. To keep it out, erase.
#[utoipa::path(delete, path = "/api/v1/subscribers/{id}", tag = "subscribers",
    params(("id" = u32, Path, description = "The person's number.")),
    responses((status = 204, description = "Deleted."),
        (status = 409, description = "A legal hold keeps the person.", body = Problem)))]
async fn delete(
    State(app): State<App>,
    Who(ctx): Who,
    Segment(subject): Segment<SubjectNo>,
) -> Result<StatusCode, Fail> {
    let mut tx = app.begin(&ctx, "erasure.delete").await?;
    super::delete(&app, &mut tx, &ctx, subject).await?;
    tx.commit().await.map_err(Error::from)?;
    Ok(StatusCode::NO_CONTENT)
}
