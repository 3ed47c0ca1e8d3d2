//! `/security/holds`: what is held and why, the form that places a hold, and its release.

use super::{Extent, Hold};
use crate::{App, Error, accounts};
use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;
use std::collections::HashMap;
use waxwing_domain::{AccountId, Action, Actor, Ctx, HoldId, SubjectNo};
use waxwing_http::{Fail, Flash, Page, Params, SafeForm, SeeOther, Segment, Shell, Who};

const HERE: &str = "/security/holds";

#[derive(Template)]
#[template(path = "holds/pages/index.html")]
pub(super) struct IndexPage {
    shell: Shell,
    open: Vec<Hold>,
    past: Vec<Hold>,
    names: HashMap<AccountId, String>,
    form: Input,
    /// The field that is wrong, and why.
    wrong: (String, String),
}

/// What was typed.
#[derive(Deserialize, Default)]
pub(super) struct Input {
    /// Empty for everybody.
    #[serde(default)]
    subscriber: String,
    #[serde(default)]
    reason: String,
}

impl Input {
    fn extent(&self) -> Result<Extent, Error> {
        match self.subscriber.trim() {
            "" => Ok(Extent::Workspace),
            number => number
                .parse()
                .map(|number| Extent::Person(SubjectNo::new(number)))
                .map_err(|_| Error::invalid("subscriber", "Write the person’s number, as their page shows it.")),
        }
    }
}

impl IndexPage {
    fn wrong(&self, field: &str) -> &str {
        if self.wrong.0 == field { &self.wrong.1 } else { "" }
    }
    /// Who placed or released one.
    fn who(&self, actor: &Actor) -> &str {
        let gone = "Somebody who is gone";
        match actor {
            Actor::Account(account, _) => self.names.get(account).map_or(gone, String::as_str),
            Actor::Host => "The host’s command line",
            Actor::ApiKey(_) => "A program",
            Actor::Job | Actor::Public => "Waxwing itself",
        }
    }
}

/// Whom it covers, in words.
fn title(hold: &Hold) -> String {
    match hold.extent {
        Extent::Workspace => "Everybody".to_owned(),
        Extent::Person(subject) => format!("Subscriber {subject}"),
    }
}

async fn page(app: &App, ctx: &Ctx, shell: Shell) -> Result<IndexPage, Error> {
    let mut tx = app.read(ctx, "holds.index").await?;
    let all = super::all(&mut tx, ctx).await?;
    let names = accounts::contain::names(app, &mut tx).await?;
    let (open, past) = all.into_iter().partition(|hold| hold.released.is_none());
    let shell = shell.titled("Legal holds");
    Ok(IndexPage { shell, open, past, names, form: Input::default(), wrong: Default::default() })
}

pub(super) async fn index(
    State(app): State<App>,
    Who(ctx): Who,
    shell: Shell,
    Params(begun): Params<Input>,
) -> Result<Page<IndexPage>, Fail> {
    Ok(Page(IndexPage { form: begun, ..page(&app, &ctx, shell).await? }))
}

pub(super) async fn place(
    State(app): State<App>,
    Who(ctx): Who,
    shell: Shell,
    SafeForm(form): SafeForm<Input>,
) -> Result<Response, Fail> {
    match placed(&app, &ctx, &form).await {
        Ok(()) => {
            let words = "Held. Nobody it covers is erased until it is released.";
            Ok(SeeOther::to(HERE).flash(Flash::good(words)).into_response())
        }
        Err(Error::Invalid { field, message }) => {
            let page = IndexPage { form, wrong: (field, message), ..page(&app, &ctx, shell).await? };
            Ok((http::StatusCode::UNPROCESSABLE_ENTITY, Page(page)).into_response())
        }
        Err(other) => Err(other.into()),
    }
}

async fn placed(app: &App, ctx: &Ctx, form: &Input) -> Result<(), Error> {
    let mut tx = app.begin(ctx, "holds.place").await?;
    super::place(app, &mut tx, ctx, form.extent()?, &form.reason).await?;
    Ok(tx.commit().await?)
}

pub(super) async fn release(
    State(app): State<App>,
    Who(ctx): Who,
    Segment(id): Segment<HoldId>,
) -> Result<SeeOther, Fail> {
    let mut tx = app.begin(&ctx, "holds.release").await?;
    super::release(&app, &mut tx, &ctx, id).await?;
    tx.commit().await.map_err(Error::from)?;
    Ok(SeeOther::to(HERE)
        .flash(Flash::good("Released. Who waited for their erasure and is under no other hold is erased now.")))
}
