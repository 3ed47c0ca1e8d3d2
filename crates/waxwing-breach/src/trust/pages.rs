//! `/trust/{workspace}` for everybody, and `/security/trust`, where it is decided what stands there.

use super::{Candidate, Checked, Link, Measure, Statement};
use askama::Template;
use axum::extract::State;
use serde::Deserialize;
use std::collections::BTreeSet;
use waxwing_app::login::Finder;
use waxwing_app::{App, Error, Result, settings};
use waxwing_domain::{Action, Micros, WorkspaceId};
use waxwing_http::{Fail, Flash, Page, SafeForm, SeeOther, Segment, Shell, Who};
use waxwing_law::drafts::Locale;
use waxwing_store::inventory;

type Answer<T> = std::result::Result<T, Fail>;

inventory::submit! { Finder::new(&["/trust/{workspace}"], |app, text| Box::pin(std::future::ready(Ok(named(app, text))))) }

/// A workspace of this installation, by its number.
fn named(app: &App, text: &str) -> Option<WorkspaceId> {
    let asked: WorkspaceId = text.parse().ok()?;
    app.store().keys().ring().workspaces().find(|known| *known == asked)
}

#[derive(Template)]
#[template(path = "trust/pages/public.html")]
pub(super) struct PublicPage {
    shell: Shell,
    organisation: String,
    lines: Vec<Checked>,
    /// What was changed after cases, with the day on which it was tried and held.
    measures: Vec<(Micros, String)>,
    links: Vec<Link>,
    now: Micros,
}

pub(super) async fn public(
    State(app): State<App>,
    Who(ctx): Who,
    shell: Shell,
    Segment(workspace): Segment<WorkspaceId>,
) -> Answer<Page<PublicPage>> {
    if workspace != ctx.workspace {
        return Err(Fail::NotFound);
    }
    let mut tx = app.read(&ctx, "trust.public").await?;
    let published = super::published(&mut tx).await?;
    if published.is_empty() {
        return Err(Fail::NotFound);
    }
    let checked = super::check(&app, &mut tx, &ctx).await?;
    let lines = checked.into_iter().filter(|one| one.holds && published.contains(&one.statement)).collect();
    let measures = super::measures(&mut tx).await?.into_iter();
    let measures = measures.filter_map(|one| Some((one.held_at?, one.text))).collect();
    let links = super::links(&mut tx).await?;
    let organisation = organisation(&mut tx).await?;
    let shell = shell.titled(format!("How {organisation} keeps your data"));
    Ok(Page(PublicPage { shell, organisation, lines, measures, links, now: ctx.now() }))
}

async fn organisation(tx: &mut waxwing_store::Tx) -> Result<String> {
    let set = settings::load(tx).await?;
    Ok(if set.organisation.is_empty() { "the sender".into() } else { set.organisation })
}

#[derive(Template)]
#[template(path = "trust/pages/show.html")]
pub(super) struct ShowPage {
    shell: Shell,
    checked: Vec<Checked>,
    published: BTreeSet<Statement>,
    measures: Vec<Measure>,
    candidates: Vec<Candidate>,
    links: Vec<Link>,
    locales: &'static [Locale],
    address: String,
    publishes: bool,
}

impl ShowPage {
    fn is_on(&self, one: &Checked) -> bool {
        self.published.contains(&one.statement)
    }
    fn typed_links(&self) -> String {
        self.links.iter().map(|link| format!("{} | {}", link.title, link.url)).collect::<Vec<_>>().join("\n")
    }
}

pub(super) async fn show(State(app): State<App>, Who(ctx): Who, shell: Shell) -> Answer<Page<ShowPage>> {
    let mut tx = app.read(&ctx, "trust.show").await?;
    let publishes = ctx.may(Action::StatusPublish);
    Ok(Page(ShowPage {
        shell: shell.titled("Trust page"),
        measures: super::measures(&mut tx).await?,
        candidates: if publishes { super::candidates(&app, &mut tx, &ctx).await? } else { Vec::new() },
        links: super::links(&mut tx).await?,
        locales: Locale::ALL,
        checked: super::check(&app, &mut tx, &ctx).await?,
        published: super::published(&mut tx).await?,
        address: super::path(ctx.workspace),
        publishes,
    }))
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct PublishForm {
    statement: Vec<String>,
}

pub(super) async fn publish(
    State(app): State<App>,
    Who(ctx): Who,
    SafeForm(form): SafeForm<PublishForm>,
) -> Answer<SeeOther> {
    let statements: BTreeSet<Statement> = form.statement.iter().filter_map(|word| Statement::parse(word)).collect();
    let mut tx = app.begin(&ctx, "trust.publish").await?;
    super::publish(&app, &mut tx, &ctx, &statements).await?;
    tx.commit().await.map_err(Error::from)?;
    let said = if statements.is_empty() { "Nothing is public any more." } else { "Published, each while it is true." };
    Ok(SeeOther::to("/security/trust").flash(Flash::good(said)))
}
