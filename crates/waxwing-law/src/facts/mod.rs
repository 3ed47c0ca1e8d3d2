//! What is known of a breach: all that the rules are asked about.
//!
//! Promise: a fact that nobody has stated is absent, never guessed; a rule that needs it says so. The
//! judgements that law leaves to people (is a risk unlikely, is harm serious) are facts too: they are
//! signed elsewhere and only read here. Limit: [`Facts::from_json`] checks form and limits, not truth.

mod data;
mod judgement;
mod place;

pub use data::{DataItem, DataKind, EnisaCategory, Readable};
pub use judgement::{Answer, Judgements, Risk};
pub use place::{EEA, EU, Place, PlaceError};

use crate::words::words;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

/// The longest text of facts that is read, in bytes.
const LONGEST_JSON: usize = 256 * 1024;
/// More rows of one kind than this are a mistake: there are some 250 countries, and 60 kinds of data with their lists.
const MOST_ROWS: usize = 1000;
/// The longest label or statement, in bytes.
const LONGEST_TEXT: usize = 4000;

/// Facts that cannot be right.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FactsError {
    /// Larger than anything a case needs.
    #[error("more than the {0} that facts may hold")]
    TooMuch(&'static str),
    /// Not the form of facts. The message of the parser is left out: it would quote what was written.
    #[error("not the form of facts (line {0})")]
    Form(usize),
    /// Two facts contradict each other.
    #[error("{0}")]
    Contradiction(&'static str),
}

words! {
    /// How far the data became known to others (ENISA 2013, annex: loss of confidentiality).
    pub enum Confidentiality {
        /// Nobody could read it.
        Kept = "kept", "kept";
        /// It lay open; nothing shows that anybody read it.
        Exposed = "exposed", "lay open, no sign that anybody read it";
        /// It reached recipients that are known.
        KnownRecipients = "known-recipients", "reached recipients that are known";
        /// It reached an unknown number of recipients.
        UnknownRecipients = "unknown-recipients", "reached recipients that nobody can count";
    }
}

words! {
    /// Whether data was altered (ENISA 2013, annex: loss of integrity).
    pub enum Integrity {
        /// Nothing was altered.
        Kept = "kept", "kept";
        /// Altered, possibly used, and it can be restored.
        Restorable = "restorable", "altered, can be restored";
        /// Altered, used, and it cannot be restored.
        Lost = "lost", "altered, cannot be restored";
    }
}

words! {
    /// Whether data was missing when it was needed (ENISA 2013, annex: loss of availability).
    pub enum Availability {
        /// It was there.
        Kept = "kept", "kept";
        /// Missing for a time.
        ForATime = "for-a-time", "missing for a time";
        /// Gone, and nothing brings it back.
        ForGood = "for-good", "gone for good";
    }
}

/// Which of the three was lost (GDPR Art. 4(12); EDPB Guidelines 9/2022, section I.B).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Nature {
    /// Did others get to know it?
    pub confidentiality: Confidentiality,
    /// Was it altered?
    pub integrity: Integrity,
    /// Was it missing?
    pub availability: Availability,
}

impl Default for Nature {
    fn default() -> Self {
        Self { confidentiality: Confidentiality::Kept, integrity: Integrity::Kept, availability: Availability::Kept }
    }
}

impl Nature {
    /// Whether anything was lost at all.
    pub fn is_breach(self) -> bool {
        self != Self::default()
    }
    /// Whether others may have come to know data.
    pub fn confidentiality_lost(self) -> bool {
        self.confidentiality != Confidentiality::Kept
    }
    /// Whether nothing but confidentiality was touched: only then can encryption take all of the harm away.
    pub fn only_confidentiality(self) -> bool {
        self.integrity == Integrity::Kept && self.availability == Availability::Kept
    }
}

/// When things happened. All instants are UTC; law's days are counted in [`Facts::zone`].
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Times {
    /// The first moment at which the breach may have happened.
    pub occurred_from: Option<Timestamp>,
    /// The last moment at which it may have happened.
    pub occurred_to: Option<Timestamp>,
    /// When somebody first suspected it.
    pub suspected_at: Option<Timestamp>,
    /// When a named person had a reasonable degree of certainty (EDPB Guidelines 9/2022, section II.A.2): starts the clocks.
    pub aware_at: Option<Timestamp>,
    /// When the people affected were told, where a later duty counts from it.
    pub people_told_at: Option<Timestamp>,
    /// When the incident notification of NIS2 Art. 23(4)(b) was submitted: the final report counts from it.
    pub nis2_notified_at: Option<Timestamp>,
}

