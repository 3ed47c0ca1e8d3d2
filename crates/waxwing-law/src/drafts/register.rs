//! The row of the register that GDPR Art. 33(5) asks for: facts, effects, what was done; told or not, and why.

use super::facts_in_words as words;
use super::{Draft, Material, Piece, field, section, written};

pub(super) fn draft(material: &Material<'_>) -> Draft {
    let (facts, parts) = (material.facts, material.parts);
    let judged = facts.judgements.risk.map(|risk| format!("a person judged that {risk}"));
    let told = facts.times.people_told_at;
    let people = if told.is_some() {
        words::instant(facts, told, "")
    } else {
        written(&parts.reasons, "when people were told, or why they were not")
    };
    let authority = match &parts.reference {
        Some(reference) => Piece::Written(format!("notified under {reference}")),
        None => written(&parts.reasons, "the authority's reference, or why it was not notified"),
    };
    let mut facts_of_it = vec![
        field("What happened", written(&parts.what_happened, "what happened and how")),
        field("When", words::occurred(facts)),
        field("Aware", words::instant(facts, facts.times.aware_at, "when somebody became aware")),
        field("Nature", words::nature(facts)),
        field("Data", words::data(facts)),
        field("People", words::people(facts)),
        field("Records", words::records(facts)),
    ];
    facts_of_it.extend(words::sealed(facts).map(|piece| field("Stayed unintelligible", piece)));
    let effects = [
        field("Consequences", written(&parts.consequences, "the effects on people")),
        field("Severity", words::severity(material)),
        field("Risk", super::fact(judged, "a signed judgement of the risk to people")),
    ];
    let done = [
        field("Measures", written(&parts.measures, "what was done")),
        field("Authority", authority),
        field("People told", people),
    ];
    let sections = vec![section("Facts", facts_of_it), section("Effects", effects), section("Remedial action", done)];
    Draft { title: "Register of personal data breaches, GDPR Article 33(5)".to_owned(), sections }
}
