//! Who was touched, for programs.

use super::api_kept::Kept;
use super::asked::Asked;
use super::wanted::{self, Wanted};
use super::{Answer, Frozen, Reason, Summary, Touched};
use axum::Json;
use axum::extract::State;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;
use waxwing_app::{App, Error};
use waxwing_domain::{Action, Ctx, FieldId, SubjectNo};
use waxwing_http::{ApiJson, Fail, Params, Routes, Segment, Who, api};

/// People on a page.
const ROWS: usize = 1_000;

/// Something that the suspect made or took over.
#[derive(Serialize, ToSchema)]
pub(crate) struct MadeView {
    /// The entry that says so.
    index: u64,
    /// When (RFC 3339).
    at: String,
    /// The use case.
    what: String,
    /// The kind of thing.
    kind: String,
    /// Its number.
    id: String,
    /// Whether what it did since counts here.
    followed: bool,
}

/// An answer.
#[derive(Serialize, ToSchema)]
pub(crate) struct AnswerView {
    /// Whose acts were asked for.
    who: String,
    /// From when (RFC 3339).
    from: String,
    /// Until when (RFC 3339).
    until: String,
    /// By how many seconds the window was widened on both sides.
    skew_seconds: i64,
    /// By how many seconds the clock went back within the record, at most.
    clock_back_seconds: i64,
    /// Entries of the log that were looked at.
    log_size: u64,
    /// The root of the log over them, in hexadecimal.
    log_root: String,
    /// Entries that have no number yet and are not counted.
    unnumbered: u64,
    /// Entries that counted.
    entries: u64,
    /// When the first of them was made (RFC 3339).
    first: Option<String>,
    /// When the last of them was made (RFC 3339).
    last: Option<String>,
    /// The numbers.
    summary: Summary,
    /// What the suspect made or took over: the first 1,000.
    made: Vec<MadeView>,
    /// Made beyond those.
    made_more: u64,
    /// Use cases that handed out something that names no subscriber, with how often.
    unnamed: BTreeMap<String, u64>,
    /// Months whose network addresses can no longer be searched.
    unknown_months: usize,
}

impl AnswerView {
    /// The answer as this reader may see it.
    fn shown_to(answer: Answer, ctx: &Ctx) -> Self {
        let (radius, second) = (answer.radius, waxwing_domain::Micros::SECOND);
        let made = radius.made.into_iter().map(|made| MadeView {
            index: made.index,
            at: made.at.to_string(),
            what: made.what,
            kind: made.kind,
            id: waxwing_domain::EventId::from_i64(made.id).to_string(),
            followed: made.followed,
        });
        Self {
            who: radius.question.suspect.to_string(),
            from: radius.question.from.to_string(),
            until: radius.question.until.to_string(),
            skew_seconds: radius.skew / second,
            clock_back_seconds: radius.clock_back / second,
            log_size: radius.size,
            log_root: hex::encode(radius.root),
            unnumbered: answer.unnumbered,
            entries: radius.entries,
            first: radius.first.map(|at| at.to_string()),
            last: radius.last.map(|at| at.to_string()),
            summary: answer.summary.shown_to(ctx),
            made: made.collect(),
            made_more: radius.made_more,
            unnamed: radius.unnamed,
            unknown_months: radius.unknown_months,
        }
    }
}

/// Who was touched by an actor, credential or network address within a window: counted from the
/// record, without opening anything. The question is recorded.
#[utoipa::path(get, path = "/api/v1/blast", tag = "blast", params(Asked),
    responses((status = 200, body = AnswerView)))]
pub(crate) async fn ask(
    State(app): State<App>,
    Who(ctx): Who,
    Params(asked): Params<Asked>,
) -> Result<Json<AnswerView>, Fail> {
    Ok(Json(AnswerView::shown_to(super::ask(&app, &ctx, &asked.question()?).await?, &ctx)))
}

/// A frozen answer.
#[derive(Serialize, ToSchema)]
pub(crate) struct FrozenView {
    /// Its number.
    id: String,
    /// When it was frozen (RFC 3339).
    at: String,
    /// SHA-256 over question, log, numbers and people, in hexadecimal; it stands in the record too.
    hash: String,
    /// The answer as it was.
    answer: AnswerView,
}

