//! Many rows in one statement: multi-row `VALUES` on SQLite, `UNNEST` on PostgreSQL.

use crate::{Engine, StoreError, Value};
use sqlx::AssertSqlSafe;
use waxwing_domain::WorkspaceId;

/// The type of a column of a [`Bulk`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Column {
    /// `BIGINT`.
    Int,
    /// `TEXT`.
    Text,
    /// Bytes.
    Blob,
}

impl Column {
    const fn postgres(self) -> &'static str {
        match self {
            Column::Int => "bigint",
            Column::Text => "text",
            Column::Blob => "bytea",
        }
    }
}

/// A multi-row insert into a table of a workspace. Made by [`bulk!`](crate::bulk).
pub struct Bulk {
    /// Module and name.
    pub name: &'static str,
    /// The table; `workspace_id` is its first column and is bound by the transaction.
    pub table: &'static str,
    /// The other columns.
    pub columns: &'static [(&'static str, Column)],
    /// What to do on conflict, or nothing.
    pub conflict: &'static str,
}

inventory::collect!(&'static Bulk);

/// Rows a statement: few sizes, so that few texts are prepared.
const SIZES: [usize; 4] = [512, 64, 8, 1];

impl Bulk {
    fn head(&self) -> String {
        let names: Vec<&str> = self.columns.iter().map(|(name, _)| *name).collect();
        format!("INSERT INTO {} (workspace_id, {})", self.table, names.join(", "))
    }

    /// The text of one statement of `rows` rows.
    pub fn text(&self, engine: Engine, workspace: WorkspaceId, rows: usize) -> String {
        match engine {
            // The workspace is a number of our own, written out: anonymous parameters bind four
            // times faster here than numbered ones, whose names SQLite looks up one by one.
            Engine::Sqlite => {
                let row = format!("({}{})", workspace.as_i64(), ", ?".repeat(self.columns.len()));
                format!("{} VALUES {} {}", self.head(), vec![row; rows].join(", "), self.conflict)
            }
            Engine::Postgres => {
                let arrays: Vec<String> = self
                    .columns
                    .iter()
                    .enumerate()
                    .map(|(i, (_, column))| format!("${}::{}[]", i + 2, column.postgres()))
                    .collect();
                format!("{} SELECT $1, * FROM UNNEST({}) {}", self.head(), arrays.join(", "), self.conflict)
            }
        }
    }

    pub(crate) async fn run_sqlite(
        &self,
        workspace: WorkspaceId,
        rows: Vec<Vec<Value>>,
        connection: &mut sqlx::SqliteConnection,
    ) -> Result<u64, StoreError> {
        let mut affected = 0;
        let mut rows = rows.into_iter().peekable();
        while rows.peek().is_some() {
            let size = SIZES.iter().copied().find(|&s| rows.len() >= s).unwrap_or(1);
            let text = self.text(Engine::Sqlite, workspace, size);
            let mut query = sqlx::query::<sqlx::Sqlite>(sqlx::SqlSafeStr::into_sql_str(AssertSqlSafe(text)));
            for value in rows.by_ref().take(size).flatten() {
                query = match value {
                    Value::Int(v) => query.bind(v),
                    Value::Text(v) => query.bind(v),
                    Value::Blob(v) => query.bind(v),
                    Value::Ints(_) | Value::Texts(_) | Value::Blobs(_) => return Err(self.mismatch()),
                };
            }
            let done = query.execute(&mut *connection).await.map_err(|e| StoreError::from_sqlx(e, self.name))?;
            affected += done.rows_affected();
        }
        Ok(affected)
    }

    pub(crate) async fn run_postgres(
        &self,
        workspace: WorkspaceId,
        rows: Vec<Vec<Value>>,
        connection: &mut sqlx::PgConnection,
    ) -> Result<u64, StoreError> {
        let text = self.text(Engine::Postgres, workspace, rows.len());
        let mut query = sqlx::query::<sqlx::Postgres>(sqlx::SqlSafeStr::into_sql_str(AssertSqlSafe(text)));
        query = query.bind(workspace.as_i64());
        let kinds: Vec<Column> = self.columns.iter().map(|(_, kind)| *kind).collect();
        for column in turn(&kinds, rows).ok_or_else(|| self.mismatch())? {
            query = column.bind_to(query);
        }
        let done = query.execute(connection).await.map_err(|e| StoreError::from_sqlx(e, self.name))?;
        Ok(done.rows_affected())
    }

    fn mismatch(&self) -> StoreError {
        StoreError::Statement { name: self.name, code: "values do not fit the columns".into() }
    }

    pub(crate) fn check(&self, rows: &[Vec<Value>]) -> Result<(), StoreError> {
        if rows.iter().all(|row| row.len() == self.columns.len()) { Ok(()) } else { Err(self.mismatch()) }
    }
}

/// A multi-row insert into any table, the workspace among its columns: for restoring a backup.
pub(crate) struct Shape<'a> {
    /// Whom to name in errors.
    pub name: &'static str,
    /// The table; from the schema, never from a file.
    pub table: &'a str,
    /// All its columns; from the schema too.
    pub columns: &'a [(String, Column)],
    /// What to do on conflict, or nothing.
    pub conflict: &'a str,
}

