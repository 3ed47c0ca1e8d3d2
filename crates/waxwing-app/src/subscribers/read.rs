//! Showing people in clear: recorded first, and a damaged row never hides the sound ones.

use super::{Filter, StoredPerson, search, store};
use crate::fields::Field;
use crate::{App, Error, Result};
use serde_json::{Map, Value};
use std::sync::Arc;
use waxwing_domain::{Action, Ctx, DataClass, FieldId, Micros, Operation, SubjectNo};
use waxwing_http::Paged;
use waxwing_store::{ClearPerson, Entry, StoreError, Tx};

/// A person as the reader may see them.
pub struct Shown {
    /// Their number.
    pub subject: SubjectNo,
    /// Their values.
    pub values: Values,
    /// The fields that were asked for and that the reader's role masks.
    pub masked: Vec<FieldId>,
    /// Since when.
    pub created_at: Micros,
    /// When anything was changed last.
    pub updated_at: Micros,
}

/// The values of a person who is shown.
pub enum Values {
    /// Sealed values opened, and the plain ones.
    Clear(ClearPerson, Map<String, Value>),
    /// The stored data was moved or changed: none of it is shown.
    Damaged,
}

impl Shown {
    /// The value of a field.
    pub fn get(&self, field: &Field) -> Option<&str> {
        match &self.values {
            Values::Clear(clear, _) if field.sealed() => clear.get(field.id),
            Values::Clear(_, plain) => plain.get(&field.key).and_then(Value::as_str),
            Values::Damaged => None,
        }
    }
    /// Whether the reader's role hides a field, whatever is stored in it.
    pub fn masks(&self, field: FieldId) -> bool {
        self.masked.contains(&field)
    }
    /// What stands for the person in a heading or a row: the address, or their number.
    pub fn label(&self) -> String {
        let email = self.email();
        if email.is_empty() { format!("Subscriber {}", self.subject) } else { email.to_owned() }
    }
    /// The address; empty when damaged or masked.
    pub fn email(&self) -> &str {
        match &self.values {
            Values::Clear(clear, _) => clear.get(FieldId::EMAIL).unwrap_or_default(),
            Values::Damaged => "",
        }
    }
    /// Given and family name, as far as they are known.
    pub fn name(&self) -> String {
        match &self.values {
            Values::Clear(clear, _) => {
                let parts = [clear.get(FieldId::FIRST_NAME), clear.get(FieldId::LAST_NAME)];
                parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
            }
            Values::Damaged => String::new(),
        }
    }
    /// Whether the stored data failed its integrity check.
    pub const fn is_damaged(&self) -> bool {
        matches!(self.values, Values::Damaged)
    }
}

/// One person. `destination` is where it goes: `page`, `api`, `cli`. Of who waits for an erasure under a legal hold it shows
/// that they are there, and no value.
pub async fn show(
    app: &App,
    tx: &mut Tx,
    ctx: &Ctx,
    subject: SubjectNo,
    fields: &[Arc<Field>],
    destination: &'static str,
) -> Result<Shown> {
    let people = store::sealed(tx, &[subject]).await?;
    let fields = if store::is_restricted(tx, subject).await? { &[] } else { fields };
    let entry = Entry::new(Operation::Read, "subscribers.show").on("subscriber", subject.as_i64());
    open(app, ctx, people, fields, entry.to(destination)).await?.pop().ok_or(Error::NotFound("subscriber"))
}

/// Several people, in the order of their numbers, under one entry of the record named `what`.
pub async fn show_many(
    app: &App,
    tx: &mut Tx,
    ctx: &Ctx,
    people: &[SubjectNo],
    fields: &[Arc<Field>],
    what: &'static str,
    destination: &'static str,
) -> Result<Vec<Shown>> {
    let people = store::sealed(tx, people).await?;
    open(app, ctx, people, fields, Entry::new(Operation::Read, what).to(destination)).await
}

/// A page of the people of `filter`, the newest first, under one entry of the record.
pub async fn page(
    app: &App,
    tx: &mut Tx,
    ctx: &Ctx,
    filter: &Filter,
    (after, limit): (Option<SubjectNo>, u32),
    fields: &[Arc<Field>],
    destination: &'static str,
) -> Result<Paged<Shown>> {
    ctx.authorise_bulk(Action::SubscribersRead)?;
    // The surplus number tells that there is a next page; it is not opened and not recorded.
    let numbers = search::numbers(tx, filter, after, i64::from(limit) + 1).await?;
    let numbers = Paged::from_surplus(numbers, limit, |subject| *subject);
    let mut items = show_many(app, tx, ctx, &numbers.items, fields, "subscribers.page", destination).await?;
    items.reverse();
    Ok(Paged { items, next: numbers.next })
}

/// Whether the reader sees fields of this class of this person.
pub(crate) fn shows_class(ctx: &Ctx, subject: SubjectNo, class: DataClass) -> bool {
    ctx.rights.sees(class) || ctx.rights.unmasked.contains(&subject)
}

async fn open(
    app: &App,
    ctx: &Ctx,
    people: Vec<StoredPerson>,
    fields: &[Arc<Field>],
    entry: Entry,
) -> Result<Vec<Shown>> {
    ctx.authorise(Action::SubscribersRead)?;
    let entry = entry.present(people.iter().map(|stored| stored.named(fields)));
    let seen = app.store().disclose(ctx, entry).await?;
    // What the reader would see is empty where there is nothing, and masked where they would not.
    let shows = |subject: SubjectNo, field: &Field| match field.sealed() {
        true => seen.covers(subject, field.id) || shows_class(ctx, subject, field.class),
        false => shows_class(ctx, subject, field.class),
    };
    let plain = |stored: &StoredPerson| {
        let shown = |field: &&Arc<Field>| !field.sealed() && shows(stored.subject(), field);
        let keys: Vec<&str> = fields.iter().filter(shown).map(|field| field.key.as_str()).collect();
        let mut plain = stored.plain.clone();
        plain.retain(|key, _| keys.contains(&key.as_str()));
        plain
    };
    let mut shown = Vec::with_capacity(people.len());
    for stored in people {
        let values = match seen.open(app.store(), &stored.person) {
            Ok(clear) => Values::Clear(clear, plain(&stored)),
            Err(StoreError::Damaged(why)) => {
                tracing::warn!(%why, "a subscriber's stored data is refused");
                Values::Damaged
            }
            Err(other) => return Err(other.into()),
        };
        let subject = stored.subject();
        shown.push(Shown {
            subject,
            values,
            masked: fields.iter().filter(|field| !shows(subject, field)).map(|field| field.id).collect(),
            created_at: stored.created_at,
            updated_at: stored.updated_at,
        });
    }
    Ok(shown)
}
