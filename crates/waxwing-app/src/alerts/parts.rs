//! Who or what brought most of an hour or a week of a flow.
//!
//! Messages by campaign and reads by key are counted beside the hours; exports, sign-ups and refused sign-ins are
//! counted from signals when somebody asks. Limit: of sign-ins and sign-ups it is known how many came from one network,
//! never which network that is.

use super::{Subject, store_hours, store_names, store_parts, store_signals};
use crate::Result;
use std::collections::HashMap;
use waxwing_detect::volume::Flow;
use waxwing_detect::{Contributor, Finding};
use waxwing_domain::{ApiKeyId, CampaignId, Micros, Thing};
use waxwing_store::Tx;

/// From the first of these hours to the last, both included.
pub(super) type Hours = (i64, i64);

/// The parts of what a flow brought in these hours; never none.
pub(super) async fn of(tx: &mut Tx, flow: Flow, hours: Hours, whole: f64) -> Result<Vec<Contributor>> {
    let parts = match flow {
        Flow::Sent => campaigns(tx, hours).await?,
        Flow::ApiReads => keys(tx, hours).await?,
        Flow::Exports => store_hours::actors(tx, "export.begun", hours).await?,
        Flow::Signups => forms(tx, hours).await?,
        Flow::Refused => store_hours::addresses(tx, "login.refused", hours).await?,
    };
    Ok(or_unknown(parts, whole))
}

/// The parts in order, or that there are none to name.
pub(super) fn or_unknown(parts: Vec<Contributor>, whole: f64) -> Vec<Contributor> {
    match Finding::ranked(parts) {
        none if none.is_empty() => vec![Contributor::new("From where is not known", whole.max(0.0).round() as u64)],
        some => some,
    }
}

/// The thing that plainly has most.
pub(super) fn subject(parts: &[Contributor], whole: f64) -> Option<Subject> {
    Contributor::foremost(parts, whole)?.thing.as_deref().and_then(Subject::parse)
}

async fn campaigns(tx: &mut Tx, hours: Hours) -> Result<Vec<Contributor>> {
    let most = store_parts::most(tx, Flow::Sent, hours).await?;
    let opened = store_names::of_sources(tx, most.iter().map(|(source, _)| *source).collect()).await?;
    let opened: HashMap<i64, (String, i64)> = opened.into_iter().map(|(id, kind, of)| (id, (kind, of))).collect();
    let part = |(source, count): (i64, u64)| match opened.get(&source) {
        Some((kind, campaign)) if kind == "campaign" => {
            Contributor::new("Campaign", count).of(Subject::Campaign(CampaignId::from_i64(*campaign)).to_text())
        }
        Some((kind, _)) => Contributor::new(format!("Messages of kind {kind}"), count),
        None => Contributor::new("A mailing that is gone", count),
    };
    Ok(most.into_iter().map(part).collect())
}

async fn keys(tx: &mut Tx, hours: Hours) -> Result<Vec<Contributor>> {
    let most = store_parts::most(tx, Flow::ApiReads, hours).await?;
    let part = |(key, count): (i64, u64)| {
        let id = ApiKeyId::from_i64(key);
        Contributor::new(format!("API key {id}"), count).of(Subject::Thing(Thing::ApiKey(id)).to_text())
    };
    Ok(most.into_iter().map(part).collect())
}

/// By form where that was noted, else by network.
async fn forms(tx: &mut Tx, hours: Hours) -> Result<Vec<Contributor>> {
    let from = Micros::from_i64(hours.0 * Micros::HOUR);
    let noted = store_signals::of(tx, &["signup.asked"], from).await?;
    let parts = by_form(noted.iter().filter_map(|one| one.detail["form"].as_str()));
    match parts.is_empty() {
        true => Ok(store_hours::addresses(tx, "signup.asked", hours).await?),
        false => Ok(parts),
    }
}

/// How often each form was used, by the numbers of forms as signals have them.
pub(super) fn by_form<'a>(forms: impl Iterator<Item = &'a str>) -> Vec<Contributor> {
    let mut counts: HashMap<i64, u64> = HashMap::new();
    for form in forms.filter_map(|form| form.parse::<i64>().ok()) {
        *counts.entry(form).or_default() += 1;
    }
    let part = |(form, count)| Contributor::new(format!("Form {form}"), count).of(Subject::Form(form).to_text());
    counts.into_iter().map(part).collect()
}