/// SQLite takes at most 32,766 values a statement.
const MOST_VALUES: usize = 32_000;

impl Shape<'_> {
    fn head(&self) -> String {
        let names: Vec<&str> = self.columns.iter().map(|(name, _)| name.as_str()).collect();
        format!("INSERT INTO {} ({})", self.table, names.join(", "))
    }

    fn mismatch(&self) -> StoreError {
        StoreError::Statement { name: self.name, code: "values do not fit the columns".into() }
    }

    pub(crate) async fn run_sqlite(
        &self,
        rows: Vec<Vec<Value>>,
        connection: &mut sqlx::SqliteConnection,
    ) -> Result<(), StoreError> {
        let most = SIZES[0].min(MOST_VALUES / self.columns.len().max(1));
        let row = format!("({})", vec!["?"; self.columns.len()].join(", "));
        for part in rows.chunks(most) {
            let text =
                format!("{} VALUES {} {}", self.head(), vec![row.as_str(); part.len()].join(", "), self.conflict);
            let mut query = sqlx::query::<sqlx::Sqlite>(sqlx::SqlSafeStr::into_sql_str(AssertSqlSafe(text)));
            for value in part.iter().flatten().cloned() {
                query = match value {
                    Value::Int(v) => query.bind(v),
                    Value::Text(v) => query.bind(v),
                    Value::Blob(v) => query.bind(v),
                    Value::Ints(_) | Value::Texts(_) | Value::Blobs(_) => return Err(self.mismatch()),
                };
            }
            query.execute(&mut *connection).await.map_err(|e| StoreError::from_sqlx(e, self.name))?;
        }
        Ok(())
    }

    pub(crate) async fn run_postgres(
        &self,
        rows: Vec<Vec<Value>>,
        connection: &mut sqlx::PgConnection,
    ) -> Result<(), StoreError> {
        let kinds: Vec<Column> = self.columns.iter().map(|(_, kind)| *kind).collect();
        let arrays: Vec<String> =
            kinds.iter().enumerate().map(|(i, kind)| format!("${}::{}[]", i + 1, kind.postgres())).collect();
        let text = format!("{} SELECT * FROM UNNEST({}) {}", self.head(), arrays.join(", "), self.conflict);
        let mut query = sqlx::query::<sqlx::Postgres>(sqlx::SqlSafeStr::into_sql_str(AssertSqlSafe(text)));
        for column in turn(&kinds, rows).ok_or_else(|| self.mismatch())? {
            query = column.bind_to(query);
        }
        query.execute(connection).await.map(drop).map_err(|e| StoreError::from_sqlx(e, self.name))
    }
}

/// Rows to columns; `None` when a value is not of its column's type.
fn turn(kinds: &[Column], rows: Vec<Vec<Value>>) -> Option<Vec<Turned>> {
    let mut columns: Vec<Turned> = kinds.iter().map(|kind| Turned::new(*kind, rows.len())).collect();
    for row in rows {
        if row.len() != columns.len() {
            return None;
        }
        for (column, value) in columns.iter_mut().zip(row) {
            column.push(value)?;
        }
    }
    Some(columns)
}

type PgQuery<'q> = sqlx::query::Query<'q, sqlx::Postgres, <sqlx::Postgres as sqlx::Database>::Arguments>;

enum Turned {
    Int(Vec<Option<i64>>),
    Text(Vec<Option<String>>),
    Blob(Vec<Option<Vec<u8>>>),
}

impl Turned {
    fn new(kind: Column, capacity: usize) -> Self {
        match kind {
            Column::Int => Turned::Int(Vec::with_capacity(capacity)),
            Column::Text => Turned::Text(Vec::with_capacity(capacity)),
            Column::Blob => Turned::Blob(Vec::with_capacity(capacity)),
        }
    }

    fn bind_to(self, query: PgQuery<'_>) -> PgQuery<'_> {
        match self {
            Turned::Int(v) => query.bind(v),
            Turned::Text(v) => query.bind(v),
            Turned::Blob(v) => query.bind(v),
        }
    }

    fn push(&mut self, value: Value) -> Option<()> {
        match (self, value) {
            (Turned::Int(column), Value::Int(v)) => column.push(v),
            (Turned::Text(column), Value::Text(v)) => column.push(v),
            (Turned::Blob(column), Value::Blob(v)) => column.push(v),
            _ => return None,
        }
        Some(())
    }
}

/// Declares a multi-row insert:
/// `bulk! { NAME, into "list_members" (list_id: Int, subject: Int, state: Text), "ON CONFLICT DO NOTHING" }`.
#[macro_export]
macro_rules! bulk {
    ($(#[$doc:meta])* $name:ident, into $table:literal ($($column:ident : $kind:ident),+ $(,)?), $conflict:expr $(,)?) => {
        $(#[$doc])*
        static $name: $crate::Bulk = $crate::Bulk {
            name: concat!(module_path!(), "::", stringify!($name)),
            table: $table,
            columns: &[$((stringify!($column), $crate::Column::$kind)),+],
            conflict: $conflict,
        };
        $crate::inventory::submit! { &$name }
    };
}
