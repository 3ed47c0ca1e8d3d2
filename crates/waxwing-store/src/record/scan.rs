//! Reading the whole record in pages, as stored bytes, with the people beside it.
//!
//! Promise: the bytes are handed out as they are hashed, and people only if they are those that the
//! entry names: a bitmap that is missing, was changed or counts differently is an error. Limit:
//! entries without a number yet are not here.

use super::facts::LeafPart;
use super::leaf::bitmap_hash;
use crate::{RoaringBitmap, RoaringTreemap, Store, StoreError, Tx, args, statement};
use std::collections::HashMap;
use std::net::IpAddr;
use waxwing_crypto::Month;
use waxwing_domain::Micros;

statement! { LEAVES, "SELECT idx, id, leaf FROM record_entries WHERE workspace_id = $1 AND idx >= $2 AND idx < $3 ORDER BY idx" }
statement! { PEOPLE,
"SELECT entry_id, bitmap FROM record_subjects WHERE workspace_id = $1 AND entry_id IN [$2] ORDER BY entry_id, part" }
statement! { PEOPLE_OF_SPAN,
"SELECT entry_id, bitmap FROM record_subjects WHERE workspace_id = $1 AND entry_id >= $2 AND entry_id <= $3
 ORDER BY entry_id, part" }
statement! { ADDRESSED,
"SELECT entry_id FROM record_addresses WHERE workspace_id = $1 AND tag IN [blob $2] AND entry_id > $3
 ORDER BY entry_id LIMIT 20000" }
statement! { ANY_OF_MONTH, "SELECT entry_id FROM record_addresses WHERE workspace_id = $1 AND month = $2 LIMIT 1" }

/// An entry as it is stored.
#[derive(Clone, Debug)]
pub struct Leaf {
    /// Its place in the log.
    pub index: u64,
    /// Its number before it had one.
    pub entry: i64,
    /// What is hashed.
    pub bytes: Vec<u8>,
}

/// Up to `limit` entries from index `first` on.
///
/// # Errors
/// [`StoreError::Damaged`] where one is missing between two others.
pub async fn record_leaves(tx: &mut Tx, first: u64, limit: u64) -> Result<Vec<Leaf>, StoreError> {
    let span = args![first as i64, first.saturating_add(limit) as i64];
    let leaf = |r: &crate::Row<'_>| Ok(Leaf { index: r.int(0)? as u64, entry: r.int(1)?, bytes: r.blob(2)? });
    let leaves = tx.all(&LEAVES, span, leaf).await?;
    match leaves.iter().zip(first..).find(|(leaf, expected)| leaf.index != *expected) {
        Some((_, missing)) => Err(StoreError::Damaged(format!("entry {missing} of the record is missing"))),
        None => Ok(leaves),
    }
}

/// The people of these entries, a bitmap for each part, in order. The entries are some of `beside` that stand beside
/// each other: where they are most of them, all are read in one go.
///
/// # Errors
/// [`StoreError::Damaged`] when they are not those that the entry names.
pub async fn record_people(
    tx: &mut Tx,
    entries: &[(i64, &[LeafPart])],
    beside: usize,
) -> Result<HashMap<i64, Vec<RoaringBitmap>>, StoreError> {
    let ids: Vec<i64> = entries.iter().map(|(entry, _)| *entry).collect();
    let mut found: HashMap<i64, Vec<Vec<u8>>> = ids.iter().map(|id| (*id, Vec::new())).collect();
    for (entry, bytes) in stored_people(tx, ids, beside).await? {
        // What a span has beside them was not asked for.
        if let Some(parts) = found.get_mut(&entry) {
            parts.push(bytes);
        }
    }
    let read = |(entry, parts): &(i64, &[LeafPart])| {
        let people = checked(parts, found.get(entry).map_or(&[], Vec::as_slice));
        let damaged = || StoreError::Damaged(format!("the people beside entry {entry} of the record"));
        Ok((*entry, people.ok_or_else(damaged)?))
    };
    entries.iter().map(read).collect()
}

async fn stored_people(tx: &mut Tx, ids: Vec<i64>, beside: usize) -> Result<Vec<(i64, Vec<u8>)>, StoreError> {
    let row = |r: &crate::Row<'_>| Ok((r.int(0)?, r.blob(1)?));
    let (Some(&first), Some(&last)) = (ids.iter().min(), ids.iter().max()) else { return Ok(Vec::new()) };
    if 2 * ids.len() < beside {
        return tx.all(&PEOPLE, args![ids], row).await;
    }
    tx.all(&PEOPLE_OF_SPAN, args![first, last], row).await
}

fn checked(parts: &[LeafPart], stored: &[Vec<u8>]) -> Option<Vec<RoaringBitmap>> {
    if parts.len() != stored.len() {
        return None;
    }
    let one = |(part, bytes): (&LeafPart, &Vec<u8>)| {
        let people = RoaringBitmap::deserialize_from(&bytes[..]).ok()?;
        (bitmap_hash(bytes) == part.hash && people.len() == part.people).then_some(people)
    };
    parts.iter().zip(stored).map(one).collect()
}

/// Entries that came from one network address.
#[derive(Clone, Debug, Default)]
pub struct Addressed {
    /// Their numbers, as [`Leaf::entry`] has them.
    pub entries: RoaringTreemap,
    /// Months of which entries are there and the key is gone: nothing can be said of them.
    pub unknown: Vec<Month>,
}

/// The entries that came from `address` between two moments, by the keyed tags beside them.
pub async fn record_addressed(
    store: &Store,
    tx: &mut Tx,
    address: IpAddr,
    (from, until): (Micros, Micros),
) -> Result<Addressed, StoreError> {
    let ring = store.keys().ring();
    let keys = ring.workspace(tx.workspace()).map_err(|e| StoreError::Damaged(e.to_string()))?;
    let (first, last) = (Month::of(from), Month::of(until));
    let known: Vec<Month> = keys.months().filter(|month| (first..=last).contains(month)).collect();
    let mut found = Addressed::default();
    let tag = |month: &Month| keys.address_tag(*month, address).map_err(|e| StoreError::Damaged(e.to_string()));
    let tags = known.iter().map(|month| tag(month).map(Vec::from)).collect::<Result<Vec<_>, _>>()?;
    // Months before the first key and after the last hold no entry of this installation.
    let held = keys.months().max().map_or(last, |newest| last.min(newest));
    for number in first.get()..=held.get() {
        let gone = !known.contains(&Month::new(number));
        if gone && !tx.all(&ANY_OF_MONTH, args![i64::from(number)], |r| r.int(0)).await?.is_empty() {
            found.unknown.push(Month::new(number));
        }
    }
    let mut after = i64::MIN;
    loop {
        let page = tx.all(&ADDRESSED, args![tags.clone(), after], |r| r.int(0)).await?;
        let Some(&newest) = page.last() else { return Ok(found) };
        found.entries.extend(page.into_iter().map(|entry| entry as u64));
        after = newest;
    }
}
