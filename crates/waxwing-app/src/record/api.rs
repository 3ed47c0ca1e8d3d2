//! The record for programs.

use super::Filter;
use crate::App;
use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use waxwing_domain::{Micros, Operation};
use waxwing_http::{Cursor, Fail, Paged, Params, Who};
use waxwing_store::RecordRow;

/// One entry of the access record.
#[derive(Serialize, ToSchema)]
pub(crate) struct EntryView {
    /// Its place in the log.
    index: i64,
    /// What is hashed: actor, operation, people and fields, decoded.
    leaf: serde_json::Value,
    /// Purpose and details; null when there were none or they were erased.
    body: Option<serde_json::Value>,
    /// From which network address.
    address: Option<String>,
    /// The numbers of the people it names, up to 10,000.
    people: Vec<u32>,
    /// How many people it names.
    people_count: u64,
}

fn view(row: RecordRow) -> EntryView {
    EntryView {
        index: row.index,
        leaf: row.leaf,
        body: row.body,
        address: row.address,
        people: row.subjects.iter().take(10_000).collect(),
        people_count: row.subjects.len(),
    }
}

/// Which entries are wanted.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Wanted {
    /// This operation only, for example `read` or `export`.
    operation: Option<String>,
    /// Use cases whose name begins so.
    what: Option<String>,
    /// Entries that name this person's number.
    person: Option<u32>,
    /// `account`, `api_key`, `host`, `public` or `job`.
    actor: Option<String>,
    /// Not before this moment, in microseconds since 1970.
    from: Option<i64>,
    /// Before this moment, in microseconds since 1970.
    until: Option<i64>,
}

/// The access record, newest first. The look is recorded itself.
#[utoipa::path(get, path = "/api/v1/record", tag = "record", params(Wanted, Cursor),
    responses((status = 200, body = Paged<EntryView>)))]
pub(crate) async fn index(
    State(app): State<App>,
    Who(ctx): Who,
    Params(wanted): Params<Wanted>,
    cursor: Cursor,
) -> Result<Json<Paged<EntryView>>, Fail> {
    let operation = match wanted.operation.as_deref() {
        None => None,
        Some(word) => Some(
            Operation::parse(word).ok_or_else(|| Fail::invalid("operation", "is not an operation of the record"))?,
        ),
    };
    let filter = Filter {
        operation,
        what: wanted.what.unwrap_or_default(),
        subject: wanted.person,
        actor: wanted.actor.unwrap_or_default(),
        from: wanted.from.map(Micros::from_i64),
        until: wanted.until.map(Micros::from_i64),
    };
    let before = cursor.key::<i64>()?.unwrap_or(i64::MAX);
    let found = super::page(&app, &ctx, &filter, before, cursor.limit as usize).await?;
    let items = found.rows.into_iter().map(view).collect();
    Ok(Json(Paged { items, next: found.next.map(|index| index.to_string()) }))
}
