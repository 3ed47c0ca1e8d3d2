//! The content of a draft: editor, live preview, test message, footer.

use super::cards::{again, back, keep};
use super::review::frozen;
use super::{Campaign, Edit, footer};
use crate::sending::{self, Draft, Sender};
use crate::templates::{Answer, ContentInput, Drawn, Editor, Mistakes, Part, Shelf};
use crate::{App, Error, Result, subscribers};
use askama::Template;
use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;
use std::sync::Arc;
use waxwing_domain::{Action, CampaignId, Ctx, EmailAddress, SubjectNo};
use waxwing_http::{Fail, Flash, Limit, Page, SafeForm, SeeOther, Segment, Shell, Who};

/// Test messages of one credential: enough to try things out, too few to mail a list.
const TESTS: Limit = Limit::per_hour("campaigns.test", 30);

/// The form of the editor.
#[derive(Deserialize, Default)]
pub(super) struct Written {
    #[serde(default)]
    part: String,
    #[serde(default)]
    person: String,
    #[serde(flatten)]
    content: ContentInput,
}

#[derive(Template)]
#[template(path = "campaigns/pages/content.html")]
struct ContentCard {
    shell: Shell,
    campaign: Campaign,
    editor: Editor,
    lacks_footer: bool,
    may_test: bool,
    may_people: bool,
}

async fn page(
    app: &App,
    shell: Shell,
    ctx: &Ctx,
    id: CampaignId,
    input: Option<ContentInput>,
    mut mistakes: Mistakes,
) -> Result<ContentCard> {
    let mut tx = app.read(ctx, "campaigns.content").await?;
    let campaign = super::by_id(&mut tx, ctx, id).await?;
    let frozen = frozen(&mut tx, &campaign).await?;
    drop(tx);
    let compiled = super::compile(&frozen).await?;
    if let (Err(error), None, false) = (&compiled, &input, campaign.content.body.is_empty()) {
        mistakes.add("body", error.to_string());
    }
    let input = input.unwrap_or_else(|| campaign.content.input());
    Ok(ContentCard {
        may_test: shell.may(Action::CampaignsTest),
        may_people: shell.may(Action::SubscribersRead),
        shell: shell.titled("Content"),
        editor: Editor::new(app, ctx, input, mistakes).await?,
        lacks_footer: compiled.is_ok_and(|revision| footer::lacks(&revision)) && !campaign.content.body.is_empty(),
        campaign,
    })
}

pub(super) async fn content(
    shell: Shell,
    Who(ctx): Who,
    State(app): State<App>,
    Segment(id): Segment<CampaignId>,
) -> std::result::Result<Response, Fail> {
    Ok(Page(page(&app, shell, &ctx, id, None, Mistakes::default()).await?).into_response())
}

pub(super) async fn save(
    shell: Shell,
    Who(ctx): Who,
    State(app): State<App>,
    Segment(id): Segment<CampaignId>,
    SafeForm(input): SafeForm<Written>,
) -> std::result::Result<Response, Fail> {
    let mut mistakes = Mistakes::default();
    let Some(content) = mistakes.take(input.content.parse())? else {
        return Ok(again(page(&app, shell, &ctx, id, Some(input.content), mistakes).await?));
    };
    keep(&app, &ctx, id, Edit::Content(content.clone())).await?;
    match Editor::check(&content, "", "").await? {
        None => Ok(back(id)),
        // Saved, since half a thought is worth keeping; the page says what is wrong with it.
        Some(_) => Ok(SeeOther::to(format!("/campaigns/{id}/content"))
            .flash(Flash::danger("Saved as it is; it cannot be sent yet."))
            .into_response()),
    }
}

pub(super) async fn add_footer(
    Who(ctx): Who,
    State(app): State<App>,
    Segment(id): Segment<CampaignId>,
) -> std::result::Result<SeeOther, Fail> {
    let mut tx = app.begin(&ctx, "campaigns.footer").await?;
    let campaign = super::by_id(&mut tx, &ctx, id).await?;
    super::edit(&app, &mut tx, &ctx, id, vec![Edit::Content(footer::added(&campaign.content))]).await?;
    tx.commit().await.map_err(Error::from)?;
    Ok(SeeOther::to(format!("/campaigns/{id}/content"))
        .flash(Flash::good("The footer stands at the end of the content.")))
}

/// The draft as it would be sent, with what is typed in place of what is saved.
pub(super) async fn draft(app: &App, ctx: &Ctx, campaign: &Campaign) -> Result<Draft> {
    let mut tx = app.read(ctx, "campaigns.draft").await?;
    let revision = frozen(&mut tx, campaign).await?;
    // A preview needs somebody to come from; who it will be is asked by its own card.
    let sender = match campaign.from.sender() {
        Ok(sender) => sender,
        Err(_) => Sender::parse("", "sender@example.com", None)?,
    };
    Ok(Draft { revision, sender, list: campaign.lists.first().copied() })
}

