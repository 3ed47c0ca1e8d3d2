//! Facts and rules brought together: what is to be done, by when, and why.
//!
//! Promise: every rule in force is answered, also those that do not apply, with the reason and its
//! article in words. A fact that is missing never makes a duty disappear: it makes it *may apply* and
//! is named. More people, or more data, or data found readable never takes a duty away (a property
//! test holds that). Limit: nothing is decided here that law leaves to people; where a judgement is
//! missing, the answer waits for it or takes the law's own default. Counsel confirms.

mod australia;
mod brazil;
mod california;
mod canada;
mod gate;
mod gdpr;
mod nis2;
mod text;

pub use text::text;

use crate::facts::{Answer, Facts};
use crate::jurisdictions::{Checked, PauseReason, Recipient, Rule, RuleBook, Start, Test};
use crate::period::{Due, PeriodError, reckon};
use gate::Finding;
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// What every page that shows a duty says beside it.
pub const COUNSEL: &str = "This is no legal advice. Counsel confirms.";

/// Whether a rule applies.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "is", content = "missing")]
pub enum Verdict {
    /// It applies.
    Applies,
    /// It applies or not, by these facts or judgements that are missing.
    MayApply(Vec<String>),
    /// It does not apply.
    DoesNotApply,
}

/// A way out that the law offers.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Exemption {
    /// The article that offers it.
    pub section: String,
    /// Whether it is what made the duty fall away; otherwise it is only offered.
    pub used: bool,
    /// What it says, in words.
    pub why: String,
    /// What must be at hand to rely on it.
    pub evidence: Vec<String>,
}

/// When a duty is due.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "is")]
pub enum When {
    /// By a certain time.
    By(Due),
    /// Without a number: without undue delay, as soon as feasible.
    Promptly {
        /// Since when.
        since: Timestamp,
    },
    /// It stands; for a record, how long it is kept at least.
    Standing {
        /// The end of the retention, where law names one.
        keep: Option<Due>,
    },
    /// The clock has not started: this has not happened yet.
    NotStarted {
        /// What starts it.
        waits_for: Start,
    },
}

/// A time during which the clock is stopped.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Pause {
    /// Why.
    pub reason: PauseReason,
    /// Since when.
    pub from: Timestamp,
    /// Until when; still stopped while `None`.
    pub until: Option<Timestamp>,
}

/// One rule, answered.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Duty {
    /// Which rule.
    pub rule: String,
    /// Which version of it.
    pub version: u16,
    /// `GDPR Article 33(1)`.
    pub law: String,
    /// What is asked.
    pub title: String,
    /// Whether it applies.
    pub verdict: Verdict,
    /// Why, in sentences that name the article.
    pub reasons: Vec<String>,
    /// Who hears of it.
    pub to: Recipient,
    /// Who exactly.
    pub recipient: String,
    /// In which form.
    pub form: String,
    /// When; `None` where it does not apply.
    pub when: Option<When>,
    /// The time during which its clock is stopped.
    pub pause: Option<Pause>,
    /// Ways out, used or offered.
    pub exemptions: Vec<Exemption>,
    /// Whether the rule's text was read.
    pub status: Checked,
    /// Where it stands.
    pub source: String,
    /// What was read, where that was not the source.
    pub read: Option<String>,
    /// The day on which the row was last compared.
    pub checked_on: Date,
    /// What else to know of the rule.
    pub note: Option<String>,
}

/// Answers every rule of `book` in force on the day of awareness; on `today` while nobody is aware.
///
/// # Errors
/// When a date lies outside the calendar.
pub fn duties(facts: &Facts, book: &RuleBook, today: Date) -> Result<Vec<Duty>, PeriodError> {
    let day = facts.times.aware_at.map_or(today, |aware| aware.to_zoned(facts.time_zone()).date());
    book.in_force(day).map(|rule| answer(rule, facts)).collect()
}

