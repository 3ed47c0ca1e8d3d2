//! One person: fields, lists with their evidence, history.

use super::audience::joined_words;
use crate::accounts::roles;
use crate::consent::{Consent, ConsentKind, NewConsent};
use crate::fields::{self, Field};
use crate::lists::{self, List, Membership, MembershipState};
use crate::subscribers::form::{self, Line, Typed};
use crate::subscribers::{self, Shown};
use crate::suppression::{self, Reason};
use crate::{App, Error, consent};
use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use http::StatusCode;
use serde::Deserialize;
use std::sync::Arc;
use waxwing_domain::{Action, ConsentId, Ctx, ListId, SubjectNo};
use waxwing_http::{Fail, Flash, Page, SafeForm, SeeOther, Segment, Shell, Who};
use waxwing_store::{Event, Tx};

/// Happenings shown.
const HISTORY: i64 = 100;

#[derive(Template)]
#[template(path = "subscribers/pages/new.html")]
pub(super) struct NewPage {
    shell: Shell,
    lines: Vec<Line>,
    lists: Vec<List>,
    ticked: Vec<String>,
    statement: String,
    statement_error: String,
}

#[derive(Template)]
#[template(path = "subscribers/pages/person.html")]
pub(super) struct PersonPage {
    shell: Shell,
    subject: SubjectNo,
    damaged: bool,
    /// The labels of fields that the reader's role masks.
    masked: Vec<String>,
    reason_error: String,
    lines: Vec<Line>,
    memberships: Vec<(Membership, Option<Consent>)>,
    free_lists: Vec<List>,
    suppressed: Option<Reason>,
    history: Vec<(Event, String)>,
}

#[derive(Template)]
#[template(path = "subscribers/pages/evidence.html")]
pub(super) struct EvidencePage {
    shell: Shell,
    subject: SubjectNo,
    consent: Consent,
    particulars: Vec<(String, String)>,
}

impl EvidencePage {
    fn up(&self) -> String {
        format!("/audience/people/{}", self.subject)
    }
}

impl NewPage {
    fn is_ticked(&self, list: &List) -> bool {
        self.ticked.contains(&list.id.to_string())
    }
}

fn single(typed: &[(String, String)]) -> Typed {
    typed.iter().cloned().collect()
}

pub(super) async fn new(State(app): State<App>, Who(ctx): Who, shell: Shell) -> Result<Page<NewPage>, Fail> {
    let mut tx = app.read(&ctx, "subscribers.new").await?;
    let fields = fields::all(&mut tx).await?;
    Ok(Page(new_page(&mut tx, shell, form::empty(&fields), &[], "").await?))
}

async fn new_page(
    tx: &mut Tx,
    shell: Shell,
    lines: Vec<Line>,
    typed: &[(String, String)],
    statement_error: &str,
) -> Result<NewPage, Fail> {
    let of = |key: &str| typed.iter().filter(|(k, _)| k == key).map(|(_, v)| v.clone()).collect::<Vec<_>>();
    let lists = lists::all(tx).await?.into_iter().filter(|list| list.archived_at.is_none()).collect();
    Ok(NewPage {
        shell: shell.titled("Add a person"),
        lines,
        lists,
        ticked: of("list"),
        statement: of("statement").pop().unwrap_or_default(),
        statement_error: statement_error.to_owned(),
    })
}

pub(super) async fn create(
    State(app): State<App>,
    Who(ctx): Who,
    shell: Shell,
    SafeForm(typed): SafeForm<Vec<(String, String)>>,
) -> Result<Response, Fail> {
    let values = single(&typed);
    let mut tx = app.begin(&ctx, "subscribers.create").await?;
    let fields = fields::all(&mut tx).await?;
    let lists =
        typed.iter().filter(|(key, _)| key == "list").map(|(_, id)| id.parse()).collect::<Result<Vec<ListId>, _>>()?;
    let statement = values.get("statement").cloned().unwrap_or_default();
    let read = match form::read(&fields, &values) {
        Ok(read) => read,
        Err(lines) => return Ok(wrong(new_page(&mut tx, shell, lines, &typed, "").await?)),
    };
    let person = read.into_new().ok_or_else(|| Fail::invalid("email", "is needed"))?;
    let answer = subscribers::admit(&app, &mut tx, &ctx, person, ConsentKind::Manual, &statement, &lists).await;
    let (key, message) = match answer {
        Ok(admitted) => {
            tx.commit().await.map_err(Error::from)?;
            let to = SeeOther::to(format!("/audience/people/{}", admitted.subject));
            return Ok(to.flash(Flash::good("The person is there.")).into_response());
        }
        Err(Error::Invalid { field, message }) => (field, message),
        Err(Error::Conflict(message)) => ("email".to_owned(), message),
        Err(other) => return Err(other.into()),
    };
    let lines = form::refused(&fields, &values, &key, &message);
    let statement_error = if key == "consent" { message.as_str() } else { "" };
    Ok(wrong(new_page(&mut tx, shell, lines, &typed, statement_error).await?))
}

