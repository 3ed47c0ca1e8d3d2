//! The review gate, the orders, and what else can be done to a campaign.

use super::ask::Which;
use super::review::review as look;
use super::{Act, Campaign, CampaignState, Done, Level, Ordered, Plan, Review, SendTime, depart, links, second_person};
use crate::accounts::approvals::{self, Kind};
use crate::sending::Retry;
use crate::templates::Mistakes;
use crate::{App, Error, Result};
use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use http::StatusCode;
use serde::Deserialize;
use waxwing_domain::{Action, ApprovalId, CampaignId, Ctx};
use waxwing_http::{Fail, Flash, Page, SafeForm, SeeOther, Segment, Shell, Who};

type Answer = std::result::Result<SeeOther, Fail>;

#[derive(Template)]
#[template(path = "campaigns/pages/review.html")]
pub(super) struct Gate {
    shell: Shell,
    campaign: Campaign,
    review: Review,
    duration: String,
    when: String,
    verb: String,
    may_send: bool,
    /// Whether pressing asks a second person instead of sending.
    asks: bool,
    /// The request that waits already.
    waits: Option<ApprovalId>,
}

impl Gate {
    const fn tone(level: &Level) -> &'static str {
        match level {
            Level::Good => "good",
            Level::Advice => "attention",
            Level::Wrong => "danger",
        }
    }
    const fn words(level: &Level) -> &'static str {
        match level {
            Level::Good => "Good",
            Level::Advice => "Worth a thought",
            Level::Wrong => "In the way",
        }
    }
}

pub(super) async fn review(
    shell: Shell,
    Who(ctx): Who,
    State(app): State<App>,
    Segment(id): Segment<CampaignId>,
) -> std::result::Result<Page<Gate>, Fail> {
    let review = look(&app, &ctx, id).await?;
    let mut tx = app.read(&ctx, "campaigns.gate").await?;
    let campaign = super::by_id(&mut tx, &ctx, id).await?;
    let asks = second_person::is_needed(&mut tx, &campaign, review.audience.recipients).await?;
    let waits = approvals::waiting_for(&mut tx, &ctx, Kind::Send, id.as_i64()).await?.map(|request| request.id);
    let people = waxwing_http::count(review.audience.recipients);
    let (when, verb) = match &campaign.plan {
        Plan::Now => (
            "It leaves 30 seconds after you confirm; until then you can take it back.".to_owned(),
            format!("Send to {people} people"),
        ),
        Plan::At { local, zone } => {
            (format!("It leaves at {} {zone}.", local.replace('T', " ")), format!("Schedule for {people} people"))
        }
    };
    Ok(Page(Gate {
        may_send: shell.may(Action::CampaignsSend),
        shell: shell.titled("Review"),
        duration: duration_words(review.seconds),
        campaign,
        review,
        when,
        verb: if asks { format!("Ask a second person about {people} people") } else { verb },
        asks,
        waits,
    }))
}

/// How long it takes at the limits, in words.
fn duration_words(seconds: Option<i64>) -> String {
    match seconds {
        None => "No limit is set, so it leaves as fast as the relay takes it.".to_owned(),
        Some(0..60) => "At your limits all of it can leave at once.".to_owned(),
        Some(seconds @ 60..7_200) => format!("At your limits it takes about {} minutes.", seconds / 60),
        Some(seconds @ 7_200..172_800) => format!("At your limits it takes about {} hours.", seconds / 3_600),
        Some(seconds) => format!("At your limits it takes about {} days.", seconds / 86_400),
    }
}

/// What was looked at: the version, and how many people would get it.
#[derive(Deserialize)]
pub(super) struct Confirmed {
    #[serde(default)]
    version: i64,
    #[serde(default)]
    people: i64,
}

impl Confirmed {
    /// Whether so many more people would get it now that the number on the button was not true.
    fn is_outgrown(&self, recipients: i64) -> bool {
        approvals::is_outgrown(self.people, recipients)
    }
}

