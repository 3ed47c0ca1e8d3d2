//! The letter of California Civil Code 1798.82(d), and what goes to the Attorney General with it.
//!
//! Title and headings are prescribed word by word (1798.82(d)(1)(A)); the letter is set in 10 points at least (D).

use super::facts_in_words as words;
use super::{Block, Draft, Material, Piece, Section, field, fixed, paragraph, section, written};
use crate::facts::{DataKind, Facts};

/// The prescribed title.
pub(super) const TITLE: &str = "Notice of Data Breach";
/// The prescribed headings, in this order.
pub(super) const HEADINGS: [&str; 5] =
    ["What Happened", "What Information Was Involved", "What We Are Doing", "What You Can Do", "For More Information"];

/// How the credit reporting agencies are reached. A person checks the numbers before the letter leaves.
const BUREAUS: [&str; 3] = ["Equifax, equifax.com", "Experian, experian.com", "TransUnion, transunion.com"];

pub(super) fn letter(material: &Material<'_>) -> Draft {
    let sections = vec![happened(material), involved(material), doing(material), can_do(material), more(material)];
    Draft { title: TITLE.to_owned(), sections }
}

/// Whether a number was exposed for which the law asks for more (1798.82(d)(2)(E) and (G)).
fn identity(facts: &Facts) -> bool {
    facts.readable(DataKind::SocialSecurity) || facts.readable(DataKind::IdentityDocument)
}

fn happened(material: &Material<'_>) -> Section {
    let (facts, parts) = (material.facts, material.parts);
    let mut blocks = vec![
        paragraph([written(&parts.what_happened, "what happened, in plain language")]),
        paragraph([fixed("Date of the breach: "), words::occurred(facts), fixed(".")]),
    ];
    if facts.silence.is_some() {
        let why = "This notice was delayed because a law enforcement agency asked for it.";
        blocks.push(paragraph([Piece::Fact(why.to_owned())]));
    }
    section(HEADINGS[0], blocks)
}

fn involved(material: &Material<'_>) -> Section {
    let facts = material.facts;
    let lead = format!("This information of yours {}: ", words::certainty(facts));
    section(HEADINGS[1], [paragraph([Piece::Fixed(lead), words::readable(facts), fixed(".")])])
}

fn doing(material: &Material<'_>) -> Section {
    let parts = material.parts;
    let mut blocks = vec![paragraph([written(&parts.measures, "what you have done and are doing")])];
    if identity(material.facts) {
        let missing = "the identity theft prevention and mitigation services offered for 12 months at no cost, and how to \
                       enrol (1798.82(d)(2)(G), where you were the source of the breach)";
        blocks.push(paragraph([written(&parts.identity_services, missing)]));
    }
    section(HEADINGS[2], blocks)
}

fn can_do(material: &Material<'_>) -> Section {
    let facts = material.facts;
    let mut blocks = vec![paragraph([written(&material.parts.advice, "what people can do to protect themselves")])];
    if facts.readable(DataKind::Password) || facts.readable(DataKind::SecurityAnswer) {
        let change =
            "Change your password and security question or answer now, here and wherever you use the same ones.";
        blocks.push(paragraph([Piece::Fact(change.to_owned())]));
    }
    if identity(facts) {
        blocks.push(paragraph([fixed("You can reach the major credit reporting agencies here:")]));
        let check = || Piece::Gap("toll-free number and address, checked by a person on the day".to_owned());
        let items = BUREAUS.iter().map(|name| vec![fixed(name), fixed(": "), check()]).collect();
        blocks.push(Block::List { items });
    }
    section(HEADINGS[3], blocks)
}

fn more(material: &Material<'_>) -> Section {
    let parts = material.parts;
    section(
        HEADINGS[4],
        [
            paragraph([
                written(&parts.organisation, "your name"),
                fixed(", "),
                written(&parts.address, "your address"),
            ]),
            paragraph([written(&parts.contact, "how to reach you")]),
        ],
    )
}

/// The Attorney General's form asks for these beside the sample.
pub(super) fn attorney(material: &Material<'_>) -> Draft {
    let (facts, parts) = (material.facts, material.parts);
    let residents = facts.confirmed(|place| place.is_in("US-CA"));
    let residents =
        super::fact((residents > 0).then(|| format!("about {residents}")), "how many Californians were told");
    let fields = section(
        "Submission",
        [
            field("Organisation", written(&parts.organisation, "the organisation's name")),
            field("Contact", written(&parts.contact, "who submits, and how to reach them")),
            field("Date of the breach", words::occurred(facts)),
            field("Date of the notice", words::instant(facts, facts.times.people_told_at, "when people were told")),
            field("Californians told", residents),
            field("Law enforcement delay", fixed(if facts.silence.is_some() { "yes" } else { "no" })),
        ],
    );
    let sample = Section {
        heading: "Sample copy, without personal information".to_owned(),
        blocks: vec![paragraph([fixed(
            "Attach the letter as it was sent, with names and addresses of people left out.",
        )])],
    };
    Draft {
        title: "Submission to the Attorney General of California (1798.82(f))".to_owned(),
        sections: vec![fields, sample],
    }
}
