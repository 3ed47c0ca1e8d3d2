//! Packets of a case, for programs.

use super::packets::{self, Packet, PacketKind, PacketState};
use axum::Json;
use axum::extract::State;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use waxwing_app::{App, Error};
use waxwing_domain::{CasePartId, IncidentId, Micros, Operation};
use waxwing_http::{ApiJson, Fail, Segment, Who};
use waxwing_store::Entry;

/// What a provider or a controller is told of a case.
#[derive(Serialize, ToSchema)]
pub(crate) struct PacketView {
    /// Its id.
    id: String,
    /// `provider` or `controller`.
    kind: &'static str,
    /// `drafted`, `sent` or `answered`.
    state: &'static str,
    /// To whom.
    addressee: String,
    /// What a provider is asked for.
    asked: String,
    /// As it was sent; as it would be sent now while it is a draft.
    text: String,
    /// What is missing in a draft.
    gaps: Vec<String>,
    /// When it was drafted (RFC 3339).
    drafted_at: String,
    /// When it was sent (RFC 3339).
    sent_at: Option<String>,
    /// The ticket or message by which it was sent.
    reference: String,
    /// When it was answered (RFC 3339).
    answered_at: Option<String>,
    /// What was answered.
    answer: String,
}

impl From<Packet> for PacketView {
    fn from(one: Packet) -> Self {
        Self {
            id: one.id.to_string(),
            kind: one.kind.as_str(),
            state: one.state.as_str(),
            addressee: one.addressee,
            asked: one.asked,
            text: one.text,
            gaps: one.gaps,
            drafted_at: one.drafted_at.to_string(),
            sent_at: one.sent_at.map(|at| at.to_string()),
            reference: one.reference,
            answered_at: one.answered_at.map(|at| at.to_string()),
            answer: one.answer,
        }
    }
}

/// The packets of a case, the first first. That they were read is on the record.
#[utoipa::path(get, path = "/api/v1/incidents/{id}/packets", tag = "duties", operation_id = "duties_packets", params(("id" = String, Path)), responses((status = 200, body = Vec<PacketView>)))]
pub(crate) async fn index(
    State(app): State<App>,
    Who(ctx): Who,
    Segment(id): Segment<IncidentId>,
) -> Result<Json<Vec<PacketView>>, Fail> {
    let mut tx = app.read(&ctx, "duties.packets").await?;
    let all = packets::packets(&app, &mut tx, &ctx, id).await?;
    drop(tx);
    let entry = Entry::new(Operation::Read, "duties.packets").on("incident", id.as_i64()).to("api");
    app.store().disclose(&ctx, entry).await.map_err(Error::from)?;
    Ok(Json(all.into_iter().map(PacketView::from).collect()))
}

/// Somebody to write to.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewPacket {
    /// `provider` or `controller`; every relay that was contained when neither this nor `addressee` is given.
    #[serde(default)]
    kind: Option<String>,
    /// To whom.
    #[serde(default)]
    addressee: String,
}

/// How many packets were drafted.
#[derive(Serialize, ToSchema)]
pub(crate) struct PacketsMade {
    /// So many are new.
    drafted: usize,
}

/// Drafts a packet for each relay that was contained for the case and has none, or for somebody who is named.
#[utoipa::path(post, path = "/api/v1/incidents/{id}/packets", tag = "duties", operation_id = "duties_make_packets", params(("id" = String, Path)), request_body = NewPacket, responses((status = 201, body = PacketsMade)))]
pub(crate) async fn make(
    State(app): State<App>,
    Who(ctx): Who,
    Segment(id): Segment<IncidentId>,
    ApiJson(body): ApiJson<NewPacket>,
) -> Result<(StatusCode, Json<PacketsMade>), Fail> {
    let mut tx = app.begin(&ctx, "duties.packet").await?;
    let drafted = match body.kind {
        None => packets::prepare(&app, &mut tx, &ctx, id).await?,
        Some(kind) => {
            let kind = PacketKind::parse(&kind).ok_or_else(|| Fail::invalid("kind", "Say provider or controller."))?;
            packets::address(&app, &mut tx, &ctx, id, (kind, &body.addressee)).await?;
            1
        }
    };
    tx.commit().await.map_err(Error::from)?;
    Ok((StatusCode::CREATED, Json(PacketsMade { drafted })))
}

/// What is changed of a packet.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PacketChange {
    /// `sent` or `answered`; its words are changed when not given.
    #[serde(default)]
    state: Option<String>,
    /// When it was sent or answered (RFC 3339); now unless given.
    #[serde(default)]
    at: Option<String>,
    /// The reference under which it was sent, or what was answered.
    #[serde(default)]
    said: String,
    /// To whom, of a draft.
    #[serde(default)]
    addressee: String,
    /// What a provider is asked for, of a draft.
    #[serde(default)]
    asked: String,
}

/// Changes the words of a draft, or notes that it was sent or answered. What was sent is kept as it was.
#[utoipa::path(patch, path = "/api/v1/incidents/{id}/packets/{packet}", tag = "duties", operation_id = "duties_change_packet", params(("id" = String, Path), ("packet" = String, Path)), request_body = PacketChange, responses((status = 204)))]
pub(crate) async fn change(
    State(app): State<App>,
    Who(ctx): Who,
    Segment((id, packet)): Segment<(IncidentId, CasePartId)>,
    ApiJson(body): ApiJson<PacketChange>,
) -> Result<StatusCode, Fail> {
    let mut tx = app.begin(&ctx, "duties.packet").await?;
    match &body.state {
        None => packets::rewrite(&app, &mut tx, &ctx, id, packet, (&body.addressee, &body.asked)).await?,
        Some(state) => {
            let to = PacketState::parse(state).ok_or_else(|| Fail::invalid("state", "Say sent or answered."))?;
            let at = moment(body.at.as_deref(), ctx.now())?;
            packets::go_on(&app, &mut tx, &ctx, id, (packet, to), (at, &body.said)).await?;
        }
    }
    tx.commit().await.map_err(Error::from)?;
    Ok(StatusCode::NO_CONTENT)
}

fn moment(typed: Option<&str>, now: Micros) -> Result<Micros, Fail> {
    let Some(text) = typed else { return Ok(now) };
    let stamp: Result<jiff::Timestamp, _> = text.parse();
    let stamp = stamp.map_err(|_| Fail::invalid("at", "Write the time like 2026-11-22T10:05:00Z."))?;
    Ok(Micros::from_i64(stamp.as_microsecond()))
}
