//! Sign-ups that nobody asked for: one network with many addresses, one address at many forms.
//!
//! Read from signals of `signup`, which carry keyed tags of the network and of the address that was typed.

use super::logins::about;
use super::store_signals::{self, Noted};
use super::{Detector, parts, raise, store};
use crate::{App, Result};
use std::collections::{BTreeMap, BTreeSet};
use waxwing_detect::Finding;
use waxwing_detect::bots::{self, Asked};
use waxwing_domain::{AlertId, Ctx, Micros};
use waxwing_store::JobContext;

const KINDS: [&str; 2] = ["signup.asked", "signup.trapped"];

/// Looks at the sign-ups of the hour; gives the alerts raised.
pub(super) async fn round(app: &App, ctx: &Ctx, job: Option<&JobContext>) -> Result<Vec<AlertId>> {
    let mut tx = app.read(ctx, "alerts.signups").await?;
    let noted = store_signals::of(&mut tx, &KINDS, ctx.now().plus(-Micros::HOUR)).await?;
    drop(tx);
    let day = ctx.now().as_i64().div_euclid(Micros::DAY);
    let place = |(place, of): (&str, Asked)| {
        let finding = by_form(bots::place(of)?, noted.iter().filter(|one| one.detail["network"] == place));
        Some(store::New::of(Detector::SignupPlace, about(place, day), finding))
    };
    let target = |(who, (forms, requests)): (&str, (u64, u64))| {
        let finding = by_form(bots::target(forms, requests)?, noted.iter().filter(|one| one.detail["who"] == who));
        Some(store::New::of(Detector::SignupTarget, about(who, day), finding))
    };
    let found = places(&noted).into_iter().filter_map(place).chain(targets(&noted).into_iter().filter_map(target));
    raise::all(app, ctx, job, found.collect()).await
}

/// The same with the forms that were used.
fn by_form<'a>(found: Finding, noted: impl Iterator<Item = &'a Noted>) -> Finding {
    let forms = Finding::ranked(parts::by_form(noted.filter_map(|one| one.detail["form"].as_str())));
    match forms.is_empty() {
        true => found,
        false => Finding { contributors: forms, ..found },
    }
}

fn places(noted: &[Noted]) -> BTreeMap<&str, Asked> {
    let mut addresses: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let mut places: BTreeMap<&str, Asked> = BTreeMap::new();
    for one in noted {
        let Some(network) = one.detail["network"].as_str() else { continue };
        let place = places.entry(network).or_default();
        if one.kind == "signup.trapped" {
            place.trapped += 1;
            continue;
        }
        place.requests += 1;
        addresses.entry(network).or_default().extend(one.detail["who"].as_str());
    }
    for (network, who) in addresses {
        places.entry(network).or_default().addresses = who.len() as u64;
    }
    places
}

/// At how many forms each address was asked for, and how often.
fn targets(noted: &[Noted]) -> BTreeMap<&str, (u64, u64)> {
    let mut forms: BTreeMap<&str, (BTreeSet<&str>, u64)> = BTreeMap::new();
    for one in noted {
        let (Some(who), Some(form)) = (one.detail["who"].as_str(), one.detail["form"].as_str()) else { continue };
        let (seen, requests) = forms.entry(who).or_default();
        seen.insert(form);
        *requests += 1;
    }
    forms.into_iter().map(|(who, (forms, requests))| (who, (forms.len() as u64, requests))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn networks_and_addresses_are_counted_apart() {
        let noted = |kind: &str, network: &str, who: &str, form: &str| Noted {
            kind: kind.into(),
            detail: json!({ "network": network, "who": who, "form": form }),
            at: Micros::from_i64(5),
        };
        let all = [
            noted("signup.asked", "n", "ann", "1"),
            noted("signup.asked", "n", "ann", "2"),
            noted("signup.asked", "m", "ben", "1"),
            noted("signup.trapped", "n", "", ""),
        ];
        assert_eq!(places(&all)["n"], Asked { requests: 2, addresses: 1, trapped: 1 });
        assert_eq!(targets(&all)["ann"], (2, 2));
    }
}
