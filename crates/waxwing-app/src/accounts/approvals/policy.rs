//! What needs a second person in this workspace.
//!
//! Promise: needing one more often takes effect at once; needing one less often needs one itself.
//! Nothing is switched on that fewer than two people could decide, or the first request would wait for
//! ever. Limit: the host's command line sets anything; it is the way out where nobody is left to decide.

use super::asking::{Passage, pass};
use super::{Kind, Matter, decide};
use crate::{App, Error, settings, signals};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use waxwing_domain::{Action, Actor, Ctx, Operation};
use waxwing_store::{Entry, StoreError, Tx};

/// The setting that holds it.
const KEY: &str = "approvals.policy";

/// What needs a second person; nothing until a workspace says so.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize, ToSchema)]
#[schema(as = ApprovalPolicy)]
pub struct Policy {
    /// Every export.
    pub exports: bool,
    /// Every grant of a powerful role.
    pub grants: bool,
    /// Campaigns to lists that nothing was ever sent to.
    pub new_audiences: bool,
    /// Campaigns to more people than this; none for no threshold.
    pub sends_over: Option<i64>,
    /// Keeping a field longer than was said until now.
    #[serde(default)]
    pub retention: bool,
}

impl Policy {
    /// Whether it asks for anything.
    pub fn is_on(&self) -> bool {
        *self != Self::default()
    }

    /// Whether a campaign to so many people needs a second person.
    pub fn holds_send(&self, people: i64, to_new: bool) -> bool {
        (self.new_audiences && to_new) || self.sends_over.is_some_and(|most| people > most)
    }

    /// Whether anything that needs a second person under `old` would not under this.
    fn is_weaker_than(&self, old: &Self) -> bool {
        let threshold = match (old.sends_over, self.sends_over) {
            (None, _) => false,
            (Some(_), None) => true,
            (Some(old), Some(new)) => new > old,
        };
        threshold
            || (old.exports && !self.exports)
            || (old.grants && !self.grants)
            || (old.new_audiences && !self.new_audiences)
            || (old.retention && !self.retention)
    }

    /// The kinds that it holds back.
    fn kinds(&self) -> impl Iterator<Item = Kind> {
        let sends = self.new_audiences || self.sends_over.is_some();
        let (of_people, of_rights) = ((Kind::Export, self.exports), (Kind::Grant, self.grants));
        [(Kind::Send, sends), of_people, of_rights, (Kind::Retention, self.retention), (Kind::Policy, self.is_on())]
            .into_iter()
            .filter_map(|(kind, on)| on.then_some(kind))
    }

    /// As the second person reads it.
    fn matter(&self, old: &Self) -> Matter {
        let word = |on: bool| if on { "needs a second person" } else { "one person is enough" };
        let most = |most: Option<i64>| most.map_or("no threshold".to_owned(), waxwing_http::count);
        let change = |old: String, new: String| if old == new { new } else { format!("{new} (until now: {old})") };
        let switch = |old, new| change(word(old).to_owned(), word(new).to_owned());
        Matter::new(Kind::Policy, 0, "What needs a second person", self.back())
            .fact("Exports", switch(old.exports, self.exports))
            .fact("Powerful roles", switch(old.grants, self.grants))
            .fact("Campaigns to new lists", switch(old.new_audiences, self.new_audiences))
            .fact("Campaigns to more people than", change(most(old.sends_over), most(self.sends_over)))
            .fact("Keeping data longer", switch(old.retention, self.retention))
    }

    /// The page with this filled in, for whoever asked to press again.
    fn back(&self) -> String {
        let mut back = "/settings/approvals?again=1".to_owned();
        let (exports, grants) = (("exports", self.exports), ("grants", self.grants));
        for (name, on) in [exports, grants, ("new_audiences", self.new_audiences), ("retention", self.retention)] {
            if on {
                back.push_str(&format!("&{name}=on"));
            }
        }
        back + &self.sends_over.map(|most| format!("&sends_over={most}")).unwrap_or_default()
    }
}

/// What needs a second person now.
pub async fn load(tx: &mut Tx) -> crate::Result<Policy> {
    let Some(text) = settings::value(tx, KEY).await? else { return Ok(Policy::default()) };
    let damaged = |_| StoreError::Damaged("what needs a second person".into());
    Ok(serde_json::from_str(&text).map_err(damaged)?)
}

/// Sets what needs a second person. What is weaker than before needs one itself.
///
/// # Errors
/// [`Error::Invalid`] for a threshold that is none; [`Error::Conflict`] where fewer than two people
/// could decide what would be held back.
pub async fn save(app: &App, tx: &mut Tx, ctx: &Ctx, new: Policy) -> crate::Result<Passage> {
    ctx.authorise(Action::ApprovalsWrite)?;
    if new.sends_over.is_some_and(|most| most < 0) {
        return Err(Error::invalid("sends_over", "Write a whole number, or nothing for no threshold."));
    }
    let old = load(tx).await?;
    if old == new {
        return Ok(Passage::FREE);
    }
    if ctx.actor != Actor::Host {
        check_deciders(tx, ctx, &new).await?;
    }
    let passage = match new.is_weaker_than(&old) {
        true => pass(app, tx, ctx, &new.matter(&old)).await?,
        false => Passage::FREE,
    };
    if passage.waits().is_none() {
        put(app, tx, ctx, &new, &passage).await?;
    }
    Ok(passage)
}

async fn put(app: &App, tx: &mut Tx, ctx: &Ctx, new: &Policy, passage: &Passage) -> crate::Result<()> {
    settings::set_value(tx, ctx, KEY, &json!(new).to_string()).await?;
    let detail = json!({ "policy": new, "by": passage.note() });
    tx.record(app.store(), ctx, Entry::new(Operation::Change, "approvals.policy").detail(detail)).await?;
    signals::note(tx, ctx, "approvals.policy", 1, json!({ "policy": new })).await
}

async fn check_deciders(tx: &mut Tx, ctx: &Ctx, new: &Policy) -> crate::Result<()> {
    for kind in new.kinds() {
        if decide::competent(tx, ctx.now(), kind).await?.len() < 2 {
            return Err(Error::Conflict(format!(
                "Fewer than two people could decide “{}”. Give somebody else a role that may, then switch this on.",
                kind.words()
            )));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const STRICT: Policy =
        Policy { exports: true, grants: true, new_audiences: true, sends_over: Some(500), retention: true };

    #[test]
    fn what_asks_less_often_is_weaker() {
        let weaker = [
            Policy { exports: false, ..STRICT },
            Policy { grants: false, ..STRICT },
            Policy { new_audiences: false, ..STRICT },
            Policy { retention: false, ..STRICT },
            Policy { sends_over: None, ..STRICT },
            Policy { sends_over: Some(501), ..STRICT },
            Policy { exports: false, sends_over: Some(1), ..STRICT },
        ];
        for new in weaker {
            assert!(new.is_weaker_than(&STRICT), "{new:?}");
        }
        for new in [STRICT, Policy { sends_over: Some(499), ..STRICT }] {
            assert!(!new.is_weaker_than(&STRICT), "{new:?}");
        }
        assert!(!STRICT.is_weaker_than(&Policy::default()));
    }

    #[test]
    fn a_campaign_is_held_above_the_threshold_and_to_new_lists() {
        assert!(!STRICT.holds_send(500, false) && STRICT.holds_send(501, false) && STRICT.holds_send(1, true));
        assert!(!Policy::default().holds_send(i64::MAX, true));
    }
}
