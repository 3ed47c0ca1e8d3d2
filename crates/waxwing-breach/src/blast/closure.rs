//! Whose acts count: the suspect's in the window, and those of what the suspect made or took over.
//!
//! Promise: what was made counts from then on and without an end, also when the log has its use
//! before its making (two nodes, one batch): the walk then begins anew with what is known. Limit:
//! templates, relays, roles and other things that do not act by themselves are listed, not followed.

use super::question::{Question, Suspect};
use serde::{Deserialize, Serialize};
use std::collections::{HashMap, HashSet};
use waxwing_domain::{Micros, Operation, SourceId};
use waxwing_store::{LeafFacts, Party, RoaringTreemap};

/// Somebody or something that acts.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
enum Member {
    Person(i64),
    Session(i64),
    Key(i64),
    Webhook(i64),
    Export(i64),
    Host,
    Visitors,
}

/// Something the suspect made or took over.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Made {
    /// The entry that says so.
    pub index: u64,
    /// When.
    pub at: Micros,
    /// The use case.
    pub what: String,
    /// The kind of thing.
    pub kind: String,
    /// Its number.
    pub id: i64,
    /// Whether what it did since counts here.
    pub followed: bool,
}

/// Things that are listed at most; all are followed.
const MOST_MADE: usize = 1_000;

/// The use cases by which somebody gets another hand: what they make or take over acts for them.
const FOLLOWED: &[&str] = &[
    "api_keys.create",
    "accounts.invite",
    "accounts.invite_again",
    "accounts.reset_link",
    "webhooks.add",
    "webhooks.edit",
    "webhooks.rotate",
];

/// Who counts, as far as the walk has come.
pub(super) struct Closure {
    suspect: Suspect,
    window: (Micros, Micros),
    skew: i64,
    follow: bool,
    addressed: RoaringTreemap,
    sources: HashSet<i64>,
    followed: HashMap<Member, Micros>,
    strangers: HashSet<Member>,
    /// What was made, the first of them.
    pub made: Vec<Made>,
    /// Made beyond those.
    pub made_more: u64,
    /// Whether something acted before it was known to be the suspect's.
    pub late: bool,
}

impl Closure {
    pub fn new(question: &Question, skew: i64, addressed: RoaringTreemap, sources: &[SourceId]) -> Self {
        Self {
            suspect: question.suspect,
            window: (question.from.plus(-skew), question.until.plus(skew)),
            skew,
            follow: question.follow,
            addressed,
            sources: sources.iter().map(|source| source.as_i64()).collect(),
            followed: HashMap::new(),
            strangers: HashSet::new(),
            made: Vec::new(),
            made_more: 0,
            late: false,
        }
    }

    /// The same, from the beginning, knowing all that was found to be the suspect's.
    pub fn again(self) -> Self {
        let (strangers, made, made_more, late) = Default::default();
        Self { strangers, made, made_more, late, ..self }
    }

    /// Whether an entry counts; what it makes is followed from here on.
    pub fn take(&mut self, index: u64, entry: i64, facts: &LeafFacts<'_>) -> bool {
        let counts = self.counts(entry, facts);
        if !counts {
            if self.follow {
                self.strangers.extend(acting(facts).filter(Member::can_be_made));
            }
            return false;
        }
        if matches!(facts.operation, Operation::Create | Operation::Key) {
            self.note(index, facts);
        }
        true
    }

    fn counts(&self, entry: i64, facts: &LeafFacts<'_>) -> bool {
        let within = self.window.0 <= facts.at && facts.at < self.window.1;
        (within && self.is_suspect(entry, facts)) || (!self.followed.is_empty() && self.is_followed(facts))
    }

    fn is_suspect(&self, entry: i64, facts: &LeafFacts<'_>) -> bool {
        let wanted = match self.suspect {
            Suspect::Anyone => return true,
            // What was read in a copy is on no record.
            Suspect::Copy(_) => return false,
            Suspect::Address(_) => return self.addressed.contains(entry.cast_unsigned()),
            // What carried people's values to them; that it was held or ended touched nobody.
            Suspect::Campaign(_) => {
                let source = facts.object.filter(|(kind, _)| *kind == "source").map(|(_, id)| id);
                return facts.what == "sending.batch" && source.is_some_and(|id| self.sources.contains(&id));
            }
            Suspect::Person(id) => Member::Person(id.as_i64()),
            Suspect::Session(id) => Member::Session(id.as_i64()),
            Suspect::Key(id) => Member::Key(id.as_i64()),
            Suspect::Webhook(id) => Member::Webhook(id.as_i64()),
            Suspect::Export(id) => Member::Export(id.as_i64()),
            Suspect::Host => Member::Host,
            Suspect::Visitors => Member::Visitors,
        };
        acting(facts).any(|member| member == wanted)
    }

    fn is_followed(&self, facts: &LeafFacts<'_>) -> bool {
        acting(facts).any(|member| self.followed.get(&member).is_some_and(|since| *since <= facts.at))
    }

    fn note(&mut self, index: u64, facts: &LeafFacts<'_>) {
        let Some((kind, id)) = facts.object else { return };
        let hand = FOLLOWED.contains(&facts.what).then(|| Member::of(kind, id)).flatten();
        let followed = self.follow && hand.is_some();
        if let Some(member) = hand.filter(|_| followed) {
            let since = facts.at.plus(-self.skew);
            let known = self.followed.get(&member).copied();
            // From the first making on, whatever is done to it later.
            if known.is_none_or(|known| since < known) {
                self.followed.insert(member, since);
                self.late |= self.strangers.contains(&member);
            }
        }
        if self.made.len() == MOST_MADE {
            self.made_more += 1;
            return;
        }
        let (what, kind) = (facts.what.to_owned(), kind.to_owned());
        self.made.push(Made { index, at: facts.at, what, kind, id, followed });
    }
}

impl Member {
    fn of(kind: &str, id: i64) -> Option<Self> {
        match kind {
            "api_key" => Some(Self::Key(id)),
            "account" => Some(Self::Person(id)),
            "webhook" => Some(Self::Webhook(id)),
            _ => None,
        }
    }
    const fn can_be_made(&self) -> bool {
        matches!(self, Self::Key(_) | Self::Person(_) | Self::Webhook(_))
    }
}

/// Everybody and everything by which an entry came about.
fn acting(facts: &LeafFacts<'_>) -> impl Iterator<Item = Member> {
    let parties = [facts.actor, facts.origin].into_iter().flat_map(hands);
    let thing = match facts.object {
        Some(("webhook", id)) if facts.what == "webhooks.batch" => Some(Member::Webhook(id)),
        Some(("export", id)) => Some(Member::Export(id)),
        _ => None,
    };
    parties.flatten().chain(thing)
}

fn hands(party: Party<'_>) -> [Option<Member>; 2] {
    match party.kind {
        "account" => [Some(Member::Person(party.principal)), Some(Member::Session(party.credential))],
        "api_key" => [Some(Member::Key(party.principal)), None],
        "host" => [Some(Member::Host), None],
        "public" => [Some(Member::Visitors), None],
        _ => [None, None],
    }
}
