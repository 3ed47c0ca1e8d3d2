//! `/security/incidents/{id}/after`: updates on a cadence, the contact sheet, findings, and what people are taught.

use super::contacts::{Contact, NewContact};
use super::findings::{Finding, FindingState};
use super::forms::{moment, word};
use super::pages::{at, done};
use super::room::{Top, top};
use super::training::Reader;
use super::updates::Update;
use askama::Template;
use axum::extract::State;
use serde::Deserialize;
use waxwing_app::{App, accounts};
use waxwing_domain::{AccountId, Action, CasePartId, IncidentId, Micros, Role};
use waxwing_http::{Fail, Page, SafeForm, SeeOther, Segment, Shell, Who};

type Answer<T> = std::result::Result<T, Fail>;

/// How often members can be told: minutes, and how it is said.
const CADENCES: [(&str, i64, &str); 6] = [
    ("15", 15, "every quarter of an hour"),
    ("60", 60, "every hour"),
    ("240", 240, "every four hours"),
    ("720", 720, "every twelve hours"),
    ("1440", 1_440, "every day"),
    ("10080", 10_080, "every week"),
];

#[derive(Template)]
#[template(path = "incidents/pages/after.html")]
pub(super) struct AfterPage {
    shell: Shell,
    top: Top,
    updates: Vec<Update>,
    contacts: Vec<Contact>,
    findings: Vec<Finding>,
    training: String,
    /// Who is to read it, by name.
    readers: Vec<(Reader, String)>,
    /// Everybody who could be, by name.
    colleagues: Vec<(AccountId, String)>,
    /// Who can own a finding: the people in the case.
    people: Vec<(AccountId, String)>,
    now: Micros,
}

impl AfterPage {
    fn said(&self, reader: &Reader) -> (&'static str, &'static str) {
        reader.badge(self.now)
    }
    fn unread(&self) -> usize {
        self.readers.iter().filter(|(reader, _)| reader.read_at.is_none()).count()
    }
    fn chosen(&self, minutes: &i64) -> bool {
        self.top.case.update_every == Some(*minutes)
    }
    fn overdue(&self) -> bool {
        self.top.case.update_due.is_some_and(|due| due < self.now)
    }
}

fn here(id: IncidentId) -> String {
    format!("{}/after", at(id))
}

pub(super) async fn show(
    State(app): State<App>,
    Who(ctx): Who,
    shell: Shell,
    Segment(id): Segment<IncidentId>,
) -> Answer<Page<AfterPage>> {
    let top = top(&app, &ctx, id, "incidents.after").await?;
    let mut tx = app.read(&ctx, "incidents.after").await?;
    let members = super::members(&mut tx, &ctx, id).await?;
    let inside = members.iter().filter(|one| one.who.kind == "account");
    let people = inside.map(|one| AccountId::from_i64(one.who.principal));
    let names = accounts::contain::names(&app, &mut tx).await?;
    let name = |id: AccountId| names.get(&id).cloned().unwrap_or_else(|| "Somebody who is gone".to_owned());
    let readers = super::readers(&mut tx, &ctx, id).await?;
    let mut colleagues: Vec<(AccountId, String)> = names.iter().map(|(id, name)| (*id, name.clone())).collect();
    colleagues.sort_by(|one, other| one.1.cmp(&other.1));
    Ok(Page(AfterPage {
        shell: shell.titled(format!("{}: updates and lessons", top.case.codename)),
        updates: super::updates(&app, &mut tx, &ctx, id).await?,
        contacts: super::contacts(&app, &mut tx, &ctx, id).await?,
        findings: super::findings(&app, &mut tx, &ctx, id).await?,
        training: super::training(&app, &ctx, &top.case)?,
        readers: readers.into_iter().map(|one| (one, name(one.account))).collect(),
        colleagues,
        people: people.map(|id| (id, top.names.of(&id).to_owned())).collect(),
        now: ctx.now(),
        top,
    }))
}

#[derive(Template)]
#[template(path = "incidents/pages/sheet.html")]
pub(super) struct SheetPage {
    shell: Shell,
    top: Top,
    contacts: Vec<Contact>,
    now: Micros,
}

pub(super) async fn sheet(
    State(app): State<App>,
    Who(ctx): Who,
    shell: Shell,
    Segment(id): Segment<IncidentId>,
) -> Answer<Page<SheetPage>> {
    let top = top(&app, &ctx, id, "incidents.contacts").await?;
    let mut tx = app.read(&ctx, "incidents.contacts").await?;
    let contacts = super::contacts(&app, &mut tx, &ctx, id).await?;
    let shell = shell.titled(format!("{}: contact sheet", top.case.codename));
    Ok(Page(SheetPage { shell, contacts, now: ctx.now(), top }))
}

