//! Duties for programs: what law asks of a case, what is known, drafts. A program signs nothing.

use super::{Overview, Standing, Wanted};
use axum::Json;
use axum::extract::State;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use waxwing_app::{App, Error};
use waxwing_domain::{IncidentId, Micros, Operation};
use waxwing_http::{ApiJson, Fail, Segment, Who};
use waxwing_law::Facts;
use waxwing_law::Verdict;
use waxwing_law::drafts::Parts;
use waxwing_store::Entry;

/// A duty.
#[derive(Serialize, ToSchema)]
pub(crate) struct DutyView {
    /// The rule's name.
    rule: String,
    /// Its version.
    version: u16,
    /// The law.
    law: String,
    /// What it asks for.
    title: String,
    /// `applies`, `may_apply` or `does_not_apply`.
    verdict: &'static str,
    /// What is missing to say so for certain.
    missing: Vec<String>,
    /// Why.
    reasons: Vec<String>,
    /// When it is due, in words and in the organisation's zone.
    when: Option<String>,
    /// How its clock stands.
    clock: Option<&'static str>,
    /// When it was done (RFC 3339).
    met_at: Option<String>,
    /// Whether the text of the law was read at its source by whoever wrote the rule.
    verified: bool,
    /// `verified`, `copy` (somebody else's copy of the text was read) or `unverified`.
    checked: &'static str,
    /// What was read, where that was not the source.
    read: Option<String>,
}

/// Where a kind of data comes from.
#[derive(Serialize, ToSchema)]
pub(crate) struct DataSource {
    /// The kind.
    kind: &'static str,
    /// `yes`, `no` or `unknown`.
    readable: &'static str,
    /// The fields that say so.
    fields: Vec<String>,
    /// Those of them whose kind is a guess that nobody had confirmed.
    guessed: Vec<String>,
}

/// What law asks of a case.
#[derive(Serialize, ToSchema)]
pub(crate) struct DutiesView {
    /// Every rule in force, answered.
    duties: Vec<DutyView>,
    /// What the rules were asked about.
    #[schema(value_type = Object)]
    facts: Facts,
    /// The version of what was stated.
    version: i64,
    /// Where the numbers come from; nothing while nothing was counted.
    numbers_from: Option<String>,
    /// Where the kinds of data come from.
    data_from: Vec<DataSource>,
    /// Why people are stated otherwise than the record counts them.
    people_why: Option<String>,
    /// Why kinds of data are stated otherwise.
    data_why: Option<String>,
    /// The severity of ENISA's method, once kinds of data are known.
    severity: Option<String>,
    /// This is no legal advice; counsel confirms.
    counsel: &'static str,
}

fn verdict(standing: &Standing) -> (&'static str, Vec<String>) {
    match &standing.duty.verdict {
        Verdict::Applies => ("applies", Vec::new()),
        Verdict::MayApply(missing) => ("may_apply", missing.clone()),
        Verdict::DoesNotApply => ("does_not_apply", Vec::new()),
    }
}

fn view(standing: &Standing, facts: &Facts, now: Micros) -> DutyView {
    let ((verdict, missing), duty) = (verdict(standing), &standing.duty);
    DutyView {
        rule: duty.rule.clone(),
        version: duty.version,
        law: duty.law.clone(),
        title: duty.title.clone(),
        verdict,
        missing,
        reasons: duty.reasons.clone(),
        when: duty.when.as_ref().map(|when| when.words(&facts.time_zone())),
        clock: standing.clock.as_ref().map(|clock| clock.state(now.timestamp()).word()),
        met_at: standing.met.as_ref().map(|met| met.at.to_string()),
        verified: duty.status == waxwing_law::jurisdictions::Checked::Verified,
        checked: duty.status.as_str(),
        read: duty.read.clone(),
    }
}

