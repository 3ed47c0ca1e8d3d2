//! Circles: matters that only some of those with a role may know of, such as what concerns a case.
//!
//! Promise: whoever is not in the circle of a matter neither sees its request nor decides it, whatever their role. Limit:
//! whoever asked knows what they asked for, also when they are in the circle no longer.

use super::{Approval, Kind};
use futures::future::BoxFuture;
use waxwing_domain::{AccountId, Actor, Ctx};
use waxwing_store::{Tx, inventory};

/// Who is in the circle of the matters of one kind. Register one with `inventory::submit!`.
pub struct Circle {
    /// Of which kind.
    pub kind: Kind,
    /// Whether an account is in the circle of the matter with this number.
    pub holds: for<'a> fn(&'a mut Tx, i64, AccountId) -> BoxFuture<'a, crate::Result<bool>>,
}

inventory::collect!(Circle);

/// Whether an account is in the circle of a matter; everybody is where there is none.
pub(super) async fn holds(tx: &mut Tx, approval: &Approval, account: AccountId) -> crate::Result<bool> {
    for circle in inventory::iter::<Circle>().filter(|circle| circle.kind == approval.kind) {
        if !(circle.holds)(tx, approval.reference, account).await? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Whether `ctx` may know of a matter: by what they are, and by its circle.
pub(super) async fn is_shown(tx: &mut Tx, ctx: &Ctx, approval: &Approval) -> crate::Result<bool> {
    if approval.is_asked_by(ctx) || ctx.actor == Actor::Host {
        return Ok(true);
    }
    match ctx.actor {
        _ if !approval.is_shown_to(ctx) => Ok(false),
        Actor::Account(account, _) => holds(tx, approval, account).await,
        _ => Ok(inventory::iter::<Circle>().all(|circle| circle.kind != approval.kind)),
    }
}