words! {
    /// On whose behalf the data is held (GDPR Art. 4(7), 4(8)).
    pub enum Role {
        /// Decides why and how.
        Controller = "controller", "controller";
        /// Holds it for somebody else.
        Processor = "processor", "processor";
    }
}

words! {
    /// Whether the organisation is in scope of NIS2 (Directive (EU) 2022/2555, Art. 3).
    pub enum Nis2Entity {
        /// Out of scope.
        None = "none", "out of scope";
        /// An essential entity.
        Essential = "essential", "essential entity";
        /// An important entity.
        Important = "important", "important entity";
    }
}

/// How many people of one place are affected.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PeopleIn {
    /// Where they live.
    pub place: Place,
    /// People whose data certainly reached somebody.
    #[serde(default)]
    pub confirmed: u64,
    /// Further people whose data may have.
    #[serde(default)]
    pub possible: u64,
}

/// A law-enforcement agency asked for silence.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Silence {
    /// Which agency, and under which reference.
    pub agency: String,
    /// Since when.
    pub from: Timestamp,
    /// When it said that telling no longer harms the investigation; open while `None`.
    #[serde(default)]
    pub until: Option<Timestamp>,
}

/// All that is known of a breach.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Facts {
    /// What was lost.
    pub nature: Nature,
    /// When.
    pub times: Times,
    /// On whose behalf the data is held.
    pub role: Option<Role>,
    /// Where the organisation has its main establishment.
    pub establishment: Option<Place>,
    /// The IANA name of its time zone, in which days and hours are counted; UTC while nobody said.
    pub zone: Option<String>,
    /// Further places where it does business or offers goods or services.
    pub active_in: Vec<Place>,
    /// The people affected, by where they live. People of unknown residence are in no row but in [`Facts::people_elsewhere`].
    pub people: Vec<PeopleIn>,
    /// People affected of whom nobody knows where they live.
    pub people_elsewhere: u64,
    /// Of those, people whose data certainly reached somebody.
    pub people_elsewhere_certain: u64,
    /// The kinds of data affected, each with whether it could be read.
    pub data: Vec<DataItem>,
    /// How many records (rows, messages) are affected, where known.
    pub records: Option<u64>,
    /// Are children among the people?
    pub children: Answer,
    /// Was it done on purpose, by somebody who may mean harm?
    pub malicious: Answer,
    /// What was done afterwards so that a high risk is no longer likely (GDPR Art. 34(3)(b)), in words.
    pub later_measures: Option<String>,
    /// Why telling each person would be a disproportionate effort (GDPR Art. 34(3)(c)), in words.
    pub disproportionate: Option<String>,
    /// A law-enforcement agency's wish for silence.
    pub silence: Option<Silence>,
    /// The organisation's place in NIS2.
    pub nis2: Option<Nis2Entity>,
    /// Annual turnover in Australian dollars (Privacy Act 1988, section 6D: small business operators).
    pub turnover_aud: Option<u64>,
    /// Is the organisation a small processing agent under Brazilian rules (its period is doubled)?
    pub brazil_small_agent: Answer,
    /// What people have judged and signed.
    pub judgements: Judgements,
}

impl Facts {
    /// Reads facts that [`Facts::to_json`] wrote.
    ///
    /// # Errors
    /// Refuses text over 256 KiB, unknown words, more than 1,000 rows of a kind, and times that contradict each other.
    pub fn from_json(text: &str) -> Result<Self, FactsError> {
        if text.len() > LONGEST_JSON {
            return Err(FactsError::TooMuch("256 KiB"));
        }
        let facts: Self = serde_json::from_str(text).map_err(|error| FactsError::Form(error.line()))?;
        facts.check()?;
        Ok(facts)
    }

    /// The same facts as text.
    pub fn to_json(&self) -> String {
        // Derived `Serialize` over strings, numbers and words has no way to fail.
        serde_json::to_string(self).expect("facts are plain data")
    }

    /// Whether limits are kept and nothing contradicts itself.
    ///
    /// # Errors
    /// Names the first thing that is wrong.
    pub fn check(&self) -> Result<(), FactsError> {
        let rows = self.people.len().max(self.data.len()).max(self.active_in.len());
        if rows > MOST_ROWS {
            return Err(FactsError::TooMuch("1,000 rows of a kind"));
        }
        if self.texts().any(|text| text.len() > LONGEST_TEXT) {
            return Err(FactsError::TooMuch("4,000 bytes of one text"));
        }
        let Times { occurred_from, occurred_to, aware_at, .. } = self.times;
        if later(occurred_from, occurred_to) {
            return Err(FactsError::Contradiction("the breach ends before it begins"));
        }
        if later(occurred_from, aware_at) {
            return Err(FactsError::Contradiction("nobody can be aware of a breach before it begins"));
        }
        if self.zone.as_deref().is_some_and(|zone| TimeZone::get(zone).is_err()) {
            return Err(FactsError::Contradiction("the time zone is not one of the IANA database"));
        }
        Ok(())
    }

