//! Why a use case was not done. Texts reach the person who asked and hold nothing personal.

use waxwing_domain::{Action, Denied, IdError, Refused};
use waxwing_http::{Fail, FieldError};
use waxwing_store::{JobError, StoreError};

/// What is said when the gate turned while somebody asked.
const MOVED: &str = "Something was contained or released while you asked. Nothing of this was done; ask again.";

/// Why a use case was not done.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such thing in this workspace.
    #[error("there is no such {0}")]
    NotFound(&'static str),
    /// The actor may not do that.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// The actor may, but proved too long ago who they are.
    #[error("needs a fresh proof of who asks: {}", .0.name())]
    Unproven(Action),
    /// A value is wrong.
    #[error("{field}: {message}")]
    Invalid {
        /// The field's name in forms and the API.
        field: String,
        /// What is wrong and what to do.
        message: String,
    },
    /// The state does not allow it.
    #[error("{0}")]
    Conflict(String),
    /// Too often.
    #[error("too often; try again in {0} seconds")]
    TooMany(u64),
    /// The workspace is held or contained.
    #[error("the workspace is contained; {0}")]
    Contained(&'static str),
    /// Storage.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Error {
    /// A wrong value. What is wrong may be the text of an error below, which is a part of a sentence.
    pub fn invalid(field: impl Into<String>, message: impl ToString) -> Self {
        Self::Invalid { field: field.into(), message: sentence(&message.to_string()) }
    }
}

/// A part of a sentence as a whole one, for a person to read.
pub(crate) fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    let mut whole: String = chars.next().into_iter().flat_map(char::to_uppercase).chain(chars).collect();
    if whole.ends_with(|last: char| last.is_alphanumeric() || matches!(last, ')' | '"' | '”')) {
        whole.push('.');
    }
    whole
}

impl From<Refused> for Error {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Denied(denied) => Self::Denied(denied),
            Refused::Unproven(action) => Self::Unproven(action),
            Refused::Frozen(_) => Self::Contained("this waits until somebody releases it."),
        }
    }
}

impl From<IdError> for Error {
    fn from(_: IdError) -> Self {
        Self::NotFound("object")
    }
}

impl From<Error> for Fail {
    fn from(error: Error) -> Self {
        match error {
            Error::NotFound(_) => Fail::NotFound,
            Error::Denied(Denied(action)) => Fail::Denied(action),
            Error::Unproven(action) => Fail::Unproven(action),
            Error::Invalid { field, message } => Fail::Invalid(vec![FieldError { field, message }]),
            Error::Conflict(message) => Fail::Conflict(message),
            Error::TooMany(retry_after) => Fail::TooMany { retry_after },
            Error::Contained(what) => Fail::Contained(format!("{what} Unsubscribe links and notices go on working.")),
            Error::Store(StoreError::Missing(_)) => Fail::NotFound,
            Error::Store(StoreError::GateMoved) => Fail::Conflict(MOVED.to_owned()),
            Error::Store(error) if error.is_temporary() => Fail::Unavailable(error.to_string()),
            Error::Store(error) => Fail::internal(error),
        }
    }
}

impl From<Error> for JobError {
    fn from(error: Error) -> Self {
        match error {
            Error::Store(error) => error.into(),
            other => JobError::GiveUp(other.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_is_said_in_a_sentence() {
        for (text, whole) in [
            ("give the list a name", "Give the list a name."),
            ("Write it like 2026-12-01.", "Write it like 2026-12-01."),
            ("élan (or not)", "Élan (or not)."),
            ("", ""),
        ] {
            assert_eq!(sentence(text), whole);
        }
    }
}
