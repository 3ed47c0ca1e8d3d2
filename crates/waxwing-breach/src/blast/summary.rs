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
use waxwing_app::fields::{self, Field, FieldKind, kinds};
use waxwing_app::{App, Result, erasure, lists, subscribers};
use waxwing_domain::{Action, Ctx, DataClass, FieldId, KindOfData, ListId, Micros, WorkspaceId};
use waxwing_law::facts::{DataKind, EnisaCategory};
use waxwing_store::RoaringBitmap;

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
    /// Of the confirmed and possible: with a field classed sensitive, or of a special category, among what was touched.
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
    /// The category of ENISA's severity method that its kind is of: `simple`, `behavioural`, `financial`, `sensitive`.
    pub category: String,
    /// What it is to people, as the registry had it: `name`, `health`, `finances` and so on. Empty in answers that were
    /// frozen before the registry knew.
    #[serde(default)]
    pub kind: String,
    /// Whether the kind was a guess that nobody had confirmed.
    #[serde(default)]
    pub kind_guessed: bool,
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
    /// By category of ENISA's severity method, as the registry has the kind of each field.
    pub categories: Vec<ClassCount>,
    /// By kind of data: `name`, `identity-document`, `health` and so on.
    #[serde(default)]
    pub kinds: Vec<ClassCount>,
    /// By way.
    pub channels: Vec<ChannelCount>,
    /// By list.
    pub lists: Vec<ListCount>,
    /// By country or state.
    pub countries: Vec<CountryCount>,
    /// Of how many the country is not known.
    pub country_unknown: u64,
    /// Whether lists and countries of fewer than ten people were left out, because the reader reads no subscribers; their
    /// people count as of unknown country.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub small_left_out: bool,
}

/// Groups of fewer people are named to nobody who reads no subscribers.
const FEWEST: u64 = 10;

impl Summary {
    /// The same for a reader. Whoever reads no subscribers is not told the list or country of fewer than ten people, or
    /// a question about one entry would tell them of one person.
    pub fn shown_to(mut self, ctx: &Ctx) -> Self {
        if ctx.may(Action::SubscribersRead) {
            return self;
        }
        let groups = self.lists.len() + self.countries.len();
        self.lists.retain(|list| list.people >= FEWEST);
        let few = |country: &CountryCount| country.people < FEWEST;
        self.country_unknown += self.countries.iter().filter(|country| few(country)).map(|one| one.people).sum::<u64>();
        self.countries.retain(|country| !few(country));
        self.small_left_out = self.lists.len() + self.countries.len() < groups;
        self
    }

