//! A neighbour: one row of another workspace in every table, and a watch over them.
//!
//! Promise: made from the schema itself, so that a new table is watched from its first day. Each
//! text of a row is the [`CANARY`], each id [`ID`], so that an answer that holds them is a leak; at
//! the end of the test the rows are compared, and a change fails it. Limit: the neighbour's rows are
//! of no use to anybody (it has no keys and is not in `workspaces`): a statement that forgets its
//! workspace and then fails on them shows itself by that failure.

use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection, SqliteConnection};
use std::collections::{BTreeMap, HashMap};
use waxwing_store::{DatabaseUrl, MIGRATIONS};

/// The text in every row.
pub const CANARY: &str = "canary-next-door";
/// The neighbour's number, and that of everything it has.
pub const ID: i64 = 7_777_777_777_777_777_777;
/// The number of each of its people.
pub const SUBJECT: u32 = 4_000_000_007;
/// Its key is another table's: without a workspace there is no gate.
const TABLES_WITHOUT: &[&str] = &["gate"];

/// A watch over the neighbour's rows. Looks at them a last time when it is dropped.
pub struct Neighbour {
    database: DatabaseUrl,
    before: Vec<String>,
}

impl Neighbour {
    /// Plants the neighbour; doing it twice plants it once.
    pub async fn plant(database: &DatabaseUrl) -> Self {
        let mut link = Link::open(database).await;
        let checks = checks();
        let tables = link.tables().await;
        let rows = tables.iter().map(|(table, columns)| insert(table, columns, &checks, link.is_sqlite()));
        // In one transaction: a durable commit each would be most of a test's time.
        link.run(format!("BEGIN; {}; COMMIT", rows.collect::<Vec<_>>().join("; "))).await;
        let before = link.rows(&tables).await;
        assert!(before.len() > 40, "the neighbour has {} rows only", before.len());
        Self { database: database.clone(), before }
    }

    /// Fails on an answer that holds anything of the neighbour.
    pub fn spot(answer: &str) {
        let id = waxwing_domain::ListId::from_i64(ID).to_string();
        for mark in [CANARY, &id, &ID.to_string(), &SUBJECT.to_string()] {
            assert!(!answer.contains(mark), "an answer shows the neighbour's {mark}: {answer}");
        }
    }

    /// What is different now.
    async fn changes(&self) -> Vec<String> {
        let mut link = Link::open(&self.database).await;
        let tables = link.tables().await;
        let now = link.rows(&tables).await;
        let gone = self.before.iter().filter(|row| !now.contains(row)).map(|row| format!("gone: {row}"));
        let new = now.iter().filter(|row| !self.before.contains(row)).map(|row| format!("new: {row}"));
        gone.chain(new).collect()
    }
}

impl Drop for Neighbour {
    /// On a thread of its own, for a destructor cannot wait inside the test's runtime.
    fn drop(&mut self) {
        if std::thread::panicking() {
            return;
        }
        let changes = std::thread::scope(|scope| {
            let look = scope.spawn(|| {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
                runtime.expect("a runtime").block_on(self.changes())
            });
            look.join().expect("the neighbour's rows can be read")
        });
        assert!(changes.is_empty(), "the neighbour's rows were touched: {changes:#?}");
    }
}

/// Table and column, and what a row must hold there: the last word of the list that the schema allows.
type Checks = HashMap<(String, String), String>;

