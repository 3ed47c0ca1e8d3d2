//! The notification of GDPR Art. 33, in the order of its paragraph 3.

use super::facts_in_words as words;
use super::{Block, Draft, Material, Piece, Section, field, fixed, paragraph, section, written};

/// The first notification; a follow-up (Art. 33(4)) where the authority has given a reference.
pub(super) fn draft(material: &Material<'_>) -> Draft {
    let title = if material.parts.reference.is_some() {
        "Personal data breach: follow-up notification"
    } else {
        "Personal data breach: initial notification"
    };
    let mut sections = vec![who(material), what(material), nature(material), effects(material)];
    sections.extend(delay(material));
    Draft { title: title.to_owned(), sections }
}

fn who(material: &Material<'_>) -> Section {
    let parts = material.parts;
    let phase = match &parts.reference {
        Some(reference) => {
            Piece::Written(format!("follows the notification {reference}; completes it under Article 33(4)"))
        }
        None => fixed("initial; more will follow in phases where something is missing (Article 33(4))"),
    };
    section(
        "Who notifies",
        [
            field("Controller", written(&parts.organisation, "the name of the controller")),
            field("Address", written(&parts.address, "its address")),
            field(
                "Contact, Article 33(3)(b)",
                written(&parts.contact, "name and contact details of the data protection officer"),
            ),
            field("Kind of notification", phase),
        ],
    )
}

fn what(material: &Material<'_>) -> Section {
    let (facts, parts) = (material.facts, material.parts);
    section(
        "What happened",
        [
            paragraph([written(
                &parts.what_happened,
                "what happened and how, without personal data of those affected",
            )]),
            field("When it happened", words::occurred(facts)),
            field(
                "When it was suspected",
                words::instant(facts, facts.times.suspected_at, "when it was first suspected"),
            ),
            field(
                "When the controller became aware",
                words::instant(facts, facts.times.aware_at, "when the controller became aware"),
            ),
            field("How it was discovered", written(&parts.discovery, "how it was discovered")),
        ],
    )
}

fn nature(material: &Material<'_>) -> Section {
    let (facts, parts) = (material.facts, material.parts);
    let mut blocks = vec![
        field("Nature of the breach", words::nature(facts)),
        field("Done on purpose", words::malicious(facts)),
        field(
            "Categories of people",
            written(&parts.kinds_of_people, "which kinds of people: subscribers, customers, staff"),
        ),
        field("Number of people", words::people(facts)),
        field("Where they live", words::places(facts)),
        field("Categories of personal data", words::data(facts)),
        field("Number of records", words::records(facts)),
    ];
    blocks.extend(words::sealed(facts).map(|piece| field("Data that stayed unintelligible", piece)));
    section("Nature of the breach, Article 33(3)(a)", blocks)
}

fn effects(material: &Material<'_>) -> Section {
    let (facts, parts) = (material.facts, material.parts);
    let told = match facts.times.people_told_at {
        Some(_) => words::instant(facts, facts.times.people_told_at, ""),
        None => fixed("not yet"),
    };
    section(
        "Consequences and measures, Article 33(3)(c) and (d)",
        [
            field("Likely consequences", written(&parts.consequences, "the likely consequences for people")),
            field("Severity by our own calculation", words::severity(material)),
            field("Measures taken or proposed", written(&parts.measures, "what was done and what is planned")),
            field("People affected were told", told),
        ],
    )
}

/// The reasons for a delay, asked for once 72 hours have passed.
fn delay(material: &Material<'_>) -> Option<Section> {
    let initial = material.parts.reference.is_none();
    let needed = (words::late(material) && initial) || material.parts.delay.is_some();
    let line = Block::Paragraph {
        line: vec![written(&material.parts.delay, "why the notification was not made within 72 hours")],
    };
    needed.then(|| section("Reasons for the delay, Article 33(1)", [line]))
}
