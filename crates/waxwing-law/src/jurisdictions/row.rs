//! One rule of law as a row of data.

use crate::period::{Counting, Period};
use crate::words::words;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

words! {
    /// Whether the text of the law itself was read.
    pub enum Checked {
        /// The text at the place named as source was read.
        Verified = "verified", "verified against the text";
        /// A copy of the text was read that somebody else keeps, for the source could not be.
        Copy = "copy", "compared with a copy of the text that others keep";
        /// Only summaries of others were at hand.
        Unverified = "unverified", "unverified: the text itself was not read";
    }
}

words! {
    /// Who hears of it.
    pub enum Recipient {
        /// An authority.
        Authority = "authority", "authority";
        /// The people affected.
        People = "people", "people affected";
        /// The organisation on whose behalf the data is held.
        Controller = "controller", "controller";
        /// Nobody: the organisation's own record.
        Record = "record", "own record";
    }
}

words! {
    /// What starts a clock.
    pub enum Start {
        /// The first suspicion.
        Suspected = "suspected", "the first suspicion";
        /// Awareness of the breach.
        Aware = "aware", "awareness of the breach";
        /// The message to the people affected.
        PeopleTold = "people-told", "telling the people affected";
        /// The incident notification of NIS2.
        Nis2Notified = "nis2-notified", "the NIS2 incident notification";
    }
}

words! {
    /// What may stop a clock. No investigation of one's own does, under any rule that is shipped.
    pub enum PauseReason {
        /// A law-enforcement agency says that telling would harm its investigation.
        LawEnforcement = "law-enforcement", "a law-enforcement agency asked for silence";
    }
}

words! {
    /// The code that decides whether a rule applies.
    pub enum Test {
        /// GDPR Art. 33(1).
        GdprAuthority = "gdpr-authority", "risk to people, GDPR";
        /// GDPR Art. 33(2).
        GdprController = "gdpr-controller", "a processor tells its controller, GDPR";
        /// GDPR Art. 34.
        GdprPeople = "gdpr-people", "high risk to people, GDPR";
        /// GDPR Art. 33(5).
        GdprRecord = "gdpr-record", "every breach is recorded, GDPR";
        /// UK GDPR Art. 33(1).
        UkAuthority = "uk-authority", "risk to people, UK GDPR";
        /// UK GDPR Art. 33(2).
        UkController = "uk-controller", "a processor tells its controller, UK GDPR";
        /// UK GDPR Art. 34.
        UkPeople = "uk-people", "high risk to people, UK GDPR";
        /// UK GDPR Art. 33(5).
        UkRecord = "uk-record", "every breach is recorded, UK GDPR";
        /// California Civil Code 1798.82(a).
        CaliforniaPeople = "california-people", "personal information of Californians, 1798.82(h)";
        /// California Civil Code 1798.82(b).
        CaliforniaOwner = "california-owner", "a holder tells the owner, 1798.82(b)";
        /// California Civil Code 1798.82(f).
        CaliforniaAttorney = "california-attorney", "more than 500 Californians told";
        /// PIPEDA 10.1(1).
        CanadaAuthority = "canada-authority", "real risk of significant harm";
        /// PIPEDA 10.1(3).
        CanadaPeople = "canada-people", "real risk of significant harm";
        /// PIPEDA 10.3.
        CanadaRecord = "canada-record", "every breach is recorded";
        /// LGPD Art. 48, the authority.
        BrazilAuthority = "brazil-authority", "relevant risk or damage";
        /// LGPD Art. 48, the people.
        BrazilPeople = "brazil-people", "relevant risk or damage";
        /// ANPD Resolution 15/2024 Art. 10.
        BrazilRecord = "brazil-record", "every incident is recorded";
        /// Privacy Act 1988, section 26WH.
        AustraliaAssessment = "australia-assessment", "a suspected eligible data breach";
        /// Privacy Act 1988, section 26WK.
        AustraliaAuthority = "australia-authority", "an eligible data breach";
        /// Privacy Act 1988, section 26WL.
        AustraliaPeople = "australia-people", "an eligible data breach";
        /// NIS2 Art. 23.
        Nis2Incident = "nis2-incident", "a significant incident of an entity in scope";
    }
}

