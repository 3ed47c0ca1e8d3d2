//! How far a workspace is restrained, and what of it can be shut alone.

use crate::{AccountId, ApiKeyId, DomainId, RelayId, WebhookId};

/// How far a workspace is restrained.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub enum GateLevel {
    /// Everything runs.
    #[default]
    Normal,
    /// Everything runs; people look closely.
    Watch,
    /// Sending is held.
    Held,
    /// Contained: only notices, system mail and unsubscribe.
    Contained,
}

impl GateLevel {
    /// Every level, the mildest first.
    pub const ALL: [Self; 4] = [Self::Normal, Self::Watch, Self::Held, Self::Contained];

    /// The stable word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Normal => "normal",
            Self::Watch => "watch",
            Self::Held => "held",
            Self::Contained => "contained",
        }
    }
    /// Reads the stable word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.as_str() == word)
    }
    /// Whether campaigns may be sent.
    pub const fn may_send(self) -> bool {
        matches!(self, Self::Normal | Self::Watch)
    }
    /// Whether exports, imports and other bulk work may run.
    pub const fn may_move_data(self) -> bool {
        !matches!(self, Self::Contained)
    }
}

/// What the gate said when a request was let in. Whatever the request does later is measured by it:
/// an act commits only under the same epoch.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Entered {
    /// The epoch; it grows with every change of the gate.
    pub epoch: i64,
    /// How far the workspace was restrained.
    pub level: GateLevel,
}

/// Something that can be shut while all else goes on.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum Thing {
    /// A person who signs in, with their sessions.
    Account(AccountId),
    /// A key of a program.
    ApiKey(ApiKeyId),
    /// A place of another system that is told what happens.
    Webhook(WebhookId),
    /// An SMTP relay and its login.
    Relay(RelayId),
    /// A sending domain.
    Domain(DomainId),
}

impl Thing {
    /// The stable word of its kind.
    pub const fn kind(self) -> &'static str {
        match self {
            Self::Account(_) => "account",
            Self::ApiKey(_) => "api_key",
            Self::Webhook(_) => "webhook",
            Self::Relay(_) => "relay",
            Self::Domain(_) => "domain",
        }
    }
    /// Its number among its kind.
    pub const fn number(self) -> i64 {
        match self {
            Self::Account(id) => id.as_i64(),
            Self::ApiKey(id) => id.as_i64(),
            Self::Webhook(id) => id.as_i64(),
            Self::Relay(id) => id.as_i64(),
            Self::Domain(id) => id.as_i64(),
        }
    }
    /// Reads [`Thing::kind`] and [`Thing::number`].
    pub fn from_columns(kind: &str, number: i64) -> Option<Self> {
        Some(match kind {
            "account" => Self::Account(AccountId::from_i64(number)),
            "api_key" => Self::ApiKey(ApiKeyId::from_i64(number)),
            "webhook" => Self::Webhook(WebhookId::from_i64(number)),
            "relay" => Self::Relay(RelayId::from_i64(number)),
            "domain" => Self::Domain(DomainId::from_i64(number)),
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_back() {
        for level in GateLevel::ALL {
            assert_eq!(GateLevel::parse(level.as_str()), Some(level));
        }
        assert_eq!(GateLevel::parse("open"), None);
        for thing in [Thing::Account(AccountId::from_i64(7)), Thing::Domain(DomainId::from_i64(9))] {
            assert_eq!(Thing::from_columns(thing.kind(), thing.number()), Some(thing));
        }
        assert_eq!(Thing::from_columns("house", 1), None);
    }

    #[test]
    fn what_is_graver_lets_less_through() {
        for pair in GateLevel::ALL.windows(2) {
            assert!(pair[0] < pair[1]);
            assert!(pair[0].may_send() || !pair[1].may_send());
            assert!(pair[0].may_move_data() || !pair[1].may_move_data());
        }
    }
}
