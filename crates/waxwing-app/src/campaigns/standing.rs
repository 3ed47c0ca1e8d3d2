//! How far a campaign is: its own state, and its source's once it has one.

use super::{CampaignState, Phase};
use crate::Result;
use crate::sending::{self, Counts, SourceState};
use waxwing_domain::{Ctx, Micros, SourceId};
use waxwing_store::Tx;

/// The standing of a campaign.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Standing {
    /// What people are told.
    pub phase: Phase,
    /// The source, once messages were handed to the lane.
    pub source: Option<SourceId>,
    /// What became of its messages.
    pub counts: Option<Counts>,
    /// Why nothing leaves, where it is held.
    pub held_because: Option<String>,
    /// When the first messages left.
    pub started_at: Option<Micros>,
}

/// How far the campaign in `state` is.
pub async fn standing(tx: &mut Tx, ctx: &Ctx, state: &CampaignState) -> Result<Standing> {
    let CampaignState::Started { source } = *state else {
        return Ok(Standing {
            phase: Phase::of(state, None),
            source: None,
            counts: None,
            held_because: None,
            started_at: None,
        });
    };
    let of = sending::by_id(tx, ctx, source).await?;
    let counts = sending::counts(tx, source).await?;
    Ok(Standing {
        phase: Phase::of(state, Some(of.state)),
        source: Some(source),
        counts: Some(counts),
        held_because: of.hold_reason.filter(|_| of.state == SourceState::Held),
        started_at: of.started_at,
    })
}
