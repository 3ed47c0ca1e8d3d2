//! Rights for some lists only: who is on none of them is as if they were not.
//!
//! Promise: the limit travels in the transaction that `App::begin` and `App::read` make for
//! somebody, and every function that loads lists or people asks it. Limit: whoever may add people
//! can find out by trying whether an address is known beyond their lists; each try is recorded.

use super::store;
use crate::{Error, Result};
use std::collections::HashSet;
use waxwing_domain::SubjectNo;
use waxwing_store::Tx;

/// Those of these people whom the transaction may see; all of them where it is not limited.
pub async fn seen(tx: &mut Tx, people: &[SubjectNo]) -> Result<HashSet<SubjectNo>> {
    match tx.limit() {
        Some(_) if people.is_empty() => Ok(HashSet::new()),
        Some(lists) => Ok(store::on_any(tx, people, lists).await?),
        None => Ok(people.iter().copied().collect()),
    }
}

/// Refuses people whom the transaction may not see: nobody draws strangers onto a list to see them there.
///
/// # Errors
/// [`Error::NotFound`] as soon as there is one.
pub async fn refuse_unseen(tx: &mut Tx, people: &[SubjectNo]) -> Result<()> {
    if tx.limit().is_none() {
        return Ok(());
    }
    let seen = seen(tx, people).await?;
    if people.iter().all(|subject| seen.contains(subject)) { Ok(()) } else { Err(Error::NotFound("subscriber")) }
}
