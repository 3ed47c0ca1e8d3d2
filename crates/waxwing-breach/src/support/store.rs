//! The SQL of messages to support.

use super::{Message, State};
use crate::status::Verdict;
use waxwing_domain::{Ctx, IncidentId, Micros, SupportId};
use waxwing_store::{Row, StoreError, Tx, args, statement};

statement! { INSERT,
"INSERT INTO support_messages (id, workspace_id, incident_id, tag, state, verdict, received_at, due_at, sealed)
     VALUES ($2, $1, $3, $4, 'new', $5, $6, $7, $8)" }
statement! { RECENT,
"SELECT COUNT(*) FROM support_messages WHERE workspace_id = $1 AND tag = $2 AND received_at > $3" }
statement! { OF_CASE,
"SELECT id, incident_id, state, verdict, received_at, due_at, ended_at FROM support_messages
     WHERE workspace_id = $1 AND incident_id = $2 AND id < $3 ORDER BY id DESC LIMIT $4" }
statement! { BY_ID,
"SELECT id, incident_id, state, verdict, received_at, due_at, ended_at, sealed FROM support_messages
     WHERE workspace_id = $1 AND id = $2 AND incident_id = $3" }
statement! { SET_STATE,
"UPDATE support_messages SET state = $3, ended_at = COALESCE(ended_at, $4)
     WHERE workspace_id = $1 AND id = $2 AND state <> 'closed'" }
statement! { ADD_ANSWER,
"INSERT INTO support_answers (workspace_id, message_id, number, at, written_by, sealed)
     VALUES ($1, $2,
       (SELECT COALESCE(MAX(number), 0) + 1 FROM support_answers WHERE workspace_id = $1 AND message_id = $2),
       $3, $4, $5)" }
statement! { ANSWERS,
"SELECT at, sealed FROM support_answers WHERE workspace_id = $1 AND message_id = $2 ORDER BY number" }
statement! { ANSWERED_SINCE,
"SELECT COUNT(*), COUNT(CASE WHEN written_by = $2 THEN 1 END) FROM support_answers WHERE workspace_id = $1 AND at > $3" }
statement! { FORGET_ANSWERS,
"DELETE FROM support_answers WHERE workspace_id = $1 AND message_id IN
   (SELECT id FROM support_messages WHERE workspace_id = $1 AND tag = $2)" }
statement! { FORGET, "DELETE FROM support_messages WHERE workspace_id = $1 AND tag = $2" }

fn message(r: &Row<'_>) -> Result<Message, StoreError> {
    let verdict = match r.opt_text(3)? {
        None => None,
        Some(_) => Some(r.word(3, Verdict::parse)?),
    };
    Ok(Message {
        id: SupportId::from_i64(r.int(0)?),
        case: IncidentId::from_i64(r.int(1)?),
        state: r.word(2, State::parse)?,
        verdict,
        received_at: r.time(4)?,
        due_at: r.time(5)?,
        ended_at: r.opt_time(6)?,
    })
}

pub(super) async fn insert(tx: &mut Tx, new: &Message, tag: [u8; 16], sealed: Vec<u8>) -> Result<(), StoreError> {
    let verdict = new.verdict.map(Verdict::as_str);
    let row = args![new.id, new.case, tag.to_vec(), verdict, new.received_at, new.due_at, sealed];
    tx.exec(&INSERT, row).await.map(drop)
}

/// How many messages came from an address since.
pub(super) async fn recent(tx: &mut Tx, tag: &[u8; 16], since: Micros) -> Result<i64, StoreError> {
    tx.one(&RECENT, args![tag.to_vec(), since], |r| r.int(0)).await
}

pub(super) async fn of_case(
    tx: &mut Tx,
    case: IncidentId,
    before: i64,
    limit: i64,
) -> Result<Vec<Message>, StoreError> {
    tx.all(&OF_CASE, args![case, before, limit], message).await
}

pub(super) async fn by_id(
    tx: &mut Tx,
    case: IncidentId,
    id: SupportId,
) -> Result<Option<(Message, Vec<u8>)>, StoreError> {
    tx.optional(&BY_ID, args![id, case], |r| Ok((message(r)?, r.blob(7)?))).await
}

/// Whether it was not closed.
pub(super) async fn set_state(tx: &mut Tx, id: SupportId, state: State, now: Micros) -> Result<bool, StoreError> {
    Ok(tx.exec(&SET_STATE, args![id, state.as_str(), now]).await? == 1)
}

pub(super) async fn add_answer(tx: &mut Tx, ctx: &Ctx, id: SupportId, sealed: Vec<u8>) -> Result<(), StoreError> {
    let (_, by, _) = ctx.actor.to_columns();
    tx.exec(&ADD_ANSWER, args![id, ctx.now(), by, sealed]).await.map(drop)
}

pub(super) async fn answers(tx: &mut Tx, id: SupportId) -> Result<Vec<(Micros, Vec<u8>)>, StoreError> {
    tx.all(&ANSWERS, args![id], |r| Ok((r.time(0)?, r.blob(1)?))).await
}

/// How many answers left since, and how many of them are whoever acts'.
pub(super) async fn answered_since(tx: &mut Tx, ctx: &Ctx, since: Micros) -> Result<(i64, i64), StoreError> {
    let (_, by, _) = ctx.actor.to_columns();
    tx.one(&ANSWERED_SINCE, args![by, since], |r| Ok((r.int(0)?, r.int(1)?))).await
}

/// Deletes what somebody wrote and was answered, by the tag of their address.
pub(super) async fn forget(tx: &mut Tx, tag: &[u8; 16]) -> Result<(), StoreError> {
    tx.exec(&FORGET_ANSWERS, args![tag.to_vec()]).await?;
    tx.exec(&FORGET, args![tag.to_vec()]).await.map(drop)
}
