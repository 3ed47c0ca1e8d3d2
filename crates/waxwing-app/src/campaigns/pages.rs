//! The list of campaigns, a new one, and the page of one.

use super::{Campaign, CampaignState, Filter, Phase, Plan, Standing, ask, review};
use crate::accounts::approvals::{self, Kind};
use crate::templates::{self, Mistakes};
use crate::{App, Error, Result, domains, lists, relays};
use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use http::StatusCode;
use serde::Deserialize;
use waxwing_domain::{Action, ApprovalId, CampaignId, Ctx, Micros};
use waxwing_http::{Cursor, Fail, Page, Paged, Params, Question, SafeForm, SeeOther, Segment, Shell, Who};
use waxwing_message::starters::{STARTERS, Starter};
use waxwing_store::Tx;

/// Campaigns a page.
const ROWS: u32 = 50;

struct RowShown {
    id: CampaignId,
    name: String,
    phase: Phase,
    note: String,
    done: i64,
    audience: i64,
    updated_at: Micros,
}

struct Tab {
    label: &'static str,
    href: String,
    on: bool,
}

#[derive(Template)]
#[template(path = "campaigns/pages/index.html")]
pub(super) struct Index {
    shell: Shell,
    tabs: Vec<Tab>,
    rows: Vec<RowShown>,
    next: String,
    first: String,
    may_write: bool,
    may_links: bool,
}

/// Which campaigns are asked for.
#[derive(Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    state: String,
}

pub(super) async fn index(
    shell: Shell,
    Who(ctx): Who,
    State(app): State<App>,
    Params(asked): Params<Asked>,
    mut cursor: Cursor,
) -> std::result::Result<Page<Index>, Fail> {
    let filter = Filter::parse(&asked.state).ok_or_else(|| Fail::invalid("state", "is not a kind of campaigns"))?;
    cursor.limit = cursor.limit.min(ROWS);
    let before: Option<CampaignId> = cursor.key()?;
    let mut tx = app.read(&ctx, "campaigns.index").await?;
    let found = super::page(&mut tx, &ctx, filter, before, i64::from(cursor.limit) + 1).await?;
    let page = Paged::from_surplus(found, cursor.limit, |row| row.id);
    let states: Vec<_> = page.items.iter().map(|summary| &summary.state).collect();
    let standings = super::standings(&mut tx, &ctx, &states).await?;
    let rows = page.items.into_iter().zip(standings).map(|(summary, standing)| row(summary, standing)).collect();
    let path = |filter: Filter| {
        if filter == Filter::All { "/campaigns".to_owned() } else { format!("/campaigns?state={}", filter.as_str()) }
    };
    let tabs =
        Filter::ALL.into_iter().map(|tab| Tab { label: tab.words(), href: path(tab), on: tab == filter }).collect();
    let next = page.next.map(|key| format!("/campaigns?state={}&after={key}", filter.as_str())).unwrap_or_default();
    Ok(Page(Index {
        may_write: shell.may(Action::CampaignsWrite),
        may_links: shell.may(Action::SettingsRead),
        shell: shell.titled("Campaigns"),
        tabs,
        rows,
        next,
        first: before.map(|_| path(filter)).unwrap_or_default(),
    }))
}

fn row(summary: super::Summary, standing: Standing) -> RowShown {
    let counts = standing.counts.unwrap_or_default();
    RowShown {
        id: summary.id,
        name: summary.name,
        phase: standing.phase,
        note: time_words(&summary.state),
        done: counts.audience - counts.pending,
        audience: counts.audience,
        updated_at: summary.updated_at,
    }
}

fn time_words(state: &CampaignState) -> String {
    match state {
        CampaignState::Scheduled(time) | CampaignState::Missed(time) => time.words(),
        _ => String::new(),
    }
}

#[derive(Template)]
#[template(path = "campaigns/pages/new.html")]
pub(super) struct New {
    shell: Shell,
    starters: &'static [Starter],
    templates: Vec<templates::Template>,
    input: Beginning,
    mistakes: Mistakes,
}

/// What begins a campaign.
#[derive(Deserialize, Default)]
pub(super) struct Beginning {
    #[serde(default)]
    name: String,
    #[serde(default)]
    begin: String,
}

async fn new_of(
    app: &App,
    shell: Shell,
    ctx: &Ctx,
    input: Beginning,
    mistakes: Mistakes,
) -> std::result::Result<New, Fail> {
    let mut tx = app.read(ctx, "campaigns.new").await?;
    let templates = templates::all(&mut tx, ctx).await?;
    Ok(New { shell: shell.titled("New campaign"), starters: STARTERS, templates, input, mistakes })
}

