//! Confirming: the person's own POST, once.

use super::asked::Typed;
use super::store::{self, RequestState};
use crate::subscribers::{self, NewPerson};
use crate::{App, Error, Result, consent, fields, lists};
use serde_json::json;
use waxwing_crypto::{SecretPurpose, SecretToken};
use waxwing_domain::{Action, ConsentId, Ctx, EmailAddress, EventKind, FieldId, ListId, Micros, Operation, SubjectNo};
use waxwing_store::{Entry, Event, Tx, subjects};

/// What a link leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Confirmation {
    /// A button can be pressed.
    Waiting(ListId),
    /// It was pressed just now.
    Confirmed(ListId),
    /// It was pressed before; nothing is left to do.
    Before(ListId),
    /// Unknown, expired or withdrawn.
    Gone,
}

/// What a link leads to; changes nothing.
pub async fn pending(tx: &mut Tx, ctx: &Ctx, token: &str) -> Result<Confirmation> {
    ctx.authorise(Action::Public)?;
    Ok(match find(tx, ctx, token).await? {
        Some((request, list)) if request.state == RequestState::Pending => Confirmation::Waiting(list),
        Some((_, list)) => Confirmation::Before(list),
        None => Confirmation::Gone,
    })
}

/// Confirms: the person is a member, with evidence of both steps. The only act that lifts an unsubscribe.
pub async fn confirm(app: &App, tx: &mut Tx, ctx: &Ctx, token: &str) -> Result<Confirmation> {
    ctx.authorise(Action::Public)?;
    let Some((request, list)) = find(tx, ctx, token).await? else { return Ok(Confirmation::Gone) };
    if !store::confirm(tx, &request).await? {
        return Ok(Confirmation::Before(list));
    }
    let typed = super::open(app, ctx, &request)?;
    let email = EmailAddress::parse(&typed.email).map_err(|_| super::damaged(request.id))?;
    let known = subscribers::find_by_email(app, tx, &email).await?;
    let subject = place_person(app, tx, ctx, (&typed, &email, known)).await?;
    let steps = Steps { requested_at: request.requested_at, requested_from: typed.from, confirmed_at: Some(ctx.now()) };
    let consent = evidence(app, tx, ctx, &request, steps, (subject, list)).await?;
    happened(tx, ctx, &request, (subject, list)).await?;
    lists::confirm_by_person(app, tx, ctx, list, subject, consent).await?;
    let entry = Entry::new(Operation::Change, "signup.confirm").on("signup_request", request.id);
    tx.record(app.store(), ctx, entry.part(&[], subjects([subject]))).await?;
    Ok(Confirmation::Confirmed(list))
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

/// The person behind the address. Who is known keeps what is known: a form adds people, it does not change them.
pub(super) async fn place_person(
    app: &App,
    tx: &mut Tx,
    ctx: &Ctx,
    (typed, email, known): (&Typed, &EmailAddress, Option<SubjectNo>),
) -> Result<SubjectNo> {
    if let Some(subject) = known {
        return Ok(subject);
    }
    let registry = fields::all(tx).await?;
    let mut values = Vec::new();
    for (id, text) in [(FieldId::FIRST_NAME, &typed.first_name), (FieldId::LAST_NAME, &typed.last_name)] {
        if let Some(field) = registry.iter().find(|field| field.id == id && !text.is_empty()) {
            let value = field.parse(text).map_err(|error| Error::invalid(field.key.clone(), error))?;
            values.push((field.clone(), value));
        }
    }
    subscribers::add(app, tx, ctx, NewPerson { email: email.clone(), values }).await
}

/// When and from where a person asked, and when they confirmed.
pub(super) struct Steps {
    pub requested_at: Micros,
    pub requested_from: Option<String>,
    pub confirmed_at: Option<Micros>,
}

/// Keeps the evidence of both steps, with the very wording that the person saw.
pub(super) async fn evidence(
    app: &App,
    tx: &mut Tx,
    ctx: &Ctx,
    request: &store::Request,
    steps: Steps,
    (subject, list): (SubjectNo, ListId),
) -> Result<ConsentId> {
    let confirmed_from = steps.confirmed_at.and(ctx.address).map(|a| a.to_string());
    let new = consent::NewConsent {
        kind: consent::ConsentKind::Signup,
        statement: store::wording(tx, request.form, request.wording_version).await?,
        list: Some(list),
        subject: Some(subject),
        wording_version: Some(request.wording_version),
        requested_at: Some(steps.requested_at),
        confirmed_at: steps.confirmed_at,
        evidence: json!({ "requested_from": steps.requested_from, "confirmed_from": confirmed_from }),
    };
    consent::attest(app, tx, ctx, new).await
}

/// Puts the first step into the person's history, which is known only now.
pub(super) async fn happened(
    tx: &mut Tx,
    ctx: &Ctx,
    request: &store::Request,
    (subject, list): (SubjectNo, ListId),
) -> Result<()> {
    let event = Event::of(ctx.new_id(), request.requested_at, EventKind::SignupRequested, subject).on_list(list);
    Ok(tx.events(vec![event]).await?)
}
