//! Named transactions, bound to one workspace.

use crate::bulk::Shape;
use crate::reseal::Bound;
use crate::row::Cells;
use crate::{Bulk, Engine, Row, Scope, Statement, StoreError, Value};
use sqlx::{Postgres, Sqlite, Transaction};
use std::collections::BTreeSet;
use std::sync::Arc;
use waxwing_domain::{ListId, Rights, WorkspaceId};

/// The workspace of what belongs to none. No row has it but counters of the installation.
pub(crate) const NOBODY: WorkspaceId = WorkspaceId::from_i64(0);

/// A transaction. Dropped without [`commit`](Tx::commit), it never happened.
///
/// SQLite has one writer: while this is open no other write goes on, so no network call may
/// stand between `begin` and `commit`.
pub struct Tx {
    inner: Inner,
    workspace: WorkspaceId,
    name: &'static str,
    lists: Option<Arc<BTreeSet<ListId>>>,
    coarse: bool,
    /// The epoch of the gate that this must still find when it commits.
    pub(crate) entered: Option<i64>,
    /// The oldest keys of the workspace that sealed what this writes.
    pub(crate) bound: Bound,
}

enum Inner {
    Lite(Transaction<'static, Sqlite>),
    Pg(Transaction<'static, Postgres>),
}

impl Tx {
    pub(crate) fn lite(tx: Transaction<'static, Sqlite>, workspace: WorkspaceId, name: &'static str) -> Self {
        Self {
            inner: Inner::Lite(tx),
            workspace,
            name,
            lists: None,
            coarse: false,
            entered: None,
            bound: Bound::default(),
        }
    }
    pub(crate) fn pg(tx: Transaction<'static, Postgres>, workspace: WorkspaceId, name: &'static str) -> Self {
        Self {
            inner: Inner::Pg(tx),
            workspace,
            name,
            lists: None,
            coarse: false,
            entered: None,
            bound: Bound::default(),
        }
    }

    /// Binds a transaction that was begun [unbound](crate::Store::read_unbound) to the workspace
    /// that a statement of the installation found.
    ///
    /// # Errors
    /// When it is bound already: nothing goes from one workspace to another.
    pub fn enter(self, workspace: WorkspaceId) -> Result<Self, StoreError> {
        match self.workspace {
            NOBODY => Ok(Self { workspace, ..self }),
            _ => Err(StoreError::Statement { name: self.name, code: "entered two workspaces".into() }),
        }
    }

    /// The same for somebody with these rights: whatever loads lists or people takes a transaction, and
    /// keeps to what it [`sees`](Self::sees); whatever counts people says what may be [`shown`](Self::shown).
    pub fn bound_by(self, rights: &Rights) -> Self {
        Self { lists: rights.lists.clone(), coarse: rights.counts_only(), ..self }
    }
    /// A number of people as this transaction's asker may see it: whoever sees no people sees numbers
    /// rounded up to tens, so that none says anything of fewer than ten people. Zero stays zero.
    pub const fn shown(&self, people: i64) -> i64 {
        if self.coarse { people.saturating_add(9) / 10 * 10 } else { people }
    }
    /// Whether this transaction may touch a list.
    pub fn sees(&self, list: ListId) -> bool {
        self.lists.as_ref().is_none_or(|lists| lists.contains(&list))
    }
    /// The lists that it is limited to, as values of a statement; `None` where it is not limited.
    pub fn limit(&self) -> Option<Vec<i64>> {
        self.lists.as_ref().map(|lists| lists.iter().map(|list| list.as_i64()).collect())
    }

    /// The workspace that every workspace statement is bound to.
    pub const fn workspace(&self) -> WorkspaceId {
        self.workspace
    }
    /// The name given to `begin`.
    pub const fn name(&self) -> &'static str {
        self.name
    }
    /// Which engine this runs on; only for choosing batch sizes, never SQL.
    pub const fn engine(&self) -> Engine {
        match self.inner {
            Inner::Lite(_) => Engine::Sqlite,
            Inner::Pg(_) => Engine::Postgres,
        }
    }

    /// Makes all of it durable.
    ///
    /// # Errors
    /// [`StoreError::GateMoved`] for a request that was let in under another epoch of the gate; [`StoreError::KeysMoved`]
    /// where a value was sealed under a key that is being replaced: the same, done again, takes the new one.
    pub async fn commit(mut self) -> Result<(), StoreError> {
        self.hold_gate().await?;
        self.hold_keys().await?;
        match self.inner {
            Inner::Lite(tx) => tx.commit().await,
            Inner::Pg(tx) => tx.commit().await,
        }
        .map_err(|e| StoreError::from_sqlx(e, self.name))
    }

    /// Runs a statement; gives the number of rows it touched.
    pub async fn exec(&mut self, statement: &'static Statement, args: Vec<Value>) -> Result<u64, StoreError> {
        let args = self.complete(statement, args)?;
        match &mut self.inner {
            Inner::Lite(tx) => {
                let query = bind_lite(sqlx::query(statement.text(Engine::Sqlite)), args);
                query.execute(&mut **tx).await.map(|done| done.rows_affected())
            }
            Inner::Pg(tx) => {
                let query = bind_pg(sqlx::query(statement.text(Engine::Postgres)), args);
                query.execute(&mut **tx).await.map(|done| done.rows_affected())
            }
        }
        .map_err(|e| StoreError::from_sqlx(e, statement.name))
    }

    /// Runs a statement and maps every row.
    pub async fn all<T>(
        &mut self,
        statement: &'static Statement,
        args: Vec<Value>,
        map: impl Fn(&Row<'_>) -> Result<T, StoreError>,
    ) -> Result<Vec<T>, StoreError> {
        let args = self.complete(statement, args)?;
        let name = statement.name;
        match &mut self.inner {
            Inner::Lite(tx) => {
                let query = bind_lite(sqlx::query(statement.text(Engine::Sqlite)), args);
                let rows = query.fetch_all(&mut **tx).await.map_err(|e| StoreError::from_sqlx(e, name))?;
                rows.iter().map(|row| map(&Row { cells: Cells::Lite(row), statement: name })).collect()
            }
            Inner::Pg(tx) => {
                let query = bind_pg(sqlx::query(statement.text(Engine::Postgres)), args);
                let rows = query.fetch_all(&mut **tx).await.map_err(|e| StoreError::from_sqlx(e, name))?;
                rows.iter().map(|row| map(&Row { cells: Cells::Pg(row), statement: name })).collect()
            }
        }
    }

    /// Runs a statement that gives at most one row.
    pub async fn optional<T>(
        &mut self,
        statement: &'static Statement,
        args: Vec<Value>,
        map: impl Fn(&Row<'_>) -> Result<T, StoreError>,
    ) -> Result<Option<T>, StoreError> {
        let mut rows = self.all(statement, args, map).await?;
        if rows.len() > 1 {
            return Err(StoreError::Statement { name: statement.name, code: "more than one row".into() });
        }
        Ok(rows.pop())
    }

    /// Runs a statement that gives exactly one row.
    pub async fn one<T>(
        &mut self,
        statement: &'static Statement,
        args: Vec<Value>,
        map: impl Fn(&Row<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.optional(statement, args, map).await?.ok_or(StoreError::Missing(statement.name))
    }

    /// Inserts many rows; gives the number inserted (conflicts that do nothing are not counted).
    pub async fn bulk(&mut self, bulk: &'static Bulk, rows: Vec<Vec<Value>>) -> Result<u64, StoreError> {
        bulk.check(&rows)?;
        if rows.is_empty() {
            return Ok(0);
        }
        self.bound.note(rows.iter().flatten());
        match &mut self.inner {
            Inner::Lite(tx) => bulk.run_sqlite(self.workspace, rows, tx).await,
            Inner::Pg(tx) => bulk.run_postgres(self.workspace, rows, tx).await,
        }
    }

    /// Puts the workspace first and asserts the count: SQLite would read a missing value as null.
    fn complete(&mut self, statement: &'static Statement, mut args: Vec<Value>) -> Result<Vec<Value>, StoreError> {
        if statement.scope == Scope::Workspace {
            args.insert(0, Value::Int(Some(self.workspace.as_i64())));
        }
        let expected = statement.arity(self.engine());
        if args.len() == expected {
            self.bound.note(&args);
            return Ok(args);
        }
        let code = format!("takes {expected} values, was given {}", args.len());
        Err(StoreError::Statement { name: statement.name, code })
    }

    /// Hands every row of a text that the backup made itself to `each`, without holding them all.
    pub(crate) async fn each_raw(
        &mut self,
        text: String,
        mut each: impl FnMut(&Row<'_>) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        use futures::TryStreamExt as _;
        use sqlx::{AssertSqlSafe, SqlSafeStr as _};
        let name = self.name;
        let fail = |e| StoreError::from_sqlx(e, name);
        let text = AssertSqlSafe(text).into_sql_str();
        match &mut self.inner {
            Inner::Lite(tx) => {
                let mut rows = sqlx::query::<Sqlite>(text).fetch(&mut **tx);
                while let Some(row) = rows.try_next().await.map_err(fail)? {
                    each(&Row { cells: Cells::Lite(&row), statement: name })?;
                }
            }
            Inner::Pg(tx) => {
                let mut rows = sqlx::query::<Postgres>(text).fetch(&mut **tx);
                while let Some(row) = rows.try_next().await.map_err(fail)? {
                    each(&Row { cells: Cells::Pg(&row), statement: name })?;
                }
            }
        }
        Ok(())
    }

    /// Inserts rows by the texts of `shape`; the workspace is among their columns.
    pub(crate) async fn insert_raw(&mut self, shape: &Shape<'_>, rows: Vec<Vec<Value>>) -> Result<(), StoreError> {
        match &mut self.inner {
            Inner::Lite(tx) => shape.run_sqlite(rows, tx).await,
            Inner::Pg(tx) => shape.run_postgres(rows, tx).await,
        }
    }

    /// Goes on in another workspace: for work on the whole installation in one transaction.
    pub(crate) fn bind(&mut self, workspace: WorkspaceId) {
        self.workspace = workspace;
        // Versions of another workspace's keys say nothing here; who goes through all of them is alone.
        self.bound = Bound::default();
    }

    /// Runs one statement that the backup made itself; gives the number of rows it touched.
    pub(crate) async fn exec_raw(&mut self, text: String) -> Result<u64, StoreError> {
        use sqlx::{AssertSqlSafe, SqlSafeStr as _};
        let text = AssertSqlSafe(text).into_sql_str();
        match &mut self.inner {
            Inner::Lite(tx) => sqlx::query::<Sqlite>(text).execute(&mut **tx).await.map(|done| done.rows_affected()),
            Inner::Pg(tx) => sqlx::query::<Postgres>(text).execute(&mut **tx).await.map(|done| done.rows_affected()),
        }
        .map_err(|e| StoreError::from_sqlx(e, self.name))
    }

    /// Runs text that a migration or the backup made itself; never text from outside.
    pub(crate) async fn run_raw(&mut self, text: String) -> Result<(), StoreError> {
        use sqlx::{AssertSqlSafe, Executor as _};
        match &mut self.inner {
            Inner::Lite(tx) => tx.execute(sqlx::raw_sql(AssertSqlSafe(text))).await.map(drop),
            Inner::Pg(tx) => tx.execute(sqlx::raw_sql(AssertSqlSafe(text))).await.map(drop),
        }
        .map_err(|e| StoreError::from_sqlx(e, self.name))
    }
}

type LiteQuery<'q> = sqlx::query::Query<'q, Sqlite, <Sqlite as sqlx::Database>::Arguments>;
type PgQuery<'q> = sqlx::query::Query<'q, Postgres, <Postgres as sqlx::Database>::Arguments>;

fn bind_lite(mut query: LiteQuery<'_>, args: Vec<Value>) -> LiteQuery<'_> {
    for value in args {
        query = match value {
            Value::Int(v) => query.bind(v),
            Value::Text(v) => query.bind(v),
            Value::Blob(v) => query.bind(v),
            Value::Ints(v) => query.bind(json_ints(&v)),
            Value::Texts(v) => query.bind(serde_json::Value::from(v).to_string()),
            Value::Blobs(v) => {
                query.bind(serde_json::Value::from(v.iter().map(hex::encode).collect::<Vec<_>>()).to_string())
            }
        };
    }
    query
}

fn bind_pg(mut query: PgQuery<'_>, args: Vec<Value>) -> PgQuery<'_> {
    for value in args {
        query = match value {
            Value::Int(v) => query.bind(v),
            Value::Text(v) => query.bind(v),
            Value::Blob(v) => query.bind(v),
            Value::Ints(v) => query.bind(v),
            Value::Texts(v) => query.bind(v),
            Value::Blobs(v) => query.bind(v),
        };
    }
    query
}

fn json_ints(values: &[i64]) -> String {
    let mut text = String::with_capacity(values.len() * 8 + 2);
    text.push('[');
    for (i, value) in values.iter().enumerate() {
        if i > 0 {
            text.push(',');
        }
        text.push_str(&value.to_string());
    }
    text.push(']');
    text
}
