//! The public page of a case, for programs: what stands on it, its next update, its files. A person publishes the first update.

use super::{Asked, NewUpdate, Setup, StatusPage, Update};
use axum::Json;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use waxwing_app::{App, Error, Result};
use waxwing_domain::{Ctx, IncidentId, Operation};
use waxwing_http::{ApiJson, Fail, Segment, Who};
use waxwing_law::drafts::Locale;
use waxwing_law::lint::LintRule;
use waxwing_store::{Entry, Tx};

type Answer<T> = std::result::Result<T, Fail>;

/// What was published at one time.
#[derive(Serialize, ToSchema)]
#[schema(as = StatusUpdate)]
pub(crate) struct UpdateView {
    /// Counts from 1.
    number: i64,
    /// When it was published (RFC 3339).
    at: String,
    /// Its title.
    title: String,
    /// Its text.
    text: String,
    /// Whether the title is a question that people have, and the text its answer.
    question: bool,
}

impl From<Update> for UpdateView {
    fn from(one: Update) -> Self {
        let Update { number, title, body: text, question, .. } = one;
        Self { number, at: one.at.to_string(), title, text, question }
    }
}

/// Questions of visitors of the last 30 days, by what became of them. Who asked is not told.
#[derive(Serialize, ToSchema)]
#[schema(as = StatusQuestions)]
pub(crate) struct AskedView {
    /// Their answer is on its way.
    waiting: i64,
    /// Answered by mail.
    answered: i64,
    /// No mail went: the address had one within a day, or takes none.
    silent: i64,
}

impl From<Asked> for AskedView {
    fn from(Asked { waiting, answered, silent }: Asked) -> Self {
        Self { waiting, answered, silent }
    }
}

/// The public page of a case.
#[derive(Serialize, ToSchema)]
#[schema(as = StatusPage)]
pub(crate) struct PageView {
    /// Where everybody reads it, once it is open.
    address: String,
    /// Its title.
    title: String,
    /// draft, open, closed
    state: &'static str,
    /// The frozen answer that “was I affected?” is answered from; nobody may ask where there is none.
    frozen_answer: Option<String>,
    /// Whether those of whom it is only possible are told so.
    possible: bool,
    /// When it was published (RFC 3339).
    published_at: Option<String>,
    /// Its updates, newest first.
    updates: Vec<UpdateView>,
    /// What visitors asked.
    questions: AskedView,
}

async fn view(app: &App, tx: &mut Tx, page: StatusPage) -> Result<PageView> {
    let updates = super::updates(tx, page.id).await?;
    Ok(PageView {
        address: format!("{}{}", app.config().public_url, page.path()),
        state: page.state.as_str(),
        frozen_answer: page.radius.map(|id| id.to_string()),
        possible: page.possible,
        published_at: page.published_at.map(|at| at.to_string()),
        updates: updates.into_iter().map(UpdateView::from).collect(),
        questions: super::asked(tx, page.id).await?.into(),
        title: page.title,
    })
}

async fn shown(app: &App, tx: &mut Tx, ctx: &Ctx, case: IncidentId) -> Result<PageView> {
    let page = super::of_case(tx, ctx, case).await?.ok_or(Error::NotFound("page"))?;
    view(app, tx, page).await
}

/// The public page of a case.
#[utoipa::path(get, path = "/api/v1/incidents/{id}/status", tag = "status", operation_id = "status_show",
    params(("id" = String, Path)), responses((status = 200, body = PageView)))]
pub(crate) async fn show(
    State(app): State<App>,
    Who(ctx): Who,
    Segment(id): Segment<IncidentId>,
) -> Answer<Json<PageView>> {
    let mut tx = app.read(&ctx, "status.show").await?;
    let page = shown(&app, &mut tx, &ctx, id).await?;
    drop(tx);
    let entry = Entry::new(Operation::Read, "status.show").on("incident", id.as_i64()).to("api");
    app.store().disclose(&ctx, entry).await.map_err(Error::from)?;
    Ok(Json(page))
}

/// How a page is set up.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = StatusSetup)]
pub(crate) struct SetupInput {
    /// The last part of its address; fixed once it is made.
    #[serde(default)]
    slug: String,
    /// Its title; not the codename.
    title: String,
    /// The frozen answer that “was I affected?” is answered from.
    #[serde(default)]
    frozen_answer: Option<String>,
    /// Whether those of whom it is only possible are told so.
    #[serde(default)]
    possible: bool,
}

