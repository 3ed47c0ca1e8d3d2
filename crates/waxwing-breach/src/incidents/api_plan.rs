//! The incident plan, for programs: to be read. Who may join every case writes it, and that is a person.

use super::Plan;
use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;
use waxwing_app::{App, Error};
use waxwing_domain::Operation;
use waxwing_http::{Fail, Who};
use waxwing_store::Entry;

/// The incident plan.
#[derive(Serialize, ToSchema)]
#[schema(as = IncidentPlanPage)]
pub(crate) struct PlanView {
    /// Grows with every change; 0 while nobody wrote one.
    version: i64,
    /// When it was changed (RFC 3339).
    changed_at: Option<String>,
    /// The nearest day of a review or a drill (RFC 3339).
    due_at: Option<String>,
    /// What was decided.
    plan: Plan,
}

/// What was decided before anything happened: people, numbers, who decides what, a playbook, drills.
#[utoipa::path(get, path = "/api/v1/plan", tag = "incidents", operation_id = "incidents_plan",
    responses((status = 200, body = PlanView)))]
pub(crate) async fn show(State(app): State<App>, Who(ctx): Who) -> Result<Json<PlanView>, Fail> {
    let mut tx = app.read(&ctx, "incidents.plan").await?;
    let it = super::plan(&app, &mut tx, &ctx).await?;
    drop(tx);
    let entry = Entry::new(Operation::Read, "incidents.plan").to("api");
    app.store().disclose(&ctx, entry).await.map_err(Error::from)?;
    let said = |at: waxwing_domain::Micros| at.to_string();
    let (changed_at, due_at) = (it.changed_at.map(said), it.due_at.map(said));
    Ok(Json(PlanView { version: it.version, changed_at, due_at, plan: it.plan }))
}
