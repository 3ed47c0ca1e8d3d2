//! The review gate: exact numbers, and everything that stands in the way, each with a way to mend it.
//!
//! Guarantee: only a review without a wrong finding gives [`Reviewed`], and it is good for the
//! version that was looked at. Limit: it is a look at one moment; the lane looks again at each person.

use super::findings::Findings;
use super::state::Reviewed;
use super::{Campaign, identity, links, missing, store};
use crate::domains::{self, Verdict};
use crate::sending::{self, AudiencePreview, Facts, FrozenRevision, audience_preview};
use crate::settings::{self, Limits};
use crate::{App, Error, Result, lists, relays};
use std::collections::BTreeSet;
use waxwing_domain::{Action, CampaignId, Ctx, Micros};
use waxwing_message::Revision;
use waxwing_store::Tx;

/// How much a finding weighs.
#[derive(Clone, Copy, PartialEq, Eq, Debug, PartialOrd, Ord)]
pub enum Level {
    /// As it should be.
    Good,
    /// Worth a thought; does not hold the campaign back.
    Advice,
    /// The campaign cannot leave before this is mended.
    Wrong,
}

impl Level {
    /// The word of the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Advice => "advice",
            Self::Wrong => "wrong",
        }
    }
}

/// One finding.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Finding {
    /// How much it weighs.
    pub level: Level,
    /// The part it is about: `audience`, `sender`, `subject`, `content`, `footer`, `sending`.
    pub part: &'static str,
    /// A sentence: what is so, and what to do.
    pub text: String,
    /// Where it is mended; empty where there is nothing to mend.
    pub mend: String,
}

/// What a review found.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Review {
    /// Of which campaign.
    pub campaign: CampaignId,
    /// Of which version.
    pub version: i64,
    /// Who would get it and who not, exactly, now.
    pub audience: AudiencePreview,
    /// Everything found, the gravest first.
    pub findings: Vec<Finding>,
    /// How long it takes at the limits that are set, in seconds; `None` without limits.
    pub seconds: Option<i64>,
}

impl Review {
    /// Whether nothing stands in the way.
    pub fn passes(&self) -> bool {
        self.findings.iter().all(|finding| finding.level != Level::Wrong)
    }
    /// The proof for sending.
    ///
    /// # Errors
    /// [`Error::Conflict`] with every reason.
    pub fn passed(&self) -> Result<Reviewed> {
        let wrong = self.findings.iter().filter(|finding| finding.level == Level::Wrong);
        let reasons: Vec<_> = wrong.map(|finding| finding.text.as_str()).collect();
        if reasons.is_empty() {
            let (campaign, version, people) = (self.campaign, self.version, self.audience.recipients);
            return Ok(Reviewed { campaign, version, people });
        }
        Err(Error::Conflict(reasons.join(" ")))
    }
}

/// The draft as it would be frozen: content, and what is the same for everybody.
pub(super) async fn frozen(tx: &mut Tx, campaign: &Campaign) -> Result<FrozenRevision> {
    let workspace = settings::load(tx).await?;
    let mut public = Vec::new();
    for list in &campaign.lists {
        let list = lists::by_id(tx, *list).await?;
        if list.visibility == lists::Visibility::Public {
            public.push(list.name);
        }
    }
    // Private lists are named to the team only, so people are told who they agreed with instead.
    let list_name = public.first().cloned().unwrap_or_else(|| workspace.organisation.clone());
    let reason = match (campaign.reason.as_str(), public.as_slice()) {
        ("", []) => format!("You get this mail because you agreed to receive mail from {}.", workspace.organisation),
        ("", names) => format!("You get this mail because you subscribed to {}.", names.join(", ")),
        (written, _) => written.to_owned(),
    };
    let facts =
        Facts { organisation: workspace.organisation, postal_address: workspace.postal_address, list_name, reason };
    Ok(FrozenRevision { content: campaign.content.source(&campaign.subject, &campaign.preheader), facts })
}

