//! Whose credential had a hand in what goes on by itself: relays, templates, campaigns.
//!
//! Promise: whatever a person or a key made or changed is noted in the same transaction, under their own name for ever: a
//! colleague who changes it later takes nothing off the list. A person's keys are hands of theirs.
//! States: none. Tables: `hands`. Events: none. Jobs: none.
//! Limit: acts from before this was kept are not known here; the access record has them.

mod store;

use crate::Result;
use waxwing_domain::{Actor, Ctx, Micros, Thing};
use waxwing_store::Tx;

/// What is noted.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Work {
    /// A relay that got another address or login, or was turned on.
    Relay,
    /// A template.
    Template,
    /// A campaign: its words, its people, its time.
    Campaign,
}

impl Work {
    /// The stable word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Relay => "relay",
            Self::Template => "template",
            Self::Campaign => "campaign",
        }
    }
    fn parse(word: &str) -> Option<Self> {
        [Self::Relay, Self::Template, Self::Campaign].into_iter().find(|work| work.as_str() == word)
    }
}

/// Notes whose credential does this now. The machine's own acts are nobody's.
pub(crate) async fn note(tx: &mut Tx, ctx: &Ctx, work: Work, target: i64) -> Result<()> {
    match ctx.actor {
        Actor::Account(..) | Actor::ApiKey(_) => Ok(store::put(tx, work, target, ctx.actor, ctx.now()).await?),
        Actor::Host | Actor::Job | Actor::Public => Ok(()),
    }
}

/// Forgets the hands in what is gone.
pub(crate) async fn forget(tx: &mut Tx, work: Work, target: i64) -> Result<()> {
    Ok(store::delete(tx, work, target).await?)
}

/// What a person, with the keys they made, or a key had a hand in since `from`; nothing for anything else.
pub async fn of(tx: &mut Tx, whose: Thing, from: Micros) -> Result<Vec<(Work, i64)>> {
    Ok(store::of(tx, whose, from).await?)
}
