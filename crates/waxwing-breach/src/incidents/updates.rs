//! How a case stands, told to its members again and again, and what people are taught of it afterwards.
//!
//! Promise: an update goes to every member by mail in the transaction that writes it; the mail names the codename and
//! says that there is something to read, never what. Where a cadence is set, the next is due that long after the last,
//! and one that is overdue is reminded of once. Limit: mail may be what was broken into: the contact sheet is for that.

use super::words::Category;
use super::{Incident, members, sealing, store_training, store_updates, timeline};
use serde_json::json;
use waxwing_app::{App, Error, Result, accounts};
use waxwing_domain::{AccountId, Action, Actor, CasePartId, Ctx, FieldId, HeaderText, IncidentId, Micros, Operation};
use waxwing_store::{Entry, StoreError, SystemMail, Tx};

/// The shortest and the longest cadence, in minutes: a quarter of an hour and a week.
const CADENCE: std::ops::RangeInclusive<i64> = 15..=7 * 24 * 60;

/// How it stood.
#[derive(Clone)]
pub struct Update {
    /// Its id.
    pub id: CasePartId,
    /// When it was written.
    pub at: Micros,
    /// Who wrote it: kind and principal.
    pub author: Actor,
    /// To how many members mail went.
    pub mailed: i64,
    /// What it says.
    pub text: String,
}

impl Update {
    /// To whom mail went, in words.
    pub fn told(&self) -> String {
        people(self.mailed)
    }
}

/// So many people, in words.
pub(super) fn people(number: i64) -> String {
    match number {
        0 => "nobody".into(),
        1 => "one person".into(),
        more => format!("{} people", waxwing_http::count(more)),
    }
}

/// Tells the members how it stands; gives to how many mail goes.
///
/// # Errors
/// [`Error::Conflict`] once the case has ended.
pub async fn tell(app: &App, tx: &mut Tx, ctx: &Ctx, id: IncidentId, text: &str) -> Result<usize> {
    let case = members::writable(tx, ctx, id).await?;
    case.open()?;
    let text = sealing::text("text", text)?;
    let update = CasePartId::from_i64(ctx.new_id());
    let sealed = sealing::seal(app, ctx, FieldId::CASE_UPDATE, update.as_i64(), &text)?;
    let mailed = mail(app, tx, ctx, &case, "incidents.update", "An update in").await?;
    store_updates::insert(tx, ctx, id, update, mailed, sealed).await?;
    if let Some(every) = case.update_every {
        store_updates::due(tx, id, ctx.now().plus(every * Micros::MINUTE)).await?;
    }
    let entry = Entry::new(Operation::Create, "incidents.update").detail(json!({ "mailed": mailed }));
    timeline::act(app, tx, ctx, id, Category::Communication, entry).await?;
    Ok(mailed)
}

/// Mail to every person in the case: that there is something to read, and where.
async fn mail(app: &App, tx: &mut Tx, ctx: &Ctx, case: &Incident, kind: &'static str, subject: &str) -> Result<usize> {
    let inside = super::store_members::all(tx, case.id).await?;
    let people =
        inside.iter().filter(|one| one.who.kind == "account").map(|one| AccountId::from_i64(one.who.principal));
    let mut mailed = 0;
    for account in people {
        let Some(found) = accounts::by_id(tx, account).await? else { continue };
        if found.state != accounts::State::Active {
            continue;
        }
        let person = found.person(app, ctx.workspace)?;
        let said = format!("{subject} {}", case.codename);
        let subject = HeaderText::parse(&said).map_err(|error| StoreError::Damaged(error.to_string()))?;
        let text = format!(
            "{said}.\n\nRead it after signing in:\n\n{}/security/incidents/{}/after\n\nThe mail itself says nothing about the case.\n",
            app.config().public_url,
            case.id
        );
        let mail = SystemMail { kind, to: person.email.clone(), subject, text, html: None };
        tx.post(app.store(), ctx, mail).await?;
        mailed += 1;
    }
    Ok(mailed)
}

/// Sets how often the members are told, in minutes; never by itself where `None`.
///
/// # Errors
/// [`Error::Invalid`] for less than a quarter of an hour or more than a week.
pub async fn set_cadence(app: &App, tx: &mut Tx, ctx: &Ctx, id: IncidentId, every: Option<i64>) -> Result<()> {
    members::writable(tx, ctx, id).await?.open()?;
    if every.is_some_and(|minutes| !CADENCE.contains(&minutes)) {
        return Err(Error::invalid("every", "Choose from a quarter of an hour to a week."));
    }
    store_updates::cadence(tx, id, every, every.map(|minutes| ctx.now().plus(minutes * Micros::MINUTE))).await?;
    let entry = Entry::new(Operation::Change, "incidents.cadence").detail(json!({ "every_minutes": every }));
    timeline::act(app, tx, ctx, id, Category::Decision, entry).await
}

/// Reminds the members of updates that are overdue, once each; gives of how many cases.
pub(super) async fn remind(app: &App, tx: &mut Tx, ctx: &Ctx) -> Result<usize> {
    let overdue = store_updates::overdue(tx, ctx.now()).await?;
    for id in &overdue {
        let case = super::store::by_id(tx, *id).await?.ok_or(Error::NotFound("case"))?;
        let mailed = mail(app, tx, ctx, &case, "incidents.overdue", "An update is overdue in").await?;
        store_updates::told(tx, *id).await?;
        let entry = Entry::new(Operation::Operate, "incidents.overdue").on("incident", id.as_i64());
        tx.record(app.store(), ctx, entry.detail(json!({ "mailed": mailed }))).await?;
    }
    Ok(overdue.len())
}

/// The updates of a case, the newest first.
pub async fn updates(app: &App, tx: &mut Tx, ctx: &Ctx, id: IncidentId) -> Result<Vec<Update>> {
    ctx.authorise(Action::IncidentsRead)?;
    members::readable(tx, ctx, id).await?;
    let rows = store_updates::all(tx, id).await?;
    let open = |(update, sealed): (Update, Vec<u8>)| {
        let text = sealing::open(app, ctx.workspace, FieldId::CASE_UPDATE, update.id.as_i64(), &sealed)?;
        Ok(Update { text, ..update })
    };
    rows.into_iter().map(open).collect()
}

/// Writes what people are taught of a case; it may be changed, also after the case has ended, and is to be read anew then.
///
/// # Errors
/// [`Error::Invalid`] for a text that says nothing.
pub async fn teach(app: &App, tx: &mut Tx, ctx: &Ctx, id: IncidentId, text: &str) -> Result<()> {
    members::writable(tx, ctx, id).await?;
    let text = sealing::text("training", text)?;
    let sealed = sealing::seal(app, ctx, FieldId::CASE_TRAINING, id.as_i64(), &text)?;
    store_updates::training(tx, id, sealed).await?;
    store_training::anew(tx, id).await?;
    let entry = Entry::new(Operation::Change, "incidents.training");
    timeline::act(app, tx, ctx, id, Category::Decision, entry).await
}

/// What people are taught of a case; empty while nothing is written.
pub fn training(app: &App, ctx: &Ctx, case: &Incident) -> Result<String> {
    let Some(sealed) = &case.training else { return Ok(String::new()) };
    sealing::open(app, ctx.workspace, FieldId::CASE_TRAINING, case.id.as_i64(), sealed)
}