fn views(overview: Overview, now: Micros) -> DutiesView {
    let why = |given: &Option<super::Override>| given.as_ref().map(|given| given.reason.clone());
    let source = |one: super::Source| DataSource {
        kind: one.kind.as_str(),
        readable: one.readable.as_str(),
        fields: one.fields,
        guessed: one.guessed,
    };
    let numbers = overview.numbers;
    DutiesView {
        duties: overview.duties.iter().map(|one| view(one, &overview.facts, now)).collect(),
        version: overview.stated.version,
        numbers_from: numbers.as_ref().map(|numbers| numbers.source.clone()),
        data_from: numbers.map(|numbers| numbers.data.into_iter().map(source).collect()).unwrap_or_default(),
        people_why: why(&overview.stated.overrides.people),
        data_why: why(&overview.stated.overrides.data),
        severity: overview.assessment.map(|found| format!("{} ({})", found.level, found.score)),
        facts: overview.facts,
        counsel: waxwing_law::duties::COUNSEL,
    }
}

/// What law asks of a case, by when and why.
#[utoipa::path(get, path = "/api/v1/incidents/{id}/duties", tag = "duties", operation_id = "duties_show", params(("id" = String, Path)), responses((status = 200, body = DutiesView)))]
pub(crate) async fn show(
    State(app): State<App>,
    Who(ctx): Who,
    Segment(id): Segment<IncidentId>,
) -> Result<Json<DutiesView>, Fail> {
    let mut tx = app.read(&ctx, "duties.show").await?;
    let overview = super::overview(&app, &mut tx, &ctx, id).await?;
    drop(tx);
    let entry = Entry::new(Operation::Read, "duties.show").on("incident", id.as_i64()).to("api");
    app.store().disclose(&ctx, entry).await.map_err(Error::from)?;
    Ok(Json(views(overview, ctx.now())))
}

/// Facts to be stated.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct FactsInput {
    /// All of them, in the form that is shown; judgements and the times of the case are left as they are.
    #[schema(value_type = Object)]
    facts: serde_json::Value,
    /// Why people are stated otherwise than the record counts them.
    #[serde(default)]
    people_why: String,
    /// Why kinds of data are stated otherwise.
    #[serde(default)]
    data_why: String,
}

/// States the facts that the case itself does not hold.
#[utoipa::path(put, path = "/api/v1/incidents/{id}/duties/facts", tag = "duties", operation_id = "duties_state", params(("id" = String, Path)), request_body = FactsInput, responses((status = 204)))]
pub(crate) async fn state(
    State(app): State<App>,
    Who(ctx): Who,
    Segment(id): Segment<IncidentId>,
    ApiJson(body): ApiJson<FactsInput>,
) -> Result<StatusCode, Fail> {
    let read = Facts::from_json(&body.facts.to_string());
    let read = read.map_err(|error| Fail::invalid("facts", error.to_string()))?;
    let mut tx = app.begin(&ctx, "duties.state").await?;
    let why = (body.people_why.as_str(), body.data_why.as_str());
    super::state_facts(&app, &mut tx, &ctx, id, why, |facts| {
        let judgements = facts.judgements.clone();
        *facts = Facts { judgements, ..read };
        Ok(())
    })
    .await?;
    tx.commit().await.map_err(Error::from)?;
    Ok(StatusCode::NO_CONTENT)
}

/// The words of the drafts of a case.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DraftWords {
    /// `organisation`, `contact`, `what_happened`, `consequences`, `measures`, `advice` and others, each a text or nothing.
    #[schema(value_type = Object)]
    words: serde_json::Value,
}

/// The words that people wrote for the drafts.
#[utoipa::path(get, path = "/api/v1/incidents/{id}/duties/words", tag = "duties", operation_id = "duties_words", params(("id" = String, Path)), responses((status = 200, body = DraftWords)))]
pub(crate) async fn words(
    State(app): State<App>,
    Who(ctx): Who,
    Segment(id): Segment<IncidentId>,
) -> Result<Json<DraftWords>, Fail> {
    let mut tx = app.read(&ctx, "duties.words").await?;
    let overview = super::overview(&app, &mut tx, &ctx, id).await?;
    drop(tx);
    let entry = Entry::new(Operation::Read, "duties.words").on("incident", id.as_i64()).to("api");
    app.store().disclose(&ctx, entry).await.map_err(Error::from)?;
    let words = serde_json::to_value(&overview.stated.parts).map_err(Fail::internal)?;
    Ok(Json(DraftWords { words }))
}

