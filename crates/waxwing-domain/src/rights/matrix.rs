//! The whole matrix of built-in roles, as people read it: which role may do what, and which
//! classes of fields it sees in clear.
//!
//! Promise: every action has a row and every role a column, or this does not compile. Pages, the
//! command line and the tests print and check these two tables; there are no others.

use super::{ClassSet, Role};
use crate::Action;

/// Which roles; a bit each, in the order of [`Role::ALL`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RoleSet(u16);

impl RoleSet {
    /// Whether `role` is among them.
    pub const fn has(self, role: Role) -> bool {
        self.0 & (1 << role as u16) != 0
    }

    /// The roles, in the order of [`Role::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Role> {
        Role::ALL.iter().copied().filter(move |&role| self.has(role))
    }
}

/// Reads a row: a mark for each role, `x` or `-`, with one space between. Fails at compile time.
const fn row(marks: &str) -> RoleSet {
    let marks = marks.as_bytes();
    assert!(marks.len() == Role::ALL.len() * 2 - 1, "a mark for each role");
    let (mut set, mut role) = (0, 0);
    while role < Role::ALL.len() {
        match marks[role * 2] {
            b'x' => set |= 1 << role,
            b'-' => {}
            _ => panic!("a mark is x or -"),
        }
        role += 1;
    }
    RoleSet(set)
}

/// The built-in roles that grant an action.
///
/// Columns: Owner, Security officer, Privacy officer, Marketer, Editor, Approver, Analyst,
/// Integrator, Guest responder, Auditor.
#[rustfmt::skip]
pub const fn roles_of(action: Action) -> RoleSet {
    match action {
        // What is open to everybody, or to each for their own account, is no role's to grant.
        Action::Public | Action::OwnAccount | Action::Enrol | Action::OwnCredentials => const { row("- - - - - - - - - -") },
        //                                       Ow Se Pr Ma Ed Ap An In Gu Au
        Action::HomeRead => const          { row("x x x x x x x x x x") },
        Action::ListsRead => const         { row("x - x x x x x - - -") },
        Action::ListsWrite => const        { row("x - - x - - - - - -") },
        Action::SubscribersRead => const   { row("x - x x - - - - - -") },
        Action::SubscribersUnmask => const { row("x - x x - - - - - -") },
        Action::SubscribersWrite => const  { row("x - x x - - - - - -") },
        Action::SubscribersErase => const  { row("x - x - - - - - - -") },
        Action::FieldsRead => const        { row("x - x x x - - - - x") },
        Action::FieldsWrite => const       { row("x - x - - - - - - -") },
        Action::ImportRun => const         { row("x - - x - - - - - -") },
        Action::ExportRun => const         { row("x - x - - - - - - -") },
        Action::FormsRead => const         { row("x - x x x x - - - -") },
        Action::FormsWrite => const        { row("x - - x - - - - - -") },
        Action::ContentRead => const       { row("x - - x x x - - - -") },
        Action::ContentWrite => const      { row("x - - x x - - - - -") },
        Action::CampaignsRead => const     { row("x - - x x x x - - -") },
        Action::CampaignsWrite => const    { row("x - - x x - - - - -") },
        Action::CampaignsSend => const     { row("x - - x - - - - - -") },
        Action::CampaignsTest => const     { row("x - - x x - - - - -") },
        Action::ReportsRead => const       { row("x - x x x x x - - -") },
        Action::ReportsRecipients => const { row("x - x x - - - - - -") },
        Action::OutcomesWrite => const     { row("x - - x - - - x - -") },
        Action::AlertsRead => const        { row("x x x x - x x - x x") },
        Action::AlertsJudge => const       { row("x x - - - - - - - -") },
        Action::AlertsRules => const       { row("x x - - - - - - - -") },
        Action::CanariesRead => const      { row("x x - - - - - - - -") },
        Action::CanariesWrite => const     { row("x x - - - - - - - -") },
        Action::ContainmentRead => const   { row("x x x x x x x x x x") },
        Action::Contain => const           { row("x x - - - - - - - -") },
        Action::ContainmentRelease => const { row("x x - - - - - - - -") },
        Action::HoldsWrite => const        { row("x x x - - - - - - -") },
        Action::IncidentsRead => const     { row("x x x x - - - x x x") },
        Action::IncidentsWrite => const    { row("x x x x - - - x - -") },
        Action::IncidentsLead => const     { row("x x - - - - - - - -") },
        Action::NoticesSend => const       { row("x x x - - - - - - -") },
        Action::StatusPublish => const     { row("x x x - - - - - - -") },
        Action::SupportAnswer => const     { row("x x x x - - - x - -") },
        Action::RecordRead => const        { row("x x x - - - - - x x") },
        Action::SettingsRead => const      { row("x x - - - - - x - x") },
        Action::SettingsWrite => const     { row("x - - - - - - - - -") },
        Action::RelaysWrite => const       { row("x - - - - - - x - -") },
        Action::DomainsWrite => const      { row("x - - - - - - x - -") },
        Action::WebhooksWrite => const     { row("x - - - - - - x - -") },
        Action::ApiKeysWrite => const      { row("x - - - - - - x - -") },
        Action::RolesRead => const         { row("x x x - - - - - - x") },
        Action::RolesGrant => const        { row("x - - - - - - - - -") },
        Action::ApprovalsDecide => const   { row("x x x - - x - - - -") },
        Action::ApprovalsWrite => const    { row("x - - - - - - - - -") },
        Action::AccountsWrite => const     { row("x - - - - - - - - -") },
        Action::KeysRotate => const        { row("x - - - - - - - - -") },
    }
}

/// The classes of fields that a built-in role sees in clear; the others are masked.
pub const fn clear_classes(role: Role) -> ClassSet {
    match role {
        Role::Owner | Role::PrivacyOfficer => ClassSet::ALL,
        Role::Marketer => ClassSet::UP_TO_INTERNAL,
        Role::SecurityOfficer
        | Role::Editor
        | Role::Approver
        | Role::Analyst
        | Role::Integrator
        | Role::GuestResponder
        | Role::Auditor => ClassSet::NONE,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_may_unmask_may_see_the_row() {
        for role in roles_of(Action::SubscribersUnmask).iter() {
            assert!(roles_of(Action::SubscribersRead).has(role), "{}", role.name());
        }
    }

    #[test]
    fn the_owner_may_do_all_that_can_be_granted() {
        let mut granted = Action::ALL.iter().copied().filter(|action| action.is_grantable());
        assert!(granted.all(|action| roles_of(action).has(Role::Owner)));
    }

    #[test]
    fn only_owners_decide_who_else_may() {
        for action in [Action::AccountsWrite, Action::RolesGrant, Action::KeysRotate] {
            assert_eq!(roles_of(action).iter().collect::<Vec<_>>(), [Role::Owner], "{}", action.name());
        }
    }
}
