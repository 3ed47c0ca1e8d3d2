//! Sign-ins that are not like their person, and lists of passwords or addresses that are tried out.
//!
//! Both are read from signals of `login`: its risk says of one sign-in why it is strange; attempts carry the keyed
//! tag of their network and the number of its provider, by which they are counted together.

use super::store_signals::{self, Noted};
use super::{Detector, raise, store};
use crate::{App, Result};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use waxwing_detect::login::guessing::{self, Attempts};
use waxwing_detect::{Contributor, Finding, login};
use waxwing_domain::{AccountId, AlertId, Ctx, Micros};
use waxwing_store::JobContext;

/// A strange sign-in is still told after so long, in microseconds: the node that looks may have been away.
const LATE: i64 = Micros::HOUR;
/// Signals of attempts.
const ATTEMPTS: [&str; 6] = [
    "login.refused",
    "login.sso_refused",
    "login.password_right",
    "login.signed_in",
    "login.signed_in_passkey",
    "login.risk",
];
/// Why an answer of an identity provider is refused for what the provider or the workspace is, and not for who tries:
/// that tells of no guessing.
const NOT_THEIRS: [&str; 8] =
    ["changed", "provider", "unreachable", "description", "keys", "contained", "closed", "session"];

/// Looks at what signed in, or tried to, within the hour; gives the alerts raised.
pub(super) async fn round(app: &App, ctx: &Ctx, job: Option<&JobContext>) -> Result<Vec<AlertId>> {
    let mut tx = app.read(ctx, "alerts.logins").await?;
    let noted = store_signals::of(&mut tx, &ATTEMPTS, ctx.now().plus(-LATE)).await?;
    drop(tx);
    let day = ctx.now().as_i64().div_euclid(Micros::DAY);
    let noted: Vec<Noted> = noted.into_iter().filter(tells_of_somebody).collect();
    let (risks, attempts): (Vec<Noted>, Vec<Noted>) = noted.into_iter().partition(|one| one.kind == "login.risk");
    let mut found: Vec<store::New> = risks.iter().filter_map(strange).collect();
    for (place, (of, first)) in places(&attempts) {
        let about = about(&place, day);
        let new = |detector, finding| store::New { since: Some(first), ..store::New::of(detector, about, finding) };
        found.extend(guessing::stuffing(of).map(|finding| new(Detector::Stuffing, finding)));
        found.extend(guessing::enumeration(of).map(|finding| new(Detector::Enumeration, finding)));
    }
    raise::all(app, ctx, job, found).await
}

/// Whether somebody tried something: an outage of an identity provider refuses everybody.
fn tells_of_somebody(noted: &Noted) -> bool {
    let reason = noted.detail["reason"].as_str().unwrap_or_default();
    noted.kind != "login.sso_refused" || !NOT_THEIRS.contains(&reason)
}

/// Whether an attempt was refused, by us or for what an identity provider answered.
fn is_refusal(noted: &Noted) -> bool {
    matches!(noted.kind.as_str(), "login.refused" | "login.sso_refused")
}

/// A number for a place and a day: what tells one alert from another of the same detector.
pub(super) fn about(place: &str, day: i64) -> i64 {
    // FNV-1a: equal places give equal numbers on every machine; two that meet cost one alert.
    let hash = place
        .bytes()
        .chain(day.to_be_bytes())
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3));
    (hash >> 1).cast_signed()
}

/// The alert of a strange sign-in: once a day for each person.
fn strange(noted: &Noted) -> Option<store::New> {
    let detail = &noted.detail;
    if detail["strange"] != true {
        return None;
    }
    let account: AccountId = serde_json::from_value(detail["account"].clone()).ok()?;
    let score = detail["score"].as_f64()?;
    let reasons: Vec<&str> = detail["reasons"].as_array()?.iter().filter_map(|reason| reason.as_str()).collect();
    let finding = Finding {
        observed: 10_f64.powf(score.min(9.0)),
        expected: 1.0,
        bound: 10_f64.powf(login::STRANGE),
        sample: 1,
        contributors: reasons.iter().map(|reason| Contributor::new(*reason, 1)).collect(),
        why: format!("The password was right. {}", reasons.join(" ")),
        advice: "More than the password was asked for, where there was a way. Ask the person, by another way than \
                 mail, whether it was them; if not, a new password and a second factor of their own."
            .to_owned(),
    };
    let about = about(&account.to_string(), noted.at.as_i64().div_euclid(Micros::DAY));
    let since = Some(noted.at);
    Some(store::New { account: Some(account), since, ..store::New::of(Detector::StrangeLogin, about, finding) })
}

