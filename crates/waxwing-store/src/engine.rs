//! Opening a store on either engine.

use crate::record::{Classes, ReadWriter};
use crate::tx::NOBODY;
use crate::{KeyStore, StoreError, Tx};
use sqlx::Connection as _;
use sqlx::postgres::{PgPool, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous};
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use waxwing_domain::{Clock, Rng, WorkspaceId};

/// Which database engine.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Engine {
    /// Embedded, one file.
    Sqlite,
    /// A server, 15 or later.
    Postgres,
}

/// Where the data is.
#[derive(Clone)]
pub enum DatabaseUrl {
    /// A file.
    Sqlite(PathBuf),
    /// `postgres://…`; may hold a password.
    Postgres(String),
}

impl DatabaseUrl {
    /// Parses the setting; without one, a file in the data directory.
    pub fn parse(text: Option<&str>, data: &Path) -> Result<Self, StoreError> {
        match text {
            None | Some("") => Ok(Self::Sqlite(data.join("waxwing.db"))),
            Some(url) if url.starts_with("postgres://") || url.starts_with("postgresql://") => {
                Ok(Self::Postgres(url.to_owned()))
            }
            Some(_) => Err(StoreError::Setting(
                "the database setting must begin with postgres://, or be left out for the embedded database".into(),
            )),
        }
    }
    /// Which engine it names.
    pub const fn engine(&self) -> Engine {
        match self {
            Self::Sqlite(_) => Engine::Sqlite,
            Self::Postgres(_) => Engine::Postgres,
        }
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "sqlite {}", path.display()),
            Self::Postgres(_) => f.write_str("postgres (address withheld)"),
        }
    }
}

/// What a store is opened with.
pub struct StoreOptions {
    /// Where the data is.
    pub database: DatabaseUrl,
    /// The keys.
    pub keys: KeyStore,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// The chance.
    pub rng: Arc<dyn Rng>,
}

/// The one store. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    db: Db,
    keys: KeyStore,
    clock: Arc<dyn Clock>,
    rng: Arc<dyn Rng>,
    reads: ReadWriter,
    classes: Classes,
}

enum Db {
    Lite { write: SqlitePool, read: SqlitePool },
    Pg(PgPool),
}

impl Store {
    /// Connects, and brings the schema up to date.
    pub async fn open(options: StoreOptions) -> Result<Self, StoreError> {
        let db = match &options.database {
            DatabaseUrl::Sqlite(path) => connect_sqlite(path).await?,
            DatabaseUrl::Postgres(url) => connect_postgres(url).await?,
        };
        let StoreOptions { keys, clock, rng, .. } = options;
        let store = Self {
            inner: Arc::new(Inner { db, keys, clock, rng, reads: ReadWriter::new(), classes: Classes::default() }),
        };
        crate::migrate::migrate(&store).await?;
        Ok(store)
    }

    /// Begins a transaction that may write, bound to `workspace`.
    pub async fn begin(&self, workspace: WorkspaceId, name: &'static str) -> Result<Tx, StoreError> {
        self.know(workspace)?;
        let fail = |e| StoreError::from_sqlx(e, name);
        Ok(match &self.inner.db {
            Db::Lite { write, .. } => {
                Tx::lite(write.begin_with("BEGIN IMMEDIATE").await.map_err(fail)?, workspace, name)
            }
            Db::Pg(pool) => Tx::pg(pool.begin().await.map_err(fail)?, workspace, name),
        })
    }

    /// Begins a transaction that only reads: a stable snapshot beside the writer on SQLite.
    pub async fn read(&self, workspace: WorkspaceId, name: &'static str) -> Result<Tx, StoreError> {
        self.know(workspace)?;
        let fail = |e| StoreError::from_sqlx(e, name);
        Ok(match &self.inner.db {
            Db::Lite { read, .. } => Tx::lite(read.begin().await.map_err(fail)?, workspace, name),
            Db::Pg(pool) => Tx::pg(
                pool.begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await.map_err(fail)?,
                workspace,
                name,
            ),
        })
    }

