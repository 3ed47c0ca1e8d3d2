//! What a case touches and how it came about, for programs.

use super::api::look;
use super::api_people::CasePart;
use super::forms::word;
use super::words::{AssetKind, CauseKind, Compromise};
use super::{Asset, Cause, Controls, NewAsset};
use axum::Json;
use axum::extract::State;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use waxwing_app::{App, Error};
use waxwing_domain::{CasePartId, IncidentId};
use waxwing_http::{ApiJson, Fail, Segment, Who};

/// Something that a case touches.
#[derive(Serialize, ToSchema)]
pub(crate) struct CaseAsset {
    /// Its id within the case.
    id: String,
    /// `person`, `session`, `key`, `webhook`, `relay`, `domain`, `list`, `campaign`, `export` or `host`.
    kind: &'static str,
    /// Its number in the system, where it has one.
    number: Option<String>,
    /// `tbd`, `yes`, `no` or `unknown`.
    compromise: &'static str,
    /// When it was named (RFC 3339).
    noted_at: String,
    /// What people call it.
    name: String,
}

impl From<Asset> for CaseAsset {
    fn from(one: Asset) -> Self {
        Self {
            id: one.id.to_string(),
            kind: one.kind.as_str(),
            number: one.number(),
            compromise: one.compromise.as_str(),
            noted_at: one.noted_at.to_string(),
            name: one.name,
        }
    }
}

/// What a case touches, in the order that it was named.
#[utoipa::path(get, path = "/api/v1/incidents/{id}/assets", tag = "incidents", operation_id = "incidents_assets", params(("id" = String, Path)), responses((status = 200, body = Vec<CaseAsset>)))]
pub(crate) async fn assets(
    State(app): State<App>,
    Who(ctx): Who,
    Segment(id): Segment<IncidentId>,
) -> Result<Json<Vec<CaseAsset>>, Fail> {
    look(&app, &ctx, id, "incidents.assets").await?;
    let mut tx = app.read(&ctx, "incidents.assets").await?;
    let all = super::assets(&app, &mut tx, &ctx, id).await?;
    Ok(Json(all.into_iter().map(CaseAsset::from).collect()))
}

/// Something to be named as touched.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CaseAssetInput {
    /// What it is.
    kind: String,
    /// What people call it; sealed at rest.
    name: String,
    /// Its number of 13 characters, where it is something of this system.
    #[serde(default)]
    number: String,
    /// `tbd`, `yes`, `no` or `unknown`.
    compromise: String,
}

/// Names something as touched.
#[utoipa::path(post, path = "/api/v1/incidents/{id}/assets", tag = "incidents", operation_id = "incidents_add_asset", params(("id" = String, Path)), request_body = CaseAssetInput, responses((status = 201, body = CasePart)))]
pub(crate) async fn add_asset(
    State(app): State<App>,
    Who(ctx): Who,
    Segment(id): Segment<IncidentId>,
    ApiJson(body): ApiJson<CaseAssetInput>,
) -> Result<(StatusCode, Json<CasePart>), Fail> {
    let kind = word("kind", &body.kind, AssetKind::parse)?;
    let compromise = word("compromise", &body.compromise, Compromise::parse)?;
    let new = NewAsset { kind, name: body.name, number: body.number, compromise };
    let mut tx = app.begin(&ctx, "incidents.add_asset").await?;
    let made = super::add_asset(&app, &mut tx, &ctx, id, new).await?;
    tx.commit().await.map_err(Error::from)?;
    Ok(CasePart::made(made))
}

/// Whether something was taken over.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CaseJudgement {
    /// `tbd`, `yes`, `no` or `unknown`.
    compromise: String,
}