/// Looks at everything. Opens its own transactions, for it may ask the domain name system.
///
/// # Errors
/// [`Error::NotFound`]; what is wrong with the campaign stands in the review.
pub async fn review(app: &App, ctx: &Ctx, id: CampaignId) -> Result<Review> {
    ctx.authorise(Action::CampaignsRead)?;
    let mut tx = app.read(ctx, "campaigns.review").await?;
    let campaign = store::by_id(&mut tx, id).await?.ok_or(Error::NotFound("campaign"))?;
    let frozen = frozen(&mut tx, &campaign).await?;
    let compiled = super::compile(&frozen).await?;
    let mut found = Findings::new(id);
    let audience = audience_preview(&mut tx, campaign.lists.clone()).await?;
    found.audience(&campaign, &audience);
    found.subject(&campaign);
    let hosts = links::hosts(&mut tx).await?;
    found.content(&campaign, &frozen.facts, &compiled, &hosts)?;
    if let Ok(revision) = &compiled {
        found.swaps(&identity::changes(&mut tx, id, &identity::of(&campaign, &frozen, revision)).await?);
        found.fields(missing::look(&mut tx, &campaign.lists, &names_of(revision)).await?);
    }
    let limits = settings::load(&mut tx).await?.limits;
    let loopback = relays::all_on_loopback(&mut tx).await?;
    let relays = !relays::usable(app, &mut tx).await?.is_empty();
    found.ways(relays, tx.gate().await?.level.may_send());
    let verdict = stored(&mut tx, ctx, &campaign, loopback).await?;
    drop(tx);
    found.sender(&campaign, ask(app, ctx, &campaign, loopback, verdict).await?);
    let seconds = duration(audience.recipients, &limits);
    Ok(Review { campaign: id, version: campaign.version, audience, findings: found.done(), seconds })
}

/// The fields of people that content looks up.
fn names_of(revision: &Revision) -> BTreeSet<String> {
    revision.variables.iter().filter_map(|name| name.strip_prefix("subscriber.")).map(str::to_owned).collect()
}

async fn stored(tx: &mut Tx, ctx: &Ctx, campaign: &Campaign, loopback: bool) -> Result<Option<Verdict>> {
    let Ok(sender) = campaign.from.sender() else { return Ok(None) };
    domains::stored_verdict(tx, &sender.domain()?, loopback, ctx.now()).await
}

/// The verdict about From; asks the domain name system when none is fresh.
async fn ask(
    app: &App,
    ctx: &Ctx,
    campaign: &Campaign,
    loopback: bool,
    stored: Option<Verdict>,
) -> Result<Option<Verdict>> {
    let Ok(sender) = campaign.from.sender() else { return Ok(None) };
    match stored {
        Some(verdict) => Ok(Some(verdict)),
        None => domains::bulk_verdict(app, ctx, &sender.domain()?, loopback).await.map(Some),
    }
}

/// How long `number` messages take at these limits, in seconds; none without limits.
pub(super) fn duration(number: i64, limits: &Limits) -> Option<i64> {
    let times = [limits.workspace, limits.domain].into_iter().filter_map(|rate| sending::time_for(number, rate));
    times.max().map(|micros| micros / Micros::SECOND)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Rate;

    #[test]
    fn the_duration_is_that_of_the_tightest_limit() {
        let limits = |per_hour, per_day| Limits { workspace: Rate { per_hour, per_day }, ..Limits::default() };
        assert_eq!(duration(1_000_000, &limits(None, None)), None);
        assert_eq!(duration(50, &limits(Some(1_000), None)), Some(0), "a twentieth leaves at once");
        let minutes = |number, limits: &Limits| duration(number, limits).map(|seconds| seconds / 60);
        assert_eq!(minutes(1_000, &limits(Some(1_000), None)), Some(59), "an hour's worth takes the hour");
        assert_eq!(minutes(3_000, &limits(Some(1_000), None)), Some(186));
        assert_eq!(minutes(1_500, &limits(Some(1_000), Some(1_500))), Some(1_438), "the day is the tighter one");
    }
}
