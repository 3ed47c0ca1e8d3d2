//! Verdicts, and how often each detector was right.

use super::{Detector, Verdict, store};
use crate::{App, Error, Result};
use serde_json::json;
use std::collections::BTreeSet;
use waxwing_domain::{Action, AlertId, Ctx, Operation};
use waxwing_store::{Entry, Tx};

/// Alerts judged at once, at most.
const MOST: usize = 500;

/// Says whether an alert was right; a later verdict replaces an earlier one.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn judge(app: &App, tx: &mut Tx, ctx: &Ctx, id: AlertId, verdict: Verdict) -> Result<()> {
    ctx.authorise(Action::AlertsJudge)?;
    if store::judge(tx, ctx, &[id], verdict).await? != 1 {
        return Err(Error::NotFound("alert"));
    }
    let entry = Entry::new(Operation::Change, "alerts.judge").on("alert", id.as_i64());
    tx.record(app.store(), ctx, entry.detail(json!({ "verdict": verdict.as_str() }))).await?;
    Ok(())
}

/// Says the same of several alerts, all or none; the record names each. Gives how many they were.
///
/// # Errors
/// [`Error::Invalid`] for none and for more than a page has; [`Error::NotFound`] where one of them is not there.
pub async fn judge_many(app: &App, tx: &mut Tx, ctx: &Ctx, ids: &[AlertId], verdict: Verdict) -> Result<u64> {
    ctx.authorise(Action::AlertsJudge)?;
    let each: BTreeSet<AlertId> = ids.iter().copied().collect();
    let each: Vec<AlertId> = each.into_iter().collect();
    if each.is_empty() || each.len() > MOST {
        return Err(Error::invalid("alerts", format!("Choose from one to {MOST} alerts.")));
    }
    let judged = store::judge(tx, ctx, &each, verdict).await?;
    if judged != each.len() as u64 {
        return Err(Error::NotFound("alert"));
    }
    let entry = Entry::new(Operation::Change, "alerts.judge");
    tx.record(app.store(), ctx, entry.detail(json!({ "verdict": verdict.as_str(), "alerts": each }))).await?;
    Ok(judged)
}

/// How a detector did, by the verdicts of people.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Precision {
    /// The detector.
    pub detector: Detector,
    /// Alerts that were right.
    pub right: i64,
    /// Alerts that were wrong.
    pub wrong: i64,
    /// Alerts that saw something real that was meant to be so.
    pub benign: i64,
    /// Alerts without a verdict.
    pub open: i64,
}

impl Precision {
    const fn of(detector: Detector) -> Self {
        Self { detector, right: 0, wrong: 0, benign: 0, open: 0 }
    }
    /// Alerts with a verdict.
    pub const fn judged(&self) -> i64 {
        self.right + self.wrong + self.benign
    }
    fn add(&mut self, verdict: Option<Verdict>, number: i64) {
        *match verdict {
            Some(Verdict::True) => &mut self.right,
            Some(Verdict::False) => &mut self.wrong,
            Some(Verdict::Benign) => &mut self.benign,
            None => &mut self.open,
        } += number;
    }
}

/// How each detector that ever raised an alert did.
pub async fn precision(tx: &mut Tx, ctx: &Ctx) -> Result<Vec<Precision>> {
    ctx.authorise(Action::AlertsRead)?;
    let mut all: Vec<Precision> = Vec::new();
    for (detector, verdict, number) in store::verdicts(tx).await? {
        if all.last().is_none_or(|last| last.detector != detector) {
            all.push(Precision::of(detector));
        }
        if let Some(last) = all.last_mut() {
            last.add(verdict, number);
        }
    }
    Ok(all)
}
