//! Counts for the home page: read-only, over the tables of others, and never over people's data.

use waxwing_domain::{AccountId, CampaignId, Micros};
use waxwing_store::{Row, StoreError, Tx, args, statement};

statement! { PEOPLE, "SELECT COUNT(*) FROM blind_index WHERE workspace_id = $1 AND kind = 'email'" }
statement! { BY_DAY,
"SELECT created_at / 86400000000, COUNT(*) FROM subscribers WHERE workspace_id = $1 GROUP BY created_at / 86400000000
 ORDER BY created_at / 86400000000" }
statement! { RELAYS,
"SELECT COUNT(*), CAST(COALESCE(SUM(CASE WHEN problem IS NULL THEN 0 ELSE 1 END), 0) AS BIGINT)
 FROM relays WHERE workspace_id = $1 AND enabled = 1" }
statement! { DOMAINS,
"SELECT COUNT(*), CAST(COALESCE(SUM(may_send), 0) AS BIGINT) FROM domains WHERE workspace_id = $1" }
statement! { SOURCES,
"SELECT reference, state, started, hold_reason, audience FROM sources
 WHERE workspace_id = $1 AND kind = 'campaign' AND state IN ('held', 'running') ORDER BY id DESC LIMIT 20" }
statement! { EVER_SENT, "SELECT COUNT(*) FROM sources WHERE workspace_id = $1 AND started = 1" }
statement! { SENT,
"SELECT CAST(COALESCE(SUM(c.rows_there), 0) AS BIGINT) FROM source_counts c
 JOIN sources s ON s.workspace_id = c.workspace_id AND s.id = c.source_id
 WHERE c.workspace_id = $1 AND c.state = 3 AND s.started_at >= $2" }
statement! { BUCKETS, "SELECT period, ready_at FROM limits WHERE workspace_id = $1 AND scope = 'workspace'" }
statement! { FAILED_JOBS,
"SELECT COUNT(*) FROM jobs WHERE workspace_id = $1 AND state = 'failed' AND finished_at >= $2" }
statement! { LOST_MAIL,
"SELECT COUNT(*) FROM outbox WHERE workspace_id = $1 AND state IN ('failed', 'unknown') AND finished_at >= $2" }
statement! { PENDING, "SELECT COUNT(*) FROM record_pending WHERE workspace_id = $1" }
statement! { OWNERS,
"SELECT COUNT(*), CAST(COALESCE(SUM(CASE WHEN totp_sealed IS NULL THEN 0 ELSE 1 END), 0) AS BIGINT)
 FROM accounts WHERE workspace_id = $1 AND state = 'active'" }
statement! { OWN_FACTOR,
"SELECT COUNT(*) FROM accounts WHERE workspace_id = $1 AND id = $2 AND totp_sealed IS NOT NULL" }

/// A campaign that is being sent or waits.
pub(super) struct Source {
    pub(super) campaign: CampaignId,
    pub(super) running: bool,
    pub(super) started: bool,
    pub(super) reason: Option<String>,
    pub(super) audience: i64,
}

async fn count(tx: &mut Tx, statement: &'static waxwing_store::Statement) -> Result<i64, StoreError> {
    tx.one(statement, args![], |r| r.int(0)).await
}

async fn pair(tx: &mut Tx, statement: &'static waxwing_store::Statement) -> Result<(i64, i64), StoreError> {
    tx.one(statement, args![], |r| Ok((r.int(0)?, r.int(1)?))).await
}

/// How many people there are.
pub(super) async fn people(tx: &mut Tx) -> Result<i64, StoreError> {
    let people = count(tx, &PEOPLE).await?;
    Ok(tx.shown(people))
}

/// Days since 1970 and how many of today's people were added on each.
pub(super) async fn added_by_day(tx: &mut Tx) -> Result<Vec<(i64, i64)>, StoreError> {
    tx.all(&BY_DAY, args![], |r| Ok((r.int(0)?, r.int(1)?))).await
}

/// Enabled relays, and how many of them have a problem.
pub(super) async fn relays(tx: &mut Tx) -> Result<(i64, i64), StoreError> {
    pair(tx, &RELAYS).await
}

/// Sending domains, and how many of them align.
pub(super) async fn domains(tx: &mut Tx) -> Result<(i64, i64), StoreError> {
    pair(tx, &DOMAINS).await
}

/// Campaigns that are being sent or wait; the newest twenty.
pub(super) async fn sources(tx: &mut Tx) -> Result<Vec<Source>, StoreError> {
    let mut sources = tx.all(&SOURCES, args![], source).await?;
    sources.iter_mut().for_each(|source| source.audience = tx.shown(source.audience));
    Ok(sources)
}

fn source(row: &Row<'_>) -> Result<Source, StoreError> {
    Ok(Source {
        campaign: CampaignId::from_i64(row.int(0)?),
        running: row.text(1)? == "running",
        started: row.flag(2)?,
        reason: row.opt_text(3)?,
        audience: row.int(4)?,
    })
}

/// Whether a campaign was ever started.
pub(super) async fn ever_sent(tx: &mut Tx) -> Result<bool, StoreError> {
    Ok(count(tx, &EVER_SENT).await? > 0)
}

/// Messages that relays accepted, of campaigns started since `since`.
pub(super) async fn sent(tx: &mut Tx, since: Micros) -> Result<i64, StoreError> {
    let sent = tx.one(&SENT, args![since], |r| r.int(0)).await?;
    Ok(tx.shown(sent))
}

/// When the workspace's buckets of an hour and of a day are full again.
pub(super) async fn buckets(tx: &mut Tx) -> Result<Vec<(String, Micros)>, StoreError> {
    tx.all(&BUCKETS, args![], |r| Ok((r.text(0)?, r.time(1)?))).await
}

/// Jobs that were given up since `since`.
pub(super) async fn failed_jobs(tx: &mut Tx, since: Micros) -> Result<i64, StoreError> {
    tx.one(&FAILED_JOBS, args![since], |r| r.int(0)).await
}

/// System mail that did not leave since `since`, or nobody knows.
pub(super) async fn lost_mail(tx: &mut Tx, since: Micros) -> Result<i64, StoreError> {
    tx.one(&LOST_MAIL, args![since], |r| r.int(0)).await
}

/// Entries of the record that wait for their number.
pub(super) async fn pending(tx: &mut Tx) -> Result<i64, StoreError> {
    count(tx, &PENDING).await
}

/// Owners, and how many of them have a second factor.
pub(super) async fn owners(tx: &mut Tx) -> Result<(i64, i64), StoreError> {
    pair(tx, &OWNERS).await
}

/// Whether this person has a second factor.
pub(super) async fn has_second_factor(tx: &mut Tx, account: AccountId) -> Result<bool, StoreError> {
    tx.one(&OWN_FACTOR, args![account], |r| Ok(r.int(0)? > 0)).await
}
