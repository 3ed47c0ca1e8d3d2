//! The tables and columns there are, asked of the engine itself.

use crate::{Column, Engine, Row, StoreError, Tx, args, statement};
use std::collections::BTreeMap;

statement! { system COLUMNS,
sqlite: "SELECT m.name, p.name, lower(p.type), p.pk FROM sqlite_master m, pragma_table_info(m.name) p
    WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' ORDER BY m.name, p.cid",
postgres: "SELECT t.relname::text, a.attname::text, format_type(a.atttypid, NULL),
        CAST(COALESCE(array_position(x.indkey::int2[], a.attnum), -1) + 1 AS BIGINT)
        FROM pg_class t JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped
        LEFT JOIN pg_index x ON x.indrelid = t.oid AND x.indisprimary
        WHERE t.relkind = 'r' AND t.relnamespace = current_schema()::regnamespace ORDER BY t.relname, a.attnum" }

/// A table of the schema.
#[derive(Clone, Debug)]
pub struct Table {
    /// Its name.
    pub name: String,
    /// Its columns, in the engine's order.
    pub columns: Vec<(String, Column)>,
    /// The columns of its primary key.
    pub key: Vec<String>,
}

impl Table {
    /// Reads all rows that `filter` (empty, or ` WHERE …`) lets through.
    pub fn select(&self, filter: &str) -> String {
        format!("SELECT {} FROM {}{filter}", self.names().join(", "), self.name)
    }
    /// Lets a newer row win over the one that is there.
    pub fn newest_wins(&self) -> String {
        let rest = self.names().into_iter().filter(|name| !self.key.iter().any(|key| key == name));
        let set: Vec<String> = rest.map(|name| format!("{name} = excluded.{name}")).collect();
        format!("ON CONFLICT ({}) DO UPDATE SET {}", self.key.join(", "), set.join(", "))
    }
    /// Whether the rows are about people: `subject` is a number then, not the subject line of a mail.
    pub fn is_about_people(&self) -> bool {
        let has = |column: &str| self.columns.iter().any(|(name, kind)| name == column && *kind == Column::Int);
        has("workspace_id") && has("subject")
    }
    fn names(&self) -> Vec<&str> {
        self.columns.iter().map(|(name, _)| name.as_str()).collect()
    }
}

/// Every table but those that are left out, by name.
pub async fn tables(tx: &mut Tx) -> Result<Vec<Table>, StoreError> {
    let mut tables: BTreeMap<String, Table> = BTreeMap::new();
    for (table, column, kind, place) in tx.all(&COLUMNS, args![], column).await? {
        if super::LEFT_OUT.contains(&table.as_str()) {
            continue;
        }
        let entry = tables.entry(table.clone()).or_insert(Table { name: table, columns: Vec::new(), key: Vec::new() });
        entry.columns.push((column.clone(), kind));
        if place > 0 {
            entry.key.push(column);
        }
    }
    Ok(tables.into_values().collect())
}

fn column(r: &Row<'_>) -> Result<(String, String, Column, i64), StoreError> {
    let kind = match r.text(2)?.as_str() {
        "integer" | "bigint" => Column::Int,
        "text" => Column::Text,
        "blob" | "bytea" => Column::Blob,
        _ => {
            return Err(StoreError::Schema(format!(
                "column {} has a type that no migration of Waxwing uses",
                r.text(1)?
            )));
        }
    };
    Ok((r.text(0)?, r.text(1)?, kind, r.int(3)?))
}

/// How many rows a text like [`Table::select`] gives.
pub async fn count(tx: &mut Tx, table: &str, filter: &str) -> Result<u64, StoreError> {
    let mut rows = 0;
    let text = format!("SELECT COUNT(*) FROM {table}{filter}");
    tx.each_raw(text, |row| {
        rows = u64::try_from(row.int(0)?).unwrap_or(0);
        Ok(())
    })
    .await?;
    Ok(rows)
}

/// Whether a table holds anything.
pub async fn inhabited(tx: &mut Tx, table: &str) -> Result<bool, StoreError> {
    let mut any = false;
    tx.each_raw(format!("SELECT CAST(1 AS BIGINT) FROM {table} LIMIT 1"), |_| {
        any = true;
        Ok(())
    })
    .await?;
    Ok(any)
}

/// Makes what was loaded known to PostgreSQL's planner, so that what follows does not crawl.
pub async fn analyse(tx: &mut Tx) -> Result<(), StoreError> {
    match tx.engine() {
        Engine::Sqlite => Ok(()),
        Engine::Postgres => tx.run_raw("ANALYZE".to_owned()).await,
    }
}
