//! The SQL of public pages and of the questions of visitors.

use super::{Asked, State, StatusPage, Update, Verdict};
use waxwing_domain::{Ctx, IncidentId, Micros, StatusPageId, WorkspaceId};
use waxwing_store::{Row, StoreError, Tx, args, statement};

statement! { system WORKSPACE_OF, "SELECT workspace_id FROM status_pages WHERE slug = $1 AND state <> 'draft'" }
statement! { INSERT,
"INSERT INTO status_pages (id, workspace_id, incident_id, slug, title, state, radius_id, possible, created_at)
     VALUES ($2, $1, $3, $4, $5, 'draft', $6, $7, $8) ON CONFLICT DO NOTHING" }
statement! { CHANGE,
"UPDATE status_pages SET title = $3, radius_id = $4, possible = $5 WHERE workspace_id = $1 AND id = $2
   AND state <> 'closed'" }
statement! { OF_CASE,
"SELECT id, incident_id, slug, title, state, radius_id, possible, published_at FROM status_pages
     WHERE workspace_id = $1 AND incident_id = $2" }
statement! { BY_SLUG,
"SELECT id, incident_id, slug, title, state, radius_id, possible, published_at FROM status_pages
     WHERE workspace_id = $1 AND slug = $2 AND state <> 'draft'" }
statement! { BY_ID,
"SELECT id, incident_id, slug, title, state, radius_id, possible, published_at FROM status_pages
     WHERE workspace_id = $1 AND id = $2" }
statement! { OPEN,
"UPDATE status_pages SET state = 'open', published_at = COALESCE(published_at, $3),
       published_by = COALESCE(published_by, $4)
     WHERE workspace_id = $1 AND id = $2" }
statement! { CLOSE, "UPDATE status_pages SET state = 'closed' WHERE workspace_id = $1 AND id = $2 AND state = 'open'" }
statement! { ADD_UPDATE,
"INSERT INTO status_updates (workspace_id, page_id, number, at, written_by, title, body, question)
     VALUES ($1, $2, (SELECT COALESCE(MAX(number), 0) + 1 FROM status_updates WHERE workspace_id = $1 AND page_id = $2),
       $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING" }
statement! { UPDATES,
"SELECT number, at, title, body, question FROM status_updates WHERE workspace_id = $1 AND page_id = $2 ORDER BY number DESC" }
statement! { ASK,
"INSERT INTO status_questions (id, workspace_id, page_id, tag, sealed, state, asked_at)
     VALUES ($2, $1, $3, $4, $5, 'asked', $6)" }
statement! { ASKED,
"SELECT page_id, tag, sealed FROM status_questions WHERE workspace_id = $1 AND id = $2 AND state = 'asked'" }
// One statement, so that of two jobs that answer the same mailbox one waits for the other's row and then has no turn.
statement! { TAKE_TURN,
"INSERT INTO status_turns (workspace_id, tag, at) VALUES ($1, $2, $3)
 ON CONFLICT (workspace_id, tag) DO UPDATE SET at = $3 WHERE status_turns.at <= $4" }
statement! { END_TURNS, "DELETE FROM status_turns WHERE workspace_id = $1 AND at < $2" }
statement! { FORGET_TURN, "DELETE FROM status_turns WHERE workspace_id = $1 AND tag = $2" }
statement! { ANSWERED,
"UPDATE status_questions SET state = 'answered', sealed = NULL, code_hash = $3, verdict = $4
 WHERE workspace_id = $1 AND id = $2" }
statement! { SILENT,
"UPDATE status_questions SET state = 'silent', sealed = NULL WHERE workspace_id = $1 AND id = $2" }
statement! { VERDICT,
"SELECT verdict FROM status_questions WHERE workspace_id = $1 AND page_id = $2 AND code_hash = $3 AND tag = $4" }
statement! { COUNTED,
"SELECT state, COUNT(*) FROM status_questions WHERE workspace_id = $1 AND page_id = $2 GROUP BY state" }
statement! { EXPIRE, "DELETE FROM status_questions WHERE workspace_id = $1 AND asked_at < $2" }
statement! { FORGET, "DELETE FROM status_questions WHERE workspace_id = $1 AND tag = $2" }

fn page(r: &Row<'_>) -> Result<StatusPage, StoreError> {
    Ok(StatusPage {
        id: StatusPageId::from_i64(r.int(0)?),
        case: IncidentId::from_i64(r.int(1)?),
        slug: r.text(2)?,
        title: r.text(3)?,
        state: r.word(4, State::parse)?,
        radius: r.opt_int(5)?,
        possible: r.flag(6)?,
        published_at: r.opt_time(7)?,
    })
}

/// Addresses of pages are unique over the installation.
pub(crate) async fn workspace_of_slug(tx: &mut Tx, slug: &str) -> Result<Option<WorkspaceId>, StoreError> {
    tx.optional(&WORKSPACE_OF, args![slug], |r| Ok(WorkspaceId::from_i64(r.int(0)?))).await
}

/// Whether the address was free, and the case without a page.
pub(super) async fn insert(tx: &mut Tx, ctx: &Ctx, page: &StatusPage) -> Result<bool, StoreError> {
    let StatusPage { id, case, slug, title, radius, possible, .. } = page;
    let row = args![*id, *case, slug.as_str(), title.as_str(), *radius, *possible, ctx.now()];
    Ok(tx.exec(&INSERT, row).await? == 1)
}

/// Whether it was not closed.
pub(super) async fn change(tx: &mut Tx, page: &StatusPage) -> Result<bool, StoreError> {
    Ok(tx.exec(&CHANGE, args![page.id, page.title.as_str(), page.radius, page.possible]).await? == 1)
}

pub(super) async fn of_case(tx: &mut Tx, case: IncidentId) -> Result<Option<StatusPage>, StoreError> {
    tx.optional(&OF_CASE, args![case], page).await
}

/// A page that everybody may read.
pub(super) async fn by_slug(tx: &mut Tx, slug: &str) -> Result<Option<StatusPage>, StoreError> {
    tx.optional(&BY_SLUG, args![slug], page).await
}

pub(super) async fn by_id(tx: &mut Tx, id: StatusPageId) -> Result<Option<StatusPage>, StoreError> {
    tx.optional(&BY_ID, args![id], page).await
}

pub(super) async fn open(tx: &mut Tx, ctx: &Ctx, id: StatusPageId) -> Result<(), StoreError> {
    let (_, by, _) = ctx.actor.to_columns();
    tx.exec(&OPEN, args![id, ctx.now(), by]).await.map(drop)
}

/// Whether it was open.
pub(super) async fn close(tx: &mut Tx, id: StatusPageId) -> Result<bool, StoreError> {
    Ok(tx.exec(&CLOSE, args![id]).await? == 1)
}

/// Whether nobody else added one in the same moment.
pub(super) async fn add_update(
    tx: &mut Tx,
    ctx: &Ctx,
    id: StatusPageId,
    (title, body, question): (&str, &str, bool),
) -> Result<bool, StoreError> {
    let (_, by, _) = ctx.actor.to_columns();
    Ok(tx.exec(&ADD_UPDATE, args![id, ctx.now(), by, title, body, question]).await? == 1)
}

pub(super) async fn updates(tx: &mut Tx, id: StatusPageId) -> Result<Vec<Update>, StoreError> {
    tx.all(&UPDATES, args![id], |r| {
        let (title, body, question) = (r.text(2)?, r.text(3)?, r.flag(4)?);
        Ok(Update { number: r.int(0)?, at: r.time(1)?, title, body, question })
    })
    .await
}

pub(super) async fn ask(
    tx: &mut Tx,
    ctx: &Ctx,
    (id, page): (i64, StatusPageId),
    tag: [u8; 16],
    sealed: Vec<u8>,
) -> Result<(), StoreError> {
    tx.exec(&ASK, args![id, page, tag.to_vec(), sealed, ctx.now()]).await.map(drop)
}

/// A question that waits: its page, tag and sealed address.
pub(super) async fn asked(tx: &mut Tx, id: i64) -> Result<Option<(StatusPageId, [u8; 16], Vec<u8>)>, StoreError> {
    tx.optional(&ASKED, args![id], |r| Ok((StatusPageId::from_i64(r.int(0)?), r.array(1)?, r.blob(2)?))).await
}

/// How many questions of a page are kept, by what became of them.
pub(super) async fn counted(tx: &mut Tx, page: StatusPageId) -> Result<Asked, StoreError> {
    let rows = tx.all(&COUNTED, args![page], |r| Ok((r.text(0)?, r.int(1)?))).await?;
    let of = |word: &str| rows.iter().filter(|(state, _)| state == word).map(|(_, count)| count).sum();
    Ok(Asked { waiting: of("asked"), answered: of("answered"), silent: of("silent") })
}

/// Takes the turn of a mailbox, if its last one was `before` then or earlier; whether it was free.
pub(super) async fn take_turn(tx: &mut Tx, tag: &[u8; 16], now: Micros, before: Micros) -> Result<bool, StoreError> {
    Ok(tx.exec(&TAKE_TURN, args![tag.to_vec(), now, before]).await? == 1)
}

/// Forgets turns that hold nobody back any more.
pub(super) async fn end_turns(tx: &mut Tx, before: Micros) -> Result<(), StoreError> {
    tx.exec(&END_TURNS, args![before]).await.map(drop)
}

pub(super) async fn answered(tx: &mut Tx, id: i64, code: [u8; 32], verdict: Verdict) -> Result<(), StoreError> {
    tx.exec(&ANSWERED, args![id, code, verdict.as_str()]).await.map(drop)
}

pub(super) async fn silent(tx: &mut Tx, id: i64) -> Result<(), StoreError> {
    tx.exec(&SILENT, args![id]).await.map(drop)
}

/// What the mail said that a code stood in, if it went to the address of this tag: a code shows that a mailbox is
/// somebody's, and no other one.
pub(crate) async fn verdict_of(
    tx: &mut Tx,
    page: StatusPageId,
    code: [u8; 32],
    tag: &[u8; 16],
) -> Result<Option<Verdict>, StoreError> {
    tx.optional(&VERDICT, args![page, code, tag.to_vec()], |r| r.word(0, Verdict::parse)).await
}

pub(super) async fn expire(tx: &mut Tx, before: Micros) -> Result<u64, StoreError> {
    tx.exec(&EXPIRE, args![before]).await
}

pub(super) async fn forget(tx: &mut Tx, tag: &[u8; 16]) -> Result<(), StoreError> {
    // The turn of another spelling of the address goes by itself, a day after it was taken.
    tx.exec(&FORGET_TURN, args![tag.to_vec()]).await?;
    tx.exec(&FORGET, args![tag.to_vec()]).await.map(drop)
}
