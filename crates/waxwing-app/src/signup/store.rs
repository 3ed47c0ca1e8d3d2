//! The SQL of sign-up.

use super::form::{Form, FormState};
use waxwing_domain::{ListId, Micros, WorkspaceId};
use waxwing_store::{Row, StoreError, Tx, args, statement};

// How the system is set, kept when something is contained.
crate::kept! { FORMS_KEPT, "signup_forms" (id: Int, list_id: Int, slug: Text, title: Text, intro: Text, ask_names: Int,
wording_version: Int, state: Text, created_at: Int) }
statement! { INSERT_FORM,
"INSERT INTO signup_forms (id, workspace_id, list_id, slug, title, intro, ask_names, wording_version, state, created_at)
 VALUES ($2, $1, $3, $4, $5, $6, $7, 1, 'open', $8)" }
statement! { UPDATE_FORM,
"UPDATE signup_forms SET slug = $3, title = $4, intro = $5, ask_names = $6, wording_version = $7, state = $8
 WHERE workspace_id = $1 AND id = $2" }
statement! { INSERT_WORDING,
"INSERT INTO signup_wordings (workspace_id, form_id, version, wording, created_at) VALUES ($1, $2, $3, $4, $5)" }
statement! { FORMS,
"SELECT f.id, f.list_id, f.slug, f.title, f.intro, f.ask_names, f.wording_version, f.state, w.wording
     FROM signup_forms f JOIN signup_wordings w
       ON w.workspace_id = f.workspace_id AND w.form_id = f.id AND w.version = f.wording_version
     WHERE f.workspace_id = $1 ORDER BY f.title, f.id" }
statement! { BY_SLUG,
"SELECT f.id, f.list_id, f.slug, f.title, f.intro, f.ask_names, f.wording_version, f.state, w.wording
     FROM signup_forms f JOIN signup_wordings w
       ON w.workspace_id = f.workspace_id AND w.form_id = f.id AND w.version = f.wording_version
     WHERE f.workspace_id = $1 AND f.slug = $2" }
statement! { system OF_SLUG, "SELECT workspace_id FROM signup_forms WHERE slug = $1" }
statement! { system OF_TOKEN, "SELECT workspace_id FROM signup_requests WHERE token_hash = $1" }
statement! { BY_ID,
"SELECT f.id, f.list_id, f.slug, f.title, f.intro, f.ask_names, f.wording_version, f.state, w.wording
     FROM signup_forms f JOIN signup_wordings w
       ON w.workspace_id = f.workspace_id AND w.form_id = f.id AND w.version = f.wording_version
     WHERE f.workspace_id = $1 AND f.id = $2" }
statement! { WORDING, "SELECT wording FROM signup_wordings WHERE workspace_id = $1 AND form_id = $2 AND version = $3" }

statement! { INSERT_REQUEST,
"INSERT INTO signup_requests (id, workspace_id, form_id, tag, sealed, wording_version, state, requested_at, expires_at)
 VALUES ($2, $1, $3, $4, $5, $6, 'asked', $7, $8)" }
// What is only asked got no mail yet.
statement! { RECENT,
"SELECT COUNT(*) FROM signup_requests WHERE workspace_id = $1 AND tag = $2 AND requested_at > $3 AND state <> 'asked'" }
statement! { ASKED,
"SELECT id, form_id, tag, sealed, wording_version, state, requested_at, expires_at
 FROM signup_requests WHERE workspace_id = $1 AND id = $2 AND state = 'asked'" }
statement! { BY_TOKEN,
"SELECT id, form_id, tag, sealed, wording_version, state, requested_at, expires_at
 FROM signup_requests WHERE workspace_id = $1 AND token_hash = $2" }
statement! { SET_PENDING, "UPDATE signup_requests SET state = 'pending', token_hash = $3 WHERE workspace_id = $1 AND id = $2" }
statement! { SET_ANSWERED, "UPDATE signup_requests SET state = 'answered', sealed = NULL WHERE workspace_id = $1 AND id = $2" }
statement! { WITHDRAW, "DELETE FROM signup_requests WHERE workspace_id = $1 AND id = $2" }
statement! { CONFIRM,
"UPDATE signup_requests SET state = 'confirmed', sealed = NULL WHERE workspace_id = $1 AND id = $2 AND state = 'pending'" }
// The other mails of the same address have done their work; their rows go on counting as mails.
statement! { CLOSE_OTHERS,
"UPDATE signup_requests SET state = 'answered', sealed = NULL
 WHERE workspace_id = $1 AND form_id = $2 AND tag = $3 AND state = 'pending'" }
statement! { EXPIRE, "DELETE FROM signup_requests WHERE workspace_id = $1 AND expires_at < $2" }
statement! { FORGET, "DELETE FROM signup_requests WHERE workspace_id = $1 AND tag = $2" }
statement! { WAITING,
"SELECT form_id, COUNT(*) FROM signup_requests WHERE workspace_id = $1 AND state = 'pending' GROUP BY form_id" }

/// Where a request stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum RequestState {
    /// The job has not looked at it.
    Asked,
    /// A mail with a link is on its way.
    Pending,
    /// Nothing is left to confirm.
    Answered,
    /// The person pressed the button.
    Confirmed,
}

impl RequestState {
    fn parse(word: &str) -> Option<Self> {
        match word {
            "asked" => Some(Self::Asked),
            "pending" => Some(Self::Pending),
            "answered" => Some(Self::Answered),
            "confirmed" => Some(Self::Confirmed),
            _ => None,
        }
    }
}

/// A request, as stored.
pub(super) struct Request {
    pub id: i64,
    pub form: i64,
    pub tag: [u8; 16],
    pub sealed: Option<Vec<u8>>,
    pub wording_version: i64,
    pub state: RequestState,
    pub requested_at: Micros,
    pub expires_at: Micros,
}

fn form(r: &Row<'_>) -> Result<Form, StoreError> {
    Ok(Form {
        id: r.int(0)?,
        list: ListId::from_i64(r.int(1)?),
        slug: r.text(2)?,
        title: r.text(3)?,
        intro: r.text(4)?,
        ask_names: r.flag(5)?,
        wording_version: r.int(6)?,
        state: r.word(7, FormState::parse)?,
        wording: r.text(8)?,
    })
}

/// The workspace of the form at an address.
pub(super) async fn workspace_of_slug(tx: &mut Tx, slug: &str) -> Result<Option<WorkspaceId>, StoreError> {
    tx.optional(&OF_SLUG, args![slug], |r| r.int(0).map(WorkspaceId::from_i64)).await
}

/// The workspace of a request to confirm.
pub(super) async fn workspace_of_token(tx: &mut Tx, hash: [u8; 32]) -> Result<Option<WorkspaceId>, StoreError> {
    tx.optional(&OF_TOKEN, args![hash], |r| r.int(0).map(WorkspaceId::from_i64)).await
}

pub(super) async fn insert_form(tx: &mut Tx, form: &Form, now: Micros) -> Result<(), StoreError> {
    tx.exec(&INSERT_FORM, args![form.id, form.list, &form.slug, &form.title, &form.intro, form.ask_names, now]).await?;
    insert_wording(tx, form, now).await
}

pub(super) async fn insert_wording(tx: &mut Tx, form: &Form, now: Micros) -> Result<(), StoreError> {
    tx.exec(&INSERT_WORDING, args![form.id, form.wording_version, &form.wording, now]).await.map(drop)
}

pub(super) async fn update_form(tx: &mut Tx, form: &Form) -> Result<(), StoreError> {
    let values =
        args![form.id, &form.slug, &form.title, &form.intro, form.ask_names, form.wording_version, form.state.as_str()];
    tx.exec(&UPDATE_FORM, values).await.map(drop)
}

pub(super) async fn forms(tx: &mut Tx) -> Result<Vec<Form>, StoreError> {
    tx.all(&FORMS, args![], form).await
}

pub(super) async fn by_slug(tx: &mut Tx, slug: &str) -> Result<Option<Form>, StoreError> {
    tx.optional(&BY_SLUG, args![slug], form).await
}

pub(super) async fn by_id(tx: &mut Tx, id: i64) -> Result<Option<Form>, StoreError> {
    tx.optional(&BY_ID, args![id], form).await
}

pub(super) async fn wording(tx: &mut Tx, form: i64, version: i64) -> Result<String, StoreError> {
    tx.one(&WORDING, args![form, version], |r| r.text(0)).await
}

pub(super) async fn insert_request(tx: &mut Tx, new: &Request) -> Result<(), StoreError> {
    let values = args![
        new.id,
        new.form,
        new.tag.to_vec(),
        new.sealed.clone(),
        new.wording_version,
        new.requested_at,
        new.expires_at
    ];
    tx.exec(&INSERT_REQUEST, values).await.map(drop)
}

/// How many mails went to an address since.
pub(super) async fn recent(tx: &mut Tx, tag: &[u8; 16], since: Micros) -> Result<i64, StoreError> {
    tx.one(&RECENT, args![tag.to_vec(), since], |r| r.int(0)).await
}

fn request(r: &Row<'_>) -> Result<Request, StoreError> {
    Ok(Request {
        id: r.int(0)?,
        form: r.int(1)?,
        tag: r.array(2)?,
        sealed: r.opt_blob(3)?,
        wording_version: r.int(4)?,
        state: r.word(5, RequestState::parse)?,
        requested_at: r.time(6)?,
        expires_at: r.time(7)?,
    })
}

pub(super) async fn asked(tx: &mut Tx, id: i64) -> Result<Option<Request>, StoreError> {
    tx.optional(&ASKED, args![id], request).await
}

pub(super) async fn by_token(tx: &mut Tx, hash: [u8; 32]) -> Result<Option<Request>, StoreError> {
    tx.optional(&BY_TOKEN, args![hash], request).await
}

pub(super) async fn set_pending(tx: &mut Tx, id: i64, hash: [u8; 32]) -> Result<(), StoreError> {
    tx.exec(&SET_PENDING, args![id, hash]).await.map(drop)
}

pub(super) async fn set_answered(tx: &mut Tx, id: i64) -> Result<(), StoreError> {
    tx.exec(&SET_ANSWERED, args![id]).await.map(drop)
}

pub(super) async fn withdraw(tx: &mut Tx, id: i64) -> Result<(), StoreError> {
    tx.exec(&WITHDRAW, args![id]).await.map(drop)
}

/// Whether this call was the one that confirmed.
pub(super) async fn confirm(tx: &mut Tx, request: &Request) -> Result<bool, StoreError> {
    if tx.exec(&CONFIRM, args![request.id]).await? == 0 {
        return Ok(false);
    }
    tx.exec(&CLOSE_OTHERS, args![request.form, request.tag.to_vec()]).await?;
    Ok(true)
}

pub(super) async fn expire(tx: &mut Tx, now: Micros) -> Result<u64, StoreError> {
    tx.exec(&EXPIRE, args![now]).await
}

pub(super) async fn forget(tx: &mut Tx, tag: &[u8; 16]) -> Result<(), StoreError> {
    tx.exec(&FORGET, args![tag.to_vec()]).await.map(drop)
}

pub(super) async fn waiting(tx: &mut Tx) -> Result<Vec<(i64, i64)>, StoreError> {
    tx.all(&WAITING, args![], |r| Ok((r.int(0)?, r.int(1)?))).await
}
