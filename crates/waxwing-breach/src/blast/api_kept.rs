//! Frozen answers for programs: which there are, and each as a file.

use super::file::{Begun, Wish};
use super::file_rows::Format;
use super::{Listed, Reasons, summary};
use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use waxwing_app::App;
use waxwing_domain::{Action, ApprovalId, Ctx, SubjectNo};
use waxwing_http::{Fail, Params, Routes, Segment, Who, api, download};

/// A frozen answer in the place of a question.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Kept {
    /// The number of a frozen answer, in the place of a question.
    pub frozen: Option<i64>,
}

/// Why a person is in a frozen answer.
pub(super) async fn why(app: &App, ctx: &Ctx, id: i64, subject: SubjectNo) -> Result<Reasons, Fail> {
    let mut tx = app.read(ctx, "blast.frozen").await?;
    let radius = super::frozen(app, &mut tx, ctx, id).await?.answer.radius;
    drop(tx);
    Ok(super::why_of(app, ctx, &radius, subject).await?)
}

/// A frozen answer in a list.
#[derive(Serialize, ToSchema)]
pub(crate) struct ListedView {
    /// Its number.
    id: String,
    /// When it was frozen (RFC 3339).
    at: String,
    /// Whose acts were asked for.
    who: String,
    /// From when (RFC 3339).
    from: String,
    /// Until when (RFC 3339).
    until: String,
    /// How many people.
    people: summary::People,
}

impl From<Listed> for ListedView {
    fn from(listed: Listed) -> Self {
        let Listed { id, at, question, summary } = listed;
        Self {
            id: id.to_string(),
            at: at.to_string(),
            who: question.suspect.to_string(),
            from: question.from.to_string(),
            until: question.until.to_string(),
            people: summary.people,
        }
    }
}

/// The newest frozen answers.
#[derive(Serialize, ToSchema)]
pub(crate) struct KeptAnswers {
    /// The newest first, at most fifty.
    answers: Vec<ListedView>,
}

/// The frozen answers, the newest first, at most fifty.
#[utoipa::path(get, path = "/api/v1/blast/frozen", tag = "blast", operation_id = "blast_kept",
    responses((status = 200, body = KeptAnswers)))]
pub(crate) async fn kept(State(app): State<App>, Who(ctx): Who) -> Result<Json<KeptAnswers>, Fail> {
    let mut tx = app.read(&ctx, "blast.list").await?;
    let answers = super::list(&app, &mut tx, &ctx).await?.into_iter().map(ListedView::from).collect();
    Ok(Json(KeptAnswers { answers }))
}

/// How the file is written, and what for.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct FileAsked {
    /// `csv` or `ndjson`; `csv` where it is left out.
    #[serde(default)]
    #[param(required = false)]
    format: String,
    /// What the file is for; stays in the access record.
    #[serde(default)]
    purpose: String,
}

/// A file that waits for a second person.
#[derive(Serialize, ToSchema)]
pub(crate) struct FileWaits {
    /// The request: `/api/v1/approvals/{id}` says what became of it. Ask for the same file again after a yes.
    #[schema(value_type = String)]
    approval: ApprovalId,
}

/// A frozen answer as a file: a row for each field of each person, by their numbers, with how sure it is and when first and
/// last. Recorded chunk by chunk; it can be taken while the workspace is contained.
#[utoipa::path(post, path = "/api/v1/blast/frozen/{id}/file", tag = "blast", operation_id = "blast_file",
    params(("id" = i64, Path), FileAsked), responses((status = 200, content(
        (String = "text/csv; charset=utf-8"), (String = "application/x-ndjson")))))]
pub(crate) async fn file(
    State(app): State<App>,
    Who(ctx): Who,
    Segment(id): Segment<i64>,
    Params(asked): Params<FileAsked>,
) -> Result<Response, Fail> {
    hand_out(&app, &ctx, id, asked, false).await
}

/// The same with the address of each person: an export, which needs the right to export people and to see their addresses,
/// and does not run while the workspace is contained.
#[utoipa::path(post, path = "/api/v1/blast/frozen/{id}/file/people", tag = "blast", operation_id = "blast_file_people",
    params(("id" = i64, Path), FileAsked), responses((status = 200, content(
        (String = "text/csv; charset=utf-8"), (String = "application/x-ndjson"))),
        (status = 202, description = "It waits for a second person", body = FileWaits)))]
pub(crate) async fn file_people(
    State(app): State<App>,
    Who(ctx): Who,
    Segment(id): Segment<i64>,
    Params(asked): Params<FileAsked>,
) -> Result<Response, Fail> {
    hand_out(&app, &ctx, id, asked, true).await
}

async fn hand_out(app: &App, ctx: &Ctx, id: i64, asked: FileAsked, addresses: bool) -> Result<Response, Fail> {
    let format = Format::asked(&asked.format)?;
    let wish = Wish { format, addresses, purpose: asked.purpose };
    match super::begin_file(app, ctx, id, &wish, "api").await? {
        Begun::Now(file) => Ok(sent(id, format, *file)),
        Begun::Waits(approval) => Ok((StatusCode::ACCEPTED, Json(FileWaits { approval })).into_response()),
    }
}

/// The file as an answer to a request.
pub(super) fn sent(id: i64, format: Format, file: super::AnswerFile) -> Response {
    let name = format!("who-was-touched-{id}.{}", format.as_str());
    download(&name, format.media_type(), Body::from_stream(file.into_stream()))
}

pub(super) fn routes(routes: Routes<App>) -> Routes<App> {
    let routes = api!(routes, Action::RecordRead, kept);
    let routes = api!(routes, Action::RecordRead, file);
    api!(routes, Action::ExportRun, file_people)
}
