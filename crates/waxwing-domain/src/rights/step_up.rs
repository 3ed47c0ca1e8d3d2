//! Which acts ask a person to prove once more who they are, and for how long such a proof counts.
//!
//! Promise: a session that lies open, or whose cookie was taken, takes nothing out, shows nobody in
//! clear and changes neither who may do what nor where mail and data go: [`Ctx::authorise`] refuses
//! it until its person has shown a credential again. Limit: looking needs no proof, and neither do
//! API keys: they name their scopes, and their maker proved themselves.
//!
//! [`Ctx::authorise`]: crate::Ctx::authorise

use crate::{Action, Micros};

/// How long a proof counts, in microseconds (five minutes; a sign-in counts as one).
pub const PROVEN_FOR: i64 = 5 * Micros::MINUTE;
/// A proof may seem to lie so far ahead, in microseconds: clocks of two nodes differ.
const SKEW: i64 = 10 * Micros::SECOND;

/// The actions that need a fresh proof, with the reason.
pub const STEP_UP: &[(Action, &str)] = &[
    (Action::OwnCredentials, "whoever adds a credential of their own comes back with it"),
    (Action::SubscribersUnmask, "shows a person in clear"),
    (Action::ExportRun, "takes people out of the house"),
    (Action::RelaysWrite, "decides through which machines mail leaves"),
    (Action::DomainsWrite, "decides whose name mail carries"),
    (Action::WebhooksWrite, "sends data to another machine, again and again"),
    (Action::ApiKeysWrite, "a key goes on when the session is over"),
    (Action::RolesGrant, "decides who may do what"),
    (Action::AccountsWrite, "decides who can sign in, and by what"),
    (Action::ApprovalsDecide, "lets another person's act through"),
    (Action::ApprovalsWrite, "decides what one person may do alone"),
    (Action::AlertsRules, "who turns a detector off goes unseen"),
    (Action::CanariesWrite, "who takes the made-up people out steals unseen"),
    (Action::Contain, "stops everybody's work, and keys and sessions do not come back"),
    (Action::ContainmentRelease, "gives back what was taken from an intruder"),
    (Action::HoldsWrite, "decides whether anybody is erased, and its release erases who waits"),
    (Action::KeysRotate, "destroys keys"),
    (Action::NoticesSend, "writes to people in the name of the house on its worst day"),
    (Action::StatusPublish, "speaks to everybody, and what was read cannot be taken back"),
    (Action::SupportAnswer, "writes to an address that a stranger typed, in the name of the house"),
];

/// Whether a person must have proved themselves within [`PROVEN_FOR`] to do this.
pub fn needs_proof(action: Action) -> bool {
    STEP_UP.iter().any(|(listed, _)| *listed == action)
}

/// Whether a proof given at `proved_at` still counts.
pub fn is_fresh(proved_at: Micros, now: Micros) -> bool {
    (-SKEW..PROVEN_FOR).contains(&now.since(proved_at))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proof_counts_for_five_minutes_to_the_second() {
        let proved = Micros::from_i64(1_000 * Micros::SECOND);
        assert!(is_fresh(proved, proved));
        assert!(is_fresh(proved, proved.plus(PROVEN_FOR - Micros::SECOND)));
        assert!(!is_fresh(proved, proved.plus(PROVEN_FOR)));
    }

    #[test]
    fn a_proof_of_tomorrow_does_not_count() {
        let proved = Micros::from_i64(Micros::DAY);
        assert!(is_fresh(proved, proved.plus(-SKEW)));
        assert!(!is_fresh(proved, proved.plus(-SKEW - 1)));
    }

    #[test]
    fn each_action_is_listed_once_and_says_why() {
        for (i, (action, why)) in STEP_UP.iter().enumerate() {
            assert!(!why.is_empty() && !STEP_UP[i + 1..].iter().any(|(other, _)| other == action), "{}", action.name());
        }
    }
}
