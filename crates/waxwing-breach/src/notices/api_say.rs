//! The case's own sentences in one language, for programs.

use super::Said;
use super::api::{NoticeDetail, detail};
use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use utoipa::ToSchema;
use waxwing_app::{App, Error};
use waxwing_domain::{IncidentId, NoticeId};
use waxwing_http::{ApiJson, Fail, Segment, Who};
use waxwing_law::drafts::Locale;

/// What the case says to people in one language; what is left out is not said.
#[derive(Deserialize, ToSchema)]
pub(crate) struct NoticeSay {
    /// The version that was looked at.
    version: i64,
    /// en, de, fr or es
    language: String,
    /// What happened and how.
    what_happened: Option<String>,
    /// What may follow for those who read it.
    consequences: Option<String>,
    /// What was done and is planned.
    measures: Option<String>,
    /// What they can do themselves.
    advice: Option<String>,
}

/// Says what happened in one language, and writes the letter in it anew from that.
#[utoipa::path(post, path = "/api/v1/incidents/{id}/notices/{part}/say", tag = "notices", operation_id = "notices_say",
    params(("id" = String, Path), ("part" = String, Path)), request_body = NoticeSay,
    responses((status = 200, body = NoticeDetail)))]
pub(crate) async fn say(
    State(app): State<App>,
    Who(ctx): Who,
    Segment((case, id)): Segment<(IncidentId, NoticeId)>,
    ApiJson(body): ApiJson<NoticeSay>,
) -> Result<Json<NoticeDetail>, Fail> {
    let NoticeSay { version, language, what_happened, consequences, measures, advice } = body;
    let locale = Locale::parse(&language).ok_or_else(|| Fail::invalid("language", "en, de, fr or es."))?;
    let said = Said { what_happened, consequences, measures, advice };
    let mut tx = app.begin(&ctx, "notices.say").await?;
    super::say(&app, &mut tx, &ctx, (case, id, version), (locale, said)).await?;
    let detail = detail(&app, &mut tx, &ctx, case, id).await?;
    tx.commit().await.map_err(Error::from)?;
    Ok(Json(detail))
}
