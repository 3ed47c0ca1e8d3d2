//! Sealed details of the record that are about an erased person alone.
//!
//! An entry names people in a bitmap beside it. Where that bitmap names this person and nobody
//! else, the entry's details go; the leaf keeps their salted commitment, so every hash stays
//! valid. Limit: details of an entry about many people stay; features keep them to counts.

use super::store;
use crate::App;
use waxwing_domain::SubjectNo;
use waxwing_store::{JobContext, JobError, RoaringBitmap};

/// Bitmaps a step.
const STEP: i64 = 500;

/// Walks the bitmaps of the record. Reading goes on beside the writer; only deletions take it.
pub(super) async fn forget_record(app: &App, job: JobContext) -> Result<(), JobError> {
    let subject: SubjectNo = job.job.id_of("subject")?;
    let mut after = (0, -1);
    loop {
        if job.stopping() {
            return Err(job.interrupted());
        }
        let mut tx = app.read(&job.ctx, "erasure.record").await?;
        let rows = store::bitmaps(&mut tx, after, STEP).await?;
        drop(tx);
        let Some(last) = rows.last() else { return Ok(()) };
        after = (last.entry, last.part);
        let alone: Vec<i64> = rows.iter().filter(|row| is_alone(&row.bitmap, subject)).map(|row| row.entry).collect();
        if !alone.is_empty() {
            let mut tx = app.begin(&job.ctx, "erasure.record").await?;
            job.fence(&mut tx).await?;
            store::delete_bodies(&mut tx, alone).await?;
            tx.commit().await?;
        }
    }
}

/// An unreadable bitmap is nobody's: the record's own check reports it.
fn is_alone(bitmap: &[u8], subject: SubjectNo) -> bool {
    RoaringBitmap::deserialize_from(bitmap).is_ok_and(|people| people.len() == 1 && people.contains(subject.get()))
}
