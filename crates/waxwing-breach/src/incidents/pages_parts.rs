//! The forms of a case's parts: timeline, members, assets, indicators, cause.

use super::forms::{
    AssetForm, CauseForm, HandOutForm, IndicatorForm, JudgeForm, LeaveForm, LineForm, MemberForm, PinForm, word,
};
use super::indicators::IndicatorFormat;
use super::members::MemberRef;
use super::pages::{at, done};
use super::words::{CaseRole, CauseKind, Compromise, Tlp};
use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;
use waxwing_app::{App, Error};
use waxwing_domain::{CasePartId, IncidentId};
use waxwing_http::{Fail, SafeForm, SeeOther, Segment, Who, download};

type Answer<T> = std::result::Result<T, Fail>;

fn details(id: IncidentId) -> String {
    format!("{}/details", at(id))
}

pub(super) async fn note(
    State(app): State<App>,
    Who(ctx): Who,
    Segment(id): Segment<IncidentId>,
    SafeForm(form): SafeForm<LineForm>,
) -> Answer<SeeOther> {
    let new = form.read(ctx.now())?;
    let mut tx = app.begin(&ctx, "incidents.note").await?;
    super::note(&app, &mut tx, &ctx, id, new).await?;
    done(tx, at(id), "It stands on the timeline. It can be corrected by another line, not changed.").await
}

pub(super) async fn pin(
    State(app): State<App>,
    Who(ctx): Who,
    Segment(id): Segment<IncidentId>,
    SafeForm(form): SafeForm<PinForm>,
) -> Answer<SeeOther> {
    let (index, category) = form.read()?;
    let mut tx = app.begin(&ctx, "incidents.pin").await?;
    super::pin(&app, &mut tx, &ctx, id, index, category).await?;
    done(tx, at(id), "The entry stands on the timeline.").await
}

pub(super) async fn add_member(
    State(app): State<App>,
    Who(ctx): Who,
    Segment(id): Segment<IncidentId>,
    SafeForm(form): SafeForm<MemberForm>,
) -> Answer<SeeOther> {
    let account = form.account.parse().map_err(|_| Fail::invalid("account", "Choose a person."))?;
    let role = word("role", &form.role, CaseRole::parse)?;
    let mut tx = app.begin(&ctx, "incidents.add_member").await?;
    super::add_member(&app, &mut tx, &ctx, id, account, role).await?;
    done(tx, details(id), "They are in the case.").await
}

pub(super) async fn remove_member(
    State(app): State<App>,
    Who(ctx): Who,
    Segment(id): Segment<IncidentId>,
    SafeForm(form): SafeForm<LeaveForm>,
) -> Answer<SeeOther> {
    let principal: CasePartId = form.principal.parse().map_err(|_| Fail::NotFound)?;
    let who = MemberRef::read(&form.kind, principal.as_i64());
    let mut tx = app.begin(&ctx, "incidents.remove_member").await?;
    super::remove_member(&app, &mut tx, &ctx, id, who).await?;
    done(tx, "/security/incidents".into(), "They are no longer in the case.").await
}

pub(super) async fn add_asset(
    State(app): State<App>,
    Who(ctx): Who,
    Segment(id): Segment<IncidentId>,
    SafeForm(form): SafeForm<AssetForm>,
) -> Answer<SeeOther> {
    let new = form.read()?;
    let mut tx = app.begin(&ctx, "incidents.add_asset").await?;
    super::add_asset(&app, &mut tx, &ctx, id, new).await?;
    done(tx, details(id), "Noted.").await
}

pub(super) async fn judge_asset(
    State(app): State<App>,
    Who(ctx): Who,
    Segment((id, part)): Segment<(IncidentId, CasePartId)>,
    SafeForm(form): SafeForm<JudgeForm>,
) -> Answer<SeeOther> {
    let compromise = word("compromise", &form.compromise, Compromise::parse)?;
    let mut tx = app.begin(&ctx, "incidents.judge_asset").await?;
    super::judge_asset(&app, &mut tx, &ctx, id, part, compromise).await?;
    done(tx, details(id), "Saved.").await
}

pub(super) async fn note_indicator(
    State(app): State<App>,
    Who(ctx): Who,
    Segment(id): Segment<IncidentId>,
    SafeForm(form): SafeForm<IndicatorForm>,
) -> Answer<SeeOther> {
    let new = form.read(ctx.now())?;
    let mut tx = app.begin(&ctx, "incidents.add_indicator").await?;
    super::note_indicator(&app, &mut tx, &ctx, id, new).await?;
    done(tx, details(id), "Noted.").await
}

#[derive(Deserialize)]
pub(super) struct BundleForm {
    #[serde(default)]
    bundle: String,
}

pub(super) async fn take_in(
    State(app): State<App>,
    Who(ctx): Who,
    Segment(id): Segment<IncidentId>,
    SafeForm(form): SafeForm<BundleForm>,
) -> Answer<SeeOther> {
    let mut tx = app.begin(&ctx, "incidents.take_indicators").await?;
    let came = super::take_in_indicators(&app, &mut tx, &ctx, id, &form.bundle).await?;
    let said = format!("{} indicators were taken in; {} objects were left out.", came.taken, came.left_out);
    done(tx, details(id), &said).await
}

pub(super) async fn hand_out(
    State(app): State<App>,
    Who(ctx): Who,
    Segment(id): Segment<IncidentId>,
    SafeForm(form): SafeForm<HandOutForm>,
) -> Answer<Response> {
    let format = word("format", &form.format, IndicatorFormat::parse)?;
    let most = word("tlp", &form.tlp, Tlp::parse)?;
    let mut tx = app.begin(&ctx, "incidents.export_indicators").await?;
    let text = super::hand_out(&app, &mut tx, &ctx, id, (format, most)).await?;
    tx.commit().await.map_err(Error::from)?;
    let (media, ending) = format.file();
    Ok(download(&format!("indicators-{id}.{ending}"), media, text))
}

pub(super) async fn cause(
    State(app): State<App>,
    Who(ctx): Who,
    Segment(id): Segment<IncidentId>,
    SafeForm(form): SafeForm<CauseForm>,
) -> Answer<SeeOther> {
    let kind = word("cause", &form.cause, CauseKind::parse)?;
    let mut tx = app.begin(&ctx, "incidents.cause").await?;
    super::state_cause(&app, &mut tx, &ctx, id, kind, &form.cause_text).await?;
    done(tx, details(id), "Saved, with the controls as they stand now.").await
}
