//! The severity of a breach by ENISA's method of 2013: SE = DPC × EI + CB.
//!
//! Promise: computed from the facts with every step in words, in quarters of a point so that nothing is
//! rounded; the same method tells beforehand how bad a list would be if it leaked. Limit: the score
//! advises. It does not decide whether Art. 33 or 34 GDPR applies: a person signs that judgement, and
//! may change the context and the ease of identification with a reason, within the bounds of the method.
//! The method is a working document of 2013 (ENISA, *Recommendations for a methodology of the assessment
//! of severity of personal data breaches*, v1.0); where its annex gives examples rather than rules, the
//! choice made here is said in the step.

use crate::facts::{
    Answer, Availability, Confidentiality, DataItem, DataKind, EnisaCategory, Facts, Integrity, Readable,
};
use crate::words::words;
use serde::{Deserialize, Serialize};
use std::fmt;

/// More people than this is flagged (section 3.5).
const MANY: u64 = 100;
/// The bounds of the data processing context, in points.
const DPC: (i8, i8) = (1, 4);

/// A number of points, kept in quarters.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub struct Points(u16);

impl Points {
    /// So many quarters of a point.
    pub const fn quarters(quarters: u16) -> Self {
        Self(quarters)
    }
    /// The points as a number.
    pub fn value(self) -> f64 {
        f64::from(self.0) / 4.0
    }
}

impl fmt::Display for Points {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:02}", self.0 / 4, self.0 % 4 * 25)
    }
}

words! {
    /// The four levels of severity (section 3.4).
    pub enum Level {
        /// SE below 2: inconveniences that people overcome without a problem.
        Low = "low", "low";
        /// SE from 2: significant inconveniences, overcome with some difficulty.
        Medium = "medium", "medium";
        /// SE from 3: significant consequences, overcome with serious difficulty.
        High = "high", "high";
        /// SE from 4: significant or irreversible consequences.
        VeryHigh = "very-high", "very high";
    }
}

impl Level {
    /// What the method says the level means for people, in our words.
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Low => "People may meet a few inconveniences, which they overcome without trouble.",
            Self::Medium => "People may meet real inconveniences, which they overcome with some difficulty.",
            Self::High => "People may meet serious consequences, which cost them much to overcome.",
            Self::VeryHigh => "People may meet grave or lasting consequences, which they may never overcome.",
        }
    }

    const fn of(score: Points) -> Self {
        match score.0 {
            0..8 => Self::Low,
            8..12 => Self::Medium,
            12..16 => Self::High,
            _ => Self::VeryHigh,
        }
    }
}

words! {
    /// How easily the data leads to a person (section 3.2).
    pub enum Ease {
        /// Hardly at all.
        Negligible = "negligible", "negligible";
        /// With much other knowledge.
        Limited = "limited", "limited";
        /// With some research.
        Significant = "significant", "significant";
        /// From the data itself.
        Maximum = "maximum", "maximum";
    }
}

impl Ease {
    const fn points(self) -> Points {
        Points(match self {
            Self::Negligible => 1,
            Self::Limited => 2,
            Self::Significant => 3,
            Self::Maximum => 4,
        })
    }
}

/// What a person changed of the computed values, each with the reason that is shown beside it.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Adjustments {
    /// Points added to the data processing context, from -3 to 3, and why (annex A.2: volume, the organisation's own
    /// character, invalid or public data, vulnerable people).
    pub context: Option<(i8, String)>,
    /// Another ease of identification, and why.
    pub ease: Option<(Ease, String)>,
}

/// One step of the calculation.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Step {
    /// `DPC`, `EI`, `CB`, `SE`.
    pub part: String,
    /// What this step came to.
    pub points: Points,
    /// Why, in a sentence.
    pub why: String,
}

/// The outcome, with every step.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Assessment {
    /// The score.
    pub score: Points,
    /// The level that the score reaches.
    pub level: Level,
    /// How it came about.
    pub steps: Vec<Step>,
    /// What the method flags without counting it (section 3.5).
    pub flags: Vec<String>,
}

/// Scores the facts. `None` while no kind of data is known.
pub fn assess(facts: &Facts, adjustments: &Adjustments) -> Option<Assessment> {
    let mut steps = Vec::new();
    let dpc = context(facts, adjustments, &mut steps)?;
    let ease = ease(facts, adjustments, &mut steps);
    let circumstances = circumstances(facts, &mut steps);
    // Whole points times quarters are quarters.
    let score = Points(dpc * ease.0 + circumstances.0);
    let why = format!("{dpc} × {ease} + {circumstances}");
    steps.push(Step { part: "SE".to_owned(), points: score, why });
    Some(Assessment { score, level: Level::of(score), steps, flags: flags(facts) })
}