    /// Begins a transaction that only reads, of nobody yet: for finding out by a statement of the
    /// installation whose a token is. [`Tx::enter`] then binds it.
    pub async fn read_unbound(&self, name: &'static str) -> Result<Tx, StoreError> {
        self.read(NOBODY, name).await
    }

    /// Which engine.
    pub fn engine(&self) -> Engine {
        match self.inner.db {
            Db::Lite { .. } => Engine::Sqlite,
            Db::Pg(_) => Engine::Postgres,
        }
    }
    /// The keys.
    pub fn keys(&self) -> &KeyStore {
        &self.inner.keys
    }
    /// The time.
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.inner.clock
    }
    /// The chance.
    pub fn rng(&self) -> &Arc<dyn Rng> {
        &self.inner.rng
    }
    pub(crate) fn classes(&self) -> &Classes {
        &self.inner.classes
    }
    pub(crate) fn reads(&self) -> &ReadWriter {
        &self.inner.reads
    }

    /// Prepares a text on the engine without running it; for the coverage test.
    pub async fn prepare(&self, text: &str) -> Result<(), String> {
        use sqlx::{AssertSqlSafe, Executor as _, SqlSafeStr as _};
        let sql = AssertSqlSafe(text.to_owned()).into_sql_str();
        match &self.inner.db {
            Db::Lite { write, .. } => write.prepare(sql).await.map(drop),
            Db::Pg(pool) => pool.prepare(sql).await.map(drop),
        }
        .map_err(|e| e.to_string())
    }

    /// On SQLite moves the write-ahead log into the file and empties it, so that erased keys do
    /// not linger there. Does nothing on PostgreSQL.
    pub async fn checkpoint(&self) -> Result<(), StoreError> {
        if let Db::Lite { write, .. } = &self.inner.db {
            sqlx::raw_sql("PRAGMA wal_checkpoint(TRUNCATE)")
                .execute(write)
                .await
                .map_err(|e| StoreError::from_sqlx(e, "checkpoint"))?;
        }
        Ok(())
    }

    /// Closes all connections.
    pub async fn close(&self) {
        match &self.inner.db {
            Db::Lite { write, read } => {
                read.close().await;
                write.close().await;
            }
            Db::Pg(pool) => pool.close().await,
        }
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Store({:?})", self.engine())
    }
}

async fn connect_sqlite(path: &Path) -> Result<Db, StoreError> {
    let fail = |e| StoreError::from_sqlx(e, "connect");
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        // Record and ledger promise durability: every commit reaches the disk.
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(Duration::from_secs(30))
        .pragma("secure_delete", "ON")
        .pragma("temp_store", "MEMORY")
        .pragma("trusted_schema", "OFF")
        .pragma("cache_size", "-32768")
        .pragma("journal_size_limit", "67108864")
        .statement_cache_capacity(256)
        .row_buffer_size(512);
    let write = SqlitePoolOptions::new()
        .max_connections(1)
        .acquire_timeout(Duration::from_secs(60))
        // On a full disk SQLite rolls back by itself, and the driver goes on counting the transaction
        // as open: such a connection can begin nothing any more, and is replaced.
        .before_acquire(|connection, _| Box::pin(async move { Ok(!connection.is_in_transaction()) }))
        .connect_with(options.clone())
        .await
        .map_err(fail)?;
    let read = SqlitePoolOptions::new()
        .max_connections(6)
        .acquire_timeout(Duration::from_secs(30))
        .connect_with(options.pragma("query_only", "ON").pragma("cache_size", "-8192"))
        .await
        .map_err(fail)?;
    Ok(Db::Lite { write, read })
}

async fn connect_postgres(url: &str) -> Result<Db, StoreError> {
    let pool = PgPoolOptions::new()
        .max_connections(16)
        // A database that is gone must soon be said to be gone: whoever waits is told to come back.
        .acquire_timeout(Duration::from_secs(5))
        .connect_with(crate::postgres::options(url)?)
        .await
        .map_err(|e| StoreError::from_sqlx(e, "connect"))?;
    Ok(Db::Pg(pool))
}
