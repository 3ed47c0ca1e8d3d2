//! Which columns are sealed under keys of the workspace: each feature says so beside the code that seals them.
//!
//! Promise: a column of `data-map.toml` that holds ciphertext and is declared nowhere fails a coverage test. The
//! statements are made from the declaration, so that every column is read and written in the same way.

use crate::Statement;
use waxwing_crypto::{Place, SealedBy};
use waxwing_domain::WorkspaceId;

/// Under which key of the workspace a column is sealed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Sealing {
    /// The key of secrets.
    Secrets,
    /// The key of the keys of files.
    Files,
}

impl Sealing {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Secrets, Self::Files];

    /// How an envelope names it.
    pub const fn kind(self) -> SealedBy {
        match self {
            Self::Secrets => SealedBy::Secret,
            Self::Files => SealedBy::File,
        }
    }
    /// Which key of the ring.
    pub const fn key(self) -> waxwing_crypto::KeyUse {
        match self {
            Self::Secrets => waxwing_crypto::KeyUse::Secrets,
            Self::Files => waxwing_crypto::KeyUse::Files,
        }
    }
    /// The stable word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Secrets => "secrets",
            Self::Files => "files",
        }
    }
}

/// The row of a sealed value, in the words of its [`SealedColumn`].
#[derive(Clone, Copy, Debug)]
pub struct SealedCell<'a> {
    /// The workspace.
    pub workspace: WorkspaceId,
    /// The first column of the key.
    pub key: i64,
    /// The rest of the key, as text; the same number where there is one column.
    pub more: &'a str,
}

/// A column of ciphertexts. Made by [`sealed!`](crate::sealed).
pub struct SealedColumn {
    /// The table.
    pub table: &'static str,
    /// The column.
    pub column: &'static str,
    /// Under which key.
    pub sealing: Sealing,
    /// Where a value of a row lives.
    pub place: fn(SealedCell<'_>) -> Place,
    /// Values whose envelope begins within two bounds, by pages.
    pub within: &'static Statement,
    /// How many there are.
    pub count: &'static Statement,
    /// Writes values anew where they are still what was read.
    pub replace: &'static Statement,
}

inventory::collect!(&'static SealedColumn);

/// Every sealed column of the program that is linked in.
pub fn sealed_columns() -> impl Iterator<Item = &'static SealedColumn> {
    inventory::iter::<&'static SealedColumn>.into_iter().copied()
}

/// Declares a sealed column: `sealed! { "relays"."sealed" by "id", under Secrets, at |cell| place(…) }`; where the
/// row's key has two columns beside the workspace, `by "incident_id" and "number"`. The closure gives the place that
/// the value was sealed for.
///
/// A value is told by its first 42 bytes: header and random salt, which no two values share.
#[macro_export]
macro_rules! sealed {
    ($table:literal . $column:literal by $key:literal, under $sealing:ident, at $place:expr) => {
        $crate::sealed! { $table . $column by $key and $key, under $sealing, at $place }
    };
    ($table:literal . $column:literal by $key:literal and $more:literal, under $sealing:ident, at $place:expr) => {
        const _: () = {
            const WITHIN: &str = concat!(
                "SELECT CAST(",
                $key,
                " AS BIGINT), CAST(",
                $more,
                " AS TEXT), ",
                $column,
                " FROM ",
                $table,
                " WHERE workspace_id = $1 AND ",
                $key,
                " >= CAST($2 AS BIGINT)",
                " AND (",
                $key,
                " > CAST($2 AS BIGINT) OR CAST(",
                $more,
                " AS TEXT) > CAST($3 AS TEXT))",
                " AND substr(",
                $column,
                ", 1, 6) >= $4 AND substr(",
                $column,
                ", 1, 6) < $5",
                " ORDER BY ",
                $table,
                ".",
                $key,
                ", CAST(",
                $table,
                ".",
                $more,
                " AS TEXT) LIMIT $6"
            );
            const COUNT: &str = concat!(
                "SELECT COUNT(*) FROM ",
                $table,
                " WHERE workspace_id = $1",
                " AND substr(",
                $column,
                ", 1, 6) >= $2 AND substr(",
                $column,
                ", 1, 6) < $3"
            );
            // Values first and kept, rows by their key: left to itself, SQLite reads the whole table for each value.
            const REPLACE_LITE: &str = concat!(
                "WITH v (k, m, old, new) AS MATERIALIZED (SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]'),",
                " unhex(json_extract(value, '$[2]')), unhex(json_extract(value, '$[3]')) FROM json_each($2))",
                " UPDATE ", $table, " SET ", $column, " = v.new FROM v WHERE ", $table, ".workspace_id = $1",
                " AND ", $table, ".", $key, " IN (SELECT k FROM v) AND ", $table, ".", $key, " = v.k",
                " AND CAST(", $table, ".", $more, " AS TEXT) = v.m AND substr(", $table, ".", $column, ", 1, 42) = v.old"
            );
            const REPLACE_PG: &str = concat!(
                "UPDATE ",
                $table,
                " AS t SET ",
                $column,
                " = v.new",
                " FROM UNNEST($2::bigint[], $3::text[], $4::bytea[], $5::bytea[]) AS v (key, more, old, new)",
                " WHERE t.workspace_id = $1 AND t.",
                $key,
                " = v.key AND CAST(t.",
                $more,
                " AS TEXT) = v.more",
                " AND substr(t.",
                $column,
                ", 1, 42) = v.old"
            );
            const NAME: &str = concat!("sealed ", $table, ".", $column);
            static READ: $crate::Statement = $crate::Statement::new(NAME, $crate::Scope::Workspace, WITHIN, WITHIN);
            static HOW_MANY: $crate::Statement = $crate::Statement::new(NAME, $crate::Scope::Workspace, COUNT, COUNT);
            static WRITE: $crate::Statement =
                $crate::Statement::new(NAME, $crate::Scope::Workspace, REPLACE_LITE, REPLACE_PG);
            static COLUMN: $crate::SealedColumn = $crate::SealedColumn {
                table: $table,
                column: $column,
                sealing: $crate::Sealing::$sealing,
                place: $place,
                within: &READ,
                count: &HOW_MANY,
                replace: &WRITE,
            };
            $crate::inventory::submit! { &READ }
            $crate::inventory::submit! { &HOW_MANY }
            $crate::inventory::submit! { &WRITE }
            $crate::inventory::submit! { &COLUMN }
        };
    };
}
