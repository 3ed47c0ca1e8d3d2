//! Workspaces, and the numbers of people in them.

use crate::{KeyStoreError, Row, Store, StoreError, Tx, args, statement};
use std::ops::Range;
use std::sync::Arc;
use waxwing_crypto::{KeyRing, RingError};
use waxwing_domain::{SubjectNo, WorkspaceId, WorkspaceWord};

statement! { INSERT, "INSERT INTO workspaces (id, name, next_subject, current_epoch, created_at, word) VALUES ($1, $2, $3, $4, $5, $6)" }
statement! { INSERT_GATE, "INSERT INTO gate (workspace_id, epoch, level, changed_at) VALUES ($1, 1, 'normal', $2)" }
statement! { INSERT_FENCES, "INSERT INTO key_fences (workspace_id, kind, minimum) VALUES ($1, 'secrets', 1), ($1, 'files', 1), ($1, 'people', 1)" }
statement! { system LIST, "SELECT id, name, word FROM workspaces ORDER BY id" }
statement! { ALLOCATE,
"UPDATE workspaces SET next_subject = next_subject + $2 WHERE id = $1 RETURNING next_subject - $2, current_epoch" }
statement! { system SET_EPOCH, "UPDATE workspaces SET current_epoch = $1" }
statement! { RAISE, "UPDATE workspaces SET next_subject = $2 WHERE id = $1 AND next_subject < $2" }

/// How far ahead of use the key ring's mark is kept, so that the ring is not rewritten for each person.
const MARK_AHEAD: u32 = 1 << 20;

/// A workspace.
#[derive(Debug, Clone)]
pub struct Workspace {
    /// Its id.
    pub id: WorkspaceId,
    /// Its name.
    pub name: String,
    /// What people type to mean it.
    pub word: WorkspaceWord,
}

/// Numbers for new people, and the epoch under which their keys must be wrapped.
pub struct Allocation {
    /// The numbers.
    pub subjects: Range<u32>,
    /// The keys as of the lock on the workspace's row: a rotation that begins later waits for us.
    pub(crate) ring: Arc<KeyRing>,
}

impl Allocation {
    /// The epoch under which keys are wrapped: a batch sealed beside its transaction must find it
    /// unchanged when it is written, or a rotation would miss its keys.
    pub fn epoch(&self) -> u32 {
        self.ring.current_epoch().get()
    }
}

impl Store {
    /// The workspaces of the installation, the oldest first. Keys of one that another process made
    /// since are read in.
    pub async fn workspaces(&self) -> Result<Vec<Workspace>, StoreError> {
        self.workspaces_in(&mut self.read_unbound("workspaces.list").await?).await
    }

    /// The same as `tx` sees them.
    pub async fn workspaces_in(&self, tx: &mut Tx) -> Result<Vec<Workspace>, StoreError> {
        let all = tx.all(&LIST, args![], read).await?;
        all.iter().try_for_each(|workspace| self.know(workspace.id))?;
        Ok(all)
    }

    /// Creates a workspace with the word that its name suggests.
    ///
    /// # Errors
    /// As [`create_workspace_called`](Self::create_workspace_called).
    pub async fn create_workspace(&self, name: &str) -> Result<WorkspaceId, StoreError> {
        self.create_workspace_called(&WorkspaceWord::suggested_by(name), name).await
    }

    /// Creates a workspace with its keys and its gate. The keys are saved before the row exists.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] for a word that another workspace has.
    pub async fn create_workspace_called(&self, word: &WorkspaceWord, name: &str) -> Result<WorkspaceId, StoreError> {
        if self.workspaces().await?.iter().any(|known| known.word == *word) {
            return Err(StoreError::Conflict("workspaces"));
        }
        let id = WorkspaceId::fresh(&**self.clock(), &**self.rng());
        let rng = self.rng().clone();
        let now = self.clock().now();
        let epoch = self.keys().change(|ring| {
            ring.add_workspace(id, now, &*rng).map_err(refused)?;
            Ok(ring.current_epoch())
        })?;
        let mut tx = self.begin(id, "workspaces.create").await?;
        tx.exec(&INSERT, args![name, 1_i64, epoch.get(), now, word.as_str()]).await?;
        tx.exec(&INSERT_GATE, args![now]).await?;
        tx.exec(&INSERT_FENCES, args![]).await?;
        crate::record::open_log(self, &mut tx, now).await?;
        tx.commit().await?;
        Ok(id)
    }

    /// Reads the key ring anew when this process has not seen the keys of a workspace yet: another
    /// process may have made it.
    pub(crate) fn know(&self, workspace: WorkspaceId) -> Result<(), StoreError> {
        if workspace.as_i64() != 0 && self.keys().ring().workspace(workspace).is_err() {
            self.keys().reload()?;
        }
        Ok(())
    }

    /// Takes `count` numbers that were never given and never will be again, also after a restore.
    pub async fn allocate_subjects(&self, tx: &mut Tx, count: u32) -> Result<Allocation, StoreError> {
        let workspace = tx.workspace();
        let (first, epoch) = tx.one(&ALLOCATE, args![i64::from(count)], |r| Ok((r.int(0)?, r.int(1)?))).await?;
        let first = SubjectNo::from_i64(first).map_err(|_| exhausted())?.get();
        let end = first.checked_add(count).ok_or_else(exhausted)?;
        if end > self.keys().ring().subject_high_water(workspace).map_err(refused)? {
            let mark = end.saturating_add(MARK_AHEAD);
            self.keys().change(|ring| ring.raise_subject_high_water(workspace, mark).map_err(refused))?;
        }
        // Another process may have begun an epoch: ours must not be older than the database's.
        if i64::from(self.keys().ring().current_epoch().get()) < epoch {
            self.keys().reload()?;
        }
        let ring = self.keys().ring();
        if i64::from(ring.current_epoch().get()) < epoch {
            return Err(StoreError::Damaged(
                "the key ring is older than the database; put the newest key backup in place".into(),
            ));
        }
        Ok(Allocation { subjects: first..end, ring })
    }

    /// Makes `epoch` the one under which new people's keys are wrapped, in every workspace.
    pub async fn switch_epoch(&self, tx: &mut Tx, epoch: u32) -> Result<(), StoreError> {
        tx.exec(&SET_EPOCH, args![epoch]).await.map(drop)
    }

    /// After a restore: no number below the key ring's mark is given again.
    pub async fn skip_used_subjects(&self, tx: &mut Tx) -> Result<(), StoreError> {
        let mark = self.keys().ring().subject_high_water(tx.workspace()).map_err(refused)?;
        tx.exec(&RAISE, args![mark]).await.map(drop)
    }
}

fn read(row: &Row<'_>) -> Result<Workspace, StoreError> {
    let word = row.word(2, |text| text.parse().ok())?;
    Ok(Workspace { id: WorkspaceId::from_i64(row.int(0)?), name: row.text(1)?, word })
}

fn refused(error: RingError) -> KeyStoreError {
    KeyStoreError::Refused(error.to_string())
}

fn exhausted() -> StoreError {
    StoreError::Setting("this workspace has given all of its 4,294,967,295 numbers for people".into())
}
