//! `/settings/relays`: adding, changing, trying and removing relays.

use super::{Edit, NewRelay, Relay};
use crate::{App, Error};
use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use http::StatusCode;
use serde::Deserialize;
use waxwing_domain::{Action, RelayId};
use waxwing_http::{Fail, FieldError, Flash, Page, SafeForm, SeeOther, Segment, Shell, Who};

/// What people type; numbers are read in the handler.
#[derive(Deserialize, Default)]
pub(super) struct Input {
    #[serde(default)]
    name: String,
    #[serde(default)]
    url: String,
    #[serde(default)]
    connections: String,
    /// Present when ticked.
    #[serde(default)]
    enabled: Option<String>,
}

impl Input {
    fn connections(&self) -> crate::Result<Option<i64>> {
        match self.connections.trim() {
            "" => Ok(None),
            text => {
                let wrong = || Error::invalid("connections", "The number of connections is 1 to 100.");
                text.parse().map(Some).map_err(|_| wrong())
            }
        }
    }
}

#[derive(Template)]
#[template(path = "relays/pages/index.html")]
pub(super) struct Index {
    shell: Shell,
    relays: Vec<Relay>,
    input: Input,
    errors: Vec<FieldError>,
}

impl Index {
    fn error(&self, field: &str) -> &str {
        said(&self.errors, field)
    }
}

#[derive(Template)]
#[template(path = "relays/pages/show.html")]
pub(super) struct Show {
    shell: Shell,
    relay: Relay,
    input: Input,
    errors: Vec<FieldError>,
}

impl Show {
    fn error(&self, field: &str) -> &str {
        said(&self.errors, field)
    }
    fn may_change(&self) -> bool {
        self.shell.may(Action::RelaysWrite)
    }
}

fn said<'a>(errors: &'a [FieldError], field: &str) -> &'a str {
    errors.iter().find(|e| e.field == field).map_or("", |e| e.message.as_str())
}

/// A mistake that belongs beside a field; anything else goes its way.
fn beside_field(error: Error) -> Result<Vec<FieldError>, Fail> {
    match error {
        Error::Invalid { field, message } => Ok(vec![FieldError { field, message }]),
        Error::Conflict(message) => Ok(vec![FieldError { field: "name".into(), message }]),
        other => Err(other.into()),
    }
}

pub(super) async fn index(State(app): State<App>, Who(ctx): Who, shell: Shell) -> Result<Page<Index>, Fail> {
    let mut tx = app.read(&ctx, "relays.index").await?;
    let relays = super::all(&mut tx, &ctx).await?;
    Ok(Page(Index { shell: shell.titled("Relays"), relays, input: Input::default(), errors: Vec::new() }))
}

pub(super) async fn add(
    State(app): State<App>,
    Who(ctx): Who,
    shell: Shell,
    SafeForm(input): SafeForm<Input>,
) -> Result<Response, Fail> {
    let mut tx = app.begin(&ctx, "relays.add").await?;
    let done = match input.connections() {
        Ok(connections) => {
            let new = NewRelay { name: input.name.clone(), url: input.url.clone(), connections };
            super::add(&app, &mut tx, &ctx, new).await
        }
        Err(error) => Err(error),
    };
    match done {
        Ok(id) => {
            tx.commit().await.map_err(Error::from)?;
            let flash = Flash::good("The relay is there. Test it before the first campaign.");
            Ok(SeeOther::to(format!("/settings/relays/{id}")).flash(flash).into_response())
        }
        Err(error) => {
            drop(tx);
            let errors = beside_field(error)?;
            let mut tx = app.read(&ctx, "relays.index").await?;
            let relays = super::all(&mut tx, &ctx).await?;
            // A URL may hold a password, which is not sent back.
            let input = Input { url: String::new(), ..input };
            let page = Index { shell: shell.titled("Relays"), relays, input, errors };
            Ok((StatusCode::UNPROCESSABLE_ENTITY, Page(page)).into_response())
        }
    }
}

pub(super) async fn show(
    State(app): State<App>,
    Who(ctx): Who,
    shell: Shell,
    Segment(id): Segment<RelayId>,
) -> Result<Page<Show>, Fail> {
    let mut tx = app.read(&ctx, "relays.show").await?;
    let relay = super::by_id(&mut tx, &ctx, id).await?;
    let input = Input {
        name: relay.name.clone(),
        url: String::new(),
        connections: relay.connections.to_string(),
        enabled: relay.enabled.then(|| "1".to_owned()),
    };
    Ok(Page(Show { shell: shell.titled(relay.name.clone()), relay, input, errors: Vec::new() }))
}

pub(super) async fn edit(
    State(app): State<App>,
    Who(ctx): Who,
    shell: Shell,
    Segment(id): Segment<RelayId>,
    SafeForm(input): SafeForm<Input>,
) -> Result<Response, Fail> {
    let mut tx = app.begin(&ctx, "relays.edit").await?;
    let relay = super::by_id(&mut tx, &ctx, id).await?;
    let url = Some(input.url.trim()).filter(|text| !text.is_empty()).map(str::to_owned);
    let done = match input.connections() {
        Ok(connections) => {
            let enabled = Some(input.enabled.is_some());
            let change = Edit { name: Some(input.name.clone()), url, connections, enabled };
            super::edit(&app, &mut tx, &ctx, id, change).await
        }
        Err(error) => Err(error),
    };
    match done {
        Ok(()) => {
            tx.commit().await.map_err(Error::from)?;
            Ok(SeeOther::to(format!("/settings/relays/{id}")).flash(Flash::good("Relay saved.")).into_response())
        }
        Err(error) => {
            let errors = beside_field(error)?;
            let input = Input { url: String::new(), ..input };
            let page = Show { shell: shell.titled(relay.name.clone()), relay, input, errors };
            Ok((StatusCode::UNPROCESSABLE_ENTITY, Page(page)).into_response())
        }
    }
}

pub(super) async fn test(
    State(app): State<App>,
    Who(ctx): Who,
    Segment(id): Segment<RelayId>,
) -> Result<SeeOther, Fail> {
    let flash = match super::test(&app, &ctx, id).await? {
        Ok(()) => Flash::good("The relay answered; a message could have followed."),
        Err(problem) => Flash::danger(format!("The test failed: {problem}.")),
    };
    Ok(SeeOther::to(format!("/settings/relays/{id}")).flash(flash))
}

pub(super) async fn delete(
    State(app): State<App>,
    Who(ctx): Who,
    Segment(id): Segment<RelayId>,
) -> Result<SeeOther, Fail> {
    let mut tx = app.begin(&ctx, "relays.delete").await?;
    super::delete(&app, &mut tx, &ctx, id).await?;
    tx.commit().await.map_err(Error::from)?;
    Ok(SeeOther::to("/settings/relays").flash(Flash::good("The relay and its login are gone.")))
}
