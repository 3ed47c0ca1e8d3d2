//! Requests for programs: what became of those that a key made, and what needs a second person. No
//! program decides.

use super::{Approval, Fact, Policy};
use crate::App;
use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;
use waxwing_domain::{Action, ApprovalId, Ctx, Micros};
use waxwing_http::{Cursor, Fail, Paged, Segment, Who};

/// A request for a second person's yes.
#[derive(Serialize, ToSchema)]
#[schema(as = Approval)]
pub(in crate::accounts) struct Item {
    /// Its id.
    #[schema(value_type = String)]
    id: ApprovalId,
    /// `send`, `export`, `grant` or `policy`.
    kind: &'static str,
    /// What it is about.
    title: String,
    /// What will happen.
    facts: Vec<Fact>,
    /// About how many people it is; 0 where it is not about a number.
    people: i64,
    /// SHA-256 of exactly what the yes is bound to, in hexadecimal.
    digest: String,
    /// `asked`, `approved`, `refused`, `used`, `expired` or `withdrawn`.
    state: &'static str,
    /// Why it was refused or withdrawn.
    reason: String,
    /// When it was asked for, in microseconds since 1970.
    #[schema(value_type = i64)]
    asked_at: Micros,
    /// Until when it holds.
    #[schema(value_type = i64)]
    expires_at: Micros,
    /// When it was decided.
    #[schema(value_type = Option<i64>)]
    decided_at: Option<Micros>,
    /// When it was acted on.
    #[schema(value_type = Option<i64>)]
    used_at: Option<Micros>,
}

impl Item {
    fn of(ctx: &Ctx, approval: Approval) -> Self {
        Self {
            id: approval.id,
            kind: approval.kind.as_str(),
            digest: approval.digest_hex(),
            state: approval.state_at(ctx.now()).as_str(),
            title: approval.title,
            facts: approval.facts,
            people: approval.people,
            reason: approval.reason,
            asked_at: approval.asked_at,
            expires_at: approval.expires_at,
            decided_at: approval.decided_at,
            used_at: approval.used_at,
        }
    }
}

/// Requests that the key may know of, the newest first: its own, and all with the right to read the record.
#[utoipa::path(get, path = "/api/v1/approvals", operation_id = "approvals_index", tag = "approvals", params(Cursor),
    responses((status = 200, description = "A page of requests", body = Paged<Item>)))]
pub(in crate::accounts) async fn index(
    State(app): State<App>,
    Who(ctx): Who,
    cursor: Cursor,
) -> Result<Json<Paged<Item>>, Fail> {
    ctx.authorise(Action::HomeRead)?;
    let mut tx = app.read(&ctx, "approvals.index").await?;
    let (rows, next) = super::page(&mut tx, &ctx, cursor.key()?, cursor.limit).await?;
    let items = rows.into_iter().map(|approval| Item::of(&ctx, approval)).collect();
    Ok(Json(Paged { items, next: next.map(|id| id.to_string()) }))
}

/// One request, to see what became of it.
#[utoipa::path(get, path = "/api/v1/approvals/{id}", operation_id = "approvals_get", tag = "approvals",
    params(("id" = String, Path, description = "The request's id")),
    responses((status = 200, description = "The request", body = Item)))]
pub(in crate::accounts) async fn get(
    State(app): State<App>,
    Who(ctx): Who,
    Segment(id): Segment<ApprovalId>,
) -> Result<Json<Item>, Fail> {
    let mut tx = app.read(&ctx, "approvals.show").await?;
    Ok(Json(Item::of(&ctx, super::by_id(&mut tx, &ctx, id).await?)))
}

/// What needs a second person in this workspace.
#[utoipa::path(get, path = "/api/v1/settings/approvals", operation_id = "approvals_policy", tag = "approvals",
    responses((status = 200, description = "The policy", body = Policy)))]
pub(in crate::accounts) async fn policy(State(app): State<App>, Who(ctx): Who) -> Result<Json<Policy>, Fail> {
    ctx.authorise(Action::SettingsRead)?;
    let mut tx = app.read(&ctx, "approvals.policy").await?;
    Ok(Json(super::policy(&mut tx).await?))
}
