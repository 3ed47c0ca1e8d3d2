//! Who is in a case, who is called, how they are told, what everybody is taught.

use crate::cli::{CaseContact, CaseMember, CaseUpdate};
use crate::commands::desk::{Desk, word};
use serde_json::{Value, json};
use waxwing_breach::incidents::{self, CaseRole, Contact, Member, MemberRef, NewContact, Reader, Update};
use waxwing_domain::{CasePartId, IncidentId, Micros};

pub(super) async fn member(desk: &Desk, command: CaseMember) -> anyhow::Result<Value> {
    let (app, ctx) = (&desk.app, &desk.ctx);
    match command {
        CaseMember::List(id) => {
            let id: IncidentId = id.case.parse()?;
            let all = desk.look(("incidents.members", id), async |tx| incidents::members(tx, ctx, id).await).await?;
            let row = |one: &Member| {
                let (kind, number, role) = (one.who.kind, one.number(), one.role.as_str());
                let value = json!({ "kind": kind, "id": number, "role": role, "since": one.since });
                (format!("{kind:7}  {number}  {role}"), value)
            };
            Ok(desk.listed("members", "Nobody is in the case.", all.iter().map(row)))
        }
        CaseMember::Put { case, email, role } => {
            let (id, person) = (case.parse()?, desk.person(&email).await?);
            let role = word(&role, CaseRole::ALL, CaseRole::as_str)?;
            let added = async |tx: &mut _| incidents::add_member(app, tx, ctx, id, person, role).await;
            desk.change("incidents.add_member", added).await?;
            Ok(desk.said("they are in the case", json!({ "account": person, "role": role.as_str() })))
        }
        CaseMember::Remove { case, email } => {
            let (id, person) = (case.parse()?, desk.person(&email).await?);
            let who = MemberRef::account(person);
            desk.change("incidents.remove_member", async |tx| incidents::remove_member(app, tx, ctx, id, who).await)
                .await?;
            Ok(desk.said("they are no longer in the case", json!({ "account": person })))
        }
    }
}

pub(super) async fn contact(desk: &Desk, command: CaseContact) -> anyhow::Result<Value> {
    let (app, ctx) = (&desk.app, &desk.ctx);
    match command {
        CaseContact::List(id) => {
            let id: IncidentId = id.case.parse()?;
            let sheet =
                desk.look(("incidents.contacts", id), async |tx| incidents::contacts(app, tx, ctx, id).await).await?;
            let row = |one: &Contact| {
                let line = format!("{}  {:18}  {}  {}  {}", one.id, one.phone, one.name, one.role, one.note);
                let (name, role, phone, note) = (&one.name, &one.role, &one.phone, &one.note);
                (line, json!({ "id": one.id, "name": name, "role": role, "phone": phone, "note": note }))
            };
            Ok(desk.listed("contacts", "Nobody is on the sheet.", sheet.iter().map(row)))
        }
        CaseContact::Add { case, name, phone, role, note } => {
            let (id, new) = (case.parse()?, NewContact { name, role, phone, note });
            let added = async |tx: &mut _| incidents::add_contact(app, tx, ctx, id, new).await;
            let contact = desk.change("incidents.add_contact", added).await?;
            Ok(desk.said("they are on the sheet; print it again", json!({ "contact": contact })))
        }
        CaseContact::Remove { case, contact } => {
            let (id, contact): (_, CasePartId) = (case.parse()?, contact.parse()?);
            let removed = async |tx: &mut _| incidents::remove_contact(app, tx, ctx, id, contact).await;
            desk.change("incidents.remove_contact", removed).await?;
            Ok(desk.said("their name and number are deleted", json!({ "contact": contact })))
        }
    }
}

pub(super) async fn update(desk: &Desk, command: CaseUpdate) -> anyhow::Result<Value> {
    let (app, ctx) = (&desk.app, &desk.ctx);
    match command {
        CaseUpdate::List(id) => {
            let id: IncidentId = id.case.parse()?;
            let all =
                desk.look(("incidents.updates", id), async |tx| incidents::updates(app, tx, ctx, id).await).await?;
            let row = |one: &Update| {
                let value = json!({ "id": one.id, "at": one.at, "mailed": one.mailed, "text": one.text });
                (format!("{}  {}", one.at, one.text), value)
            };
            Ok(desk.listed("updates", "There is no update yet.", all.iter().map(row)))
        }
        CaseUpdate::Tell { case, text } => {
            let id = case.parse()?;
            let told = async |tx: &mut _| incidents::tell(app, tx, ctx, id, &text).await;
            let mailed = desk.change("incidents.update", told).await?;
            let words = format!("written; people in the case who get mail that it is there: {mailed}");
            Ok(desk.said(&words, json!({ "mailed": mailed })))
        }
        CaseUpdate::Every { case, minutes } => {
            let id = case.parse()?;
            let set = async |tx: &mut _| incidents::set_cadence(app, tx, ctx, id, minutes).await;
            desk.change("incidents.cadence", set).await?;
            Ok(desk.said("saved", json!({ "every_minutes": minutes })))
        }
    }
}

pub(super) async fn teach(desk: &Desk, id: IncidentId, text: Option<String>) -> anyhow::Result<Value> {
    let (app, ctx) = (&desk.app, &desk.ctx);
    if let Some(text) = text {
        desk.change("incidents.training", async |tx| incidents::teach(app, tx, ctx, id, &text).await).await?;
        return Ok(desk.said("saved", json!({ "text": text })));
    }
    let case = desk.look(("incidents.training", id), async |tx| incidents::by_id(tx, ctx, id).await).await?;
    let text = incidents::training(app, ctx, &case)?;
    Ok(desk.said(if text.is_empty() { "Nothing is written yet." } else { &text }, json!({ "text": text })))
}

pub(super) async fn assign(
    desk: &Desk,
    id: IncidentId,
    (to, due): (Vec<String>, Option<&str>),
) -> anyhow::Result<Value> {
    let (app, ctx) = (&desk.app, &desk.ctx);
    let due = desk.moment_or(due, ctx.now().plus(14 * Micros::DAY))?;
    let mut words = Vec::with_capacity(to.len());
    for one in to {
        words.push(if one.contains('@') { desk.person(&one).await?.to_string() } else { one });
    }
    let assigned = async |tx: &mut _| incidents::assign_training(app, tx, ctx, id, &words, due).await;
    let people = desk.change("incidents.assign_training", assigned).await?;
    Ok(desk.said(&format!("people who are to read it: {people}"), json!({ "people": people, "due_at": due })))
}

pub(super) async fn readers(desk: &Desk, id: IncidentId) -> anyhow::Result<Value> {
    let all = async |tx: &mut _| incidents::readers(tx, &desk.ctx, id).await;
    let all = desk.look(("incidents.readers", id), all).await?;
    let row = |one: &Reader| {
        let state = one.read_at.map_or_else(|| "not read".to_owned(), |at| format!("read {at}"));
        let value = json!({ "account": one.account, "due_at": one.due_at, "read_at": one.read_at });
        (format!("{}  until {}  {state}", one.account, one.due_at), value)
    };
    Ok(desk.listed("readers", "Nobody is to read it yet.", all.iter().map(row)))
}
