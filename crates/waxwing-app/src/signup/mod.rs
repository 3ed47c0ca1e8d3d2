//! Sign-up with double opt-in: hosted forms and API.
//!
//! Promise: the answer never tells whether an address is known, for the request does the same work for every
//! address: a job looks it up and writes the mail. Only the person's own POST confirms, once. Limit: whoever
//! reads the mailbox can confirm.
//! States: of a form: open, closed; of a request: asked, pending, answered, confirmed; deleted after 7 days.
//! Tables: `signup_forms`, `signup_wordings`, `signup_requests`.
//! Events: `signup.requested`; `lists` adds `signup.confirmed`. Signals `signup.asked`, `signup.trapped`.
//! Jobs: `signup.answer`, `signup.expire`.

mod answer;
mod api;
mod asked;
mod confirm;
mod form;
mod mail;
mod pages;
mod store;
waxwing_store::sealed! { "signup_requests"."sealed" by "id", under Secrets,
at |cell| place(cell.workspace, cell.key) }

#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_pinned;
mod visit;

pub use asked::Asked;
pub use confirm::{Confirmation, confirm, pending};
pub use form::{Form, FormChange, FormState, change_form, create_form, form_by_id, form_by_slug, forms};

use crate::{App, Error, Result, erasure, settings, signals, suppression};
use asked::Typed;
use std::net::IpAddr;
use std::time::Duration;
use waxwing_crypto::{MacPurpose, Place, TableId};
use waxwing_domain::{Action, Actor, Ctx, FieldId, Micros, Operation, WorkspaceId};
use waxwing_http::{Limit, Routes, api};
use waxwing_store::{Entry, JobRegistry, NewJob, StoreError, Tx};

/// How long a request waits for its confirmation, in microseconds.
pub const EXPIRY: i64 = 7 * Micros::DAY;
/// Requests from one network address.
const PER_ADDRESS: Limit = Limit::per_hour("signup.address", 20);
/// Requests through one form.
const PER_FORM: Limit = Limit::per_hour("signup.form", 5_000);

/// Begins a sign-up. Nothing is looked up here, so that neither words nor time tell what is known
/// about the address; the rest is done by the job `signup.answer`.
///
/// # Errors
/// [`Error::Conflict`] when the form takes no sign-ups.
pub async fn begin(app: &App, tx: &mut Tx, ctx: &Ctx, form: &Form, asked: &Asked) -> Result<()> {
    ctx.authorise(Action::Public)?;
    if !form::takes_signups(tx, form).await? {
        return Err(Error::Conflict("This form is closed.".into()));
    }
    let request = sealed_request(app, ctx, form, asked)?;
    store::insert_request(tx, &request).await?;
    let job = NewJob::now("signup.answer", serde_json::json!({ "request": request.id.to_string() }));
    tx.enqueue(ctx, job.unique(request.id)).await?;
    tx.record(app.store(), ctx, Entry::new(Operation::Create, "signup.begin").on("signup_request", request.id)).await?;
    let (network, who) = (network_tag(app, ctx), who_tag(app, asked));
    let detail = serde_json::json!({ "form": form.id.to_string(), "network": network, "who": who });
    signals::note_address(app, tx, ctx, "signup.asked", 1, detail).await
}

/// Notes that the field was filled in that people do not see. The visitor is told what everybody is told.
async fn note_trap(app: &App, ctx: &Ctx) -> Result<()> {
    let mut tx = app.begin(ctx, "signup.trap").await?;
    let detail = serde_json::json!({ "network": network_tag(app, ctx) });
    signals::note_address(app, &mut tx, ctx, "signup.trapped", 1, detail).await?;
    Ok(tx.commit().await?)
}

/// The keyed tag of a visitor's network, by which their sign-ups are counted together; none for programs of ours.
fn network_tag(app: &App, ctx: &Ctx) -> Option<String> {
    let address = ctx.address.filter(|_| ctx.actor == Actor::Public)?;
    signals::tag_of(app, ctx, signals::network(address)).map(hex::encode)
}

