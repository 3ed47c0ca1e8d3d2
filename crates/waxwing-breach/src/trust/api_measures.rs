//! Links and measures of the trust page, for programs.

use super::{Link, NewMeasure};
use axum::extract::State;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use waxwing_app::{App, Error};
use waxwing_domain::{CasePartId, IncidentId};
use waxwing_http::{ApiJson, Fail, Segment, Who};
use waxwing_law::drafts::Locale;
use waxwing_law::lint::LintRule;

type Answer<T> = std::result::Result<T, Fail>;

/// What is linked from the trust page.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TrustLinks {
    /// All of the links; at most ten.
    links: Vec<Link>,
}

/// Links exactly these policies from the trust page.
#[utoipa::path(put, path = "/api/v1/trust/links", tag = "trust", operation_id = "trust_set_links", request_body = TrustLinks,
    responses((status = 204)))]
pub(crate) async fn set_links(
    State(app): State<App>,
    Who(ctx): Who,
    ApiJson(input): ApiJson<TrustLinks>,
) -> Answer<StatusCode> {
    let mut tx = app.begin(&ctx, "trust.set_links").await?;
    super::set_links(&app, &mut tx, &ctx, input.links).await?;
    tx.commit().await.map_err(Error::from)?;
    Ok(StatusCode::NO_CONTENT)
}

/// What everybody is told of a finding that holds.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = TrustMeasureInput)]
pub(crate) struct MeasureInput {
    /// The case.
    incident: String,
    /// Its finding.
    finding: String,
    /// The words; they name no case.
    text: String,
    /// en, de, fr, es: for the linter.
    #[serde(default)]
    language: Option<String>,
    /// Rules of the linter that a person lets stand.
    #[serde(default)]
    let_stand: Vec<String>,
}

impl MeasureInput {
    fn read(self) -> Answer<((IncidentId, CasePartId), NewMeasure)> {
        let case = self.incident.parse().map_err(|_| Fail::invalid("incident", "That is no case."))?;
        let finding = self.finding.parse().map_err(|_| Fail::invalid("finding", "That is no finding."))?;
        let locale = self.language.as_deref().map_or(Some(Locale::En), Locale::parse);
        let locale = locale.ok_or_else(|| Fail::invalid("language", "en, de, fr or es."))?;
        let rules: Option<Vec<LintRule>> = self.let_stand.iter().map(|word| LintRule::parse(word)).collect();
        let overruled = rules.ok_or_else(|| Fail::invalid("let_stand", "There is no such rule."))?;
        Ok(((case, finding), NewMeasure { text: self.text, locale, overruled }))
    }
}

/// Publishes what was changed after a finding, while it holds.
#[utoipa::path(post, path = "/api/v1/trust/measures", tag = "trust", operation_id = "trust_add_measure",
    request_body = MeasureInput, responses((status = 204)))]
pub(crate) async fn add(
    State(app): State<App>,
    Who(ctx): Who,
    ApiJson(input): ApiJson<MeasureInput>,
) -> Answer<StatusCode> {
    let (finding, new) = input.read()?;
    let mut tx = app.begin(&ctx, "trust.add_measure").await?;
    super::add_measure(&app, &mut tx, &ctx, finding, &new).await?;
    tx.commit().await.map_err(Error::from)?;
    Ok(StatusCode::NO_CONTENT)
}

/// Takes a measure off the page, by its finding.
#[utoipa::path(delete, path = "/api/v1/trust/measures/{id}", tag = "trust", operation_id = "trust_remove_measure",
    params(("id" = String, Path)), responses((status = 204)))]
pub(crate) async fn remove(
    State(app): State<App>,
    Who(ctx): Who,
    Segment(finding): Segment<CasePartId>,
) -> Answer<StatusCode> {
    let mut tx = app.begin(&ctx, "trust.remove_measure").await?;
    super::remove_measure(&app, &mut tx, &ctx, finding).await?;
    tx.commit().await.map_err(Error::from)?;
    Ok(StatusCode::NO_CONTENT)
}
