//! What can go wrong in storage. Messages name the statement, never its values.

/// A failure of storage.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The disk is full; nothing was written.
    #[error("the disk is full; nothing of this was written")]
    Full,
    /// The database does not answer.
    #[error("the database does not answer ({0})")]
    Unavailable(&'static str),
    /// A row with this key exists already.
    #[error("that exists already ({0})")]
    Conflict(&'static str),
    /// A row that should be there is not.
    #[error("not found ({0})")]
    Missing(&'static str),
    /// A stored value was moved, changed or cannot be read with the keys at hand.
    #[error("stored data failed its integrity check: {0}")]
    Damaged(String),
    /// The statement and the code disagree: a defect of Waxwing.
    #[error("statement {name} failed ({code})")]
    Statement {
        /// Which statement.
        name: &'static str,
        /// The engine's code, or the kind of failure; no values.
        code: String,
    },
    /// The database was written by another version.
    #[error("{0}")]
    Schema(String),
    /// The key files.
    #[error(transparent)]
    Keys(#[from] crate::KeyStoreError),
    /// A setting that cannot work.
    #[error("{0}")]
    Setting(String),
    /// The workspace was contained or released since the request was let in.
    #[error("the workspace was contained or released meanwhile; nothing of this was done")]
    GateMoved,
    /// Keys took over from older ones while this was being sealed; nothing was written. The same thing once more,
    /// with what stands there now, succeeds.
    #[error("keys took over from older ones meanwhile; nothing of this was done ({0})")]
    KeysMoved(&'static str),
    /// This process lost a lease or a race and must not go on.
    #[error(transparent)]
    Lost(#[from] Lost),
}

/// Another worker has taken over.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("another worker has taken over ({0})")]
pub struct Lost(pub &'static str);

impl StoreError {
    /// Whether trying again later may help.
    pub const fn is_temporary(&self) -> bool {
        matches!(self, StoreError::Full | StoreError::Unavailable(_) | StoreError::Lost(_) | StoreError::KeysMoved(_))
    }

    /// Whether the cause lies outside and may last: no room, or no database.
    pub const fn is_outage(&self) -> bool {
        matches!(self, StoreError::Full | StoreError::Unavailable(_))
    }

    /// Classifies what the driver said about the statement `name`.
    pub(crate) fn from_sqlx(error: sqlx::Error, name: &'static str) -> Self {
        match &error {
            sqlx::Error::RowNotFound => StoreError::Missing(name),
            sqlx::Error::Io(_)
            | sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::WorkerCrashed
            | sqlx::Error::BeginFailed => StoreError::Unavailable(name),
            sqlx::Error::Database(db) => {
                Self::from_code(db.code().as_deref().unwrap_or("?"), db.is_unique_violation(), name)
            }
            sqlx::Error::ColumnDecode { index, .. } => {
                StoreError::Statement { name, code: format!("column {index} has another type") }
            }
            other => StoreError::Statement { name, code: variant_name(other).to_owned() },
        }
    }

    fn from_code(code: &str, unique: bool, name: &'static str) -> Self {
        if unique {
            return StoreError::Conflict(name);
        }
        match code {
            // SQLITE_FULL; PostgreSQL disk_full, out_of_memory.
            "13" | "53100" => StoreError::Full,
            // SQLITE_BUSY and its kin, SQLITE_IOERR, SQLITE_CANTOPEN; PostgreSQL classes 08 and 57P.
            "5" | "6" | "10" | "14" | "261" | "517" => StoreError::Unavailable(name),
            c if c.starts_with("08") || c.starts_with("57P") || c == "40001" || c == "40P01" => {
                StoreError::Unavailable(name)
            }
            // Extended codes of SQLITE_IOERR carry 10 in the low byte.
            c if c.parse::<u32>().is_ok_and(|n| n & 0xff == 10) => StoreError::Unavailable(name),
            other => StoreError::Statement { name, code: other.to_owned() },
        }
    }
}

fn variant_name(error: &sqlx::Error) -> &'static str {
    match error {
        sqlx::Error::Configuration(_) => "configuration",
        sqlx::Error::Protocol(_) => "protocol",
        sqlx::Error::Decode(_) => "decode",
        sqlx::Error::Encode(_) => "encode",
        sqlx::Error::ColumnIndexOutOfBounds { .. } => "column index",
        sqlx::Error::Tls(_) => "tls",
        _ => "driver",
    }
}
