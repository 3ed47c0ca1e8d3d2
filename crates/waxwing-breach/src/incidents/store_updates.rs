//! The SQL of updates, contacts and findings.

use super::contacts::Contact;
use super::findings::{Finding, FindingState};
use super::updates::Update;
use waxwing_domain::{AccountId, Actor, CasePartId, Ctx, IncidentId, Micros};
use waxwing_store::{StoreError, Tx, args, statement};

statement! { INSERT_UPDATE,
"INSERT INTO incident_updates (id, workspace_id, incident_id, at, author_kind, author, mailed, sealed)
     VALUES ($2, $1, $3, $4, $5, $6, $7, $8)" }
statement! { UPDATES,
"SELECT id, at, author_kind, author, mailed, sealed FROM incident_updates
     WHERE workspace_id = $1 AND incident_id = $2 ORDER BY id DESC" }
statement! { DUE, "UPDATE incidents SET update_due = $3, update_told = NULL WHERE workspace_id = $1 AND id = $2" }
statement! { CADENCE,
"UPDATE incidents SET update_every = $3, update_due = $4, update_told = NULL WHERE workspace_id = $1 AND id = $2" }
statement! { OVERDUE,
"SELECT id FROM incidents WHERE workspace_id = $1 AND ended_at IS NULL AND update_due < $2
     AND (update_told IS NULL OR update_told < update_due) ORDER BY id LIMIT 100" }
statement! { TOLD, "UPDATE incidents SET update_told = update_due WHERE workspace_id = $1 AND id = $2" }
statement! { TRAINING, "UPDATE incidents SET training = $3 WHERE workspace_id = $1 AND id = $2" }
statement! { INSERT_CONTACT,
"INSERT INTO incident_contacts (id, workspace_id, incident_id, noted_at, sealed) VALUES ($2, $1, $3, $4, $5)" }
statement! { CONTACTS,
"SELECT id, noted_at, sealed FROM incident_contacts WHERE workspace_id = $1 AND incident_id = $2 ORDER BY id" }
statement! { REMOVE_CONTACT,
"DELETE FROM incident_contacts WHERE workspace_id = $1 AND incident_id = $2 AND id = $3" }
statement! { INSERT_FINDING,
"INSERT INTO incident_findings (id, workspace_id, incident_id, owner, due_at, state, noted_at, sealed)
     VALUES ($2, $1, $3, $4, $5, 'open', $6, $7)" }
statement! { FINDINGS,
"SELECT id, owner, due_at, state, noted_at, done_at, retested_at, sealed, proof FROM incident_findings
     WHERE workspace_id = $1 AND incident_id = $2 ORDER BY due_at, id" }
statement! { HELD,
"SELECT id, retested_at FROM incident_findings WHERE workspace_id = $1 AND state = 'held' AND id IN [$2]
     AND retested_at IS NOT NULL" }
statement! { END_FINDING,
"UPDATE incident_findings SET state = $4, proof = $5, done_at = COALESCE(done_at, $6), retested_at = $7
     WHERE workspace_id = $1 AND incident_id = $2 AND id = $3 AND state = $8" }

pub(super) async fn insert(
    tx: &mut Tx,
    ctx: &Ctx,
    case: IncidentId,
    id: CasePartId,
    mailed: usize,
    sealed: Vec<u8>,
) -> Result<(), StoreError> {
    let (kind, principal, _) = ctx.actor.to_columns();
    let mailed = i64::try_from(mailed).unwrap_or(i64::MAX);
    tx.exec(&INSERT_UPDATE, args![id, case, ctx.now(), kind, principal, mailed, sealed]).await.map(drop)
}

pub(super) async fn all(tx: &mut Tx, case: IncidentId) -> Result<Vec<(Update, Vec<u8>)>, StoreError> {
    tx.all(&UPDATES, args![case], |r| {
        let update = Update {
            id: CasePartId::from_i64(r.int(0)?),
            at: r.time(1)?,
            author: Actor::from_columns(&r.text(2)?, r.int(3)?, 0),
            mailed: r.int(4)?,
            text: String::new(),
        };
        Ok((update, r.blob(5)?))
    })
    .await
}

pub(super) async fn due(tx: &mut Tx, case: IncidentId, at: Micros) -> Result<(), StoreError> {
    tx.exec(&DUE, args![case, at]).await.map(drop)
}

pub(super) async fn cadence(
    tx: &mut Tx,
    case: IncidentId,
    every: Option<i64>,
    due: Option<Micros>,
) -> Result<(), StoreError> {
    tx.exec(&CADENCE, args![case, every, due]).await.map(drop)
}

/// Open cases whose update is overdue and was not reminded of.
pub(super) async fn overdue(tx: &mut Tx, now: Micros) -> Result<Vec<IncidentId>, StoreError> {
    tx.all(&OVERDUE, args![now], |r| r.int(0).map(IncidentId::from_i64)).await
}

pub(super) async fn told(tx: &mut Tx, case: IncidentId) -> Result<(), StoreError> {
    tx.exec(&TOLD, args![case]).await.map(drop)
}

pub(super) async fn training(tx: &mut Tx, case: IncidentId, sealed: Vec<u8>) -> Result<(), StoreError> {
    tx.exec(&TRAINING, args![case, sealed]).await.map(drop)
}

pub(super) async fn add_contact(
    tx: &mut Tx,
    ctx: &Ctx,
    case: IncidentId,
    id: CasePartId,
    sealed: Vec<u8>,
) -> Result<(), StoreError> {
    tx.exec(&INSERT_CONTACT, args![id, case, ctx.now(), sealed]).await.map(drop)
}

pub(super) async fn contacts(tx: &mut Tx, case: IncidentId) -> Result<Vec<(Contact, Vec<u8>)>, StoreError> {
    tx.all(&CONTACTS, args![case], |r| {
        let (id, noted_at, empty) = (CasePartId::from_i64(r.int(0)?), r.time(1)?, String::new);
        let contact = Contact { id, noted_at, name: empty(), role: empty(), phone: empty(), note: empty() };
        Ok((contact, r.blob(2)?))
    })
    .await
}

pub(super) async fn remove_contact(tx: &mut Tx, case: IncidentId, id: CasePartId) -> Result<bool, StoreError> {
    Ok(tx.exec(&REMOVE_CONTACT, args![case, id]).await? == 1)
}

pub(super) async fn add_finding(
    tx: &mut Tx,
    ctx: &Ctx,
    case: IncidentId,
    id: CasePartId,
    (owner, due_at): (Option<AccountId>, Micros),
    sealed: Vec<u8>,
) -> Result<(), StoreError> {
    tx.exec(&INSERT_FINDING, args![id, case, owner, due_at, ctx.now(), sealed]).await.map(drop)
}

/// A finding with its sealed words and its sealed proof.
type Sealed = (Finding, Vec<u8>, Option<Vec<u8>>);

pub(super) async fn findings(tx: &mut Tx, case: IncidentId) -> Result<Vec<Sealed>, StoreError> {
    tx.all(&FINDINGS, args![case], |r| {
        let finding = Finding {
            id: CasePartId::from_i64(r.int(0)?),
            owner: r.opt_int(1)?.map(AccountId::from_i64),
            due_at: r.time(2)?,
            state: r.word(3, FindingState::parse)?,
            noted_at: r.time(4)?,
            done_at: r.opt_time(5)?,
            retested_at: r.opt_time(6)?,
            text: String::new(),
            proof: String::new(),
        };
        Ok((finding, r.blob(7)?, r.opt_blob(8)?))
    })
    .await
}

/// Whether the finding was in the state `from`.
pub(super) async fn held(tx: &mut Tx, findings: Vec<CasePartId>) -> Result<Vec<(CasePartId, Micros)>, StoreError> {
    let findings: Vec<i64> = findings.into_iter().map(CasePartId::as_i64).collect();
    tx.all(&HELD, args![findings], |r| Ok((CasePartId::from_i64(r.int(0)?), r.time(1)?))).await
}

pub(super) async fn end_finding(
    tx: &mut Tx,
    ctx: &Ctx,
    case: IncidentId,
    (id, from, to): (CasePartId, FindingState, FindingState),
    proof: Vec<u8>,
) -> Result<bool, StoreError> {
    let retested = (from == FindingState::Done).then(|| ctx.now());
    let row = args![case, id, to.as_str(), proof, ctx.now(), retested, from.as_str()];
    Ok(tx.exec(&END_FINDING, row).await? == 1)
}
