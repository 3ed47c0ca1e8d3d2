//! The SQL of what was reported.

use super::find::Matched;
use super::keep::Key;
use super::{Behind, Kind, Tally};
use std::collections::{HashMap, HashSet};
use waxwing_domain::{Ctx, SourceId, SubjectNo};
use waxwing_store::{StoreError, Tx, args, bulk, statement};

bulk! { INSERT, into "outcomes" (source_id: Int, subject: Int, kind: Text, reason: Text, beside: Int, at: Int, report: Int),
"ON CONFLICT DO NOTHING" }
// Only what this batch brought: of the same report twice at once, one is first.
statement! { MINE,
"SELECT source_id, subject, kind FROM outcomes
 WHERE workspace_id = $1 AND source_id IN [$2] AND subject IN [$3] AND report = $4" }
statement! { TALLIES,
"SELECT source_id, kind, reason, COUNT(*) FROM outcomes
 WHERE workspace_id = $1 AND source_id IN [$2] AND beside = 1 GROUP BY source_id, kind, reason
 ORDER BY source_id, kind, reason" }
statement! { PEOPLE,
"SELECT subject, kind, reason, at FROM outcomes
 WHERE workspace_id = $1 AND source_id = $2 AND kind IN [text $3] AND beside = 1 AND subject > $4
 ORDER BY subject LIMIT $5" }
statement! { FORGET, "DELETE FROM outcomes WHERE workspace_id = $1 AND subject = $2" }

/// Writes reports down; gives those that nobody had told before.
pub(super) async fn insert(tx: &mut Tx, ctx: &Ctx, matched: &[&Matched<'_>]) -> Result<HashSet<Key>, StoreError> {
    let report = ctx.new_id();
    let row = |one: &&Matched<'_>| {
        let (source, subject, kind) = one.key();
        args![source, subject, kind.as_str(), one.reported.reason, one.is_beside(), one.reported.at, report]
    };
    tx.bulk(&INSERT, matched.iter().map(row).collect()).await?;
    let sources: HashSet<i64> = matched.iter().map(|one| one.message.source.as_i64()).collect();
    let people: HashSet<i64> = matched.iter().map(|one| one.message.subject.as_i64()).collect();
    let (sources, people): (Vec<i64>, Vec<i64>) = (sources.into_iter().collect(), people.into_iter().collect());
    let key = |r: &waxwing_store::Row<'_>| Ok((SourceId::from_i64(r.int(0)?), r.subject(1)?, r.word(2, Kind::parse)?));
    Ok(tx.all(&MINE, args![sources, people, report], key).await?.into_iter().collect())
}

pub(super) async fn tallies(tx: &mut Tx, sources: &[SourceId]) -> Result<HashMap<SourceId, Tally>, StoreError> {
    let ids: Vec<i64> = sources.iter().map(|source| source.as_i64()).collect();
    let row = |r: &waxwing_store::Row<'_>| {
        Ok((SourceId::from_i64(r.int(0)?), r.word(1, Kind::parse)?, r.text(2)?, r.int(3)?))
    };
    let mut found: HashMap<SourceId, Tally> = HashMap::new();
    for (source, kind, reason, number) in tx.all(&TALLIES, args![ids], row).await? {
        let tally = found.entry(source).or_default();
        match kind {
            Kind::Complaint => tally.complained += number,
            bounce => tally.bounced.push((bounce, reason, number)),
        }
    }
    Ok(found)
}

/// Of whose messages these kinds were reported.
pub(super) async fn people(
    tx: &mut Tx,
    source: SourceId,
    kinds: &[Kind],
    after: SubjectNo,
    limit: i64,
) -> Result<Vec<Behind>, StoreError> {
    let kinds: Vec<String> = kinds.iter().map(|kind| kind.as_str().to_owned()).collect();
    tx.all(&PEOPLE, args![source, kinds, after, limit], |r| {
        Ok(Behind { subject: r.subject(0)?, kind: r.word(1, Kind::parse)?, reason: r.text(2)?, at: r.time(3)? })
    })
    .await
}

pub(super) async fn forget(tx: &mut Tx, subject: SubjectNo) -> Result<(), StoreError> {
    tx.exec(&FORGET, args![subject]).await.map(drop)
}
