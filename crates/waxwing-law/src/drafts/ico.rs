//! The fields of the ICO's report form (United Kingdom), as read for this project in November 2026.
//!
//! The form wants no personal data of those affected; the linter of notices finds such in what people wrote.

use super::facts_in_words as words;
use super::{Draft, Material, Piece, Section, field, fixed, section, written};
use crate::facts::{Answer, Availability, Confidentiality, DataKind, Facts, Integrity};

/// What the form calls groups of data, and which of our kinds belong there.
const BOXES: &[(&str, &[DataKind])] = &[
    (
        "Basic personal identifiers, e.g. name, contact details",
        &[
            DataKind::Name,
            DataKind::EmailAddress,
            DataKind::PhoneNumber,
            DataKind::PostalAddress,
            DataKind::DateOfBirth,
        ],
    ),
    ("Identification data, e.g. usernames, passwords", &[DataKind::Password, DataKind::SecurityAnswer]),
    ("Official documents, e.g. driving licences", &[DataKind::IdentityDocument, DataKind::SocialSecurity]),
    (
        "Economic and financial data, e.g. credit card numbers, bank details",
        &[DataKind::AccountAccess, DataKind::Finances],
    ),
    ("Location data", &[DataKind::Location, DataKind::NumberPlates]),
    ("Health data", &[DataKind::Health, DataKind::HealthInsurance]),
    ("Genetic or biometric data", &[DataKind::Genetic, DataKind::Biometric]),
    (
        "Data revealing origin, opinions, beliefs, union membership, sex life or orientation",
        &[DataKind::SpecialCategory],
    ),
    ("Criminal convictions, offences", &[DataKind::Criminal]),
    (
        "Other",
        &[
            DataKind::Subscriptions,
            DataKind::Engagement,
            DataKind::Preferences,
            DataKind::Purchases,
            DataKind::Messages,
            DataKind::Other,
        ],
    ),
];

pub(super) fn draft(material: &Material<'_>) -> Draft {
    let title = "Report a personal data breach to the ICO: what to enter".to_owned();
    Draft {
        title,
        sections: vec![
            report(material),
            breach(material),
            data(material),
            cyber(material),
            after(material),
            who(material),
        ],
    }
}

fn report(material: &Material<'_>) -> Section {
    let kind = match &material.parts.reference {
        Some(reference) => Piece::Written(format!("follow-up report to {reference}")),
        None => fixed("initial report"),
    };
    section("Report type", [field("Report type", kind)])
}

fn breach(material: &Material<'_>) -> Section {
    let (facts, parts) = (material.facts, material.parts);
    let before = written(&parts.measures_before, "which preventive measures were in place");
    section(
        "About the breach",
        [
            field(
                "What has happened, and how",
                written(&parts.what_happened, "what happened and how, without personal data"),
            ),
            field("Was the breach caused by a cyber incident?", words::malicious(facts)),
            field("When did you discover it?", words::instant(facts, facts.times.aware_at, "when you became aware")),
            field("How did you discover it?", written(&parts.discovery, "how it was discovered")),
            field("When did it happen?", words::occurred(facts)),
            field("Preventive measures before", before),
        ],
    )
}

fn data(material: &Material<'_>) -> Section {
    let (facts, parts) = (material.facts, material.parts);
    let ticked = |kinds: &[DataKind]| facts.data.iter().any(|item| kinds.contains(&item.kind));
    let boxes: Vec<&str> = BOXES.iter().filter(|(_, kinds)| ticked(kinds)).map(|(label, _)| *label).collect();
    let boxes = super::fact((!boxes.is_empty()).then(|| boxes.join("; ")), "which kinds of data are affected");
    section(
        "Personal data and people",
        [
            field("Categories of personal data", boxes),
            field("Number of records", words::records(facts)),
            field("How many people could be affected?", words::people(facts)),
            field(
                "Categories of people",
                written(&parts.kinds_of_people, "which kinds: subscribers, customers, employees, users"),
            ),
            field("Children among them", children(facts)),
            field("Potential consequences", written(&parts.consequences, "what people may suffer")),
            field("Likelihood of significant consequences", words::severity(material)),
        ],
    )
}

fn children(facts: &Facts) -> Piece {
    super::fact(
        (facts.children != Answer::Unknown).then(|| facts.children.to_string()),
        "whether children are among them",
    )
}

fn cyber(material: &Material<'_>) -> Section {
    let nature = material.facts.nature;
    let affected = [
        (nature.confidentiality != Confidentiality::Kept, "confidentiality"),
        (nature.integrity != Integrity::Kept, "integrity"),
        (nature.availability != Availability::Kept, "availability"),
    ];
    let words: Vec<&str> = affected.into_iter().filter_map(|(lost, word)| lost.then_some(word)).collect();
    let lost =
        super::fact((!words.is_empty()).then(|| words.join(", ")), "which of confidentiality, integrity, availability");
    section("Cyber incidents only", [field("Affected", lost)])
}

fn after(material: &Material<'_>) -> Section {
    let (facts, parts) = (material.facts, material.parts);
    let told = facts.times.people_told_at;
    let told = if told.is_some() { words::instant(facts, told, "") } else { fixed("no, or not yet") };
    section(
        "Taking action",
        [
            field("Actions taken", written(&parts.measures, "what was done and is planned")),
            field("Have you told the people?", told),
            field("Have you told others?", written(&parts.told_others, "whom else you told, or that you told nobody")),
        ],
    )
}

fn who(material: &Material<'_>) -> Section {
    let parts = material.parts;
    section(
        "About you",
        [
            field("Organisation", written(&parts.organisation, "the organisation's name")),
            field("Address", written(&parts.address, "its registered address")),
            field(
                "Contact or data protection officer",
                written(&parts.contact, "who makes the report, and how to reach them"),
            ),
        ],
    )
}
