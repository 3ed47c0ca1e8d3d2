//! Where people live: which field says so, and how many live where.
//!
//! Promise: the field is the workspace's choice, `country` until it chooses; only a field in clear can be counted. Limit:
//! what is no code of ISO 3166 counts as not known.

use super::store;
use super::summary::CountryCount;
use std::collections::BTreeMap;
use waxwing_app::{App, Error, Result, fields, subscribers};
use waxwing_domain::{Action, Ctx, Operation};
use waxwing_store::{Entry, RoaringBitmap, Tx};

/// The key of the field that says whose law protects a person, unless the workspace names another: ISO 3166, `FR` or
/// `US-CA`, classed public or internal.
pub const COUNTRY: &str = fields::COUNTRY;

/// The key of the field that says where people live.
pub async fn country_field(tx: &mut Tx) -> Result<String> {
    Ok(store::country(tx).await?.unwrap_or_else(|| COUNTRY.to_owned()))
}

/// Names the field that says where people live.
///
/// # Errors
/// [`Error::NotFound`] for no field in use; [`Error::Invalid`] for one that is sealed: it cannot be counted.
pub async fn set_country_field(app: &App, tx: &mut Tx, ctx: &Ctx, key: &str) -> Result<()> {
    ctx.authorise(Action::FieldsWrite)?;
    let field = fields::by_key(tx, key.trim()).await?;
    if field.sealed() {
        return Err(Error::invalid("field", "Choose a field classed public or internal: a sealed one is not counted."));
    }
    store::set_country(tx, &field.key).await?;
    let entry = Entry::new(Operation::Change, "blast.country").on("field", i64::from(field.id.get()));
    tx.record(app.store(), ctx, entry).await?;
    Ok(())
}

/// How many of these people live where as they stand now, most first, and of how many it is not known.
pub async fn by_country(tx: &mut Tx, people: &RoaringBitmap) -> Result<(Vec<CountryCount>, u64)> {
    let key = country_field(tx).await?;
    let (counts, known) = countries(subscribers::among(tx, people, &key).await?.values);
    Ok((counts, people.len() - known))
}

/// Codes that look like ISO 3166, whatever else stands in the field being unknown.
pub(super) fn countries(values: BTreeMap<String, u64>) -> (Vec<CountryCount>, u64) {
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    for (value, people) in values {
        if let Some(code) = code(&value) {
            *counts.entry(code).or_default() += people;
        }
    }
    let known = counts.values().sum();
    let mut counts: Vec<CountryCount> =
        counts.into_iter().map(|(code, people)| CountryCount { code, people }).collect();
    counts.sort_by(|a, b| b.people.cmp(&a.people).then_with(|| a.code.cmp(&b.code)));
    (counts, known)
}

/// The code that a value is, where it looks like one of ISO 3166.
pub(super) fn code(value: &str) -> Option<String> {
    let code = value.trim().to_ascii_uppercase();
    is_code(&code).then_some(code)
}

fn is_code(code: &str) -> bool {
    let (country, part) = code.split_once('-').unwrap_or((code, "A"));
    let country = country.len() == 2 && country.bytes().all(|b| b.is_ascii_uppercase());
    country && (1..=3).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_code_of_a_country_is_unknown() {
        let values =
            [("fr", 3), ("FR ", 1), ("US-CA", 2), ("France", 5), ("", 1), ("F1", 1), ("US-", 1), ("US-CALI", 1)];
        let (counts, known) = countries(values.map(|(code, people)| (code.to_owned(), people)).into());
        let counts: Vec<(&str, u64)> = counts.iter().map(|c| (c.code.as_str(), c.people)).collect();
        assert_eq!((counts, known), (vec![("FR", 4), ("US-CA", 2)], 6));
    }
}
