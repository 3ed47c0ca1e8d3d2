//! The safe shell of the web.
//!
//! Promise: a request reaches a handler only after its host, its credential, its right
//! ([`Action`](waxwing_domain::Action)) and, where it changes something, its origin and its
//! form seal were checked; every answer leaves with strict headers; every failure becomes a
//! page or a problem document that names the request and nothing personal.
//! Limit: use cases authorise again where the data is touched; this crate knows no database
//! ([`Authenticate`] is given to it) and cannot see through a proxy that it is not told about.
//!
//! The way of a request: [`server`](Server) → `front` (request id, host, headers, log) →
//! [`Routes`] → `guard` (who, may they, seal) → handler → [`Page`], `Json` or [`Fail`].

// Templates name the crate from both sides of its border: `waxwing_http::icon("home")`.
extern crate self as waxwing_http;

mod address;
mod assets;
mod auth;
mod cookies;
mod csrf;
mod fail;
mod flash;
mod form;
mod front;
mod guard;
mod headers;
mod json;
mod keep;
mod limiter;
mod multipart;
mod openapi;
mod origin;
mod page;
mod paging;
mod params;
mod proof;
mod question;
mod render;
mod routes;
mod server;
mod settings;
mod shell;
mod site;
mod text;

pub use address::{ClientAddress, Network, NetworkError};
pub use assets::{asset, icon, icon_names};
pub use auth::{Answer, Authenticate, Caller, KeyHolder, SignedIn, StateBar, Tone, Visitor};
pub use cookies::{DeviceCookie, SessionCookie, SessionToken, SsoCookie};
pub use fail::{Fail, FieldError};
pub use flash::{Flash, SeeOther};
pub use form::SafeForm;
pub use front::front;
pub use json::ApiJson;
pub use limiter::{Limit, Limiter};
pub use multipart::{Part, Upload};
pub use openapi::{API_KEY_SCHEME, Problem, ProblemError};
pub use origin::{Origin, OriginError};
pub use page::{Page, Sandboxed, download};
pub use paging::{Cursor, Paged};
pub use params::{Params, Segment};
pub use proof::{PROVE_PATH, PasskeyQuestion, Proof, ProofWays};
pub use question::{Question, QuestionPage};
pub use render::FromElsewhere;
pub use routes::{Finished, Kind, RouteInfo, Routes};
pub use server::{Server, ServerLimits};
pub use settings::Settings;
pub use shell::{Identity, Place, PlaceLink, Shell};
pub use site::{RequestMark, Site, Who};
pub use text::{Html, Moment, Number, count, day, moment, moment_text, rate};

#[doc(hidden)]
pub mod macros {
    pub use pastey::paste;
}
