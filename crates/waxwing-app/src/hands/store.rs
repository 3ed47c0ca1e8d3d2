//! The SQL of hands.

use super::Work;
use waxwing_domain::{Actor, Micros, Thing};
use waxwing_store::{StoreError, Tx, args, statement};

// How the system is set, kept when something is contained.
crate::kept! { HANDS_KEPT, "hands" (thing: Text, target: Int, kind: Text, number: Int, at: Int) }
statement! { PUT,
"INSERT INTO hands (workspace_id, thing, target, kind, number, at) VALUES ($1, $2, $3, $4, $5, $6)
     ON CONFLICT (workspace_id, thing, target, kind, number) DO UPDATE SET at = excluded.at" }
statement! { DELETE, "DELETE FROM hands WHERE workspace_id = $1 AND thing = $2 AND target = $3" }
statement! { OF_ACCOUNT,
"SELECT DISTINCT thing, target FROM hands WHERE workspace_id = $1 AND at >= $3 AND (
   (kind = 'account' AND number = $2) OR (kind = 'api_key' AND number IN (
     SELECT id FROM api_keys WHERE workspace_id = $1 AND created_by = $2))) ORDER BY thing, target" }
statement! { OF_KEY,
"SELECT thing, target FROM hands
 WHERE workspace_id = $1 AND at >= $3 AND kind = 'api_key' AND number = $2 ORDER BY thing, target" }

pub(super) async fn put(tx: &mut Tx, work: Work, target: i64, who: Actor, now: Micros) -> Result<(), StoreError> {
    let (kind, number, _) = who.to_columns();
    tx.exec(&PUT, args![work.as_str(), target, kind, number, now]).await.map(drop)
}

pub(super) async fn delete(tx: &mut Tx, work: Work, target: i64) -> Result<(), StoreError> {
    tx.exec(&DELETE, args![work.as_str(), target]).await.map(drop)
}

pub(super) async fn of(tx: &mut Tx, whose: Thing, from: Micros) -> Result<Vec<(Work, i64)>, StoreError> {
    let statement = match whose {
        Thing::Account(_) => &OF_ACCOUNT,
        Thing::ApiKey(_) => &OF_KEY,
        Thing::Webhook(_) | Thing::Relay(_) | Thing::Domain(_) => return Ok(Vec::new()),
    };
    tx.all(statement, args![whose.number(), from], |r| Ok((r.word(0, Work::parse)?, r.int(1)?))).await
}
