//! How many of a great set of people are on which list.
//!
//! Limit: as they stand now; who left a list or was erased since is not counted for it.

use super::{List, all, store_sets};
use crate::Result;
use std::collections::HashMap;
use waxwing_domain::ListId;
use waxwing_store::{RoaringBitmap, Tx};

/// Those of `people` who are on a list, in whatever state.
pub async fn on(tx: &mut Tx, list: ListId, people: &RoaringBitmap) -> Result<RoaringBitmap> {
    let mut found = RoaringBitmap::new();
    for chunk in waxwing_store::chunks(people) {
        found.extend(store_sets::on(tx, list, &chunk).await?.into_iter().map(waxwing_domain::SubjectNo::get));
    }
    // A span holds everybody between two numbers.
    Ok(found & people)
}

/// The lists that any of `people` are on, in whatever state, with how many; the most first.
pub async fn among(tx: &mut Tx, people: &RoaringBitmap) -> Result<Vec<(List, u64)>> {
    let mut counts: HashMap<ListId, u64> = HashMap::new();
    for chunk in waxwing_store::chunks_to_count(people) {
        for (list, count) in store_sets::among(tx, &chunk).await? {
            *counts.entry(list).or_default() += count;
        }
    }
    let lists = all(tx).await?.into_iter();
    let mut found: Vec<(List, u64)> = lists
        .filter_map(|list| counts.get(&list.id).filter(|count| **count > 0).map(|count| (list.clone(), *count)))
        .collect();
    found.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.name.cmp(&b.0.name)));
    Ok(found)
}