fn wrong(page: impl Template) -> Response {
    (StatusCode::UNPROCESSABLE_ENTITY, Page(page)).into_response()
}

pub(super) async fn show(
    State(app): State<App>,
    Who(ctx): Who,
    shell: Shell,
    Segment(subject): Segment<SubjectNo>,
) -> Result<Page<PersonPage>, Fail> {
    let mut tx = app.read(&ctx, "subscribers.show").await?;
    let fields = fields::all(&mut tx).await?;
    Ok(Page(person_page(&app, &mut tx, &ctx, shell, subject, &fields).await?))
}

async fn person_page(
    app: &App,
    tx: &mut Tx,
    ctx: &Ctx,
    shell: Shell,
    subject: SubjectNo,
    fields: &[Arc<Field>],
) -> Result<PersonPage, Fail> {
    let person = subscribers::show(app, tx, ctx, subject, fields, "page").await?;
    let memberships = lists::memberships(tx, subject).await?;
    let taken = |list: &List| memberships.iter().any(|m| m.list == list.id && m.state == MembershipState::Confirmed);
    let lists = lists::all(tx).await?;
    let history = tx.history(subject, i64::MAX, HISTORY).await.map_err(Error::from)?;
    Ok(PersonPage {
        shell: shell.titled(person.label()),
        subject,
        damaged: person.is_damaged(),
        masked: fields.iter().filter(|field| person.masks(field.id)).map(|field| field.label.clone()).collect(),
        reason_error: String::new(),
        lines: form::filled(&visible(fields, &person), &person),
        suppressed: suppressed(tx, subject).await?,
        history: history.into_iter().map(|event| with_words(event, &lists)).collect(),
        free_lists: lists.iter().filter(|list| list.archived_at.is_none() && !taken(list)).cloned().collect(),
        memberships: with_evidence(tx, memberships).await?,
    })
}

fn visible(fields: &[Arc<Field>], person: &Shown) -> Vec<Arc<Field>> {
    fields.iter().filter(|field| !person.masks(field.id)).cloned().collect()
}

async fn suppressed(tx: &mut Tx, subject: SubjectNo) -> Result<Option<Reason>, Error> {
    let Some(stored) = subscribers::sealed(tx, &[subject]).await?.pop() else { return Ok(None) };
    let found = suppression::among(tx, vec![stored.suppress_tag.to_vec()]).await?;
    Ok(found.get(&stored.suppress_tag).copied())
}

async fn with_evidence(tx: &mut Tx, memberships: Vec<Membership>) -> Result<Vec<(Membership, Option<Consent>)>, Error> {
    let ids = memberships.iter().filter_map(|m| m.consent).collect();
    let consents = consent::by_ids(tx, ids).await?;
    let beside = |m: Membership| {
        let consent = m.consent.and_then(|id| consents.get(&id)).cloned();
        (m, consent)
    };
    Ok(memberships.into_iter().map(beside).collect())
}

/// What happened, with the list's name.
fn with_words(event: Event, lists: &[List]) -> (Event, String) {
    let list = event.list.and_then(|id| lists.iter().find(|list| list.id == id));
    let list = list.map(|list| format!("“{}”", list.name));
    let words = [list, event.reason.clone()].into_iter().flatten().collect::<Vec<_>>().join(", ");
    (event, words)
}

pub(super) async fn update(
    State(app): State<App>,
    Who(ctx): Who,
    shell: Shell,
    Segment(subject): Segment<SubjectNo>,
    SafeForm(typed): SafeForm<Vec<(String, String)>>,
) -> Result<Response, Fail> {
    let values = single(&typed);
    let mut tx = app.begin(&ctx, "subscribers.update").await?;
    let fields = fields::all(&mut tx).await?;
    // What the form did not show must not be taken for emptied.
    let mut typed_fields = fields.clone();
    typed_fields.retain(|field| subscribers::shows_class(&ctx, subject, field.class));
    let lines = match form::read(&typed_fields, &values) {
        Err(lines) => lines,
        Ok(read) => match subscribers::update(&app, &mut tx, &ctx, subject, read.into_changes()).await {
            Ok(()) => {
                tx.commit().await.map_err(Error::from)?;
                return Ok(SeeOther::to(format!("/audience/people/{subject}"))
                    .flash(Flash::good("Saved."))
                    .into_response());
            }
            Err(Error::Invalid { field, message }) => form::refused(&typed_fields, &values, &field, &message),
            Err(other) => return Err(other.into()),
        },
    };
    // The page reads in clear, which is recorded by the one writer: let go of it first.
    drop(tx);
    let mut tx = app.read(&ctx, "subscribers.update").await?;
    let page = person_page(&app, &mut tx, &ctx, shell, subject, &fields).await?;
    Ok(wrong(PersonPage { lines, ..page }))
}

#[derive(Deserialize)]
pub(super) struct UnmaskForm {
    reason: String,
}

