//! Campaigns for programs.

use super::{Campaign, Edit, Filter, From, Standing};
use crate::accounts::approvals::{self, Kind};
use crate::templates::ContentInput;
use crate::{App, Error};
use axum::Json;
use axum::extract::State;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use waxwing_domain::{ApprovalId, CampaignId, Ctx, ListId};
use waxwing_http::{ApiJson, Cursor, Fail, Paged, Params, Segment, Who};
use waxwing_store::Tx;

/// A campaign in a list.
#[derive(Serialize, ToSchema)]
pub(super) struct CampaignRow {
    /// Its id.
    id: String,
    /// What the team calls it.
    name: String,
    /// `draft`, `leaving`, `scheduled`, `missed`, `sending`, `paused`, `sent` or `cancelled`.
    state: &'static str,
    /// Microseconds since 1970.
    updated_at: i64,
}

/// A campaign.
#[derive(Serialize, ToSchema)]
pub(super) struct CampaignItem {
    /// Its id.
    id: String,
    /// What the team calls it.
    name: String,
    /// `draft`, `leaving`, `scheduled`, `missed`, `sending`, `paused`, `sent` or `cancelled`.
    state: &'static str,
    /// Grows with every change of what is sent.
    version: i64,
    /// Grows with every start, pause, resume and sending again; zero before.
    pass: i64,
    /// When it leaves, while that lies ahead; microseconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    leaves_at: Option<i64>,
    /// The request for a second person's yes that it waits for.
    #[serde(skip_serializing_if = "Option::is_none")]
    waits_for: Option<String>,
    /// The lists it goes to.
    lists: Vec<String>,
    /// From: the name.
    from_name: String,
    /// From: the address.
    from: String,
    /// Where answers go.
    reply_to: String,
    /// A template of one line.
    subject: String,
    /// What mailboxes show after the subject.
    preheader: String,
    /// Why people get it.
    reason: String,
    /// What it says.
    content: ContentInput,
}

impl CampaignItem {
    fn of(campaign: Campaign, standing: &Standing, waits_for: Option<ApprovalId>) -> Self {
        Self {
            waits_for: waits_for.map(|request| request.to_string()),
            id: campaign.id.to_string(),
            name: campaign.name,
            state: standing.phase.as_str(),
            version: campaign.version,
            pass: standing.pass,
            leaves_at: campaign.state.leaves_at().map(|at| at.as_i64()),
            lists: campaign.lists.iter().map(ToString::to_string).collect(),
            from_name: campaign.from.name,
            from: campaign.from.address,
            reply_to: campaign.from.reply_to,
            subject: campaign.subject,
            preheader: campaign.preheader,
            reason: campaign.reason,
            content: campaign.content.input(),
        }
    }
}

/// What is set of a campaign; what is absent stays.
#[derive(Deserialize, ToSchema, Default)]
#[serde(deny_unknown_fields)]
pub(super) struct CampaignInput {
    /// What the team calls it.
    name: Option<String>,
    /// The lists it goes to.
    lists: Option<Vec<String>>,
    /// Why people get it; made from the lists where empty.
    reason: Option<String>,
    /// From: the name.
    from_name: Option<String>,
    /// From: the address; given together with the name and `reply_to`.
    from: Option<String>,
    /// Where answers go.
    reply_to: Option<String>,
    /// A template of one line.
    subject: Option<String>,
    /// What mailboxes show after the subject.
    preheader: Option<String>,
    /// What it says.
    content: Option<ContentInput>,
}

impl CampaignInput {
    /// The changes to `campaign`.
    fn edits(self, campaign: &Campaign) -> crate::Result<Vec<Edit>> {
        let mut edits = Vec::new();
        edits.extend(self.name.map(Edit::Name));
        if self.lists.is_some() || self.reason.is_some() {
            let lists =
                self.lists.map(|lists| lists.iter().map(|text| text.parse::<ListId>()).collect::<Result<_, _>>());
            let lists = lists.transpose().map_err(|_| Error::invalid("lists", "One of them is no id of a list."))?;
            let lists = lists.unwrap_or_else(|| campaign.lists.clone());
            edits.push(Edit::Audience { lists, reason: self.reason.unwrap_or_else(|| campaign.reason.clone()) });
        }
        if self.from.is_some() || self.from_name.is_some() || self.reply_to.is_some() {
            let old = campaign.from.clone();
            edits.push(Edit::Sender(From {
                name: self.from_name.unwrap_or(old.name),
                address: self.from.unwrap_or(old.address),
                reply_to: self.reply_to.unwrap_or(old.reply_to),
            }));
        }
        if self.subject.is_some() || self.preheader.is_some() {
            edits.push(Edit::Subject {
                subject: self.subject.unwrap_or_else(|| campaign.subject.clone()),
                preheader: self.preheader.unwrap_or_else(|| campaign.preheader.clone()),
            });
        }
        if let Some(content) = self.content {
            edits.push(Edit::Content(content.parse()?));
        }
        Ok(edits)
    }
}

/// Which campaigns are asked for.
#[derive(Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    state: String,
}

/// Campaigns, newest first.
#[utoipa::path(get, path = "/api/v1/campaigns", operation_id = "campaigns_index", tag = "campaigns",
    params(Cursor, ("state" = Option<String>, Query, description = "`drafts`, `scheduled` or `sent`")),
    responses((status = 200, description = "A page of campaigns", body = Paged<CampaignRow>)))]
