//! Changing a person: new values are sealed under the person's key, old ones are never opened for it.

use super::read::shows_class;
use super::{StoredPerson, store};
use crate::fields::Field;
use crate::suppression;
use crate::{App, Error, Result};
use serde_json::Value;
use std::sync::Arc;
use waxwing_crypto::IndexKind;
use waxwing_domain::{Action, Ctx, DataClass, EmailAddress, EventKind, FieldId, Operation, SubjectNo};
use waxwing_store::{Entry, Event, Store, StoreError, Tx, subjects};

/// What is to change of a person.
#[derive(Clone, Default)]
pub struct Changes {
    /// A new address.
    pub email: Option<EmailAddress>,
    /// Fields with their new values in the form that [`Field::parse`] gives; `None` deletes the value.
    pub values: Vec<(Arc<Field>, Option<String>)>,
}

/// Changes a person.
///
/// # Errors
/// [`Error::Invalid`] when another person has the new address; [`StoreError::Damaged`] when the
/// stored data failed its integrity check, for then nothing may be added to it.
pub async fn update(app: &App, tx: &mut Tx, ctx: &Ctx, subject: SubjectNo, changes: Changes) -> Result<()> {
    ctx.authorise(Action::SubscribersWrite)?;
    refuse_masked(ctx, subject, &changes)?;
    let stored = store::sealed_for_change(tx, &[subject]).await?.pop().ok_or(Error::NotFound("subscriber"))?;
    let mut touched: Vec<FieldId> = changes.values.iter().map(|(field, _)| field.id).collect();
    let given = changes.values.iter().filter(|(field, _)| field.id != FieldId::EMAIL);
    let given = given.map(|(field, value)| (&**field, value.as_deref()));
    let mut person = with_values(app.store(), ctx, stored, given)?;
    if let Some(email) = &changes.email {
        touched.push(FieldId::EMAIL);
        person = with_address(app, tx, ctx, person, email).await?;
    }
    store::replace(tx, &[person], ctx.now()).await?;
    tx.events(vec![Event::of(ctx.new_id(), ctx.now(), EventKind::Changed, subject)]).await?;
    let entry = Entry::new(Operation::Change, "subscribers.update").on("subscriber", subject.as_i64());
    tx.record(app.store(), ctx, entry.part(&touched, subjects([subject]))).await?;
    Ok(())
}

/// Nobody changes what they cannot see: they could not tell what they destroy.
fn refuse_masked(ctx: &Ctx, subject: SubjectNo, changes: &Changes) -> Result<()> {
    let mut classes: Vec<DataClass> = changes.values.iter().map(|(field, _)| field.class).collect();
    classes.extend(changes.email.is_some().then_some(DataClass::Personal));
    match classes.iter().all(|&class| shows_class(ctx, subject, class)) {
        true => Ok(()),
        false => Err(waxwing_domain::Denied(Action::SubscribersUnmask).into()),
    }
}

/// The person with values sealed anew; what is not given stays as it is, unopened.
pub(super) fn with_values<'a>(
    app: &Store,
    ctx: &Ctx,
    mut stored: StoredPerson,
    given: impl Iterator<Item = (&'a Field, Option<&'a str>)>,
) -> std::result::Result<StoredPerson, StoreError> {
    let key = stored.person.key(app, ctx.workspace)?;
    let mut fields = stored.person.fields()?;
    for (field, value) in given {
        match (field.sealed(), value) {
            (true, Some(value)) => fields.set(field.id, key.seal(field.id, value, &*ctx.rng)),
            (true, None) => fields.remove(field.id),
            (false, Some(value)) => _ = stored.plain.insert(field.key.clone(), Value::from(value)),
            (false, None) => _ = stored.plain.remove(&field.key),
        }
    }
    stored.person.sealed = fields.to_bytes();
    Ok(stored)
}

async fn with_address(
    app: &App,
    tx: &mut Tx,
    ctx: &Ctx,
    mut stored: StoredPerson,
    email: &EmailAddress,
) -> Result<StoredPerson> {
    let normalised = email.normalised_v1();
    let ring = app.store().keys().ring();
    let keys = ring.workspace(ctx.workspace).map_err(|e| StoreError::Damaged(e.to_string()))?;
    let (version, tag) = keys.blind_index(IndexKind::Email, &normalised);
    if tag != stored.email_tag {
        let versions = keys.blind_index_versions(IndexKind::Email);
        let moved = store::move_index(tx, stored.subject(), &stored.email_tag, &versions, (version, tag)).await;
        moved.map_err(address_taken)?;
    }
    let key = stored.person.key(app.store(), ctx.workspace)?;
    let mut fields = stored.person.fields()?;
    fields.set(FieldId::EMAIL, key.seal(FieldId::EMAIL, email.as_str(), &*ctx.rng));
    stored.person.sealed = fields.to_bytes();
    stored.email_tag = tag;
    stored.suppress_tag = suppression::tag_of_email(app, ctx.workspace, email)?;
    stored.domain_hash = i64::from_be_bytes(keys.domain_hash(email.domain()));
    Ok(stored)
}

fn address_taken(error: StoreError) -> Error {
    match error {
        StoreError::Conflict(_) => Error::invalid("email", "another subscriber has this address"),
        other => other.into(),
    }
}