#[derive(Deserialize)]
pub(super) struct ContactForm {
    #[serde(default)]
    name: String,
    #[serde(default)]
    role: String,
    #[serde(default)]
    phone: String,
    #[serde(default)]
    note: String,
}

pub(super) async fn add_contact(
    State(app): State<App>,
    Who(ctx): Who,
    Segment(id): Segment<IncidentId>,
    SafeForm(form): SafeForm<ContactForm>,
) -> Answer<SeeOther> {
    let new = NewContact { name: form.name, role: form.role, phone: form.phone, note: form.note };
    let mut tx = app.begin(&ctx, "incidents.add_contact").await?;
    super::add_contact(&app, &mut tx, &ctx, id, new).await?;
    done(tx, here(id), "They are on the sheet. Print it again.").await
}

pub(super) async fn remove_contact(
    State(app): State<App>,
    Who(ctx): Who,
    Segment((id, contact)): Segment<(IncidentId, CasePartId)>,
) -> Answer<SeeOther> {
    let mut tx = app.begin(&ctx, "incidents.remove_contact").await?;
    super::remove_contact(&app, &mut tx, &ctx, id, contact).await?;
    done(tx, here(id), "Their name and number are deleted. What was printed stays where it is.").await
}

#[derive(Deserialize)]
pub(super) struct TextForm {
    #[serde(default)]
    text: String,
}

pub(super) async fn tell(
    State(app): State<App>,
    Who(ctx): Who,
    Segment(id): Segment<IncidentId>,
    SafeForm(form): SafeForm<TextForm>,
) -> Answer<SeeOther> {
    let mut tx = app.begin(&ctx, "incidents.update").await?;
    let mailed = super::tell(&app, &mut tx, &ctx, id, &form.text).await?;
    done(
        tx,
        here(id),
        &format!(
            "Written. Mail that it is there goes to {}.",
            super::updates::people(i64::try_from(mailed).unwrap_or(i64::MAX))
        ),
    )
    .await
}

#[derive(Deserialize)]
pub(super) struct CadenceForm {
    #[serde(default)]
    every: String,
}

pub(super) async fn cadence(
    State(app): State<App>,
    Who(ctx): Who,
    Segment(id): Segment<IncidentId>,
    SafeForm(form): SafeForm<CadenceForm>,
) -> Answer<SeeOther> {
    let every = match form.every.as_str() {
        "" => None,
        text => Some(text.parse().map_err(|_| Fail::invalid("every", "Choose one of the list."))?),
    };
    let mut tx = app.begin(&ctx, "incidents.cadence").await?;
    super::set_cadence(&app, &mut tx, &ctx, id, every).await?;
    done(tx, here(id), "Saved.").await
}

#[derive(Deserialize)]
pub(super) struct FindingForm {
    #[serde(default)]
    text: String,
    #[serde(default)]
    owner: String,
    #[serde(default)]
    due_at: String,
    #[serde(default)]
    zone: String,
}

pub(super) async fn add_finding(
    State(app): State<App>,
    Who(ctx): Who,
    Segment(id): Segment<IncidentId>,
    SafeForm(form): SafeForm<FindingForm>,
) -> Answer<SeeOther> {
    let owner = match form.owner.as_str() {
        "" => None,
        text => Some(text.parse().map_err(|_| Fail::invalid("owner", "Choose a person."))?),
    };
    let month = ctx.now().plus(30 * Micros::DAY);
    let due_at = moment("due_at", &form.due_at, &form.zone, month)?.0;
    let mut tx = app.begin(&ctx, "incidents.add_finding").await?;
    super::add_finding(&app, &mut tx, &ctx, id, &form.text, (owner, due_at)).await?;
    done(tx, here(id), "Noted.").await
}

#[derive(Deserialize)]
pub(super) struct EndFindingForm {
    #[serde(default)]
    state: String,
    #[serde(default)]
    proof: String,
}

pub(super) async fn end_finding(
    State(app): State<App>,
    Who(ctx): Who,
    Segment((id, finding)): Segment<(IncidentId, CasePartId)>,
    SafeForm(form): SafeForm<EndFindingForm>,
) -> Answer<SeeOther> {
    let state = word("state", &form.state, FindingState::parse)?;
    let mut tx = app.begin(&ctx, "incidents.end_finding").await?;
    super::end_finding(&app, &mut tx, &ctx, id, (finding, state, &form.proof)).await?;
    done(tx, here(id), "Saved.").await
}

pub(super) async fn teach(
    State(app): State<App>,
    Who(ctx): Who,
    Segment(id): Segment<IncidentId>,
    SafeForm(form): SafeForm<TextForm>,
) -> Answer<SeeOther> {
    let mut tx = app.begin(&ctx, "incidents.training").await?;
    super::teach(&app, &mut tx, &ctx, id, &form.text).await?;
    done(tx, here(id), "Saved.").await
}
