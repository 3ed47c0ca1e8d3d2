//! Erasure for programs.

use super::Certificate;
use crate::{App, Error};
use axum::Json;
use axum::extract::State;
use http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;
use waxwing_domain::{Action, SubjectNo};
use waxwing_http::{Fail, Routes, Segment, Who, api};

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

/// Erases a person for good and keeps the address from being brought in again. Cannot be undone.
#[utoipa::path(post, path = "/api/v1/subscribers/{id}/erase", tag = "subscribers",
    params(("id" = u32, Path, description = "The person's number.")),
    responses((status = 200, description = "Erased.", body = CertificateView)))]
async fn erase(
    State(app): State<App>,
    Who(ctx): Who,
    Segment(subject): Segment<SubjectNo>,
) -> Result<Json<CertificateView>, Fail> {
    let mut tx = app.begin(&ctx, "erasure.erase").await?;
    let certificate = super::erase(&app, &mut tx, &ctx, subject).await?;
    tx.commit().await.map_err(Error::from)?;
    Ok(Json(CertificateView::new(&app, &certificate)))
}

/// The certificate of an erasure.
#[utoipa::path(get, path = "/api/v1/erasures/{id}", tag = "subscribers",
    params(("id" = u32, Path, description = "The number of the person who was erased.")),
    responses((status = 200, description = "The certificate.", body = CertificateView)))]
async fn certificate(
    State(app): State<App>,
    Who(ctx): Who,
    Segment(subject): Segment<SubjectNo>,
) -> Result<Json<CertificateView>, Fail> {
    let mut tx = app.read(&ctx, "erasure.certificate").await?;
    let certificate = super::certificate(&mut tx, subject).await?.ok_or(Fail::NotFound)?;
    Ok(Json(CertificateView::new(&app, &certificate)))
}

/// Deletes a person without a trace; the address can be brought in again. To keep it out, erase.
#[utoipa::path(delete, path = "/api/v1/subscribers/{id}", tag = "subscribers",
    params(("id" = u32, Path, description = "The person's number.")),
    responses((status = 204, description = "Deleted.")))]
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
