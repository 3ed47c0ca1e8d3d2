//! The provider for programs. The secret is written only.

use super::config::{Said, SaidGroup};
use super::{Wish, load};
use crate::App;
use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use waxwing_domain::{Action, ApprovalId};
use waxwing_http::{ApiJson, Fail, Problem, Who};

/// An identity provider to be set.
#[derive(Deserialize, ToSchema)]
#[schema(as = NewSingleSignOn)]
pub(super) struct Input {
    /// Whether people shall sign in by it.
    enabled: bool,
    /// What people call the provider.
    name: String,
    /// Its issuer, exactly.
    issuer: String,
    /// Our name at the provider.
    client_id: String,
    /// The client secret; left out, it stays as it is.
    #[serde(default)]
    client_secret: String,
    /// What is asked for, with spaces; `openid email profile` where left out.
    #[serde(default)]
    scopes: String,
    /// The claim of the ID token that holds groups.
    #[serde(default)]
    groups_claim: String,
    /// Domains of addresses that are let in; any where empty.
    #[serde(default)]
    domains: Vec<String>,
    /// `refuse` or `create`.
    newcomers: String,
    /// Words of `amr` or `acr` that count as a second factor.
    #[serde(default)]
    strong: Vec<String>,
    /// Which groups give which roles.
    #[serde(default)]
    groups: Vec<SaidGroup>,
}

impl From<Input> for Wish {
    fn from(input: Input) -> Self {
        let Input { enabled, name, issuer, client_id, client_secret, scopes, groups_claim, newcomers, groups, .. } =
            input;
        let (domains, strong) = (input.domains.join(" "), input.strong.join(" "));
        let secret = client_secret;
        Self { enabled, name, issuer, client_id, secret, scopes, groups_claim, domains, newcomers, strong, groups }
    }
}

/// A change that waits for a second person.
#[derive(Serialize, ToSchema)]
#[schema(as = SingleSignOnWaits)]
pub(super) struct Waits {
    /// The request.
    #[schema(value_type = String)]
    approval: ApprovalId,
}

/// The identity provider by which people sign in, without its secret.
#[utoipa::path(get, path = "/api/v1/settings/sso", tag = "settings", operation_id = "single_sign_on",
    responses((status = 200, description = "The provider.", body = Said), (status = 404, body = Problem)))]
pub(super) async fn read(State(app): State<App>, Who(ctx): Who) -> Result<Json<Said>, Fail> {
    ctx.authorise_look(Action::SettingsRead)?;
    let mut tx = app.read(&ctx, "login.sso_read").await?;
    let config = load(&mut tx).await?.ok_or(Fail::NotFound)?;
    Ok(Json(Said::from(&config)))
}

/// Sets the identity provider. Groups that give a powerful role may wait for a second person: then ask again after
/// their yes.
#[utoipa::path(put, path = "/api/v1/settings/sso", tag = "settings", operation_id = "set_single_sign_on",
    request_body = Input, responses((status = 204), (status = 202, description = "Waits for a second person.",
    body = Waits), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub(super) async fn write(
    State(app): State<App>,
    Who(ctx): Who,
    ApiJson(body): ApiJson<Input>,
) -> Result<Response, Fail> {
    let passage = super::set(&app, &ctx, &body.into()).await?;
    Ok(match passage.waits() {
        Some(approval) => (StatusCode::ACCEPTED, Json(Waits { approval })).into_response(),
        None => StatusCode::NO_CONTENT.into_response(),
    })
}

/// Removes the identity provider and its secret; sessions that it began end.
#[utoipa::path(delete, path = "/api/v1/settings/sso", tag = "settings", operation_id = "remove_single_sign_on",
    responses((status = 204), (status = 404, body = Problem)))]
pub(super) async fn delete(State(app): State<App>, Who(ctx): Who) -> Result<StatusCode, Fail> {
    super::remove(&app, &ctx).await?;
    Ok(StatusCode::NO_CONTENT)
}