/// The data processing context, in whole points: that of the worst category, then what raises or lowers it.
fn context(facts: &Facts, adjustments: &Adjustments, steps: &mut Vec<Step>) -> Option<u16> {
    let worst = facts.data.iter().max_by_key(|item| item.category())?;
    let base = base(worst.category());
    let mut points = base;
    let mut step = |points: i8, why: String| steps.push(Step { part: "DPC".to_owned(), points: whole(points), why });
    step(base, format!("{}: {}; of several categories the highest counts.", worst.category(), worst.name()));
    if facts.children == Answer::Yes {
        points += 1;
        step(clamped(points), "Children are among the people: one point more.".to_owned());
    }
    if let Some((change, why)) = &adjustments.context {
        points += (*change).clamp(-3, 3);
        step(clamped(points), format!("A person changed the context by {change:+}: {why}"));
    }
    u16::try_from(clamped(points)).ok()
}

fn clamped(points: i8) -> i8 {
    points.clamp(DPC.0, DPC.1)
}

fn whole(points: i8) -> Points {
    Points(u16::from(points.unsigned_abs()) * 4)
}

const fn base(category: EnisaCategory) -> i8 {
    match category {
        EnisaCategory::Simple => 1,
        EnisaCategory::Behavioural => 2,
        EnisaCategory::Financial => 3,
        EnisaCategory::Sensitive => 4,
    }
}

/// The ease of identification: by the kind that leads to a person most directly.
fn ease(facts: &Facts, adjustments: &Adjustments, steps: &mut Vec<Step>) -> Points {
    let (ease, why) = match &adjustments.ease {
        Some((ease, why)) => (*ease, format!("A person set it: {why}")),
        None => {
            let direct = facts.data.iter().max_by_key(|item| identifies(item.kind));
            let ease = direct.map_or(Ease::Negligible, |item| identifies(item.kind));
            (ease, format!("{ease}: {}.", direct.map_or("nothing that identifies", DataItem::name)))
        }
    };
    steps.push(Step { part: "EI".to_owned(), points: ease.points(), why });
    ease.points()
}

/// What leads to a person by itself. An email address is taken to: it reaches exactly one person.
const fn identifies(kind: DataKind) -> Ease {
    match kind {
        DataKind::EmailAddress | DataKind::PhoneNumber | DataKind::SocialSecurity | DataKind::IdentityDocument => {
            Ease::Maximum
        }
        DataKind::AccountAccess | DataKind::HealthInsurance | DataKind::Biometric | DataKind::Genetic => Ease::Maximum,
        DataKind::Name | DataKind::PostalAddress | DataKind::NumberPlates => Ease::Significant,
        DataKind::DateOfBirth | DataKind::Location | DataKind::Messages | DataKind::Finances => Ease::Limited,
        _ => Ease::Negligible,
    }
}

/// The circumstances of the breach (section 3.3): what was lost, and whether it was meant.
fn circumstances(facts: &Facts, steps: &mut Vec<Step>) -> Points {
    let nature = facts.nature;
    let confidentiality = match nature.confidentiality {
        Confidentiality::Kept | Confidentiality::Exposed => 0,
        Confidentiality::KnownRecipients => 1,
        Confidentiality::UnknownRecipients => 2,
    };
    let integrity = match nature.integrity {
        Integrity::Kept => 0,
        Integrity::Restorable => 1,
        Integrity::Lost => 2,
    };
    let availability = match nature.availability {
        Availability::Kept => 0,
        Availability::ForATime => 1,
        Availability::ForGood => 2,
    };
    let malicious = if facts.malicious == Answer::Yes { 2 } else { 0 };
    let parts = [
        (confidentiality, format!("Confidentiality: {}.", nature.confidentiality)),
        (integrity, format!("Integrity: {}.", nature.integrity)),
        (availability, format!("Availability: {}.", nature.availability)),
        (malicious, format!("Done on purpose: {}.", facts.malicious)),
    ];
    let total = parts.iter().map(|(points, _)| points).sum();
    steps.extend(parts.map(|(points, why)| Step { part: "CB".to_owned(), points: Points(points), why }));
    Points(total)
}

fn flags(facts: &Facts) -> Vec<String> {
    let everybody = facts.everybody();
    let many = (everybody > MANY).then(|| format!("{everybody} people may be affected, more than {MANY}."));
    let sealed = match (facts.all_unreadable(), facts.data.iter().any(|item| item.readable == Readable::No)) {
        (true, _) => {
            Some("All of the data was unintelligible to whoever got it: this lowers the severity in fact.".to_owned())
        }
        (false, true) => Some("Some of the data was unintelligible to whoever got it.".to_owned()),
        (false, false) => None,
    };
    many.into_iter().chain(sealed).collect()
}

impl Assessment {
    /// The calculation as plain text, one step a line.
    pub fn text(&self) -> String {
        let mut out = format!("{} ({}). {}\n", self.level, self.score, self.level.meaning());
        for step in &self.steps {
            out.push_str(&format!("  {} {}  {}\n", step.part, step.points, step.why));
        }
        for flag in &self.flags {
            out.push_str(&format!("  flag  {flag}\n"));
        }
        out
    }
}

#[cfg(test)]
mod tests;
