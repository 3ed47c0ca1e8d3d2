//! Campaigns that left with links, a sender or a postal address that no earlier one had.
//!
//! `campaigns` compares when a campaign starts and notes a signal; it is raised here.

use super::store_signals::{self, Noted};
use super::{Detector, raise, store};
use crate::{App, Result};
use waxwing_domain::{AlertId, CampaignId, Ctx, Micros};
use waxwing_store::JobContext;

/// Raises what campaigns of the last hour noted; gives the alerts raised.
pub(super) async fn round(app: &App, ctx: &Ctx, job: Option<&JobContext>) -> Result<Vec<AlertId>> {
    let mut tx = app.read(ctx, "alerts.swaps").await?;
    let noted = store_signals::of(&mut tx, &["campaigns.swapped"], ctx.now().plus(-Micros::HOUR)).await?;
    drop(tx);
    raise::all(app, ctx, job, noted.iter().filter_map(swap).collect()).await
}

fn swap(noted: &Noted) -> Option<store::New> {
    let campaign: CampaignId = serde_json::from_value(noted.detail["campaign"].clone()).ok()?;
    let finding = serde_json::from_value(noted.detail["finding"].clone()).ok()?;
    let source = serde_json::from_value(noted.detail["source"].clone()).ok();
    Some(store::New { campaign: Some(campaign), source, ..store::New::of(Detector::Swap, campaign.as_i64(), finding) })
}
