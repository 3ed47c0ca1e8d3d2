//! The record for programs.

use super::{Filter, Format};
use crate::App;
use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use http::header::CONTENT_TYPE;
use serde::{Deserialize, Serialize};
use std::net::IpAddr;
use utoipa::{IntoParams, ToSchema};
use waxwing_crypto::tlog::{MAX_SIZE, TILE_WIDTH, Tile};
use waxwing_domain::{AccountId, Action, Micros, Operation, RequestId};
use waxwing_http::{Cursor, Fail, Paged, Params, Routes, Segment, Who, api, download};
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
    /// The number of a person, session or key that acted or caused the act.
    who: Option<String>,
    /// From this network address.
    address: Option<String>,
    /// Not before this moment, in microseconds since 1970.
    from: Option<i64>,
    /// Before this moment, in microseconds since 1970.
    until: Option<i64>,
    /// For the export only: `csv`, `ocsf` or `syslog`.
    format: Option<String>,
}

impl Wanted {
    fn filter(self) -> Result<Filter, Fail> {
        let wrong = |field: &'static str, why: &'static str| move || Fail::invalid(field, why);
        let operation = self
            .operation
            .map(|word| Operation::parse(&word).ok_or_else(wrong("operation", "is not an operation of the record")));
        let who = self.who.map(|text| {
            text.parse().map(AccountId::as_i64).map_err(|_| Fail::invalid("who", "is not a number of 13 characters"))
        });
        let address = self
            .address
            .map(|text| text.parse::<IpAddr>().map_err(|_| Fail::invalid("address", "is not a network address")));
        Ok(Filter {
            operation: operation.transpose()?,
            what: self.what.unwrap_or_default(),
            subject: self.person,
            actor: self.actor.unwrap_or_default(),
            who: who.transpose()?,
            address: address.transpose()?.map(|address| address.to_canonical()),
            from: self.from.map(Micros::from_i64),
            until: self.until.map(Micros::from_i64),
        })
    }
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
    let filter = wanted.filter()?;
    let before = cursor.key::<i64>()?.unwrap_or(i64::MAX);
    let found = super::page(&app, &ctx, &filter, before, cursor.limit as usize).await?;
    let items = found.rows.into_iter().map(view).collect();
    Ok(Json(Paged { items, next: found.next.map(|index| index.to_string()) }))
}

/// What the filter wants as CSV, OCSF JSON lines or syslog, newest first. Recorded itself.
#[utoipa::path(get, path = "/api/v1/record/export", tag = "record", params(Wanted),
    responses((status = 200, content(
        (String = "text/csv; charset=utf-8"), (String = "application/x-ndjson"), (String = "text/plain; charset=utf-8")))))]
pub(crate) async fn export(
    State(app): State<App>,
    Who(ctx): Who,
    Params(wanted): Params<Wanted>,
) -> Result<Response, Fail> {
    let format = Format::parse(wanted.format.as_deref().unwrap_or("csv"));
    let format = format.ok_or_else(|| Fail::invalid("format", "is csv, ocsf or syslog"))?;
    let lines = super::hand_out(&app, &ctx, wanted.filter()?, format).await?;
    Ok(download(&format!("record.{}", format.ending()), format.media_type(), Body::from_stream(lines)))
}

/// The log as outsiders see it.
#[derive(Serialize, ToSchema)]
pub(crate) struct LogView {
    /// The key that checks it, `name+id+key` (C2SP signed-note).
    key: Option<String>,
    /// The name of the log.
    origin: Option<String>,
    /// Entries that the newest signed head covers.
    size: u64,
    /// When it was signed, in microseconds since 1970.
    signed_at: Option<i64>,
    /// Entries that the newest head covers that a witness signed too.
    witnessed_size: u64,
}

/// The key of the log and how far it is signed.
#[utoipa::path(get, path = "/api/v1/record/log", tag = "record", responses((status = 200, body = LogView)))]
pub(crate) async fn log(State(app): State<App>, Who(ctx): Who) -> Result<Json<LogView>, Fail> {
    let state = super::log_state(&app, &ctx).await?;
    Ok(Json(LogView {
        key: state.key.map(|key| key.to_string()),
        origin: state.head.as_ref().map(|head| head.checkpoint.origin.clone()),
        size: state.head.as_ref().map_or(0, |head| head.checkpoint.size),
        signed_at: state.head.map(|head| head.signed_at.as_i64()),
        witnessed_size: state.witnessed.map_or(0, |head| head.checkpoint.size),
    }))
}

