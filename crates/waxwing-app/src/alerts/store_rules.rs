//! The SQL of rules.

use super::{Detector, Follows, Rule};
use waxwing_domain::Ctx;
use waxwing_store::{StoreError, Tx, args, statement};

// How the system is set, kept when something is contained.
crate::kept! { RULES_KEPT, "alerts_rules" (detector: Text, looks: Int, act: Text, changed_at: Int, changed_by: Int) }
statement! { ALL, "SELECT detector, looks, act FROM alerts_rules WHERE workspace_id = $1" }
statement! { PUT,
"INSERT INTO alerts_rules (workspace_id, detector, looks, act, changed_at, changed_by) VALUES ($1, $2, $3, $4, $5, $6)
 ON CONFLICT (workspace_id, detector) DO UPDATE SET looks = excluded.looks, act = excluded.act,
   changed_at = excluded.changed_at, changed_by = excluded.changed_by" }

/// The rules that somebody set.
pub(super) async fn all(tx: &mut Tx) -> Result<Vec<Rule>, StoreError> {
    tx.all(&ALL, args![], |r| {
        Ok(Rule { detector: r.word(0, Detector::parse)?, looks: r.int(1)? == 1, follows: r.word(2, Follows::parse)? })
    })
    .await
}

pub(super) async fn put(tx: &mut Tx, ctx: &Ctx, rule: Rule) -> Result<(), StoreError> {
    let row =
        args![rule.detector.as_str(), i64::from(rule.looks), rule.follows.as_str(), ctx.now(), ctx.actor.principal()];
    tx.exec(&PUT, row).await.map(drop)
}
