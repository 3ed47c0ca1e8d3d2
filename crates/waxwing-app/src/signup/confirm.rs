//! Confirming: the person's own POST, once.

use super::{Typed, place, store};
use crate::{App, Error, Result, consent, fields, lists, subscribers, suppression};
use serde_json::json;
use std::sync::Arc;
use waxwing_crypto::{SecretPurpose, SecretToken};
use waxwing_domain::{Action, Ctx, EmailAddress, EventKind, FieldId, ListId, Operation, SubjectNo};
use waxwing_store::{Entry, Event, StoreError, Tx, subjects};

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
    let subject = place_person(app, tx, ctx, &email, &typed).await?;
    let evidence = evidence(app, tx, ctx, &request, &typed, (subject, list)).await?;
    lists::confirm_by_person(app, tx, ctx, list, subject, evidence).await?;
    suppression::lift_by_person(app, tx, ctx, suppression::Kind::Email, suppression::tag_of_email(app, ctx.workspace, &email)?).await?;
    let event = Event::of(ctx.new_id(), ctx.now(), EventKind::SignupConfirmed, subject).on_list(list);
    tx.events(vec![event]).await?;
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

/// The person behind the address, with the names they gave.
async fn place_person(app: &App, tx: &mut Tx, ctx: &Ctx, email: &EmailAddress, typed: &Typed) -> Result<SubjectNo> {
    let registry = fields::all(tx).await?;
    let given = [(FieldId::FIRST_NAME, &typed.first_name), (FieldId::LAST_NAME, &typed.last_name)];
    let values: Vec<(Arc<fields::Field>, String)> = given
        .into_iter()
        .filter(|(_, text)| !text.trim().is_empty())
        .filter_map(|(id, text)| {
            let field = registry.iter().find(|field| field.id == id)?;
            Some((field.clone(), field.parse(text).ok()?))
        })
        .collect();
    subscribers::place_by_person(app, tx, ctx, email, values).await
}

async fn evidence(
    app: &App,
    tx: &mut Tx,
    ctx: &Ctx,
    request: &store::Request,
    typed: &Typed,
    (subject, list): (SubjectNo, ListId),
) -> Result<waxwing_domain::ConsentId> {
    let statement = store::wording(tx, request.form, request.wording_version).await?;
    let new = consent::NewConsent {
        kind: consent::ConsentKind::Signup,
        statement,
        list: Some(list),
        subject: Some(subject),
        wording_version: Some(request.wording_version),
        requested_at: Some(request.requested_at),
        confirmed_at: Some(ctx.now()),
        evidence: json!({
            "requested_from": typed.address,
            "confirmed_from": ctx.address.map(|a| a.to_string()),
        }),
    };
    consent::attest(app, tx, ctx, new).await
}
