//! A store in a fresh place, on either engine, with time and chance in the test's hands.

use crate::neighbour::Neighbour;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _};
use std::sync::Arc;
use tempfile::TempDir;
use waxwing_domain::{Ctx, Rng as _, SystemRng, TestClock, WorkspaceId};
use waxwing_store::{DatabaseUrl, Engine, KeyFiles, KeyStore, Store, StoreOptions};

/// Where tests find a PostgreSQL that lets them create databases; `cargo xtask test` sets it.
pub const POSTGRES: &str = "WAXWING_TEST_POSTGRES";

/// Microseconds of 2026-12-01T09:00:00Z, when tests begin.
pub const START: i64 = 1_796_115_600_000_000;

/// A store of one test.
pub struct TestStore {
    /// The store.
    pub store: Store,
    /// Its only workspace.
    pub workspace: WorkspaceId,
    /// Who watches next door; looks a last time before the files go.
    pub neighbour: Neighbour,
    /// Its time.
    pub clock: Arc<TestClock>,
    /// Its files; deleted with this value.
    pub dir: TempDir,
    /// Where its database is, for opening it a second time.
    pub database: DatabaseUrl,
}

impl TestStore {
    /// A fresh store with a neighbour; `None`, with a word on stderr, when there is no PostgreSQL to test on.
    pub async fn open(engine: Engine) -> Option<Self> {
        let dir = TempDir::new().expect("a temporary directory");
        let data = dir.path().join("data");
        std::fs::create_dir(&data).expect("a data directory");
        let database = match engine {
            Engine::Sqlite => DatabaseUrl::Sqlite(data.join("waxwing.db")),
            Engine::Postgres => DatabaseUrl::Postgres(fresh_postgres().await?),
        };
        let clock = Arc::new(TestClock::at(START));
        let keys = KeyStore::create(KeyFiles::beside(&data), None, &*clock, Arc::new(SystemRng)).expect("fresh keys");
        let options = StoreOptions { database: database.clone(), keys, clock: clock.clone(), rng: Arc::new(SystemRng) };
        let store = Store::open(options).await.expect("a fresh database opens");
        let workspace = store.create_workspace("Test").await.expect("a workspace");
        let neighbour = Neighbour::plant(&database).await;
        Some(Self { store, workspace, neighbour, clock, dir, database })
    }

    /// A context with all rights.
    pub fn ctx(&self) -> Ctx {
        Ctx::host(self.workspace, self.clock.clone(), Arc::new(SystemRng))
    }
}

/// A fresh database on the test server.
pub async fn fresh_postgres() -> Option<String> {
    let Ok(server) = std::env::var(POSTGRES) else {
        #[expect(clippy::print_stderr, reason = "a skipped test must say so")]
        {
            eprintln!("SKIPPED on PostgreSQL: {POSTGRES} is not set; cargo xtask test sets it");
        }
        return None;
    };
    let mut bytes = [0u8; 8];
    SystemRng.fill(&mut bytes);
    let name = format!("waxwing_test_{:016x}", u64::from_le_bytes(bytes));
    let mut connection = sqlx::PgConnection::connect(&server).await.expect("the test PostgreSQL answers");
    connection.execute(sqlx::raw_sql(AssertSqlSafe(format!("CREATE DATABASE {name}")))).await.expect("a database");
    let (base, _) = server.rsplit_once('/').expect("the address names a database");
    Some(format!("{base}/{name}"))
}

/// Declares a test that runs on both engines: `store_test! { async fn name(t) { … } }`.
#[macro_export]
macro_rules! store_test {
    ($($(#[$doc:meta])* async fn $name:ident($t:ident) $body:block)+) => {$(
        $(#[$doc])*
        mod $name {
            use super::*;
            async fn run($t: $crate::store::TestStore) $body

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_sqlite() {
                if let Some(t) = $crate::store::TestStore::open(waxwing_store::Engine::Sqlite).await {
                    run(t).await;
                }
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_postgres() {
                if let Some(t) = $crate::store::TestStore::open(waxwing_store::Engine::Postgres).await {
                    run(t).await;
                }
            }
        }
    )+};
}