/// Read from the migrations, where a check stands in the line of its column.
fn checks() -> Checks {
    let mut checks = Checks::new();
    for migration in MIGRATIONS {
        let mut table = String::new();
        for line in migration.text.lines() {
            if let Some(name) = line.strip_prefix("CREATE TABLE ").or_else(|| line.strip_prefix("ALTER TABLE ")) {
                table = name.split([' ', '(']).next().unwrap_or_default().to_owned();
            }
            // A table that was made anew has the checks of what took its place.
            if let Some((_, name)) = line.split_once(" RENAME TO ") {
                let name = name.trim_end_matches(';');
                let of = |((made, column), rule): (&(String, String), &String)| {
                    (*made == table).then(|| ((name.to_owned(), column.clone()), rule.clone()))
                };
                checks.extend(checks.iter().filter_map(of).collect::<Vec<_>>());
            }
            let Some((_, check)) = line.split_once("CHECK (") else { continue };
            let mut words = check.splitn(2, ' ');
            let (column, rule) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
            checks.insert((table.clone(), column.to_owned()), allowed(rule));
        }
    }
    checks
}

/// A value that `IN ('a', 'b')`, `IN (0, 1)`, `BETWEEN 1 AND 9` or `= 1` allows.
fn allowed(rule: &str) -> String {
    match rule.strip_prefix("IN (").and_then(|list| list.split(')').next()) {
        Some(list) => list.rsplit(", ").next().unwrap_or_default().to_owned(),
        None => rule.chars().filter(char::is_ascii_digit).take(1).collect(),
    }
}

fn insert(table: &str, columns: &[(String, String)], checks: &Checks, sqlite: bool) -> String {
    let value = |(name, kind): &(String, String)| match checks.get(&(table.to_owned(), name.clone())) {
        Some(allowed) => allowed.clone(),
        None => plain_value(name, &kind.to_lowercase(), sqlite),
    };
    let names: Vec<&str> = columns.iter().map(|(name, _)| name.as_str()).collect();
    let values: Vec<String> = columns.iter().map(value).collect();
    format!("INSERT INTO {table} ({}) VALUES ({}) ON CONFLICT DO NOTHING", names.join(", "), values.join(", "))
}

fn plain_value(name: &str, kind: &str, sqlite: bool) -> String {
    let bytes: String = CANARY.bytes().map(|byte| format!("{byte:02x}")).collect();
    match kind {
        "text" => format!("'{CANARY}'"),
        "integer" | "bigint" if name == "subject" => SUBJECT.to_string(),
        "integer" | "bigint" => ID.to_string(),
        _ if sqlite => format!("X'{bytes}'"),
        _ => format!("'\\x{bytes}'::bytea"),
    }
}

/// A connection of the watch's own, beside the store's.
pub(crate) enum Link {
    Lite(SqliteConnection),
    Pg(PgConnection),
}

impl Link {
    pub(crate) async fn open(database: &DatabaseUrl) -> Self {
        match database {
            DatabaseUrl::Sqlite(file) => {
                let options = sqlx::sqlite::SqliteConnectOptions::new().filename(file);
                let options = options.busy_timeout(std::time::Duration::from_secs(30));
                Self::Lite(SqliteConnection::connect_with(&options).await.expect("the neighbour's house stands"))
            }
            DatabaseUrl::Postgres(url) => Self::Pg(PgConnection::connect(url).await.expect("the database answers")),
        }
    }

    pub(crate) const fn is_sqlite(&self) -> bool {
        matches!(self, Self::Lite(_))
    }

    /// Whether somebody else is writing to the embedded database now.
    pub(crate) async fn is_locked(&mut self) -> bool {
        let Self::Lite(link) = self else { return false };
        let now = |sql: &'static str| sqlx::raw_sql(AssertSqlSafe(sql));
        link.execute(now("PRAGMA busy_timeout = 0")).await.expect("a setting");
        let begun = link.execute(now("BEGIN IMMEDIATE")).await;
        if begun.is_ok() {
            link.execute(now("ROLLBACK")).await.expect("nothing was written");
        }
        link.execute(now("PRAGMA busy_timeout = 30000")).await.expect("a setting");
        begun.is_err()
    }

    pub(crate) async fn run(&mut self, sql: String) {
        let words = sql.clone();
        let sql = sqlx::raw_sql(AssertSqlSafe(sql));
        let done = match self {
            Self::Lite(link) => link.execute(sql).await.map(drop),
            Self::Pg(link) => link.execute(sql).await.map(drop),
        };
        done.unwrap_or_else(|error| panic!("{error}: {words}"));
    }

