//! Sending domains for programs.

use super::{Checked, DnsRecord, Domain, PublishedKey, StoredFinding};
use crate::App;
use axum::Json;
use axum::extract::State;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use waxwing_domain::DomainId;
use waxwing_http::{ApiJson, Fail, Problem, Segment, Who};

/// A sending domain.
#[derive(Serialize, ToSchema)]
pub(crate) struct DomainView {
    /// Its id.
    id: String,
    /// Its name.
    name: String,
    /// Where bounces go; absent: to the sender.
    return_path: Option<String>,
    /// The records to publish.
    records: Vec<DnsRecord>,
    /// When its records were last looked up (RFC 3339).
    checked_at: Option<String>,
    /// Whether bulk mail may leave under it.
    may_send: bool,
    /// Every record's standing then.
    findings: Vec<StoredFinding>,
}

impl DomainView {
    fn new(domain: Domain, records: Vec<DnsRecord>) -> Self {
        let checked = domain.checked;
        Self {
            id: domain.id.to_string(),
            name: domain.name.to_string(),
            return_path: domain.return_path.map(|path| path.as_str().to_owned()),
            records,
            checked_at: checked.as_ref().map(|c| c.at.to_string()),
            may_send: checked.as_ref().is_some_and(|c| c.may_send),
            findings: checked.map_or_else(Vec::new, |c| c.findings),
        }
    }
}

/// A domain to be added.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DomainCreate {
    /// `example.org`.
    name: String,
}

/// What is to be changed.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DomainUpdate {
    /// Where bounces go; null for the sender's own address.
    return_path: Option<String>,
}

/// What the domain name system says.
#[derive(Serialize, ToSchema)]
pub(crate) struct DomainCheck {
    /// When it was asked (RFC 3339).
    checked_at: String,
    /// Whether bulk mail may leave.
    may_send: bool,
    /// Every record's standing.
    findings: Vec<StoredFinding>,
}

impl From<Checked> for DomainCheck {
    fn from(checked: Checked) -> Self {
        Self { checked_at: checked.at.to_string(), may_send: checked.may_send, findings: checked.findings }
    }
}

/// The sending domains.
#[utoipa::path(get, path = "/api/v1/domains", tag = "domains",
    responses((status = 200, body = Vec<DomainView>), (status = 403, body = Problem)))]
pub(crate) async fn index(State(app): State<App>, Who(ctx): Who) -> Result<Json<Vec<DomainView>>, Fail> {
    let mut tx = app.read(&ctx, "domains.index").await?;
    let mut views = Vec::new();
    for domain in super::all(&mut tx, &ctx).await? {
        let records = super::records(&mut tx, &domain).await?;
        views.push(DomainView::new(domain, records));
    }
    Ok(Json(views))
}

/// One sending domain.
#[utoipa::path(get, path = "/api/v1/domains/{id}", tag = "domains",
    params(("id" = String, Path, description = "The domain")),
    responses((status = 200, body = DomainView), (status = 404, body = Problem)))]
pub(crate) async fn show(
    State(app): State<App>,
    Who(ctx): Who,
    Segment(id): Segment<DomainId>,
) -> Result<Json<DomainView>, Fail> {
    let mut tx = app.read(&ctx, "domains.show").await?;
    let domain = super::by_id(&mut tx, &ctx, id).await?;
    let records = super::records(&mut tx, &domain).await?;
    Ok(Json(DomainView::new(domain, records)))
}

/// Adds a domain and makes its signing keys.
#[utoipa::path(post, path = "/api/v1/domains", tag = "domains", request_body = DomainCreate,
    responses((status = 201, body = DomainView), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn create(
    State(app): State<App>,
    Who(ctx): Who,
    ApiJson(body): ApiJson<DomainCreate>,
) -> Result<(StatusCode, Json<DomainView>), Fail> {
    let domain = super::add(&app, &ctx, &body.name).await?;
    let mut tx = app.read(&ctx, "domains.added").await?;
    let records = super::records(&mut tx, &domain).await?;
    Ok((StatusCode::CREATED, Json(DomainView::new(domain, records))))
}

/// Says where bounces go.
#[utoipa::path(patch, path = "/api/v1/domains/{id}", tag = "domains", request_body = DomainUpdate,
    params(("id" = String, Path, description = "The domain")),
    responses((status = 204), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn update(
    State(app): State<App>,
    Who(ctx): Who,
    Segment(id): Segment<DomainId>,
    ApiJson(body): ApiJson<DomainUpdate>,
) -> Result<StatusCode, Fail> {
    let mut tx = app.begin(&ctx, "domains.edit").await?;
    super::set_return_path(&app, &mut tx, &ctx, id, body.return_path.as_deref()).await?;
    tx.commit().await.map_err(crate::Error::from)?;
    Ok(StatusCode::NO_CONTENT)
}

/// Asks the domain name system now.
#[utoipa::path(post, path = "/api/v1/domains/{id}/check", tag = "domains",
    params(("id" = String, Path, description = "The domain")),
    responses((status = 200, body = DomainCheck), (status = 404, body = Problem)))]
pub(crate) async fn check(
    State(app): State<App>,
    Who(ctx): Who,
    Segment(id): Segment<DomainId>,
) -> Result<Json<DomainCheck>, Fail> {
    Ok(Json(super::check(&app, &ctx, id).await?.into()))
}

/// Keys that were prepared.
#[derive(Serialize, ToSchema)]
pub(crate) struct DomainKeys {
    /// The records to publish beside those in use.
    records: Vec<DomainKey>,
    /// When they were made (RFC 3339).
    prepared_at: String,
}

/// The record of a prepared key.
#[derive(Serialize, ToSchema)]
pub(crate) struct DomainKey {
    /// The full name of the TXT record.
    name: String,
    /// Its value.
    value: String,
}

/// Prepares new signing keys. They take over when the domain name system shows both records.
#[utoipa::path(post, path = "/api/v1/domains/{id}/keys", tag = "domains",
    params(("id" = String, Path, description = "The domain")),
    responses((status = 201, body = DomainKeys), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub(crate) async fn prepare(
    State(app): State<App>,
    Who(ctx): Who,
    Segment(id): Segment<DomainId>,
) -> Result<(StatusCode, Json<DomainKeys>), Fail> {
    super::prepare(&app, &ctx, id).await?;
    let mut tx = app.read(&ctx, "domains.prepared").await?;
    let domain = super::by_id(&mut tx, &ctx, id).await?;
    let next = super::next_keys(&mut tx, &ctx, id).await?.ok_or(Fail::NotFound)?;
    let record = |key: PublishedKey| DomainKey {
        name: format!("{}._domainkey.{}", key.selector, domain.name),
        value: key.record,
    };
    let records = vec![record(next.rsa), record(next.ed25519)];
    Ok((StatusCode::CREATED, Json(DomainKeys { records, prepared_at: next.prepared_at.to_string() })))
}

/// Removes a domain and its keys.
#[utoipa::path(delete, path = "/api/v1/domains/{id}", tag = "domains",
    params(("id" = String, Path, description = "The domain")),
    responses((status = 204), (status = 404, body = Problem)))]
pub(crate) async fn remove(
    State(app): State<App>,
    Who(ctx): Who,
    Segment(id): Segment<DomainId>,
) -> Result<StatusCode, Fail> {
    let mut tx = app.begin(&ctx, "domains.delete").await?;
    super::delete(&app, &mut tx, &ctx, id).await?;
    tx.commit().await.map_err(crate::Error::from)?;
    Ok(StatusCode::NO_CONTENT)
}