/// What was tried from each network, and from each provider, and since when.
fn places(noted: &[Noted]) -> BTreeMap<String, (Attempts, Micros)> {
    let mut by_place: BTreeMap<String, Vec<&Noted>> = BTreeMap::new();
    for one in noted {
        let from = &one.detail["from"];
        let network = from["network"].as_str().map(|tag| format!("network {tag}"));
        let provider = from["provider"].as_i64().map(|number| format!("provider {number}"));
        for place in network.into_iter().chain(provider) {
            by_place.entry(place).or_default().push(one);
        }
    }
    let first = |of: &[&Noted]| of.iter().map(|one| one.at).min();
    by_place.into_iter().filter_map(|(place, of)| Some((place, (count(&of), first(&of)?)))).collect()
}

fn count(noted: &[&Noted]) -> Attempts {
    let refused: Vec<&&Noted> = noted.iter().filter(|one| is_refusal(one)).collect();
    let mut typed: HashMap<&str, bool> = HashMap::new();
    for one in &refused {
        if let Some(who) = one.detail["typed"].as_str() {
            typed.insert(who, one.detail["account"].is_null());
        }
    }
    // A right password with a second factor notes two signals for one attempt: the first counts.
    let right: BTreeSet<i64> = noted.iter().filter(|one| !is_refusal(one)).map(|one| one.at.as_i64()).collect();
    Attempts {
        tried: (refused.len() + right.len()) as u64,
        refused: refused.len() as u64,
        unknown: refused.iter().filter(|one| one.detail["account"].is_null()).count() as u64,
        accounts: typed.len() as u64,
        strangers: typed.values().filter(|unknown| **unknown).count() as u64,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn attempts_of_one_provider_are_counted_together_however_many_networks_it_has() {
        let refused = |at: i64| Noted {
            kind: "login.refused".into(),
            detail: json!({ "account": null, "typed": format!("{at}"), "from": { "network": format!("{}", at % 7), "provider": 64_500 } }),
            at: Micros::from_i64(at),
        };
        let noted: Vec<Noted> = (0..28).map(refused).collect();
        let places = places(&noted);
        assert_eq!(places.len(), 8);
        let (whole, first) = places["provider 64500"];
        assert_eq!(first, Micros::from_i64(0));
        assert_eq!((whole.tried, whole.refused, whole.accounts, whole.strangers), (28, 28, 28, 28));
        assert_eq!(places["network 3"].0.refused, 4);
    }

    #[test]
    fn what_an_identity_provider_answers_counts_unless_it_is_the_provider_that_fails() {
        let refused = |reason: &str| Noted {
            kind: "login.sso_refused".into(),
            detail: json!({ "reason": reason, "from": { "network": "1" } }),
            at: Micros::from_i64(1),
        };
        let noted: Vec<Noted> = ["state", "token", "unreachable", "keys", "stranger"].map(refused).into();
        let told: Vec<Noted> = noted.into_iter().filter(tells_of_somebody).collect();
        let (whole, _) = places(&told)["network 1"];
        assert_eq!((whole.tried, whole.refused, whole.accounts), (3, 3, 0));
    }

    #[test]
    fn a_place_and_a_day_have_a_number_of_their_own() {
        assert_eq!(about("network 1", 7), about("network 1", 7));
        assert_ne!(about("network 1", 7), about("network 1", 8));
        assert_ne!(about("network 1", 7), about("network 2", 7));
    }
}
