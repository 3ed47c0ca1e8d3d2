//! Adding people: one, many, or one with lists and evidence by hand.

use super::batch::{self, NewPerson, Placed, Prepared};
use crate::canaries;
use crate::consent::{self, ConsentKind, NewConsent};
use crate::lists::{self, Joined};
use crate::{App, Error, Result};
use waxwing_domain::{Action, Ctx, ListId, SubjectNo};
use waxwing_store::Tx;

/// Adds one person. The do-not-mail list is not asked: nothing is sent to who stands on it.
///
/// The caller has the right: a person's own sign-up adds them too.
///
/// # Errors
/// [`Error::Conflict`] when a person with this address exists.
pub async fn add(app: &App, tx: &mut Tx, ctx: &Ctx, person: NewPerson) -> Result<SubjectNo> {
    ctx.authorise(Action::Public)?;
    let mut batch = batch::prepare(app, ctx.workspace, vec![person])?;
    batch::look_up(tx, &mut batch).await?;
    if batch.standing().iter().any(|s| *s != batch::Standing::Unknown) {
        return Err(known());
    }
    match write(app, tx, ctx, batch).await?.first() {
        Some(Placed::New(subject)) => Ok(*subject),
        _ => Err(known()),
    }
}

fn known() -> Error {
    Error::Conflict("A subscriber with this address exists already.".into())
}

/// Adds people and changes known ones, all within this transaction. An import takes the steps of
/// [`batch`](super::prepare) one by one instead, to seal while nobody waits for the writer.
pub async fn add_many(app: &App, tx: &mut Tx, ctx: &Ctx, people: &[NewPerson]) -> Result<Vec<Placed>> {
    ctx.authorise(Action::SubscribersWrite)?;
    let mut batch = batch::prepare(app, ctx.workspace, people.to_vec())?;
    batch::look_up(tx, &mut batch).await?;
    write(app, tx, ctx, batch).await
}

async fn write(app: &App, tx: &mut Tx, ctx: &Ctx, batch: Prepared) -> Result<Vec<Placed>> {
    let allocation = batch::allocate_in(app, tx, &batch).await?;
    let sealed = batch::seal(app, batch, &allocation, ctx.now());
    batch::place_trusted(app, tx, ctx, sealed).await
}

/// A person who was added by hand or by a program.
#[derive(Clone, Copy, Debug)]
pub struct Admitted {
    /// Their number.
    pub subject: SubjectNo,
    /// What became of the lists.
    pub joined: Joined,
}

/// The team or a program adds a person to lists, with a statement of consent.
///
/// # Errors
/// [`Error::Conflict`] when the person exists or the address is on the do-not-mail list: only the
/// person's own sign-up brings it back. [`Error::Invalid`] when lists are given without a statement.
pub async fn admit(
    app: &App,
    tx: &mut Tx,
    ctx: &Ctx,
    person: NewPerson,
    kind: ConsentKind,
    statement: &str,
    lists: &[ListId],
) -> Result<Admitted> {
    ctx.authorise(Action::SubscribersWrite)?;
    if !canaries::returned(app, tx, ctx, &[&person.email], kind.as_str()).await?.is_empty() {
        // Told as if it were done, so that nobody finds made-up people out by trying; the number is nobody's.
        let number = app.store().allocate_subjects(tx, 1).await?.subjects.start;
        return Ok(Admitted { subject: SubjectNo::new(number), joined: Joined::default() });
    }
    let tag = crate::suppression::tag_of_email(app, ctx.workspace, &person.email)?;
    if let Some(reason) = crate::suppression::among(tx, vec![tag.to_vec()]).await?.get(&tag) {
        let why = reason.label();
        return Err(Error::Conflict(format!(
            "This address is on the do-not-mail list ({why}). Only the person’s own sign-up brings it back."
        )));
    }
    if lists.is_empty() && tx.limit().is_some() {
        return Err(Error::invalid("lists", "Name at least one list: you reach people by their lists only."));
    }
    if !lists.is_empty() {
        consent::check(statement)?;
    }
    let subject = add(app, tx, ctx, person).await?;
    let joined = join(app, tx, ctx, subject, kind, statement, lists).await?;
    Ok(Admitted { subject, joined })
}

/// One piece of evidence a person and list, so that each list shows its own.
async fn join(
    app: &App,
    tx: &mut Tx,
    ctx: &Ctx,
    subject: SubjectNo,
    kind: ConsentKind,
    statement: &str,
    lists: &[ListId],
) -> Result<Joined> {
    let mut joined = Joined::default();
    for &list in lists {
        let evidence = NewConsent {
            kind,
            statement: statement.to_owned(),
            list: Some(list),
            subject: Some(subject),
            wording_version: None,
            requested_at: None,
            confirmed_at: None,
            evidence: serde_json::Value::Null,
        };
        let consent = consent::attest(app, tx, ctx, evidence).await?;
        joined = joined.plus(lists::join_new(app, tx, ctx, list, vec![subject], consent).await?);
    }
    Ok(joined)
}