/// Says whether something was taken over.
#[utoipa::path(put, path = "/api/v1/incidents/{id}/assets/{asset}", tag = "incidents", operation_id = "incidents_judge_asset", params(("id" = String, Path), ("asset" = String, Path)), request_body = CaseJudgement, responses((status = 204)))]
pub(crate) async fn judge_asset(
    State(app): State<App>,
    Who(ctx): Who,
    Segment((id, asset)): Segment<(IncidentId, CasePartId)>,
    ApiJson(body): ApiJson<CaseJudgement>,
) -> Result<StatusCode, Fail> {
    let compromise = word("compromise", &body.compromise, Compromise::parse)?;
    let mut tx = app.begin(&ctx, "incidents.judge_asset").await?;
    super::judge_asset(&app, &mut tx, &ctx, id, asset, compromise).await?;
    tx.commit().await.map_err(Error::from)?;
    Ok(StatusCode::NO_CONTENT)
}

/// What guarded one account when the cause was stated.
#[derive(Serialize, ToSchema)]
pub(crate) struct AccountControls {
    /// The account.
    account: String,
    /// Whether codes of a second factor were asked for.
    second_factor: bool,
    /// Whether the account could still sign in.
    active: bool,
}

/// How it came about.
#[derive(Serialize, ToSchema)]
pub(crate) struct CaseCause {
    /// `phishing`, `weak_password`, `reused_password`, `vulnerability`, `misconfiguration`, `insider`, `lost_device`,
    /// `third_party`, `mistake` or `unknown`.
    kind: &'static str,
    /// In words.
    text: String,
    /// When the controls below were read (RFC 3339).
    read_at: String,
    /// The version that ran then.
    version: String,
    /// The accounts that the case names, and what guarded them.
    accounts: Vec<AccountControls>,
}

impl From<Cause> for CaseCause {
    fn from(cause: Cause) -> Self {
        let Controls { at, version, people } = cause.controls;
        let guarded = |one: super::PersonControls| AccountControls {
            account: one.account.to_string(),
            second_factor: one.second_factor,
            active: one.active,
        };
        Self {
            kind: cause.kind.as_str(),
            text: cause.text,
            read_at: at.to_string(),
            version,
            accounts: people.into_iter().map(guarded).collect(),
        }
    }
}

/// How it came about, once somebody stated that.
#[utoipa::path(get, path = "/api/v1/incidents/{id}/cause", tag = "incidents", operation_id = "incidents_stated_cause", params(("id" = String, Path)), responses((status = 200, body = CaseCause)))]
pub(crate) async fn cause(
    State(app): State<App>,
    Who(ctx): Who,
    Segment(id): Segment<IncidentId>,
) -> Result<Json<CaseCause>, Fail> {
    look(&app, &ctx, id, "incidents.cause").await?;
    let mut tx = app.read(&ctx, "incidents.cause").await?;
    let cause = super::cause(&app, &mut tx, &ctx, id).await?.ok_or(Fail::NotFound)?;
    Ok(Json(cause.into()))
}

/// How it came about, to be stated.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CaseCauseInput {
    /// What kind; `unknown` is an answer.
    kind: String,
    /// In words; sealed at rest.
    text: String,
}

/// States how it came about, with the controls as they stand now; a later statement replaces an earlier one.
#[utoipa::path(put, path = "/api/v1/incidents/{id}/cause", tag = "incidents", operation_id = "incidents_cause", params(("id" = String, Path)), request_body = CaseCauseInput, responses((status = 204)))]
pub(crate) async fn state_cause(
    State(app): State<App>,
    Who(ctx): Who,
    Segment(id): Segment<IncidentId>,
    ApiJson(body): ApiJson<CaseCauseInput>,
) -> Result<StatusCode, Fail> {
    let kind = word("kind", &body.kind, CauseKind::parse)?;
    let mut tx = app.begin(&ctx, "incidents.cause").await?;
    super::state_cause(&app, &mut tx, &ctx, id, kind, &body.text).await?;
    tx.commit().await.map_err(Error::from)?;
    Ok(StatusCode::NO_CONTENT)
}