pub(super) async fn index(
    Who(ctx): Who,
    State(app): State<App>,
    Params(asked): Params<Asked>,
    cursor: Cursor,
) -> Result<Json<Paged<CampaignRow>>, Fail> {
    let filter =
        Filter::parse(&asked.state).ok_or_else(|| Fail::invalid("state", "must be drafts, scheduled or sent"))?;
    let mut tx = app.read(&ctx, "campaigns.index").await?;
    let rows = super::page(&mut tx, &ctx, filter, cursor.key()?, i64::from(cursor.limit) + 1).await?;
    let page = Paged::from_surplus(rows, cursor.limit, |row| row.id);
    let states: Vec<_> = page.items.iter().map(|row| &row.state).collect();
    let standings = super::standings(&mut tx, &ctx, &states).await?;
    let items = page.items.into_iter().zip(standings).map(|(row, standing)| CampaignRow {
        id: row.id.to_string(),
        name: row.name,
        state: standing.phase.as_str(),
        updated_at: row.updated_at.as_i64(),
    });
    let items = items.collect();
    Ok(Json(Paged { items, next: page.next }))
}

pub(super) async fn item(tx: &mut Tx, ctx: &Ctx, id: CampaignId) -> crate::Result<Json<CampaignItem>> {
    let campaign = super::by_id(tx, ctx, id).await?;
    let standing = super::standing(tx, ctx, &campaign.state).await?;
    let waits = approvals::waiting_for(tx, ctx, Kind::Send, id.as_i64()).await?;
    Ok(Json(CampaignItem::of(campaign, &standing, waits.map(|request| request.id))))
}

/// Begins a draft.
#[utoipa::path(post, path = "/api/v1/campaigns", operation_id = "campaigns_create", tag = "campaigns", request_body = CampaignInput,
    responses((status = 201, description = "The draft", body = CampaignItem)))]
pub(super) async fn create(
    Who(ctx): Who,
    State(app): State<App>,
    ApiJson(mut input): ApiJson<CampaignInput>,
) -> Result<(StatusCode, Json<CampaignItem>), Fail> {
    let content = input.content.take().ok_or_else(|| Fail::invalid("content", "is missing"))?.parse()?;
    let name = input.name.take().ok_or_else(|| Fail::invalid("name", "is missing"))?;
    let mut tx = app.begin(&ctx, "campaigns.create").await?;
    let id = super::create(&app, &mut tx, &ctx, &name, content).await?;
    let campaign = super::by_id(&mut tx, &ctx, id).await?;
    super::edit(&app, &mut tx, &ctx, id, input.edits(&campaign)?).await?;
    let answer = item(&mut tx, &ctx, id).await?;
    tx.commit().await.map_err(Error::from)?;
    Ok((StatusCode::CREATED, answer))
}

/// One campaign.
#[utoipa::path(get, path = "/api/v1/campaigns/{id}", operation_id = "campaigns_get", tag = "campaigns",
    params(("id" = String, Path, description = "The campaign's id")),
    responses((status = 200, description = "The campaign", body = CampaignItem)))]
pub(super) async fn get(
    Who(ctx): Who,
    State(app): State<App>,
    Segment(id): Segment<CampaignId>,
) -> Result<Json<CampaignItem>, Fail> {
    let mut tx = app.read(&ctx, "campaigns.get").await?;
    Ok(item(&mut tx, &ctx, id).await?)
}

/// Changes parts of a draft.
#[utoipa::path(patch, path = "/api/v1/campaigns/{id}", operation_id = "campaigns_change", tag = "campaigns", request_body = CampaignInput,
    params(("id" = String, Path, description = "The campaign's id")),
    responses((status = 200, description = "The campaign", body = CampaignItem)))]
pub(super) async fn change(
    Who(ctx): Who,
    State(app): State<App>,
    Segment(id): Segment<CampaignId>,
    ApiJson(input): ApiJson<CampaignInput>,
) -> Result<Json<CampaignItem>, Fail> {
    let mut tx = app.begin(&ctx, "campaigns.edit").await?;
    let campaign = super::by_id(&mut tx, &ctx, id).await?;
    super::edit(&app, &mut tx, &ctx, id, input.edits(&campaign)?).await?;
    let answer = item(&mut tx, &ctx, id).await?;
    tx.commit().await.map_err(Error::from)?;
    Ok(answer)
}

/// Removes a draft.
#[utoipa::path(delete, path = "/api/v1/campaigns/{id}", operation_id = "campaigns_remove", tag = "campaigns",
    params(("id" = String, Path, description = "The campaign's id")),
    responses((status = 204, description = "Removed")))]
pub(super) async fn remove(
    Who(ctx): Who,
    State(app): State<App>,
    Segment(id): Segment<CampaignId>,
) -> Result<StatusCode, Fail> {
    let mut tx = app.begin(&ctx, "campaigns.remove").await?;
    super::remove(&app, &mut tx, &ctx, id).await?;
    tx.commit().await.map_err(Error::from)?;
    Ok(StatusCode::NO_CONTENT)
}

/// Copies a campaign into a new draft.
#[utoipa::path(post, path = "/api/v1/campaigns/{id}/duplicate", operation_id = "campaigns_duplicate", tag = "campaigns",
    params(("id" = String, Path, description = "The campaign's id")),
    responses((status = 201, description = "The copy", body = CampaignItem)))]
pub(super) async fn duplicate(
    Who(ctx): Who,
    State(app): State<App>,
    Segment(id): Segment<CampaignId>,
) -> Result<(StatusCode, Json<CampaignItem>), Fail> {
    let mut tx = app.begin(&ctx, "campaigns.duplicate").await?;
    let copy = super::duplicate(&app, &mut tx, &ctx, id).await?;
    let answer = item(&mut tx, &ctx, copy).await?;
    tx.commit().await.map_err(Error::from)?;
    Ok((StatusCode::CREATED, answer))
}