/// Whether a campaign in this state was ordered already.
const fn is_ordered(state: &CampaignState) -> bool {
    matches!(state, CampaignState::Leaving { .. } | CampaignState::Scheduled(_) | CampaignState::Started { .. })
}

pub(super) async fn send(
    Who(ctx): Who,
    State(app): State<App>,
    Segment(id): Segment<CampaignId>,
    SafeForm(confirmed): SafeForm<Confirmed>,
) -> Answer {
    let at_gate = |message: String| Ok(SeeOther::to(format!("/campaigns/{id}/review")).flash(Flash::danger(message)));
    let campaign = super::by_id(&mut app.read(&ctx, "campaigns.ordered").await?, &ctx, id).await?;
    if is_ordered(&campaign.state) && campaign.version == confirmed.version {
        return at_campaign(id, Flash::note("It was ordered already; nothing is sent twice."));
    }
    let found = look(&app, &ctx, id).await?;
    if found.version != confirmed.version {
        return at_gate("The campaign was changed since you looked. This is how it is now.".into());
    }
    if confirmed.is_outgrown(found.audience.recipients) {
        return at_gate("More people would get it now than when you looked. This is how it is now.".into());
    }
    let Ok(proof) = found.passed() else {
        return at_gate("Nothing was sent: something stands in the way.".into());
    };
    match order(&app, &ctx, &proof).await {
        Ok(Ordered::Now(words)) => at_campaign(id, Flash::good(words)),
        Ok(Ordered::Waits(request)) => {
            let waits = SeeOther::to(format!("/security/approvals/{request}"));
            Ok(waits.flash(Flash::note("Nothing leaves yet: this waits for a second person’s yes.")))
        }
        Err(Error::Invalid { message, .. } | Error::Conflict(message)) => {
            at_gate(format!("Nothing was sent. {message}"))
        }
        Err(other) => Err(other.into()),
    }
}

async fn order(app: &App, ctx: &Ctx, proof: &super::Reviewed) -> Result<Ordered<String>> {
    let mut tx = app.begin(ctx, "campaigns.order").await?;
    let plan = super::by_id(&mut tx, ctx, proof.campaign).await?.plan;
    let words = match plan {
        Plan::Now => "It leaves in 30 seconds.".to_owned(),
        Plan::At { local, zone } => format!("It leaves at {}.", SendTime::parse(&local, &zone)?.words()),
    };
    let ordered = depart::as_planned(app, &mut tx, ctx, proof).await?;
    tx.commit().await?;
    Ok(match ordered {
        Ordered::Now(_) => Ordered::Now(words),
        Ordered::Waits(request) => Ordered::Waits(request),
    })
}

fn at_campaign(id: CampaignId, flash: Flash) -> Answer {
    Ok(SeeOther::to(format!("/campaigns/{id}")).flash(flash))
}

pub(super) async fn undo(Who(ctx): Who, State(app): State<App>, Segment(id): Segment<CampaignId>) -> Answer {
    let mut tx = app.begin(&ctx, "campaigns.take_back").await?;
    if super::by_id(&mut tx, &ctx, id).await?.state.is_draft() {
        return at_campaign(id, Flash::note("It is a draft already."));
    }
    super::take_back(&app, &mut tx, &ctx, id).await?;
    tx.commit().await.map_err(Error::from)?;
    at_campaign(id, Flash::good("Taken back; nothing was sent. It is a draft again."))
}

async fn done(app: &App, ctx: &Ctx, id: CampaignId, (act, seen): (Act, Option<i64>), words: &str) -> Answer {
    let mut tx = app.begin(ctx, "campaigns.act").await?;
    let done = super::act(app, &mut tx, ctx, id, act, seen).await?;
    tx.commit().await.map_err(Error::from)?;
    at_campaign(
        id,
        match done {
            Done::Now(1) => Flash::good(words.replace("{} people are", "1 person is").replace("{} people", "1 person")),
            Done::Now(number) => Flash::good(words.replace("{}", &waxwing_http::count(number))),
            Done::Already => Flash::note("That was done already; nothing was done twice."),
        },
    )
}

