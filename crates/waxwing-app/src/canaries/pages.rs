//! `/security/canaries`: the domains, how many people an export gets, what was hit, and one mark with its people.

use super::words::Locale;
use super::{Hit, HitKind, Mark, MarkKind, Standing, Told};
use crate::accounts::{self, contain};
use crate::{App, Error, Result, lists};
use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use http::StatusCode;
use serde::Deserialize;
use waxwing_domain::{AccountId, Action, Actor, ApiKeyId, Ctx, ExportId, MarkId, Micros};
use waxwing_http::{Cursor, Fail, Flash, Page, Paged, SafeForm, SeeOther, Segment, Shell, Who};
use waxwing_store::Tx;

const HERE: &str = "/security/canaries";

#[derive(Deserialize, Default)]
pub(super) struct NewDomain {
    #[serde(default)]
    name: String,
    #[serde(default)]
    names: String,
}

#[derive(Deserialize)]
pub(super) struct Named {
    #[serde(default)]
    name: String,
}

#[derive(Deserialize)]
pub(super) struct Number {
    #[serde(default)]
    per_export: String,
}

/// A mark as a row shows it.
struct Line {
    mark: Mark,
    who: String,
}

#[derive(Template)]
#[template(path = "canaries/pages/index.html")]
pub(super) struct Index {
    shell: Shell,
    standing: Standing,
    hit: Vec<Line>,
    marks: Vec<Line>,
    next: String,
    first: String,
    typed: NewDomain,
    error: String,
}

impl Index {
    fn may_change(&self) -> bool {
        self.shell.may(Action::CanariesWrite)
    }
}

#[derive(Template)]
#[template(path = "canaries/pages/show.html")]
pub(super) struct Show {
    shell: Shell,
    told: Told,
    who: String,
    list: String,
    /// The question of who was touched, as an address.
    touched: String,
    /// The form of containment, filled in; empty where nobody can be contained.
    contain: String,
}

/// Who exported or read, in words.
async fn who(app: &App, tx: &mut Tx, actor: Actor) -> Result<String> {
    Ok(match actor {
        Actor::Account(id, _) => name_of(app, tx, id).await?,
        Actor::ApiKey(id) => key_name(tx, id).await?,
        Actor::Host => "The host’s command line".to_owned(),
        Actor::Public | Actor::Job => "A background job".to_owned(),
    })
}

async fn name_of(app: &App, tx: &mut Tx, id: AccountId) -> Result<String> {
    Ok(contain::names(app, tx).await?.remove(&id).unwrap_or_else(|| format!("Person {id}")))
}

async fn key_name(tx: &mut Tx, id: ApiKeyId) -> Result<String> {
    let name = accounts::keys::name(tx, id).await?;
    Ok(name.map_or_else(|| format!("API key {id}"), |name| format!("API key “{name}”")))
}

async fn lines(app: &App, tx: &mut Tx, marks: Vec<Mark>) -> Result<Vec<Line>> {
    let mut lines = Vec::with_capacity(marks.len());
    for mark in marks {
        lines.push(Line { who: who(app, tx, mark.actor).await?, mark });
    }
    Ok(lines)
}

async fn page(app: &App, ctx: &Ctx, shell: Shell, cursor: &Cursor) -> std::result::Result<Index, Fail> {
    let before = cursor.key::<MarkId>()?;
    let mut tx = app.read(ctx, "canaries.index").await?;
    let standing = super::standing(&mut tx, ctx).await?;
    let hit = super::hit(&mut tx, ctx).await?;
    let marks = super::marks(&mut tx, ctx, before, i64::from(cursor.limit) + 1).await?;
    let marks = Paged::from_surplus(marks, cursor.limit, |mark| mark.id);
    Ok(Index {
        shell: shell.titled("Canaries"),
        standing,
        hit: lines(app, &mut tx, hit).await?,
        marks: lines(app, &mut tx, marks.items).await?,
        first: before.map(|_| HERE.to_owned()).unwrap_or_default(),
        next: marks.next.map(|after| format!("{HERE}?after={after}")).unwrap_or_default(),
        typed: NewDomain::default(),
        error: String::new(),
    })
}

pub(super) async fn index(
    State(app): State<App>,
    Who(ctx): Who,
    shell: Shell,
    cursor: Cursor,
) -> std::result::Result<Page<Index>, Fail> {
    Ok(Page(page(&app, &ctx, shell, &cursor).await?))
}

pub(super) async fn add(
    State(app): State<App>,
    Who(ctx): Who,
    shell: Shell,
    SafeForm(input): SafeForm<NewDomain>,
) -> std::result::Result<Response, Fail> {
    let locale = Locale::parse(&input.names).ok_or_else(|| Fail::invalid("names", "Choose a language."))?;
    let mut tx = app.begin(&ctx, "canaries.add").await?;
    let error = match super::add(&app, &mut tx, &ctx, &input.name, locale).await {
        Ok(_) => {
            tx.commit().await.map_err(Error::from)?;
            let flash = Flash::good("The domain is there. Point its MX record at this installation, then check it.");
            return Ok(SeeOther::to(HERE).flash(flash).into_response());
        }
        Err(Error::Invalid { message, .. } | Error::Conflict(message)) => message,
        Err(other) => return Err(other.into()),
    };
    drop(tx);
    let page = page(&app, &ctx, shell, &Cursor::default()).await?;
    let page = Index { typed: input, error, ..page };
    Ok((StatusCode::UNPROCESSABLE_ENTITY, Page(page)).into_response())
}

