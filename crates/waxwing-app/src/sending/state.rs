//! The states of a source and of a row of the ledger.

use waxwing_domain::SkipReason;

/// Where a recipient stands. The numbers are stored.
#[derive(Clone, Copy, PartialEq, Eq, Debug, PartialOrd, Ord, Hash)]
pub enum RowState {
    /// Waits to be leased.
    Pending = 0,
    /// A lane prepares the message.
    Leased = 1,
    /// The message may be leaving.
    InFlight = 2,
    /// A relay took responsibility.
    Accepted = 3,
    /// Refused for now; will be tried again.
    Deferred = 4,
    /// Refused for good.
    Failed = 5,
    /// Not sent, for a stated reason.
    Skipped = 6,
    /// Sent, and the answer was lost. Never sent again unless a person asks for it.
    Unknown = 7,
}

impl RowState {
    /// Every one.
    pub const ALL: [Self; 8] = [
        Self::Pending,
        Self::Leased,
        Self::InFlight,
        Self::Accepted,
        Self::Deferred,
        Self::Failed,
        Self::Skipped,
        Self::Unknown,
    ];

    /// The stored number.
    pub const fn code(self) -> i64 {
        self as i64
    }
    /// From the stored number.
    pub fn from_code(code: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.code() == code)
    }
    /// The word for pages and the API; leased and in-flight rows are pending to everybody else.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending | Self::Leased | Self::InFlight => "pending",
            Self::Accepted => "accepted",
            Self::Deferred => "deferred",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
            Self::Unknown => "unknown",
        }
    }
    /// Reads that word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == word)
    }
}

/// Where a source stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SourceState {
    /// Nothing leaves: not started yet, paused by a person, or stopped by the lane with a reason.
    Held,
    /// Messages leave.
    Running,
    /// Every recipient has an outcome.
    Done,
    /// Ended by a person; what was pending is skipped.
    Cancelled,
}

impl SourceState {
    /// The stored word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::Running => "running",
            Self::Done => "done",
            Self::Cancelled => "cancelled",
        }
    }
    /// Reads the stored word.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Held, Self::Running, Self::Done, Self::Cancelled].into_iter().find(|state| state.as_str() == word)
    }
}

/// Which recipients are to be sent to again.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Retry {
    /// Those refused for good. Suppressed addresses stay out.
    Failed,
    /// Those of unknown fate; some of them will get the message twice.
    Unknown,
}

impl Retry {
    /// How many of a source it is about.
    pub const fn of(self, counts: &super::Counts) -> i64 {
        match self {
            Self::Failed => counts.failed,
            Self::Unknown => counts.unknown,
        }
    }
    pub(super) const fn state(self) -> RowState {
        match self {
            Self::Failed => RowState::Failed,
            Self::Unknown => RowState::Unknown,
        }
    }
}

/// What the last look found: send, or skip and why. The words are those of the SQL of the lease.
pub(super) fn last_look(membership: i64, suppressed: Option<&str>, exists: bool) -> Option<SkipReason> {
    match (exists, suppressed, membership) {
        (false, _, _) | (_, Some("erased"), _) => Some(SkipReason::Erased),
        (_, Some("unsubscribed"), _) => Some(SkipReason::Unsubscribed),
        (_, Some(_), _) => Some(SkipReason::Suppressed),
        (_, None, 3) => None,
        (_, None, 1) => Some(SkipReason::Unconfirmed),
        (_, None, _) => Some(SkipReason::Unsubscribed),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_confirmed_unsuppressed_person_is_sent_to() {
        assert_eq!(last_look(3, None, true), None);
        assert_eq!(last_look(3, None, false), Some(SkipReason::Erased));
        assert_eq!(last_look(3, Some("erased"), true), Some(SkipReason::Erased));
        assert_eq!(last_look(3, Some("bounced"), true), Some(SkipReason::Suppressed));
        assert_eq!(last_look(3, Some("unsubscribed"), true), Some(SkipReason::Unsubscribed));
        assert_eq!(last_look(2, None, true), Some(SkipReason::Unsubscribed));
        assert_eq!(last_look(1, None, true), Some(SkipReason::Unconfirmed));
        assert_eq!(last_look(0, None, true), Some(SkipReason::Unsubscribed));
    }

    #[test]
    fn codes_survive_the_database() {
        for state in RowState::ALL {
            assert_eq!(RowState::from_code(state.code()), Some(state));
        }
        assert_eq!(RowState::from_code(8), None);
        assert_eq!(RowState::parse("pending"), Some(RowState::Pending));
    }
}