pub(super) async fn pause(Who(ctx): Who, State(app): State<App>, Segment(id): Segment<CampaignId>) -> Answer {
    done(&app, &ctx, id, (Act::Pause, None), "Paused. What is on the wire now still arrives.").await
}

pub(super) async fn resume(Who(ctx): Who, State(app): State<App>, Segment(id): Segment<CampaignId>) -> Answer {
    done(&app, &ctx, id, (Act::Resume, None), "Messages leave again.").await
}

pub(super) async fn cancel(Who(ctx): Who, State(app): State<App>, Segment(id): Segment<CampaignId>) -> Answer {
    done(&app, &ctx, id, (Act::Cancel, None), "Cancelled. {} people will not get it.").await
}

/// Whom to send to again, and the pass of the source that was looked at.
#[derive(Deserialize)]
pub(super) struct Again {
    #[serde(flatten)]
    which: Which,
    #[serde(default)]
    pass: String,
}

pub(super) async fn again(
    Who(ctx): Who,
    State(app): State<App>,
    Segment(id): Segment<CampaignId>,
    SafeForm(input): SafeForm<Again>,
) -> Answer {
    let act = match input.which.retry() {
        Retry::Unknown => Act::AgainUnknown,
        Retry::Failed => Act::AgainFailed,
    };
    let seen = input.pass.parse().map_err(|_| Fail::invalid("pass", "is missing; look at the campaign again"))?;
    done(&app, &ctx, id, (act, Some(seen)), "{} people are queued again; who may not get it is skipped.").await
}

pub(super) async fn duplicate(Who(ctx): Who, State(app): State<App>, Segment(id): Segment<CampaignId>) -> Answer {
    let mut tx = app.begin(&ctx, "campaigns.duplicate").await?;
    let copy = super::duplicate(&app, &mut tx, &ctx, id).await?;
    tx.commit().await.map_err(Error::from)?;
    Ok(SeeOther::to(format!("/campaigns/{copy}")).flash(Flash::good("This is the copy.")))
}

pub(super) async fn remove(Who(ctx): Who, State(app): State<App>, Segment(id): Segment<CampaignId>) -> Answer {
    let mut tx = app.begin(&ctx, "campaigns.remove").await?;
    super::remove(&app, &mut tx, &ctx, id).await?;
    tx.commit().await.map_err(Error::from)?;
    Ok(SeeOther::to("/campaigns").flash(Flash::good("The draft was removed.")))
}

#[derive(Template)]
#[template(path = "campaigns/pages/links.html")]
struct LinksPage {
    shell: Shell,
    hosts: String,
    mistakes: Mistakes,
}

pub(super) async fn links(shell: Shell, Who(ctx): Who, State(app): State<App>) -> std::result::Result<Response, Fail> {
    let mut tx = app.read(&ctx, "campaigns.links").await?;
    let hosts = links::hosts(&mut tx).await?.join("\n");
    Ok(Page(LinksPage { shell: shell.titled("Links"), hosts, mistakes: Mistakes::default() }).into_response())
}

/// The form of the hosts.
#[derive(Deserialize)]
pub(super) struct HostsInput {
    #[serde(default)]
    hosts: String,
}

pub(super) async fn save_links(
    shell: Shell,
    Who(ctx): Who,
    State(app): State<App>,
    SafeForm(input): SafeForm<HostsInput>,
) -> std::result::Result<Response, Fail> {
    let mut mistakes = Mistakes::default();
    let mut tx = app.begin(&ctx, "campaigns.links").await?;
    if mistakes.take(links::allow(&app, &mut tx, &ctx, &input.hosts).await)?.is_none() {
        let page = LinksPage { shell: shell.titled("Links"), hosts: input.hosts, mistakes };
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, Page(page)).into_response());
    }
    tx.commit().await.map_err(Error::from)?;
    Ok(SeeOther::to("/campaigns/links").flash(Flash::good("Saved.")).into_response())
}
