//! Fields that content uses and people lack, counted without opening anything.
//!
//! Guarantee: only whether a field is there is looked at, never what it holds. Limit: beyond
//! 100,000 people it is a count of the first 100,000.

use super::store;
use crate::{Result, fields, subscribers};
use std::collections::BTreeSet;
use waxwing_domain::ListId;
use waxwing_store::Tx;

/// People looked at in one go.
const BATCH: i64 = 2_000;
/// People looked at in all.
const MOST: i64 = 100_000;

/// What was seen.
#[derive(Clone, Debug, Default)]
pub(super) struct Seen {
    /// Names that are no field.
    pub(super) unknown: Vec<String>,
    /// Fields, and how many people lack them.
    pub(super) lacking: Vec<(String, i64)>,
    /// How many people were looked at.
    pub(super) people: i64,
    /// Whether those were all.
    pub(super) complete: bool,
}

/// Looks at the confirmed members of `lists` for the fields named.
pub(super) async fn look(tx: &mut Tx, lists: &[ListId], names: &BTreeSet<String>) -> Result<Seen> {
    let known = fields::all(tx).await?;
    let mut seen = Seen { complete: true, ..Seen::default() };
    let mut wanted = Vec::new();
    for name in names.iter().filter(|name| *name != "email") {
        match known.iter().find(|field| field.key == *name) {
            Some(field) => wanted.push(field.clone()),
            None => seen.unknown.push(name.clone()),
        }
    }
    seen.lacking = wanted.iter().map(|field| (field.key.clone(), 0)).collect();
    let mut after = 0;
    while !wanted.is_empty() {
        let batch = store::confirmed(tx, lists, after, BATCH).await?;
        let Some(last) = batch.last() else { break };
        after = last.as_i64();
        for person in subscribers::sealed(tx, &batch).await? {
            let sealed = person.person.fields()?;
            for (field, (_, lack)) in wanted.iter().zip(&mut seen.lacking) {
                let there =
                    if field.class.sealed() { sealed.has(field.id) } else { person.plain.contains_key(&field.key) };
                *lack += i64::from(!there);
            }
            seen.people += 1;
        }
        if seen.people >= MOST {
            seen.complete = false;
            break;
        }
    }
    Ok(seen)
}
