//! SQL of the do-not-mail list.

use super::{Kind, Reason, Suppression};
use std::collections::HashSet;
use waxwing_domain::Micros;
use waxwing_store::{StoreError, Tx, args, bulk, statement};

// The pair for the reason given at `subscribers`: thousands of tags are asked for at once.
statement! { AMONG,
sqlite: "SELECT tag, reason FROM suppressions WHERE workspace_id = $1 AND kind = 'email' AND tag IN [blob $2]",
postgres: "SELECT hit.tag, hit.reason FROM UNNEST($2::bytea[]) AS t (tag)
 CROSS JOIN LATERAL (SELECT s.tag, s.reason FROM suppressions s
   WHERE s.workspace_id = $1 AND s.kind = 'email' AND s.tag = t.tag LIMIT 1) AS hit" }
statement! { REASON, "SELECT reason FROM suppressions WHERE workspace_id = $1 AND kind = $2 AND tag = $3" }
statement! { PUT,
"INSERT INTO suppressions (workspace_id, kind, tag, reason, source, at) VALUES ($1, $2, $3, $4, $5, $6)
 ON CONFLICT (workspace_id, kind, tag) DO UPDATE SET reason = excluded.reason, source = excluded.source, at = excluded.at" }
bulk! { PUT_MANY, into "suppressions" (kind: Text, tag: Blob, reason: Text, source: Text, at: Int),
"ON CONFLICT (workspace_id, kind, tag) DO UPDATE SET reason = excluded.reason, source = excluded.source, at = excluded.at" }
statement! { REMOVE, "DELETE FROM suppressions WHERE workspace_id = $1 AND kind = $2 AND tag = $3 AND reason IN [text $4]" }
statement! { COUNTS, "SELECT reason, COUNT(*) FROM suppressions WHERE workspace_id = $1 GROUP BY reason" }
statement! { PAGE,
"SELECT kind, tag, reason, source, at FROM suppressions
 WHERE workspace_id = $1 AND kind = 'email' AND tag > $2 ORDER BY tag LIMIT $3" }

pub(super) async fn among(tx: &mut Tx, tags: Vec<Vec<u8>>) -> Result<Vec<([u8; 16], Reason)>, StoreError> {
    tx.all(&AMONG, args![tags], |r| Ok((r.array(0)?, r.word(1, Reason::parse)?))).await
}

pub(super) async fn reason(tx: &mut Tx, kind: Kind, tag: &[u8; 16]) -> Result<Option<Reason>, StoreError> {
    tx.optional(&REASON, args![kind.as_str(), tag], |r| r.word(0, Reason::parse)).await
}

pub(super) async fn put(
    tx: &mut Tx,
    kind: Kind,
    tag: &[u8; 16],
    reason: Reason,
    source: &str,
    at: Micros,
) -> Result<(), StoreError> {
    tx.exec(&PUT, args![kind.as_str(), tag, reason.as_str(), source, at]).await.map(drop)
}

/// Puts tags of email addresses on the list.
pub(super) async fn put_many(
    tx: &mut Tx,
    tags: &HashSet<[u8; 16]>,
    reason: Reason,
    source: &str,
    at: Micros,
) -> Result<(), StoreError> {
    let row = |tag: &[u8; 16]| args![Kind::Email.as_str(), tag, reason.as_str(), source, at];
    tx.bulk(&PUT_MANY, tags.iter().map(row).collect()).await.map(drop)
}

pub(super) async fn remove(tx: &mut Tx, kind: Kind, tag: &[u8; 16], reasons: &[Reason]) -> Result<bool, StoreError> {
    let reasons: Vec<String> = reasons.iter().map(|reason| reason.as_str().to_owned()).collect();
    Ok(tx.exec(&REMOVE, args![kind.as_str(), tag, reasons]).await? > 0)
}

pub(super) async fn counts(tx: &mut Tx) -> Result<Vec<(Reason, i64)>, StoreError> {
    tx.all(&COUNTS, args![], |r| Ok((r.word(0, Reason::parse)?, r.int(1)?))).await
}

/// Tags after `after`, by tag; an empty `after` begins.
pub(super) async fn page(tx: &mut Tx, after: Vec<u8>, limit: i64) -> Result<Vec<Suppression>, StoreError> {
    tx.all(&PAGE, args![after, limit], |r| {
        Ok(Suppression {
            kind: r.word(0, Kind::parse)?,
            tag: r.array(1)?,
            reason: r.word(2, Reason::parse)?,
            source: r.text(3)?,
            at: r.time(4)?,
        })
    })
    .await
}
