//! What of the database says how the system is set, so that it can be kept as it was when something goes wrong.
//!
//! Promise: a feature names its tables and columns once, beside its SQL; a test holds every table of the database to be
//! named here or to have a reason, and every named column to hold no secret, no ciphertext and no hash. Limit: what is
//! named is kept as the database has it: numbers stand for people.

use crate::Result;
use serde_json::{Map, Value};
use waxwing_store::{Row, Statement, StoreError, Tx, args, inventory};

/// How a column is read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// A whole number, or none.
    Int,
    /// Text, or none.
    Text,
}

/// A table of which something says how the system is set. Make one with [`kept!`](crate::kept).
pub struct Kept {
    /// The table.
    pub table: &'static str,
    /// The columns that are kept, with how each is read.
    pub columns: &'static [(&'static str, Kind)],
    /// Reads them.
    pub statement: &'static Statement,
}

inventory::collect!(Kept);

/// Names a table and those of its columns that say how the system is set: `kept! { NAME, "table" (id: Int, name: Text) }`,
/// with `, where "…"` behind it for a part of its rows.
#[macro_export]
macro_rules! kept {
    ($name:ident, $table:literal ($first:ident : $kind:ident $(, $column:ident : $more:ident)* $(,)?)) => {
        $crate::kept! { $name, $table ($first: $kind $(, $column: $more)*), where "1 = 1" }
    };
    ($name:ident, $table:literal ($first:ident : $kind:ident $(, $column:ident : $more:ident)* $(,)?), where $rows:literal) => {
        waxwing_store::statement! { $name, concat!(
            "SELECT ", stringify!($first) $(, ", ", stringify!($column))*, " FROM ", $table,
            " WHERE workspace_id = $1 AND ", $rows, " ORDER BY ", stringify!($first) $(, ", ", stringify!($column))*
        ) }
        waxwing_store::inventory::submit! { $crate::settings::Kept {
            table: $table,
            columns: &[
                (stringify!($first), $crate::settings::Kind::$kind)
                $(, (stringify!($column), $crate::settings::Kind::$more))*
            ],
            statement: &$name,
        } }
    };
}

/// Every table that was named, by its name, with its rows as they stand.
pub async fn kept(tx: &mut Tx) -> Result<Value> {
    let mut tables = Map::new();
    for kept in inventory::iter::<Kept> {
        let rows = tx.all(kept.statement, args![], |row| read(row, kept.columns)).await?;
        tables.insert(kept.table.to_owned(), Value::Array(rows));
    }
    Ok(Value::Object(tables))
}

fn read(row: &Row<'_>, columns: &[(&str, Kind)]) -> std::result::Result<Value, StoreError> {
    let mut object = Map::new();
    for (place, (name, kind)) in columns.iter().enumerate() {
        let value = match kind {
            Kind::Int => row.opt_int(place)?.map(Value::from),
            Kind::Text => row.opt_text(place)?.map(Value::from),
        };
        object.insert((*name).to_owned(), value.unwrap_or(Value::Null));
    }
    Ok(Value::Object(object))
}