    /// Counts an answer: countries, lists and all the rest side by side, each as it stands in a moment of its own.
    pub async fn of(app: &App, workspace: WorkspaceId, radius: &Radius) -> Result<Self> {
        let (confirmed, possible) = (radius.confirmed(), radius.possible());
        let affected = &confirmed | &possible;
        let read = || app.store().read(workspace, "blast.summary");
        let living = async {
            let mut tx = read().await?;
            let country = country_field(&mut tx).await?;
            subscribers::among(&mut tx, &affected, &country).await
        };
        let on_lists = async { lists::among(&mut read().await?, &affected).await };
        let rest = async {
            let mut tx = read().await?;
            let erased = erasure::since(&mut tx, Micros::default()).await?.intersection_len(&affected);
            let total = subscribers::count(&mut tx).await?.cast_unsigned();
            Ok((Registry::of(fields::all(&mut tx).await?), erased, total))
        };
        let (among, on_lists, (registry, erased, total)) = tokio::try_join!(living, on_lists, rest)?;
        let (countries, known) = countries(among.values);
        let people = People {
            confirmed: confirmed.len(),
            possible: possible.len(),
            altered: radius.people(Effect::Altered).len(),
            sealed: radius.people(Effect::Sealed).len(),
            excluded: total.saturating_sub(among.living),
            gone: affected.len() - among.living,
            erased,
            special: registry.special(radius).len(),
        };
        let mut summary = registry.counts(radius);
        summary.people = people;
        summary.channels = channels(radius);
        summary.lists =
            on_lists.into_iter().map(|(list, people)| ListCount { list: list.id, name: list.name, people }).collect();
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
pub(super) struct Registry(Vec<Arc<Field>>);

/// What the registry does not list: what is known of a person beside their fields.
const BESIDE: [(FieldId, &str, &str); 3] = [
    (FieldId::NETWORK_ADDRESS, "network_address", "Network address"),
    (FieldId::SMTP_REPLY, "smtp_reply", "Answer of a mail server"),
    (FieldId::CONSENT, "consent", "Evidence of consent"),
];

impl Registry {
    /// With these fields in use.
    pub const fn of(fields: Vec<Arc<Field>>) -> Self {
        Self(fields)
    }

    fn field(&self, id: FieldId) -> Option<&Field> {
        self.0.iter().find(|field| field.id == id).map(Arc::as_ref)
    }

    /// What is not registered (any more) counts as sensitive, unless the product itself defines it.
    pub fn class(&self, id: FieldId) -> DataClass {
        let beside = BESIDE.iter().any(|(known, ..)| *known == id);
        let unregistered = if beside { DataClass::Personal } else { DataClass::Sensitive };
        self.field(id).map_or(unregistered, |field| field.class)
    }

    /// What it is to people, and whether that is a guess.
    fn kind(&self, id: FieldId) -> (KindOfData, bool) {
        if let Some(field) = self.field(id) {
            return (field.kind_of_data(), field.kind_is_guessed());
        }
        let guess = || kinds::guess("", FieldKind::Text, self.class(id));
        kinds::known(id).map_or_else(|| (guess(), true), |known| (known, false))
    }

    /// Key and label.
    pub fn name(&self, id: FieldId) -> (String, String) {
        if let Some(field) = self.field(id) {
            return (field.key.clone(), field.label.clone());
        }
        let beside = BESIDE.iter().find(|(known, ..)| *known == id);
        beside.map_or_else(
            || (format!("field_{}", id.get()), format!("Field {}, no longer in use", id.get())),
            |(_, key, label)| ((*key).into(), (*label).into()),
        )
    }

    /// The confirmed and possible with a field classed sensitive, or of a special category, among what was touched.
    fn special(&self, radius: &Radius) -> RoaringBitmap {
        let wanted =
            |field: FieldId| self.class(field) == DataClass::Sensitive || law_kind(self.kind(field).0).special();
        of(radius, Effect::Returned, &wanted) | of(radius, Effect::Possible, &wanted)
    }

    fn counts(&self, radius: &Radius) -> Summary {
        let touched: BTreeSet<FieldId> = super::touch::fields(&radius.touches);
        let untouched = self.0.iter().filter(|field| !touched.contains(&field.id)).map(|field| field.key.clone());
        Summary {
            people: People::default(),
            fields: touched.iter().map(|field| self.count(radius, *field)).collect(),
            untouched: untouched.collect(),
            classes: groups(radius, DataClass::ALL, |field| self.class(field), DataClass::as_str),
            categories: groups(
                radius,
                EnisaCategory::ALL,
                |field| law_kind(self.kind(field).0).enisa(),
                |c| c.as_str(),
            ),
            kinds: groups(radius, KindOfData::ALL, |field| self.kind(field).0, KindOfData::as_str),
            channels: Vec::new(),
            lists: Vec::new(),
            countries: Vec::new(),
            country_unknown: 0,
            small_left_out: false,
        }
    }

    fn count(&self, radius: &Radius, id: FieldId) -> FieldCount {
        let ((key, label), class) = (self.name(id), self.class(id));
        let confirmed = radius.people_of(Effect::Returned, id);
        let possible = radius.people_of(Effect::Possible, id) - &confirmed;
        let sealed = radius.people_of(Effect::Sealed, id).len();
        let (kind, kind_guessed) = self.kind(id);
        FieldCount {
            field: id.get(),
            key,
            label,
            class: class.as_str().to_owned(),
            category: law_kind(kind).enisa().as_str().to_owned(),
            kind: kind.as_str().to_owned(),
            kind_guessed,
            confirmed: confirmed.len(),
            possible: possible.len(),
            sealed,
        }
    }
}

/// Everybody of whom a field that is `wanted` was touched with this effect.
fn of(radius: &Radius, effect: Effect, wanted: &impl Fn(FieldId) -> bool) -> RoaringBitmap {
    let named =
        |touch: &&super::touch::Touch| touch.effect == effect && touch.fields.iter().any(|field| wanted(*field));
    super::touch::union(radius.touches.iter().filter(named))
}

/// People by what a field is, the groups that somebody is in.
fn groups<T: Copy + PartialEq>(
    radius: &Radius,
    all: &[T],
    what: impl Fn(FieldId) -> T,
    name: impl Fn(T) -> &'static str,
) -> Vec<ClassCount> {
    let count = |group: &T| {
        let wanted = |field: FieldId| what(field) == *group;
        let confirmed = of(radius, Effect::Returned, &wanted);
        let possible = of(radius, Effect::Possible, &wanted) - &confirmed;
        ClassCount { name: name(*group).into(), confirmed: confirmed.len(), possible: possible.len() }
    };
    all.iter().map(count).filter(|group| group.confirmed + group.possible > 0).collect()
}

/// The same kind in the words of the rules: ENISA, Recommendations for a methodology of the assessment of severity of
/// personal data breaches (2013), annex 1, weighs by it.
pub const fn law_kind(kind: KindOfData) -> DataKind {
    match kind {
        KindOfData::Name => DataKind::Name,
        KindOfData::EmailAddress => DataKind::EmailAddress,
        KindOfData::PhoneNumber => DataKind::PhoneNumber,
        KindOfData::PostalAddress => DataKind::PostalAddress,
        KindOfData::DateOfBirth => DataKind::DateOfBirth,
        KindOfData::Subscriptions => DataKind::Subscriptions,
        KindOfData::Engagement => DataKind::Engagement,
        KindOfData::Preferences => DataKind::Preferences,
        KindOfData::Purchases => DataKind::Purchases,
        KindOfData::Location => DataKind::Location,
        KindOfData::Messages => DataKind::Messages,
        KindOfData::Password => DataKind::Password,
        KindOfData::SecurityAnswer => DataKind::SecurityAnswer,
        KindOfData::SocialSecurity => DataKind::SocialSecurity,
        KindOfData::IdentityDocument => DataKind::IdentityDocument,
        KindOfData::AccountAccess => DataKind::AccountAccess,
        KindOfData::Finances => DataKind::Finances,
        KindOfData::Health => DataKind::Health,
        KindOfData::HealthInsurance => DataKind::HealthInsurance,
        KindOfData::Biometric => DataKind::Biometric,
        KindOfData::Genetic => DataKind::Genetic,
        KindOfData::SpecialCategory => DataKind::SpecialCategory,
        KindOfData::Criminal => DataKind::Criminal,
        KindOfData::NumberPlates => DataKind::NumberPlates,
        KindOfData::Other => DataKind::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_registry_and_the_rules_speak_of_the_same_kinds() {
        let words: Vec<_> = KindOfData::ALL.iter().map(|kind| kind.as_str()).collect();
        assert_eq!(words, DataKind::ALL.iter().map(|kind| kind.as_str()).collect::<Vec<_>>());
        assert!(KindOfData::ALL.iter().all(|kind| law_kind(*kind).as_str() == kind.as_str()));
    }
}
