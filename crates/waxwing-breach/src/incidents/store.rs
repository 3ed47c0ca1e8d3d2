//! The SQL of cases.

use super::case::{Aware, Incident, Losses};
use super::life::NewCase;
use super::members::MemberRef;
use super::words::{CauseKind, Outcome, Severity, Status};
use waxwing_domain::{AccountId, Actor, AlertId, Ctx, IncidentId, Micros};
use waxwing_store::{Row, StoreError, Tx, args, statement};

/// Cases that are listed for who may join them, at most.
const OTHERS: i64 = 200;

statement! { INSERT,
"INSERT INTO incidents (id, workspace_id, codename, status, confidentiality, integrity, availability, severity,
       summary, alert, suspected_at, opened_at, opened_kind, opened_by)
     VALUES ($2, $1, $3, 'suspicion', $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)" }
statement! { NAMED, "SELECT COUNT(*) FROM incidents WHERE workspace_id = $1 AND codename = $2" }
statement! { ONE,
"SELECT id, codename, status, confidentiality, integrity, availability, severity, alert, suspected_at, opened_at,
       opened_kind, opened_by, aware_at, aware_by, aware_said_at, contained_at, ended_at, outcome, cause,
       summary, ending, cause_text, controls, window_from, window_until, update_every, update_due, training
     FROM incidents WHERE workspace_id = $1 AND id = $2" }
statement! { PAGE,
"SELECT id, codename, status, confidentiality, integrity, availability, severity, alert, suspected_at, opened_at,
       opened_kind, opened_by, aware_at, aware_by, aware_said_at, contained_at, ended_at, outcome, cause,
       summary, ending, cause_text, controls, window_from, window_until, update_every, update_due, training
     FROM incidents WHERE workspace_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3" }
statement! { PAGE_OF,
"SELECT i.id, i.codename, i.status, i.confidentiality, i.integrity, i.availability, i.severity, i.alert,
       i.suspected_at, i.opened_at, i.opened_kind, i.opened_by, i.aware_at, i.aware_by, i.aware_said_at,
       i.contained_at, i.ended_at, i.outcome, i.cause, i.summary, i.ending, i.cause_text, i.controls,
       i.window_from, i.window_until, i.update_every, i.update_due, i.training
     FROM incidents i JOIN incident_members m ON m.workspace_id = i.workspace_id AND m.incident_id = i.id
     WHERE i.workspace_id = $1 AND i.id < $2 AND m.kind = $3 AND m.principal = $4 AND m.left_at IS NULL
     ORDER BY i.id DESC LIMIT $5" }
statement! { OTHERS_OF,
"SELECT id, codename, status, confidentiality, integrity, availability, severity, alert, suspected_at, opened_at,
       opened_kind, opened_by, aware_at, aware_by, aware_said_at, contained_at, ended_at, outcome, cause,
       summary, ending, cause_text, controls, window_from, window_until, update_every, update_due, training
     FROM incidents i WHERE i.workspace_id = $1 AND NOT EXISTS (
       SELECT 1 FROM incident_members m WHERE m.workspace_id = i.workspace_id AND m.incident_id = i.id
         AND m.kind = $2 AND m.principal = $3 AND m.left_at IS NULL)
     ORDER BY i.id DESC LIMIT $4" }
statement! { CLASSIFY,
"UPDATE incidents SET confidentiality = $3, integrity = $4, availability = $5, severity = $6
     WHERE workspace_id = $1 AND id = $2" }
statement! { CONFIRM,
"UPDATE incidents SET status = $3, aware_at = $4, aware_by = $5, aware_said_at = $6 WHERE workspace_id = $1 AND id = $2" }
statement! { CONTAIN, "UPDATE incidents SET status = $3, contained_at = $4 WHERE workspace_id = $1 AND id = $2" }
statement! { END,
"UPDATE incidents SET status = $3, ended_at = $4, outcome = $5, ending = $6 WHERE workspace_id = $1 AND id = $2" }
statement! { CAUSE,
"UPDATE incidents SET cause = $3, cause_text = $4, controls = $5 WHERE workspace_id = $1 AND id = $2" }

pub(super) async fn insert(
    tx: &mut Tx,
    ctx: &Ctx,
    id: IncidentId,
    codename: &str,
    new: &NewCase,
    summary: Vec<u8>,
) -> Result<(), StoreError> {
    let (kind, principal, _) = ctx.actor.to_columns();
    let lost = new.losses;
    let row = args![
        id,
        codename,
        i64::from(lost.confidentiality),
        i64::from(lost.integrity),
        i64::from(lost.availability),
        new.severity.as_str(),
        summary,
        new.alert,
        new.suspected_at,
        ctx.now(),
        kind,
        principal
    ];
    tx.exec(&INSERT, row).await.map(drop)
}

pub(super) async fn is_named(tx: &mut Tx, codename: &str) -> Result<bool, StoreError> {
    Ok(tx.one(&NAMED, args![codename], |r| r.int(0)).await? > 0)
}

fn read(r: &Row<'_>) -> Result<Incident, StoreError> {
    Ok(Incident {
        id: IncidentId::from_i64(r.int(0)?),
        codename: r.text(1)?,
        status: r.word(2, Status::parse)?,
        losses: Losses { confidentiality: r.flag(3)?, integrity: r.flag(4)?, availability: r.flag(5)? },
        severity: r.word(6, Severity::parse)?,
        alert: r.opt_int(7)?.map(AlertId::from_i64),
        suspected_at: r.time(8)?,
        opened_at: r.time(9)?,
        opened_by: Actor::from_columns(&r.text(10)?, r.int(11)?, 0),
        aware: aware(r)?,
        contained_at: r.opt_time(15)?,
        ended_at: r.opt_time(16)?,
        outcome: word(r.opt_text(17)?, Outcome::parse)?,
        cause: word(r.opt_text(18)?, CauseKind::parse)?,
        summary: r.blob(19)?,
        ending: r.opt_blob(20)?,
        cause_text: r.opt_blob(21)?,
        controls: r.opt_text(22)?,
        window_from: r.opt_time(23)?,
        window_until: r.opt_time(24)?,
        update_every: r.opt_int(25)?,
        update_due: r.opt_time(26)?,
        training: r.opt_blob(27)?,
    })
}

fn aware(r: &Row<'_>) -> Result<Option<Aware>, StoreError> {
    let parts = (r.opt_time(12)?, r.opt_int(13)?, r.opt_time(14)?);
    Ok(match parts {
        (Some(at), Some(by), Some(said_at)) => Some(Aware { at, by: AccountId::from_i64(by), said_at }),
        _ => None,
    })
}

fn word<T>(text: Option<String>, parse: fn(&str) -> Option<T>) -> Result<Option<T>, StoreError> {
    let known = |text: String| parse(&text).ok_or_else(|| StoreError::Damaged("a word of a case".into()));
    text.map(known).transpose()
}

pub(super) async fn by_id(tx: &mut Tx, id: IncidentId) -> Result<Option<Incident>, StoreError> {
    tx.optional(&ONE, args![id], read).await
}

pub(super) async fn page(tx: &mut Tx, before: i64, limit: i64) -> Result<Vec<Incident>, StoreError> {
    tx.all(&PAGE, args![before, limit], read).await
}

pub(super) async fn page_of(tx: &mut Tx, who: MemberRef, before: i64, limit: i64) -> Result<Vec<Incident>, StoreError> {
    tx.all(&PAGE_OF, args![before, who.kind, who.principal, limit], read).await
}

pub(super) async fn others(tx: &mut Tx, who: MemberRef) -> Result<Vec<Incident>, StoreError> {
    tx.all(&OTHERS_OF, args![who.kind, who.principal, OTHERS], read).await
}

pub(super) async fn classify(tx: &mut Tx, id: IncidentId, lost: Losses, severity: Severity) -> Result<(), StoreError> {
    let flags = [lost.confidentiality, lost.integrity, lost.availability].map(i64::from);
    tx.exec(&CLASSIFY, args![id, flags[0], flags[1], flags[2], severity.as_str()]).await.map(drop)
}

pub(super) async fn confirm(tx: &mut Tx, id: IncidentId, status: Status, aware: Aware) -> Result<(), StoreError> {
    tx.exec(&CONFIRM, args![id, status.as_str(), aware.at, aware.by, aware.said_at]).await.map(drop)
}

pub(super) async fn contain(tx: &mut Tx, id: IncidentId, status: Status, at: Micros) -> Result<(), StoreError> {
    tx.exec(&CONTAIN, args![id, status.as_str(), at]).await.map(drop)
}

pub(super) async fn end(
    tx: &mut Tx,
    id: IncidentId,
    status: Status,
    (at, outcome): (Micros, Outcome),
    why: Vec<u8>,
) -> Result<(), StoreError> {
    tx.exec(&END, args![id, status.as_str(), at, outcome.as_str(), why]).await.map(drop)
}

pub(super) async fn cause(
    tx: &mut Tx,
    id: IncidentId,
    cause: CauseKind,
    text: Vec<u8>,
    controls: String,
) -> Result<(), StoreError> {
    tx.exec(&CAUSE, args![id, cause.as_str(), text, controls]).await.map(drop)
}
