//! A point in the database at which work stalls until its process is killed, and questions from outside.
//!
//! Promise: a trigger that the test writes catches exactly the statement it names, in the middle of its
//! transaction, so that a power cut comes at a known step and not at a random moment. Limit: a stalled
//! transaction on the embedded database keeps everybody else from writing, as any would.

use crate::neighbour::Link;
use std::time::{Duration, Instant};
use waxwing_store::DatabaseUrl;

/// How long anything may take to come to the point.
const PATIENCE: Duration = Duration::from_secs(90);

/// Which statement stalls.
pub struct Point<'a> {
    /// The table.
    pub table: &'a str,
    /// `INSERT`, or `UPDATE`.
    pub on: &'a str,
    /// An SQL condition on `NEW` and `OLD`; the same for both engines.
    pub when: &'a str,
}

/// A database, from outside of the product.
pub struct Outside {
    link: Link,
}

impl Outside {
    /// Beside whatever has it open.
    pub async fn open(database: &DatabaseUrl) -> Self {
        Self { link: Link::open(database).await }
    }

    /// The first three columns of each row, as texts.
    pub async fn ask(&mut self, sql: &str) -> Vec<[String; 3]> {
        self.link.ask(sql.to_owned()).await
    }

    /// Runs a statement.
    pub async fn run(&mut self, sql: &str) {
        self.link.run(sql.to_owned()).await;
    }

    /// From now on the statement stalls, after it was done and before anything later.
    pub async fn stall(&mut self, at: &Point<'_>) {
        let Point { table, on, when } = at;
        if self.link.is_sqlite() {
            // Counting to a number that nobody reaches; a view, for a trigger may not hold a recursion itself.
            self.run(
                "CREATE VIEW IF NOT EXISTS stalled AS WITH RECURSIVE n(x) AS \
                 (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 9000000000000000) SELECT MAX(x) AS x FROM n",
            )
            .await;
            let body = "BEGIN SELECT x FROM stalled; END";
            self.run(&format!("CREATE TRIGGER stall AFTER {on} ON {table} WHEN {when} {body}")).await;
        } else {
            self.run(
                "CREATE OR REPLACE FUNCTION stalled() RETURNS trigger AS \
                 $$ BEGIN PERFORM pg_sleep(600); RETURN NULL; END $$ LANGUAGE plpgsql",
            )
            .await;
            let each = format!("FOR EACH ROW WHEN ({when}) EXECUTE FUNCTION stalled()");
            self.run(&format!("CREATE TRIGGER stall AFTER {on} ON {table} {each}")).await;
        }
    }

    /// Waits until something stalls.
    ///
    /// # Panics
    /// When nothing comes to the point within a minute and a half.
    pub async fn wait(&mut self) {
        let begun = Instant::now();
        while !self.is_stalled().await {
            assert!(begun.elapsed() < PATIENCE, "nothing came to the point");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    async fn is_stalled(&mut self) -> bool {
        if !self.link.is_sqlite() {
            let asleep = "SELECT COUNT(*)::text FROM pg_stat_activity \
                          WHERE datname = current_database() AND wait_event = 'PgSleep'";
            return self.ask(asleep).await[0][0] != "0";
        }
        // Nothing of the product holds the one writer for so long: a batch takes some tens of milliseconds.
        for _ in 0..40 {
            if !self.link.is_locked().await {
                return false;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        true
    }

    /// Once the process is gone: what it left in the database ends, its leases are over, and nothing stalls any more.
    pub async fn clear(&mut self, table: &str) {
        if self.link.is_sqlite() {
            self.run("DROP TRIGGER stall").await;
        } else {
            let end = "SELECT pg_terminate_backend(pid)::text FROM pg_stat_activity \
                       WHERE datname = current_database() AND pid <> pg_backend_pid()";
            self.ask(end).await;
            self.run(&format!("DROP TRIGGER stall ON {table}")).await;
        }
        // Ten seconds later, without waiting for them.
        self.run("UPDATE leases SET until = 0").await;
        self.run("UPDATE jobs SET lease_until = 0 WHERE state = 'leased'").await;
    }
}
