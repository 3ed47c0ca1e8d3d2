//! The registry of fields: what may be known of a person, why, on what ground and for how long.
//!
//! Promise. A value is stored only under a registered field, in the form of its kind; fields
//! classed personal or sensitive are sealed; what a field is to people is said by people, and a guess is shown as one. Limit: the registry states a retention, a later
//! feature enforces it.
//! States. In use, or retired: a retired field is hidden, its key and number are never used again.
//! Tables. `fields`.
//! Events. None.
//! Jobs. None.

mod api;
mod country;
mod field;
pub mod kinds;
mod pages;
mod store;
#[cfg(test)]
mod tests;
mod value;

pub use field::{Field, FieldKind};
pub use value::FieldValueError;

use crate::accounts::approvals::{self, Kind, Matter, Passage};
use crate::{App, Error, Result};
use std::sync::Arc;
use waxwing_domain::{Action, Ctx, DataClass, FieldId, KindOfData, LegalBasis, Operation};
use waxwing_http::Routes;
use waxwing_store::{Entry, JobRegistry, Tx};

/// Fields a workspace may define at most, retired ones included.
const MOST: usize = 200;

/// What a new field is to be.
#[derive(Clone, Debug)]
pub struct NewField {
    /// Its name in templates, files and the API: `[a-z][a-z0-9_]*`, at most 40 characters, for ever.
    pub key: String,
    /// Its name for people, at most 80 characters.
    pub label: String,
    /// The form of its values, for ever.
    pub kind: FieldKind,
    /// How personal it is, for ever: it decides whether values are sealed.
    pub class: DataClass,
    /// Why it is kept, at most 300 characters.
    pub purpose: String,
    /// On what ground.
    pub basis: LegalBasis,
    /// For how many days after the last change; without end when `None`.
    pub retention_days: Option<i64>,
    /// What it is to people; guessed, and shown as a guess, when `None`.
    pub kind_of_data: Option<KindOfData>,
}

/// What of a field can be changed later.
#[derive(Clone, Debug)]
pub struct FieldChange {
    /// Its name for people.
    pub label: String,
    /// Why it is kept.
    pub purpose: String,
    /// On what ground.
    pub basis: LegalBasis,
    /// For how many days.
    pub retention_days: Option<i64>,
    /// What it is to people; stays as it is when `None`.
    pub kind_of_data: Option<KindOfData>,
}

/// The fields in use, built-in ones first.
pub async fn all(tx: &mut Tx) -> Result<Vec<Arc<Field>>> {
    let fields = store::all(tx).await?;
    Ok(fields.into_iter().filter(|field| field.retired_at.is_none()).map(Arc::new).collect())
}

/// The field in use with this key.
pub async fn by_key(tx: &mut Tx, key: &str) -> Result<Arc<Field>> {
    all(tx).await?.into_iter().find(|field| field.key == key).ok_or(Error::NotFound("field"))
}

/// Puts the built-in fields into a new workspace; does nothing where they are.
pub async fn install(_app: &App, tx: &mut Tx, ctx: &Ctx) -> Result<()> {
    for field in field::built_in(ctx.now()) {
        store::insert(tx, &field).await?;
    }
    Ok(())
}

/// The key of the field that says whose law protects a person.
pub const COUNTRY: &str = "country";

/// Gives a workspace the field that says whose law protects a person, unless it has one: in clear, so that who was hit
/// by a breach can be counted by law. A new workspace begins with it.
///
/// # Errors
/// [`Error::Conflict`] where a field of this key was retired.
pub async fn install_country(app: &App, tx: &mut Tx, ctx: &Ctx) -> Result<()> {
    if all(tx).await?.iter().any(|field| field.key == COUNTRY) {
        return Ok(());
    }
    let new = NewField {
        key: COUNTRY.to_owned(),
        label: "Country".to_owned(),
        kind: FieldKind::Country,
        class: DataClass::Internal,
        purpose: "Which law protects this person".to_owned(),
        basis: LegalBasis::LegalObligation,
        retention_days: None,
        kind_of_data: Some(KindOfData::PostalAddress),
    };
    define(app, tx, ctx, new).await.map(drop)
}