/// A keyed tag of the address that was typed, by which requests for it are counted together.
fn who_tag(app: &App, asked: &Asked) -> String {
    let data = [b"signup.who\0", asked.email.normalised_v1().as_bytes()].concat();
    hex::encode(&app.store().keys().ring().mac(MacPurpose::RateLimit, &data)[..8])
}

/// Refuses who asks too often: per network address (of IPv6 the first 64 bits) and per form.
fn throttle(app: &App, ctx: &Ctx, from: Option<IpAddr>, slug: &str) -> std::result::Result<(), waxwing_http::Fail> {
    if let Some(from) = from {
        app.limiter().take(PER_ADDRESS, &network_key(from), ctx.now())?;
    }
    app.limiter().take(PER_FORM, slug.as_bytes(), ctx.now())
}

/// What counts as one network address: who has one of IPv6 has 2^64 of them.
pub(crate) fn network_key(address: IpAddr) -> Vec<u8> {
    match address.to_canonical() {
        IpAddr::V4(ip) => ip.octets().to_vec(),
        IpAddr::V6(ip) => ip.octets()[..8].to_vec(),
    }
}

fn sealed_request(app: &App, ctx: &Ctx, form: &Form, asked: &Asked) -> Result<store::Request> {
    let id = ctx.new_id();
    let bytes = serde_json::to_vec(&Typed::from(asked)).map_err(|_| damaged(id))?;
    let ring = app.store().keys().ring();
    let keys = ring.workspace(ctx.workspace).map_err(|e| StoreError::Damaged(e.to_string()))?;
    let version = asked.wording_version.filter(|version| (1..=form.wording_version).contains(version));
    Ok(store::Request {
        id,
        form: form.id,
        tag: suppression::tag_of_email(app, ctx.workspace, &asked.email)?,
        sealed: Some(keys.seal_secret(&place(ctx.workspace, id), &bytes, &*ctx.rng)),
        wording_version: version.unwrap_or(form.wording_version),
        state: store::RequestState::Asked,
        requested_at: ctx.now(),
        expires_at: ctx.now().plus(EXPIRY),
    })
}

/// What the visitor typed; never shown to anybody.
fn open(app: &App, ctx: &Ctx, request: &store::Request) -> Result<Typed> {
    let sealed = request.sealed.as_ref().ok_or_else(|| damaged(request.id))?;
    let ring = app.store().keys().ring();
    let keys = ring.workspace(ctx.workspace).map_err(|e| StoreError::Damaged(e.to_string()))?;
    let bytes = keys.open_secret(&place(ctx.workspace, request.id), sealed).map_err(|_| damaged(request.id))?;
    serde_json::from_slice(&bytes).map_err(|_| damaged(request.id))
}

fn damaged(id: i64) -> Error {
    StoreError::Damaged(format!("sign-up request {id}")).into()
}

/// Where the sealed part of a request lives.
const fn place(workspace: WorkspaceId, id: i64) -> Place {
    Place::shared(workspace, TableId::SIGNUP, FieldId::SIGNUP, id)
}

/// How every public page and mail names the sender.
pub(crate) async fn organisation(tx: &mut Tx) -> Result<String> {
    let workspace = settings::load(tx).await?;
    Ok(if workspace.organisation.is_empty() { "the sender".into() } else { workspace.organisation })
}

waxwing_store::inventory::submit! {
    erasure::Hook::new("signup", |_, tx, _, who| Box::pin(async move { Ok(store::forget(tx, &who.suppress_tag).await?) }))
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
    let routes = pages::routes().merge(visit::routes());
    let routes = api!(routes, Action::FormsRead, api::index);
    let routes = api!(routes, Action::FormsWrite, api::create);
    let routes = api!(routes, Action::FormsWrite, api::change);
    api!(routes, Action::SubscribersWrite, api::signup)
}

/// The jobs of this feature.
pub(crate) fn jobs(registry: &mut JobRegistry, app: &App) {
    let own = app.clone();
    registry.on("signup.answer", 10, move |job| answer::run(own.clone(), job));
    let own = app.clone();
    registry.on("signup.expire", 5, move |job| expire(own.clone(), job));
    registry.every("signup.expire", Duration::from_secs(3_600));
}
