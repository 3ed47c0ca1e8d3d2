//! A row of either engine.

use crate::StoreError;
use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;
use sqlx::{ColumnIndex, Decode, Row as _, Type};
use waxwing_domain::{Micros, SubjectNo};

/// A row; columns are read by position, in the order of the statement.
pub struct Row<'a> {
    pub(crate) cells: Cells<'a>,
    pub(crate) statement: &'static str,
}

pub(crate) enum Cells<'a> {
    Lite(&'a SqliteRow),
    Pg(&'a PgRow),
}

impl Row<'_> {
    fn cell<T>(&self, column: usize) -> Result<T, StoreError>
    where
        T: for<'r> Decode<'r, sqlx::Sqlite>
            + Type<sqlx::Sqlite>
            + for<'r> Decode<'r, sqlx::Postgres>
            + Type<sqlx::Postgres>,
        usize: ColumnIndex<SqliteRow> + ColumnIndex<PgRow>,
    {
        match self.cells {
            Cells::Lite(row) => row.try_get(column),
            Cells::Pg(row) => row.try_get(column),
        }
        .map_err(|e| StoreError::from_sqlx(e, self.statement))
    }

    /// A 64-bit integer.
    pub fn int(&self, column: usize) -> Result<i64, StoreError> {
        self.cell(column)
    }
    /// A 64-bit integer that may be null.
    pub fn opt_int(&self, column: usize) -> Result<Option<i64>, StoreError> {
        self.cell(column)
    }
    /// A boolean kept as 0 or 1.
    pub fn flag(&self, column: usize) -> Result<bool, StoreError> {
        Ok(self.int(column)? != 0)
    }
    /// Text.
    pub fn text(&self, column: usize) -> Result<String, StoreError> {
        self.cell(column)
    }
    /// Text that may be null.
    pub fn opt_text(&self, column: usize) -> Result<Option<String>, StoreError> {
        self.cell(column)
    }
    /// Bytes.
    pub fn blob(&self, column: usize) -> Result<Vec<u8>, StoreError> {
        self.cell(column)
    }
    /// Bytes that may be null.
    pub fn opt_blob(&self, column: usize) -> Result<Option<Vec<u8>>, StoreError> {
        self.cell(column)
    }
    /// Bytes of a fixed length.
    pub fn array<const N: usize>(&self, column: usize) -> Result<[u8; N], StoreError> {
        self.blob(column)?.try_into().map_err(|_| self.damaged("bytes of another length"))
    }
    /// A moment.
    pub fn time(&self, column: usize) -> Result<Micros, StoreError> {
        self.int(column).map(Micros::from_i64)
    }
    /// A moment that may be null.
    pub fn opt_time(&self, column: usize) -> Result<Option<Micros>, StoreError> {
        Ok(self.opt_int(column)?.map(Micros::from_i64))
    }
    /// A subject number.
    pub fn subject(&self, column: usize) -> Result<SubjectNo, StoreError> {
        SubjectNo::from_i64(self.int(column)?).map_err(|_| self.damaged("a subject number out of range"))
    }
    /// A word that `parse` must know.
    pub fn word<T>(&self, column: usize, parse: impl Fn(&str) -> Option<T>) -> Result<T, StoreError> {
        parse(&self.text(column)?).ok_or_else(|| self.damaged("an unknown word"))
    }
    /// JSON kept as text.
    pub fn json<T: serde::de::DeserializeOwned>(&self, column: usize) -> Result<T, StoreError> {
        serde_json::from_str(&self.text(column)?).map_err(|_| self.damaged("unreadable JSON"))
    }

    fn damaged(&self, what: &str) -> StoreError {
        StoreError::Damaged(format!("{what} in the answer of {}", self.statement))
    }
}
