//! One case as the database has it, and the only ways from one state to another.

use super::words::{CauseKind, Outcome, Severity, Status};
use waxwing_app::{Error, Result};
use waxwing_domain::{AccountId, Actor, AlertId, IncidentId, Micros};

/// What was lost: of confidentiality, integrity, availability (EDPB Guidelines 9/2022, § 17).
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Losses {
    /// Somebody saw or got what they should not.
    pub confidentiality: bool,
    /// Something was changed.
    pub integrity: bool,
    /// Something is gone or cannot be reached.
    pub availability: bool,
}

impl Losses {
    /// Reads words such as `confidentiality`; whatever else is said is refused.
    ///
    /// # Errors
    /// [`Error::Invalid`].
    pub fn of(words: &[String]) -> Result<Self> {
        let mut losses = Self::default();
        for word in words {
            match word.as_str() {
                "confidentiality" => losses.confidentiality = true,
                "integrity" => losses.integrity = true,
                "availability" => losses.availability = true,
                _ => return Err(Error::invalid("losses", "Say confidentiality, integrity or availability.")),
            }
        }
        Ok(losses)
    }
    /// The words.
    pub fn words(self) -> Vec<&'static str> {
        let all = [
            (self.confidentiality, "confidentiality"),
            (self.integrity, "integrity"),
            (self.availability, "availability"),
        ];
        all.into_iter().filter(|(on, _)| *on).map(|(_, word)| word).collect()
    }
}

/// Since when a named person knows, with a reasonable degree of certainty, that there was a breach (EDPB 9/2022,
/// § 31): where the clocks of Art. 33 GDPR begin.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Aware {
    /// Since when.
    pub at: Micros,
    /// Who says so.
    pub by: AccountId,
    /// When they said it.
    pub said_at: Micros,
}

/// A case.
#[derive(Clone, Debug)]
pub struct Incident {
    /// Its id.
    pub id: IncidentId,
    /// What it is called: two words that mean nothing.
    pub codename: String,
    /// Where it stands.
    pub status: Status,
    /// What was lost.
    pub losses: Losses,
    /// How bad it is.
    pub severity: Severity,
    /// The alert it was opened from.
    pub alert: Option<AlertId>,
    /// When it was first suspected.
    pub suspected_at: Micros,
    /// When the case was opened.
    pub opened_at: Micros,
    /// Who opened it: kind and principal.
    pub opened_by: Actor,
    /// Since when it is known.
    pub aware: Option<Aware>,
    /// Since when it goes on no more.
    pub contained_at: Option<Micros>,
    /// When it was closed or dismissed.
    pub ended_at: Option<Micros>,
    /// How it ended.
    pub outcome: Option<Outcome>,
    /// How it came about.
    pub cause: Option<CauseKind>,
    /// Since when it may have gone on, as far as people or an alert say.
    pub window_from: Option<Micros>,
    /// Until when; it goes on, or nobody knows, where `None`.
    pub window_until: Option<Micros>,
    /// Every how many minutes its members are told how it stands.
    pub update_every: Option<i64>,
    /// When they are told next.
    pub update_due: Option<Micros>,
    pub(super) training: Option<Vec<u8>>,
    pub(super) summary: Vec<u8>,
    pub(super) ending: Option<Vec<u8>>,
    pub(super) cause_text: Option<Vec<u8>>,
    pub(super) controls: Option<String>,
}

impl Incident {
    /// The state after somebody said since when they know.
    pub(super) fn confirmed(&self) -> Result<Status> {
        self.from(&[Status::Suspicion], Status::Confirmed, "is confirmed already, or was dismissed")
    }
    /// The state after it was stopped.
    pub(super) fn contained(&self) -> Result<Status> {
        self.from(&[Status::Confirmed], Status::Contained, "is contained once it is confirmed, and once only")
    }
    /// The state after all was done, or after it turned out to be nothing.
    pub(super) fn ended(&self, outcome: Outcome) -> Result<Status> {
        if outcome.is_breach() {
            self.from(&[Status::Contained], Status::Closed, "is closed after it was contained")
        } else {
            self.from(&[Status::Suspicion], Status::Dismissed, "was a breach: it can be closed, not dismissed")
        }
    }
    fn from(&self, from: &[Status], to: Status, otherwise: &str) -> Result<Status> {
        if from.contains(&self.status) { Ok(to) } else { Err(Error::Conflict(format!("This case {otherwise}."))) }
    }
    /// From when to when is asked who was touched: a day before the first suspicion, and until `now`, where nobody said
    /// otherwise.
    pub fn window(&self, now: Micros) -> (Micros, Micros) {
        let from = self.window_from.unwrap_or(self.suspected_at.plus(-Micros::DAY));
        (from, self.window_until.unwrap_or(now))
    }
    /// Refuses to change what has ended.
    ///
    /// # Errors
    /// [`Error::Conflict`] once it has.
    pub fn open(&self) -> Result<()> {
        if self.status.is_open() {
            return Ok(());
        }
        Err(Error::Conflict(
            "This case has ended. What it says stays as it is; only its timeline can be corrected.".into(),
        ))
    }
}
