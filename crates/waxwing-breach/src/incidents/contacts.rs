//! The contact sheet of a case: who is reached how when mail and chat cannot be trusted. It is there to be printed.
//!
//! Promise: names and numbers are sealed at rest, and who looked is on the record. Limit: paper is as safe as where it
//! lies; a sheet that was printed is not called back when somebody is taken off it.

use super::words::Category;
use super::{members, sealing, store_updates, timeline};
use serde::{Deserialize, Serialize};
use serde_json::json;
use waxwing_app::{App, Error, Result};
use waxwing_domain::{Action, CasePartId, Ctx, FieldId, IncidentId, Micros, Operation, PhoneNumber};
use waxwing_store::{Entry, Tx};

/// The longest line, in characters.
const LONGEST: usize = 200;
/// People of one sheet, at most.
const MOST: usize = 100;

/// Somebody on the sheet.
#[derive(Clone)]
pub struct Contact {
    /// Its id.
    pub id: CasePartId,
    /// When it was noted.
    pub noted_at: Micros,
    /// Who; sealed at rest, like all below.
    pub name: String,
    /// As what: counsel, insurer, police, provider.
    pub role: String,
    /// The number that is called.
    pub phone: String,
    /// Another way, or when they can be reached.
    pub note: String,
}

/// The sealed words of a contact.
#[derive(Serialize, Deserialize)]
struct Said {
    name: String,
    role: String,
    phone: String,
    note: String,
}

/// Somebody to be put on the sheet.
#[derive(Clone, Default)]
pub struct NewContact {
    /// Who.
    pub name: String,
    /// As what.
    pub role: String,
    /// The number, with its country: `+49 30 1234567`.
    pub phone: String,
    /// Another way.
    pub note: String,
}

/// Puts somebody on the sheet.
///
/// # Errors
/// [`Error::Invalid`] for a name that says nothing or a number that is none.
pub async fn add(app: &App, tx: &mut Tx, ctx: &Ctx, id: IncidentId, new: NewContact) -> Result<CasePartId> {
    members::writable(tx, ctx, id).await?.open()?;
    if store_updates::contacts(tx, id).await?.len() >= MOST {
        return Err(Error::Conflict(format!("A sheet has at most {MOST} people.")));
    }
    let phone = PhoneNumber::parse(&new.phone);
    let phone = phone.map_err(|_| Error::invalid("phone", "Write a number like +49 30 1234567."))?.as_str().to_owned();
    let name = line("name", &new.name)?;
    if name.is_empty() {
        return Err(Error::invalid("name", "Write who it is."));
    }
    let said = Said { name, role: line("role", &new.role)?, phone, note: line("note", &new.note)? };
    let contact = CasePartId::from_i64(ctx.new_id());
    let sealed = sealing::seal(app, ctx, FieldId::CASE_CONTACT, contact.as_i64(), &said)?;
    store_updates::add_contact(tx, ctx, id, contact, sealed).await?;
    let entry = Entry::new(Operation::Create, "incidents.add_contact").detail(json!({ "contact": contact }));
    timeline::act(app, tx, ctx, id, Category::Communication, entry).await?;
    Ok(contact)
}

fn line(field: &str, typed: &str) -> Result<String> {
    let text = sealing::optional(field, typed)?;
    if text.contains('\n') || text.chars().count() > LONGEST {
        return Err(Error::invalid(field, "Write one line of at most 200 characters."));
    }
    Ok(text)
}

/// Takes somebody off the sheet: their name and number are deleted.
///
/// # Errors
/// [`Error::NotFound`] for who is not on it.
pub async fn remove(app: &App, tx: &mut Tx, ctx: &Ctx, id: IncidentId, contact: CasePartId) -> Result<()> {
    members::writable(tx, ctx, id).await?;
    if !store_updates::remove_contact(tx, id, contact).await? {
        return Err(Error::NotFound("contact"));
    }
    let entry = Entry::new(Operation::Delete, "incidents.remove_contact").detail(json!({ "contact": contact }));
    timeline::act(app, tx, ctx, id, Category::Communication, entry).await
}

/// The sheet, in the order in which people were put on it.
pub async fn contacts(app: &App, tx: &mut Tx, ctx: &Ctx, id: IncidentId) -> Result<Vec<Contact>> {
    ctx.authorise(Action::IncidentsRead)?;
    members::readable(tx, ctx, id).await?;
    let rows = store_updates::contacts(tx, id).await?;
    let open = |(contact, sealed): (Contact, Vec<u8>)| {
        let said: Said = sealing::open(app, ctx.workspace, FieldId::CASE_CONTACT, contact.id.as_i64(), &sealed)?;
        Ok(Contact { name: said.name, role: said.role, phone: said.phone, note: said.note, ..contact })
    };
    rows.into_iter().map(open).collect()
}
