//! Small sets: of actions, of field classes. A bit each, so that asking costs nothing.

use super::{Role, roles_of};
use crate::{Action, DataClass, Scope};

/// A set of actions.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct ActionSet(u128);

const _: () = assert!(Action::ALL.len() <= 128, "an action is a bit of 128");

impl ActionSet {
    /// No action.
    pub const NONE: Self = Self(0);
    /// Every action.
    pub const ALL: Self = Self(u128::MAX >> (128 - Action::ALL.len()));

    /// The actions of a built-in role.
    pub fn of_role(role: Role) -> Self {
        Action::ALL.iter().copied().filter(|&action| roles_of(action).has(role)).collect()
    }

    /// The actions of these scopes.
    pub fn of_scopes(scopes: &[Scope]) -> Self {
        let granted = |action: &Action| action.scope() != Scope::Never && scopes.contains(&action.scope());
        Action::ALL.iter().copied().filter(granted).collect()
    }

    /// Whether `action` is among them.
    pub const fn has(self, action: Action) -> bool {
        self.0 & (1 << action as u16) != 0
    }

    /// Those in both.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Those in either.
    #[must_use]
    pub const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Those here and not in `other`.
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Whether there is none.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The actions, in the order of [`Action::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Action> {
        Action::ALL.iter().copied().filter(move |&action| self.has(action))
    }
}

impl FromIterator<Action> for ActionSet {
    fn from_iter<I: IntoIterator<Item = Action>>(actions: I) -> Self {
        Self(actions.into_iter().fold(0, |set, action| set | 1 << action as u16))
    }
}

/// A set of field classes.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct ClassSet(u8);

impl ClassSet {
    /// No class: everything is masked.
    pub const NONE: Self = Self(0);
    /// What is not personal on its own: public and internal.
    pub const UP_TO_INTERNAL: Self = Self(0b11);
    /// Every class.
    pub const ALL: Self = Self(0b1111);

    const fn bit(class: DataClass) -> u8 {
        match class {
            DataClass::Public => 1,
            DataClass::Internal => 2,
            DataClass::Personal => 4,
            DataClass::Sensitive => 8,
        }
    }

    /// Whether `class` is among them.
    pub const fn has(self, class: DataClass) -> bool {
        self.0 & Self::bit(class) != 0
    }

    /// Those in both.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Those in either.
    #[must_use]
    pub const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// The classes, the least personal first.
    pub fn iter(self) -> impl Iterator<Item = DataClass> {
        DataClass::ALL.iter().copied().filter(move |&class| self.has(class))
    }

    /// The words, with commas; empty for none.
    pub fn words(self) -> String {
        self.iter().map(DataClass::as_str).collect::<Vec<_>>().join(",")
    }

    /// Reads [`ClassSet::words`].
    pub fn parse(text: &str) -> Option<Self> {
        text.split(',').filter(|word| !word.is_empty()).map(|word| DataClass::parse(word.trim())).collect()
    }
}

impl FromIterator<DataClass> for ClassSet {
    fn from_iter<I: IntoIterator<Item = DataClass>>(classes: I) -> Self {
        Self(classes.into_iter().fold(0, |set, class| set | Self::bit(class)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_set_of_all_has_each_and_no_more() {
        assert!(Action::ALL.iter().all(|&action| ActionSet::ALL.has(action)));
        assert_eq!(ActionSet::ALL.iter().count(), Action::ALL.len());
        assert_eq!(Action::ALL.iter().copied().collect::<ActionSet>(), ActionSet::ALL);
    }

    #[test]
    fn classes_are_read_as_they_are_written() {
        for bits in 0..16u8 {
            assert_eq!(ClassSet::parse(&ClassSet(bits).words()), Some(ClassSet(bits)));
        }
        assert_eq!(ClassSet::parse("personal,secret"), None);
    }

    #[test]
    fn no_scope_grants_what_is_never_granted() {
        let all = ActionSet::of_scopes(Scope::GRANTABLE);
        assert!(!all.has(Action::OwnAccount) && !all.has(Action::Public));
        assert!(all.has(Action::ExportRun));
    }
}
