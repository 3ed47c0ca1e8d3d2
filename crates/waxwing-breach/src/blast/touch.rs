//! What an entry means for the people it names.

use std::collections::BTreeSet;
use waxwing_domain::{FieldId, Micros, Operation};
use waxwing_store::RoaringBitmap;

/// How sure it is that the suspect has the data.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Effect {
    /// It was returned to the suspect: confirmed.
    Returned,
    /// It may have been seen: it was looked through, used for sending, opened up, or could be read
    /// from a copy with the keys that were taken.
    Possible,
    /// It was made, changed or deleted by the suspect, which is a loss of integrity or availability.
    Altered,
    /// The suspect holds it, sealed under a key that was not taken.
    Sealed,
}

impl Effect {
    /// Every effect.
    pub const ALL: [Self; 4] = [Self::Returned, Self::Possible, Self::Altered, Self::Sealed];

    /// The stable word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Returned => "confirmed",
            Self::Possible => "possible",
            Self::Altered => "altered",
            Self::Sealed => "sealed",
        }
    }
    /// Reads the stable word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|effect| effect.as_str() == word)
    }
}

/// By which way.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Channel {
    /// A page of the interface.
    Page,
    /// The API.
    Api,
    /// A file that was handed out.
    File,
    /// A webhook's receiver.
    Webhook,
    /// A preview or a test message.
    Preview,
    /// A message to the people themselves.
    Mail,
    /// The host's command line.
    CommandLine,
    /// A copy of the database.
    Copy,
    /// None of these: a change, or a way that has no word.
    Other,
}

impl Channel {
    /// Every channel.
    pub const ALL: [Self; 9] = [
        Self::Page,
        Self::Api,
        Self::File,
        Self::Webhook,
        Self::Preview,
        Self::Mail,
        Self::CommandLine,
        Self::Copy,
        Self::Other,
    ];

    /// The stable word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Page => "page",
            Self::Api => "api",
            Self::File => "file",
            Self::Webhook => "webhook",
            Self::Preview => "preview",
            Self::Mail => "mail",
            Self::CommandLine => "command_line",
            Self::Copy => "copy",
            Self::Other => "other",
        }
    }
    /// Reads the stable word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|channel| channel.as_str() == word)
    }
    /// For people.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Page => "Pages",
            Self::Api => "API",
            Self::File => "Files",
            Self::Webhook => "Webhooks",
            Self::Preview => "Previews and tests",
            Self::Mail => "Mail to the people themselves",
            Self::CommandLine => "Command line",
            Self::Copy => "Copy of the database",
            Self::Other => "No way out",
        }
    }

    fn of(destination: &str) -> Self {
        match destination {
            "page" => Self::Page,
            "api" => Self::Api,
            "file" => Self::File,
            "webhook" => Self::Webhook,
            "smtp" => Self::Mail,
            "cli" => Self::CommandLine,
            _ => Self::Other,
        }
    }
}

/// What an entry of this kind does with the data it names.
///
/// Whatever hands data out counts as returned, to whatever destination; when in doubt, so. A search
/// that handed nothing out looked through people. Mail goes to the people themselves, but whoever
/// had it sent may hold the relay or the words.
pub fn meaning(operation: Operation, destination: &str) -> (Effect, Channel) {
    let channel = Channel::of(destination);
    match operation {
        Operation::Search if destination == "none" => (Effect::Possible, channel),
        Operation::Preview => (Effect::Returned, Channel::Preview),
        Operation::Read | Operation::Search | Operation::Export => (Effect::Returned, channel),
        Operation::Create | Operation::Change | Operation::Delete | Operation::Erase | Operation::Import => {
            (Effect::Altered, channel)
        }
        Operation::Send | Operation::Login | Operation::Key | Operation::Operate => (Effect::Possible, channel),
    }
}

/// People of whom the same fields were touched in the same way.
#[derive(Clone, PartialEq, Debug)]
pub struct Touch {
    /// How sure.
    pub effect: Effect,
    /// By which way.
    pub channel: Channel,
    /// The fields, ascending; none where only the number, the lists and dates were there.
    pub fields: Vec<FieldId>,
    /// Who.
    pub people: RoaringBitmap,
    /// How many entries say so.
    pub entries: u64,
    /// When first.
    pub first: Micros,
    /// When last.
    pub last: Micros,
}

/// Everybody with this effect.
pub fn people(touches: &[Touch], effect: Effect) -> RoaringBitmap {
    union(touches.iter().filter(|touch| touch.effect == effect))
}

/// Everybody with this effect on this field.
pub fn people_of(touches: &[Touch], effect: Effect, field: FieldId) -> RoaringBitmap {
    union(touches.iter().filter(|touch| touch.effect == effect && touch.fields.contains(&field)))
}

/// The fields that any of these name.
pub fn fields(touches: &[Touch]) -> BTreeSet<FieldId> {
    touches.iter().flat_map(|touch| touch.fields.iter().copied()).collect()
}

/// Everybody in any of these.
pub fn union<'t>(touches: impl Iterator<Item = &'t Touch>) -> RoaringBitmap {
    touches.fold(RoaringBitmap::new(), |all, touch| all | &touch.people)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_hands_data_out_is_confirmed_wherever_it_goes() {
        for operation in [Operation::Read, Operation::Export, Operation::Preview] {
            for destination in ["page", "api", "file", "webhook", "smtp", "cli", "none", "unheard-of"] {
                assert_eq!(meaning(operation, destination).0, Effect::Returned, "{operation:?} {destination}");
            }
        }
        assert_eq!(meaning(Operation::Search, "api"), (Effect::Returned, Channel::Api));
        assert_eq!(meaning(Operation::Search, "none"), (Effect::Possible, Channel::Other));
        assert_eq!(meaning(Operation::Preview, "smtp"), (Effect::Returned, Channel::Preview));
        assert_eq!(meaning(Operation::Send, "smtp"), (Effect::Possible, Channel::Mail));
        assert_eq!(meaning(Operation::Erase, "none"), (Effect::Altered, Channel::Other));
    }

    #[test]
    fn every_word_is_read_as_it_is_written() {
        assert!(Effect::ALL.iter().all(|effect| Effect::parse(effect.as_str()) == Some(*effect)));
        assert!(Channel::ALL.iter().all(|channel| Channel::parse(channel.as_str()) == Some(*channel)));
    }
}