fn answer(rule: &Rule, facts: &Facts) -> Result<Duty, PeriodError> {
    let Finding { verdict, mut reasons, exemptions } = decide(rule.test, facts);
    let applies = verdict != Verdict::DoesNotApply;
    let pause = pause(rule, facts);
    if applies && facts.silence.is_some() && pause.is_none() && rule.to != Recipient::Record {
        reasons.push("A law-enforcement agency asked for silence; this clock does not stop for it.".to_owned());
    }
    Ok(Duty {
        rule: rule.id.clone(),
        version: rule.version,
        law: format!("{} {}", rule.law, rule.section),
        title: rule.title.clone(),
        when: if applies { Some(when(rule, facts)?) } else { None },
        pause: pause.filter(|_| applies),
        verdict,
        reasons,
        to: rule.to,
        recipient: rule.recipient.clone(),
        form: rule.form.clone(),
        exemptions,
        status: rule.status,
        source: rule.source.clone(),
        read: rule.read.clone(),
        checked_on: rule.checked_on,
        note: rule.note.clone(),
    })
}

fn decide(test: Test, facts: &Facts) -> Finding {
    match test {
        Test::GdprAuthority => gdpr::authority(facts, gdpr::UNION),
        Test::GdprController => gdpr::controller(facts, gdpr::UNION),
        Test::GdprPeople => gdpr::people(facts, gdpr::UNION),
        Test::GdprRecord => gdpr::record(facts, gdpr::UNION),
        Test::UkAuthority => gdpr::authority(facts, gdpr::KINGDOM),
        Test::UkController => gdpr::controller(facts, gdpr::KINGDOM),
        Test::UkPeople => gdpr::people(facts, gdpr::KINGDOM),
        Test::UkRecord => gdpr::record(facts, gdpr::KINGDOM),
        Test::CaliforniaPeople => california::people(facts),
        Test::CaliforniaOwner => california::owner(facts),
        Test::CaliforniaAttorney => california::attorney(facts),
        Test::CanadaAuthority | Test::CanadaPeople => canada::harm(facts),
        Test::CanadaRecord => canada::record(facts),
        Test::BrazilAuthority | Test::BrazilPeople => brazil::risk(facts),
        Test::BrazilRecord => brazil::record(facts),
        Test::AustraliaAssessment => australia::assessment(facts),
        Test::AustraliaAuthority | Test::AustraliaPeople => australia::eligible(facts),
        Test::Nis2Incident => nis2::incident(facts),
    }
}

fn when(rule: &Rule, facts: &Facts) -> Result<When, PeriodError> {
    let Some(start) = started(rule.clock.start, facts) else {
        return Ok(When::NotStarted { waits_for: rule.clock.start });
    };
    let zone = facts.time_zone();
    let small = rule.clock.period_small.filter(|_| facts.brazil_small_agent == Answer::Yes);
    let period = small.unwrap_or(rule.clock.period);
    if let Some(due) = reckon(period, rule.clock.counting, start, &zone)? {
        return Ok(When::By(due));
    }
    if rule.to != Recipient::Record {
        return Ok(When::Promptly { since: start });
    }
    let keep = rule.clock.keep.map(|keep| reckon(keep, rule.clock.counting, start, &zone)).transpose()?;
    Ok(When::Standing { keep: keep.flatten() })
}

fn started(start: Start, facts: &Facts) -> Option<Timestamp> {
    match start {
        Start::Suspected => facts.times.suspected_at,
        Start::Aware => facts.times.aware_at,
        Start::PeopleTold => facts.times.people_told_at,
        Start::Nis2Notified => facts.times.nis2_notified_at,
    }
}

fn pause(rule: &Rule, facts: &Facts) -> Option<Pause> {
    let reason = PauseReason::LawEnforcement;
    let silence = facts.silence.as_ref().filter(|_| rule.clock.pause.contains(&reason))?;
    Some(Pause { reason, from: silence.from, until: silence.until })
}
