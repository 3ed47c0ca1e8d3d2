//! The cards of a draft: audience, sender, subject, schedule.

use super::{Campaign, Edit, From, Plan};
use crate::templates::Mistakes;
use crate::{App, Error, Result, lists, settings};
use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use http::StatusCode;
use serde::Deserialize;
use waxwing_domain::{CampaignId, Ctx, ListId};
use waxwing_http::{Fail, Flash, Page, SafeForm, SeeOther, Segment, Shell, Who};

type Answer = std::result::Result<Response, Fail>;

async fn load(app: &App, ctx: &Ctx, id: CampaignId) -> Result<Campaign> {
    let mut tx = app.read(ctx, "campaigns.card").await?;
    super::by_id(&mut tx, ctx, id).await
}

/// Saves one part; what a person can mend is kept for showing.
pub(super) async fn save(app: &App, ctx: &Ctx, id: CampaignId, edit: Edit) -> Result<Mistakes> {
    let mut mistakes = Mistakes::default();
    let mut tx = app.begin(ctx, "campaigns.edit").await?;
    if mistakes.take(super::edit(app, &mut tx, ctx, id, vec![edit]).await)?.is_some() {
        tx.commit().await?;
    }
    Ok(mistakes)
}

pub(super) fn back(id: CampaignId) -> Response {
    SeeOther::to(format!("/campaigns/{id}")).flash(Flash::good("Saved.")).into_response()
}

pub(super) fn again(page: impl Template) -> Response {
    (StatusCode::UNPROCESSABLE_ENTITY, Page(page)).into_response()
}

/// The form of the name.
#[derive(Deserialize)]
pub(super) struct NameInput {
    #[serde(default)]
    name: String,
}

pub(super) async fn save_name(
    Who(ctx): Who,
    State(app): State<App>,
    Segment(id): Segment<CampaignId>,
    SafeForm(input): SafeForm<NameInput>,
) -> Answer {
    let mut tx = app.begin(&ctx, "campaigns.edit").await?;
    super::edit(&app, &mut tx, &ctx, id, vec![Edit::Name(input.name)]).await?;
    tx.commit().await.map_err(Error::from)?;
    Ok(back(id))
}

struct ListShown {
    id: String,
    name: String,
    note: String,
    on: bool,
}

#[derive(Template)]
#[template(path = "campaigns/pages/audience.html")]
struct AudienceCard {
    shell: Shell,
    campaign: Campaign,
    lists: Vec<ListShown>,
    reason: String,
    mistakes: Mistakes,
}

/// The form of the audience.
#[derive(Deserialize)]
pub(super) struct AudienceInput {
    #[serde(default)]
    lists: Vec<String>,
    #[serde(default)]
    reason: String,
}

async fn audience_page(
    app: &App,
    shell: Shell,
    ctx: &Ctx,
    id: CampaignId,
    input: Option<AudienceInput>,
    mistakes: Mistakes,
) -> Result<AudienceCard> {
    let campaign = load(app, ctx, id).await?;
    let chosen: Vec<String> = match &input {
        Some(input) => input.lists.clone(),
        None => campaign.lists.iter().map(ToString::to_string).collect(),
    };
    let mut tx = app.read(ctx, "campaigns.audience").await?;
    let counts = lists::counts(&mut tx).await?;
    let open = lists::all(&mut tx).await?.into_iter().filter(|list| list.archived_at.is_none());
    let shown = open.map(|list| ListShown {
        id: list.id.to_string(),
        on: chosen.contains(&list.id.to_string()),
        note: format!("{} confirmed", waxwing_http::count(counts.get(&list.id).map_or(0, |counts| counts.confirmed))),
        name: list.name,
    });
    let lists = shown.collect();
    let reason = input.map_or_else(|| campaign.reason.clone(), |input| input.reason);
    Ok(AudienceCard { shell: shell.titled("Audience"), campaign, lists, reason, mistakes })
}

pub(super) async fn audience(
    shell: Shell,
    Who(ctx): Who,
    State(app): State<App>,
    Segment(id): Segment<CampaignId>,
) -> Answer {
    Ok(Page(audience_page(&app, shell, &ctx, id, None, Mistakes::default()).await?).into_response())
}

pub(super) async fn save_audience(
    shell: Shell,
    Who(ctx): Who,
    State(app): State<App>,
    Segment(id): Segment<CampaignId>,
    SafeForm(input): SafeForm<AudienceInput>,
) -> Answer {
    let lists: std::result::Result<Vec<ListId>, _> = input.lists.iter().map(|text| text.parse()).collect();
    let edit = Edit::Audience { lists: lists?, reason: input.reason.clone() };
    let mistakes = save(&app, &ctx, id, edit).await?;
    if mistakes.is_empty() {
        return Ok(back(id));
    }
    Ok(again(audience_page(&app, shell, &ctx, id, Some(input), mistakes).await?))
}

#[derive(Template)]
#[template(path = "campaigns/pages/sender.html")]
struct SenderCard {
    shell: Shell,
    campaign: Campaign,
    input: From,
    mistakes: Mistakes,
}