pub(super) async fn new(shell: Shell, Who(ctx): Who, State(app): State<App>) -> std::result::Result<Page<New>, Fail> {
    Ok(Page(new_of(&app, shell, &ctx, Beginning::default(), Mistakes::default()).await?))
}

pub(super) async fn create(
    shell: Shell,
    Who(ctx): Who,
    State(app): State<App>,
    SafeForm(input): SafeForm<Beginning>,
) -> std::result::Result<Response, Fail> {
    let mut mistakes = Mistakes::default();
    let mut tx = app.begin(&ctx, "campaigns.create").await?;
    let content = mistakes.take(templates::beginning(&mut tx, &ctx, &input.begin).await)?;
    let id = match content {
        Some(content) => mistakes.take(super::create(&app, &mut tx, &ctx, &input.name, content).await)?,
        None => None,
    };
    let Some(id) = id else {
        drop(tx);
        let page = new_of(&app, shell, &ctx, input, mistakes).await?;
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, Page(page)).into_response());
    };
    tx.commit().await.map_err(Error::from)?;
    Ok(SeeOther::to(format!("/campaigns/{id}")).into_response())
}

/// One of the five cards.
struct Card {
    number: i64,
    state: &'static str,
    title: &'static str,
    text: String,
    href: String,
}

#[derive(Template)]
#[template(path = "campaigns/pages/show.html")]
pub(super) struct Show {
    shell: Shell,
    id: CampaignId,
    called: String,
    draft: bool,
    ready: bool,
    cards: Vec<Card>,
    progress: String,
    /// What is asked before an act that cannot be undone, for who may do it.
    questions: Vec<Question>,
    may_write: bool,
    /// The request for a second person's yes that it waits for.
    waits: Option<ApprovalId>,
}

#[derive(Template)]
#[template(path = "campaigns/pages/progress.html")]
pub(super) struct Progress {
    shell: Shell,
    id: CampaignId,
    phase: Phase,
    time: String,
    leaves_at: Option<Micros>,
    standing: Standing,
    counts: sending_counts::Figures,
    may_send: bool,
    /// What the question before cancelling says now, for the page that has it already.
    cancelling: Option<String>,
}

pub(super) async fn show(
    shell: Shell,
    Who(ctx): Who,
    State(app): State<App>,
    Segment(id): Segment<CampaignId>,
) -> std::result::Result<Page<Show>, Fail> {
    let mut tx = app.read(&ctx, "campaigns.show").await?;
    let campaign = super::by_id(&mut tx, &ctx, id).await?;
    let cards = if campaign.state.is_draft() { cards(&mut tx, &campaign).await? } else { Vec::new() };
    let progress = progress_of(&mut tx, shell.clone(), &ctx, &campaign).await?;
    let may_write = shell.may(Action::CampaignsWrite);
    let may_act = if campaign.state.is_draft() { may_write } else { progress.may_send };
    let questions = match may_act {
        true => ask::questions(&mut tx, id, &campaign.state, &progress.standing).await?,
        false => Vec::new(),
    };
    let progress = if campaign.state.is_draft() { String::new() } else { progress.render()? };
    let waits = approvals::waiting_for(&mut tx, &ctx, Kind::Send, id.as_i64()).await?.map(|request| request.id);
    Ok(Page(Show {
        shell: shell.titled(&campaign.name),
        questions,
        id,
        draft: campaign.state.is_draft(),
        ready: cards.iter().all(|card| card.state == "done"),
        called: campaign.name,
        cards,
        progress,
        may_write,
        waits,
    }))
}

pub(super) async fn progress(
    shell: Shell,
    Who(ctx): Who,
    State(app): State<App>,
    Segment(id): Segment<CampaignId>,
) -> std::result::Result<Page<Progress>, Fail> {
    let mut tx = app.read(&ctx, "campaigns.progress").await?;
    let campaign = super::by_id(&mut tx, &ctx, id).await?;
    let progress = progress_of(&mut tx, shell, &ctx, &campaign).await?;
    let stoppable = progress.may_send && matches!(progress.phase, Phase::Sending | Phase::Paused);
    let counts = progress.standing.counts.as_ref().filter(|_| stoppable);
    let cancelling = counts.map(|counts| ask::cancel_it(id, counts).text);
    Ok(Page(Progress { cancelling, ..progress }))
}

async fn progress_of(tx: &mut Tx, shell: Shell, ctx: &Ctx, campaign: &Campaign) -> Result<Progress> {
    let standing = super::standing(tx, ctx, &campaign.state).await?;
    let may_send = shell.may(Action::CampaignsSend);
    Ok(Progress {
        shell,
        id: campaign.id,
        phase: standing.phase,
        time: time_words(&campaign.state),
        leaves_at: campaign.state.leaves_at(),
        counts: sending_counts::figures(campaign.id, &standing),
        standing,
        may_send,
        cancelling: None,
    })
}

