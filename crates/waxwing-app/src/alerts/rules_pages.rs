//! What follows from alerts: the page, and the same for programs.

use super::{Detector, Follows, Rule};
use crate::{App, Error};
use askama::Template;
use axum::Json;
use axum::extract::State;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use waxwing_domain::Action;
use waxwing_http::{ApiJson, Fail, Flash, Page, SafeForm, SeeOther, Segment, Shell, Who};

#[derive(Template)]
#[template(path = "alerts/pages/rules.html")]
pub(super) struct RulesPage {
    shell: Shell,
    rules: Vec<Rule>,
    may_change: bool,
}

/// What may follow from this detector's alerts.
const fn choices(rule: &Rule) -> &'static [Follows] {
    Rule::choices(rule.detector)
}

fn is_chosen(rule: &Rule, one: &Follows) -> bool {
    rule.follows == *one
}

const fn looks(rule: &Rule) -> bool {
    rule.looks
}

pub(super) async fn index(State(app): State<App>, Who(ctx): Who, shell: Shell) -> Result<Page<RulesPage>, Fail> {
    let mut tx = app.read(&ctx, "alerts.rules").await?;
    let rules = super::rules(&mut tx, &ctx).await?;
    Ok(Page(RulesPage { shell: shell.titled("What follows"), rules, may_change: ctx.may(Action::AlertsRules) }))
}

#[derive(Deserialize)]
pub(super) struct Input {
    #[serde(default)]
    detector: String,
    #[serde(default)]
    follows: String,
    looks: Option<String>,
}

pub(super) async fn save(
    State(app): State<App>,
    Who(ctx): Who,
    SafeForm(input): SafeForm<Input>,
) -> Result<SeeOther, Fail> {
    let rule = read(&input.detector, &input.follows, input.looks.is_some())?;
    let mut tx = app.begin(&ctx, "alerts.rule").await?;
    super::set_rule(&app, &mut tx, &ctx, rule).await?;
    tx.commit().await.map_err(Error::from)?;
    Ok(SeeOther::to("/security/alerts/rules").flash(Flash::good("Saved.")))
}

fn read(detector: &str, follows: &str, looks: bool) -> Result<Rule, Fail> {
    let detector = Detector::parse(detector).ok_or(Error::NotFound("detector"))?;
    let follows = Follows::parse(follows).ok_or_else(|| {
        Fail::invalid("follows", "Say tell, pause, step_up, end_sessions, quarantine, ask or contain.")
    })?;
    Ok(Rule { detector, looks, follows })
}

/// What follows from a detector's alerts.
#[derive(Serialize, ToSchema)]
pub(crate) struct RuleView {
    /// The detector.
    detector: &'static str,
    /// Whether it looks.
    looks: bool,
    /// `tell`, `pause`, `step_up`, `end_sessions`, `quarantine`, `ask` (for containment) or `contain` (a key, webhook or
    /// relay at once; for anything else it asks).
    follows: &'static str,
}

impl From<Rule> for RuleView {
    fn from(rule: Rule) -> Self {
        Self { detector: rule.detector.as_str(), looks: rule.looks, follows: rule.follows.as_str() }
    }
}

/// What follows from each detector's alerts.
#[utoipa::path(get, path = "/api/v1/alerts/rules", tag = "alerts", operation_id = "alerts_rules", responses((status = 200, body = Vec<RuleView>)))]
pub(crate) async fn list(State(app): State<App>, Who(ctx): Who) -> Result<Json<Vec<RuleView>>, Fail> {
    let mut tx = app.read(&ctx, "alerts.rules").await?;
    Ok(Json(super::rules(&mut tx, &ctx).await?.into_iter().map(RuleView::from).collect()))
}

/// A rule as a program sends it.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AlertRule {
    /// Whether the detector looks.
    looks: bool,
    /// `tell`, `pause`, `step_up`, `end_sessions`, `quarantine`, `ask` (for containment) or `contain` (a key, webhook or
    /// relay at once; for anything else it asks).
    follows: String,
}

/// Says what follows from a detector's alerts.
#[utoipa::path(put, path = "/api/v1/alerts/rules/{detector}", tag = "alerts", operation_id = "alerts_set_rule", params(("detector" = String, Path)), request_body = AlertRule, responses((status = 204)))]
pub(crate) async fn change(
    State(app): State<App>,
    Who(ctx): Who,
    Segment(detector): Segment<String>,
    ApiJson(input): ApiJson<AlertRule>,
) -> Result<StatusCode, Fail> {
    let rule = read(&detector, &input.follows, input.looks)?;
    let mut tx = app.begin(&ctx, "alerts.rule").await?;
    super::set_rule(&app, &mut tx, &ctx, rule).await?;
    tx.commit().await.map_err(Error::from)?;
    Ok(StatusCode::NO_CONTENT)
}
