//! What a source is for, which decides who is left out, what holds it, and what its messages say of themselves.
//!
//! A notice tells people of a breach (GDPR Art. 34): it does not ask for their consent to letters, so that neither
//! leaving a list nor a complaint keeps it from them; it leaves under every level of the gate. Limit: an address that
//! is known not to exist, and whoever was erased, gets none.

use super::state::last_look;
use waxwing_domain::{Action, GateLevel, SkipReason};

/// What a source is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Stream {
    /// Letters that people agreed to.
    Bulk,
    /// A notice of a breach.
    Notice,
}

impl Stream {
    /// The kind of the sources of notices.
    pub const NOTICE: &'static str = "notice";

    /// From the kind of a source.
    pub fn of(kind: &str) -> Self {
        if kind == Self::NOTICE { Self::Notice } else { Self::Bulk }
    }
    /// Whether its messages may leave at this level of the gate.
    pub const fn may_leave(self, level: GateLevel) -> bool {
        match self {
            Self::Bulk => level.may_send(),
            Self::Notice => true,
        }
    }
    /// What whoever starts, holds or ends it must be allowed.
    pub const fn action(self) -> Action {
        match self {
            Self::Bulk => Action::CampaignsSend,
            Self::Notice => Action::NoticesSend,
        }
    }
    /// What the last look finds: send, or skip and why. The words are those of the SQL of the lease.
    pub(super) fn last_look(self, membership: i64, suppressed: Option<&str>, exists: bool) -> Option<SkipReason> {
        match (self, exists, suppressed) {
            (Self::Bulk, ..) => last_look(membership, suppressed, exists),
            (Self::Notice, false, _) | (Self::Notice, _, Some("erased")) => Some(SkipReason::Erased),
            (Self::Notice, _, Some("bounced")) => Some(SkipReason::Suppressed),
            (Self::Notice, ..) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_notice_reaches_whoever_left_and_nobody_who_is_erased_or_bounces() {
        for (membership, suppressed) in [
            (0, None),
            (1, None),
            (2, None),
            (3, None),
            (2, Some("unsubscribed")),
            (3, Some("complained")),
            (0, Some("manual")),
        ] {
            assert_eq!(Stream::Notice.last_look(membership, suppressed, true), None, "{membership} {suppressed:?}");
        }
        assert_eq!(Stream::Notice.last_look(3, Some("erased"), true), Some(SkipReason::Erased));
        assert_eq!(Stream::Notice.last_look(3, None, false), Some(SkipReason::Erased));
        assert_eq!(Stream::Notice.last_look(3, Some("bounced"), true), Some(SkipReason::Suppressed));
    }

    #[test]
    fn letters_are_held_to_consent_and_gate_as_before() {
        assert_eq!(Stream::of("campaign").last_look(2, None, true), Some(SkipReason::Unsubscribed));
        assert!(!Stream::of("campaign").may_leave(GateLevel::Contained));
        assert!(Stream::of("notice").may_leave(GateLevel::Contained));
    }
}