/// Defines a field.
///
/// # Errors
/// [`Error::Invalid`] names the part that is wrong; [`Error::Conflict`] when the key is or was in use.
pub async fn define(app: &App, tx: &mut Tx, ctx: &Ctx, new: NewField) -> Result<Arc<Field>> {
    ctx.authorise(Action::FieldsWrite)?;
    field::check_key(&new.key)?;
    field::check_words(&new.label, &new.purpose, new.retention_days)?;
    let known = store::all(tx).await?;
    if known.iter().any(|field| field.key == new.key) {
        return Err(Error::Conflict("A field with this key is or was in use; choose another key.".into()));
    }
    if known.len() >= MOST {
        return Err(Error::Conflict(format!("A workspace has at most {MOST} fields, retired ones included.")));
    }
    let field = Arc::new(field::made(new, next_id(&known), ctx.now()));
    if !store::insert(tx, &field).await? {
        return Err(Error::Conflict("Another person defined a field just now; try again.".into()));
    }
    record(app, tx, ctx, Operation::Create, "fields.define", &field).await?;
    Ok(field)
}

/// Changes words, ground or retention of a field; keeping it longer waits for a second person where the
/// workspace wants one.
pub async fn change(app: &App, tx: &mut Tx, ctx: &Ctx, key: &str, change: FieldChange) -> Result<Passage> {
    ctx.authorise(Action::FieldsWrite)?;
    field::check_words(&change.label, &change.purpose, change.retention_days)?;
    let field = by_key(tx, key).await?;
    if change.kind_of_data.is_some_and(|said| kinds::known(field.id).is_some_and(|known| known != said)) {
        return Err(Error::invalid("kind_of_data", "what a built-in field is to people is known"));
    }
    let longer = is_longer(field.retention_days, change.retention_days);
    let passage = match longer && approvals::policy(tx).await?.retention {
        true => approvals::pass(app, tx, ctx, &matter(&field, &change)).await?,
        false => Passage::FREE,
    };
    if passage.waits().is_none() {
        store::change(tx, field.id, &change).await?;
        record(app, tx, ctx, Operation::Change, "fields.change", &field).await?;
    }
    Ok(passage)
}

/// Whether data would be kept longer; without days it is kept without end.
fn is_longer(old: Option<i64>, new: Option<i64>) -> bool {
    match (old, new) {
        (None, _) => false,
        (Some(_), None) => true,
        (Some(old), Some(new)) => new > old,
    }
}

/// The change as a second person is shown it.
fn matter(field: &Field, change: &FieldChange) -> Matter {
    let days = |days: Option<i64>| days.map_or("without end".to_owned(), |days| format!("{days} days"));
    let FieldChange { label, purpose, basis, retention_days, kind_of_data } = change;
    let again = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("again", "1")
        .append_pair("label", label)
        .append_pair("purpose", purpose)
        .append_pair("basis", basis.as_str())
        .append_pair("retention_days", &retention_days.map(|days| days.to_string()).unwrap_or_default())
        .append_pair("kind_of_data", kind_of_data.map_or("", KindOfData::as_str))
        .finish();
    let back = format!("/audience/fields/{}?{again}", field.key);
    Matter::new(Kind::Retention, i64::from(field.id.get()), field.label.clone(), back)
        .fact("Kept for", format!("{} (until now: {})", days(*retention_days), days(field.retention_days)))
        .fact("Name", label.as_str())
        .fact("Purpose", purpose.as_str())
        .fact("Ground", basis.as_str())
        .fact("Kind of data", kind_of_data.map_or("as it is", KindOfData::as_str))
}

/// Takes a field out of use. Values that people have stay sealed where they are and are shown to nobody.
pub async fn retire(app: &App, tx: &mut Tx, ctx: &Ctx, key: &str) -> Result<()> {
    ctx.authorise(Action::FieldsWrite)?;
    let field = by_key(tx, key).await?;
    if field.is_built_in() {
        return Err(Error::Conflict("Built-in fields cannot be retired.".into()));
    }
    store::retire(tx, field.id, ctx.now()).await?;
    record(app, tx, ctx, Operation::Delete, "fields.retire", &field).await
}

fn next_id(known: &[Field]) -> FieldId {
    let highest = known.iter().map(|field| field.id.get()).max().unwrap_or(0);
    FieldId::new(highest.saturating_add(1).max(FieldId::FIRST_CUSTOM))
}

async fn record(
    app: &App,
    tx: &mut Tx,
    ctx: &Ctx,
    operation: Operation,
    what: &'static str,
    field: &Field,
) -> Result<()> {
    let entry = Entry::new(operation, what).on("field", i64::from(field.id.get()));
    tx.record(app.store(), ctx, entry.detail(serde_json::json!({ "key": field.key }))).await?;
    Ok(())
}

/// The routes of this feature.
pub(crate) fn routes() -> Routes<App> {
    api::routes(pages::routes(Routes::new()))
}

/// The jobs of this feature.
pub(crate) const fn jobs(_registry: &mut JobRegistry, _app: &App) {}
