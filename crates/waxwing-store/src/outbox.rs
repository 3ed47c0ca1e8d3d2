//! System mail: written in the transaction of what it is about, sealed whole, sent by the lane.

use crate::{Store, StoreError, Tx, args, statement};
use serde::{Deserialize, Serialize};
use waxwing_crypto::{Place, TableId};
use waxwing_domain::{Ctx, EmailAddress, FieldId, HeaderText, Micros, OutboxId, SubjectNo, WorkspaceId};

statement! { POST,
"INSERT INTO outbox (id, workspace_id, kind, state, sealed, attempts, next_at, created_at) VALUES ($2, $1, $3, 'ready', $4, 0, $5, $5)" }
statement! { CLAIM,
"UPDATE outbox SET state = 'in_flight', attempts = attempts + 1, next_at = $3
     WHERE workspace_id = $1 AND id IN (
       SELECT id FROM outbox WHERE workspace_id = $1 AND state = 'ready' AND next_at <= $2 ORDER BY next_at LIMIT $4)
     RETURNING id, kind, sealed, attempts" }
statement! { FINISH,
"UPDATE outbox SET state = $3, reason = $4, next_at = $5, finished_at = $6,
       sealed = CASE WHEN $3 = 'ready' THEN sealed ELSE NULL END
     WHERE workspace_id = $1 AND id = $2 AND state = 'in_flight'" }
statement! { STALE,
"UPDATE outbox SET state = 'unknown', reason = 'the process stopped while it was being sent', sealed = NULL, finished_at = $2
 WHERE workspace_id = $1 AND state = 'in_flight' AND next_at < $2" }

/// A piece of system mail to be written.
pub struct SystemMail {
    /// What it is: `signup.confirm`, `login.reset`.
    pub kind: &'static str,
    /// To whom.
    pub to: EmailAddress,
    /// The subject line.
    pub subject: HeaderText,
    /// The text part.
    pub text: String,
    /// The HTML part, where there is one.
    pub html: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct Content {
    to: String,
    subject: String,
    text: String,
    html: Option<String>,
}

/// A piece of system mail that this worker claimed.
pub struct OutboxMail {
    /// Its id.
    pub id: OutboxId,
    /// What it is.
    pub kind: String,
    /// To whom.
    pub to: EmailAddress,
    /// The subject line.
    pub subject: HeaderText,
    /// The text part.
    pub text: String,
    /// The HTML part.
    pub html: Option<String>,
    /// How often it was tried, this time included.
    pub attempts: i64,
}

const fn place(workspace: WorkspaceId, id: i64) -> Place {
    Place {
        workspace,
        table: TableId::OUTBOX,
        field: FieldId::OUTBOX_MAIL,
        row: id,
        subject: SubjectNo::new(0),
        generation: 0,
    }
}

impl Tx {
    /// Puts mail into the outbox; it exists if and only if this transaction commits.
    pub async fn post(&mut self, store: &Store, ctx: &Ctx, mail: SystemMail) -> Result<OutboxId, StoreError> {
        let id = OutboxId::from_i64(ctx.new_id());
        let content =
            Content { to: mail.to.as_str().into(), subject: mail.subject.into(), text: mail.text, html: mail.html };
        let bytes = serde_json::to_vec(&content)
            .map_err(|_| StoreError::Damaged("system mail that cannot be written".into()))?;
        let ring = store.keys().ring();
        let keys = ring.workspace(self.workspace()).map_err(|e| StoreError::Damaged(e.to_string()))?;
        let sealed = keys.seal_secret(&place(self.workspace(), id.as_i64()), &bytes, &*ctx.rng);
        self.exec(&POST, args![id, mail.kind, sealed, ctx.now()]).await?;
        Ok(id)
    }

    /// Claims up to `limit` pieces of mail until `deadline`.
    pub async fn claim_outbox(
        &mut self,
        store: &Store,
        now: Micros,
        deadline: Micros,
        limit: i64,
    ) -> Result<Vec<OutboxMail>, StoreError> {
        let rows = self
            .all(&CLAIM, args![now, deadline, limit], |r| Ok((r.int(0)?, r.text(1)?, r.opt_blob(2)?, r.int(3)?)))
            .await?;
        let workspace = self.workspace();
        rows.into_iter()
            .map(|(id, kind, sealed, attempts)| open(store, workspace, id, kind, sealed, attempts))
            .collect()
    }

    /// Says what became of claimed mail: `sent`, `failed`, `unknown`, or `ready` again at `next_at`.
    /// The content is deleted unless it will be tried again.
    pub async fn finish_outbox(
        &mut self,
        id: OutboxId,
        state: &str,
        reason: Option<&str>,
        next_at: Micros,
        now: Micros,
    ) -> Result<(), StoreError> {
        let finished = (state != "ready").then_some(now);
        self.exec(&FINISH, args![id, state, reason, next_at, finished]).await.map(drop)
    }

    /// Mail that was being sent when its worker stopped is unknown, and is not sent again.
    pub async fn sweep_outbox(&mut self, now: Micros) -> Result<u64, StoreError> {
        self.exec(&STALE, args![now]).await
    }
}

fn open(
    store: &Store,
    workspace: WorkspaceId,
    id: i64,
    kind: String,
    sealed: Option<Vec<u8>>,
    attempts: i64,
) -> Result<OutboxMail, StoreError> {
    let damaged = || StoreError::Damaged(format!("system mail {}", OutboxId::from_i64(id)));
    let ring = store.keys().ring();
    let keys = ring.workspace(workspace).map_err(|e| StoreError::Damaged(e.to_string()))?;
    let bytes = keys.open_secret(&place(workspace, id), &sealed.ok_or_else(damaged)?).map_err(|_| damaged())?;
    let content: Content = serde_json::from_slice(&bytes).map_err(|_| damaged())?;
    Ok(OutboxMail {
        id: OutboxId::from_i64(id),
        kind,
        to: EmailAddress::parse(&content.to).map_err(|_| damaged())?,
        subject: HeaderText::parse(&content.subject).map_err(|_| damaged())?,
        text: content.text,
        html: content.html,
        attempts,
    })
}

crate::sealed! { "outbox"."sealed" by "id", under Secrets,
at |cell| place(cell.workspace, cell.key) }