    /// The first three columns of each row, as texts; missing ones are empty.
    pub(crate) async fn ask(&mut self, sql: String) -> Vec<[String; 3]> {
        fn texts<'r, R: sqlx::Row>(row: &'r R) -> [String; 3]
        where
            usize: sqlx::ColumnIndex<R>,
            String: sqlx::Decode<'r, R::Database> + sqlx::Type<R::Database>,
        {
            std::array::from_fn(|at| if at < row.len() { row.get(at) } else { String::new() })
        }
        let sql = AssertSqlSafe(sql);
        match self {
            Self::Lite(link) => link.fetch_all(sqlx::query(sql)).await.expect("answers").iter().map(texts).collect(),
            Self::Pg(link) => link.fetch_all(sqlx::query(sql)).await.expect("answers").iter().map(texts).collect(),
        }
    }

    /// Every table of workspaces, with its columns and their types.
    async fn tables(&mut self) -> BTreeMap<String, Vec<(String, String)>> {
        let sql = match self {
            Self::Lite(_) => {
                "SELECT m.name, p.name, p.type FROM sqlite_schema m JOIN pragma_table_info(m.name) p \
                 WHERE m.type = 'table' ORDER BY m.name, p.cid"
            }
            Self::Pg(_) => {
                "SELECT c.relname::text, a.attname::text, format_type(a.atttypid, NULL) FROM pg_class c \
                 JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped \
                 WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace ORDER BY c.relname, a.attnum"
            }
        };
        let mut tables: BTreeMap<String, Vec<(String, String)>> = BTreeMap::new();
        for [table, column, kind] in self.ask(sql.to_owned()).await {
            tables.entry(table).or_default().push((column, kind));
        }
        tables.retain(|table, columns| {
            !TABLES_WITHOUT.contains(&table.as_str()) && columns.iter().any(|(name, _)| name == "workspace_id")
        });
        tables
    }

    /// Every row of the neighbour's, as text.
    async fn rows(&mut self, tables: &BTreeMap<String, Vec<(String, String)>>) -> Vec<String> {
        let asked = tables.iter().map(|(table, columns)| {
            let text = match self {
                Self::Pg(_) => "t::text".to_owned(),
                Self::Lite(_) => {
                    let quoted: Vec<String> = columns.iter().map(|(name, _)| format!("quote({name})")).collect();
                    quoted.join(" || ',' || ")
                }
            };
            format!("SELECT '{table}: ' || {text} FROM {table} t WHERE workspace_id = {ID}")
        });
        let asked = asked.collect::<Vec<_>>().join(" UNION ALL ");
        self.ask(asked).await.into_iter().map(|[row, ..]| row).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store_test;

    #[test]
    fn a_value_is_found_for_every_kind_of_check() {
        assert_eq!(allowed("IN ('a', 'b')),"), "'b'");
        assert_eq!(allowed("IN (0, 1)),"), "1");
        assert_eq!(allowed("BETWEEN 1 AND 100),"), "1");
        assert_eq!(allowed("= 1),"), "1");
    }

    store_test! {
        async fn whoever_touches_the_neighbour_fails(t) {
            let mut t = t;
            for harm in ["UPDATE lists SET name = 'x'", "DELETE FROM subscribers", "UPDATE settings SET changed_at = 1"] {
                let watch = Neighbour::plant(&t.database).await;
                Link::open(&t.database).await.run(format!("{harm} WHERE workspace_id = {ID}")).await;
                let noticed = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| drop(watch)));
                assert!(noticed.is_err(), "{harm}");
                // The store's own watch would notice at the end of this very test.
                std::mem::forget(std::mem::replace(&mut t.neighbour, Neighbour::plant(&t.database).await));
            }
        }
    }
}