pub(super) async fn number(
    State(app): State<App>,
    Who(ctx): Who,
    SafeForm(input): SafeForm<Number>,
) -> std::result::Result<SeeOther, Fail> {
    let number = input.per_export.trim().parse::<i64>();
    let number = number.map_err(|_| Fail::invalid("per_export", "Write a number from 0 to 50."))?;
    let mut tx = app.begin(&ctx, "canaries.number").await?;
    super::set_per_export(&app, &mut tx, &ctx, number).await?;
    tx.commit().await.map_err(Error::from)?;
    Ok(SeeOther::to(HERE).flash(Flash::good("Saved. It counts for exports from now on.")))
}

pub(super) async fn check(
    State(app): State<App>,
    Who(ctx): Who,
    SafeForm(input): SafeForm<Named>,
) -> std::result::Result<SeeOther, Fail> {
    let mx = super::check(&app, &ctx, &input.name).await?;
    Ok(SeeOther::to(HERE).flash(Flash::note(format!("{}: {}.", input.name, mx.words()))))
}

pub(super) async fn remove(
    State(app): State<App>,
    Who(ctx): Who,
    SafeForm(input): SafeForm<Named>,
) -> std::result::Result<SeeOther, Fail> {
    let mut tx = app.begin(&ctx, "canaries.remove").await?;
    super::remove(&app, &mut tx, &ctx, &input.name).await?;
    tx.commit().await.map_err(Error::from)?;
    Ok(SeeOther::to(HERE).flash(Flash::good("The domain is gone. Mail to its made-up people is no longer taken.")))
}

pub(super) async fn show(
    State(app): State<App>,
    Who(ctx): Who,
    shell: Shell,
    Segment(id): Segment<MarkId>,
) -> std::result::Result<Page<Show>, Fail> {
    let told = super::tell(&app, &ctx, id).await?;
    let mut tx = app.read(&ctx, "canaries.who").await?;
    let who = who(&app, &mut tx, told.mark.actor).await?;
    let all = lists::all(&mut tx).await?;
    let list = told.mark.list.and_then(|id| all.into_iter().find(|list| list.id == id)).map(|list| list.name);
    let (touched, contain) = (touched(&told.mark, ctx.now()), filled_in(&told.mark));
    let shell = shell.titled(told.mark.kind.words());
    Ok(Page(Show { shell, told, who, list: list.unwrap_or_default(), touched, contain }))
}

/// Who was touched by the export, or by the key since it was marked, as the address of that question.
fn touched(mark: &Mark, now: Micros) -> String {
    let (from, until) = match mark.kind {
        MarkKind::Export => (mark.at.plus(-Micros::MINUTE), mark.at.plus(Micros::DAY)),
        MarkKind::Api => (mark.at.plus(-Micros::MINUTE), now),
    };
    let until = until.min(now.plus(Micros::MINUTE));
    format!("/security/who-was-touched?who={}&from={from}&until={until}", mark.suspect())
}

/// The form of containment, filled in for whoever exported or read.
fn filled_in(mark: &Mark) -> String {
    let scope = match mark.actor {
        Actor::Account(id, _) => format!("account:{id}"),
        Actor::ApiKey(id) => format!("api_key:{id}"),
        Actor::Host | Actor::Public | Actor::Job => return String::new(),
    };
    format!("/security/containment?scope={scope}&reason=A+made-up+person+of+{}+was+heard+of", mark.kind.as_str())
}

/// The number of the export or key, as it stands elsewhere.
fn number_of(mark: &Mark) -> String {
    match mark.kind {
        MarkKind::Export => ExportId::from_i64(mark.about).to_string(),
        MarkKind::Api => ApiKeyId::from_i64(mark.about).to_string(),
    }
}

/// What is known of whoever did it, in a line.
fn said(hit: &Hit) -> String {
    let facts = &hit.facts;
    let from = if facts.envelope_from.is_empty() { "nobody (a notice)" } else { facts.envelope_from.as_str() };
    match hit.kind {
        HitKind::Mail => format!("From {from}, by {} ({}). Subject: {}", facts.hello, facts.peer, facts.subject),
        HitKind::Asked => format!("By {} ({}), as {from}", facts.hello, facts.peer),
        HitKind::Returned | HitKind::Touched if facts.peer.is_empty() => format!("Through {}", facts.through),
        HitKind::Returned | HitKind::Touched => format!("Through {}, from {}", facts.through, facts.peer),
    }
}
