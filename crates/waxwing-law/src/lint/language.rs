//! Rule `language`: every paragraph is in the language of the letter.
//!
//! A letter begun from the words of a case easily keeps sentences of another language, and who reads it understands half.

use super::split::sentences;
use super::{LintFinding, LintRule, Notice, Spot, finding};
use crate::drafts::Locale;
use crate::language;

/// A paragraph of so many words without a single small one of the letter's language is in another.
const LONG: usize = 15;

/// Rule `language`: paragraphs first, then single sentences of paragraphs that are right as a whole.
pub(super) fn foreign(notice: &Notice<'_>) -> Vec<LintFinding> {
    let title = strange(notice.locale, notice.title).then(|| told(notice.locale, Spot::Title, notice.title));
    let paragraphs = notice.text.lines().enumerate().filter(|(_, line)| strange(notice.locale, line));
    let paragraphs: Vec<(usize, &str)> = paragraphs.map(|(at, line)| (at + 1, line)).collect();
    let found = |line: usize| paragraphs.iter().any(|(at, _)| *at == line);
    let single = sentences(notice.text).filter(|(line, sentence)| !found(*line) && strange(notice.locale, sentence));
    let single: Vec<(usize, &str)> = single.collect();
    let all = paragraphs.iter().chain(&single).map(|(line, text)| told(notice.locale, Spot::Line(*line), text));
    title.into_iter().chain(all).collect()
}

fn strange(locale: Locale, text: &str) -> bool {
    let words = language::words(text);
    match language::of(&words) {
        Some(other) => other != locale,
        None => words.len() >= LONG && language::share(&words, locale) == 0,
    }
}

fn told(locale: Locale, spot: Spot, quote: &str) -> LintFinding {
    let why =
        "Who reads this letter may not understand the sentence, and law asks for plain language (GDPR Art. 34(2)).";
    let mend = format!("Say it in {}, or let it stand if it is.", name(locale));
    finding(LintRule::Language, spot, quote, why, mend)
}

/// What the language is called in English, in which findings are told.
const fn name(locale: Locale) -> &'static str {
    match locale {
        Locale::En => "English",
        Locale::De => "German",
        Locale::Fr => "French",
        Locale::Es => "Spanish",
    }
}
