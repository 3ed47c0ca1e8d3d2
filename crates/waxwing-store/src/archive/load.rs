//! Loading the rows of an archive, whichever engine wrote them.
//!
//! Promise: a table or column that this schema does not have is refused; rows go in by blocks, so
//! memory stays bounded. Limit: blocks are committed as they come; [`super::LAST`] says why that
//! is safe.

use super::catalogue::{self, Table};
use super::frame::TableHead;
use super::read::{Archive, Item};
use super::{ArchiveError, KEYS_TABLE, LAST, Seen};
use crate::bulk::Shape;
use crate::{Column, Store, StoreError, Tx, Value};
use std::path::Path;
use waxwing_crypto::KeyRing;
use waxwing_domain::WorkspaceId;

/// Blocks a transaction.
const BLOCKS: usize = 64;

/// Rows that wait for the last transaction.
pub struct Held {
    table: TableHead,
    rows: Vec<Vec<Value>>,
}

/// Where rows go.
pub struct Loader<'a> {
    /// The store.
    pub store: &'a Store,
    /// Its tables.
    pub tables: &'a [Table],
    /// Rows done before, and of how many.
    pub done: u64,
    /// Of how many.
    pub total: u64,
}

/// The target's tables; refuses a target that holds anything.
pub async fn empty_tables(store: &Store) -> Result<Vec<Table>, ArchiveError> {
    let mut tx = store.read(WorkspaceId::from_i64(0), "restore.look").await?;
    let tables = catalogue::tables(&mut tx).await?;
    for table in &tables {
        if catalogue::inhabited(&mut tx, &table.name).await? {
            return Err(ArchiveError::Inhabited(table.name.clone()));
        }
    }
    Ok(tables)
}

impl Loader<'_> {
    /// Loads the archive in `path`; gives the rows that must come last. With `newest`, a row that is
    /// there already is replaced.
    pub async fn load(
        &mut self,
        path: &Path,
        ring: &KeyRing,
        newest: bool,
        seen: Seen<'_>,
    ) -> Result<Vec<Held>, ArchiveError> {
        let (_, mut archive) = Archive::open(path, ring)?;
        let mut held: Vec<Held> = Vec::new();
        let mut into: Option<(TableHead, String)> = None;
        let mut tx = self.begin().await?;
        let mut blocks = 0;
        while let Some(item) = archive.next_item()? {
            match item {
                Item::Table(head) if LAST.contains(&head.name.as_str()) => {
                    into = None;
                    held.push(Held { table: head, rows: Vec::new() });
                }
                Item::Table(head) => into = Some((head.clone(), self.conflict(&head, newest, path)?)),
                Item::Rows(rows) => {
                    self.done += rows.len() as u64;
                    match (&into, held.last_mut()) {
                        (Some((head, conflict)), _) => insert(&mut tx, head, conflict, rows).await?,
                        (None, Some(last)) => last.rows.extend(rows),
                        (None, None) => return Err(ArchiveError::damaged(path, "rows without a table")),
                    }
                    seen(self.done, self.total);
                    blocks += 1;
                    if blocks % BLOCKS == 0 {
                        tx.commit().await?;
                        tx = self.begin().await?;
                    }
                }
            }
        }
        tx.commit().await?;
        Ok(held)
    }

    async fn begin(&self) -> Result<Tx, StoreError> {
        self.store.begin(WorkspaceId::from_i64(0), "restore.rows").await
    }

    /// What to do with a row that is there; refuses a table that does not fit.
    fn conflict(&self, head: &TableHead, newest: bool, path: &Path) -> Result<String, ArchiveError> {
        let sorted = |columns: &[(String, Column)]| {
            let mut columns = columns.to_vec();
            columns.sort();
            columns
        };
        let table =
            self.tables.iter().find(|table| table.name == head.name && sorted(&table.columns) == sorted(&head.columns));
        let table = table
            .ok_or_else(|| ArchiveError::damaged(path, format!("table {} does not fit this version", head.name)))?;
        Ok(if newest && head.name != KEYS_TABLE { table.newest_wins() } else { String::new() })
    }
}

/// Inserts what was held back: the workspaces first, for others refer to them.
pub async fn insert_held(tx: &mut Tx, held: Vec<Held>) -> Result<(), StoreError> {
    let place = |table: &str| LAST.iter().position(|last| *last == table);
    let mut held = held;
    held.sort_by_key(|held| place(&held.table.name));
    for Held { table, rows } in held {
        if !rows.is_empty() {
            insert(tx, &table, "", rows).await?;
        }
    }
    Ok(())
}

async fn insert(tx: &mut Tx, head: &TableHead, conflict: &str, rows: Vec<Vec<Value>>) -> Result<(), StoreError> {
    let shape = Shape { name: "restore.insert", table: &head.name, columns: &head.columns, conflict };
    tx.insert_raw(&shape, rows).await
}
