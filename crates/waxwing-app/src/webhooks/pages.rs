//! `/settings/webhooks`: making, changing, trying and removing webhooks, and the log of one.

use super::{Delivery, Endpoint, Standing, State, Wish};
use crate::lists::{self, List};
use crate::{App, Error};
use askama::Template;
use axum::extract::State as Shared;
use axum::response::{IntoResponse as _, Response};
use http::StatusCode;
use serde::Deserialize;
use waxwing_domain::{Ctx, DataClass, EventId, EventKind, ListId, Micros, WebhookId};
use waxwing_http::{Cursor, Fail, FieldError, Flash, Page, Paged, SafeForm, SeeOther, Segment, Shell, Who};

/// What people type and tick.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Input {
    name: String,
    url: String,
    kind: Vec<String>,
    list: Vec<String>,
    grant: Vec<String>,
}

impl Input {
    fn of(endpoint: &Endpoint) -> Self {
        Self {
            name: endpoint.name.clone(),
            url: String::new(),
            kind: endpoint.kinds.iter().map(ToString::to_string).collect(),
            list: endpoint.lists.iter().map(ToString::to_string).collect(),
            grant: endpoint.grants.iter().map(ToString::to_string).collect(),
        }
    }

    fn wish(&self) -> crate::Result<Wish> {
        let unknown = |_| Error::invalid("lists", "There is no such list.");
        let lists: Vec<ListId> =
            self.list.iter().map(|id| id.parse().map_err(unknown)).collect::<crate::Result<_>>()?;
        Ok(Wish {
            name: self.name.clone(),
            url: self.url.clone(),
            kinds: self.kind.clone(),
            lists,
            grants: self.grant.clone(),
        })
    }
}

/// The boxes of both forms.
struct Choices {
    input: Input,
    lists: Vec<List>,
    errors: Vec<FieldError>,
}

impl Choices {
    fn error(&self, field: &str) -> &str {
        self.errors.iter().find(|e| e.field == field).map_or("", |e| e.message.as_str())
    }
    fn has_kind(&self, kind: &EventKind) -> bool {
        self.input.kind.iter().any(|word| word == kind.as_str())
    }
    fn has_list(&self, list: &List) -> bool {
        let id = list.id.to_string();
        self.input.list.contains(&id)
    }
    fn has_grant(&self, class: &DataClass) -> bool {
        self.input.grant.iter().any(|word| word == class.as_str())
    }
}

#[derive(Template)]
#[template(path = "webhooks/pages/index.html")]
struct Index {
    shell: Shell,
    endpoints: Vec<Endpoint>,
    form: Choices,
    /// The secret of a webhook just made.
    made: String,
}

#[derive(Template)]
#[template(path = "webhooks/pages/show.html")]
struct Show {
    shell: Shell,
    endpoint: Endpoint,
    form: Choices,
    log: Paged<Delivery>,
    now: Micros,
    /// The secret just made by a rotation.
    made: String,
}

impl Show {
    fn path(&self) -> String {
        format!("/settings/webhooks/{}", self.endpoint.id)
    }
    fn next(&self) -> String {
        self.log.next.as_ref().map(|after| format!("{}?after={after}", self.path())).unwrap_or_default()
    }
    fn overlaps(&self) -> bool {
        self.endpoint.old_until.is_some_and(|until| until > self.now)
    }
}

/// Tone and word of an endpoint's state.
fn badge(endpoint: &Endpoint) -> (&'static str, &'static str) {
    match (endpoint.state, endpoint.failing_since) {
        (State::On, None) => ("good", "On"),
        (State::On, Some(_)) => ("attention", "Failing"),
        (State::Paused, _) => ("", "Paused"),
        (State::Disabled, _) => ("danger", "Disabled"),
    }
}

/// Tone and word of a delivery's state.
const fn standing(delivery: &Delivery) -> (&'static str, &'static str) {
    match delivery.state {
        Standing::Delivered => ("good", "Delivered"),
        Standing::Waiting => ("note", "Waiting"),
        Standing::Failed => ("danger", "Failed"),
    }
}

