//! What somebody may do, and which classes of fields they see in clear.
//!
//! Promise: nothing is allowed that is not named. A key is made with no right that its maker lacks;
//! limit: it keeps them when the maker loses theirs. Rights are a value of one request: whoever holds a
//! `Ctx` for longer asks again.

mod matrix;
mod role;
mod sets;
mod step_up;
mod strength;

pub use matrix::{RoleSet, clear_classes, roles_of};
pub use role::Role;
pub use sets::{ActionSet, ClassSet};
pub use step_up::{PROVEN_FOR, STEP_UP, is_fresh, needs_proof};
pub use strength::Strength;

use crate::{Action, DataClass, ListId, Scope, SubjectNo};
use std::collections::BTreeSet;
use std::sync::Arc;

/// What reaches data as a whole, keys, or other people's rights.
const POWERFUL: [Action; 6] = [
    Action::ExportRun,
    Action::ApiKeysWrite,
    Action::RolesGrant,
    Action::AccountsWrite,
    Action::ApprovalsDecide,
    Action::KeysRotate,
];

/// What the actor may do. Deny by default.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Rights {
    /// The actions.
    pub actions: ActionSet,
    /// The classes of fields that are shown; the others are masked.
    pub clear: ClassSet,
    /// People whose fields are shown in all classes for a while, by a recorded reason.
    pub unmasked: Arc<BTreeSet<SubjectNo>>,
    /// The lists that the actions are limited to; all lists where `None`.
    pub lists: Option<Arc<BTreeSet<ListId>>>,
}

/// Whether an action may be granted for some lists only: where it touches lists, people or campaigns, the
/// transaction keeps it to those. Every other action falls away from rights that are limited.
const fn is_of_lists(action: Action) -> bool {
    matches!(
        action,
        Action::HomeRead
            | Action::ListsRead
            | Action::SubscribersRead
            | Action::SubscribersWrite
            | Action::FieldsRead
            | Action::ExportRun
            | Action::ContentRead
            | Action::ContentWrite
            | Action::CampaignsRead
            | Action::CampaignsWrite
            | Action::CampaignsSend
            | Action::CampaignsTest
            | Action::ReportsRead
    )
}

impl Rights {
    /// All actions, all classes, all lists: the host's operator and jobs.
    pub fn everything() -> Self {
        Self { actions: ActionSet::ALL, clear: ClassSet::ALL, ..Self::default() }
    }

    /// Only what is open to the world.
    pub fn nothing() -> Self {
        Self::default()
    }

    /// What a built-in role grants.
    pub fn of_role(role: Role) -> Self {
        Self { actions: ActionSet::of_role(role), clear: clear_classes(role), ..Self::default() }
    }

    /// The actions of these scopes, seeing every class.
    pub fn of_scopes(scopes: &[Scope]) -> Self {
        Self { actions: ActionSet::of_scopes(scopes), clear: ClassSet::ALL, ..Self::default() }
    }

    /// The same for these lists and their people only. What cannot be limited to lists falls away.
    pub fn limited_to(&self, lists: BTreeSet<ListId>) -> Self {
        self.keeping_to(Some(Arc::new(lists)))
    }

    fn keeping_to(&self, lists: Option<Arc<BTreeSet<ListId>>>) -> Self {
        let kept = |action: &Action| lists.is_none() || is_of_lists(*action);
        Self { actions: self.actions.iter().filter(kept).collect(), lists, ..self.clone() }
    }

    /// What a person with both roles has: the actions and classes of either. A limit to lists is one of
    /// the person: where one of their roles has it, all do. Two limits that grant the same add up; of two
    /// that do not, the lists of both remain, for none of the rights may reach further than it was given.
    pub fn or(&self, other: &Self) -> Self {
        let either = Self {
            actions: self.actions.or(other.actions),
            clear: self.clear.or(other.clear),
            unmasked: Arc::new(self.unmasked.union(&other.unmasked).copied().collect()),
            lists: None,
        };
        either.keeping_to(match (&self.lists, &other.lists) {
            (Some(one), Some(two)) if (self.actions, self.clear) == (other.actions, other.clear) => {
                Some(Arc::new(one.union(two).copied().collect()))
            }
            (Some(one), Some(two)) => Some(Arc::new(one.intersection(two).copied().collect())),
            (one, two) => one.clone().or_else(|| two.clone()),
        })
    }

