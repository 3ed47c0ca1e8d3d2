//! Whose turn it is to gather evidence in the data directory.
//!
//! Promise: of one workspace one gathering runs at a time, and none begins where it could fill the disk: a full disk
//! refuses every reading of people, for what cannot be recorded is not shown. Limit: of this process; room is looked at
//! once, before the first byte.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use waxwing_app::{Error, Result};
use waxwing_domain::WorkspaceId;

/// With less than this free, in bytes, nothing is gathered. Far above what the ballast of the server keeps for writing.
const FLOOR: u64 = 256 << 20;

/// By data directory, for one process may serve several in tests.
static GATHERING: Mutex<BTreeSet<(PathBuf, i64)>> = Mutex::new(BTreeSet::new());

/// Held while evidence of one workspace is gathered.
#[derive(Debug)]
pub(super) struct Turn((PathBuf, i64));

impl Turn {
    /// Takes the turn.
    ///
    /// # Errors
    /// [`Error::Conflict`] while another gathering of the workspace runs, and where too little room is left.
    pub(super) fn take(data: &Path, workspace: WorkspaceId) -> Result<Self> {
        let free = rustix::fs::statvfs(data).map(|disk| disk.f_bavail.saturating_mul(disk.f_frsize));
        if free.is_ok_and(|free| free < FLOOR) {
            let why =
                "Less than 256 MiB are free on the disk of the data directory. Make room, then gather the evidence.";
            return Err(Error::Conflict(why.into()));
        }
        let turn = (data.to_owned(), workspace.as_i64());
        let begun = GATHERING.lock().unwrap_or_else(PoisonError::into_inner).insert(turn.clone());
        begun.then_some(Self(turn)).ok_or_else(|| {
            Error::Conflict("Evidence of this workspace is being gathered. Wait until that is done.".into())
        })
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        GATHERING.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_workspace_gathers_once_at_a_time_and_others_beside_it() {
        let dir = tempfile::tempdir().expect("a directory");
        let one = WorkspaceId::from_i64(1);
        let turn = Turn::take(dir.path(), one).expect("free");
        assert!(matches!(Turn::take(dir.path(), one), Err(Error::Conflict(_))));
        drop(Turn::take(dir.path(), WorkspaceId::from_i64(2)).expect("another workspace"));
        drop(turn);
        drop(Turn::take(dir.path(), one).expect("free again"));
    }
}
