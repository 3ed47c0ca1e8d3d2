//! The cards of a draft: audience, sender, subject, schedule.
//!
//! A card says what its form holds, which change that is, and how it is drawn; showing and saving
//! are the same for all of them.

use super::{Campaign, Edit, From, Plan};
use crate::templates::Mistakes;
use crate::{App, Error, Result, lists, settings};
use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use http::StatusCode;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use waxwing_domain::{CampaignId, Ctx, ListId};
use waxwing_http::{Fail, Flash, Page, SafeForm, SeeOther, Segment, Shell, Who};
use waxwing_store::Tx;

type Answer = std::result::Result<Response, Fail>;

/// The form of a card.
pub(super) trait Card: DeserializeOwned + Send + 'static {
    /// The title of its page.
    const TITLE: &'static str;
    /// Its page.
    type Page: Template;

    /// The form as the campaign stands.
    fn of(campaign: &Campaign) -> Self;

    /// The change that the filled-in form asks for.
    ///
    /// # Errors
    /// For what no person can have typed.
    fn edit(&self) -> std::result::Result<Edit, Fail>;

    /// The page with this form.
    fn page(self, tx: &mut Tx, face: Face) -> impl Future<Output = Result<Self::Page>> + Send;
}

/// What every card's page shows.
pub(super) struct Face {
    shell: Shell,
    campaign: Campaign,
    mistakes: Mistakes,
}

/// Shows a card.
pub(super) async fn show<C: Card>(
    shell: Shell,
    Who(ctx): Who,
    State(app): State<App>,
    Segment(id): Segment<CampaignId>,
) -> Answer {
    Ok(Page(page::<C>(&app, shell, &ctx, id, None, Mistakes::default()).await?).into_response())
}

/// Saves a card, or shows it again with what is to be mended.
pub(super) async fn save<C: Card>(
    shell: Shell,
    Who(ctx): Who,
    State(app): State<App>,
    Segment(id): Segment<CampaignId>,
    SafeForm(input): SafeForm<C>,
) -> Answer {
    let mistakes = keep(&app, &ctx, id, input.edit()?).await?;
    if mistakes.is_empty() {
        return Ok(back(id));
    }
    Ok(again(page(&app, shell, &ctx, id, Some(input), mistakes).await?))
}

async fn page<C: Card>(
    app: &App,
    shell: Shell,
    ctx: &Ctx,
    id: CampaignId,
    input: Option<C>,
    mistakes: Mistakes,
) -> Result<C::Page> {
    let mut tx = app.read(ctx, "campaigns.card").await?;
    let campaign = super::by_id(&mut tx, ctx, id).await?;
    let input = input.unwrap_or_else(|| C::of(&campaign));
    input.page(&mut tx, Face { shell: shell.titled(C::TITLE), campaign, mistakes }).await
}

