//! The SQL of deliveries.

use super::{Delivery, Standing, seals};
use crate::App;
use waxwing_domain::{EventId, EventKind, Micros, SubjectNo, WebhookId, WorkspaceId};
use waxwing_store::{Row, StoreError, Tx, args, bulk, statement};

bulk! { QUEUE, into "webhooks_deliveries" (endpoint_id: Int, event_id: Int, at: Int, kind: Text, subject: Int, state: Text, attempts: Int, next_at: Int),
"ON CONFLICT DO NOTHING" }
statement! { DUE,
"SELECT e.id FROM webhooks_endpoints e WHERE e.workspace_id = $1 AND e.state = 'on' AND EXISTS (
       SELECT 1 FROM webhooks_deliveries d
       WHERE d.workspace_id = $1 AND d.endpoint_id = e.id AND d.state = 'waiting' AND d.next_at <= $2)
     ORDER BY e.id" }
// The outer conditions stand again for PostgreSQL, which looks at a row once more after waiting for it.
statement! { CLAIM,
"UPDATE webhooks_deliveries SET attempts = attempts + 1, next_at = $4
     WHERE workspace_id = $1 AND endpoint_id = $2 AND state = 'waiting' AND next_at <= $3 AND event_id IN (
       SELECT event_id FROM webhooks_deliveries
       WHERE workspace_id = $1 AND endpoint_id = $2 AND state = 'waiting' AND next_at <= $3
       ORDER BY next_at, event_id LIMIT $5)
     RETURNING event_id, attempts" }
// Only the attempt that was claimed is settled: one that took too long must not overwrite a later one.
statement! { SETTLE,
"UPDATE webhooks_deliveries SET state = $5, attempts = $6, next_at = $7, last_at = $8, status = $9, problem = $10,
       took = $11, excerpt = $12
     WHERE workspace_id = $1 AND endpoint_id = $2 AND event_id = $3 AND attempts = $4 AND state = 'waiting'" }
statement! { REPLAY,
"UPDATE webhooks_deliveries SET state = 'waiting', attempts = 0, next_at = $4
     WHERE workspace_id = $1 AND endpoint_id = $2 AND event_id = $3" }
statement! { LOG,
"SELECT event_id, kind, subject, at, state, attempts, next_at, last_at, status, problem, took, excerpt
     FROM webhooks_deliveries WHERE workspace_id = $1 AND endpoint_id = $2 AND event_id < $3
     ORDER BY event_id DESC LIMIT $4" }
statement! { FORGET, "DELETE FROM webhooks_deliveries WHERE workspace_id = $1 AND subject = $2" }
statement! { SWEEP, "DELETE FROM webhooks_deliveries WHERE workspace_id = $1 AND state <> 'waiting' AND at < $2" }
statement! { EXPIRE,
"UPDATE webhooks_deliveries SET state = 'failed', problem = $3
     WHERE workspace_id = $1 AND state = 'waiting' AND at < $2" }

/// A delivery to be queued.
pub(super) struct New {
    pub endpoint: WebhookId,
    pub event: i64,
    pub at: Micros,
    pub kind: EventKind,
    pub subject: Option<SubjectNo>,
}

/// A delivery that this worker claimed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Claimed {
    pub event: EventId,
    /// How often it was begun, this time included.
    pub attempts: i64,
}

/// What became of an attempt.
pub(super) struct Settled {
    pub claimed: Claimed,
    pub state: Standing,
    /// What counts from now on; less than claimed where the attempt was not made.
    pub attempts: i64,
    pub next_at: Micros,
    pub last_at: Option<Micros>,
    pub status: Option<i64>,
    pub problem: Option<String>,
    pub took: Option<i64>,
    pub excerpt: Option<Vec<u8>>,
}

/// A row of the log, its excerpt sealed.
pub(super) struct Logged {
    delivery: Delivery,
    sealed: Option<Vec<u8>>,
}

impl Logged {
    /// With the excerpt opened; one that was changed is left out and the row still shown.
    pub fn shown(self, app: &App, workspace: WorkspaceId) -> Delivery {
        let event = self.delivery.event;
        let open = |sealed: Vec<u8>| match seals::open_answer(app, workspace, event, &sealed) {
            Ok(text) => Some(text),
            Err(error) => {
                tracing::error!(%error, %event, "the excerpt of an answer cannot be read");
                None
            }
        };
        Delivery { excerpt: self.sealed.and_then(open), ..self.delivery }
    }
}

pub(super) async fn queue(tx: &mut Tx, new: Vec<New>) -> Result<(), StoreError> {
    let row = |n: New| args![n.endpoint, n.event, n.at, n.kind.as_str(), n.subject, "waiting", 0_i64, n.at];
    tx.bulk(&QUEUE, new.into_iter().map(row).collect()).await.map(drop)
}

/// The endpoints that are on and have something to say now.
pub(super) async fn due(tx: &mut Tx, now: Micros) -> Result<Vec<WebhookId>, StoreError> {
    tx.all(&DUE, args![now], |r| r.int(0).map(WebhookId::from_i64)).await
}

pub(super) async fn claim(
    tx: &mut Tx,
    id: WebhookId,
    now: Micros,
    until: Micros,
    limit: i64,
) -> Result<Vec<Claimed>, StoreError> {
    let read = |r: &Row<'_>| Ok(Claimed { event: EventId::from_i64(r.int(0)?), attempts: r.int(1)? });
    tx.all(&CLAIM, args![id, now, until, limit], read).await
}

/// A handful of rows, each with its own answer.
pub(super) async fn settle(tx: &mut Tx, id: WebhookId, done: Vec<Settled>) -> Result<(), StoreError> {
    for one in done {
        let values = args![
            id,
            one.claimed.event,
            one.claimed.attempts,
            one.state.as_str(),
            one.attempts,
            one.next_at,
            one.last_at,
            one.status,
            one.problem,
            one.took,
            one.excerpt
        ];
        tx.exec(&SETTLE, values).await?;
    }
    Ok(())
}

pub(super) async fn replay(tx: &mut Tx, id: WebhookId, event: EventId, now: Micros) -> Result<u64, StoreError> {
    tx.exec(&REPLAY, args![id, event, now]).await
}

pub(super) async fn log(tx: &mut Tx, id: WebhookId, before: i64, limit: i64) -> Result<Vec<Logged>, StoreError> {
    tx.all(&LOG, args![id, before, limit], |r| {
        let subject = r.opt_int(2)?.map(SubjectNo::from_i64).transpose();
        let delivery = Delivery {
            event: EventId::from_i64(r.int(0)?),
            kind: r.word(1, EventKind::parse)?,
            subject: subject.map_err(|_| StoreError::Damaged("a webhook's delivery".into()))?,
            at: r.time(3)?,
            state: r.word(4, Standing::parse)?,
            attempts: r.int(5)?,
            next_at: r.time(6)?,
            last_at: r.opt_time(7)?,
            status: r.opt_int(8)?,
            problem: r.opt_text(9)?,
            took: r.opt_int(10)?,
            excerpt: None,
        };
        Ok(Logged { delivery, sealed: r.opt_blob(11)? })
    })
    .await
}

/// Forgets what was or would be told about a person, answers included.
pub(super) async fn forget(tx: &mut Tx, subject: SubjectNo) -> Result<(), StoreError> {
    tx.exec(&FORGET, args![subject]).await.map(drop)
}

/// Deletes what is over, and gives up what waits, of events before `before`.
pub(super) async fn sweep(tx: &mut Tx, before: Micros, problem: &str) -> Result<(), StoreError> {
    tx.exec(&SWEEP, args![before]).await?;
    tx.exec(&EXPIRE, args![before, problem]).await.map(drop)
}