/// What a class means here, for people.
const fn meaning(class: &DataClass) -> &'static str {
    match class {
        DataClass::Public => "Fields that anybody may see.",
        DataClass::Internal => "Fields for the team that are not personal on their own.",
        DataClass::Personal => "Email address, names and other personal fields, in clear.",
        DataClass::Sensitive => "Sensitive fields such as health or beliefs, in clear.",
    }
}

/// A mistake that belongs beside a field; anything else goes its way.
fn beside_field(error: Error) -> Result<Vec<FieldError>, Fail> {
    match error {
        Error::Invalid { field, message } => Ok(vec![FieldError { field, message }]),
        Error::Conflict(message) => Ok(vec![FieldError { field: "name".into(), message }]),
        other => Err(other.into()),
    }
}

async fn index_page(
    app: &App,
    ctx: &Ctx,
    shell: Shell,
    (input, errors): (Input, Vec<FieldError>),
    made: String,
) -> Result<Index, Fail> {
    let mut tx = app.read(ctx, "webhooks.index").await?;
    let endpoints = super::all(&mut tx, ctx).await?;
    let lists = lists::all(&mut tx).await?;
    let form = Choices { input, lists, errors };
    Ok(Index { shell: shell.titled("Webhooks"), endpoints, form, made })
}

async fn show_page(
    app: &App,
    ctx: &Ctx,
    shell: Shell,
    (id, cursor): (WebhookId, Cursor),
    given: Option<(Input, Vec<FieldError>)>,
) -> Result<Show, Fail> {
    let mut tx = app.read(ctx, "webhooks.show").await?;
    let endpoint = super::by_id(&mut tx, ctx, id).await?;
    let rows = super::log(app, &mut tx, ctx, id, cursor.key()?, i64::from(cursor.limit) + 1).await?;
    let log = Paged::from_surplus(rows, cursor.limit, |row| row.event);
    let lists = lists::all(&mut tx).await?;
    let (input, errors) = given.unwrap_or_else(|| (Input::of(&endpoint), Vec::new()));
    let form = Choices { input, lists, errors };
    let shell = shell.titled(endpoint.name.clone());
    Ok(Show { shell, endpoint, form, log, now: ctx.now(), made: String::new() })
}

pub(super) async fn index(Shared(app): Shared<App>, Who(ctx): Who, shell: Shell) -> Result<Response, Fail> {
    let page = index_page(&app, &ctx, shell, <(Input, Vec<FieldError>)>::default(), String::new()).await?;
    Ok(Page(page).into_response())
}

pub(super) async fn add(
    Shared(app): Shared<App>,
    Who(ctx): Who,
    shell: Shell,
    SafeForm(input): SafeForm<Input>,
) -> Result<Response, Fail> {
    match try_add(&app, &ctx, &input).await {
        Ok(made) => {
            let page = index_page(&app, &ctx, shell, <(Input, Vec<FieldError>)>::default(), made).await?;
            Ok(Page(page).into_response())
        }
        Err(error) => {
            let errors = beside_field(error)?;
            // An address may hold a secret, which is not sent back.
            let input = Input { url: String::new(), ..input };
            let page = index_page(&app, &ctx, shell, (input, errors), String::new()).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, Page(page)).into_response())
        }
    }
}

async fn try_add(app: &App, ctx: &Ctx, input: &Input) -> crate::Result<String> {
    let wish = input.wish()?;
    let mut tx = app.begin(ctx, "webhooks.add").await?;
    let made = super::add(app, &mut tx, ctx, &wish).await?;
    tx.commit().await?;
    Ok(made.secret)
}

pub(super) async fn show(
    Shared(app): Shared<App>,
    Who(ctx): Who,
    shell: Shell,
    Segment(id): Segment<WebhookId>,
    cursor: Cursor,
) -> Result<Response, Fail> {
    Ok(Page(show_page(&app, &ctx, shell, (id, cursor), None).await?).into_response())
}

