//! The do-not-mail list for programs. Addresses go in, keyed tags come out.

use super::{Kind, Reason, Suppression, store};
use crate::{App, Error};
use axum::Json;
use axum::extract::State;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use waxwing_domain::{Action, Ctx, EmailAddress};
use waxwing_http::{ApiJson, Cursor, Fail, Paged, Routes, Who, api};

pub(super) fn routes(routes: Routes<App>) -> Routes<App> {
    let routes = api!(routes, Action::SubscribersRead, index);
    let routes = api!(routes, Action::SubscribersWrite, add);
    api!(routes, Action::SubscribersWrite, lift)
}

/// One tag on the list.
#[derive(Serialize, ToSchema)]
pub(super) struct SuppressionView {
    /// The keyed tag, 32 hexadecimal digits. The address itself is not kept.
    tag: String,
    /// What is suppressed.
    kind: Kind,
    /// Why.
    reason: Reason,
    /// What put it there.
    source: String,
    /// Since when (RFC 3339).
    at: String,
}

impl From<Suppression> for SuppressionView {
    fn from(s: Suppression) -> Self {
        Self { tag: hex::encode(s.tag), kind: s.kind, reason: s.reason, source: s.source, at: s.at.to_string() }
    }
}

/// An address.
#[derive(Deserialize, ToSchema)]
pub(super) struct Suppressed {
    /// The email address.
    email: String,
}

impl Suppressed {
    fn tag(&self, app: &App, ctx: &Ctx) -> Result<[u8; 16], Fail> {
        let email = EmailAddress::parse(&self.email).map_err(|why| Fail::invalid("email", why.to_string()))?;
        Ok(super::tag_of_email(app, ctx.workspace, &email)?)
    }
}

/// The tags on the do-not-mail list, by tag.
#[utoipa::path(get, path = "/api/v1/suppressions", tag = "suppressions", params(Cursor),
    responses((status = 200, description = "One page of tags.", body = Paged<SuppressionView>)))]
async fn index(State(app): State<App>, Who(ctx): Who, cursor: Cursor) -> Result<Json<Paged<SuppressionView>>, Fail> {
    let after = cursor.key::<String>()?.unwrap_or_default();
    let after = hex::decode(after).map_err(|_| Fail::invalid("after", "is not a cursor that this list gave out"))?;
    let mut tx = app.read(&ctx, "suppression.index").await?;
    super::refuse_limited(&tx)?;
    let rows = store::page(&mut tx, after, i64::from(cursor.limit) + 1).await.map_err(Error::from)?;
    Ok(Json(Paged::from_surplus(rows, cursor.limit, |row| hex::encode(row.tag)).map(Into::into)))
}

/// Puts an address on the list by hand.
#[utoipa::path(post, path = "/api/v1/suppressions", tag = "suppressions", request_body = Suppressed,
    responses((status = 204, description = "It is on the list.")))]
async fn add(State(app): State<App>, Who(ctx): Who, ApiJson(who): ApiJson<Suppressed>) -> Result<StatusCode, Fail> {
    let tag = who.tag(&app, &ctx)?;
    let mut tx = app.begin(&ctx, "suppression.add").await?;
    super::add(&app, &mut tx, &ctx, Kind::Email, tag, Reason::Manual, "api").await?;
    tx.commit().await.map_err(Error::from)?;
    Ok(StatusCode::NO_CONTENT)
}

/// Takes an address off the list that was put there by hand. Other reasons are lifted only by the
/// person's own sign-up; the answer is the same.
#[utoipa::path(post, path = "/api/v1/suppressions/lift", tag = "suppressions", request_body = Suppressed,
    responses((status = 204, description = "It is not on the list by hand.")))]
async fn lift(State(app): State<App>, Who(ctx): Who, ApiJson(who): ApiJson<Suppressed>) -> Result<StatusCode, Fail> {
    let tag = who.tag(&app, &ctx)?;
    let mut tx = app.begin(&ctx, "suppression.lift").await?;
    super::lift_manual(&app, &mut tx, &ctx, Kind::Email, tag).await?;
    tx.commit().await.map_err(Error::from)?;
    Ok(StatusCode::NO_CONTENT)
}
