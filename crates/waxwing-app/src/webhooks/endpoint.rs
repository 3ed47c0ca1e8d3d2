//! An endpoint: where something is told, what, and with how much of people's data.

use waxwing_domain::{Actor, DataClass, EventKind, ListId, Micros, WebhookId};

/// Where an endpoint stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum State {
    /// Deliveries leave.
    On,
    /// Deliveries are queued and wait.
    Paused,
    /// It failed for too long: nothing new is queued; what waits is kept.
    Disabled,
}

impl State {
    /// The stable word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::On => "on",
            Self::Paused => "paused",
            Self::Disabled => "disabled",
        }
    }
    /// Reads the stable word.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::On, Self::Paused, Self::Disabled].into_iter().find(|state| state.as_str() == word)
    }
}

/// An endpoint, without its secrets and without path and query of its address.
#[derive(Clone, Debug)]
pub struct Endpoint {
    /// Its id.
    pub id: WebhookId,
    /// What people call it.
    pub name: String,
    /// Scheme, host and port of its address; the rest may be a secret of the receiver.
    pub origin: String,
    /// What it is told.
    pub kinds: Vec<EventKind>,
    /// Only events on these lists; every event when empty.
    pub lists: Vec<ListId>,
    /// Classes of fields that are sent along.
    pub grants: Vec<DataClass>,
    /// Where it stands.
    pub state: State,
    /// Since when every attempt failed.
    pub failing_since: Option<Micros>,
    /// Why it was disabled.
    pub problem: Option<String>,
    /// Until when the secret before the last rotation signs too.
    pub old_until: Option<Micros>,
    /// The credential that made it what it is: disclosures to it stand under that name.
    pub caused: Actor,
    /// When it was made.
    pub created_at: Micros,
    /// When it was changed.
    pub changed_at: Micros,
}

impl Endpoint {
    /// Whether it hears of an event of `kind` on `list`.
    pub(super) fn hears(&self, kind: EventKind, list: Option<ListId>) -> bool {
        self.kinds.contains(&kind) && (self.lists.is_empty() || list.is_some_and(|list| self.lists.contains(&list)))
    }
    /// Whether fields of this class are sent along.
    pub fn grants(&self, class: DataClass) -> bool {
        self.grants.contains(&class)
    }
    /// Its kinds as words.
    pub fn kind_words(&self) -> String {
        join(&self.kinds, |kind| kind.as_str())
    }
    /// Its grants as words.
    pub fn grant_words(&self) -> String {
        join(&self.grants, |class| class.as_str())
    }
}

/// Words with a space between, as they are stored.
pub(super) fn join<T>(items: &[T], word: impl Fn(&T) -> &'static str) -> String {
    items.iter().map(word).collect::<Vec<_>>().join(" ")
}

/// Reads what [`join`] wrote; `None` when a word is unknown.
pub(super) fn split<T>(text: &str, parse: impl Fn(&str) -> Option<T>) -> Option<Vec<T>> {
    text.split_whitespace().map(parse).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn endpoint(lists: Vec<ListId>) -> Endpoint {
        let at = Micros::from_i64(0);
        Endpoint {
            id: WebhookId::from_i64(1),
            name: String::new(),
            origin: String::new(),
            kinds: vec![EventKind::Unsubscribed],
            lists,
            grants: Vec::new(),
            state: State::On,
            failing_since: None,
            problem: None,
            old_until: None,
            caused: Actor::Host,
            created_at: at,
            changed_at: at,
        }
    }

    #[test]
    fn an_endpoint_hears_its_kinds_on_its_lists() {
        let (one, two) = (ListId::from_i64(1), ListId::from_i64(2));
        assert!(endpoint(vec![]).hears(EventKind::Unsubscribed, None));
        assert!(!endpoint(vec![]).hears(EventKind::Accepted, None));
        assert!(endpoint(vec![one]).hears(EventKind::Unsubscribed, Some(one)));
        assert!(!endpoint(vec![one]).hears(EventKind::Unsubscribed, Some(two)));
        assert!(!endpoint(vec![one]).hears(EventKind::Unsubscribed, None));
    }

    #[test]
    fn words_survive_their_stored_form() {
        let text = join(EventKind::ALL, |kind| kind.as_str());
        assert_eq!(split(&text, EventKind::parse).as_deref(), Some(EventKind::ALL));
        assert_eq!(split("unsubscribed oops", EventKind::parse), None);
    }
}
