//! `/security/incidents/{id}/duties/packets`: whom the case writes to, what each reads, and what they answered.

use super::packets::{self, Packet, PacketKind, PacketState};
use super::pages::{at, done, looked};
use super::{Overview, forms};
use askama::Template;
use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;
use waxwing_app::{App, Error};
use waxwing_domain::{Action, CasePartId, IncidentId, Operation};
use waxwing_http::{Fail, Page, SafeForm, SeeOther, Segment, Shell, Who, download};
use waxwing_store::Entry;

type Answered<T> = std::result::Result<T, Fail>;

#[derive(Template)]
#[template(path = "duties/pages/packets.html")]
pub(super) struct PacketsPage {
    shell: Shell,
    it: Overview,
    packets: Vec<Packet>,
}

impl PacketsPage {
    fn case_at(&self) -> String {
        format!("/security/incidents/{}", self.it.case.id)
    }
    fn writes(&self) -> bool {
        self.shell.may(Action::IncidentsWrite)
    }
    fn drafts(&self) -> bool {
        self.writes() && self.it.case.status.is_open()
    }
}

fn here(id: IncidentId) -> String {
    format!("{}/packets", at(id))
}

pub(super) async fn show(
    State(app): State<App>,
    Who(ctx): Who,
    shell: Shell,
    Segment(id): Segment<IncidentId>,
) -> Answered<Page<PacketsPage>> {
    let it = looked(&app, &ctx, id, "duties.packets").await?;
    let mut tx = app.read(&ctx, "duties.packets").await?;
    let packets = packets::packets(&app, &mut tx, &ctx, id).await?;
    Ok(Page(PacketsPage { shell: shell.titled(format!("{}: packets", it.case.codename)), it, packets }))
}

/// Somebody to write to; nobody named means every relay that was contained.
#[derive(Deserialize)]
pub(super) struct NewForm {
    #[serde(default)]
    kind: String,
    #[serde(default)]
    addressee: String,
}

pub(super) async fn make(
    State(app): State<App>,
    Who(ctx): Who,
    Segment(id): Segment<IncidentId>,
    SafeForm(form): SafeForm<NewForm>,
) -> Answered<SeeOther> {
    let mut tx = app.begin(&ctx, "duties.packet").await?;
    if form.kind.is_empty() {
        let said = match packets::prepare(&app, &mut tx, &ctx, id).await? {
            0 => "Every relay that was contained for this case has its packet.",
            _ => "Drafted, one for each relay.",
        };
        return done(tx, here(id), said).await;
    }
    let kind = PacketKind::parse(&form.kind).ok_or(Fail::NotFound)?;
    packets::address(&app, &mut tx, &ctx, id, (kind, &form.addressee)).await?;
    done(tx, here(id), "Drafted.").await
}

/// What is changed of a packet: its words, or where it stands.
#[derive(Deserialize)]
pub(super) struct PacketForm {
    #[serde(default)]
    addressee: String,
    #[serde(default)]
    asked: String,
    /// `sent`, `answered`, or empty for its words.
    #[serde(default)]
    state: String,
    #[serde(default)]
    at: String,
    #[serde(default)]
    said: String,
}

pub(super) async fn change(
    State(app): State<App>,
    Who(ctx): Who,
    Segment((id, packet)): Segment<(IncidentId, CasePartId)>,
    SafeForm(form): SafeForm<PacketForm>,
) -> Answered<SeeOther> {
    let mut tx = app.begin(&ctx, "duties.packet").await?;
    if form.state.is_empty() {
        packets::rewrite(&app, &mut tx, &ctx, id, packet, (&form.addressee, &form.asked)).await?;
        return done(tx, here(id), "Saved.").await;
    }
    let to = PacketState::parse(&form.state).ok_or(Fail::NotFound)?;
    let zone = super::overview(&app, &mut tx, &ctx, id).await?.facts.time_zone();
    let when = forms::wall(&form.at, &zone, ctx.now())?;
    packets::go_on(&app, &mut tx, &ctx, id, (packet, to), (when, &form.said)).await?;
    done(tx, here(id), "Noted. It stands on the timeline, in the evidence and in the register.").await
}

/// The text as a file; that it left is on the record first.
pub(super) async fn text(
    State(app): State<App>,
    Who(ctx): Who,
    Segment((id, packet)): Segment<(IncidentId, CasePartId)>,
) -> Answered<Response> {
    let mut tx = app.begin(&ctx, "duties.draft").await?;
    let all = packets::packets(&app, &mut tx, &ctx, id).await?;
    let found = all.into_iter().find(|one| one.id == packet).ok_or(Fail::NotFound)?;
    let entry = Entry::new(Operation::Read, "duties.draft").to("file").on("incident", id.as_i64());
    let entry = entry.detail(serde_json::json!({ "packet": packet }));
    tx.record(app.store(), &ctx, entry).await.map_err(Error::from)?;
    tx.commit().await.map_err(Error::from)?;
    Ok(download(&format!("packet-{packet}.txt"), "text/plain; charset=utf-8", found.text))
}