/// Answers and freezes the answer, for notices and evidence to cite.
#[utoipa::path(post, path = "/api/v1/blast/frozen", tag = "blast", params(Asked),
    responses((status = 201, body = FrozenView)))]
pub(crate) async fn freeze(
    State(app): State<App>,
    Who(ctx): Who,
    Params(asked): Params<Asked>,
) -> Result<(StatusCode, Json<FrozenView>), Fail> {
    let answer = super::ask(&app, &ctx, &asked.question()?).await?;
    let mut tx = app.begin(&ctx, "blast.freeze").await?;
    let id = super::freeze(&app, &mut tx, &ctx, &answer).await?;
    let frozen = super::frozen(&app, &mut tx, &ctx, id).await?;
    tx.commit().await.map_err(Error::from)?;
    Ok((StatusCode::CREATED, Json(FrozenView::shown_to(frozen, &ctx))))
}

impl FrozenView {
    /// What was frozen, as this reader may see it.
    fn shown_to(frozen: Frozen, ctx: &Ctx) -> Self {
        let Frozen { id, at, hash, answer } = frozen;
        Self {
            id: id.to_string(),
            at: at.to_string(),
            hash: hex::encode(hash),
            answer: AnswerView::shown_to(answer, ctx),
        }
    }
}

/// A frozen answer.
#[utoipa::path(get, path = "/api/v1/blast/frozen/{id}", tag = "blast", params(("id" = i64, Path)),
    responses((status = 200, body = FrozenView)))]
pub(crate) async fn frozen(
    State(app): State<App>,
    Who(ctx): Who,
    Segment(id): Segment<i64>,
) -> Result<Json<FrozenView>, Fail> {
    let mut tx = app.read(&ctx, "blast.frozen").await?;
    Ok(Json(FrozenView::shown_to(super::frozen(&app, &mut tx, &ctx, id).await?, &ctx)))
}

/// A field of a person that was touched.
#[derive(Serialize, ToSchema)]
pub(crate) struct TouchedView {
    /// Its number; null for the number, the lists and the dates of the person alone.
    field: Option<u32>,
    /// How sure it is: `confirmed`, `possible`, `altered`, `sealed`.
    effect: &'static str,
    /// When first (RFC 3339).
    first: String,
    /// When last (RFC 3339).
    last: String,
}

impl From<Touched> for TouchedView {
    fn from(one: Touched) -> Self {
        let (first, last) = (one.first.to_string(), one.last.to_string());
        Self { field: one.field.map(FieldId::get), effect: one.effect.as_str(), first, last }
    }
}

/// A person of an answer.
#[derive(Serialize, ToSchema)]
pub(crate) struct TouchedPerson {
    /// Their number.
    subject: u32,
    /// What of them was touched, the surest first.
    fields: Vec<TouchedView>,
}

/// People of an answer, a page of them.
#[derive(Serialize, ToSchema)]
pub(crate) struct PeoplePage {
    /// The numbers, ascending; at most 1,000.
    people: Vec<u32>,
    /// Of each of them, in the same order: which fields, how sure, when first and last.
    touched: Vec<TouchedPerson>,
    /// How many there are on all pages.
    total: u64,
    /// The number to ask for more after; null on the last page.
    next: Option<u32>,
}

/// The people of an answer by their numbers, with what of each was touched. Names are to be had from the subscribers
/// themselves.
#[utoipa::path(get, path = "/api/v1/blast/people", tag = "blast", params(Asked, Wanted),
    responses((status = 200, body = PeoplePage)))]
pub(crate) async fn people(
    State(app): State<App>,
    Who(ctx): Who,
    Params(asked): Params<Asked>,
    Params(wanted): Params<Wanted>,
) -> Result<Json<PeoplePage>, Fail> {
    let (radius, _) = wanted::meant(&app, &ctx, &asked, wanted.frozen).await?;
    let page = radius.page(&wanted.which(&app, &ctx, &radius).await?, ROWS);
    let touched = super::touched(&app, &ctx, &radius, &page.numbers).await?;
    let of = |subject: &SubjectNo| TouchedPerson {
        subject: subject.get(),
        fields: touched.of(*subject).into_iter().map(TouchedView::from).collect(),
    };
    let touched = page.numbers.iter().map(of).collect();
    let people = page.numbers.into_iter().map(SubjectNo::get).collect();
    Ok(Json(PeoplePage { people, touched, total: page.total, next: page.next }))
}

