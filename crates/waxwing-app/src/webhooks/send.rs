//! One signed request, and what came of it.
//!
//! Promise: through the one egress client, without redirects; the receiver's answer is judged by
//! its status alone, and at most 512 bytes of an answer that is no success are kept, sealed.

use super::payload::{self, Message};
use super::{by_id_to_change, seals, store};
use crate::{App, Error, Result};
use std::time::{Duration, Instant};
use waxwing_crypto::{WebhookSecret, webhook_seconds};
use waxwing_domain::{Ctx, Operation, Thing, WebhookId};
use waxwing_egress::{HeaderError, Request, Response, Target};
use waxwing_store::Entry;

/// Bytes of an answer that are kept.
const EXCERPT: usize = 512;
/// How long a receiver may take in all.
const PATIENCE: Duration = Duration::from_secs(15);

/// Where to send, and what signs.
pub(super) struct Door {
    target: std::result::Result<Target, String>,
    secrets: Vec<WebhookSecret>,
}

/// What came of an attempt.
pub(super) struct Answer {
    /// The HTTP status, if there was an answer.
    pub status: Option<u16>,
    /// What was wrong, in words; `None` when it was delivered.
    pub problem: Option<String>,
    /// How long it took.
    pub took: Duration,
    /// The beginning of an answer that was no success.
    pub excerpt: Vec<u8>,
}

impl Answer {
    /// The receiver is gone and says so (Standard Webhooks: disable the endpoint).
    pub fn is_gone(&self) -> bool {
        self.status == Some(410)
    }
}

impl Door {
    /// Opens address and secrets. An address that is no longer allowed is the problem of each
    /// delivery, not of the job.
    pub fn open(app: &App, ctx: &Ctx, id: WebhookId, sealed: &store::Secrets) -> Result<Self> {
        let url = seals::open(app, ctx.workspace, id, seals::URL, &sealed.url)?;
        let target = app.egress().target(&url).map_err(|error| error.to_string());
        let mut secrets = vec![seals::open_key(app, ctx.workspace, id, seals::SECRET, &sealed.secret)?];
        if let Some((old, until)) = &sealed.old
            && *until > ctx.now()
        {
            secrets.push(seals::open_key(app, ctx.workspace, id, seals::OLD_SECRET, old)?);
        }
        Ok(Self { target, secrets })
    }

    /// Signs and sends.
    pub async fn send(&self, app: &App, ctx: &Ctx, message: &Message) -> Answer {
        let begun = Instant::now();
        let answer = match self.request(ctx, message) {
            Ok(request) => app.egress().request(request).await.map_err(|error| error.to_string()),
            Err(problem) => Err(problem),
        };
        let took = begun.elapsed();
        match answer {
            Ok(response) => judged(response, took),
            Err(problem) => Answer { status: None, problem: Some(problem), took, excerpt: Vec::new() },
        }
    }

    fn request(&self, ctx: &Ctx, message: &Message) -> std::result::Result<Request, String> {
        let target = self.target.clone()?;
        self.signed(target, ctx, message).map_err(|error| error.to_string())
    }

    fn signed(&self, target: Target, ctx: &Ctx, message: &Message) -> std::result::Result<Request, HeaderError> {
        let now = ctx.now();
        let signatures: Vec<String> = self.secrets.iter().map(|s| s.sign(&message.id, now, &message.body)).collect();
        Request::post(target, "application/json", message.body.clone())?
            .header("webhook-id", &message.id)?
            .header("webhook-timestamp", &webhook_seconds(now).to_string())?
            .header("webhook-signature", &signatures.join(" "))
            .map(|request| request.excerpt(EXCERPT).within(PATIENCE))
    }
}

fn judged(response: Response, took: Duration) -> Answer {
    let status = response.status();
    let problem = match status {
        200..=299 => None,
        300..=399 => Some("the receiver redirects, and redirects are not followed".to_owned()),
        410 => Some("the receiver says that it is gone".to_owned()),
        other => Some(format!("the receiver answered {other}")),
    };
    let excerpt = if problem.is_some() { response.into_body() } else { Vec::new() };
    Answer { status: Some(status), problem, took, excerpt }
}

/// Sends a test at once and says what came of it: a status, or what was wrong.
///
/// Opens its own transactions: the receiver may take its time.
///
/// # Errors
/// [`Error::Contained`] where nothing leaves.
pub async fn ping(app: &App, ctx: &Ctx, id: WebhookId) -> Result<std::result::Result<u16, String>> {
    let mut tx = app.read(ctx, "webhooks.ping").await?;
    by_id_to_change(&mut tx, ctx, id).await?;
    let sealed = store::secrets(&mut tx, id).await?.ok_or(Error::NotFound("webhook"))?;
    drop(tx);
    let gate = app.gate().now(ctx.workspace).await?;
    if !gate.level.may_move_data() || !gate.lets(Thing::Webhook(id)) {
        return Err(Error::Contained("nothing is sent to webhooks until it is released."));
    }
    let answer = Door::open(app, ctx, id, &sealed)?.send(app, ctx, &payload::ping(id, ctx)).await;
    let mut tx = app.begin(ctx, "webhooks.pinged").await?;
    let entry = Entry::new(Operation::Operate, "webhooks.ping").on("webhook", id.as_i64());
    let detail = serde_json::json!({ "status": answer.status });
    tx.record(app.store(), ctx, entry.detail(detail)).await?;
    tx.commit().await?;
    Ok(match (answer.problem, answer.status) {
        (None, Some(status)) => Ok(status),
        (problem, _) => Err(problem.unwrap_or_else(|| "there was no answer".to_owned())),
    })
}
