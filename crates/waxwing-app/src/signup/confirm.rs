//! Confirming: the person's own POST, once.

use super::{Typed, place, store};
use crate::subscribers::{self, NewPerson};
use crate::{App, Error, Result, consent, fields, lists};
use serde_json::json;
use waxwing_crypto::{SecretPurpose, SecretToken};
use waxwing_domain::{Action, ConsentId, Ctx, EmailAddress, FieldId, ListId, Micros, Operation, SubjectNo};
use waxwing_store::{Entry, StoreError, Tx, subjects};

/// What a link leads to.
#[derive(Debug, PartialEq, Eq)]
pub enum Confirmation {
    /// A button can be pressed.
    Waiting(ListId),
    /// It was pressed before; nothing is left to do.
    Done(ListId),
    /// Unknown, expired or withdrawn.
    Gone,
}

/// What a link leads to; changes nothing.
pub async fn pending(tx: &mut Tx, ctx: &Ctx, token: &str) -> Result<Confirmation> {
    ctx.authorise(Action::Public)?;
    match find(tx, ctx, token).await? {
        Some((request, list)) if request.pending => Ok(Confirmation::Waiting(list)),
        Some((_, list)) => Ok(Confirmation::Done(list)),
        None => Ok(Confirmation::Gone),
    }
}

/// Confirms: the person is a member, with evidence of both steps. The only act that lifts an unsubscribe.
pub async fn confirm(app: &App, tx: &mut Tx, ctx: &Ctx, token: &str) -> Result<Confirmation> {
    ctx.authorise(Action::Public)?;
    let Some((request, list)) = find(tx, ctx, token).await? else { return Ok(Confirmation::Gone) };
    if !request.pending || !store::confirm(tx, &request).await? {
        return Ok(Confirmation::Done(list));
    }
    let typed = open(app, ctx, &request)?;
    let email = EmailAddress::parse(&typed.email).map_err(|_| damaged(request.id))?;
    let known = subscribers::find_by_email(app, tx, &email).await?;
    let subject = place_person(app, tx, ctx, &email, known, (&typed.first_name, &typed.last_name)).await?;
    let steps = Steps { requested_at: request.requested_at, confirmed_at: Some(ctx.now()), requested_from: typed.address };
    let consent = evidence(app, tx, ctx, (request.form, request.wording_version), steps, (subject, list)).await?;
    lists::confirm_by_person(app, tx, ctx, list, subject, consent).await?;
    let entry = Entry::new(Operation::Change, "signup.confirm").on("list", list.as_i64());
    tx.record(app.store(), ctx, entry.part(&[FieldId::EMAIL], subjects([subject]))).await?;
    Ok(Confirmation::Done(list))
}

async fn find(tx: &mut Tx, ctx: &Ctx, token: &str) -> Result<Option<(store::Request, ListId)>> {
    let Ok(token) = SecretToken::parse(SecretPurpose::Confirm, token) else { return Ok(None) };
    let Some(request) = store::by_token(tx, token.hash()).await? else { return Ok(None) };
    if request.expires_at < ctx.now() {
        return Ok(None);
    }
    let list = super::form_by_id(tx, request.form).await?.list;
    Ok(Some((request, list)))
}

fn open(app: &App, ctx: &Ctx, request: &store::Request) -> Result<Typed> {
    let sealed = request.sealed.as_ref().ok_or_else(|| damaged(request.id))?;
    let ring = app.store().keys().ring();
    let keys = ring.workspace(ctx.workspace).map_err(|e| StoreError::Damaged(e.to_string()))?;
    let bytes = keys.open_secret(&place(ctx.workspace, request.id), sealed).map_err(|_| damaged(request.id))?;
    Ok(serde_json::from_slice(&bytes).map_err(|_| damaged(request.id))?)
}

fn damaged(id: i64) -> Error {
    StoreError::Damaged(format!("sign-up request {id}")).into()
}

/// The person behind the address. Who is known keeps what is known: a form adds people, it does not change them.
pub(super) async fn place_person(
    app: &App,
    tx: &mut Tx,
    ctx: &Ctx,
    email: &EmailAddress,
    known: Option<SubjectNo>,
    (first_name, last_name): (&str, &str),
) -> Result<SubjectNo> {
    if let Some(subject) = known {
        return Ok(subject);
    }
    let registry = fields::all(tx).await?;
    let values = [(FieldId::FIRST_NAME, first_name), (FieldId::LAST_NAME, last_name)]
        .into_iter()
        .filter(|(_, text)| !text.trim().is_empty())
        .filter_map(|(id, text)| {
            let field = registry.iter().find(|field| field.id == id)?;
            Some((field.clone(), field.parse(text).ok()?))
        })
        .collect();
    subscribers::add(app, tx, ctx, NewPerson { email: email.clone(), values }).await
}

/// When and from where a person asked and confirmed.
pub(super) struct Steps {
    pub requested_at: Micros,
    pub confirmed_at: Option<Micros>,
    pub requested_from: Option<String>,
}

/// Keeps the evidence of both steps, with the very wording that the person saw.
pub(super) async fn evidence(
    app: &App,
    tx: &mut Tx,
    ctx: &Ctx,
    (form, version): (i64, i64),
    steps: Steps,
    (subject, list): (SubjectNo, ListId),
) -> Result<ConsentId> {
    let confirmed_from = steps.confirmed_at.and(ctx.address).map(|a| a.to_string());
    let new = consent::NewConsent {
        kind: consent::ConsentKind::Signup,
        statement: store::wording(tx, form, version).await?,
        list: Some(list),
        subject: Some(subject),
        wording_version: Some(version),
        requested_at: Some(steps.requested_at),
        confirmed_at: steps.confirmed_at,
        evidence: json!({ "requested_from": steps.requested_from, "confirmed_from": confirmed_from }),
    };
    consent::attest(app, tx, ctx, new).await
}