/// The clock of a rule.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClockRow {
    /// What starts it.
    pub start: Start,
    /// How long it runs.
    pub period: Period,
    /// How long it runs for small agents, where law doubles it (Brazil).
    #[serde(default)]
    pub period_small: Option<Period>,
    /// How it is counted beside the strictest reading.
    #[serde(default)]
    pub counting: Counting,
    /// What may stop it.
    #[serde(default)]
    pub pause: Vec<PauseReason>,
    /// For records: how long they are kept, from the same start.
    #[serde(default)]
    pub keep: Option<Period>,
}

/// A rule of law.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Its stable name: `gdpr-33-1`.
    pub id: String,
    /// Counts from 1.
    pub version: u16,
    /// The name of the law for people.
    pub law: String,
    /// Article or section.
    pub section: String,
    /// What is asked, in a few words.
    pub title: String,
    /// Who hears of it.
    pub to: Recipient,
    /// Who exactly, in words.
    pub recipient: String,
    /// In which form, in words.
    pub form: String,
    /// The first day in force.
    pub in_force_from: Date,
    /// The last day in force; open while absent.
    #[serde(default)]
    pub in_force_to: Option<Date>,
    /// Which code decides whether it applies.
    pub test: Test,
    /// Its clock.
    pub clock: ClockRow,
    /// Where its text stands.
    pub source: String,
    /// What was read to check the row, where that is not the source itself.
    #[serde(default)]
    pub read: Option<String>,
    /// The day on which the row was last compared.
    pub checked_on: Date,
    /// By whom.
    pub checked_by: String,
    /// Whether the text was read.
    pub status: Checked,
    /// What else people should know.
    #[serde(default)]
    pub note: Option<String>,
}

impl Rule {
    /// Whether it is in force on `day`.
    pub fn in_force(&self, day: Date) -> bool {
        self.in_force_from <= day && self.in_force_to.is_none_or(|end| day <= end)
    }

    /// What is wrong with the row, if anything.
    pub(super) fn wrong(&self, longest: usize) -> Option<&'static str> {
        let word = |text: &str| {
            !text.is_empty() && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        };
        let texts =
            [&self.law, &self.section, &self.title, &self.recipient, &self.form, &self.checked_by, &self.source];
        let optional = [&self.read, &self.note];
        let long = texts.iter().any(|text| text.len() > longest)
            || optional.iter().any(|text| text.as_ref().is_some_and(|text| text.len() > longest));
        let secure = self.source.starts_with("https://");
        let unread = self.status == Checked::Unverified && self.note.is_none();
        let elsewhere = self.read.as_deref().is_some_and(|read| host(read) != host(&self.source));
        let wrongs = [
            (!word(&self.id) || self.id.len() > 60, "its id is not a word of small letters, digits and dashes"),
            (self.version == 0, "its version does not count from 1"),
            (texts.iter().any(|text| text.trim().is_empty()), "a text is empty"),
            (long, "a text is too long"),
            (!secure, "its source is no https address"),
            (self.in_force_to.is_some_and(|end| end < self.in_force_from), "it ends before it begins"),
            (unread, "an unverified row says in its note what could not be read"),
            (
                self.status == Checked::Verified && elsewhere,
                "it is called verified, but what was read is not the source",
            ),
            (self.status == Checked::Copy && !elsewhere, "it is compared with a copy, but says not with which"),
        ];
        wrongs.into_iter().find_map(|(wrong, why)| wrong.then_some(why))
    }
}

/// The host of an address.
fn host(address: &str) -> &str {
    let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
    rest.split(['/', '?', '#']).next().unwrap_or_default()
}
