//! Notices between organisations: a processor to its controller (GDPR Art. 33(2)), and to a provider.

use super::facts_in_words as words;
use super::{Draft, Material, field, fixed, paragraph, section, written};

/// Everything that the controller needs for its own notification, without weighing the risk.
pub(super) fn controller(material: &Material<'_>) -> Draft {
    let (facts, parts) = (material.facts, material.parts);
    let opening = section(
        "To the controller",
        [
            field("To", written(&parts.addressee, "which controller, and its contact for breaches")),
            field("From", written(&parts.organisation, "your name")),
            field("Contact", written(&parts.contact, "who answers questions, day and night")),
            paragraph([fixed(
                "We process personal data on your behalf and became aware of a breach. Your own period of 72 hours begins \
                 when you receive this. We tell you what we know now and will add to it.",
            )]),
        ],
    );
    let mut known = vec![
        paragraph([written(&parts.what_happened, "what happened and how")]),
        field("When it happened", words::occurred(facts)),
        field("When we became aware", words::instant(facts, facts.times.aware_at, "when you became aware")),
        field("Nature", words::nature(facts)),
        field("Your data", words::data(facts)),
        field("People affected", words::people(facts)),
        field("Records affected", words::records(facts)),
        field("Where they live", words::places(facts)),
    ];
    known.extend(words::sealed(facts).map(|piece| field("Stayed unintelligible", piece)));
    let done = section(
        "What was done",
        [
            field("Measures", written(&parts.measures, "what you did and plan")),
            field("Likely consequences", written(&parts.consequences, "what you expect for the people")),
        ],
    );
    let title = "Notice of a personal data breach to the controller".to_owned();
    Draft { title, sections: vec![opening, section("What we know", known), done] }
}

/// A provider (relay, gateway, host) learns what was revoked and what is asked of it. No data of people goes along.
pub(super) fn provider(material: &Material<'_>) -> Draft {
    let (facts, parts) = (material.facts, material.parts);
    let head = section(
        "Security incident at a customer of yours",
        [
            field("To", written(&parts.addressee, "the provider, its security contact and our customer number")),
            field("From", written(&parts.organisation, "your name")),
            field("Contact", written(&parts.contact, "who answers questions, day and night")),
            field("Our reference", written(&parts.reference, "the codename of the case")),
        ],
    );
    let what = section(
        "What happened",
        [
            paragraph([written(&parts.what_happened, "what happened, as far as the provider needs it")]),
            field("Since when access must be doubted", words::occurred(facts)),
        ],
    );
    let acts = section(
        "What we revoked, and what we ask",
        [
            field(
                "Revoked or changed by us",
                written(&parts.revoked, "which credentials were revoked or changed, and when"),
            ),
            field(
                "We ask you to",
                written(
                    &parts.asked,
                    "what you ask: revoke tokens, hold queued messages, keep logs of the time span, confirm in writing",
                ),
            ),
        ],
    );
    Draft { title: "Security incident: please act".to_owned(), sections: vec![head, what, acts] }
}
