//! What an operator asks first: does the work get done, does the record keep up, is the clock sane?

use crate::{Store, StoreError, args, schema_version, statement};
use waxwing_domain::{Micros, WorkspaceId};

statement! { JOBS,
"SELECT CAST(COALESCE(SUM(CASE WHEN state = 'ready' AND run_at < $2 THEN 1 ELSE 0 END), 0) AS BIGINT),
       CAST(COALESCE(SUM(CASE WHEN state = 'failed' AND finished_at > $3 THEN 1 ELSE 0 END), 0) AS BIGINT),
       CAST(COALESCE(MAX(created_at), 0) AS BIGINT)
     FROM jobs WHERE workspace_id = $1" }
statement! { PENDING, "SELECT COUNT(*) FROM record_pending WHERE workspace_id = $1" }
statement! { HEAD_TIME, "SELECT updated_at FROM record_heads WHERE workspace_id = $1" }
statement! { EPOCH, "SELECT current_epoch FROM workspaces WHERE id = $1" }
statement! { system RUNNER, "SELECT until FROM leases WHERE name = 'jobs.runner'" }

/// How late a job may be before it counts as overdue.
const OVERDUE: i64 = Micros::MINUTE;
/// How far back failed jobs count.
const RECENT: i64 = 7 * Micros::DAY;

/// The state of one workspace's engine room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Health {
    /// Jobs that should have begun more than a minute ago.
    pub overdue: i64,
    /// Jobs given up in the last seven days.
    pub failed: i64,
    /// Whether some process holds the lease of the runner.
    pub runner: bool,
    /// Record entries without a number yet.
    pub unnumbered: i64,
    /// How far the newest row lies in the future, in microseconds; 0 when the clock is sane.
    pub ahead: i64,
    /// The epoch of keys that the database wraps under.
    pub epoch: i64,
    /// The version of the schema.
    pub schema: i64,
}

impl Store {
    /// Reads the state of a workspace's engine room.
    pub async fn health(&self, workspace: WorkspaceId) -> Result<Health, StoreError> {
        let now = self.clock().now();
        let mut tx = self.read(workspace, "health").await?;
        let times = args![now.plus(-OVERDUE), now.plus(-RECENT)];
        let (overdue, failed, newest) = tx.one(&JOBS, times, |r| Ok((r.int(0)?, r.int(1)?, r.time(2)?))).await?;
        let head = tx.one(&HEAD_TIME, args![], |r| r.time(0)).await?;
        let until = tx.optional(&RUNNER, args![], |r| r.time(0)).await?;
        Ok(Health {
            overdue,
            failed,
            runner: until.is_some_and(|until| until > now),
            unnumbered: tx.one(&PENDING, args![], |r| r.int(0)).await?,
            ahead: newest.max(head).since(now).max(0),
            epoch: tx.one(&EPOCH, args![], |r| r.int(0)).await?,
            schema: schema_version(),
        })
    }
}
