//! The numbers of an answer: what notices and forms ask for, without anybody's data.
//!
//! Promise: counted from bitmaps and plain columns; nothing is opened. Limit: lists and countries
//! are as they stand now, and of whoever was deleted or erased since they are not known.

use super::country::{countries, country_field};
use super::radius::Radius;
use super::touch::{Channel, Effect};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use utoipa::ToSchema;
use waxwing_app::fields::{self, Field};
use waxwing_app::{Result, erasure, lists, subscribers};
use waxwing_domain::{DataClass, FieldId, ListId, Micros};
use waxwing_store::{RoaringBitmap, Tx};

/// How many people.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize, ToSchema)]
pub struct People {
    /// Something was returned to the suspect.
    pub confirmed: u64,
    /// Something may have been seen, and nothing is confirmed.
    pub possible: u64,
    /// Something was made, changed or deleted by the suspect; they may be confirmed too.
    pub altered: u64,
    /// The suspect holds something of them that is sealed under a key that was not taken.
    pub sealed: u64,
    /// People of the workspace of whom nothing is confirmed or possible.
    pub excluded: u64,
    /// Of the confirmed and possible: no longer here, deleted or erased since.
    pub gone: u64,
    /// Of those: erased.
    pub erased: u64,
    /// Of the confirmed and possible: with a field classed sensitive among what was touched.
    pub special: u64,
}

/// A field, and of how many people it was touched.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct FieldCount {
    /// Its number.
    pub field: u32,
    /// Its key.
    pub key: String,
    /// Its name for people.
    pub label: String,
    /// Its class: `public`, `internal`, `personal`, `sensitive`.
    pub class: String,
    /// The category of ENISA's severity method that the class stands for: `simple`, `behavioural`, `sensitive`.
    pub category: String,
    /// Returned to the suspect.
    pub confirmed: u64,
    /// Possibly seen, and not confirmed.
    pub possible: u64,
    /// Held by the suspect, sealed under a key that was not taken.
    pub sealed: u64,
}

/// A class of data or a category, and how many people.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct ClassCount {
    /// The class or category.
    pub name: String,
    /// Returned to the suspect.
    pub confirmed: u64,
    /// Possibly seen, and not confirmed.
    pub possible: u64,
}

/// A way, and how many people.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct ChannelCount {
    /// How sure: `confirmed`, `possible`, `altered`, `sealed`.
    pub effect: String,
    /// By which way.
    pub channel: String,
    /// How many people.
    pub people: u64,
    /// By how many parts of entries.
    pub entries: u64,
    /// When first, in microseconds since 1970.
    #[schema(value_type = i64)]
    pub first: Micros,
    /// When last.
    #[schema(value_type = i64)]
    pub last: Micros,
}

/// A list, and how many of the confirmed and possible are on it now, in whatever state.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct ListCount {
    /// Which.
    #[schema(value_type = String)]
    pub list: ListId,
    /// Its name.
    pub name: String,
    /// How many people.
    pub people: u64,
}

/// A country or state, and how many of the confirmed and possible are known to live there.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct CountryCount {
    /// ISO 3166: `FR`, `US-CA`.
    pub code: String,
    /// How many people.
    pub people: u64,
}

/// The numbers of an answer.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Summary {
    /// People by how sure it is.
    pub people: People,
    /// Fields that were touched, or that the suspect holds sealed.
    pub fields: Vec<FieldCount>,
    /// Keys of fields of which nothing was touched.
    pub untouched: Vec<String>,
    /// By class of field.
    pub classes: Vec<ClassCount>,
    /// By category of ENISA's severity method, as the classes stand for them. Financial data is not
    /// told apart by the registry: a person decides.
    pub categories: Vec<ClassCount>,
    /// By way.
    pub channels: Vec<ChannelCount>,
    /// By list.
    pub lists: Vec<ListCount>,
    /// By country or state.
    pub countries: Vec<CountryCount>,
    /// Of how many the country is not known.
    pub country_unknown: u64,
}

impl Summary {
    /// Counts an answer.
    pub async fn of(tx: &mut Tx, radius: &Radius) -> Result<Self> {
        let registry = Registry::load(tx).await?;
        let (confirmed, possible) = (radius.confirmed(), radius.possible());
        let affected = &confirmed | &possible;
        let country = country_field(tx).await?;
        let among = subscribers::among(tx, &affected, &country).await?;
        let erased = erasure::since(tx, Micros::default()).await?.intersection_len(&affected);
        let total = subscribers::count(tx).await?.cast_unsigned();
        let (countries, known) = countries(among.values);
        let people = People {
            confirmed: confirmed.len(),
            possible: possible.len(),
            altered: radius.people(Effect::Altered).len(),
            sealed: radius.people(Effect::Sealed).len(),
            excluded: total.saturating_sub(among.living),
            gone: affected.len() - among.living,
            erased,
            special: registry.touched(radius, |class| class == DataClass::Sensitive).len(),
        };
        let on_lists = lists::among(tx, &affected).await?.into_iter();
        let mut summary = registry.counts(radius);
        summary.people = people;
        summary.channels = channels(radius);
        summary.lists = on_lists.map(|(list, people)| ListCount { list: list.id, name: list.name, people }).collect();
        summary.country_unknown = affected.len() - known;
        summary.countries = countries;
        Ok(summary)
    }
}