pub(super) async fn sender(
    shell: Shell,
    Who(ctx): Who,
    State(app): State<App>,
    Segment(id): Segment<CampaignId>,
) -> Answer {
    let campaign = load(&app, &ctx, id).await?;
    let input = campaign.from.clone();
    Ok(Page(SenderCard { shell: shell.titled("Sender"), campaign, input, mistakes: Mistakes::default() })
        .into_response())
}

pub(super) async fn save_sender(
    shell: Shell,
    Who(ctx): Who,
    State(app): State<App>,
    Segment(id): Segment<CampaignId>,
    SafeForm(input): SafeForm<From>,
) -> Answer {
    let mistakes = save(&app, &ctx, id, Edit::Sender(input.clone())).await?;
    if mistakes.is_empty() {
        return Ok(back(id));
    }
    let campaign = load(&app, &ctx, id).await?;
    Ok(again(SenderCard { shell: shell.titled("Sender"), campaign, input, mistakes }))
}

/// The form of the subject.
#[derive(Deserialize)]
pub(super) struct SubjectInput {
    #[serde(default)]
    subject: String,
    #[serde(default)]
    preheader: String,
}

#[derive(Template)]
#[template(path = "campaigns/pages/subject.html")]
struct SubjectCard {
    shell: Shell,
    campaign: Campaign,
    input: SubjectInput,
    mistakes: Mistakes,
}

pub(super) async fn subject(
    shell: Shell,
    Who(ctx): Who,
    State(app): State<App>,
    Segment(id): Segment<CampaignId>,
) -> Answer {
    let campaign = load(&app, &ctx, id).await?;
    let input = SubjectInput { subject: campaign.subject.clone(), preheader: campaign.preheader.clone() };
    Ok(Page(SubjectCard { shell: shell.titled("Subject"), campaign, input, mistakes: Mistakes::default() })
        .into_response())
}

pub(super) async fn save_subject(
    shell: Shell,
    Who(ctx): Who,
    State(app): State<App>,
    Segment(id): Segment<CampaignId>,
    SafeForm(input): SafeForm<SubjectInput>,
) -> Answer {
    let edit = Edit::Subject { subject: input.subject.clone(), preheader: input.preheader.clone() };
    let mistakes = save(&app, &ctx, id, edit).await?;
    if mistakes.is_empty() {
        return Ok(back(id));
    }
    let campaign = load(&app, &ctx, id).await?;
    Ok(again(SubjectCard { shell: shell.titled("Subject"), campaign, input, mistakes }))
}

/// The form of the schedule.
#[derive(Deserialize, Default)]
pub(super) struct ScheduleInput {
    #[serde(default)]
    when: String,
    #[serde(default)]
    time: String,
    #[serde(default)]
    zone: String,
}

#[derive(Template)]
#[template(path = "campaigns/pages/schedule.html")]
struct ScheduleCard {
    shell: Shell,
    campaign: Campaign,
    input: ScheduleInput,
    zones: Vec<String>,
    mistakes: Mistakes,
}

async fn schedule_page(
    app: &App,
    shell: Shell,
    ctx: &Ctx,
    id: CampaignId,
    input: Option<ScheduleInput>,
    mistakes: Mistakes,
) -> Result<ScheduleCard> {
    let campaign = load(app, ctx, id).await?;
    let mut tx = app.read(ctx, "campaigns.schedule").await?;
    let usual = settings::load(&mut tx).await?.default_zone;
    let input = input.unwrap_or_else(|| match &campaign.plan {
        Plan::Now => ScheduleInput { when: "now".into(), time: String::new(), zone: usual },
        Plan::At { local, zone } => ScheduleInput { when: "at".into(), time: local.clone(), zone: zone.clone() },
    });
    let zones = jiff::tz::db().available().map(|name| name.to_string()).collect();
    Ok(ScheduleCard { shell: shell.titled("Schedule"), campaign, input, zones, mistakes })
}

pub(super) async fn schedule(
    shell: Shell,
    Who(ctx): Who,
    State(app): State<App>,
    Segment(id): Segment<CampaignId>,
) -> Answer {
    Ok(Page(schedule_page(&app, shell, &ctx, id, None, Mistakes::default()).await?).into_response())
}

pub(super) async fn save_schedule(
    shell: Shell,
    Who(ctx): Who,
    State(app): State<App>,
    Segment(id): Segment<CampaignId>,
    SafeForm(input): SafeForm<ScheduleInput>,
) -> Answer {
    let plan = match input.when.as_str() {
        "at" => Plan::At { local: input.time.trim().to_owned(), zone: input.zone.trim().to_owned() },
        _ => Plan::Now,
    };
    let mistakes = save(&app, &ctx, id, Edit::Plan(plan)).await?;
    if mistakes.is_empty() {
        return Ok(back(id));
    }
    Ok(again(schedule_page(&app, shell, &ctx, id, Some(input), mistakes).await?))
}
