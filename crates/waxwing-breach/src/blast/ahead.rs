//! The record's entries, read while those before them are looked at.
//!
//! Promise: the same pages in the same order as without it. Limit: it takes a second connection, and where none is free
//! soon there is none of it: whoever waits for an answer keeps nobody else from the pages.

use super::walk::PAGE;
use std::time::Duration;
use tokio::sync::mpsc;
use waxwing_domain::WorkspaceId;
use waxwing_store::{Leaf, Store, StoreError, Tx, record_leaves};

/// Pages that wait to be looked at.
const READY: usize = 2;
/// How long it waits for a connection.
const PATIENCE: Duration = Duration::from_millis(100);

/// Pages to come.
pub(super) struct Ahead(mpsc::Receiver<Result<Vec<Leaf>, StoreError>>);

/// Begins to read the first `size` entries; `None` where all connections are busy.
pub(super) async fn begin(store: &Store, workspace: WorkspaceId, size: u64) -> Option<Ahead> {
    let tx = tokio::time::timeout(PATIENCE, store.read(workspace, "blast.ahead")).await.ok()?.ok()?;
    let (pages, coming) = mpsc::channel(READY);
    tokio::spawn(read(tx, size, pages));
    Some(Ahead(coming))
}

/// Ends with the last page, the first error, or when nobody wants more.
async fn read(mut tx: Tx, size: u64, pages: mpsc::Sender<Result<Vec<Leaf>, StoreError>>) {
    let mut first = 0;
    while first < size {
        let page = record_leaves(&mut tx, first, PAGE.min(size - first)).await;
        let read = page.as_ref().map_or(0, |page| page.len() as u64);
        if pages.send(page).await.is_err() || read == 0 {
            return;
        }
        first += read;
    }
}

impl Ahead {
    /// The next page; empty where the record ends too early.
    pub(super) async fn next(&mut self) -> Result<Vec<Leaf>, StoreError> {
        self.0.recv().await.unwrap_or_else(|| Ok(Vec::new()))
    }
}
