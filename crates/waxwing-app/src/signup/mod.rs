//! Sign-up with double opt-in: hosted forms and API.
//!
//! Promise: the answer never tells whether an address is known; only the person's own POST confirms, once.
//! States: request pending → confirmed; deleted when it expires (7 days) or is withdrawn by a newer confirmation.
//! Tables: `signup_forms`, `signup_wordings`, `signup_requests`.
//! Events: `signup.requested`, `signup.confirmed`.
//! Jobs: `signup.expire`.

mod api;
mod confirm;
mod form;
mod mail;
mod pages;
mod store;


pub use confirm::{Confirmation, confirm, pending};
pub use form::{Form, FormChange, FormState, change_form, create_form, form_by_id, form_by_slug, forms};

use crate::{App, Error, Result, lists, settings, subscribers, suppression};
use serde::{Deserialize, Serialize};
use std::time::Duration;
use waxwing_crypto::{IndexKind, Place, SecretPurpose, SecretToken, TableId};
use waxwing_domain::{Action, Ctx, EmailAddress, FieldId, Micros, Operation, SubjectNo, WorkspaceId};
use waxwing_http::{Limit, Routes, api};
use waxwing_store::{Entry, JobRegistry, StoreError, Tx};

/// How long a request waits for its confirmation.
pub const EXPIRY: i64 = 7 * Micros::DAY;
/// At most this many mails to one address in an hour, over all forms.
const MAILS_AN_HOUR: i64 = 3;
/// Requests from one network address.
pub(crate) const PER_ADDRESS: Limit = Limit::per_hour("signup.address", 20);
/// Requests through one form.
pub(crate) const PER_FORM: Limit = Limit::per_hour("signup.form", 5_000);

/// What a visitor asked for.
pub struct Asked {
    /// Their address.
    pub email: EmailAddress,
    /// Their given name; may be empty.
    pub first_name: String,
    /// Their family name; may be empty.
    pub last_name: String,
}

/// What is sealed with a request: what the visitor typed, and from where.
#[derive(Serialize, Deserialize)]
struct Typed {
    email: String,
    first_name: String,
    last_name: String,
    address: Option<String>,
}

/// Where the sealed part of a request lives.
const fn place(workspace: WorkspaceId, id: i64) -> Place {
    Place { workspace, table: TableId::SIGNUP, field: FieldId::SIGNUP, row: id, subject: SubjectNo::new(0), generation: 0 }
}

/// Begins a sign-up. Whoever asks gets the same answer, whatever is known about the address.
///
/// On a list with single opt-in the person joins at once, with evidence. Otherwise, and for who left before, the
/// address gets a mail: to confirm, or that it is subscribed already. At most three mails an hour; none to an
/// address that was suppressed by hand or that complained.
pub async fn begin(app: &App, tx: &mut Tx, ctx: &Ctx, form: &Form, asked: Asked) -> Result<()> {
    ctx.authorise(Action::Public)?;
    if form.state == FormState::Closed {
        return Err(Error::Conflict("This form is closed.".into()));
    }
    let request = sealed_request(app, ctx, form, &asked)?;
    let entry = Entry::new(Operation::Create, "signup.begin").on("signup_request", request.id);
    let known = subscribers::find_by_email(app, tx, &asked.email).await?;
    let single = lists::by_id(tx, form.list).await?.optin == lists::OptIn::Single;
    if !(single && joined_at_once(app, tx, ctx, form, &asked, known).await?) {
        ask_by_mail(app, tx, ctx, form, &asked, (request, known)).await?;
    }
    tx.record(app.store(), ctx, entry).await?;
    Ok(())
}

/// Single opt-in: whether the person is on the list now. Lifts no unsubscribe and no suppression.
async fn joined_at_once(app: &App, tx: &mut Tx, ctx: &Ctx, form: &Form, asked: &Asked, known: Option<SubjectNo>) -> Result<bool> {
    let tag = suppression::tag_of_email(app, ctx.workspace, &asked.email)?;
    if suppression::among(tx, vec![tag.to_vec()]).await?.contains_key(&tag) {
        return Ok(false);
    }
    let subject = confirm::place_person(app, tx, ctx, &asked.email, known, (&asked.first_name, &asked.last_name)).await?;
    let step = confirm::Steps { requested_at: ctx.now(), confirmed_at: None, requested_from: ctx.address.map(|a| a.to_string()) };
    let consent = confirm::evidence(app, tx, ctx, (form.id, form.wording_version), step, (subject, form.list)).await?;
    let joined = lists::join_by_signup(app, tx, ctx, form.list, subject, consent).await?;
    Ok(joined.added + joined.already > 0)
}

