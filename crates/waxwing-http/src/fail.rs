//! What can go wrong with a request, told apart by what the answer must be.
//!
//! Handlers and extractors return [`Fail`]; `render` turns it into a page or a problem
//! document (RFC 9457) by the kind of the route. Promise: texts given here reach the person who asked, so they hold
//! nothing personal; the cause of [`Fail::Internal`] reaches the log only.

use axum::response::{IntoResponse, Response};
use http::StatusCode;
use std::error::Error;
use std::fmt;
use std::sync::Arc;
use waxwing_domain::{Action, Denied, IdError, Refused};

/// A field and what is wrong with it, in words for the person who filled it in.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FieldError {
    /// The field's name in the form or the JSON path.
    pub field: String,
    /// What is wrong, and what to do.
    pub message: String,
}

/// Why a request was not done.
#[derive(Clone)]
pub enum Fail {
    /// There is no such thing, or none that the asker may know of.
    NotFound,
    /// Nobody is signed in, or the key is not valid.
    SignIn,
    /// Signed in, but without this right.
    Denied(Action),
    /// Signed in by less than the workspace asks for: what is missing must be set up first.
    Enrol,
    /// Permitted, but the person must prove again who they are; `guard` asks them and goes on with the request.
    Unproven(Action),
    /// The request cannot be understood: a broken form, a bad header.
    Malformed(String),
    /// Understood, but these fields are wrong.
    Invalid(Vec<FieldError>),
    /// The form was not made for this session, or the request came from another site.
    Unsealed,
    /// Asked under a name that is not ours.
    Misdirected,
    /// The path exists, the method does not.
    Method,
    /// The body is longer than this many bytes.
    TooLarge(u64),
    /// The state does not allow it now; says what the state is.
    Conflict(String),
    /// Too often; again in so many seconds.
    TooMany {
        /// Seconds to wait.
        retry_after: u64,
    },
    /// The workspace is held or contained; says what still works.
    Contained(String),
    /// A part that is needed does not answer; says which.
    Unavailable(String),
    /// The handler took longer than the server's limit.
    TimedOut,
    /// A mistake of ours; the cause goes to the log with the request's number.
    Internal(Arc<dyn Error + Send + Sync>),
}

impl Fail {
    /// One wrong field.
    pub fn invalid(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Invalid(vec![FieldError { field: field.into(), message: message.into() }])
    }
    /// A mistake of ours.
    pub fn internal(cause: impl Error + Send + Sync + 'static) -> Self {
        Self::Internal(Arc::new(cause))
    }