    /// Whether people are numbers to them: such rights see no number under ten.
    pub const fn counts_only(&self) -> bool {
        !self.actions.has(Action::SubscribersRead)
    }

    /// Whether nothing is granted here that `other` lacks.
    pub fn within(&self, other: &Self) -> bool {
        let lists = match (&self.lists, &other.lists) {
            (_, None) => true,
            (None, Some(_)) => false,
            (Some(own), Some(others)) => own.is_subset(others),
        };
        lists && self.actions.and(other.actions) == self.actions && self.clear.and(other.clear) == self.clear
    }

    /// Whether granting them is itself a risk: they reach data as a whole, keys, or other people's rights.
    pub fn is_powerful(&self) -> bool {
        POWERFUL.iter().any(|&action| self.actions.has(action))
    }

    /// Whether fields of this class are shown.
    pub fn sees(&self, class: DataClass) -> bool {
        self.clear.has(class)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lists(numbers: &[i64]) -> BTreeSet<ListId> {
        numbers.iter().map(|number| ListId::from_i64(*number)).collect()
    }

    #[test]
    fn what_cannot_be_limited_to_lists_falls_away() {
        let some = Rights::everything().limited_to(lists(&[1]));
        for action in [Action::SubscribersRead, Action::ExportRun, Action::CampaignsSend] {
            assert!(some.actions.has(action), "{}", action.name());
        }
        for action in [Action::RecordRead, Action::SettingsRead, Action::ApiKeysWrite, Action::ImportRun] {
            assert!(!some.actions.has(action), "{}", action.name());
        }
        assert!(some.within(&Rights::everything()) && !Rights::of_scopes(&[Scope::Read]).within(&some));
        assert!(!some.within(&Rights::everything().limited_to(lists(&[2]))));
        let more = some.or(&Rights::of_role(Role::Owner));
        assert_eq!(more, some, "nothing widens a limit");
        assert_eq!(some.or(&Rights::everything().limited_to(lists(&[2]))).lists, Some(Arc::new(lists(&[1, 2]))));
        let other = Rights::of_role(Role::Analyst).limited_to(lists(&[2]));
        assert_eq!(some.or(&other).lists, Some(Arc::default()), "reading people is not widened to the second list");
    }

    #[test]
    fn nothing_is_granted_by_default() {
        assert!(Action::ALL.iter().all(|&action| !Rights::default().actions.has(action)));
        assert!(!Rights::default().sees(DataClass::Public));
    }

    #[test]
    fn what_one_role_lacks_keeps_it_from_being_within_another() {
        let (marketer, analyst) = (Rights::of_role(Role::Marketer), Rights::of_role(Role::Analyst));
        assert!(marketer.within(&marketer) && !marketer.within(&analyst));
        let seeing = Rights { clear: ClassSet::ALL, ..analyst };
        assert!(!seeing.within(&marketer), "a class is a right too");
    }

    #[test]
    fn two_roles_together_grant_what_either_grants() {
        let either = Rights::of_role(Role::Editor).or(&Rights::of_role(Role::Analyst));
        assert!(Rights::of_role(Role::Editor).within(&either));
        assert!(Rights::of_role(Role::Analyst).within(&either));
    }

    #[test]
    fn every_role_is_within_the_owners() {
        for &role in Role::ALL {
            assert!(Rights::of_role(role).within(&Rights::of_role(Role::Owner)), "{}", role.name());
        }
    }

    #[test]
    fn roles_that_reach_data_keys_or_rights_are_powerful() {
        let powerful: Vec<_> = Role::ALL.iter().filter(|role| Rights::of_role(**role).is_powerful()).collect();
        let expected = [Role::Owner, Role::SecurityOfficer, Role::PrivacyOfficer, Role::Approver, Role::Integrator];
        assert!(powerful.into_iter().eq(&expected));
    }

    #[test]
    fn who_reads_the_record_without_data_sees_no_class() {
        for role in [Role::SecurityOfficer, Role::Auditor, Role::GuestResponder, Role::Integrator, Role::Analyst] {
            let rights = Rights::of_role(role);
            assert!(!rights.actions.has(Action::SubscribersRead), "{}", role.name());
            assert_eq!(rights.clear, ClassSet::NONE, "{}", role.name());
        }
    }
}
