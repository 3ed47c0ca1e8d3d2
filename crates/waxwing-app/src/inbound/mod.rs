//! Mail that comes in: who is known at the door, how it is kept, and what is made of it.
//!
//! Promise: a message is sealed and committed with the job that reads it before its sender hears that it was taken, so
//! that neither a crash nor a full queue loses one; the database never holds it in clear. Mail is taken for made-up people
//! only, so nothing is relayed and nobody's letters are read.
//! Limits: bounces and complaints are not taken yet; beyond [`A_DAY`] messages a day of a workspace only the beginning of
//! each is kept; after 180 days a message is gone, unless everything is held, and what was made of it stays.
//! States: new, read.
//! Tables: `inbound_messages`.
//! Events: signal `inbound.missed`, somebody guessed at a domain of ours; what a message means is noted by the feature that
//! it is for.
//! Jobs: `inbound.read` (one message), `inbound.sweep` (daily).

mod reading;
mod store;
waxwing_store::sealed! { "inbound_messages"."sealed" by "id", under Secrets,
at |cell| place(cell.workspace, InboundId::from_i64(cell.key)) }

#[cfg(test)]
mod tests;

use crate::{App, Result, canaries, holds, signals};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::time::Duration;
use waxwing_crypto::{Place, TableId};
use waxwing_delivery::inbound::{Arrival, Door, Known, Shut};
use waxwing_domain::{Actor, Ctx, EmailAddress, FieldId, InboundId, MailDomain, Micros, WorkspaceId};
use waxwing_http::{Limit, Routes};
use waxwing_store::{JobError, JobRegistry, NewJob, StoreError};

/// Messages of a workspace in a day that are kept whole.
const A_DAY: i64 = 500;
/// Of each message beyond those, so many bytes are kept.
const BEGINNING: usize = 16 * 1_024;
/// Guesses at made-up people that a workspace notes.
const MISSES: Limit = Limit::per_hour("inbound.missed", 60);
/// How long a message is kept, in microseconds.
const KEPT: i64 = 180 * Micros::DAY;

/// The door of mail that comes in.
#[derive(Clone, Debug)]
pub struct Inbox(App);

impl Inbox {
    /// The door of an installation.
    pub const fn new(app: App) -> Self {
        Self(app)
    }

    /// The workspace that takes mail for an address's domain.
    async fn home(&self, address: &str) -> Result<Option<WorkspaceId>> {
        let domain = address.rsplit_once('@').and_then(|(_, domain)| MailDomain::parse(&domain.to_lowercase()).ok());
        match domain {
            Some(domain) => canaries::home_of(&self.0, &domain).await,
            None => Ok(None),
        }
    }

    async fn standing(&self, address: &str) -> Result<Known> {
        let Some(workspace) = self.home(address).await? else { return Ok(Known::NotOurs) };
        let Ok(email) = EmailAddress::parse(address) else { return Ok(Known::NoMailbox) };
        let mut tx = self.0.store().read(workspace, "inbound.knows").await?;
        let known = canaries::known(&self.0, &mut tx, &[&email]).await?;
        drop(tx);
        if known.iter().flatten().next().is_some() {
            return Ok(Known::Yes);
        }
        // Beside the answer, so that the sender's clock cannot tell a domain of ours by it.
        tokio::spawn(missed(self.0.clone(), workspace));
        Ok(Known::NoMailbox)
    }

    /// Keeps a message once for every workspace that it is for.
    async fn keep(&self, arrival: Arrival) -> Result<()> {
        let mut homes: Vec<(WorkspaceId, Vec<String>)> = Vec::new();
        for address in &arrival.to {
            let Some(workspace) = self.home(address).await? else { continue };
            match homes.iter_mut().find(|(home, _)| *home == workspace) {
                Some((_, to)) => to.push(address.clone()),
                None => homes.push((workspace, vec![address.clone()])),
            }
        }
        for (workspace, to) in homes {
            self.keep_for(workspace, to, &arrival).await?;
        }
        Ok(())
    }

    async fn keep_for(&self, workspace: WorkspaceId, to: Vec<String>, arrival: &Arrival) -> Result<()> {
        let app = &self.0;
        let ctx = Ctx::job(workspace, Actor::Public, app.store().clock().clone(), app.store().rng().clone());
        let id = InboundId::from_i64(ctx.new_id());
        let mut tx = app.begin(&ctx, "inbound.take").await?;
        let whole = store::count_since(&mut tx, ctx.now().plus(-Micros::DAY)).await? < A_DAY;
        let letter = Letter::of(arrival, to, if whole { usize::MAX } else { BEGINNING });
        store::insert(&mut tx, id, ctx.now(), letter.seal(app, workspace, id)?).await?;
        tx.enqueue(&ctx, NewJob::now("inbound.read", json!({ "message": id })).unique(id)).await?;
        Ok(tx.commit().await?)
    }
}

