//! Who hears of an alert, and what the mail says.
//!
//! Promise: in the transaction that raises alerts, everybody who may judge them gets one mail: what was found, what was
//! done by itself, and where to look. Limit: one mail a detector and clock hour, but for made-up people who were heard of
//! and containment that is asked for, which are always told; what is mild and led to nothing is on Home alone. The mail
//! names nobody and carries no number of people.

use super::{Act, Alert, Detector, store, store_telling};
use crate::accounts::{self, Notice};
use crate::{App, Result};
use waxwing_detect::rate::Signal;
use waxwing_domain::{Action, AlertId, Ctx, Micros};
use waxwing_store::Tx;

/// Mails what was raised just now to whoever may judge it; gives to how many people.
pub(super) async fn raised(app: &App, tx: &mut Tx, ctx: &Ctx, ids: &[AlertId]) -> Result<usize> {
    let mut told = Vec::new();
    for id in ids {
        let Some(alert) = store::by_id(tx, *id).await? else { continue };
        if is_told(tx, &alert, ids).await? {
            told.push(alert);
        }
    }
    if told.is_empty() {
        return Ok(0);
    }
    accounts::tell_whoever_may(app, tx, ctx, Action::AlertsJudge, &notice(&told, &app.config().public_url)).await
}

async fn is_told(tx: &mut Tx, alert: &Alert, together: &[AlertId]) -> Result<bool> {
    if is_grave(alert) {
        return Ok(true);
    }
    if is_mild(alert) {
        return Ok(false);
    }
    let hour = Micros::from_i64(alert.at.as_i64().div_euclid(Micros::HOUR) * Micros::HOUR);
    let earlier = store_telling::since(tx, alert.detector, hour).await?;
    Ok(earlier.iter().all(|id| together.contains(id)))
}

fn is_grave(alert: &Alert) -> bool {
    alert.detector == Detector::Canary || matches!(alert.act, Act::ContainmentAsked | Act::Containing)
}

/// What can wait until somebody looks: mail that is slow, and weeks that are fuller than others.
fn is_mild(alert: &Alert) -> bool {
    alert.act == Act::None && matches!(alert.detector, Detector::Rate(Signal::Deferral) | Detector::Drift(_))
}

/// What was done by itself, as a sentence.
const fn done(act: Act) -> &'static str {
    match act {
        Act::None => "Nothing was done by itself.",
        Act::Paused => "The campaign was paused.",
        Act::SteppedUp => "The person is asked to prove who they are before anything else.",
        Act::SessionsEnded => "The person’s sessions were ended.",
        Act::ContainmentAsked => "Containment is asked for: somebody has to decide.",
        Act::Containing => {
            "It is about a key, a webhook or a relay, which is contained by itself: another mail says so."
        }
        Act::Contained => "What it is about was contained by itself.",
        Act::Quarantined => "The import was quarantined: its people get nothing until somebody releases it.",
    }
}

fn notice(alerts: &[Alert], public_url: &str) -> Notice {
    let subject = match alerts {
        [one] => format!("Waxwing alert: {}", one.detector.name()),
        many => format!("{} Waxwing alerts", many.len()),
    };
    let line =
        |one: &Alert| format!("{}. {}\n{public_url}/security/alerts/{}\n", one.detector.name(), done(one.act), one.id);
    let lines: Vec<String> = alerts.iter().map(line).collect();
    let text = format!(
        "{}\nLook at it after signing in, and say whether it was right. More of the same kind within this hour is not \
         mailed: it is on Home and under Alerts.\n",
        lines.join("\n")
    );
    Notice { kind: "alerts.raised", subject, text }
}
