//! Reading ease: how long sentences are.
//!
//! Sentences are counted in words, which is the same in all four languages; no formula of one language is used.

use super::split::{sentences, words};
use super::{LintFinding, LintRule, Notice, Spot, finding};

/// A sentence of more words than this is hard to follow under stress.
const LONG: usize = 30;
/// On average they are to be shorter than this.
const AVERAGE: usize = 20;
/// Fewer sentences have no average worth a remark.
const ENOUGH: usize = 5;

/// Rule `readable`.
pub(super) fn ease(notice: &Notice<'_>) -> Vec<LintFinding> {
    let all: Vec<_> = sentences(notice.text).map(|(line, sentence)| (line, sentence, words(sentence).len())).collect();
    let why = "People read this once, worried, on a telephone.";
    let long = all.iter().filter(|(_, _, count)| *count > LONG);
    let mut findings: Vec<_> = long
        .map(|(line, sentence, count)| {
            let mend = format!("Make two of it: it has {count} words, and {LONG} are many.");
            finding(LintRule::Readable, Spot::Line(*line), sentence, why, mend)
        })
        .collect();
    let total: usize = all.iter().map(|(_, _, count)| count).sum();
    if all.len() >= ENOUGH && total > AVERAGE * all.len() {
        let mend = format!("Shorten: sentences have {} words on average; stay below {AVERAGE}.", total / all.len());
        findings.push(finding(LintRule::Readable, Spot::Whole, "", why, mend));
    }
    findings
}