/// Writes the words of the drafts; all of them, and what is left out is empty then.
#[utoipa::path(put, path = "/api/v1/incidents/{id}/duties/words", tag = "duties", operation_id = "duties_write", params(("id" = String, Path)), request_body = DraftWords, responses((status = 204)))]
pub(crate) async fn write(
    State(app): State<App>,
    Who(ctx): Who,
    Segment(id): Segment<IncidentId>,
    ApiJson(body): ApiJson<DraftWords>,
) -> Result<StatusCode, Fail> {
    let parts = Parts::from_json(&body.words.to_string());
    let parts = parts.map_err(|error| Fail::invalid("words", error.to_string()))?;
    let mut tx = app.begin(&ctx, "duties.state").await?;
    super::state(&app, &mut tx, &ctx, id, |stated| {
        stated.parts = parts;
        Ok(())
    })
    .await?;
    tx.commit().await.map_err(Error::from)?;
    Ok(StatusCode::NO_CONTENT)
}

/// A duty that was done.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MetInput {
    /// The rule's name.
    rule: String,
    /// When (RFC 3339); now unless given.
    #[serde(default)]
    at: Option<String>,
    /// The recipient's reference.
    #[serde(default)]
    reference: String,
}

/// Notes that a duty was done.
#[utoipa::path(post, path = "/api/v1/incidents/{id}/duties/met", tag = "duties", operation_id = "duties_meet", params(("id" = String, Path)), request_body = MetInput, responses((status = 204)))]
pub(crate) async fn meet(
    State(app): State<App>,
    Who(ctx): Who,
    Segment(id): Segment<IncidentId>,
    ApiJson(body): ApiJson<MetInput>,
) -> Result<StatusCode, Fail> {
    let at = match body.at {
        None => ctx.now(),
        Some(text) => {
            let stamp: Result<jiff::Timestamp, _> = text.parse();
            let stamp = stamp.map_err(|_| Fail::invalid("at", "Write the time like 2026-11-22T10:05:00Z."))?;
            Micros::from_i64(stamp.as_microsecond())
        }
    };
    let mut tx = app.begin(&ctx, "duties.meet").await?;
    super::meet(&app, &mut tx, &ctx, id, &body.rule, at, &body.reference).await?;
    tx.commit().await.map_err(Error::from)?;
    Ok(StatusCode::NO_CONTENT)
}

/// Which draft.
#[derive(Serialize, ToSchema)]
pub(crate) struct DraftView {
    /// Its text, with gaps marked.
    text: String,
    /// Pieces that the facts filled.
    from_facts: usize,
    /// Pieces that people wrote.
    written: usize,
    /// What is missing.
    gaps: Vec<String>,
}

/// A draft from what the case says now. That it left is on the record.
#[utoipa::path(get, path = "/api/v1/incidents/{id}/duties/drafts/{draft}", tag = "duties", operation_id = "duties_draft", params(("id" = String, Path), ("draft" = String, Path, description = "`authority`, `ico`, `cnil`, `california`, `attorney`, `register`, `controller`, `provider`, `people-en` and other languages")), responses((status = 200, body = DraftView)))]
pub(crate) async fn draft(
    State(app): State<App>,
    Who(ctx): Who,
    Segment((id, word)): Segment<(IncidentId, String)>,
) -> Result<Json<DraftView>, Fail> {
    let wanted = Wanted::parse(&word).ok_or(Fail::NotFound)?;
    let mut tx = app.read(&ctx, "duties.draft").await?;
    let overview = super::overview(&app, &mut tx, &ctx, id).await?;
    drop(tx);
    let detail = serde_json::json!({ "draft": word });
    let entry = Entry::new(Operation::Read, "duties.draft").on("incident", id.as_i64()).to("api").detail(detail);
    app.store().disclose(&ctx, entry).await.map_err(Error::from)?;
    let draft = overview.draft(wanted, ctx.now());
    let (share, gaps) = (draft.share(), draft.gaps().map(str::to_owned).collect());
    Ok(Json(DraftView { text: draft.text(), from_facts: share.facts, written: share.written, gaps }))
}
