//! Links of a campaign that machines open.
//!
//! Read from the signals of `sending` about visits, which carry keyed tags of the network and of the message.
//! Each network is judged for each mailing.

use super::logins::about;
use super::store_signals::{self, Noted};
use super::{Detector, raise, store};
use crate::sending::visits::Opened;
use crate::{App, Error, Result, sending};
use std::collections::BTreeMap;
use waxwing_detect::clicks::{self, Seen, Visit};
use waxwing_domain::{AlertId, CampaignId, Ctx, Micros, SourceId};
use waxwing_store::{JobContext, Tx};

/// Visits of so long are looked at together, in microseconds.
const WINDOW: i64 = Micros::HOUR;

/// Looks at the visits of the hour; gives the alerts raised.
pub(super) async fn round(app: &App, ctx: &Ctx, job: Option<&JobContext>) -> Result<Vec<AlertId>> {
    let mut tx = app.read(ctx, "alerts.clicks").await?;
    let noted = store_signals::of(&mut tx, &["sending.visited"], ctx.now().plus(-WINDOW)).await?;
    let mut found = Vec::new();
    for ((source, network), visits) in by_network(&noted) {
        if let Some(finding) = clicks::scanner(Seen::of(&visits, Opened::ALL.len())) {
            let campaign = campaign(&mut tx, ctx, source).await?;
            let about = about(network, source.as_i64());
            found.push(store::New { campaign, ..store::New::of(Detector::Clicks, about, finding) });
        }
    }
    drop(tx);
    raise::all(app, ctx, job, found).await
}

async fn campaign(tx: &mut Tx, ctx: &Ctx, source: SourceId) -> Result<Option<CampaignId>> {
    match sending::by_id(tx, ctx, source).await {
        Ok(source) => Ok((source.kind == "campaign").then(|| CampaignId::from_i64(source.reference))),
        Err(Error::NotFound(_)) => Ok(None),
        Err(other) => Err(other),
    }
}

/// The visits of each mailing by network; what cannot be read is left out.
fn by_network(noted: &[Noted]) -> BTreeMap<(SourceId, &str), Vec<Visit>> {
    let mut found: BTreeMap<(SourceId, &str), Vec<Visit>> = BTreeMap::new();
    for one in noted {
        let (Some(network), Some((source, visit))) = (one.detail["network"].as_str(), read(one)) else { continue };
        found.entry((source, network)).or_default().push(visit);
    }
    found
}

fn read(noted: &Noted) -> Option<(SourceId, Visit)> {
    let detail = &noted.detail;
    let source = detail["source"].as_str()?.parse().ok()?;
    let visit = Visit {
        person: u64::from_str_radix(detail["message"].as_str()?, 16).ok()?,
        link: u8::try_from(detail["link"].as_u64()?).ok()?,
        after: detail["after"].as_i64(),
        hidden: false,
        nameless: detail["nameless"] == true,
        pressed: detail["pressed"] == true,
    };
    Some((source, visit))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn each_mailing_and_network_is_told_apart_and_what_is_broken_left_out() {
        let source = |number| SourceId::from_i64(number);
        let noted = |number: i64, network: &str, message: &str| Noted {
            kind: "sending.visited".into(),
            detail: json!({ "source": source(number), "network": network, "message": message, "link": 1, "after": 7 }),
            at: Micros::from_i64(5),
        };
        let all =
            [noted(1, "n", "0a"), noted(1, "n", "0b"), noted(1, "m", "0a"), noted(2, "n", "0a"), noted(2, "n", "no")];
        let found = by_network(&all);
        let counts: Vec<_> =
            found.iter().map(|((source, network), of)| (source.as_i64(), *network, of.len())).collect();
        assert_eq!(counts, [(1, "m", 1), (1, "n", 2), (2, "n", 1)]);
        assert_eq!(found[&(source(1), "m")][0].after, Some(7));
    }
}