    fn texts(&self) -> impl Iterator<Item = &String> {
        let one = [&self.zone, &self.later_measures, &self.disproportionate].into_iter().flatten();
        one.chain(self.data.iter().map(|item| &item.label)).chain(self.silence.iter().map(|silence| &silence.agency))
    }

    /// The zone in which days and hours are counted; UTC while nobody stated one.
    pub fn time_zone(&self) -> TimeZone {
        self.zone.as_deref().and_then(|zone| TimeZone::get(zone).ok()).unwrap_or(TimeZone::UTC)
    }

    /// People certainly affected in places that `inside` accepts.
    pub fn confirmed(&self, inside: impl Fn(&Place) -> bool) -> u64 {
        self.count(inside, |row| row.confirmed)
    }

    /// People certainly or possibly affected in places that `inside` accepts.
    pub fn at_most(&self, inside: impl Fn(&Place) -> bool) -> u64 {
        self.count(inside, |row| row.confirmed.saturating_add(row.possible))
    }

    fn count(&self, inside: impl Fn(&Place) -> bool, of: impl Fn(&PeopleIn) -> u64) -> u64 {
        self.people.iter().filter(|row| inside(&row.place)).map(of).fold(0, u64::saturating_add)
    }

    /// Everybody who is certainly affected, wherever they live.
    pub fn certain(&self) -> u64 {
        let elsewhere = self.people_elsewhere_certain.min(self.people_elsewhere);
        self.confirmed(|_| true).saturating_add(elsewhere)
    }

    /// Everybody who may be affected, wherever they live.
    pub fn everybody(&self) -> u64 {
        self.at_most(|_| true).saturating_add(self.people_elsewhere)
    }

    /// Whether this kind of data is among what could be read, or may have been.
    pub fn readable(&self, kind: DataKind) -> bool {
        self.data.iter().any(|item| item.kind == kind && item.readable != Readable::No)
    }

    /// Whether all affected data stayed unreadable to whoever got it, with its keys untouched.
    pub fn all_unreadable(&self) -> bool {
        !self.data.is_empty() && self.data.iter().all(|item| item.readable == Readable::No)
    }

    /// Whether data of special categories could be read (GDPR Art. 9, 10).
    pub fn special(&self) -> bool {
        self.data.iter().any(|item| item.kind.special() && item.readable != Readable::No)
    }

    /// Whether the organisation is established in, or says it is active in, a place that `inside` accepts.
    pub fn present(&self, inside: impl Fn(&Place) -> bool) -> bool {
        self.establishment.iter().chain(&self.active_in).any(inside)
    }
}

fn later(one: Option<Timestamp>, other: Option<Timestamp>) -> bool {
    matches!((one, other), (Some(one), Some(other)) if one > other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facts_read_back_as_they_were_written() {
        let mut facts = Facts { role: Some(Role::Controller), people_elsewhere: 3, ..Facts::default() };
        facts.people.push(PeopleIn { place: "US-CA".parse().expect("a place"), confirmed: 2, possible: 1 });
        facts.data.push(DataItem::new(DataKind::EmailAddress, Readable::Yes));
        assert_eq!(Facts::from_json(&facts.to_json()), Ok(facts));
    }

    #[test]
    fn what_nobody_could_have_meant_is_refused() {
        assert_eq!(Facts::from_json("{\"colour\":1}"), Err(FactsError::Form(1)));
        assert_eq!(Facts::from_json(&" ".repeat(LONGEST_JSON + 1)), Err(FactsError::TooMuch("256 KiB")));
        let backwards = r#"{"times":{"occurred_from":"2026-03-02T00:00:00Z","occurred_to":"2026-03-01T00:00:00Z"}}"#;
        assert!(matches!(Facts::from_json(backwards), Err(FactsError::Contradiction(_))));
        assert!(matches!(Facts::from_json(r#"{"zone":"Mars/Olympus"}"#), Err(FactsError::Contradiction(_))));
    }

    #[test]
    fn counts_never_wrap() {
        let place: Place = "DE".parse().expect("a place");
        let row = PeopleIn { place, confirmed: u64::MAX, possible: u64::MAX };
        let facts = Facts { people: vec![row.clone(), row], people_elsewhere: 1, ..Facts::default() };
        assert_eq!(facts.everybody(), u64::MAX);
    }
}