async fn ask_by_mail(
    app: &App,
    tx: &mut Tx,
    ctx: &Ctx,
    form: &Form,
    asked: &Asked,
    (request, known): (store::Request, Option<SubjectNo>),
) -> Result<()> {
    let token = SecretToken::random(SecretPurpose::Confirm, &*ctx.rng);
    let recent = store::recent(tx, &request.email_tag, ctx.now().plus(-Micros::HOUR)).await?;
    let silent = recent >= MAILS_AN_HOUR || barred(app, tx, ctx, &asked.email).await?;
    store::insert_request(tx, &request, token.hash()).await?;
    if silent {
        return Ok(());
    }
    let facts = mail::Facts::load(tx, form).await?;
    let letter = match subscribed(tx, form, known).await? {
        true => mail::already(&facts, &asked.email)?,
        false => mail::confirm(&facts, &asked.email, &app.config().public_url, &token)?,
    };
    tx.post(app.store(), ctx, letter).await?;
    Ok(())
}

fn sealed_request(app: &App, ctx: &Ctx, form: &Form, asked: &Asked) -> Result<store::Request> {
    let id = ctx.new_id();
    let typed = Typed {
        email: asked.email.as_str().to_owned(),
        first_name: asked.first_name.clone(),
        last_name: asked.last_name.clone(),
        address: ctx.address.map(|a| a.to_string()),
    };
    let bytes = serde_json::to_vec(&typed).map_err(|_| StoreError::Damaged("a sign-up that cannot be written".into()))?;
    let ring = app.store().keys().ring();
    let keys = ring.workspace(ctx.workspace).map_err(|e| StoreError::Damaged(e.to_string()))?;
    let (_, tag) = keys.blind_index(IndexKind::Email, &asked.email.normalised_v1());
    Ok(store::Request {
        id,
        form: form.id,
        email_tag: tag.to_vec(),
        sealed: Some(keys.seal_secret(&place(ctx.workspace, id), &bytes, &*ctx.rng)),
        wording_version: form.wording_version,
        pending: true,
        requested_at: ctx.now(),
        expires_at: ctx.now().plus(EXPIRY),
    })
}

/// Whether the address may not even be asked: a complaint, or a person's decision.
async fn barred(app: &App, tx: &mut Tx, ctx: &Ctx, email: &EmailAddress) -> Result<bool> {
    let tag = suppression::tag_of_email(app, ctx.workspace, email)?;
    let reason = suppression::among(tx, vec![tag.to_vec()]).await?.remove(&tag);
    Ok(matches!(reason, Some(suppression::Reason::Complained | suppression::Reason::Manual)))
}

async fn subscribed(tx: &mut Tx, form: &Form, known: Option<SubjectNo>) -> Result<bool> {
    let Some(subject) = known else { return Ok(false) };
    let memberships = lists::memberships(tx, subject).await?;
    Ok(memberships.iter().any(|m| m.list == form.list && m.state == lists::MembershipState::Confirmed))
}

/// What every mail and page of sign-up says about the sender.
pub(crate) async fn organisation(tx: &mut Tx) -> Result<String> {
    let workspace = settings::load(tx).await?;
    Ok(if workspace.organisation.is_empty() { "this organisation".into() } else { workspace.organisation })
}

/// Forgets the requests of an address that is being erased.
pub async fn erase(tx: &mut Tx, email_tag: &[u8]) -> Result<u64> {
    Ok(store::forget(tx, email_tag).await?)
}

async fn expire(app: App, job: waxwing_store::JobContext) -> std::result::Result<(), waxwing_store::JobError> {
    let mut tx = app.store().begin(job.ctx.workspace, "signup.expire").await?;
    job.fence(&mut tx).await?;
    let count = store::expire(&mut tx, job.ctx.now()).await?;
    if count > 0 {
        let entry = Entry::new(Operation::Delete, "signup.expire").detail(serde_json::json!({ "requests": count }));
        tx.record(app.store(), &job.ctx, entry).await?;
    }
    Ok(tx.commit().await?)
}

/// The routes of this feature.
pub(crate) fn routes() -> Routes<App> {
    let routes = pages::routes();
    let routes = api!(routes, Action::FormsRead, api::index);
    api!(routes, Action::FormsWrite, api::create).merge(api::open_routes())
}

/// The jobs of this feature.
pub(crate) fn jobs(registry: &mut JobRegistry, app: &App) {
    let app = app.clone();
    registry.on("signup.expire", 5, move |job| expire(app.clone(), job));
    registry.every("signup.expire", Duration::from_secs(3_600));
}
