//! The lists that an API key or a role is limited to.
//!
//! Promise: a limit names lists that exist, and reaches the people on them; what cannot be limited
//! to lists, such a key or role cannot do. Limit: which lists there are is asked of the feature that has
//! them, for keys stand above it.

use crate::Error;
use futures::future::BoxFuture;
use std::collections::BTreeSet;
use waxwing_domain::ListId;
use waxwing_store::{Tx, inventory};

/// Lists of one key or role, at most.
const MOST: usize = 100;

type Ask = for<'a> fn(&'a mut Tx) -> BoxFuture<'a, crate::Result<Vec<(ListId, String)>>>;

/// How keys and roles learn which lists there are, with their names; registered by the feature that has them.
pub struct KnownLists(pub Ask);

inventory::collect!(KnownLists);

/// The lists that a key or role can be limited to.
pub(super) async fn known(tx: &mut Tx) -> crate::Result<Vec<(ListId, String)>> {
    let mut all = Vec::new();
    for known in inventory::iter::<KnownLists> {
        all.extend((known.0)(tx).await?);
    }
    Ok(all)
}

/// Refuses lists that are not there, and none at all.
pub(super) async fn check(tx: &mut Tx, lists: Option<&BTreeSet<ListId>>) -> crate::Result<()> {
    let Some(lists) = lists else { return Ok(()) };
    if lists.is_empty() || lists.len() > MOST {
        return Err(Error::invalid("lists", format!("Name 1 to {MOST} lists, or none for all of them.")));
    }
    let known: BTreeSet<ListId> = known(tx).await?.into_iter().map(|(id, _)| id).collect();
    if lists.is_subset(&known) { Ok(()) } else { Err(Error::invalid("lists", "One of these lists does not exist.")) }
}

/// As it is stored: ids with commas; empty for all.
pub(super) fn words(lists: Option<&BTreeSet<ListId>>) -> String {
    lists.into_iter().flatten().map(ListId::to_string).collect::<Vec<_>>().join(",")
}

/// Reads [`words`]; a text that cannot be read is no reason to let a key reach everything.
pub(super) fn parse(text: &str) -> Option<Option<BTreeSet<ListId>>> {
    if text.is_empty() {
        return Some(None);
    }
    text.split(',').map(|id| id.parse().ok()).collect::<Option<BTreeSet<ListId>>>().map(Some)
}

/// The lists of a limit in words: their names, as far as they are still there.
pub(super) fn in_words(lists: Option<&BTreeSet<ListId>>, known: &[(ListId, String)]) -> String {
    let Some(lists) = lists else { return "all".to_owned() };
    let names = known.iter().filter(|(id, _)| lists.contains(id)).map(|(_, name)| name.as_str());
    names.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_read_as_it_is_written_and_a_broken_one_is_none() {
        let two: BTreeSet<ListId> = [1, 2].map(ListId::from_i64).into();
        assert_eq!(parse(&words(Some(&two))), Some(Some(two)));
        assert_eq!(parse(&words(None)), Some(None));
        for broken in [",", "x", "0000000000001,", "0000000000001 0000000000002"] {
            assert_eq!(parse(broken), None, "{broken}");
        }
    }
}
