//! How far a campaign is: its own state, and its source's once it has one.

use super::{CampaignState, Phase};
use crate::sending::{self, Counts, SourceState};
use crate::{Error, Result};
use std::collections::HashMap;
use waxwing_domain::{Action, Ctx, Micros, SourceId};
use waxwing_store::Tx;

/// The standing of a campaign.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Standing {
    /// What people are told.
    pub phase: Phase,
    /// The source, once messages were handed to the lane.
    pub source: Option<SourceId>,
    /// The pass of the source; zero without one. An order that names it is done once.
    pub pass: i64,
    /// What became of its messages.
    pub counts: Option<Counts>,
    /// Why nothing leaves, where it is held.
    pub held_because: Option<String>,
    /// When the first messages left.
    pub started_at: Option<Micros>,
}

impl Standing {
    fn of(state: &CampaignState, source: Option<(SourceId, sending::Standing)>) -> Self {
        let phase = Phase::of(state, source.as_ref().map(|(_, standing)| standing.state));
        let Some((id, of)) = source else {
            return Self { phase, source: None, pass: 0, counts: None, held_because: None, started_at: None };
        };
        Self {
            phase,
            source: Some(id),
            pass: of.pass,
            counts: Some(of.counts),
            held_because: of.hold_reason.filter(|_| of.state == SourceState::Held),
            started_at: of.started_at,
        }
    }
}

/// How far the campaign in `state` is.
pub async fn standing(tx: &mut Tx, ctx: &Ctx, state: &CampaignState) -> Result<Standing> {
    standings(tx, ctx, &[state]).await?.pop().ok_or(Error::NotFound("campaign"))
}

/// How far the campaigns in these states are, in their order; one question to the database for all.
pub async fn standings(tx: &mut Tx, ctx: &Ctx, states: &[&CampaignState]) -> Result<Vec<Standing>> {
    ctx.authorise(Action::CampaignsRead)?;
    let ids: Vec<SourceId> = states.iter().filter_map(|state| state.source()).collect();
    let mut sources: HashMap<SourceId, sending::Standing> = sending::standings(tx, &ids).await?;
    let one = |state: &&CampaignState| match state.source() {
        None => Ok(Standing::of(state, None)),
        Some(id) => sources.remove(&id).map(|of| Standing::of(state, Some((id, of)))).ok_or(Error::NotFound("source")),
    };
    states.iter().map(one).collect()
}
