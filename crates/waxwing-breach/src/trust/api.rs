//! The trust page, for programs: what holds now, and what of it is published.

use super::{Checked, Statement};
use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use utoipa::ToSchema;
use waxwing_app::{App, Error, Result};
use waxwing_domain::Ctx;
use waxwing_http::{ApiJson, Fail, Who};
use waxwing_store::Tx;

/// Something that can be said of this installation.
#[derive(Serialize, ToSchema)]
#[schema(as = TrustStatement)]
pub(crate) struct StatementView {
    /// record, witness, sealed, second_factor, passkeys, two_people, factor_share, backup, practised, https
    statement: &'static str,
    /// What everybody reads, with its limit.
    says: &'static str,
    /// Whether it is published; it is shown only while it is true.
    published: bool,
    /// Whether it is true now.
    holds: bool,
    /// Since when or from when, where there is such a time (RFC 3339).
    at: Option<String>,
    /// Of ten people, how many; where it is about a share.
    tenths: Option<i64>,
}

/// What was changed after a case.
#[derive(Serialize, ToSchema)]
#[schema(as = TrustMeasure)]
pub(crate) struct MeasureView {
    /// Its finding.
    finding: String,
    /// What everybody reads.
    text: String,
    /// When it was last tried and held (RFC 3339); while it does not hold, nobody reads it.
    held_at: Option<String>,
}

/// The trust page.
#[derive(Serialize, ToSchema)]
pub(crate) struct TrustPage {
    /// Where everybody reads it, once something is published.
    address: String,
    /// Every statement, checked now.
    statements: Vec<StatementView>,
    /// What was changed after cases.
    measures: Vec<MeasureView>,
    /// Policies that are linked.
    links: Vec<super::Link>,
}

async fn view(app: &App, tx: &mut Tx, ctx: &Ctx) -> Result<TrustPage> {
    let published = super::published(tx).await?;
    let measure = |super::Measure { finding, text, held_at }| MeasureView {
        finding: finding.to_string(),
        text,
        held_at: held_at.map(|at| at.to_string()),
    };
    let one = |Checked { statement, holds, at, tenths }: Checked| StatementView {
        tenths,
        statement: statement.as_str(),
        says: statement.words(),
        published: published.contains(&statement),
        holds,
        at: at.map(|at| at.to_string()),
    };
    let checked = super::check(app, tx, ctx).await?;
    Ok(TrustPage {
        address: format!("{}{}", app.config().public_url, super::path(ctx.workspace)),
        statements: checked.into_iter().map(one).collect(),
        measures: super::measures(tx).await?.into_iter().map(measure).collect(),
        links: super::links(tx).await?,
    })
}

/// What the trust page says, and what it could say.
#[utoipa::path(get, path = "/api/v1/trust", tag = "trust", operation_id = "trust_show",
    responses((status = 200, body = TrustPage)))]
pub(crate) async fn show(State(app): State<App>, Who(ctx): Who) -> std::result::Result<Json<TrustPage>, Fail> {
    let mut tx = app.read(&ctx, "trust.show").await?;
    Ok(Json(view(&app, &mut tx, &ctx).await?))
}

/// What is to be published.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TrustInput {
    /// All of the statements to be published; none takes the page away.
    statements: Vec<String>,
}

/// Publishes exactly these statements, each while it is true.
#[utoipa::path(put, path = "/api/v1/trust", tag = "trust", operation_id = "trust_publish", request_body = TrustInput,
    responses((status = 200, body = TrustPage)))]
pub(crate) async fn publish(
    State(app): State<App>,
    Who(ctx): Who,
    ApiJson(input): ApiJson<TrustInput>,
) -> std::result::Result<Json<TrustPage>, Fail> {
    let read: Option<BTreeSet<Statement>> = input.statements.iter().map(|word| Statement::parse(word)).collect();
    let statements = read.ok_or_else(|| Fail::invalid("statements", "There is no such statement."))?;
    let mut tx = app.begin(&ctx, "trust.publish").await?;
    super::publish(&app, &mut tx, &ctx, &statements).await?;
    let page = view(&app, &mut tx, &ctx).await?;
    tx.commit().await.map_err(Error::from)?;
    Ok(Json(page))
}
