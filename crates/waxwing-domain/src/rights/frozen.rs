//! Which acts still run at which level of the gate: one table, read by [`Ctx::authorise`].
//!
//! Promise: every action has a row, or this does not compile, so no feature can forget the gate. A
//! contained workspace lets people look at single things, see what happened and work on the incident; nothing moves data or
//! mail in bulk, changes who may do what, or where mail and data go. Limit: the row is about who acts
//! now; what was queued before asks the gate itself, in its own transaction.
//!
//! [`Ctx::authorise`]: crate::Ctx::authorise

use crate::{Action, GateLevel};

/// The gravest level at which an act still runs.
pub const fn runs_until(action: Action) -> GateLevel {
    use GateLevel::{Contained, Held};
    match action {
        // Forms, unsubscribe, sign-in, one's own account: how people leave, and how they come back in.
        Action::Public | Action::OwnAccount | Action::OwnCredentials | Action::Enrol => Contained,
        // Looking, one thing at a time.
        Action::HomeRead
        | Action::ListsRead
        | Action::SubscribersRead
        | Action::FieldsRead
        | Action::FormsRead
        | Action::ContentRead
        | Action::CampaignsRead
        | Action::ReportsRead
        | Action::AlertsRead
        | Action::CanariesRead
        | Action::RecordRead
        | Action::SettingsRead
        | Action::RolesRead
        | Action::ContainmentRead => Contained,
        // Work on the incident.
        Action::AlertsJudge
        | Action::IncidentsRead
        | Action::IncidentsWrite
        | Action::IncidentsLead
        | Action::NoticesSend
        | Action::StatusPublish
        | Action::SupportAnswer
        // A yes does nothing by itself: what it lets through asks the gate again. A notice needs one on the worst day.
        | Action::ApprovalsDecide
        | Action::Contain
        | Action::ContainmentRelease
        | Action::HoldsWrite
        | Action::KeysRotate => Contained,
        // People, in clear or in bulk.
        Action::SubscribersUnmask
        | Action::SubscribersWrite
        | Action::SubscribersErase
        | Action::ImportRun
        | Action::ExportRun
        | Action::OutcomesWrite
        | Action::ReportsRecipients => Held,
        // Content stays as it was.
        Action::ListsWrite
        | Action::FieldsWrite
        | Action::FormsWrite
        | Action::ContentWrite
        | Action::CampaignsWrite
        | Action::CampaignsTest => Held,
        // Who may do what, and where mail and data go.
        Action::SettingsWrite
        | Action::RelaysWrite
        | Action::DomainsWrite
        | Action::WebhooksWrite
        | Action::ApiKeysWrite
        | Action::RolesGrant
        | Action::AlertsRules
        | Action::CanariesWrite
        | Action::ApprovalsWrite
        | Action::AccountsWrite => Held,
        // Pausing and cancelling go by here too; what sends asks `GateLevel::may_send` besides.
        Action::CampaignsSend => Held,
    }
}

/// Whether the gate lets an act run.
pub fn may_run(action: Action, level: GateLevel) -> bool {
    level <= runs_until(action)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_contained_workspace_can_be_left_looked_at_and_released() {
        for action in [Action::Public, Action::RecordRead, Action::Contain, Action::ContainmentRelease] {
            assert!(may_run(action, GateLevel::Contained), "{}", action.name());
        }
    }

    #[test]
    fn nothing_that_needs_a_proof_runs_while_contained_but_incident_work() {
        let ours = [
            Action::OwnCredentials,
            Action::Contain,
            Action::ContainmentRelease,
            Action::HoldsWrite,
            Action::KeysRotate,
            Action::NoticesSend,
            Action::StatusPublish,
            Action::SupportAnswer,
            Action::ApprovalsDecide,
        ];
        for (action, why) in crate::STEP_UP {
            assert!(ours.contains(action) || !may_run(*action, GateLevel::Contained), "{}: {why}", action.name());
        }
    }

    #[test]
    fn everything_runs_while_nothing_is_restrained() {
        assert!(Action::ALL.iter().all(|action| may_run(*action, GateLevel::Watch)));
    }
}
