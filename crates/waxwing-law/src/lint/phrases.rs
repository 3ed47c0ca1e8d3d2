//! Phrases that say nothing, and words that make certain things vague.

use super::split::{has, sentences, words};
use super::{LintFinding, LintRule, Notice, Spot, finding};

/// Two parts of a sentence that together are the phrase, whatever stands between: `we take your security very seriously`.
const PAIRS: &[(&str, &str)] = &[
    ("take", "seriously"),
    ("takes", "seriously"),
    ("taking", "seriously"),
    ("nehmen", "ernst"),
    ("nimmt", "ernst"),
    ("prenons", "sérieux"),
    ("prend", "sérieux"),
    ("tomamos", "serio"),
    ("toma", "serio"),
];

/// Phrases as they stand.
const WHOLE: &[&str] = &[
    "abundance of caution",
    "top priority",
    "highest priority",
    "utmost importance",
    "we value your privacy",
    "isolated incident",
    "sophisticated attack*",
    "höchste priorität",
    "oberste priorität",
    "oberstes gebot",
    "sehr wichtig",
    "am herzen",
    "priorité absolue",
    "notre priorité",
    "tient à cœur",
    "máxima prioridad",
    "nuestra prioridad",
    "gran importancia",
];

/// Words that make vague what is certain: the past, not what may come.
const HEDGES: &[&str] = &[
    "may have",
    "might have",
    "could have",
    "possibly",
    "potentially",
    "möglicherweise",
    "eventuell",
    "unter umständen",
    "aurait pu",
    "auraient pu",
    "a pu",
    "ont pu",
    "potentiellement",
    "éventuellement",
    "podría haber",
    "podrían haber",
    "puede haber",
    "pueden haber",
    "posiblemente",
    "potencialmente",
];

/// Rule `no-phrases`.
pub(super) fn empty(notice: &Notice<'_>) -> Vec<LintFinding> {
    let says_nothing = |sentence: &str| {
        let words = words(sentence);
        PAIRS.iter().any(|(one, other)| has(&words, one) && has(&words, other))
            || WHOLE.iter().any(|phrase| has(&words, phrase))
    };
    let found = sentences(notice.text).filter(|(_, sentence)| says_nothing(sentence));
    found
        .map(|(line, sentence)| {
            let why = "People who were hit read this as an excuse. It tells them nothing.";
            finding(LintRule::NoPhrases, Spot::Line(line), sentence, why, "Leave it out, or say what you have done.")
        })
        .collect()
}

/// Rule `no-hedging`, where it is certain that data reached others.
pub(super) fn hedging(notice: &Notice<'_>) -> Vec<LintFinding> {
    if !notice.certain {
        return Vec::new();
    }
    let vague = |sentence: &str| {
        let words = words(sentence);
        HEDGES.iter().any(|phrase| has(&words, phrase))
    };
    let found = sentences(notice.text).filter(|(_, sentence)| vague(sentence));
    found
        .map(|(line, sentence)| {
            let why = "The record says that it happened to these people; a notice must not make it sound open.";
            finding(LintRule::NoHedging, Spot::Line(line), sentence, why, "Say that it happened.")
        })
        .collect()
}
