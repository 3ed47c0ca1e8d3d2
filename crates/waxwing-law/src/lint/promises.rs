//! What a notice must say: a date, the data, a contact, what to do; and nothing of anybody else.

use super::split::{has, words};
use super::{LintFinding, LintRule, Notice, Spot, finding};
use crate::drafts::{Locale, plain_words};

/// From so many digits on, a number may belong to a person: an account, a card, a telephone.
const LONG_NUMBER: usize = 9;

/// Words by which a notice tells people what to do, in any of the languages.
const ADVICE: &[&str] = &[
    "you can",
    "please",
    "change",
    "we advise",
    "we recommend",
    "sie können",
    "bitte",
    "ändern sie",
    "wir raten",
    "wir empfehlen",
    "vous pouvez",
    "changez",
    "veuillez",
    "nous vous conseillons",
    "nous vous recommandons",
    "puede hacer",
    "cambie",
    "le recomendamos",
    "le aconsejamos",
];

/// Rule `dated-title`.
pub(super) fn dated_title(notice: &Notice<'_>) -> Option<LintFinding> {
    let why = "People keep such messages and receive several: only a date tells them apart.";
    (!dated(notice.title)).then(|| {
        finding(
            LintRule::DatedTitle,
            Spot::Title,
            notice.title,
            why,
            "Put the day into the title, such as \"22 November 2026\".",
        )
    })
}

/// A year of four digits with a month's name and a day, or three figures in a row: day, month and year, or the other way.
fn dated(title: &str) -> bool {
    let words = words(title);
    let named = words.iter().any(|word| Locale::ALL.iter().any(|locale| is_month(*locale, word)));
    let in_words = named && words.iter().any(|word| is_year(word)) && words.iter().any(|word| up_to(word, 31));
    let in_figures = words.windows(3).any(|three| match three {
        [one, month, other] => {
            up_to(month, 12) && (is_year(one) && up_to(other, 31) || up_to(one, 31) && is_year(other))
        }
        _ => false,
    });
    in_words || in_figures
}

fn is_year(word: &str) -> bool {
    word.len() == 4 && number(word).is_some_and(|year| (2000..2200).contains(&year))
}

fn up_to(word: &str, most: u32) -> bool {
    word.len() <= 2 && number(word).is_some_and(|number| (1..=most).contains(&number))
}

fn number(word: &str) -> Option<u32> {
    word.bytes().all(|byte| byte.is_ascii_digit()).then(|| word.parse().ok()).flatten()
}

fn is_month(locale: Locale, word: &str) -> bool {
    locale.wording().months.iter().any(|month| month.to_lowercase() == word)
}

/// Rule `data-named`: each kind by its plain words, or by the word that matters in them.
pub(super) fn data_named(notice: &Notice<'_>) -> Vec<LintFinding> {
    let text = words(notice.text);
    let missing = notice.data.iter().filter(|kind| {
        // The first word is a possessive ("your", "Ihre"), which a sentence may change.
        let plain = words(plain_words(notice.locale, **kind));
        let core = plain.get(1..).filter(|core| !core.is_empty()).unwrap_or(&plain).join(" ");
        !has(&text, &core)
    });
    missing
        .map(|kind| {
            let why = "People can only protect what they know is gone (GDPR Art. 34(2)).";
            let mend = format!("Name it: {}.", plain_words(notice.locale, *kind));
            finding(LintRule::DataNamed, Spot::Whole, "", why, mend)
        })
        .collect()
}

/// Rule `contact` (GDPR Art. 33(3)(b) with 34(2)).
pub(super) fn contact(notice: &Notice<'_>) -> Option<LintFinding> {
    let lower = notice.text.to_lowercase();
    let named =
        notice.contacts.iter().any(|contact| !contact.trim().is_empty() && lower.contains(&contact.to_lowercase()));
    let why = "Law asks for a contact point, and people have questions (GDPR Art. 34(2)).";
    (!named).then(|| finding(LintRule::Contact, Spot::Whole, "", why, "Name the contact of this case, word by word."))
}

/// Rule `what-to-do`.
pub(super) fn what_to_do(notice: &Notice<'_>) -> Option<LintFinding> {
    let text = words(notice.text);
    let told = ADVICE.iter().any(|phrase| has(&text, phrase));
    let why = "A notice exists so that people can protect themselves (GDPR recital 86).";
    (!told).then(|| {
        finding(LintRule::WhatToDo, Spot::Whole, "", why, "Say what people can do, even if it is to watch out.")
    })
}

/// Rule `nobody-else`: addresses and long numbers that are not the organisation's own.
pub(super) fn nobody_else(notice: &Notice<'_>) -> Vec<LintFinding> {
    let foreign = |word: &&str| (is_address(word) || digits(word) >= LONG_NUMBER) && !is_contact(word, notice);
    let found = notice.text.lines().enumerate().flat_map(|(at, line)| {
        line.split_whitespace()
            .map(|word| word.trim_matches(|c: char| !c.is_alphanumeric()))
            .filter(foreign)
            .map(move |_| at + 1)
    });
    found
        .map(|line| {
            // The word itself is not quoted: it may be somebody's.
            let why =
                "An address or a number that is not the organisation's own may belong to somebody else who was hit.";
            let mend = "Take it out, or add it to the contacts of this case.";
            finding(LintRule::NobodyElse, Spot::Line(line), "", why, mend)
        })
        .collect()
}

fn is_address(word: &str) -> bool {
    // A web address with `@` in it is the business of `no-promotion`.
    !word.contains("://")
        && word.split_once('@').is_some_and(|(local, domain)| !local.is_empty() && domain.contains('.'))
}

fn digits(word: &str) -> usize {
    word.chars().filter(char::is_ascii_digit).count()
}

fn is_contact(word: &str, notice: &Notice<'_>) -> bool {
    let word = word.to_lowercase();
    notice.contacts.iter().any(|contact| contact.to_lowercase().contains(&word))
}

/// Rule `no-gaps`: a draft's gap is still there.
pub(super) fn gaps(notice: &Notice<'_>) -> Vec<LintFinding> {
    let found = notice.text.lines().enumerate().filter(|(_, line)| line.contains("[missing:") || line.contains("{{"));
    let why = "A gap of the draft was not filled.";
    let found = found
        .map(|(at, line)| finding(LintRule::NoGaps, Spot::Line(at + 1), line, why, "Fill it, or take the line out."));
    let title = notice
        .title
        .contains('…')
        .then(|| finding(LintRule::NoGaps, Spot::Title, notice.title, why, "Name the organisation."));
    found.chain(title).collect()
}
