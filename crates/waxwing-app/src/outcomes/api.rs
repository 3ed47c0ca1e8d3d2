//! Reports of providers, brought by programs.

use super::{Taken, Wish};
use crate::App;
use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use waxwing_domain::{Action, DataClass};
use waxwing_http::{ApiJson, Fail, Routes, Who, api};

pub(super) fn routes(routes: Routes<App>) -> Routes<App> {
    api!(routes, Action::OutcomesWrite, report)
}

/// A batch of reports.
#[derive(Deserialize, ToSchema)]
pub(super) struct Batch {
    /// At most 500.
    outcomes: Vec<Wish>,
}

/// What became of a batch. Whoever may not see addresses learns only how many were received: the other numbers
/// would say who is on the lists.
#[derive(Serialize, ToSchema)]
pub(super) struct TakenView {
    /// How many there were.
    received: usize,
    /// How many were new.
    counted: Option<usize>,
    /// How many had been told before; they count once.
    repeated: Option<usize>,
    /// How many match no message of the last 30 days that left here.
    unknown: Option<usize>,
}

impl TakenView {
    fn new(taken: Taken, sees: bool) -> Self {
        let Taken { received, counted, repeated, unknown } = taken;
        let told = |number| sees.then_some(number);
        Self { received, counted: told(counted), repeated: told(repeated), unknown: told(unknown) }
    }
}

/// Tells what mailbox providers reported of messages afterwards: bounces and complaints. The same report twice
/// counts once, so that a batch can be sent again. An address that does not exist, or whose person complained,
/// gets no more mail. Too many reports that match nothing are refused with 429, the whole batch with them.
#[utoipa::path(post, path = "/api/v1/outcomes", tag = "outcomes", request_body = Batch,
    responses((status = 200, description = "Taken.", body = TakenView)))]
async fn report(
    State(app): State<App>,
    Who(ctx): Who,
    ApiJson(batch): ApiJson<Batch>,
) -> Result<Json<TakenView>, Fail> {
    let taken = super::report(&app, &ctx, &batch.outcomes, "api").await?;
    Ok(Json(TakenView::new(taken, ctx.rights.sees(DataClass::Personal))))
}