/// Figures of the page, each a way to the people behind it.
mod sending_counts {
    use super::Standing;
    use waxwing_domain::CampaignId;

    /// A figure.
    pub(super) struct Figure {
        pub(super) name: &'static str,
        pub(super) value: String,
        pub(super) note: String,
        pub(super) href: String,
    }

    /// All of them, and how far it is.
    #[derive(Default)]
    pub(super) struct Figures {
        pub(super) all: Vec<Figure>,
        pub(super) done: i64,
        pub(super) audience: i64,
        pub(super) failed: i64,
        pub(super) unknown: i64,
    }

    pub(super) fn figures(id: CampaignId, standing: &Standing) -> Figures {
        let Some(counts) = &standing.counts else { return Figures::default() };
        let figure = |name, number: i64, note: &str, word: &str| Figure {
            name,
            value: waxwing_http::count(number),
            note: note.to_owned(),
            href: format!("/reports/campaigns/{id}/people?state={word}"),
        };
        let all = vec![
            figure("Accepted", counts.accepted, "by a relay; not yet “delivered”", "accepted"),
            figure("Deferred", counts.deferred, "will be tried again", "deferred"),
            figure("Failed", counts.failed, "refused for good", "failed"),
            figure("Skipped", counts.skipped, "not sent, for a reason", "skipped"),
            figure("Unknown", counts.unknown, "the answer was lost", "unknown"),
            figure("Waiting", counts.pending, "not sent yet", "pending"),
        ];
        let (failed, unknown) = (counts.failed, counts.unknown);
        Figures { all, done: counts.audience - counts.pending, audience: counts.audience, failed, unknown }
    }
}

async fn cards(tx: &mut Tx, campaign: &Campaign) -> Result<Vec<Card>> {
    let card = |number, state, title, text: String, path: &str| Card {
        number,
        state,
        title,
        text,
        href: format!("/campaigns/{}/{path}", campaign.id),
    };
    let (audience, audience_words) = audience_card(tx, campaign).await?;
    let (sender, sender_words) = sender_card(tx, campaign).await?;
    let subject = match campaign.subject.as_str() {
        "" => ("", "No subject yet.".to_owned()),
        subject => ("done", subject.to_owned()),
    };
    let (content, content_words) = content_card(tx, campaign).await?;
    let plan = match &campaign.plan {
        Plan::Now => "As soon as you confirm; you can take it back for 30 seconds.".to_owned(),
        Plan::At { local, zone } => format!("{} {zone}", local.replace('T', " ")),
    };
    Ok(vec![
        card(1, audience, "Audience", audience_words, "audience"),
        card(2, sender, "Sender", sender_words, "sender"),
        card(3, subject.0, "Subject", subject.1, "subject"),
        card(4, content, "Content", content_words, "content"),
        card(5, "done", "Schedule", plan, "schedule"),
    ])
}

async fn audience_card(tx: &mut Tx, campaign: &Campaign) -> Result<(&'static str, String)> {
    if campaign.lists.is_empty() {
        return Ok(("", "No list chosen yet.".into()));
    }
    let mut names = Vec::new();
    for list in &campaign.lists {
        names.push(lists::by_id(tx, *list).await?.name);
    }
    let preview = crate::sending::audience_preview(tx, campaign.lists.clone()).await?;
    let text = format!("{}: {} people get it.", names.join(", "), waxwing_http::count(preview.recipients));
    Ok((if preview.recipients > 0 { "done" } else { "wrong" }, text))
}

async fn sender_card(tx: &mut Tx, campaign: &Campaign) -> Result<(&'static str, String)> {
    if campaign.from.address.is_empty() {
        return Ok(("", "No From address yet.".into()));
    }
    let sender = campaign.from.sender()?;
    let known = domains::signing_for(tx, &sender.domain()?).await?.is_some() || relays::all_on_loopback(tx).await?;
    let shown = format!("{} <{}>", campaign.from.name, campaign.from.address);
    Ok(match known {
        true => ("done", shown.trim().to_owned()),
        false => ("wrong", format!("{} is not at a sending domain of this workspace.", campaign.from.address)),
    })
}

async fn content_card(tx: &mut Tx, campaign: &Campaign) -> Result<(&'static str, String)> {
    if campaign.content.body.trim().is_empty() {
        return Ok(("", "Nothing written yet.".into()));
    }
    let frozen = review::frozen(tx, campaign).await?;
    Ok(match super::compile(&frozen).await? {
        Ok(_) => ("done", format!("Written in {}.", campaign.content.format.as_str())),
        Err(error) => ("wrong", error.to_string()),
    })
}