/// Saves one part; what a person can mend is kept for showing.
pub(super) async fn keep(app: &App, ctx: &Ctx, id: CampaignId, edit: Edit) -> Result<Mistakes> {
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

/// The form of the name; it stands on the campaign's own page.
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
pub(super) struct AudiencePage {
    shell: Shell,
    campaign: Campaign,
    lists: Vec<ListShown>,
    reason: String,
    mistakes: Mistakes,
}

/// The form of the audience.
#[derive(Deserialize)]
pub(super) struct Audience {
    #[serde(default)]
    lists: Vec<String>,
    #[serde(default)]
    reason: String,
}

impl Card for Audience {
    const TITLE: &'static str = "Audience";
    type Page = AudiencePage;

    fn of(campaign: &Campaign) -> Self {
        let lists = campaign.lists.iter().map(ToString::to_string).collect();
        Self { lists, reason: campaign.reason.clone() }
    }

    fn edit(&self) -> std::result::Result<Edit, Fail> {
        let lists: std::result::Result<Vec<ListId>, _> = self.lists.iter().map(|text| text.parse()).collect();
        Ok(Edit::Audience { lists: lists?, reason: self.reason.clone() })
    }

    async fn page(self, tx: &mut Tx, face: Face) -> Result<Self::Page> {
        let counts = lists::counts(tx).await?;
        let open = lists::all(tx).await?.into_iter().filter(|list| list.archived_at.is_none());
        let confirmed = |list: &lists::List| counts.get(&list.id).map_or(0, |counts| counts.confirmed);
        let shown = open.map(|list| ListShown {
            id: list.id.to_string(),
            on: self.lists.contains(&list.id.to_string()),
            note: format!("{} confirmed", waxwing_http::count(confirmed(&list))),
            name: list.name,
        });
        let (lists, Face { shell, campaign, mistakes }) = (shown.collect(), face);
        Ok(AudiencePage { shell, campaign, lists, reason: self.reason, mistakes })
    }
}

#[derive(Template)]
#[template(path = "campaigns/pages/sender.html")]
pub(super) struct SenderPage {
    shell: Shell,
    campaign: Campaign,
    input: From,
    mistakes: Mistakes,
}

impl Card for From {
    const TITLE: &'static str = "Sender";
    type Page = SenderPage;

    fn of(campaign: &Campaign) -> Self {
        campaign.from.clone()
    }

    fn edit(&self) -> std::result::Result<Edit, Fail> {
        Ok(Edit::Sender(self.clone()))
    }

    async fn page(self, _: &mut Tx, Face { shell, campaign, mistakes }: Face) -> Result<Self::Page> {
        Ok(SenderPage { shell, campaign, input: self, mistakes })
    }
}

/// The form of the subject.
#[derive(Deserialize)]
pub(super) struct Subject {
    #[serde(default)]
    subject: String,
    #[serde(default)]
    preheader: String,
}

#[derive(Template)]
#[template(path = "campaigns/pages/subject.html")]
pub(super) struct SubjectPage {
    shell: Shell,
    campaign: Campaign,
    input: Subject,
    mistakes: Mistakes,
}

impl Card for Subject {
    const TITLE: &'static str = "Subject";
    type Page = SubjectPage;

    fn of(campaign: &Campaign) -> Self {
        Self { subject: campaign.subject.clone(), preheader: campaign.preheader.clone() }
    }

    fn edit(&self) -> std::result::Result<Edit, Fail> {
        Ok(Edit::Subject { subject: self.subject.clone(), preheader: self.preheader.clone() })
    }

    async fn page(self, _: &mut Tx, Face { shell, campaign, mistakes }: Face) -> Result<Self::Page> {
        Ok(SubjectPage { shell, campaign, input: self, mistakes })
    }
}

/// The form of the schedule.
#[derive(Deserialize)]
pub(super) struct Schedule {
    #[serde(default)]
    when: String,
    #[serde(default)]
    time: String,
    /// Empty for the zone of the workspace.
    #[serde(default)]
    zone: String,
}

#[derive(Template)]
#[template(path = "campaigns/pages/schedule.html")]
pub(super) struct SchedulePage {
    shell: Shell,
    campaign: Campaign,
    input: Schedule,
    zones: Vec<String>,
    mistakes: Mistakes,
}

impl Card for Schedule {
    const TITLE: &'static str = "Schedule";
    type Page = SchedulePage;

    fn of(campaign: &Campaign) -> Self {
        match &campaign.plan {
            Plan::Now => Self { when: "now".into(), time: String::new(), zone: String::new() },
            Plan::At { local, zone } => Self { when: "at".into(), time: local.clone(), zone: zone.clone() },
        }
    }

    fn edit(&self) -> std::result::Result<Edit, Fail> {
        Ok(Edit::Plan(match self.when.as_str() {
            "at" => Plan::At { local: self.time.trim().to_owned(), zone: self.zone.trim().to_owned() },
            _ => Plan::Now,
        }))
    }

    async fn page(mut self, tx: &mut Tx, Face { shell, campaign, mistakes }: Face) -> Result<Self::Page> {
        if self.when == "now" && self.zone.is_empty() {
            self.zone = settings::load(tx).await?.default_zone;
        }
        let zones = jiff::tz::db().available().map(|name| name.to_string()).collect();
        Ok(SchedulePage { shell, campaign, input: self, zones, mistakes })
    }
}
