//! A linter of notices: is this what a person who was hit needs to read?
//!
//! Promise: each finding names its rule, the place, why it matters and how to mend it. The rules come from GDPR
//! Art. 34(2) (clear and plain language, nature, contact, measures), from EDPB Guidelines 9/2022, section III.B (a
//! dedicated message, apart from other information), and from what incident responders learned (PagerDuty's
//! incident response guide: date the title, be exact about what leaked, never "we take security very seriously").
//! Limit: words and patterns in four languages are found, not meanings; a notice without findings still needs a
//! person who reads it. Findings quote the notice, so that they are shown to those who may read it and never logged.

mod language;
mod markup;
mod phrases;
mod promises;
mod reading;
mod split;

use crate::drafts::Locale;
use crate::facts::DataKind;
use crate::words::words;

/// The longest notice that is read, in bytes.
pub const LONGEST: usize = 256 * 1024;
/// More findings than this of one rule are the same finding.
const MOST_OF_A_RULE: usize = 10;
/// The longest quotation, in characters.
const QUOTATION: usize = 120;

words! {
    /// What a notice is held to.
    pub enum LintRule {
        /// The title carries a date.
        DatedTitle = "dated-title", "The title carries a date";
        /// Nothing is offered, advertised or linked that does not belong here.
        NoPromotion = "no-promotion", "Nothing is advertised";
        /// No pictures, scripts or counted links.
        NoTracking = "no-tracking", "Nobody is watched while reading";
        /// None of the phrases that say nothing.
        NoPhrases = "no-phrases", "No empty phrases";
        /// Every kind of data is named.
        DataNamed = "data-named", "Every kind of data is named";
        /// Somebody can be asked.
        Contact = "contact", "Somebody can be asked";
        /// It says what people can do.
        WhatToDo = "what-to-do", "It says what people can do";
        /// What is certain is said as certain.
        NoHedging = "no-hedging", "What is certain is said plainly";
        /// Sentences can be read at once.
        Readable = "readable", "It reads easily";
        /// Every paragraph is in the language of the letter.
        Language = "language", "It is in one language";
        /// No data of anybody else.
        NobodyElse = "nobody-else", "No personal data of others";
        /// Nothing is left to be filled in.
        NoGaps = "no-gaps", "Nothing is missing";
        /// It is short enough to be read at all.
        Length = "length", "It is not too long";
    }
}

impl LintRule {
    /// Whether a notice may leave in spite of a finding, when a person says so.
    pub const fn may_be_overruled(self) -> bool {
        matches!(self, Self::Readable | Self::Language | Self::NoHedging | Self::WhatToDo | Self::NoPhrases)
    }
}

/// Where a finding is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Spot {
    /// In the title.
    Title,
    /// In this line of the text, counted from 1.
    Line(usize),
    /// In the HTML.
    Markup,
    /// In the notice as a whole.
    Whole,
}

/// What a rule found.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LintFinding {
    /// Which rule.
    pub rule: LintRule,
    /// Where.
    pub spot: Spot,
    /// The words that it is about; empty where something is missing.
    pub quote: String,
    /// Why it matters.
    pub why: &'static str,
    /// How to mend it.
    pub mend: String,
}

/// A notice, with what it must say.
#[derive(Clone, Copy)]
pub struct Notice<'a> {
    /// Its language.
    pub locale: Locale,
    /// Its subject or title.
    pub title: &'a str,
    /// Its plain text.
    pub text: &'a str,
    /// Its HTML, where it has one.
    pub html: Option<&'a str>,
    /// The kinds of data that it must name.
    pub data: &'a [DataKind],
    /// Whether it is certain that data reached others.
    pub certain: bool,
    /// Addresses and numbers under which the organisation answers.
    pub contacts: &'a [&'a str],
    /// Hosts that links may lead to, besides those of the contacts.
    pub hosts: &'a [&'a str],
}

/// Everything that the rules find, in the order of the rules.
pub fn lint(notice: &Notice<'_>) -> Vec<LintFinding> {
    let size = notice.title.len() + notice.text.len() + notice.html.map_or(0, str::len);
    if size > LONGEST {
        return vec![finding(
            LintRule::Length,
            Spot::Whole,
            "",
            "Nobody reads this much, and it is not checked further.",
            "Keep a notice far below 256 KiB.",
        )];
    }
    let mut findings = Vec::new();
    findings.extend(promises::dated_title(notice));
    findings.extend(markup::promotion(notice));
    findings.extend(markup::tracking(notice));
    findings.extend(phrases::empty(notice));
    findings.extend(promises::data_named(notice));
    findings.extend(promises::contact(notice));
    findings.extend(promises::what_to_do(notice));
    findings.extend(phrases::hedging(notice));
    findings.extend(reading::ease(notice));
    findings.extend(language::foreign(notice));
    findings.extend(promises::nobody_else(notice));
    findings.extend(promises::gaps(notice));
    capped(findings)
}

/// At most so many findings of a rule: the same thing said a hundred times helps nobody.
fn capped(findings: Vec<LintFinding>) -> Vec<LintFinding> {
    let mut seen = std::collections::BTreeMap::new();
    let keep = |finding: &LintFinding| {
        let count = seen.entry(finding.rule).or_insert(0usize);
        *count += 1;
        *count <= MOST_OF_A_RULE
    };
    let mut findings = findings;
    findings.retain(keep);
    findings
}

fn finding(rule: LintRule, spot: Spot, quote: &str, why: &'static str, mend: impl Into<String>) -> LintFinding {
    LintFinding { rule, spot, quote: quote.trim().chars().take(QUOTATION).collect(), why, mend: mend.into() }
}

#[cfg(test)]
mod tests;