impl SetupInput {
    fn read(self) -> Answer<Setup> {
        let number = |text: String| text.parse().map_err(|_| Fail::invalid("frozen_answer", "That is no number."));
        let radius = self.frozen_answer.map(number).transpose()?;
        Ok(Setup { slug: self.slug, title: self.title, radius, possible: self.possible })
    }
}

/// Makes the page, or changes its title and questions. Nobody reads it before its first update.
#[utoipa::path(put, path = "/api/v1/incidents/{id}/status", tag = "status", operation_id = "status_set_up",
    params(("id" = String, Path)), request_body = SetupInput, responses((status = 200, body = PageView)))]
pub(crate) async fn set_up(
    State(app): State<App>,
    Who(ctx): Who,
    Segment(id): Segment<IncidentId>,
    ApiJson(input): ApiJson<SetupInput>,
) -> Answer<Json<PageView>> {
    let new = input.read()?;
    let mut tx = app.begin(&ctx, "status.set_up").await?;
    super::put(&app, &mut tx, &ctx, id, new).await?;
    let page = shown(&app, &mut tx, &ctx, id).await?;
    tx.commit().await.map_err(Error::from)?;
    Ok(Json(page))
}

/// What is published next.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = StatusUpdateInput)]
pub(crate) struct UpdateInput {
    /// Its title.
    title: String,
    /// Its text, plain.
    text: String,
    /// en, de, fr, es: for the linter.
    #[serde(default)]
    language: Option<String>,
    /// Rules of the linter that a person lets stand.
    #[serde(default)]
    let_stand: Vec<String>,
    /// Whether the title is a question that people have, and the text its answer.
    #[serde(default)]
    question: bool,
}

impl UpdateInput {
    fn read(self) -> Answer<NewUpdate> {
        let locale = self.language.as_deref().map_or(Some(Locale::En), Locale::parse);
        let rules: Option<Vec<LintRule>> = self.let_stand.iter().map(|word| LintRule::parse(word)).collect();
        Ok(NewUpdate {
            title: self.title,
            body: self.text,
            locale: locale.ok_or_else(|| Fail::invalid("language", "en, de, fr or es."))?,
            overruled: rules.ok_or_else(|| Fail::invalid("let_stand", "There is no such rule."))?,
            question: self.question,
        })
    }
}

/// Publishes an update to everybody; it is not changed any more. The first one is a person’s.
#[utoipa::path(post, path = "/api/v1/incidents/{id}/status/updates", tag = "status", operation_id = "status_update",
    params(("id" = String, Path)), request_body = UpdateInput, responses((status = 201, body = PageView)))]
pub(crate) async fn update(
    State(app): State<App>,
    Who(ctx): Who,
    Segment(id): Segment<IncidentId>,
    ApiJson(input): ApiJson<UpdateInput>,
) -> Answer<(StatusCode, Json<PageView>)> {
    let new = input.read()?;
    let mut tx = app.begin(&ctx, "status.update").await?;
    super::update(&app, &mut tx, &ctx, id, &new).await?;
    let page = shown(&app, &mut tx, &ctx, id).await?;
    tx.commit().await.map_err(Error::from)?;
    Ok((StatusCode::CREATED, Json(page)))
}

/// Closes the page: it stays to be read, and takes no questions any more.
#[utoipa::path(post, path = "/api/v1/incidents/{id}/status/close", tag = "status", operation_id = "status_close",
    params(("id" = String, Path)), responses((status = 204)))]
pub(crate) async fn close(
    State(app): State<App>,
    Who(ctx): Who,
    Segment(id): Segment<IncidentId>,
) -> Answer<StatusCode> {
    let mut tx = app.begin(&ctx, "status.close").await?;
    super::close(&app, &mut tx, &ctx, id).await?;
    tx.commit().await.map_err(Error::from)?;
    Ok(StatusCode::NO_CONTENT)
}

/// The page, its feed and how to host them, as one tar archive that needs nothing of this system.
#[utoipa::path(get, path = "/api/v1/incidents/{id}/status/files", tag = "status", operation_id = "status_export",
    params(("id" = String, Path)), responses((status = 200, content((Vec<u8> = "application/x-tar")))))]
pub(crate) async fn export(
    State(app): State<App>,
    Who(ctx): Who,
    Segment(id): Segment<IncidentId>,
) -> Answer<Response> {
    let mut tx = app.read(&ctx, "status.export").await?;
    let (slug, files) = super::take_out(&app, &mut tx, &ctx, id).await?;
    super::pages::archive(&slug, &files)
}
