//! The pages of lists.

use super::{List, ListChange, ListCounts, NewList, OptIn, Visibility};
use crate::{App, Error};
use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use http::{Method, StatusCode};
use serde::Deserialize;
use waxwing_domain::{Action, ListId};
use waxwing_http::{Fail, Flash, Page, Routes, SafeForm, SeeOther, Segment, Shell, Who};

pub(super) fn routes(routes: Routes<App>) -> Routes<App> {
    let (read, write) = (Action::ListsRead, Action::ListsWrite);
    routes
        .page(Method::GET, "/audience/lists", read, index)
        .page(Method::GET, "/audience/lists/new", write, new)
        .page(Method::POST, "/audience/lists", write, create)
        .page(Method::GET, "/audience/lists/{list}", read, show)
        .page(Method::POST, "/audience/lists/{list}", write, change)
        .page(Method::POST, "/audience/lists/{list}/archive", write, archive)
        .page(Method::POST, "/audience/lists/{list}/unarchive", write, unarchive)
}

#[derive(Template)]
#[template(path = "lists/pages/lists.html")]
struct ListsPage {
    shell: Shell,
    lists: Vec<(List, ListCounts)>,
}

#[derive(Template)]
#[template(path = "lists/pages/list.html")]
struct ListPage {
    shell: Shell,
    list: Option<List>,
    counts: ListCounts,
    input: Input,
    error: (String, String),
}

impl ListPage {
    /// What is wrong with a line; empty when nothing is.
    fn error_of(&self, field: &str) -> &str {
        if self.error.0 == field { &self.error.1 } else { "" }
    }
    fn action(&self) -> String {
        self.list.as_ref().map_or_else(|| "/audience/lists".to_owned(), |list| format!("/audience/lists/{}", list.id))
    }
}

/// What was typed.
#[derive(Deserialize, Default)]
pub(super) struct Input {
    name: String,
    description: String,
    visibility: String,
    optin: String,
}

impl Input {
    fn of(list: &List) -> Self {
        Self {
            name: list.name.clone(),
            description: list.description.clone(),
            visibility: list.visibility.as_str().to_owned(),
            optin: list.optin.as_str().to_owned(),
        }
    }
    fn words(&self) -> Result<(Visibility, OptIn), Error> {
        let visibility =
            Visibility::parse(&self.visibility).ok_or_else(|| Error::invalid("visibility", "choose one"))?;
        let optin = OptIn::parse(&self.optin).ok_or_else(|| Error::invalid("optin", "choose one"))?;
        Ok((visibility, optin))
    }
    fn to_new(&self) -> Result<NewList, Error> {
        let (visibility, optin) = self.words()?;
        Ok(NewList { name: self.name.clone(), description: self.description.clone(), visibility, optin })
    }
    fn to_change(&self) -> Result<ListChange, Error> {
        let (visibility, optin) = self.words()?;
        Ok(ListChange {
            name: Some(self.name.clone()),
            description: Some(self.description.clone()),
            visibility: Some(visibility),
            optin: Some(optin),
        })
    }
}

async fn index(State(app): State<App>, Who(ctx): Who, shell: Shell) -> Result<Page<ListsPage>, Fail> {
    let mut tx = app.read(&ctx, "lists.index").await?;
    let counts = super::counts(&mut tx).await?;
    let lists = super::all(&mut tx).await?;
    let lists = lists.into_iter().map(|list| (counts.get(&list.id).copied().unwrap_or_default(), list));
    Ok(Page(ListsPage { shell: shell.titled("Lists"), lists: lists.map(|(counts, list)| (list, counts)).collect() }))
}

async fn new(shell: Shell) -> Page<ListPage> {
    let input = Input { visibility: "private".into(), optin: "double".into(), ..Input::default() };
    Page(page(shell, None, ListCounts::default(), input, None))
}