    /// The HTTP status.
    pub const fn status(&self) -> StatusCode {
        match self {
            Fail::NotFound => StatusCode::NOT_FOUND,
            Fail::SignIn => StatusCode::UNAUTHORIZED,
            Fail::Denied(_) | Fail::Enrol | Fail::Unproven(_) | Fail::Unsealed => StatusCode::FORBIDDEN,
            Fail::Malformed(_) => StatusCode::BAD_REQUEST,
            Fail::Invalid(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Fail::Misdirected => StatusCode::MISDIRECTED_REQUEST,
            Fail::Method => StatusCode::METHOD_NOT_ALLOWED,
            Fail::TooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
            Fail::Conflict(_) => StatusCode::CONFLICT,
            Fail::TooMany { .. } => StatusCode::TOO_MANY_REQUESTS,
            Fail::Contained(_) => StatusCode::LOCKED,
            Fail::Unavailable(_) | Fail::TimedOut => StatusCode::SERVICE_UNAVAILABLE,
            Fail::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// The stable word that names the kind in problem documents.
    pub const fn word(&self) -> &'static str {
        match self {
            Fail::NotFound => "not-found",
            Fail::SignIn => "not-authenticated",
            Fail::Denied(_) => "not-permitted",
            Fail::Enrol => "credential-needed",
            Fail::Unproven(_) => "proof-needed",
            Fail::Malformed(_) => "malformed",
            Fail::Invalid(_) => "invalid",
            Fail::Unsealed => "form-not-valid",
            Fail::Misdirected => "wrong-host",
            Fail::Method => "method-not-allowed",
            Fail::TooLarge(_) => "too-large",
            Fail::Conflict(_) => "conflict",
            Fail::TooMany { .. } => "too-many-requests",
            Fail::Contained(_) => "contained",
            Fail::Unavailable(_) => "unavailable",
            Fail::TimedOut => "timed-out",
            Fail::Internal(_) => "internal",
        }
    }

    /// What happened, in a few words.
    pub const fn title(&self) -> &'static str {
        match self {
            Fail::NotFound => "Nothing is here",
            Fail::SignIn => "Sign in first",
            Fail::Denied(_) => "Your role does not allow this",
            Fail::Enrol => "One more step",
            Fail::Unproven(_) => "Is it you?",
            Fail::Malformed(_) => "The request was not understood",
            Fail::Invalid(_) => "Some fields need another look",
            Fail::Unsealed => "This form is no longer valid",
            Fail::Misdirected => "Wrong address",
            Fail::Method => "That cannot be done here",
            Fail::TooLarge(_) => "Too large",
            Fail::Conflict(_) => "Not possible right now",
            Fail::TooMany { .. } => "Too many attempts",
            Fail::Contained(_) => "The workspace is contained",
            Fail::Unavailable(_) | Fail::TimedOut => "Not available right now",
            Fail::Internal(_) => "Something went wrong on our side",
        }
    }

    /// Why, and what to do next, in one or two sentences.
    pub fn detail(&self) -> String {
        match self {
            Fail::NotFound => "The page or object does not exist, or you may not see it. Check the address.".into(),
            Fail::SignIn => "This needs a person who is signed in, or a valid API key.".into(),
            Fail::Denied(action) => {
                format!(
                    "It needs the right “{}” (scope “{}”). An owner can grant it.",
                    action.name(),
                    action.scope().name()
                )
            }
            Fail::Enrol => {
                "This workspace asks for more than what you signed in with. Open /account/enrol to set it up.".into()
            }
            Fail::Unproven(_) => "This asks for a proof that it is you, which counts for five minutes. \
                                  Nothing was changed. Open the page itself and try again there."
                .into(),
            Fail::Unsealed => "It was opened in another session or came from another site. Nothing was changed. \
                               Go back, load the page again and send it once more."
                .into(),
            Fail::Misdirected => "This server does not answer to the name in your address bar. \
                                  Use the public address from its configuration."
                .into(),
            Fail::Method => "The address exists, but not for this kind of request.".into(),
            Fail::TooLarge(limit) => format!("At most {} bytes are accepted here.", crate::count(*limit)),
            Fail::TooMany { retry_after } => format!("Try again in {retry_after} seconds."),
            Fail::TimedOut => "It took longer than the server allows. What was not finished was undone.".into(),
            Fail::Internal(_) => {
                "Nothing you did caused it. The server's log has the reason under the request number below.".into()
            }
            Fail::Invalid(fields) => {
                fields.iter().map(|f| format!("{}: {}", f.field, f.message)).collect::<Vec<_>>().join(" ")
            }
            Fail::Malformed(text) | Fail::Conflict(text) | Fail::Contained(text) | Fail::Unavailable(text) => {
                text.clone()
            }
        }
    }

    /// What an axum rejection or an empty error answer means, by its status.
    pub(crate) fn of_status(status: StatusCode, limit: u64) -> Self {
        match status {
            StatusCode::NOT_FOUND => Fail::NotFound,
            StatusCode::METHOD_NOT_ALLOWED => Fail::Method,
            StatusCode::PAYLOAD_TOO_LARGE => Fail::TooLarge(limit),
            _ => Fail::Malformed("A part of the address, the headers or the body is not in the expected form.".into()),
        }
    }
}

impl fmt::Debug for Fail {
    /// The kind only: messages may be about a person's input.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fail({})", self.word())
    }
}
impl fmt::Display for Fail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.title())
    }
}

impl From<Denied> for Fail {
    fn from(denied: Denied) -> Self {
        Self::Denied(denied.0)
    }
}
impl From<Refused> for Fail {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Denied(denied) => denied.into(),
            Refused::Unproven(action) => Self::Unproven(action),
        }
    }
}
impl From<IdError> for Fail {
    /// An id that cannot exist names nothing.
    fn from(_: IdError) -> Self {
        Self::NotFound
    }
}
impl From<askama::Error> for Fail {
    fn from(error: askama::Error) -> Self {
        Self::internal(error)
    }
}

impl IntoResponse for Fail {
    /// A bare status that carries the failure; `guard` or `front` gives it its words.
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}
