//! SQL of erasures.

use super::Certificate;
use waxwing_domain::SubjectNo;
use waxwing_store::{StoreError, Tx, args, statement};

statement! { INSERT, "INSERT INTO erasures (workspace_id, subject, erased_at, epoch) VALUES ($1, $2, $3, $4)" }
statement! { BY_SUBJECT, "SELECT subject, erased_at, epoch FROM erasures WHERE workspace_id = $1 AND subject = $2" }

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
