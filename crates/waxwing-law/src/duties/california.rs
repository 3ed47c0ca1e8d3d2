//! California Civil Code 1798.82, with its own notion of personal information.

use super::Exemption;
use super::gate::{Finding, Gate, acquired, fails, holds, open, role, weigh};
use crate::facts::{DataItem, DataKind, Facts, Place, Readable, Role};

/// What, together with a name, is personal information (subdivision (h)(1)).
const WITH_NAME: &[DataKind] = &[
    DataKind::SocialSecurity,
    DataKind::IdentityDocument,
    DataKind::AccountAccess,
    DataKind::Health,
    DataKind::HealthInsurance,
    DataKind::Biometric,
    DataKind::NumberPlates,
    DataKind::Genetic,
];

/// From so many residents on the Attorney General gets a sample: more than this.
const ATTORNEY: u64 = 500;

fn here(place: &Place) -> bool {
    place.is_in("US-CA")
}

/// Subdivision (a): whoever owns or licenses the data tells the residents.
pub(super) fn people(facts: &Facts) -> Finding {
    weigh(owner_gates(facts)).with(sealed(facts))
}

/// Subdivision (b): whoever holds it for others tells the owner.
pub(super) fn owner(facts: &Facts) -> Finding {
    let otherwise = "You own or license the data yourself: subdivision (a) speaks to you.";
    weigh(vec![role(facts, Role::Processor, otherwise), residents(facts), information(facts), got(facts)])
        .with(sealed(facts))
}

/// Subdivision (f): more than 500 residents have to be told.
pub(super) fn attorney(facts: &Facts) -> Finding {
    let (certain, most) = (facts.confirmed(here), facts.at_most(|place| place.may_be("US-CA")));
    let number = if certain > ATTORNEY {
        holds(format!("{certain} Californians have to be told, more than 500 (1798.82(f))."))
    } else if most.saturating_add(facts.people_elsewhere) > ATTORNEY || facts.people.is_empty() {
        open("whether more than 500 Californians have to be told (1798.82(f))")
    } else {
        fails(format!("At most {most} Californians are affected, not more than 500 (1798.82(f))."))
    };
    let mut gates = owner_gates(facts);
    gates.push(number);
    weigh(gates).with(sealed(facts))
}

fn owner_gates(facts: &Facts) -> Vec<Gate> {
    let otherwise = "You hold the data for others: subdivision (b) asks you to tell its owner.";
    let business = if facts.present(here) {
        holds("You do business in California (1798.82(a)).")
    } else {
        open("whether you do business in California (1798.82(a))")
    };
    vec![role(facts, Role::Controller, otherwise), residents(facts), business, information(facts), got(facts)]
}

fn got(facts: &Facts) -> Gate {
    acquired(facts, "1798.82(a)")
}

fn residents(facts: &Facts) -> Gate {
    let (certain, possible) = (facts.confirmed(here), facts.at_most(here));
    if certain > 0 {
        let more = possible - certain;
        let rest = if more == 0 { String::new() } else { format!("; that of {more} more may have been") };
        return holds(format!("Data of {certain} Californians was acquired{rest}."));
    }
    if possible > 0 {
        return open(format!("whether it is reasonable to believe that data of {possible} Californians was acquired"));
    }
    let unclear = facts.at_most(|place| place.may_be("US-CA")) > 0 || facts.people_elsewhere > 0;
    if unclear || facts.people.is_empty() {
        return open("whether Californians are among the people affected");
    }
    fails("No Californian is affected.")
}

/// Subdivision (h): is any of it personal information there?
fn information(facts: &Facts) -> Gate {
    if facts.data.is_empty() {
        return open("which kinds of data are affected");
    }
    if let Some(credential) = credential(facts) {
        return holds(format!(
            "An email address together with its {credential} is personal information (1798.82(h)(2))."
        ));
    }
    let elements: Vec<&DataItem> = facts.data.iter().filter(|item| WITH_NAME.contains(&item.kind)).collect();
    let named = |readable: fn(&DataItem) -> bool| facts.data.iter().any(|i| i.kind == DataKind::Name && readable(i));
    if elements.is_empty() || !named(|_| true) {
        let kinds: Vec<&str> = facts.data.iter().map(DataItem::name).collect();
        return fails(format!(
            "None of this is personal information in California ({}): 1798.82(h).",
            kinds.join(", ")
        ));
    }
    if let Some(element) = elements.iter().find(|item| item.readable != Readable::No) {
        return holds(format!("A name together with the {} is personal information (1798.82(h)(1)).", element.kind));
    }
    if named(|item| item.readable != Readable::No) {
        return open("whether a name in clear beside sealed data counts: 1798.82(h)(1) says \"either\"; ask counsel");
    }
    fails("The data was encrypted and its key was not acquired (1798.82(a)).")
}

/// What opens an account, where it could be read beside an email address.
fn credential(facts: &Facts) -> Option<DataKind> {
    let open = [DataKind::Password, DataKind::SecurityAnswer].into_iter().find(|kind| facts.readable(*kind))?;
    facts.data.iter().any(|item| item.kind == DataKind::EmailAddress).then_some(open)
}

/// Subdivisions (a) and (h)(4): the encryption safe harbour.
fn sealed(facts: &Facts) -> Option<Exemption> {
    let listed = facts.data.iter().any(|item| WITH_NAME.contains(&item.kind) || item.kind.credential());
    (listed && facts.all_unreadable()).then(|| Exemption {
        section: "1798.82(a)".to_owned(),
        used: true,
        why: "Only unencrypted data counts, or encrypted data whose key was acquired too.".to_owned(),
        evidence: vec!["which key sealed the data, and that it was not acquired".to_owned()],
    })
}