/// Who is meant by a number or an exact address; nobody in particular by nothing.
pub(super) async fn person(app: &App, ctx: &Ctx, text: &str) -> Result<Option<SubjectNo>> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    ctx.authorise(Action::SubscribersRead)?;
    if let Ok(number) = text.parse::<SubjectNo>() {
        return Ok(Some(number));
    }
    let email =
        EmailAddress::parse(text).map_err(|_| Error::invalid("person", "Give a person's number or whole address."))?;
    let mut tx = app.read(ctx, "campaigns.person").await?;
    let found = subscribers::find_by_email(app, &mut tx, &email).await?;
    found.map(Some).ok_or_else(|| Error::invalid("person", "There is nobody with this number or address."))
}

pub(super) async fn preview(
    shelf: Arc<Shelf>,
    Who(ctx): Who,
    State(app): State<App>,
    Segment(id): Segment<CampaignId>,
    SafeForm(input): SafeForm<Written>,
) -> std::result::Result<Json<Answer>, Fail> {
    let drawn = match draw(&app, &ctx, id, &input).await {
        Ok(drawn) => Ok(drawn),
        Err(Error::Invalid { message, .. }) => Err(message),
        Err(Error::NotFound("subscriber")) => Err("There is nobody with this number or address.".to_owned()),
        Err(other) => return Err(other.into()),
    };
    Ok(Answer::of(&shelf, &ctx, drawn, "/campaigns/preview"))
}

async fn draw(app: &App, ctx: &Ctx, id: CampaignId, input: &Written) -> Result<Drawn> {
    let mut tx = app.read(ctx, "campaigns.preview").await?;
    let mut campaign = super::by_id(&mut tx, ctx, id).await?;
    drop(tx);
    if campaign.state.is_draft() {
        campaign.content = input.content.parse()?;
    }
    let person = person(app, ctx, &input.person).await?;
    let rendered = sending::render_preview(app, ctx, &draft(app, ctx, &campaign).await?, person).await?;
    Ok(Drawn::of(rendered, Part::parse(&input.part)))
}

/// The form of a test message. Its person is named apart from that of the preview on the same page.
#[derive(Deserialize)]
pub(super) struct TestInput {
    #[serde(default)]
    to: String,
    #[serde(default)]
    test_person: String,
}

#[derive(Template)]
#[template(path = "campaigns/pages/test.html")]
pub(super) struct TestPage {
    shell: Shell,
    campaign: Campaign,
    may_people: bool,
}

/// The form on a page of its own, for who has no script.
pub(super) async fn ask_test(
    shell: Shell,
    Who(ctx): Who,
    State(app): State<App>,
    Segment(id): Segment<CampaignId>,
) -> std::result::Result<Page<TestPage>, Fail> {
    let mut tx = app.read(&ctx, "campaigns.ask_test").await?;
    let campaign = super::by_id(&mut tx, &ctx, id).await?;
    Ok(Page(TestPage { may_people: shell.may(Action::SubscribersRead), shell: shell.titled("Send a test"), campaign }))
}

pub(super) async fn test(
    Who(ctx): Who,
    State(app): State<App>,
    Segment(id): Segment<CampaignId>,
    SafeForm(input): SafeForm<TestInput>,
) -> std::result::Result<SeeOther, Fail> {
    let there = SeeOther::to(format!("/campaigns/{id}/content"));
    Ok(match send_test(&app, &ctx, id, &input.to, &input.test_person).await {
        Ok(words) => there.flash(Flash::good(format!("The test message is on its way. {words}"))),
        Err(Error::Invalid { message, .. } | Error::Conflict(message)) => {
            there.flash(Flash::danger(format!("No test message was sent. {message}")))
        }
        Err(other) => return Err(other.into()),
    })
}

/// Sends the saved draft to one address; gives what the relay said.
pub(super) async fn send_test(app: &App, ctx: &Ctx, id: CampaignId, to: &str, person_text: &str) -> Result<String> {
    let to = EmailAddress::parse(to).map_err(|error| Error::invalid("to", error))?;
    let mut tx = app.read(ctx, "campaigns.test").await?;
    let campaign = super::by_id(&mut tx, ctx, id).await?;
    drop(tx);
    campaign.from.sender()?;
    let person = person(app, ctx, person_text).await?;
    let credential = ctx.actor.credential().to_be_bytes();
    if app.limiter().take(TESTS, &credential, ctx.now()).is_err() {
        return Err(Error::Conflict("At most 30 test messages leave in an hour. Wait a while.".into()));
    }
    sending::test_send(app, ctx, &draft(app, ctx, &campaign).await?, &to, person).await
}
