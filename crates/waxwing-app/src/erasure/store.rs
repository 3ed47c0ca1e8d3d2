//! SQL of erasures.

use super::{Certificate, Waiting};
use waxwing_domain::{Actor, Micros, SubjectNo};
use waxwing_store::{RoaringBitmap, Row, StoreError, Tx, args, statement};

statement! { INSERT, "INSERT INTO erasures (workspace_id, subject, erased_at, epoch) VALUES ($1, $2, $3, $4)" }
statement! { BY_SUBJECT, "SELECT subject, erased_at, epoch FROM erasures WHERE workspace_id = $1 AND subject = $2" }
statement! { SINCE, "SELECT subject FROM erasures WHERE workspace_id = $1 AND erased_at >= $2 ORDER BY subject" }
statement! { QUEUE,
"INSERT INTO erasures_held (workspace_id, subject, asked_at, asked_kind, asked_a, asked_b)
 VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (workspace_id, subject) DO NOTHING" }
statement! { HELD,
"SELECT subject, asked_at, asked_kind, asked_a, asked_b FROM erasures_held WHERE workspace_id = $1 AND subject = $2" }
statement! { ALL_HELD,
"SELECT subject, asked_at, asked_kind, asked_a, asked_b FROM erasures_held
 WHERE workspace_id = $1 AND subject > $2 ORDER BY subject LIMIT $3" }
statement! { NO_LONGER_HELD, "DELETE FROM erasures_held WHERE workspace_id = $1 AND subject = $2" }
statement! { BITMAPS,
"SELECT entry_id, part, bitmap FROM record_subjects
 WHERE workspace_id = $1 AND (entry_id > $2 OR (entry_id = $2 AND part > $3)) ORDER BY entry_id, part LIMIT $4" }
statement! { DELETE_BODIES, "DELETE FROM record_bodies WHERE workspace_id = $1 AND entry_id IN [$2]" }

pub(super) async fn insert(tx: &mut Tx, c: &Certificate) -> Result<(), StoreError> {
    tx.exec(&INSERT, args![c.subject, c.erased_at, c.epoch]).await.map(drop)
}

pub(super) async fn by_subject(tx: &mut Tx, subject: SubjectNo) -> Result<Option<Certificate>, StoreError> {
    tx.optional(&BY_SUBJECT, args![subject], |r| {
        let epoch = u32::try_from(r.int(2)?).map_err(|_| StoreError::Damaged("an epoch out of range".into()))?;
        Ok(Certificate { subject: r.subject(0)?, erased_at: r.time(1)?, epoch })
    })
    .await
}

/// Keeps that somebody is to be erased; who waits already goes on waiting.
pub(super) async fn queue(tx: &mut Tx, new: &Waiting) -> Result<(), StoreError> {
    let (kind, a, b) = new.asked.to_columns();
    tx.exec(&QUEUE, args![new.subject, new.asked_at, kind, a, b]).await.map(drop)
}

pub(super) async fn held(tx: &mut Tx, subject: SubjectNo) -> Result<Option<Waiting>, StoreError> {
    tx.optional(&HELD, args![subject], waiting).await
}

/// Who waits, after this number, in order.
pub(super) async fn all_held(tx: &mut Tx, after: SubjectNo, limit: i64) -> Result<Vec<Waiting>, StoreError> {
    tx.all(&ALL_HELD, args![after, limit], waiting).await
}

pub(super) async fn no_longer_held(tx: &mut Tx, subject: SubjectNo) -> Result<(), StoreError> {
    tx.exec(&NO_LONGER_HELD, args![subject]).await.map(drop)
}

fn waiting(r: &Row<'_>) -> Result<Waiting, StoreError> {
    let asked = Actor::from_columns(&r.text(2)?, r.int(3)?, r.int(4)?);
    Ok(Waiting { subject: r.subject(0)?, asked_at: r.time(1)?, asked })
}

/// The numbers of those who were erased at `since` or later.
pub(super) async fn since(tx: &mut Tx, since: Micros) -> Result<RoaringBitmap, StoreError> {
    let numbers = tx.all(&SINCE, args![since], |r| r.subject(0)).await?;
    Ok(numbers.into_iter().map(SubjectNo::get).collect())
}

/// Who is named by one part of an entry.
pub(super) struct Named {
    pub(super) entry: i64,
    pub(super) part: i64,
    pub(super) bitmap: Vec<u8>,
}

/// Parts of entries after this one, in order.
pub(super) async fn bitmaps(tx: &mut Tx, (entry, part): (i64, i64), limit: i64) -> Result<Vec<Named>, StoreError> {
    tx.all(&BITMAPS, args![entry, part, limit], |r| Ok(Named { entry: r.int(0)?, part: r.int(1)?, bitmap: r.blob(2)? }))
        .await
}

pub(super) async fn delete_bodies(tx: &mut Tx, entries: Vec<i64>) -> Result<u64, StoreError> {
    tx.exec(&DELETE_BODIES, args![entries]).await
}
