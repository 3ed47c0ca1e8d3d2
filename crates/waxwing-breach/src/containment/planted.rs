//! What a contained person or key planted that would go on without them.
//!
//! Promise: in the transaction that shuts them, what they made or changed in the window is shut too: relays that they gave
//! an address or a login, or turned on, carry nothing until each is reinstated with its checklist; campaigns with a time
//! ahead are drafts again, those being sent pause. Templates do nothing by themselves: they are named, to be looked at.
//! Limit: a campaign is held as a whole, also where their change was harmless; a draft of a colleague that began from their
//! template holds a copy of its words.

use super::{Changed, Containment, Scope, store};
use waxwing_app::hands::{self, Work};
use waxwing_app::{App, Result, campaigns};
use waxwing_domain::{CampaignId, Ctx, Micros, RelayId, TemplateId, Thing};
use waxwing_store::Tx;

/// Shuts what `thing` planted.
pub(super) async fn hold(app: &App, tx: &mut Tx, ctx: &Ctx, of: &Containment, thing: Thing) -> Result<()> {
    for (work, target) in hands::of(tx, thing, of.suspected_from).await? {
        match work {
            Work::Relay => {
                tx.shut(Thing::Relay(RelayId::from_i64(target)), of.id).await?;
            }
            Work::Campaign => {
                campaigns::hold_contained(app, tx, ctx, CampaignId::from_i64(target)).await?;
            }
            Work::Template => {}
        }
    }
    Ok(())
}

/// What a contained person or key planted, to be looked at; nothing for anything else.
pub(super) async fn of(tx: &mut Tx, scope: Scope, from: Micros) -> Result<Vec<Changed>> {
    let Some(thing) = scope.thing() else { return Ok(Vec::new()) };
    let found = hands::of(tx, thing, from).await?;
    let names = store::works(tx, found.iter().map(|(_, target)| *target).collect()).await?;
    let named = |(work, target): (Work, i64)| Some(changed(work, target, names.get(&target)?));
    Ok(found.into_iter().filter_map(named).collect())
}

fn changed(work: Work, target: i64, name: &str) -> Changed {
    let (what, path) = match work {
        Work::Relay => ("Relay", format!("/settings/relays/{}", RelayId::from_i64(target))),
        Work::Template => ("Template", format!("/campaigns/templates/{}", TemplateId::from_i64(target))),
        Work::Campaign => ("Campaign", format!("/campaigns/{}", CampaignId::from_i64(target))),
    };
    Changed { what: format!("{what} “{name}”"), path }
}
