//! What a campaign says of its sender, against the campaigns that left before: links, From, postal address.
//!
//! Promise: what no earlier campaign had is advice in the review, and a signal when the campaign leaves. Limit:
//! domains are compared as the public suffix list cuts them; a link behind a redirect looks like its first hop.

use super::{Campaign, store};
use crate::sending::FrozenRevision;
use crate::{Result, signals};
use aws_lc_rs::digest::{SHA256, digest};
use serde_json::json;
use std::collections::BTreeSet;
use waxwing_delivery::dns::organisational_domain;
use waxwing_detect::swap::{self, Change, Identity};
use waxwing_domain::{CampaignId, Ctx, SourceId};
use waxwing_message::Revision;
use waxwing_store::Tx;

/// Campaigns that a new one is compared with.
const PAST: i64 = 30;
/// Domains of one campaign; more are left out.
const MOST: usize = 200;

/// What this campaign says, as it would be frozen.
pub(super) fn of(campaign: &Campaign, frozen: &FrozenRevision, revision: &Revision) -> Identity {
    let from = campaign.from.sender().ok().and_then(|sender| sender.domain().ok());
    let links: BTreeSet<String> = revision.links.iter().filter_map(|link| domain(link)).take(MOST).collect();
    let postal = digest(&SHA256, frozen.facts.postal_address.trim().as_bytes());
    Identity {
        from: from.map(|domain| organisational_domain(domain.as_str()).to_owned()).unwrap_or_default(),
        links,
        postal: hex::encode(&postal.as_ref()[..16]),
    }
}

/// The registrable domain that a link leads to; none for what is no web address or is filled in for each person.
fn domain(link: &str) -> Option<String> {
    let host = url::Url::parse(link).ok()?.host_str()?.to_ascii_lowercase();
    let plain = host.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'.' || b == b'-');
    plain.then(|| organisational_domain(&host).to_owned())
}

/// What of it no earlier campaign had.
pub(super) async fn changes(tx: &mut Tx, id: CampaignId, now: &Identity) -> Result<Vec<Change>> {
    Ok(swap::compare(now, &store::identities(tx, id, PAST).await?))
}

/// Keeps it for the campaigns to come, and notes what is new about it.
pub(super) async fn remember(
    tx: &mut Tx,
    ctx: &Ctx,
    (id, source): (CampaignId, SourceId),
    now: &Identity,
) -> Result<()> {
    if let Some(finding) = swap::look(now, &store::identities(tx, id, PAST).await?) {
        let amount = i64::try_from(finding.contributors.len()).unwrap_or(i64::MAX);
        let detail = json!({ "campaign": id, "source": source, "finding": finding });
        signals::note(tx, ctx, "campaigns.swapped", amount, detail).await?;
    }
    Ok(store::put_identity(tx, id, now, ctx.now()).await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_compared_by_the_domain_that_somebody_can_register() {
        assert_eq!(domain("https://a.shop.example.co.uk/x?y=1").as_deref(), Some("example.co.uk"));
        assert_eq!(domain("http://EXAMPLE.org").as_deref(), Some("example.org"));
        for none in ["mailto:ann@example.org", "/relative", "https://{{ subscriber.host }}/", ""] {
            assert_eq!(domain(none), None, "{none}");
        }
    }
}
