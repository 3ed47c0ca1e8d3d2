//! What the plain fields of a great set of people say, counted without opening anything.

use super::store_among as store;
use crate::Result;
use std::collections::BTreeMap;
use waxwing_store::{Chunk, Engine, RoaringBitmap, Tx, chunks, chunks_to_count};

/// People are of few kinds where so many of them share one.
const FEW: u64 = 4;

/// What is known of a set of people.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Among {
    /// How many of them are there still; the others were deleted or erased.
    pub living: u64,
    /// How many have which value of the plain field; those without one are in none.
    pub values: BTreeMap<String, u64>,
}

/// Counts `people` by the value of the field with this key, which is classed public or internal; a
/// sealed field has no plain value, and so nobody is counted by it.
pub async fn among(tx: &mut Tx, people: &RoaringBitmap, key: &str) -> Result<Among> {
    let mut found = Among::default();
    // People are often of few kinds, a country and nothing else; where they are not, all that follow are read one by one.
    let mut alike = true;
    for chunk in parts(tx.engine(), people) {
        let valued = store::values(tx, key, &chunk, alike).await?;
        let before = found.living;
        for (value, count) in valued.counts {
            found.living += count;
            if let Some(value) = value.filter(|value| !value.is_empty()) {
                *found.values.entry(value).or_default() += count;
            }
        }
        alike = valued.kinds.is_some_and(|kinds| kinds < (found.living - before) / FEW);
    }
    Ok(found)
}

/// SQLite sorts what it groups, and sorts short parts faster.
fn parts(engine: Engine, people: &RoaringBitmap) -> Box<dyn Iterator<Item = Chunk> + Send + '_> {
    match engine {
        Engine::Sqlite => Box::new(chunks(people)),
        Engine::Postgres => Box::new(chunks_to_count(people)),
    }
}

/// Those of `people` who are here still, by the value of the plain field with this key: empty for those without one.
/// Who is gone is in none.
pub async fn by_value(tx: &mut Tx, people: &RoaringBitmap, key: &str) -> Result<BTreeMap<String, RoaringBitmap>> {
    let mut found: BTreeMap<String, RoaringBitmap> = BTreeMap::new();
    for chunk in chunks(people) {
        for (subject, value) in store::each(tx, key, &chunk).await? {
            found.entry(value.unwrap_or_default()).or_default().insert(subject.get());
        }
    }
    Ok(found)
}
