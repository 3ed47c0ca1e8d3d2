//! The numbers of a case's frozen answers, as the rules ask for them.
//!
//! Promise: people by place, and kinds of data with whether they could be read, come from the newest count, each with
//! where it comes from; a person overrides either with a reason, and both stand beside each other. What whoever took it
//! held only under a key that was not taken counts as unreadable (GDPR Art. 34(3)(a)). Limit: the kind of a field is what
//! the registry had when it was counted; one that nobody had confirmed is a guess, and is said to be one.

use crate::blast::{FieldCount, Summary, law_kind};
use crate::incidents::Counted;
use serde::{Deserialize, Serialize};
use waxwing_app::fields::{FieldKind, kinds};
use waxwing_app::{Error, Result};
use waxwing_domain::DataClass;
use waxwing_law::Facts;
use waxwing_law::facts::{Confidentiality, DataItem, DataKind, Integrity, Nature, PeopleIn, Readable};

/// The longest reason, in characters.
const LONGEST: usize = 1_000;

/// Why a person states other numbers than the record's.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Override {
    /// The reason.
    pub reason: String,
    /// The count that was before them.
    pub on: i64,
}

/// What people override, and why.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Overrides {
    /// How many people, by where they live.
    pub people: Option<Override>,
    /// Which kinds of data.
    pub data: Option<Override>,
}

/// A kind of data, and the fields that say so.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Source {
    /// The kind.
    pub kind: DataKind,
    /// Whether it could be read.
    pub readable: Readable,
    /// The fields, each with its numbers.
    pub fields: Vec<String>,
    /// Those of them whose kind is a guess that nobody had confirmed.
    pub guessed: Vec<String>,
}

/// The numbers of one count.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Numbers {
    /// Which count.
    pub count: i64,
    /// Where it comes from, in words.
    pub source: String,
    /// People by place.
    pub people: Vec<PeopleIn>,
    /// People of unknown residence.
    pub elsewhere: u64,
    /// Of those, confirmed.
    pub elsewhere_confirmed: u64,
    /// Kinds of data with their fields.
    pub data: Vec<Source>,
    /// How many are confirmed, possible, and altered.
    pub touched: (u64, u64, u64),
    /// The first and the last entry that counts.
    pub span: (Option<jiff::Timestamp>, Option<jiff::Timestamp>),
}

impl Numbers {
    /// The numbers of a count.
    pub(super) fn of(counted: &Counted) -> Self {
        // What is no place of the law's form joins those of unknown residence: nobody is left out.
        let (mut confirmed, mut possible) = counted.elsewhere;
        let mut people = Vec::new();
        for one in &counted.places {
            match one.code.parse() {
                Ok(place) => people.push(PeopleIn { place, confirmed: one.confirmed, possible: one.possible }),
                Err(_) => (confirmed, possible) = (confirmed + one.confirmed, possible + one.possible),
            }
        }
        let everybody = counted.summary.people;
        let span = (counted.first.map(|at| at.timestamp()), counted.last.map(|at| at.timestamp()));
        Self {
            count: counted.number,
            source: counted.source(),
            people,
            elsewhere: confirmed + possible,
            elsewhere_confirmed: confirmed,
            data: sources(&counted.summary),
            touched: (everybody.confirmed, everybody.possible, everybody.altered),
            span,
        }
    }

    /// The kinds as facts.
    pub fn items(&self) -> Vec<DataItem> {
        self.data.iter().map(|source| DataItem::new(source.kind, source.readable)).collect()
    }

    /// Whether `facts` say the same of the people.
    fn same_people(&self, facts: &Facts) -> bool {
        let counts = |people: &[PeopleIn]| {
            let row = |one: &PeopleIn| (one.place.to_string(), one.confirmed, one.possible);
            let mut rows: Vec<_> = people.iter().map(row).collect();
            rows.sort_unstable();
            rows
        };
        facts.people_elsewhere == self.elsewhere && counts(&facts.people) == counts(&self.people)
    }

    /// Whether `facts` say the same of the data.
    fn same_data(&self, facts: &Facts) -> bool {
        let known = self.items();
        facts.data.len() == known.len()
            && known.iter().all(|one| facts.data.iter().any(|it| it.kind == one.kind && it.readable == one.readable))
    }

    /// What stands in the facts: the record's numbers, or what a person stated with a reason.
    pub(super) fn merge(&self, overrides: &Overrides, facts: &mut Facts) {
        if overrides.people.is_none() {
            facts.people.clone_from(&self.people);
            facts.people_elsewhere = self.elsewhere;
            facts.people_elsewhere_certain = self.elsewhere_confirmed;
            self.lost(&mut facts.nature);
        }
        if overrides.data.is_none() {
            facts.data = self.items();
        }
        let times = &mut facts.times;
        let known = |at: jiff::Timestamp| times.aware_at.is_none_or(|aware| at <= aware);
        if times.occurred_from.is_none() && times.occurred_to.is_none() {
            times.occurred_from = self.span.0.filter(|at| known(*at));
            times.occurred_to = times.occurred_from.and(self.span.1);
        }
    }

    /// What the record says is lost, the least that its words mean: what was returned to a suspect reached somebody, what
    /// may have been seen lay open, what was altered is altered at least for a time.
    fn lost(&self, nature: &mut Nature) {
        let (confirmed, possible, altered) = self.touched;
        nature.confidentiality = match nature.confidentiality {
            Confidentiality::Kept | Confidentiality::Exposed if confirmed > 0 => Confidentiality::KnownRecipients,
            Confidentiality::Kept if possible > 0 => Confidentiality::Exposed,
            stated => stated,
        };
        if altered > 0 && nature.integrity == Integrity::Kept {
            nature.integrity = Integrity::Restorable;
        }
    }

