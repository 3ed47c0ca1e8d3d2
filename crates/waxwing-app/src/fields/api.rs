//! The registry for programs.

use super::{Field, FieldChange, FieldKind, NewField};
use crate::{App, Error};
use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use waxwing_domain::{Action, ApprovalId, DataClass, KindOfData, LegalBasis};
use waxwing_http::{ApiJson, Fail, Paged, Routes, Segment, Who, api};

pub(super) fn routes(routes: Routes<App>) -> Routes<App> {
    let routes = api!(routes, Action::FieldsRead, index);
    let routes = api!(routes, Action::FieldsWrite, define);
    let routes = api!(routes, Action::FieldsWrite, change);
    api!(routes, Action::FieldsWrite, retire)
}

/// A field of the registry.
#[derive(Serialize, ToSchema)]
pub(super) struct FieldView {
    /// Its name in templates, files and the API.
    key: String,
    /// Its name for people.
    label: String,
    /// The form of its values.
    kind: FieldKind,
    /// `public`, `internal`, `personal` or `sensitive`; the last two are sealed at rest.
    #[schema(value_type = String)]
    class: DataClass,
    /// Why it is kept.
    purpose: String,
    /// `consent`, `contract`, `legal_obligation` or `legitimate_interest`.
    #[schema(value_type = String)]
    basis: LegalBasis,
    /// For how many days after the last change.
    retention_days: Option<i64>,
    /// What it is to people: `name`, `health`, `finances` and so on.
    #[schema(value_type = String)]
    kind_of_data: KindOfData,
    /// Whether that is a guess from its key, form and class that nobody has confirmed.
    kind_of_data_guessed: bool,
    /// Whether every workspace has it.
    built_in: bool,
}

impl From<&Field> for FieldView {
    fn from(f: &Field) -> Self {
        Self {
            key: f.key.clone(),
            label: f.label.clone(),
            kind: f.kind,
            class: f.class,
            purpose: f.purpose.clone(),
            basis: f.basis,
            retention_days: f.retention_days,
            kind_of_data: f.kind_of_data(),
            kind_of_data_guessed: f.kind_is_guessed(),
            built_in: f.is_built_in(),
        }
    }
}

/// A field to be defined.
#[derive(Deserialize, ToSchema)]
pub(super) struct FieldDefinition {
    /// Small letters, digits and underscores, a letter first, at most 40; for ever.
    key: String,
    /// Its name for people, at most 80 characters.
    label: String,
    /// The form of its values; for ever.
    kind: FieldKind,
    /// `public`, `internal`, `personal` or `sensitive`; for ever.
    #[schema(value_type = String)]
    class: DataClass,
    /// Why it is kept, at most 300 characters.
    purpose: String,
    /// `consent`, `contract`, `legal_obligation` or `legitimate_interest`.
    #[schema(value_type = String)]
    basis: LegalBasis,
    /// For how many days after the last change; without end if absent.
    retention_days: Option<i64>,
    /// What it is to people; guessed if absent.
    #[schema(value_type = Option<String>)]
    kind_of_data: Option<KindOfData>,
}

/// What can be changed of a field: all of it is replaced, but the kind of data stays where none is said.
#[derive(Deserialize, ToSchema)]
pub(super) struct FieldWords {
    /// Its name for people.
    label: String,
    /// Why it is kept.
    purpose: String,
    /// On what ground.
    #[schema(value_type = String)]
    basis: LegalBasis,
    /// For how many days after the last change.
    retention_days: Option<i64>,
    /// What it is to people; as it is if absent.
    #[schema(value_type = Option<String>)]
    kind_of_data: Option<KindOfData>,
}

/// A change that waits for a second person.
#[derive(Serialize, ToSchema)]
pub(super) struct FieldWaits {
    /// The request: `/api/v1/approvals/{id}` says what became of it.
    #[schema(value_type = String)]
    approval: ApprovalId,
}

/// The fields in use.
#[utoipa::path(get, path = "/api/v1/fields", tag = "fields",
    responses((status = 200, description = "Every field.", body = Paged<FieldView>)))]
async fn index(State(app): State<App>, Who(ctx): Who) -> Result<Json<Paged<FieldView>>, Fail> {
    let mut tx = app.read(&ctx, "fields.index").await?;
    let items = super::all(&mut tx).await?.iter().map(|field| FieldView::from(&**field)).collect();
    Ok(Json(Paged { items, next: None }))
}

/// Defines a field.
#[utoipa::path(post, path = "/api/v1/fields", tag = "fields", request_body = FieldDefinition,
    responses((status = 201, description = "Defined.", body = FieldView)))]
async fn define(
    State(app): State<App>,
    Who(ctx): Who,
    ApiJson(new): ApiJson<FieldDefinition>,
) -> Result<(StatusCode, Json<FieldView>), Fail> {
    let FieldDefinition { key, label, kind, class, purpose, basis, retention_days, kind_of_data } = new;
    let new = NewField { key, label, kind, class, purpose, basis, retention_days, kind_of_data };
    let mut tx = app.begin(&ctx, "fields.define").await?;
    let field = super::define(&app, &mut tx, &ctx, new).await?;
    tx.commit().await.map_err(Error::from)?;
    Ok((StatusCode::CREATED, Json(FieldView::from(&*field))))
}

/// Changes the words, ground and retention of a field.
#[utoipa::path(put, path = "/api/v1/fields/{key}", tag = "fields", params(("key" = String, Path, description = "The field's key.")),
    request_body = FieldWords, responses((status = 204, description = "Changed."),
        (status = 202, description = "Keeping it longer waits for a second person. Ask for the same again after a yes.", body = FieldWaits)))]
async fn change(
    State(app): State<App>,
    Who(ctx): Who,
    Segment(key): Segment<String>,
    ApiJson(words): ApiJson<FieldWords>,
) -> Result<Response, Fail> {
    let FieldWords { label, purpose, basis, retention_days, kind_of_data } = words;
    let mut tx = app.begin(&ctx, "fields.change").await?;
    let change = FieldChange { label, purpose, basis, retention_days, kind_of_data };
    let passage = super::change(&app, &mut tx, &ctx, &key, change).await?;
    tx.commit().await.map_err(Error::from)?;
    Ok(match passage.waits() {
        Some(approval) => (StatusCode::ACCEPTED, Json(FieldWaits { approval })).into_response(),
        None => StatusCode::NO_CONTENT.into_response(),
    })
}

/// Retires a field. Its key is never used again.
#[utoipa::path(delete, path = "/api/v1/fields/{key}", tag = "fields", params(("key" = String, Path, description = "The field's key.")),
    responses((status = 204, description = "Retired.")))]
async fn retire(State(app): State<App>, Who(ctx): Who, Segment(key): Segment<String>) -> Result<StatusCode, Fail> {
    let mut tx = app.begin(&ctx, "fields.retire").await?;
    super::retire(&app, &mut tx, &ctx, &key).await?;
    tx.commit().await.map_err(Error::from)?;
    Ok(StatusCode::NO_CONTENT)
}