fn channels(radius: &Radius) -> Vec<ChannelCount> {
    let mut groups: BTreeMap<(Effect, Channel), (RoaringBitmap, u64, Micros, Micros)> = BTreeMap::new();
    for touch in &radius.touches {
        let group = groups.entry((touch.effect, touch.channel));
        let (people, entries, first, last) =
            group.or_insert_with(|| (RoaringBitmap::new(), 0, touch.first, touch.last));
        *people |= &touch.people;
        *entries += touch.entries;
        (*first, *last) = ((*first).min(touch.first), (*last).max(touch.last));
    }
    let count = |((effect, channel), (people, entries, first, last)): (
        (Effect, Channel),
        (RoaringBitmap, u64, Micros, Micros),
    )| ChannelCount {
        effect: effect.as_str().into(),
        channel: channel.as_str().into(),
        people: people.len(),
        entries,
        first,
        last,
    };
    groups.into_iter().map(count).collect()
}

/// The fields there are, to name what an entry has by number.
struct Registry(Vec<Arc<Field>>);

/// What the registry does not list: what is known of a person beside their fields.
const BESIDE: [(FieldId, &str, &str); 3] = [
    (FieldId::NETWORK_ADDRESS, "network_address", "Network address"),
    (FieldId::SMTP_REPLY, "smtp_reply", "Answer of a mail server"),
    (FieldId::CONSENT, "consent", "Evidence of consent"),
];

impl Registry {
    async fn load(tx: &mut Tx) -> Result<Self> {
        Ok(Self(fields::all(tx).await?))
    }

    fn field(&self, id: FieldId) -> Option<&Field> {
        self.0.iter().find(|field| field.id == id).map(Arc::as_ref)
    }

    /// What is not registered (any more) counts as sensitive, unless the product itself defines it.
    fn class(&self, id: FieldId) -> DataClass {
        let beside = BESIDE.iter().any(|(known, ..)| *known == id);
        let unregistered = if beside { DataClass::Personal } else { DataClass::Sensitive };
        self.field(id).map_or(unregistered, |field| field.class)
    }

    /// Key and label.
    fn name(&self, id: FieldId) -> (String, String) {
        if let Some(field) = self.field(id) {
            return (field.key.clone(), field.label.clone());
        }
        let beside = BESIDE.iter().find(|(known, ..)| *known == id);
        beside.map_or_else(
            || (format!("field_{}", id.get()), format!("Field {}, no longer in use", id.get())),
            |(_, key, label)| ((*key).into(), (*label).into()),
        )
    }

    /// The confirmed and possible with a field of such a class among what was touched.
    fn touched(&self, radius: &Radius, wanted: impl Fn(DataClass) -> bool) -> RoaringBitmap {
        self.of(radius, Effect::Returned, &wanted) | self.of(radius, Effect::Possible, &wanted)
    }

    fn of(&self, radius: &Radius, effect: Effect, wanted: &impl Fn(DataClass) -> bool) -> RoaringBitmap {
        let named = |touch: &&super::touch::Touch| {
            touch.effect == effect && touch.fields.iter().any(|field| wanted(self.class(*field)))
        };
        super::touch::union(radius.touches.iter().filter(named))
    }

    fn counts(&self, radius: &Radius) -> Summary {
        let touched: BTreeSet<FieldId> = super::touch::fields(&radius.touches);
        let untouched = self.0.iter().filter(|field| !touched.contains(&field.id)).map(|field| field.key.clone());
        Summary {
            people: People::default(),
            fields: touched.iter().map(|field| self.count(radius, *field)).collect(),
            untouched: untouched.collect(),
            classes: self.groups(radius, &CLASSES),
            categories: self.groups(radius, &CATEGORIES),
            channels: Vec::new(),
            lists: Vec::new(),
            countries: Vec::new(),
            country_unknown: 0,
        }
    }

    fn count(&self, radius: &Radius, id: FieldId) -> FieldCount {
        let ((key, label), class) = (self.name(id), self.class(id));
        let confirmed = radius.people_of(Effect::Returned, id);
        let possible = radius.people_of(Effect::Possible, id) - &confirmed;
        let sealed = radius.people_of(Effect::Sealed, id).len();
        let (class, category) = (class.as_str().to_owned(), category(class).to_owned());
        let (confirmed, possible) = (confirmed.len(), possible.len());
        FieldCount { field: id.get(), key, label, class, category, confirmed, possible, sealed }
    }

    fn groups(&self, radius: &Radius, groups: &[(&str, &[DataClass])]) -> Vec<ClassCount> {
        let count = |(name, classes): &(&str, &[DataClass])| {
            let wanted = |class: DataClass| classes.contains(&class);
            let confirmed = self.of(radius, Effect::Returned, &wanted);
            let possible = self.of(radius, Effect::Possible, &wanted) - &confirmed;
            ClassCount { name: (*name).into(), confirmed: confirmed.len(), possible: possible.len() }
        };
        groups.iter().map(count).filter(|group| group.confirmed + group.possible > 0).collect()
    }
}

const CLASSES: [(&str, &[DataClass]); 4] = [
    ("public", &[DataClass::Public]),
    ("internal", &[DataClass::Internal]),
    ("personal", &[DataClass::Personal]),
    ("sensitive", &[DataClass::Sensitive]),
];
/// ENISA, Recommendations for a methodology of the assessment of severity of personal data breaches
/// (2013), annex 1, as far as a class tells.
const CATEGORIES: [(&str, &[DataClass]); 3] = [
    ("simple", &[DataClass::Public, DataClass::Personal]),
    ("behavioural", &[DataClass::Internal]),
    ("sensitive", &[DataClass::Sensitive]),
];

const fn category(class: DataClass) -> &'static str {
    match class {
        DataClass::Public | DataClass::Personal => "simple",
        DataClass::Internal => "behavioural",
        DataClass::Sensitive => "sensitive",
    }
}