/// Shows one masked person to this session for a while.
pub(super) async fn unmask(
    State(app): State<App>,
    Who(ctx): Who,
    shell: Shell,
    Segment(subject): Segment<SubjectNo>,
    SafeForm(form): SafeForm<UnmaskForm>,
) -> Result<Response, Fail> {
    let mut tx = app.begin(&ctx, "subscribers.unmask").await?;
    let refused = match roles::unmask(&app, &mut tx, &ctx, subject, &form.reason).await {
        Ok(_) => {
            tx.commit().await.map_err(Error::from)?;
            let words = "Shown for 15 minutes, to you alone. Your reason is on the record.";
            return Ok(SeeOther::to(format!("/audience/people/{subject}")).flash(Flash::note(words)).into_response());
        }
        Err(Error::Invalid { message, .. }) => message,
        Err(other) => return Err(other.into()),
    };
    drop(tx);
    let mut tx = app.read(&ctx, "subscribers.unmask").await?;
    let fields = fields::all(&mut tx).await?;
    let page = person_page(&app, &mut tx, &ctx, shell, subject, &fields).await?;
    Ok(wrong(PersonPage { reason_error: refused, ..page }))
}

#[derive(Deserialize)]
pub(super) struct JoinForm {
    list: String,
    #[serde(default)]
    statement: String,
}

pub(super) async fn join(
    State(app): State<App>,
    Who(ctx): Who,
    Segment(subject): Segment<SubjectNo>,
    SafeForm(form): SafeForm<JoinForm>,
) -> Result<SeeOther, Fail> {
    let back = SeeOther::to(format!("/audience/people/{subject}"));
    let list: ListId = form.list.parse()?;
    if let Err(Error::Invalid { message, .. }) = consent::check(&form.statement) {
        return Ok(back.flash(Flash::danger(format!("Nothing was changed: {message}."))));
    }
    let mut tx = app.begin(&ctx, "subscribers.join").await?;
    let evidence = NewConsent {
        kind: ConsentKind::Manual,
        statement: form.statement,
        list: Some(list),
        subject: Some(subject),
        wording_version: None,
        requested_at: None,
        confirmed_at: None,
        evidence: serde_json::Value::Null,
    };
    let consent = consent::attest(&app, &mut tx, &ctx, evidence).await?;
    let joined = lists::join_attested(&app, &mut tx, &ctx, list, vec![subject], consent).await?;
    tx.commit().await.map_err(Error::from)?;
    Ok(back.flash(Flash::note(joined_words(&joined))))
}

#[derive(Deserialize)]
pub(super) struct LeaveForm {
    /// Empty: everything.
    list: String,
    /// `remove` by the team, or `unsubscribe` because the person asked.
    how: String,
}

pub(super) async fn leave(
    State(app): State<App>,
    Who(ctx): Who,
    Segment(subject): Segment<SubjectNo>,
    SafeForm(form): SafeForm<LeaveForm>,
) -> Result<SeeOther, Fail> {
    ctx.authorise(Action::SubscribersWrite)?;
    let list = (!form.list.is_empty()).then(|| form.list.parse::<ListId>()).transpose()?;
    let mut tx = app.begin(&ctx, "subscribers.leave").await?;
    let words = match (form.how.as_str(), list) {
        ("remove", Some(list)) => {
            lists::remove(&app, &mut tx, &ctx, list, vec![subject]).await?;
            "Taken off the list."
        }
        ("unsubscribe", list) => {
            lists::unsubscribe(&app, &mut tx, &ctx, list, subject).await?;
            "Unsubscribed. Only the person’s own sign-up brings them back."
        }
        _ => return Err(Fail::invalid("how", "choose a list and what to do")),
    };
    tx.commit().await.map_err(Error::from)?;
    Ok(SeeOther::to(format!("/audience/people/{subject}")).flash(Flash::good(words)))
}

pub(super) async fn evidence(
    State(app): State<App>,
    Who(ctx): Who,
    shell: Shell,
    Segment((subject, id)): Segment<(SubjectNo, ConsentId)>,
) -> Result<Page<EvidencePage>, Fail> {
    let mut tx = app.read(&ctx, "subscribers.evidence").await?;
    let consent = consent::by_ids(&mut tx, vec![id]).await?.remove(&id).ok_or(Fail::NotFound)?;
    if consent.subject.is_some_and(|of| of != subject) {
        return Err(Fail::NotFound);
    }
    let particulars = consent::particulars(&app, &mut tx, &ctx, id).await?;
    Ok(Page(EvidencePage {
        shell: shell.titled("Evidence of consent"),
        subject,
        consent,
        particulars: flat(particulars),
    }))
}

/// Particulars as lines of a table.
fn flat(particulars: Option<serde_json::Value>) -> Vec<(String, String)> {
    let text = |value: serde_json::Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    match particulars {
        Some(serde_json::Value::Object(map)) => {
            map.into_iter().map(|(key, value)| (key.replace('_', " "), text(value))).collect()
        }
        Some(other) => vec![("particulars".to_owned(), text(other))],
        None => Vec::new(),
    }
}