/// The newest signed head (C2SP tlog-checkpoint).
#[utoipa::path(get, path = "/api/v1/record/checkpoint", tag = "record",
    responses((status = 200, body = String, content_type = "text/plain")))]
pub(crate) async fn checkpoint(State(app): State<App>, Who(ctx): Who) -> Result<Response, Fail> {
    let head = super::log_state(&app, &ctx).await?.head.ok_or(Fail::NotFound)?;
    Ok(plain(head.note.to_text()))
}

fn plain(text: String) -> Response {
    ([(CONTENT_TYPE, "text/plain; charset=utf-8")], text).into_response()
}

/// How wide a tile is wanted.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Width {
    /// 1 to 256; 256 where it is left out.
    #[param(minimum = 1, maximum = 256)]
    width: Option<u16>,
}

/// A tile of hashes (C2SP tlog-tiles), or with the level `entries` the entries below one; those are
/// recorded as read.
#[utoipa::path(get, path = "/api/v1/record/tile/{level}/{index}", tag = "record",
    params(("level" = String, Path), ("index" = u64, Path), Width),
    responses((status = 200, body = Vec<u8>, content_type = "application/octet-stream")))]
pub(crate) async fn tile(
    State(app): State<App>,
    Who(ctx): Who,
    Segment((level, index)): Segment<(String, u64)>,
    Params(wanted): Params<Width>,
) -> Result<Response, Fail> {
    let width = wanted.width.unwrap_or(TILE_WIDTH as u16);
    if index > MAX_SIZE / TILE_WIDTH || width == 0 {
        return Err(Fail::NotFound);
    }
    let bytes = match level.as_str() {
        "entries" => super::entries(&app, &ctx, Tile { level: 0, index, width }).await?,
        level => {
            let level = level.parse::<u8>().ok().filter(|level| *level < 8).ok_or(Fail::NotFound)?;
            super::tile(&app, &ctx, Tile { level, index, width }).await?
        }
    };
    Ok(([(CONTENT_TYPE, "application/octet-stream")], bytes).into_response())
}

/// The proof that an entry is in the log (C2SP tlog-proof), to be checked without this machine.
#[utoipa::path(get, path = "/api/v1/record/entries/{index}/proof", tag = "record", params(("index" = u64, Path)),
    responses((status = 200, body = String, content_type = "text/plain")))]
pub(crate) async fn proof(
    State(app): State<App>,
    Who(ctx): Who,
    Segment(index): Segment<u64>,
) -> Result<Response, Fail> {
    Ok(plain(super::proof(&app, &ctx, index).await?.to_text()))
}

/// The receipt of one entry.
#[derive(Serialize, ToSchema)]
pub(crate) struct RecordReceipt {
    /// Its place in the log.
    index: u64,
    /// The proof (C2SP tlog-proof).
    proof: String,
}

/// The receipts of a request, by the `x-request-id` of its answer: the proofs of the entries it made.
/// Empty until they are numbered and signed, about a second later.
#[utoipa::path(get, path = "/api/v1/record/receipts/{request}", tag = "record", params(("request" = String, Path)),
    responses((status = 200, body = Vec<RecordReceipt>)))]
pub(crate) async fn receipts(
    State(app): State<App>,
    Who(ctx): Who,
    Segment(request): Segment<RequestId>,
) -> Result<Json<Vec<RecordReceipt>>, Fail> {
    let proofs = super::receipts(&app, &ctx, request).await?;
    if proofs.is_empty() {
        return Err(Fail::NotFound);
    }
    Ok(Json(proofs.into_iter().map(|proof| RecordReceipt { index: proof.index, proof: proof.to_text() }).collect()))
}

pub(super) fn routes(routes: Routes<App>) -> Routes<App> {
    let routes = api!(routes, Action::RecordRead, index);
    let routes = api!(routes, Action::RecordRead, export);
    let routes = api!(routes, Action::RecordRead, log);
    let routes = api!(routes, Action::RecordRead, checkpoint);
    let routes = api!(routes, Action::RecordRead, tile);
    let routes = api!(routes, Action::RecordRead, proof);
    api!(routes, Action::HomeRead, receipts)
}
