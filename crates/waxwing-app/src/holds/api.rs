//! Legal holds for programs: which there are. Only people place and release them, with a fresh proof: one keeps others
//! from being erased, its release erases them.

use super::{Extent, Hold};
use crate::App;
use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;
use waxwing_domain::{HoldId, SubjectNo};
use waxwing_http::{Fail, Problem, Who};

/// A legal hold.
#[derive(Serialize, ToSchema)]
pub(crate) struct HoldView {
    /// Its id.
    #[schema(value_type = String)]
    id: HoldId,
    /// The one person that it covers; absent where it covers everybody.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<u32>)]
    subscriber: Option<SubjectNo>,
    /// Why.
    reason: String,
    /// Since when (RFC 3339).
    since: String,
    /// When it was released (RFC 3339); absent while it is open.
    #[serde(skip_serializing_if = "Option::is_none")]
    released_at: Option<String>,
}

impl From<Hold> for HoldView {
    fn from(hold: Hold) -> Self {
        let subscriber = match hold.extent {
            Extent::Workspace => None,
            Extent::Person(subject) => Some(subject),
        };
        let released_at = hold.released.map(|(_, at)| at.to_string());
        Self { id: hold.id, subscriber, reason: hold.reason, since: hold.since.to_string(), released_at }
    }
}

/// The open legal holds, and the last twenty that were released. While one covers a person they are not
/// erased: who asks for it gets nothing more, and is erased with the release. Only people place and release them, with a
/// fresh proof; no key is given that right.
#[utoipa::path(get, path = "/api/v1/holds", tag = "holds", operation_id = "holds_index",
    responses((status = 200, body = Vec<HoldView>), (status = 403, body = Problem)))]
pub(crate) async fn index(State(app): State<App>, Who(ctx): Who) -> Result<Json<Vec<HoldView>>, Fail> {
    let mut tx = app.read(&ctx, "holds.index").await?;
    let holds = super::all(&mut tx, &ctx).await?;
    Ok(Json(holds.into_iter().map(HoldView::from).collect()))
}
