//! The SQL of endpoints.

use super::endpoint::{Endpoint, State, join, split};
use std::collections::HashMap;
use waxwing_domain::{Actor, DataClass, EventKind, ListId, Micros, WebhookId};
use waxwing_store::{Row, StoreError, Tx, args, bulk, statement};

// How the system is set, kept when something is contained.
crate::kept! { ENDPOINTS, "webhooks_endpoints" (id: Int, name: Text, origin: Text, kinds: Text, grants: Text, state: Text, problem: Text,
caused_kind: Text, caused_a: Int, created_at: Int, changed_at: Int, secret_made_at: Int) }
crate::kept! { HANDS, "webhooks_hands" (endpoint_id: Int, kind: Text, number: Int, at: Int) }
crate::kept! { LIMITED_TO, "webhooks_lists" (endpoint_id: Int, list_id: Int) }
statement! { INSERT,
"INSERT INTO webhooks_endpoints (id, workspace_id, name, origin, sealed_url, secret, kinds, grants, state,
       caused_kind, caused_a, caused_b, created_at, changed_at)
     VALUES ($2, $1, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $13)" }
statement! { UPDATE,
"UPDATE webhooks_endpoints SET name = $3, origin = $4, kinds = $5, grants = $6, failing_since = NULL,
       caused_kind = $7, caused_a = $8, caused_b = $9, changed_at = $10
     WHERE workspace_id = $1 AND id = $2" }
statement! { SET_URL, "UPDATE webhooks_endpoints SET sealed_url = $3 WHERE workspace_id = $1 AND id = $2" }
statement! { SET_SECRETS,
"UPDATE webhooks_endpoints SET secret = $3, old_secret = $4, old_until = $5, changed_at = $6, secret_made_at = $6
     WHERE workspace_id = $1 AND id = $2" }
statement! { SET_STATE,
"UPDATE webhooks_endpoints SET state = $3, problem = $4, failing_since = NULL, changed_at = $5
     WHERE workspace_id = $1 AND id = $2" }
statement! { DISABLE,
"UPDATE webhooks_endpoints SET state = 'disabled', problem = $3, changed_at = $4
     WHERE workspace_id = $1 AND id = $2 AND state = 'on'" }
statement! { WELL, "UPDATE webhooks_endpoints SET failing_since = NULL WHERE workspace_id = $1 AND id = $2" }
statement! { FAILING,
"UPDATE webhooks_endpoints SET failing_since = COALESCE(failing_since, $3) WHERE workspace_id = $1 AND id = $2
     RETURNING failing_since" }
statement! { DELETE, "DELETE FROM webhooks_endpoints WHERE workspace_id = $1 AND id = $2" }
statement! { PUT_HAND,
"INSERT INTO webhooks_hands (workspace_id, endpoint_id, kind, number, at) VALUES ($1, $2, $3, $4, $5)
     ON CONFLICT (workspace_id, endpoint_id, kind, number) DO UPDATE SET at = excluded.at" }
// Those of webhooks that are gone: while everything was held they were kept.
statement! { SWEEP_HANDS,
"DELETE FROM webhooks_hands WHERE workspace_id = $1 AND at < $2
   AND endpoint_id NOT IN (SELECT id FROM webhooks_endpoints WHERE workspace_id = $1)" }
statement! { DELETE_HANDS, "DELETE FROM webhooks_hands WHERE workspace_id = $1 AND endpoint_id = $2" }
statement! { DELETE_LISTS, "DELETE FROM webhooks_lists WHERE workspace_id = $1 AND endpoint_id = $2" }
statement! { DELETE_DELIVERIES, "DELETE FROM webhooks_deliveries WHERE workspace_id = $1 AND endpoint_id = $2" }
statement! { SETTLE_DELIVERIES,
"UPDATE webhooks_deliveries SET state = 'failed', problem = $3
     WHERE workspace_id = $1 AND endpoint_id = $2 AND state = 'waiting'" }
statement! { COUNT, "SELECT COUNT(*) FROM webhooks_endpoints WHERE workspace_id = $1" }
statement! { ALL,
"SELECT id, name, origin, kinds, grants, state, failing_since, problem, old_until, caused_kind, caused_a, caused_b,
       created_at, changed_at
     FROM webhooks_endpoints WHERE workspace_id = $1 ORDER BY id" }
statement! { ONE,
"SELECT id, name, origin, kinds, grants, state, failing_since, problem, old_until, caused_kind, caused_a, caused_b,
       created_at, changed_at
     FROM webhooks_endpoints WHERE workspace_id = $1 AND id = $2" }
statement! { LISTS, "SELECT endpoint_id, list_id FROM webhooks_lists WHERE workspace_id = $1 ORDER BY endpoint_id, list_id" }
statement! { SECRETS,
"SELECT sealed_url, secret, old_secret, old_until FROM webhooks_endpoints WHERE workspace_id = $1 AND id = $2" }
bulk! { ADD_LISTS, into "webhooks_lists" (endpoint_id: Int, list_id: Int), "" }

/// What a new endpoint has sealed.
pub(super) struct Sealed {
    pub url: Vec<u8>,
    pub secret: Vec<u8>,
}

/// What sending needs.
pub(super) struct Secrets {
    pub url: Vec<u8>,
    pub secret: Vec<u8>,
    pub old: Option<(Vec<u8>, Micros)>,
}

pub(super) async fn insert(tx: &mut Tx, new: &Endpoint, sealed: Sealed) -> Result<(), StoreError> {
    let (kind, a, b) = new.caused.to_columns();
    let (kinds, grants) = (new.kind_words(), new.grant_words());
    let values = args![
        new.id,
        new.name.clone(),
        new.origin.clone(),
        sealed.url,
        sealed.secret,
        kinds,
        grants,
        new.state.as_str(),
        kind,
        a,
        b,
        new.created_at
    ];
    tx.exec(&INSERT, values).await?;
    put_hand(tx, new).await
}

/// Notes whose credential made or changed it.
async fn put_hand(tx: &mut Tx, new: &Endpoint) -> Result<(), StoreError> {
    let (kind, number, _) = new.caused.to_columns();
    tx.exec(&PUT_HAND, args![new.id, kind, number, new.changed_at]).await.map(drop)
}

pub(super) async fn update(tx: &mut Tx, new: &Endpoint) -> Result<(), StoreError> {
    let (kind, a, b) = new.caused.to_columns();
    let kinds = join(&new.kinds, |kind| kind.as_str());
    let values =
        args![new.id, new.name.clone(), new.origin.clone(), kinds, new.grant_words(), kind, a, b, new.changed_at];
    tx.exec(&UPDATE, values).await?;
    put_hand(tx, new).await
}

pub(super) async fn set_url(tx: &mut Tx, id: WebhookId, sealed: Vec<u8>) -> Result<(), StoreError> {
    tx.exec(&SET_URL, args![id, sealed]).await.map(drop)
}

pub(super) async fn set_secrets(
    tx: &mut Tx,
    id: WebhookId,
    new: Vec<u8>,
    old: Vec<u8>,
    old_until: Micros,
    now: Micros,
) -> Result<(), StoreError> {
    tx.exec(&SET_SECRETS, args![id, new, old, old_until, now]).await.map(drop)
}

pub(super) async fn set_state(
    tx: &mut Tx,
    id: WebhookId,
    state: State,
    problem: Option<&str>,
    now: Micros,
) -> Result<(), StoreError> {
    tx.exec(&SET_STATE, args![id, state.as_str(), problem, now]).await.map(drop)
}

/// Says whether it was on until now.
pub(super) async fn disable(tx: &mut Tx, id: WebhookId, problem: &str, now: Micros) -> Result<bool, StoreError> {
    Ok(tx.exec(&DISABLE, args![id, problem, now]).await? == 1)
}

pub(super) async fn well(tx: &mut Tx, id: WebhookId) -> Result<(), StoreError> {
    tx.exec(&WELL, args![id]).await.map(drop)
}

/// Since when it fails; `None` when it is gone.
pub(super) async fn failing(tx: &mut Tx, id: WebhookId, now: Micros) -> Result<Option<Micros>, StoreError> {
    tx.optional(&FAILING, args![id, now], |r| r.time(0)).await
}

pub(super) async fn set_lists(tx: &mut Tx, id: WebhookId, lists: &[ListId]) -> Result<(), StoreError> {
    tx.exec(&DELETE_LISTS, args![id]).await?;
    tx.bulk(&ADD_LISTS, lists.iter().map(|list| args![id, *list]).collect()).await.map(drop)
}

/// Removes an endpoint. Where its log is `kept`, what waited is settled: nothing is sent to what is gone.
pub(super) async fn remove(tx: &mut Tx, id: WebhookId, kept: bool) -> Result<(), StoreError> {
    if kept {
        tx.exec(&SETTLE_DELIVERIES, args![id, "The webhook was removed."]).await?;
    } else {
        tx.exec(&DELETE_DELIVERIES, args![id]).await?;
        tx.exec(&DELETE_HANDS, args![id]).await?;
    }
    tx.exec(&DELETE_LISTS, args![id]).await?;
    tx.exec(&DELETE, args![id]).await.map(drop)
}

/// Forgets whose hand was in what is gone, as old as `before`.
pub(super) async fn sweep_hands(tx: &mut Tx, before: Micros) -> Result<(), StoreError> {
    tx.exec(&SWEEP_HANDS, args![before]).await.map(drop)
}

pub(super) async fn count(tx: &mut Tx) -> Result<i64, StoreError> {
    tx.one(&COUNT, args![], |r| r.int(0)).await
}

pub(super) async fn all(tx: &mut Tx) -> Result<Vec<Endpoint>, StoreError> {
    let endpoints = tx.all(&ALL, args![], read).await?;
    with_lists(tx, endpoints).await
}

pub(super) async fn by_id(tx: &mut Tx, id: WebhookId) -> Result<Option<Endpoint>, StoreError> {
    let found = tx.optional(&ONE, args![id], read).await?;
    Ok(with_lists(tx, found.into_iter().collect()).await?.pop())
}

pub(super) async fn secrets(tx: &mut Tx, id: WebhookId) -> Result<Option<Secrets>, StoreError> {
    tx.optional(&SECRETS, args![id], |r| {
        Ok(Secrets { url: r.blob(0)?, secret: r.blob(1)?, old: r.opt_blob(2)?.zip(r.opt_time(3)?) })
    })
    .await
}

async fn with_lists(tx: &mut Tx, mut endpoints: Vec<Endpoint>) -> Result<Vec<Endpoint>, StoreError> {
    if endpoints.is_empty() {
        return Ok(endpoints);
    }
    let rows = tx.all(&LISTS, args![], |r| Ok((r.int(0)?, ListId::from_i64(r.int(1)?)))).await?;
    let mut lists: HashMap<i64, Vec<ListId>> = HashMap::new();
    for (endpoint, list) in rows {
        lists.entry(endpoint).or_default().push(list);
    }
    for endpoint in &mut endpoints {
        endpoint.lists = lists.remove(&endpoint.id.as_i64()).unwrap_or_default();
    }
    Ok(endpoints)
}

fn read(r: &Row<'_>) -> Result<Endpoint, StoreError> {
    Ok(Endpoint {
        id: WebhookId::from_i64(r.int(0)?),
        name: r.text(1)?,
        origin: r.text(2)?,
        kinds: r.word(3, |text| split(text, EventKind::parse))?,
        lists: Vec::new(),
        grants: r.word(4, |text| split(text, DataClass::parse))?,
        state: r.word(5, State::parse)?,
        failing_since: r.opt_time(6)?,
        problem: r.opt_text(7)?,
        old_until: r.opt_time(8)?,
        caused: Actor::from_columns(&r.text(9)?, r.int(10)?, r.int(11)?),
        created_at: r.time(12)?,
        changed_at: r.time(13)?,
    })
}
