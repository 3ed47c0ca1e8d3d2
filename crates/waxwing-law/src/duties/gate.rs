//! Conditions of a rule, each held, failed or open.
//!
//! A rule is the conjunction of its gates: one that fails ends it, one that is open leaves it open.

use super::{Exemption, Verdict};
use crate::facts::{Answer, Confidentiality, Facts, Place, Role};

/// One condition.
pub(super) enum Gate {
    /// It holds, for this reason.
    Holds(String),
    /// It fails, for this reason.
    Fails(String),
    /// This must be known first.
    Open(String),
}

/// What the gates of a rule come to.
pub(super) struct Finding {
    pub verdict: Verdict,
    pub reasons: Vec<String>,
    pub exemptions: Vec<Exemption>,
}

/// Shorthand for reasons.
pub(super) fn holds(reason: impl Into<String>) -> Gate {
    Gate::Holds(reason.into())
}
pub(super) fn fails(reason: impl Into<String>) -> Gate {
    Gate::Fails(reason.into())
}
pub(super) fn open(missing: impl Into<String>) -> Gate {
    Gate::Open(missing.into())
}

/// Brings gates together: any failure ends the rule and only failures are its reasons.
pub(super) fn weigh(gates: Vec<Gate>) -> Finding {
    let (mut held, mut failed, mut missing) = (Vec::new(), Vec::new(), Vec::new());
    for gate in gates {
        match gate {
            Gate::Holds(reason) => held.push(reason),
            Gate::Fails(reason) => failed.push(reason),
            Gate::Open(what) => missing.push(what),
        }
    }
    let (verdict, reasons) = if !failed.is_empty() {
        (Verdict::DoesNotApply, failed)
    } else if !missing.is_empty() {
        (Verdict::MayApply(missing), held)
    } else {
        (Verdict::Applies, held)
    };
    Finding { verdict, reasons, exemptions: Vec::new() }
}

impl Finding {
    /// The same with a way out. One that is used belongs beside a gate that failed for it.
    pub(super) fn with(mut self, exemption: Option<Exemption>) -> Self {
        self.exemptions.extend(exemption);
        self
    }
}

/// Is there a breach at all, and of which data?
pub(super) fn breach(facts: &Facts) -> Gate {
    if !facts.nature.is_breach() {
        return open("what was lost: confidentiality, integrity or availability");
    }
    if facts.data.is_empty() {
        return open("which kinds of data are affected");
    }
    let nature = facts.nature;
    holds(format!(
        "A breach of personal data. Confidentiality: {}; integrity: {}; availability: {}.",
        nature.confidentiality, nature.integrity, nature.availability
    ))
}

/// Does the organisation hold the data in this role?
pub(super) fn role(facts: &Facts, wanted: Role, otherwise: &str) -> Gate {
    match facts.role {
        None => open("whether you decide about the data (controller) or hold it for others (processor)"),
        Some(role) if role == wanted => holds(format!("You are the {role}.")),
        Some(_) => fails(otherwise),
    }
}

/// Does a law reach the organisation in its territory, by establishment or by the people affected there?
pub(super) fn territory(facts: &Facts, inside: fn(&Place) -> bool, name: &str, section: &str) -> Gate {
    if facts.establishment.as_ref().is_some_and(inside) {
        return holds(format!("Your main establishment is in {name} ({section})."));
    }
    let there = facts.at_most(inside);
    if there > 0 && facts.present(inside) {
        return holds(format!("You are active in {name}, and {there} people affected may live there ({section})."));
    }
    if there > 0 {
        return open(format!("whether you do business in {name}, where {there} people affected may live ({section})"));
    }
    if facts.establishment.is_none() {
        return open("the country of the main establishment");
    }
    if facts.people.is_empty() || facts.people_elsewhere > 0 {
        return open(format!("whether people affected live in {name}"));
    }
    fails(format!("You are not established in {name}, and nobody affected lives there ({section})."))
}

/// A judgement that only people make.
pub(super) fn judged(answer: Answer, yes: &str, no: &str, missing: &str) -> Gate {
    match answer {
        Answer::Yes => holds(yes),
        Answer::No => fails(no),
        Answer::Unknown => open(missing),
    }
}

/// Did somebody get hold of the data, for laws that ask for that?
pub(super) fn acquired(facts: &Facts, section: &str) -> Gate {
    match facts.nature.confidentiality {
        Confidentiality::Kept if facts.nature.is_breach() => {
            fails(format!("Nobody got hold of the data; {section} asks for that."))
        }
        Confidentiality::Kept => open("what was lost: confidentiality, integrity or availability"),
        Confidentiality::Exposed => open(format!("whether anybody got hold of the data that lay open ({section})")),
        Confidentiality::KnownRecipients | Confidentiality::UnknownRecipients => {
            holds(format!("The data {}.", facts.nature.confidentiality))
        }
    }
}
