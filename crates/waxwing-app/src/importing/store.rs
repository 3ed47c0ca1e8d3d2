//! SQL of imports.

use super::counts::Counts;
use super::state::State;
use waxwing_domain::{ConsentId, ImportId, JobId, ListId, Micros};
use waxwing_store::{Row, StoreError, Tx, args, statement};

statement! { INSERT,
"INSERT INTO imports (id, workspace_id, state, list_name, consent, mapping, about, upload_key, reject_key, size, place, counts, created_at)
 VALUES ($2, $1, 'mapping', '', '', $3, $4, $5, $6, $7, 0, $8, $9)" }
statement! { ONE,
"SELECT id, state, list_id, list_name, consent, consent_id, mapping, about, upload_key, reject_key, size, place,
       checked, counts, job_id, error, created_at, finished_at, quarantined_at
     FROM imports WHERE workspace_id = $1 AND id = $2" }
statement! { RECENT,
"SELECT id, state, list_id, list_name, consent, consent_id, mapping, about, upload_key, reject_key, size, place,
       checked, counts, job_id, error, created_at, finished_at, quarantined_at
     FROM imports WHERE workspace_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3" }
statement! { STATE, "SELECT state FROM imports WHERE workspace_id = $1 AND id = $2" }
statement! { CHOOSE,
"UPDATE imports SET list_name = $3, consent = $4, mapping = $5, state = 'mapping', checked = NULL
 WHERE workspace_id = $1 AND id = $2 AND state IN ('mapping', 'checked')" }
statement! { CHECKING,
"UPDATE imports SET state = 'checking', job_id = $3 WHERE workspace_id = $1 AND id = $2 AND state IN ('mapping', 'checked')" }
statement! { CHECKED,
"UPDATE imports SET state = 'checked', checked = $3 WHERE workspace_id = $1 AND id = $2 AND state = 'checking'" }
statement! { RUNNING,
"UPDATE imports SET state = 'running', list_id = $3, consent_id = $4, job_id = $5
 WHERE workspace_id = $1 AND id = $2 AND state IN ('mapping', 'checked')" }
statement! { REOPEN, "UPDATE imports SET state = 'mapping', checked = NULL WHERE workspace_id = $1 AND id = $2 AND state = 'checked'" }
statement! { ADVANCE,
"UPDATE imports SET place = $3, counts = $4 WHERE workspace_id = $1 AND id = $2 AND state = 'running' AND place = $5" }
statement! { END,
"UPDATE imports SET state = $3, error = $4, finished_at = $5, upload_key = NULL
 WHERE workspace_id = $1 AND id = $2 AND state IN ('mapping', 'checking', 'checked', 'running')" }
statement! { ADD_SEGMENT, "INSERT INTO import_rejects (workspace_id, import_id, segment, lines) VALUES ($1, $2, $3, $4)" }
statement! { QUARANTINE,
"UPDATE imports SET quarantined_at = $3 WHERE workspace_id = $1 AND id = $2 AND consent_id IS NOT NULL AND quarantined_at IS NULL" }
statement! { RELEASE,
"UPDATE imports SET quarantined_at = NULL WHERE workspace_id = $1 AND id = $2 AND quarantined_at IS NOT NULL" }
statement! { SEGMENTS, "SELECT segment FROM import_rejects WHERE workspace_id = $1 AND import_id = $2 ORDER BY segment" }
statement! { ABANDONED,
"SELECT id FROM imports WHERE workspace_id = $1 AND state IN ('mapping', 'checking', 'checked') AND created_at < $2" }
statement! { SWEEP, "UPDATE imports SET upload_key = NULL, reject_key = NULL
WHERE workspace_id = $1 AND finished_at < $2 AND reject_key IS NOT NULL RETURNING id" }
statement! { WITH_FILES, "SELECT id FROM imports WHERE workspace_id = $1 AND (upload_key IS NOT NULL OR reject_key IS NOT NULL)" }

/// An import as it is stored; what is sealed is still sealed.
pub(super) struct Stored {
    pub(super) id: ImportId,
    pub(super) state: State,
    pub(super) list: Option<ListId>,
    pub(super) list_name: String,
    pub(super) consent: String,
    pub(super) consent_id: Option<ConsentId>,
    pub(super) mapping: super::mapping::Mapping,
    pub(super) about: Vec<u8>,
    pub(super) upload_key: Option<Vec<u8>>,
    pub(super) reject_key: Option<Vec<u8>>,
    pub(super) size: i64,
    pub(super) place: i64,
    pub(super) checked: Option<Counts>,
    pub(super) counts: Counts,
    pub(super) job: Option<JobId>,
    pub(super) error: Option<String>,
    pub(super) created_at: Micros,
    pub(super) finished_at: Option<Micros>,
    pub(super) quarantined_at: Option<Micros>,
}

fn read(r: &Row<'_>) -> Result<Stored, StoreError> {
    let unreadable = |_| StoreError::Damaged("the counts of an import cannot be read".into());
    let checked = r.opt_text(12)?.map(|text| serde_json::from_str(&text)).transpose().map_err(unreadable)?;
    Ok(Stored {
        id: ImportId::from_i64(r.int(0)?),
        state: r.word(1, State::parse)?,
        list: r.opt_int(2)?.map(ListId::from_i64),
        list_name: r.text(3)?,
        consent: r.text(4)?,
        consent_id: r.opt_int(5)?.map(ConsentId::from_i64),
        mapping: r.json(6)?,
        about: r.blob(7)?,
        upload_key: r.opt_blob(8)?,
        reject_key: r.opt_blob(9)?,
        size: r.int(10)?,
        place: r.int(11)?,
        checked,
        counts: r.json(13)?,
        job: r.opt_int(14)?.map(JobId::from_i64),
        error: r.opt_text(15)?,
        created_at: r.time(16)?,
        finished_at: r.opt_time(17)?,
        quarantined_at: r.opt_time(18)?,
    })
}

/// What a new import is stored with.
pub(super) struct New {
    pub(super) id: ImportId,
    pub(super) mapping: String,
    pub(super) about: Vec<u8>,
    pub(super) upload_key: Vec<u8>,
    pub(super) reject_key: Vec<u8>,
    pub(super) size: i64,
    pub(super) at: Micros,
}

pub(super) async fn insert(tx: &mut Tx, new: New) -> Result<(), StoreError> {
    let counts = json(&Counts::default())?;
    let row = args![new.id, new.mapping, new.about, new.upload_key, new.reject_key, new.size, counts, new.at];
    tx.exec(&INSERT, row).await.map(drop)
}

pub(super) async fn one(tx: &mut Tx, id: ImportId) -> Result<Option<Stored>, StoreError> {
    tx.optional(&ONE, args![id], read).await
}

/// Imports before `before`, the newest first.
pub(super) async fn recent(tx: &mut Tx, before: i64, limit: u32) -> Result<Vec<Stored>, StoreError> {
    tx.all(&RECENT, args![before, limit], read).await
}

pub(super) async fn state(tx: &mut Tx, id: ImportId) -> Result<Option<State>, StoreError> {
    tx.optional(&STATE, args![id], |r| r.word(0, State::parse)).await
}

/// Whether the import was still to be decided on.
pub(super) async fn choose(
    tx: &mut Tx,
    id: ImportId,
    list: &str,
    consent: &str,
    mapping: String,
) -> Result<bool, StoreError> {
    Ok(tx.exec(&CHOOSE, args![id, list, consent, mapping]).await? == 1)
}

pub(super) async fn set_checking(tx: &mut Tx, id: ImportId, job: JobId) -> Result<bool, StoreError> {
    Ok(tx.exec(&CHECKING, args![id, job]).await? == 1)
}

pub(super) async fn set_checked(tx: &mut Tx, id: ImportId, counts: &Counts) -> Result<bool, StoreError> {
    Ok(tx.exec(&CHECKED, args![id, json(counts)?]).await? == 1)
}

pub(super) async fn reopen(tx: &mut Tx, id: ImportId) -> Result<bool, StoreError> {
    Ok(tx.exec(&REOPEN, args![id]).await? == 1)
}

pub(super) async fn set_running(
    tx: &mut Tx,
    id: ImportId,
    list: ListId,
    consent: ConsentId,
    job: JobId,
) -> Result<bool, StoreError> {
    Ok(tx.exec(&RUNNING, args![id, list, consent, job]).await? == 1)
}

/// Moves the place on, if it still is where this worker left it.
pub(super) async fn advance(
    tx: &mut Tx,
    id: ImportId,
    from: i64,
    to: i64,
    counts: &Counts,
) -> Result<bool, StoreError> {
    Ok(tx.exec(&ADVANCE, args![id, to, json(counts)?, from]).await? == 1)
}

/// Ends an import and forgets the key of its upload.
pub(super) async fn end(
    tx: &mut Tx,
    id: ImportId,
    state: State,
    error: Option<String>,
    at: Micros,
) -> Result<bool, StoreError> {
    Ok(tx.exec(&END, args![id, state.as_str(), error, at]).await? == 1)
}

pub(super) async fn add_segment(tx: &mut Tx, id: ImportId, segment: i64, lines: usize) -> Result<(), StoreError> {
    tx.exec(&ADD_SEGMENT, args![id, segment, lines as i64]).await.map(drop)
}

pub(super) async fn segments(tx: &mut Tx, id: ImportId) -> Result<Vec<i64>, StoreError> {
    tx.all(&SEGMENTS, args![id], |r| r.int(0)).await
}

/// Imports that nobody decided on since `before`.
pub(super) async fn abandoned(tx: &mut Tx, before: Micros) -> Result<Vec<ImportId>, StoreError> {
    tx.all(&ABANDONED, args![before], |r| r.int(0).map(ImportId::from_i64)).await
}

/// Forgets the keys of imports that ended before `before`.
pub(super) async fn sweep(tx: &mut Tx, before: Micros) -> Result<Vec<ImportId>, StoreError> {
    tx.all(&SWEEP, args![before], |r| r.int(0).map(ImportId::from_i64)).await
}

/// Imports whose files can still be read.
pub(super) async fn with_files(tx: &mut Tx) -> Result<Vec<ImportId>, StoreError> {
    tx.all(&WITH_FILES, args![], |r| r.int(0).map(ImportId::from_i64)).await
}

fn json(counts: &Counts) -> Result<String, StoreError> {
    serde_json::to_string(counts).map_err(|_| StoreError::Damaged("counts that cannot be written".into()))
}

/// Marks an import as quarantined; `false` if it has no people, or is already.
pub(super) async fn quarantine(tx: &mut Tx, id: ImportId, now: Micros) -> Result<bool, StoreError> {
    Ok(tx.exec(&QUARANTINE, args![id, now]).await? == 1)
}

/// Takes the mark away; `false` if there is none.
pub(super) async fn release(tx: &mut Tx, id: ImportId) -> Result<bool, StoreError> {
    Ok(tx.exec(&RELEASE, args![id]).await? == 1)
}