    /// What a person overrides who stated `facts` with these reasons.
    ///
    /// # Errors
    /// [`Error::Invalid`] for other numbers without a reason.
    pub(super) fn overrides(&self, facts: &Facts, people: &str, data: &str) -> Result<Overrides> {
        let of = |same: bool, field: &str, typed: &str| match (same, typed.trim()) {
            (true, _) => Ok(None),
            (false, "") => Err(Error::invalid(field, "These are other numbers than the record’s. Write why.")),
            (false, reason) if reason.chars().count() > LONGEST => {
                Err(Error::invalid(field, "Write at most 1,000 characters."))
            }
            (false, reason) => Ok(Some(Override { reason: reason.to_owned(), on: self.count })),
        };
        Ok(Overrides {
            people: of(self.same_people(facts), "people_why", people)?,
            data: of(self.same_data(facts), "data_why", data)?,
        })
    }
}

/// The kinds of data of a count, in the order of their kinds.
fn sources(summary: &Summary) -> Vec<Source> {
    let mut found: Vec<Source> = Vec::new();
    for field in &summary.fields {
        let seen = field.confirmed + field.possible > 0;
        if !seen && field.sealed == 0 {
            continue;
        }
        let readable = if seen { Readable::Yes } else { Readable::No };
        let said = format!(
            "{} ({} confirmed, {} possible, {} sealed)",
            field.label, field.confirmed, field.possible, field.sealed
        );
        let (kind, guessed) = kind(field);
        put(&mut found, kind, readable, said);
        if guessed && let Some(source) = found.iter_mut().find(|source| source.kind == kind) {
            source.guessed.push(field.label.clone());
        }
    }
    for list in summary.lists.iter().filter(|list| list.people > 0) {
        put(&mut found, DataKind::Subscriptions, Readable::Yes, format!("List {} ({} people)", list.name, list.people));
    }
    let place = |source: &Source| DataKind::ALL.iter().position(|kind| *kind == source.kind);
    found.sort_by_key(place);
    found
}

fn put(found: &mut Vec<Source>, kind: DataKind, readable: Readable, field: String) {
    match found.iter_mut().find(|source| source.kind == kind) {
        Some(source) => {
            source.fields.push(field);
            if readable == Readable::Yes {
                source.readable = readable;
            }
        }
        None => found.push(Source { kind, readable, fields: vec![field], guessed: Vec::new() }),
    }
}

/// What a field is to people, as the registry had it when it was counted; a guess where nobody had said, or where the
/// answer is older than that.
fn kind(field: &FieldCount) -> (DataKind, bool) {
    match DataKind::parse(&field.kind) {
        Some(kind) => (kind, field.kind_guessed),
        None => {
            let class = DataClass::parse(&field.class).unwrap_or(DataClass::Sensitive);
            (law_kind(kinds::guess(&field.key, FieldKind::Text, class)), true)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(key: &str, class: &str, (confirmed, sealed): (u64, u64)) -> FieldCount {
        FieldCount {
            field: 1,
            key: key.into(),
            label: key.into(),
            class: class.into(),
            category: "simple".into(),
            kind: String::new(),
            kind_guessed: false,
            confirmed,
            possible: 0,
            sealed,
        }
    }

    #[test]
    fn a_field_is_of_the_kind_that_was_said_or_else_that_its_key_and_class_tell() {
        for (key, class, wanted) in [
            ("email", "personal", DataKind::EmailAddress),
            ("first_name", "personal", DataKind::Name),
            ("home_phone", "personal", DataKind::PhoneNumber),
            ("favourite_fruit", "internal", DataKind::Preferences),
            ("whatever", "personal", DataKind::Other),
            ("health_note", "sensitive", DataKind::Health),
            ("church", "sensitive", DataKind::SpecialCategory),
            ("middle_name", "sensitive", DataKind::SpecialCategory),
        ] {
            assert_eq!(kind(&field(key, class, (1, 0))), (wanted, true), "{key}, counted before the registry knew");
            let said = FieldCount { kind: "finances".into(), ..field(key, class, (1, 0)) };
            assert_eq!(kind(&said), (DataKind::Finances, false), "what was said counts, whatever the key");
        }
    }

    #[test]
    fn what_is_held_under_a_key_that_was_not_taken_is_unreadable_until_one_field_of_its_kind_was_read() {
        let summary = |fields: Vec<FieldCount>| Summary {
            people: crate::blast::People::default(),
            fields,
            untouched: Vec::new(),
            classes: Vec::new(),
            categories: Vec::new(),
            kinds: Vec::new(),
            channels: Vec::new(),
            lists: Vec::new(),
            countries: Vec::new(),
            country_unknown: 0,
            small_left_out: false,
        };
        let held =
            sources(&summary(vec![field("first_name", "personal", (0, 9)), field("unseen", "personal", (0, 0))]));
        assert_eq!(
            held.iter().map(|one| (one.kind, one.readable)).collect::<Vec<_>>(),
            [(DataKind::Name, Readable::No)]
        );
        let read = vec![field("first_name", "personal", (0, 9)), field("last_name", "personal", (1, 0))];
        assert_eq!(sources(&summary(read))[0].readable, Readable::Yes);
    }
}
