//! The SQL of legal holds.

use super::{Extent, Hold};
use waxwing_domain::{Actor, HoldId, Micros, SubjectNo};
use waxwing_store::{Row, StoreError, Tx, args, statement};

// How the system is set, kept when something is contained.
crate::kept! { OPEN_HOLDS, "holds" (id: Int, subject: Int, reason: Text, by_kind: Text, by_a: Int, since: Int), where "released_at IS NULL" }
statement! { INSERT,
"INSERT INTO holds (id, workspace_id, subject, reason, by_kind, by_a, by_b, since)
 VALUES ($2, $1, $3, $4, $5, $6, $7, $8)" }
statement! { NEWEST,
"SELECT id, subject, reason, by_kind, by_a, by_b, since, released_kind, released_a, released_b, released_at
 FROM holds WHERE workspace_id = $1 AND (released_at IS NULL OR id IN (
   SELECT id FROM holds WHERE workspace_id = $1 AND released_at IS NOT NULL ORDER BY id DESC LIMIT 20))
 ORDER BY id DESC" }
statement! { BY_ID,
"SELECT id, subject, reason, by_kind, by_a, by_b, since, released_kind, released_a, released_b, released_at
 FROM holds WHERE workspace_id = $1 AND id = $2" }
statement! { RELEASE,
"UPDATE holds SET released_kind = $3, released_a = $4, released_b = $5, released_at = $6
 WHERE workspace_id = $1 AND id = $2 AND released_at IS NULL" }
statement! { OVER,
"SELECT MIN(since) FROM holds
 WHERE workspace_id = $1 AND released_at IS NULL AND (subject IS NULL OR subject = $2)" }
statement! { IS_THERE, "SELECT COUNT(*) FROM subscribers WHERE workspace_id = $1 AND subject = $2" }

pub(super) async fn insert(tx: &mut Tx, new: &Hold) -> Result<(), StoreError> {
    let (kind, a, b) = new.by.to_columns();
    let subject = match new.extent {
        Extent::Workspace => None,
        Extent::Person(subject) => Some(subject.as_i64()),
    };
    tx.exec(&INSERT, args![new.id, subject, &new.reason, kind, a, b, new.since]).await.map(drop)
}

pub(super) async fn newest(tx: &mut Tx) -> Result<Vec<Hold>, StoreError> {
    tx.all(&NEWEST, args![], read).await
}

pub(super) async fn by_id(tx: &mut Tx, id: HoldId) -> Result<Option<Hold>, StoreError> {
    tx.optional(&BY_ID, args![id], read).await
}

pub(super) async fn release(tx: &mut Tx, id: HoldId, by: Actor, at: Micros) -> Result<(), StoreError> {
    let (kind, a, b) = by.to_columns();
    tx.exec(&RELEASE, args![id, kind, a, b, at]).await.map(drop)
}

/// Since when the oldest open hold covers this person.
pub(super) async fn over(tx: &mut Tx, subject: SubjectNo) -> Result<Option<Micros>, StoreError> {
    tx.one(&OVER, args![subject], |r| r.opt_time(0)).await
}

pub(super) async fn is_there(tx: &mut Tx, subject: SubjectNo) -> Result<bool, StoreError> {
    Ok(tx.one(&IS_THERE, args![subject], |r| r.int(0)).await? == 1)
}

fn read(r: &Row<'_>) -> Result<Hold, StoreError> {
    let subject = r.opt_int(1)?.map(|number| {
        u32::try_from(number).map(SubjectNo::new).map_err(|_| StoreError::Damaged("a hold over nobody".into()))
    });
    let released = match (r.opt_text(7)?, r.opt_int(8)?, r.opt_int(9)?, r.opt_time(10)?) {
        (Some(kind), Some(a), Some(b), Some(at)) => Some((Actor::from_columns(&kind, a, b), at)),
        _ => None,
    };
    Ok(Hold {
        id: HoldId::from_i64(r.int(0)?),
        extent: subject.transpose()?.map_or(Extent::Workspace, Extent::Person),
        reason: r.text(2)?,
        by: Actor::from_columns(&r.text(3)?, r.int(4)?, r.int(5)?),
        since: r.time(6)?,
        released,
    })
}
