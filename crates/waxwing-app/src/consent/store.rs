//! SQL of the evidence.

use super::{Consent, ConsentKind, NewConsent};
use waxwing_domain::{ConsentId, ListId, Micros, SubjectNo};
use waxwing_store::{Row, StoreError, Tx, args, statement};

statement! { INSERT,
"INSERT INTO consents (id, workspace_id, kind, statement, wording_version, list_id, subject, requested_at,
       confirmed_at, sealed, created_at)
     VALUES ($2, $1, $3, $4, $5, $6, $7, $8, $9, $10, $11)" }
statement! { BY_IDS,
"SELECT id, kind, statement, wording_version, list_id, subject, requested_at, confirmed_at, created_at,
       CAST(CASE WHEN sealed IS NULL THEN 0 ELSE 1 END AS BIGINT)
     FROM consents WHERE workspace_id = $1 AND id IN [$2]" }
statement! { SEALED, "SELECT sealed, subject FROM consents WHERE workspace_id = $1 AND id = $2 AND sealed IS NOT NULL" }
statement! { FORGET, "DELETE FROM consents WHERE workspace_id = $1 AND subject = $2" }

pub(super) async fn insert(
    tx: &mut Tx,
    id: ConsentId,
    new: &NewConsent,
    sealed: Option<Vec<u8>>,
    now: Micros,
) -> Result<(), StoreError> {
    let row = args![
        id,
        new.kind.as_str(),
        new.statement.trim(),
        new.wording_version,
        new.list,
        new.subject,
        new.requested_at,
        new.confirmed_at,
        sealed,
        now
    ];
    tx.exec(&INSERT, row).await.map(drop)
}

pub(super) async fn by_ids(tx: &mut Tx, ids: Vec<ConsentId>) -> Result<Vec<Consent>, StoreError> {
    let ids: Vec<i64> = ids.into_iter().map(ConsentId::as_i64).collect();
    tx.all(&BY_IDS, args![ids], read).await
}

fn read(r: &Row<'_>) -> Result<Consent, StoreError> {
    Ok(Consent {
        id: ConsentId::from_i64(r.int(0)?),
        kind: r.word(1, ConsentKind::parse)?,
        statement: r.text(2)?,
        wording_version: r.opt_int(3)?,
        list: r.opt_int(4)?.map(ListId::from_i64),
        subject: opt_subject(r, 5)?,
        requested_at: r.opt_time(6)?,
        confirmed_at: r.opt_time(7)?,
        created_at: r.time(8)?,
        has_particulars: r.flag(9)?,
    })
}

fn opt_subject(r: &Row<'_>, column: usize) -> Result<Option<SubjectNo>, StoreError> {
    r.opt_int(column)?.map(|_| r.subject(column)).transpose()
}

/// The sealed particulars, where there are any, and whose they are.
pub(super) async fn sealed(tx: &mut Tx, id: ConsentId) -> Result<Option<(Vec<u8>, Option<SubjectNo>)>, StoreError> {
    tx.optional(&SEALED, args![id], |r| Ok((r.blob(0)?, opt_subject(r, 1)?))).await
}

pub(super) async fn forget(tx: &mut Tx, subject: SubjectNo) -> Result<(), StoreError> {
    tx.exec(&FORGET, args![subject]).await.map(drop)
}
