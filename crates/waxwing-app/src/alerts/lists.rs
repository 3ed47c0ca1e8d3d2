//! Whether a list is worse over its last campaigns than the other lists are, where no campaign of it stands out.
//!
//! Each day, for bounces and complaints. Limit: only campaigns that went to one list alone and are done count, of the
//! last half year; what went to several lists at once says nothing of any one of them.

use super::logins::about;
use super::rates::{self, Outcomes};
use super::{Detector, Subject, raise, store, store_lists};
use crate::{App, Result};
use std::collections::{BTreeMap, HashMap};
use waxwing_detect::rate::{Signal, Trials};
use waxwing_detect::{Contributor, lists};
use waxwing_domain::{AlertId, Ctx, ListId, Micros, SourceId};
use waxwing_store::JobContext;

/// Campaigns that ended longer ago say nothing of a list as it is now, in microseconds.
const LATELY: i64 = 182 * Micros::DAY;
/// Campaigns looked at in a round, the newest.
const MOST: i64 = 1_000;
/// What is looked at. Refusals speak of the sender, deferrals of the provider, and whoever leaves is gone from the list.
const SIGNALS: [Signal; 2] = [Signal::Bounce, Signal::Complaint];

/// The campaigns of each list, the newest first.
type ByList = BTreeMap<ListId, Vec<store_lists::Sent>>;

/// Looks at every list; gives the alerts raised.
pub(super) async fn round(app: &App, ctx: &Ctx, job: Option<&JobContext>) -> Result<Vec<AlertId>> {
    let mut tx = app.read(ctx, "alerts.lists").await?;
    let sent = store_lists::lately(&mut tx, ctx.now().plus(-LATELY), MOST).await?;
    let told = match sent.is_empty() {
        true => HashMap::new(),
        false => rates::told(&mut tx, ctx, sent.iter().map(|one| one.source).collect()).await?,
    };
    drop(tx);
    let mut lists = ByList::new();
    for one in sent {
        lists.entry(one.list).or_default().push(one);
    }
    let week = ctx.now().as_i64().div_euclid(7 * Micros::DAY);
    let found = SIGNALS.into_iter().flat_map(|signal| weigh(signal, &lists, &told, week));
    raise::all(app, ctx, job, found.collect()).await
}

fn weigh(signal: Signal, lists: &ByList, told: &HashMap<SourceId, Outcomes>, week: i64) -> Vec<store::New> {
    let trials = |one: &store_lists::Sent| told.get(&one.source).map(|outcomes| outcomes.trials(signal));
    let mut found = Vec::new();
    for (list, sent) in lists {
        let part =
            |one: &store_lists::Sent| Contributor::new("Campaign", 0).of(Subject::Campaign(one.campaign).to_text());
        let own: Vec<(Contributor, Trials)> = sent.iter().filter_map(|one| Some((part(one), trials(one)?))).collect();
        let others = lists.iter().filter(|(other, _)| *other != list).flat_map(|(_, sent)| sent);
        let others: Vec<Trials> = others.filter_map(trials).collect();
        if let Some(finding) = lists::look(signal, &own, &others) {
            let since = sent.iter().take(lists::CAMPAIGNS).map(|one| one.at).min();
            let new = store::New::of(Detector::List(signal), about(&format!("list {list}"), week), finding);
            found.push(store::New { subject: Some(Subject::List(*list)), since, ..new });
        }
    }
    found
}
