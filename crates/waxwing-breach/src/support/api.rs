//! Messages to support, for programs.

use super::{Message, Opened};
use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use waxwing_app::{App, Error};
use waxwing_domain::{IncidentId, Operation, SupportId};
use waxwing_http::{ApiJson, Fail, Segment, Who};
use waxwing_store::Entry;

/// Messages of an answer.
const MOST: i64 = 200;

/// A message, without its words.
#[derive(Serialize, ToSchema)]
#[schema(as = SupportMessage)]
pub(crate) struct MessageView {
    /// Its id.
    id: String,
    /// new, answered, closed
    state: &'static str,
    /// What they had been told when they asked, where they gave the code: affected, not
    verdict: Option<&'static str>,
    /// When it came (RFC 3339).
    received_at: String,
    /// When an answer is due (RFC 3339).
    due_at: String,
}

impl From<&Message> for MessageView {
    fn from(message: &Message) -> Self {
        Self {
            id: message.id.to_string(),
            state: message.state.as_str(),
            verdict: message.verdict.map(|verdict| verdict.as_str()),
            received_at: message.received_at.to_string(),
            due_at: message.due_at.to_string(),
        }
    }
}

/// A message with its words.
#[derive(Serialize, ToSchema)]
#[schema(as = SupportMessageOpened)]
pub(crate) struct OpenedView {
    /// The message.
    message: MessageView,
    /// The address that it came from, as it was typed.
    email: String,
    /// What it says.
    text: String,
    /// What was answered.
    replies: Vec<String>,
}

impl From<Opened> for OpenedView {
    fn from(opened: Opened) -> Self {
        let replies = opened.replies.into_iter().map(|reply| reply.text).collect();
        Self { message: (&opened.message).into(), email: opened.email, text: opened.text, replies }
    }
}

/// The newest messages of a case, without their words; at most 200.
#[utoipa::path(get, path = "/api/v1/incidents/{id}/support", tag = "support", operation_id = "support_index",
    params(("id" = String, Path)), responses((status = 200, body = Vec<MessageView>)))]
pub(crate) async fn index(
    State(app): State<App>,
    Who(ctx): Who,
    Segment(id): Segment<IncidentId>,
) -> Result<Json<Vec<MessageView>>, Fail> {
    let mut tx = app.read(&ctx, "support.index").await?;
    let messages = super::of_case(&mut tx, &ctx, id, None, MOST).await?;
    drop(tx);
    let entry = Entry::new(Operation::Read, "support.index").on("incident", id.as_i64()).to("api");
    app.store().disclose(&ctx, entry).await.map_err(Error::from)?;
    Ok(Json(messages.iter().map(MessageView::from).collect()))
}

/// One message with its words.
#[utoipa::path(get, path = "/api/v1/incidents/{id}/support/{part}", tag = "support", operation_id = "support_show",
    params(("id" = String, Path), ("part" = String, Path)), responses((status = 200, body = OpenedView)))]
pub(crate) async fn show(
    State(app): State<App>,
    Who(ctx): Who,
    Segment((case, id)): Segment<(IncidentId, SupportId)>,
) -> Result<Json<OpenedView>, Fail> {
    Ok(Json(super::by_id(&app, &ctx, case, id, "api").await?.into()))
}

/// An answer.
#[derive(Deserialize, ToSchema)]
#[schema(as = SupportAnswer)]
pub(crate) struct AnswerInput {
    /// What is answered, as plain text.
    text: String,
}

/// Answers a message by mail.
#[utoipa::path(post, path = "/api/v1/incidents/{id}/support/{part}/answer", tag = "support",
    operation_id = "support_answer", params(("id" = String, Path), ("part" = String, Path)),
    request_body = AnswerInput, responses((status = 204)))]
pub(crate) async fn answer(
    State(app): State<App>,
    Who(ctx): Who,
    Segment((case, id)): Segment<(IncidentId, SupportId)>,
    ApiJson(input): ApiJson<AnswerInput>,
) -> Result<http::StatusCode, Fail> {
    let mut tx = app.begin(&ctx, "support.answer").await?;
    super::answer(&app, &mut tx, &ctx, (case, id), &input.text).await?;
    tx.commit().await.map_err(Error::from)?;
    Ok(http::StatusCode::NO_CONTENT)
}

/// Closes a message that needs no answer, or no more.
#[utoipa::path(post, path = "/api/v1/incidents/{id}/support/{part}/close", tag = "support",
    operation_id = "support_close", params(("id" = String, Path), ("part" = String, Path)),
    responses((status = 204)))]
pub(crate) async fn close(
    State(app): State<App>,
    Who(ctx): Who,
    Segment((case, id)): Segment<(IncidentId, SupportId)>,
) -> Result<http::StatusCode, Fail> {
    let mut tx = app.begin(&ctx, "support.close").await?;
    super::close(&app, &mut tx, &ctx, case, id).await?;
    tx.commit().await.map_err(Error::from)?;
    Ok(http::StatusCode::NO_CONTENT)
}
