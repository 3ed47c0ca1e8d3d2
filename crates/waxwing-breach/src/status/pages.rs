//! `/security/incidents/{id}/status`: the team's side of a case's public page.

use super::{Asked, NewUpdate, Setup, StatusPage, Update};
use crate::blast;
use crate::incidents::{self, Incident};
use askama::Template;
use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;
use waxwing_app::{App, Error};
use waxwing_domain::{Action, IncidentId, Operation};
use waxwing_http::{Fail, Flash, Page, SafeForm, SeeOther, Segment, Shell, Who, download};
use waxwing_law::drafts::Locale;
use waxwing_law::lint::LintRule;
use waxwing_store::{Entry, Tx};

type Answer<T> = std::result::Result<T, Fail>;

fn at(id: IncidentId) -> String {
    format!("/security/incidents/{id}/status")
}

async fn done(tx: Tx, id: IncidentId, said: &str) -> Answer<SeeOther> {
    tx.commit().await.map_err(Error::from)?;
    Ok(SeeOther::to(at(id)).flash(Flash::good(said)))
}

#[derive(Template)]
#[template(path = "status/pages/show.html")]
pub(super) struct ShowPage {
    shell: Shell,
    case: Incident,
    page: Option<StatusPage>,
    updates: Vec<Update>,
    asked: Asked,
    frozen: Vec<blast::Listed>,
    /// What the address begins with, and what is proposed for a new page.
    address: String,
    proposed: String,
    publishes: bool,
    locales: &'static [Locale],
    rules: Vec<LintRule>,
}

impl ShowPage {
    fn back(&self) -> String {
        format!("/security/incidents/{}", self.case.id)
    }
    fn is_radius(&self, id: &i64) -> bool {
        self.page.as_ref().is_some_and(|page| page.radius == Some(*id))
    }
}

pub(super) async fn show(
    State(app): State<App>,
    Who(ctx): Who,
    shell: Shell,
    Segment(id): Segment<IncidentId>,
) -> Answer<Page<ShowPage>> {
    let mut tx = app.read(&ctx, "status.show").await?;
    let case = incidents::by_id(&mut tx, &ctx, id).await?;
    let page = super::of_case(&mut tx, &ctx, id).await?;
    let updates = match &page {
        Some(page) => super::updates(&mut tx, page.id).await?,
        None => Vec::new(),
    };
    let asked = match &page {
        Some(page) => super::asked(&mut tx, page.id).await?,
        None => Asked::default(),
    };
    let publishes = ctx.may(Action::StatusPublish) && ctx.may(Action::RecordRead);
    let frozen = if publishes { blast::list(&app, &mut tx, &ctx).await? } else { Vec::new() };
    drop(tx);
    let entry = Entry::new(Operation::Read, "status.show").on("incident", id.as_i64()).to("page");
    app.store().disclose(&ctx, entry).await.map_err(Error::from)?;
    let today = ctx.now().timestamp().strftime("%Y-%m-%d").to_string();
    Ok(Page(ShowPage {
        shell: shell.titled(format!("{}: public page", case.codename)),
        case,
        page,
        updates,
        asked,
        frozen,
        address: format!("{}/status/", app.config().public_url),
        proposed: format!("notice-{today}"),
        publishes,
        locales: Locale::ALL,
        rules: LintRule::ALL
            .iter()
            .copied()
            .filter(|rule| rule.may_be_overruled() && *rule != LintRule::WhatToDo)
            .collect(),
    }))
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct SetupForm {
    slug: String,
    title: String,
    radius: String,
    possible: String,
}

pub(super) async fn set_up(
    State(app): State<App>,
    Who(ctx): Who,
    Segment(id): Segment<IncidentId>,
    SafeForm(form): SafeForm<SetupForm>,
) -> Answer<SeeOther> {
    let radius = match form.radius.as_str() {
        "" => None,
        typed => Some(typed.parse().map_err(|_| Fail::invalid("radius", "Choose one of the list."))?),
    };
    let new = Setup { slug: form.slug, title: form.title, radius, possible: form.possible == "yes" };
    let mut tx = app.begin(&ctx, "status.set_up").await?;
    super::put(&app, &mut tx, &ctx, id, new).await?;
    done(tx, id, "Saved. Nobody reads a page before its first update.").await
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct UpdateForm {
    update_title: String,
    body: String,
    language: String,
    overruled: Vec<String>,
    /// `yes` where the title is a question that people have.
    question: String,
}

pub(super) async fn update(
    State(app): State<App>,
    Who(ctx): Who,
    Segment(id): Segment<IncidentId>,
    SafeForm(form): SafeForm<UpdateForm>,
) -> Answer<SeeOther> {
    let new = NewUpdate {
        title: form.update_title,
        body: form.body,
        locale: Locale::parse(&form.language).unwrap_or(Locale::En),
        overruled: form.overruled.iter().filter_map(|word| LintRule::parse(word)).collect(),
        question: form.question == "yes",
    };
    let mut tx = app.begin(&ctx, "status.update").await?;
    super::update(&app, &mut tx, &ctx, id, &new).await?;
    done(tx, id, "Published. Everybody can read it now.").await
}

pub(super) async fn close(State(app): State<App>, Who(ctx): Who, Segment(id): Segment<IncidentId>) -> Answer<SeeOther> {
    let mut tx = app.begin(&ctx, "status.close").await?;
    super::close(&app, &mut tx, &ctx, id).await?;
    done(tx, id, "Closed. It stays to be read.").await
}

/// The page as one archive.
pub(super) fn archive(slug: &str, files: &[super::File]) -> Answer<Response> {
    Ok(download(&format!("status-{slug}.tar"), "application/x-tar", super::pack(slug, files)?))
}

pub(super) async fn export(
    State(app): State<App>,
    Who(ctx): Who,
    Segment(id): Segment<IncidentId>,
) -> Answer<Response> {
    let mut tx = app.read(&ctx, "status.export").await?;
    let (slug, files) = super::take_out(&app, &mut tx, &ctx, id).await?;
    archive(&slug, &files)
}