/// An entry that names a person.
#[derive(Serialize, ToSchema)]
pub(crate) struct ReasonView {
    /// Its place in the log; its proof is at `/api/v1/record/entries/{index}/proof`.
    index: u64,
    /// When (RFC 3339).
    at: String,
    /// What was done.
    operation: &'static str,
    /// The use case.
    what: String,
    /// How sure it is.
    effect: &'static str,
    /// By which way.
    channel: &'static str,
    /// The numbers of this person's fields that it names.
    fields: Vec<u32>,
}

impl From<Reason> for ReasonView {
    fn from(reason: Reason) -> Self {
        Self {
            index: reason.index,
            at: reason.at.to_string(),
            operation: reason.operation.as_str(),
            what: reason.what,
            effect: reason.effect.as_str(),
            channel: reason.channel.as_str(),
            fields: reason.fields.into_iter().map(FieldId::get).collect(),
        }
    }
}

/// Why one person is among the affected.
#[derive(Serialize, ToSchema)]
pub(crate) struct ReasonsView {
    /// The entries, oldest first; at most 1,000.
    reasons: Vec<ReasonView>,
    /// How many there are.
    total: u64,
}

/// Why a person is among the affected: the entries that say so. Recorded.
#[utoipa::path(get, path = "/api/v1/blast/people/{subject}", tag = "blast",
    params(("subject" = u32, Path), Asked, Kept), responses((status = 200, body = ReasonsView)))]
pub(crate) async fn why(
    State(app): State<App>,
    Who(ctx): Who,
    Segment(subject): Segment<SubjectNo>,
    Params(asked): Params<Asked>,
    Params(kept): Params<Kept>,
) -> Result<Json<ReasonsView>, Fail> {
    let found = match kept.frozen {
        Some(id) => super::api_kept::why(&app, &ctx, id, subject).await?,
        None => super::why(&app, &ctx, &asked.question()?, subject).await?,
    };
    if found.total == 0 {
        return Err(Fail::NotFound);
    }
    Ok(Json(ReasonsView { reasons: found.reasons.into_iter().map(ReasonView::from).collect(), total: found.total }))
}

/// Which field says where people live.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CountryField {
    /// Its key; a field classed public or internal with a code of ISO 3166.
    field: String,
}

/// Which field says where people live.
#[utoipa::path(get, path = "/api/v1/blast/country", tag = "blast", operation_id = "blast_country",
    responses((status = 200, body = CountryField)))]
pub(crate) async fn country(State(app): State<App>, Who(ctx): Who) -> Result<Json<CountryField>, Fail> {
    let mut tx = app.read(&ctx, "blast.country").await?;
    Ok(Json(CountryField { field: super::country_field(&mut tx).await? }))
}

/// Names the field that says where people live.
#[utoipa::path(put, path = "/api/v1/blast/country", tag = "blast", operation_id = "blast_set_country",
    request_body = CountryField, responses((status = 204)))]
pub(crate) async fn set_country(
    State(app): State<App>,
    Who(ctx): Who,
    ApiJson(body): ApiJson<CountryField>,
) -> Result<StatusCode, Fail> {
    let mut tx = app.begin(&ctx, "blast.country").await?;
    super::set_country_field(&app, &mut tx, &ctx, &body.field).await?;
    tx.commit().await.map_err(Error::from)?;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) fn routes(routes: Routes<App>) -> Routes<App> {
    let routes = api!(routes, Action::RecordRead, ask);
    let routes = api!(routes, Action::RecordRead, people);
    let routes = api!(routes, Action::RecordRead, freeze);
    let routes = api!(routes, Action::RecordRead, frozen);
    let routes = api!(routes, Action::RecordRead, country);
    let routes = api!(routes, Action::FieldsWrite, set_country);
    api!(routes, Action::RecordRead, why)
}