fn page(shell: Shell, list: Option<List>, counts: ListCounts, input: Input, error: Option<Error>) -> ListPage {
    let title = list.as_ref().map_or_else(|| "New list".to_owned(), |list| list.name.clone());
    let error = match error {
        Some(Error::Invalid { field, message }) => (field, message),
        Some(other) => ("name".to_owned(), other.to_string()),
        None => (String::new(), String::new()),
    };
    ListPage { shell: shell.titled(title), list, counts, input, error }
}

async fn create(
    State(app): State<App>,
    Who(ctx): Who,
    shell: Shell,
    SafeForm(input): SafeForm<Input>,
) -> Result<Response, Fail> {
    let mut tx = app.begin(&ctx, "lists.create").await?;
    let made = match input.to_new() {
        Ok(new) => super::create(&app, &mut tx, &ctx, new).await,
        Err(wrong) => Err(wrong),
    };
    match made {
        Ok(list) => {
            tx.commit().await.map_err(Error::from)?;
            let to = SeeOther::to(format!("/audience/lists/{}", list.id));
            Ok(to.flash(Flash::good("The list is there.")).into_response())
        }
        Err(error @ Error::Invalid { .. }) => {
            let page = page(shell, None, ListCounts::default(), input, Some(error));
            Ok((StatusCode::UNPROCESSABLE_ENTITY, Page(page)).into_response())
        }
        Err(other) => Err(other.into()),
    }
}

async fn show(
    State(app): State<App>,
    Who(ctx): Who,
    shell: Shell,
    Segment(id): Segment<ListId>,
) -> Result<Page<ListPage>, Fail> {
    let mut tx = app.read(&ctx, "lists.show").await?;
    let list = super::by_id(&mut tx, id).await?;
    let counts = super::counts(&mut tx).await?.get(&id).copied().unwrap_or_default();
    let input = Input::of(&list);
    Ok(Page(page(shell, Some(list), counts, input, None)))
}

async fn change(
    State(app): State<App>,
    Who(ctx): Who,
    shell: Shell,
    Segment(id): Segment<ListId>,
    SafeForm(input): SafeForm<Input>,
) -> Result<Response, Fail> {
    let mut tx = app.begin(&ctx, "lists.change").await?;
    let changed = match input.to_change() {
        Ok(change) => super::change(&app, &mut tx, &ctx, id, change).await,
        Err(wrong) => Err(wrong),
    };
    match changed {
        Ok(_) => {
            tx.commit().await.map_err(Error::from)?;
            Ok(SeeOther::to(format!("/audience/lists/{id}")).flash(Flash::good("Saved.")).into_response())
        }
        Err(error @ Error::Invalid { .. }) => {
            let list = super::by_id(&mut tx, id).await?;
            let counts = super::counts(&mut tx).await?.get(&id).copied().unwrap_or_default();
            let page = page(shell, Some(list), counts, input, Some(error));
            Ok((StatusCode::UNPROCESSABLE_ENTITY, Page(page)).into_response())
        }
        Err(other) => Err(other.into()),
    }
}

async fn archive(State(app): State<App>, Who(ctx): Who, Segment(id): Segment<ListId>) -> Result<SeeOther, Fail> {
    let mut tx = app.begin(&ctx, "lists.archive").await?;
    super::archive(&app, &mut tx, &ctx, id).await?;
    tx.commit().await.map_err(Error::from)?;
    Ok(SeeOther::to(format!("/audience/lists/{id}"))
        .flash(Flash::good("Archived. It can be taken back into use at any time.")))
}

async fn unarchive(State(app): State<App>, Who(ctx): Who, Segment(id): Segment<ListId>) -> Result<SeeOther, Fail> {
    let mut tx = app.begin(&ctx, "lists.unarchive").await?;
    super::unarchive(&app, &mut tx, &ctx, id).await?;
    tx.commit().await.map_err(Error::from)?;
    Ok(SeeOther::to(format!("/audience/lists/{id}")).flash(Flash::good("The list is in use again.")))
}
