//! Searches of the record that somebody gave a name.
//!
//! Promise: a search is kept as the address of its page and nothing else. Limit: it may name a
//! person by number; whoever may read the record sees all searches of the workspace.

use super::store;
use crate::{App, Error, Result};
use waxwing_domain::{Action, Ctx, HeaderText, Operation};
use waxwing_store::{Entry, Tx};

/// How many a workspace may keep.
const MOST: usize = 50;
/// The longest name, in characters.
const LONGEST_NAME: usize = 100;
/// The longest search, in bytes.
const LONGEST_QUERY: usize = 1_000;

/// A search with its name.
#[derive(Clone, Debug)]
pub struct Search {
    /// Its number.
    pub id: i64,
    /// What somebody called it.
    pub name: String,
    /// The query of the page's address.
    pub query: String,
}

/// The searches of the workspace, by name.
pub async fn searches(tx: &mut Tx, ctx: &Ctx) -> Result<Vec<Search>> {
    ctx.authorise(Action::RecordRead)?;
    Ok(store::searches(tx).await?)
}

/// Keeps a search under a name.
pub async fn save_search(app: &App, tx: &mut Tx, ctx: &Ctx, name: &str, query: &str) -> Result<()> {
    ctx.authorise(Action::RecordRead)?;
    let name = HeaderText::parse(name.trim()).map_err(|e| Error::invalid("name", e))?;
    if name.as_str().is_empty() || name.as_str().chars().count() > LONGEST_NAME {
        return Err(Error::invalid("name", format!("Write a name of at most {LONGEST_NAME} characters.")));
    }
    if query.len() > LONGEST_QUERY {
        return Err(Error::invalid("name", "This search is too long to keep."));
    }
    if store::searches(tx).await?.len() >= MOST {
        return Err(Error::Conflict(format!("There are {MOST} searches; delete one first.")));
    }
    let id = ctx.new_id();
    store::save_search(tx, id, name.as_str(), query, ctx.now()).await?;
    tx.record(app.store(), ctx, Entry::new(Operation::Create, "record.save_search").on("search", id)).await?;
    Ok(())
}

/// Deletes a search.
pub async fn delete_search(app: &App, tx: &mut Tx, ctx: &Ctx, id: i64) -> Result<()> {
    ctx.authorise(Action::RecordRead)?;
    if !store::delete_search(tx, id).await? {
        return Err(Error::NotFound("search"));
    }
    tx.record(app.store(), ctx, Entry::new(Operation::Delete, "record.delete_search").on("search", id)).await?;
    Ok(())
}
