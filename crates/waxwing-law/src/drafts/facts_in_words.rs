//! Facts as the fields of forms ask for them.

use super::{Material, Piece, fact};
use crate::facts::{Answer, Confidentiality, DataItem, Facts, Readable};
use crate::period::instant_words;
use jiff::{SignedDuration, Timestamp};

/// An instant in the organisation's zone.
pub(super) fn instant(facts: &Facts, at: Option<Timestamp>, missing: &str) -> Piece {
    fact(at.map(|at| instant_words(at, &facts.time_zone())), missing)
}

/// When the breach happened: a moment or a time span.
pub(super) fn occurred(facts: &Facts) -> Piece {
    let zone = facts.time_zone();
    let words = |at: Timestamp| instant_words(at, &zone);
    let text = match (facts.times.occurred_from, facts.times.occurred_to) {
        (Some(from), Some(to)) if from == to => Some(words(from)),
        (Some(from), Some(to)) => Some(format!("from {} to {}", words(from), words(to))),
        (Some(from), None) => Some(format!("since {}; the end is not known yet", words(from))),
        (None, Some(to)) => Some(format!("until {}; the beginning is not known yet", words(to))),
        (None, None) => None,
    };
    fact(text, "when the breach happened, as a date or a time span")
}

/// About how many people.
pub(super) fn people(facts: &Facts) -> Piece {
    let (certain, most) = (facts.certain(), facts.everybody());
    let text = (most > 0).then(|| match most - certain.min(most) {
        0 => format!("about {certain}"),
        more => format!("about {certain} for certain, and possibly {more} more"),
    });
    fact(text, "about how many people are affected")
}

/// About how many records.
pub(super) fn records(facts: &Facts) -> Piece {
    fact(facts.records.map(|count| format!("about {count}")), "about how many records are affected")
}

/// By country, the most first.
pub(super) fn places(facts: &Facts) -> Piece {
    let mut rows: Vec<_> =
        facts.people.iter().map(|row| (row.confirmed.saturating_add(row.possible), &row.place)).collect();
    rows.sort_by_key(|(count, place)| (std::cmp::Reverse(*count), *place));
    let words: Vec<_> = rows.iter().map(|(count, place)| format!("{place} {count}")).collect();
    fact((!words.is_empty()).then(|| words.join(", ")), "in which countries they live")
}

/// The kinds of data that could be read, or may have been.
pub(super) fn readable(facts: &Facts) -> Piece {
    fact(names(facts, |item| item.readable != Readable::No), "which kinds of data could be read")
}

/// All kinds of data affected.
pub(super) fn data(facts: &Facts) -> Piece {
    fact(names(facts, |_| true), "which kinds of data are affected")
}

/// The kinds that stayed sealed; nothing where there is none.
pub(super) fn sealed(facts: &Facts) -> Option<Piece> {
    let text = names(facts, |item| item.readable == Readable::No)?;
    Some(Piece::Fact(format!("{text}: encrypted, and the key was out of reach")))
}

fn names(facts: &Facts, which: impl Fn(&DataItem) -> bool) -> Option<String> {
    let mut names: Vec<&str> = facts.data.iter().filter(|item| which(item)).map(DataItem::name).collect();
    names.dedup();
    (!names.is_empty()).then(|| names.join(", "))
}

/// Which of confidentiality, integrity and availability was lost.
pub(super) fn nature(facts: &Facts) -> Piece {
    let nature = facts.nature;
    let text = nature.is_breach().then(|| {
        format!(
            "Confidentiality: {}. Integrity: {}. Availability: {}.",
            nature.confidentiality, nature.integrity, nature.availability
        )
    });
    fact(text, "what was lost: confidentiality, integrity or availability")
}

/// Whether it was done on purpose.
pub(super) fn malicious(facts: &Facts) -> Piece {
    let text = (facts.malicious != Answer::Unknown).then(|| facts.malicious.to_string());
    fact(text, "whether it was done on purpose")
}

/// Whether somebody is known to have read the data.
pub(super) fn certainty(facts: &Facts) -> &'static str {
    match facts.nature.confidentiality {
        Confidentiality::KnownRecipients | Confidentiality::UnknownRecipients => "was acquired",
        Confidentiality::Exposed => "lay open to unauthorised people",
        Confidentiality::Kept => "was affected",
    }
}

/// The computed severity.
pub(super) fn severity(material: &Material<'_>) -> Piece {
    let text = material.severity.map(|found| format!("{} ({}, ENISA 2013)", found.level, found.score));
    fact(text, "the severity, which the facts do not give yet")
}

/// Whether 72 hours have passed since awareness (GDPR Art. 33(1)).
pub(super) fn late(material: &Material<'_>) -> bool {
    let limit = SignedDuration::from_hours(72);
    material.facts.times.aware_at.is_some_and(|aware| material.now.duration_since(aware) > limit)
}