pub(super) async fn edit(
    Shared(app): Shared<App>,
    Who(ctx): Who,
    shell: Shell,
    Segment(id): Segment<WebhookId>,
    SafeForm(input): SafeForm<Input>,
) -> Result<Response, Fail> {
    match try_edit(&app, &ctx, id, &input).await {
        Ok(()) => Ok(back(id, "Webhook saved.").into_response()),
        Err(error) => {
            let errors = beside_field(error)?;
            let input = Input { url: String::new(), ..input };
            let page = show_page(&app, &ctx, shell, (id, Cursor::default()), Some((input, errors))).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, Page(page)).into_response())
        }
    }
}

async fn try_edit(app: &App, ctx: &Ctx, id: WebhookId, input: &Input) -> crate::Result<()> {
    let wish = input.wish()?;
    let mut tx = app.begin(ctx, "webhooks.edit").await?;
    super::edit(app, &mut tx, ctx, id, &wish).await?;
    Ok(tx.commit().await?)
}

pub(super) async fn ping(
    Shared(app): Shared<App>,
    Who(ctx): Who,
    Segment(id): Segment<WebhookId>,
) -> Result<SeeOther, Fail> {
    let flash = match super::ping(&app, &ctx, id).await? {
        Ok(status) => Flash::good(format!("The receiver answered {status}.")),
        Err(problem) => Flash::danger(format!("The test failed: {problem}.")),
    };
    Ok(SeeOther::to(format!("/settings/webhooks/{id}")).flash(flash))
}

#[derive(Deserialize)]
pub(super) struct StateInput {
    state: String,
}

pub(super) async fn state(
    Shared(app): Shared<App>,
    Who(ctx): Who,
    Segment(id): Segment<WebhookId>,
    SafeForm(input): SafeForm<StateInput>,
) -> Result<SeeOther, Fail> {
    let state = State::parse(&input.state).ok_or(Fail::NotFound)?;
    let mut tx = app.begin(&ctx, "webhooks.state").await?;
    super::set_state(&app, &mut tx, &ctx, id, state).await?;
    tx.commit().await.map_err(Error::from)?;
    let words = if state == State::On { "The webhook is on." } else { "The webhook is paused. Deliveries wait." };
    Ok(back(id, words))
}

pub(super) async fn rotate(
    Shared(app): Shared<App>,
    Who(ctx): Who,
    shell: Shell,
    Segment(id): Segment<WebhookId>,
) -> Result<Response, Fail> {
    let mut tx = app.begin(&ctx, "webhooks.rotate").await?;
    let made = super::rotate(&app, &mut tx, &ctx, id).await?.secret;
    tx.commit().await.map_err(Error::from)?;
    let page = show_page(&app, &ctx, shell, (id, Cursor::default()), None).await?;
    Ok(Page(Show { made, ..page }).into_response())
}

#[derive(Deserialize)]
pub(super) struct ReplayInput {
    event: EventId,
}

pub(super) async fn replay(
    Shared(app): Shared<App>,
    Who(ctx): Who,
    Segment(id): Segment<WebhookId>,
    SafeForm(input): SafeForm<ReplayInput>,
) -> Result<SeeOther, Fail> {
    let mut tx = app.begin(&ctx, "webhooks.replay").await?;
    super::replay(&app, &mut tx, &ctx, id, input.event).await?;
    tx.commit().await.map_err(Error::from)?;
    Ok(back(id, "Queued again."))
}

pub(super) async fn remove(
    Shared(app): Shared<App>,
    Who(ctx): Who,
    Segment(id): Segment<WebhookId>,
) -> Result<SeeOther, Fail> {
    let mut tx = app.begin(&ctx, "webhooks.remove").await?;
    super::remove(&app, &mut tx, &ctx, id).await?;
    tx.commit().await.map_err(Error::from)?;
    Ok(SeeOther::to("/settings/webhooks").flash(Flash::good("The webhook and its secret are gone.")))
}

fn back(id: WebhookId, words: &str) -> SeeOther {
    SeeOther::to(format!("/settings/webhooks/{id}")).flash(Flash::good(words))
}
