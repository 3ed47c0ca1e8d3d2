//! "Was I affected?": taken in the same way whatever the truth is.
//!
//! Promise: the request seals the address, keeps it and says the same to everybody; nothing is looked up before the
//! visitor has their answer. Limit: as with sign-up, whoever has the keys can try out addresses.

use super::answer::ONE_IN;
use super::{StatusPage, store};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::net::IpAddr;
use waxwing_app::{App, Error, Result, holds, signals, suppression};
use waxwing_crypto::{Place, TableId};
use waxwing_domain::{Action, Ctx, EmailAddress, FieldId, Micros, Operation, WorkspaceId};
use waxwing_http::{Fail, Limit};
use waxwing_law::drafts::Locale;
use waxwing_store::{Entry, JobContext, JobError, NewJob, StoreError, Tx};

/// Which form somebody fills in. Each has budgets of its own: whoever uses up the questions of everybody still leaves
/// people their way to ask for help.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Desk {
    /// "Was I affected?"
    Ask,
    /// A message to a person.
    Write,
}

impl Desk {
    /// From one address; of IPv6 from one subnet, the first 64 bits.
    const fn per_site(self) -> Limit {
        match self {
            Self::Ask => Limit::per_hour("status.ask.site", 20),
            Self::Write => Limit::per_hour("status.write.site", 20),
        }
    }
    /// From what one customer of a provider is given at most: of IPv6 the first 48 bits, which hold 65,536 subnets.
    const fn per_network(self) -> Limit {
        match self {
            Self::Ask => Limit::per_hour("status.ask.network", 60),
            Self::Write => Limit::per_hour("status.write.network", 60),
        }
    }
    /// Through one page.
    const fn per_page(self) -> Limit {
        match self {
            Self::Ask => Limit::per_hour("status.ask.page", 5_000),
            Self::Write => Limit::per_hour("status.write.page", 2_000),
        }
    }
}

/// How long a question is kept, in microseconds.
const KEPT: i64 = 30 * Micros::DAY;
/// Nobody reads and fills in a form faster, in microseconds.
const QUICKEST: i64 = Micros::SECOND;

/// Who asks, from a form.
#[derive(Clone)]
pub(crate) struct Visitor {
    /// Their address.
    pub email: EmailAddress,
    /// The language in which they want to be answered.
    pub locale: Locale,
}

impl Visitor {
    /// From what was typed.
    ///
    /// # Errors
    /// [`Error::Invalid`] for what cannot be an address.
    pub fn parse(email: &str, language: &str) -> Result<Self> {
        let email = EmailAddress::parse(email.trim())
            .map_err(|_| Error::invalid("email", "This does not look like an address that mail can reach."))?;
        Ok(Self { email, locale: Locale::parse(language).unwrap_or(Locale::En) })
    }
}

/// Refuses who comes too often, by where they come from.
pub(crate) fn throttle(app: &App, ctx: &Ctx, desk: Desk) -> std::result::Result<(), Fail> {
    match ctx.address.map(|from| from.to_canonical()) {
        None => Ok(()),
        Some(IpAddr::V4(ip)) => app.limiter().take(desk.per_site(), &ip.octets(), ctx.now()),
        Some(IpAddr::V6(ip)) => {
            app.limiter().take(desk.per_network(), &ip.octets()[..6], ctx.now())?;
            app.limiter().take(desk.per_site(), &ip.octets()[..8], ctx.now())
        }
    }
}

/// Refuses what is more than a page takes from everybody. Asked last, so that a form that is refused costs nobody else.
pub(crate) fn crowded(app: &App, ctx: &Ctx, desk: Desk, slug: &str) -> std::result::Result<(), Fail> {
    app.limiter().take(desk.per_page(), slug.as_bytes(), ctx.now())
}

/// Whether a form came back faster than a person fills it in.
pub(crate) fn hurried(shown: &str, now: Micros) -> bool {
    shown.parse().map_or(true, |shown| now.since(Micros::from_i64(shown)) < QUICKEST)
}

/// What is sealed of a question.
#[derive(Serialize, Deserialize)]
pub(super) struct Typed {
    pub email: String,
    pub locale: Locale,
}

fn damaged() -> Error {
    StoreError::Damaged("a question of a visitor".into()).into()
}

const fn place(workspace: WorkspaceId, id: i64) -> Place {
    Place::shared(workspace, TableId::STATUS, FieldId::STATUS_ASKED, id)
}

/// Takes a question; the job answers it.
///
/// # Errors
/// [`Error::Conflict`] where the page takes none.
pub(super) async fn ask(app: &App, tx: &mut Tx, ctx: &Ctx, page: &StatusPage, who: &Visitor) -> Result<()> {
    ctx.authorise(Action::Public)?;
    if !page.takes_questions() {
        return Err(Error::Conflict("This page takes no questions any more.".into()));
    }
    let id = ctx.new_id();
    let typed = Typed { email: who.email.as_str().to_owned(), locale: who.locale };
    let bytes = serde_json::to_vec(&typed).map_err(|_| damaged())?;
    let ring = app.store().keys().ring();
    let keys = ring.workspace(ctx.workspace).map_err(|e| StoreError::Damaged(e.to_string()))?;
    let sealed = keys.seal_secret(&place(ctx.workspace, id), &bytes, &*ctx.rng);
    let tag = suppression::tag_of_email(app, ctx.workspace, &who.email)?;
    store::ask(tx, ctx, (id, page.id), tag, sealed).await?;
    tx.enqueue(ctx, NewJob::now("status.answer", json!({ "question": id.to_string() })).unique(id)).await?;
    tx.record(app.store(), ctx, Entry::new(Operation::Create, "status.ask").on("status_question", id)).await?;
    signals::note_address(app, tx, ctx, "status.asked", 1, json!({ "page": page.id })).await
}

/// What a visitor typed; never shown to anybody.
pub(super) fn open(app: &App, ctx: &Ctx, id: i64, sealed: &[u8]) -> Result<Typed> {
    let ring = app.store().keys().ring();
    let keys = ring.workspace(ctx.workspace).map_err(|e| StoreError::Damaged(e.to_string()))?;
    let bytes = keys.open_secret(&place(ctx.workspace, id), sealed).map_err(|_| damaged())?;
    serde_json::from_slice(&bytes).map_err(|_| damaged())
}

/// Deletes old questions.
pub(super) async fn expire(app: App, job: JobContext) -> std::result::Result<(), JobError> {
    let mut tx = app.store().begin(job.ctx.workspace, "status.expire").await?;
    job.fence(&mut tx).await?;
    store::end_turns(&mut tx, job.ctx.now().plus(-2 * ONE_IN)).await?;
    // Who was told what may be asked for as long as everything is held.
    if holds::keep_all(&mut tx).await.map_err(JobError::from)? {
        return Ok(tx.commit().await?);
    }
    let count = store::expire(&mut tx, job.ctx.now().plus(-KEPT)).await?;
    if count > 0 {
        let entry = Entry::new(Operation::Delete, "status.expire").detail(json!({ "questions": count }));
        tx.record(app.store(), &job.ctx, entry).await?;
    }
    Ok(tx.commit().await?)
}

waxwing_store::sealed! { "status_questions"."sealed" by "id", under Secrets,
at |cell| place(cell.workspace, cell.key) }
