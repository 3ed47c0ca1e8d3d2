//! The SQL of hits: what happened to made-up people.

use super::hits::{HitKind, Stored};
use waxwing_domain::{Ctx, InboundId, MarkId, Micros};
use waxwing_store::{Row, StoreError, Tx, args, statement};

statement! { INSERT,
"INSERT INTO canaries_hits (workspace_id, id, mark, number, kind, at, message, sealed)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8)" }
statement! { COUNT,
"UPDATE canaries_marks SET hits = hits + 1, first_hit_at = COALESCE(first_hit_at, $3), last_hit_at = $3
     WHERE workspace_id = $1 AND id = $2" }
statement! { OF_MARK,
"SELECT id, kind, at, sealed FROM canaries_hits WHERE workspace_id = $1 AND mark = $2 ORDER BY id DESC LIMIT $3" }
statement! { KINDS,
"SELECT kind, COUNT(*) FROM canaries_hits WHERE workspace_id = $1 AND mark = $2 GROUP BY kind ORDER BY kind" }

/// Counts a hit of a mark.
pub(super) async fn count(tx: &mut Tx, mark: MarkId, at: Micros) -> Result<(), StoreError> {
    tx.exec(&COUNT, args![mark, at]).await.map(drop)
}

/// Writes a hit down.
pub(super) async fn insert(
    tx: &mut Tx,
    ctx: &Ctx,
    id: i64,
    (mark, number, kind): (MarkId, u32, HitKind),
    message: Option<InboundId>,
    sealed: Vec<u8>,
) -> Result<(), StoreError> {
    let row = args![id, mark, i64::from(number), kind.as_str(), ctx.now(), message, sealed];
    tx.exec(&INSERT, row).await.map(drop)
}

/// The newest hits of a mark.
pub(super) async fn of_mark(tx: &mut Tx, mark: MarkId, limit: i64) -> Result<Vec<Stored>, StoreError> {
    let read = |r: &Row<'_>| {
        Ok(Stored { id: r.int(0)?, kind: r.word(1, HitKind::parse)?, at: r.time(2)?, sealed: r.blob(3)? })
    };
    tx.all(&OF_MARK, args![mark, limit], read).await
}

/// How many hits of each kind a mark had, as far as they were written down one by one.
pub(super) async fn kinds(tx: &mut Tx, mark: MarkId) -> Result<Vec<(HitKind, i64)>, StoreError> {
    tx.all(&KINDS, args![mark], |r| Ok((r.word(0, HitKind::parse)?, r.int(1)?))).await
}
