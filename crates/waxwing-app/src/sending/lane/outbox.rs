//! System mail: confirmations, resets, notices. Leaves under every state of the gate.
//!
//! Guarantee: a piece whose fate is unknown is not sent again. Limit: without a sender (settings,
//! or a sending domain) or a relay it waits.

use super::Shared;
use super::backoff;
use super::lines::Line;
use crate::sending::links::Links;
use crate::sending::store;
use crate::{Result, domains, settings};
use futures::future::join_all;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use waxwing_delivery::{Envelope, Outcome, Permit, Verdict};
use waxwing_domain::{Actor, EmailAddress, MailDomain, Micros, SourceId, SubjectNo, Thing};
use waxwing_message::{DisplayName, Kind, Mailbox, MessageId, Parts, Signer, build, sign};
use waxwing_store::OutboxMail;

/// Between two looks.
const STEP: Duration = Duration::from_millis(250);
/// Pieces claimed at once.
const CLAIM: i64 = 16;
/// Microseconds after which a claimed piece of a process that is gone becomes unknown.
const CLAIMED_FOR: i64 = 20 * Micros::MINUTE;
/// Attempts after which a piece is given up; with the usual waits about a day.
const ATTEMPTS: i64 = 12;

/// In whose name system mail leaves.
struct SystemSender {
    name: DisplayName,
    address: EmailAddress,
    domain: MailDomain,
    return_path: EmailAddress,
    signers: Vec<Signer>,
}

/// Sends system mail until the end.
pub(super) async fn run(shared: Arc<Shared>, ending: CancellationToken) {
    while !ending.is_cancelled() {
        if let Err(error) = round(&shared).await {
            tracing::error!(%error, "system mail could not be sent; trying again");
        }
        tokio::select! {
            () = tokio::time::sleep(STEP) => {}
            () = ending.cancelled() => {}
        }
    }
}

async fn round(shared: &Shared) -> Result<()> {
    let store = shared.app.store();
    let mut tx = store.read(shared.workspace, "sending.outbox").await?;
    let waits = store::outbox_waits(&mut tx, shared.now()).await?;
    drop(tx);
    if !waits {
        return Ok(());
    }
    shared.lines.refresh(&shared.app, shared.workspace).await?;
    let Some(reading) = shared.pulse.reading() else { return Ok(()) };
    let line = shared.lines.pick_trusted(&reading.gate);
    let (Some(line), Some(sender)) = (line, sender(shared).await?) else { return Ok(()) };
    let now = shared.now();
    let mut tx = store.begin(shared.workspace, "sending.outbox.claim").await?;
    store::fence(&mut tx, shared.epoch).await?;
    tx.sweep_outbox(now).await?;
    let claimed = tx.claim_outbox(store, now, now.plus(CLAIMED_FOR), CLAIM).await?;
    tx.commit().await?;
    join_all(claimed.iter().map(|mail| send(shared, &line, &sender, mail))).await.into_iter().collect()
}

/// The sender of the settings, else `noreply@` of the first sending domain.
async fn sender(shared: &Shared) -> Result<Option<SystemSender>> {
    let ctx = shared.ctx(Actor::Job);
    let mut tx = shared.app.read(&ctx, "sending.system_sender").await?;
    let settings = settings::load(&mut tx).await?;
    let all = domains::all(&mut tx, &ctx).await?;
    let fallback = all.first().and_then(|domain| EmailAddress::parse(&format!("noreply@{}", domain.name)).ok());
    // Without an address of before the window the one of now is better than no password links at all.
    let saved = settings::saved(&mut tx).await?.system_from;
    let Some(address) = settings.system_from.or(fallback).or(saved) else { return Ok(None) };
    let Ok(domain) = MailDomain::parse(address.domain()) else { return Ok(None) };
    let return_path = domains::signing_for(&mut tx, &domain).await?.and_then(|domain| domain.return_path);
    let signers = domains::signers(&shared.app, &mut tx, &domain).await?;
    let shown = if settings.system_from_name.is_empty() { settings.organisation } else { settings.system_from_name };
    let name = DisplayName::parse(&shown).unwrap_or_default();
    Ok(Some(SystemSender {
        name,
        return_path: return_path.unwrap_or_else(|| address.clone()),
        address,
        domain,
        signers,
    }))
}

/// System mail asks no level, but a relay that is contained carries none of it either.
struct Open<'a> {
    shared: &'a Shared,
    line: &'a Line,
}

impl Permit for Open<'_> {
    async fn grant(&mut self) -> Verdict {
        if self.still_granted() { Verdict::Go } else { Verdict::Drop }
    }

    fn still_granted(&mut self) -> bool {
        self.shared.pulse.reading().is_some_and(|reading| reading.gate.lets(Thing::Relay(self.line.id())))
    }
}

async fn send(shared: &Shared, line: &Line, sender: &SystemSender, mail: &OutboxMail) -> Result<()> {
    let (state, reason, next_at) = match envelope(shared, sender, mail) {
        Err(why) => ("failed", Some(why), shared.now()),
        Ok(envelope) => judge(shared, line.pool().send(&envelope, Open { shared, line }).await, mail.attempts),
    };
    let mut tx = shared.app.store().begin(shared.workspace, "sending.outbox.done").await?;
    tx.finish_outbox(mail.id, state, reason.as_deref(), next_at, shared.now()).await?;
    tx.commit().await?;
    Ok(())
}

fn judge(shared: &Shared, outcome: Outcome, attempts: i64) -> (&'static str, Option<String>, Micros) {
    let now = shared.now();
    match outcome {
        Outcome::Accepted { .. } => ("sent", None, now),
        Outcome::Failed { reason, .. } => ("failed", Some(reason.in_words()), now),
        Outcome::Unknown { trouble } => ("unknown", Some(trouble.to_string()), now),
        Outcome::NotSent => ("ready", None, now.plus(Micros::SECOND)),
        Outcome::Deferred { reason, .. } if attempts >= ATTEMPTS => ("failed", Some(reason.in_words()), now),
        Outcome::Deferred { reason, retry_after, .. } => {
            // People wait for these: the first tries follow fast.
            let wait = Micros::SECOND * (5 << attempts.clamp(0, 11));
            let next_at = now.plus(wait).max(backoff::after_relay(retry_after, now));
            ("ready", Some(reason.in_words()), next_at)
        }
    }
}

fn envelope(shared: &Shared, sender: &SystemSender, mail: &OutboxMail) -> std::result::Result<Envelope, String> {
    let links = Links::new(&shared.app, shared.workspace).map_err(|e| e.to_string())?;
    // No recipient has the number 0, so this tag is no other message's.
    let tag = links.message_tag(SourceId::from_i64(mail.id.as_i64()), SubjectNo::new(0));
    let date = shared.now();
    let parts = Parts {
        from: Mailbox { name: Some(&sender.name), address: &sender.address },
        reply_to: None,
        to: Mailbox::bare(&mail.to),
        subject: &mail.subject,
        date,
        message_id: &MessageId::new(tag, &sender.domain),
        kind: Kind::System,
        text: &mail.text,
        html: mail.html.as_deref(),
    };
    let mut body = Vec::new();
    build(&parts, &mut body);
    let mut message = if sender.signers.is_empty() {
        Vec::new()
    } else {
        sign(&sender.signers, &body, date).map_err(|e| e.to_string())?
    };
    message.extend_from_slice(&body);
    Envelope::new(Some(sender.return_path.clone()), mail.to.clone(), message).map_err(|e| e.to_string())
}