/// Notes that somebody guessed at a domain of a workspace; at most [`MISSES`] of them, so that guessing fills no disk.
async fn missed(app: App, workspace: WorkspaceId) {
    let ctx = Ctx::job(workspace, Actor::Public, app.store().clock().clone(), app.store().rng().clone());
    if app.limiter().take(MISSES, &workspace.as_i64().to_be_bytes(), ctx.now()).is_err() {
        return;
    }
    let noted = async {
        let mut tx = app.begin(&ctx, "inbound.missed").await?;
        signals::note(&mut tx, &ctx, "inbound.missed", 1, json!({})).await?;
        Ok::<_, crate::Error>(tx.commit().await?)
    };
    if let Err(error) = noted.await {
        tracing::error!(%error, "inbound: a guess at a domain of ours could not be noted");
    }
}

/// What went wrong is ours to know: the sender hears only that it should come back.
fn shut(error: crate::Error) -> Shut {
    tracing::error!(%error, "inbound: mail could not be looked at");
    Shut
}

impl Door for Inbox {
    async fn knows(&self, address: &str) -> std::result::Result<Known, Shut> {
        self.standing(address).await.map_err(shut)
    }
    async fn take(&self, arrival: Arrival) -> std::result::Result<(), Shut> {
        self.keep(arrival).await.map_err(shut)
    }
}

/// The envelope, as it is kept.
#[derive(Serialize, Deserialize)]
struct Envelope {
    peer: String,
    hello: String,
    tls: bool,
    from: String,
    to: Vec<String>,
    unknown: u32,
    /// Whether a message followed.
    told: bool,
}

/// A message with its envelope.
struct Letter {
    envelope: Envelope,
    message: Vec<u8>,
}

impl Letter {
    fn of(arrival: &Arrival, to: Vec<String>, most: usize) -> Self {
        let message = arrival.message.as_deref().unwrap_or_default();
        let envelope = Envelope {
            peer: arrival.peer.ip().to_canonical().to_string(),
            hello: arrival.hello.clone(),
            tls: arrival.tls,
            from: arrival.from.clone(),
            to,
            unknown: arrival.unknown,
            told: arrival.message.is_some(),
        };
        Self { envelope, message: message[..message.len().min(most)].to_vec() }
    }

    /// The length of the envelope in four bytes, the envelope as JSON, the message; sealed for its row.
    fn seal(&self, app: &App, workspace: WorkspaceId, id: InboundId) -> Result<Vec<u8>> {
        let damaged = || StoreError::Damaged("an envelope that cannot be written".into());
        let envelope = serde_json::to_vec(&self.envelope).map_err(|_| damaged())?;
        let length = u32::try_from(envelope.len()).map_err(|_| damaged())?;
        let plain = [&length.to_be_bytes()[..], &envelope, &self.message].concat();
        let ring = app.store().keys().ring();
        let keys = ring.workspace(workspace).map_err(|e| StoreError::Damaged(e.to_string()))?;
        Ok(keys.seal_secret(&place(workspace, id), &plain, &**app.store().rng()))
    }

    fn open(app: &App, workspace: WorkspaceId, id: InboundId, sealed: &[u8]) -> Result<Self> {
        let damaged = || StoreError::Damaged(format!("the message {id} that came in"));
        let ring = app.store().keys().ring();
        let keys = ring.workspace(workspace).map_err(|e| StoreError::Damaged(e.to_string()))?;
        let plain = keys.open_secret(&place(workspace, id), sealed).map_err(|_| damaged())?;
        let (length, rest) = plain.split_first_chunk::<4>().ok_or_else(damaged)?;
        let length = usize::try_from(u32::from_be_bytes(*length)).map_err(|_| damaged())?;
        let (envelope, message) = rest.split_at_checked(length).ok_or_else(damaged)?;
        Ok(Self { envelope: serde_json::from_slice(envelope).map_err(|_| damaged())?, message: message.to_vec() })
    }
}

const fn place(workspace: WorkspaceId, id: InboundId) -> Place {
    Place::shared(workspace, TableId::INBOUND, FieldId::INBOUND_MAIL, id.as_i64())
}

/// The routes of this feature: none.
pub(crate) fn routes() -> Routes<App> {
    Routes::new()
}

/// The jobs of this feature.
pub(crate) fn jobs(registry: &mut JobRegistry, app: &App) {
    let reading = app.clone();
    registry.on("inbound.read", 20, move |job| {
        let app = reading.clone();
        async move { reading::read(&app, &job).await }
    });
    let sweeping = app.clone();
    registry.on("inbound.sweep", 3, move |job| {
        let app = sweeping.clone();
        async move {
            let mut tx = app.begin(&job.ctx, "inbound.sweep").await.map_err(JobError::from)?;
            job.fence(&mut tx).await?;
            if !holds::keep_all(&mut tx).await? {
                store::sweep(&mut tx, job.ctx.now().plus(-KEPT)).await?;
            }
            Ok(tx.commit().await?)
        }
    });
    registry.every("inbound.sweep", Duration::from_secs(24 * 3_600));
}
