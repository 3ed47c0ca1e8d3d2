//! Gives a failure its words: a problem document for programs, a page for people, a fragment
//! for a part of a page; and logs what was our own mistake, once.

use crate::routes::Kind;
use crate::settings::Door;
use crate::{Fail, Problem, ProblemError, Shell, Site};
use askama::Template;
use axum::Json;
use axum::extract::{FromRequestParts, Request};
use axum::response::{Html, IntoResponse, Response};
use http::header::{ALLOW, CONTENT_TYPE, LOCATION, RETRY_AFTER, WWW_AUTHENTICATE};
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use std::error::Error;
use waxwing_domain::RequestId;

/// Tells htmx and our own islands to open another page.
const HX_REDIRECT: HeaderName = HeaderName::from_static("hx-redirect");

/// Who reads the answer, and how.
#[derive(Clone)]
pub(crate) struct Reader {
    program: bool,
    /// htmx asked: the answer goes into a part of a page.
    fragment: bool,
    /// On the host of customers' content there is no style sheet and no way into the interface.
    bare: bool,
    /// A browser came here by a link on another site, so that its strict cookie stayed behind.
    from_elsewhere: bool,
    get: bool,
    /// A script of ours asked for JSON.
    wants_data: bool,
    path: String,
    request: RequestId,
}

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage<'a> {
    shell: &'a Shell,
    title: &'a str,
    detail: &'a str,
    request: String,
}

/// The same for a person who is signed in: the navigation stays.
#[derive(Template)]
#[template(path = "error_inside.html")]
struct ErrorInside<'a> {
    shell: &'a Shell,
    title: &'a str,
    detail: &'a str,
    request: String,
}

#[derive(Template)]
#[template(path = "error_fragment.html")]
struct ErrorFragment<'a> {
    title: &'a str,
    detail: &'a str,
    request: String,
}

/// The same on the host of customers' content.
#[derive(Template)]
#[template(path = "error_bare.html")]
struct ErrorBare<'a> {
    title: &'a str,
    detail: &'a str,
}

#[derive(Template)]
#[template(path = "reload.html")]
struct Reload<'a> {
    path: &'a str,
}

/// Whether a browser came by a link on another site, so that its strict cookies stayed behind: an extractor for pages
/// that need them and are reached that way.
#[derive(Clone, Debug)]
pub struct FromElsewhere(Option<String>);

impl FromElsewhere {
    /// The page that opens the same address again, from here and with the cookies; none where they came along.
    pub fn reload(&self) -> Option<Response> {
        self.0.as_ref().map(|path| html(Reload { path }.render()).into_response())
    }
}

impl<S: Send + Sync> FromRequestParts<S> for FromElsewhere {
    type Rejection = Fail;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Fail> {
        let path = || parts.uri.path_and_query().map_or_else(|| "/".to_owned(), ToString::to_string);
        Ok(Self(is_from_elsewhere(&parts.headers).then(path)))
    }
}

/// By a click or a redirect on another site; what browsers that do not say so send is taken as it is.
fn is_from_elsewhere(headers: &HeaderMap) -> bool {
    let says = |name: &str, value: &str| headers.get(name).is_some_and(|v| v == value);
    says("sec-fetch-site", "cross-site") && says("sec-fetch-mode", "navigate")
}

impl Reader {
    pub(crate) fn of(request: &Request, kind: Kind, id: RequestId) -> Self {
        let says = |name: &str, value: &str| request.headers().get(name).is_some_and(|v| v == value);
        Self {
            program: kind == Kind::Api,
            fragment: request.headers().contains_key("hx-request"),
            bare: request.extensions().get() == Some(&Door::Content),
            from_elsewhere: is_from_elsewhere(request.headers()),
            get: matches!(*request.method(), Method::GET | Method::HEAD),
            wants_data: says("accept", "application/json"),
            path: request.uri().path_and_query().map_or_else(|| "/".to_owned(), ToString::to_string),
            request: id,
        }
    }

    pub(crate) fn path(&self) -> &str {
        self.path.split('?').next().unwrap_or("/")
    }

    /// The number of the request.
    pub(crate) const fn number(&self) -> RequestId {
        self.request
    }

    /// The path with its query.
    pub(crate) fn whole_path(&self) -> &str {
        &self.path
    }

    /// Whether a browser sent a form and shows a whole page as its answer.
    pub(crate) const fn sends_form(&self) -> bool {
        !(self.program || self.fragment || self.get)
    }

    /// The answer to a failed request.
    pub(crate) fn refusal(&self, fail: &Fail, shell: &Shell) -> Response {
        self.log(fail);
        let mut response = if self.program { self.problem(fail) } else { self.page(fail, shell) };
        *response.status_mut() = fail.status();
        response.extensions_mut().insert(Worded);
        add_headers(fail, response.headers_mut());
        response
    }

    /// To the page where people sign in, and from there back here; straight back, if the
    /// session cookie only stayed behind because the link was on another site.
    pub(crate) fn to_sign_in(&self, site: &Site) -> Response {
        if self.get && self.from_elsewhere {
            return html(Reload { path: &self.path }.render()).into_response();
        }
        let place = match self.get && !self.fragment && self.path != "/" {
            true => format!("{}?next={}", site.settings.sign_in_path, escape(&self.path)),
            false => site.settings.sign_in_path.to_owned(),
        };
        crate::SeeOther::to(place).into_response()
    }

    /// To the page that says what is missing; who asked for data instead of a page is told so in a problem document.
    pub(crate) fn to_enrolment(&self, site: &Site, shell: &Shell) -> Response {
        match self.wants_data {
            true => Self { program: true, ..self.clone() }.refusal(&Fail::Enrol, shell),
            false => crate::SeeOther::to(site.settings.enrol_path).into_response(),
        }
    }

    /// To the question of a session that was stepped up, which leads back; who asked for data is told in a problem document.
    pub(crate) fn to_question(&self, shell: &Shell) -> Response {
        if self.wants_data {
            return Self { program: true, ..self.clone() }
                .refusal(&Fail::Unproven(waxwing_domain::Action::OwnAccount), shell);
        }
        let back = if self.get && !self.fragment { self.path.as_str() } else { "/" };
        let query = serde_html_form::to_string([("back", back)]).unwrap_or_default();
        crate::SeeOther::to(format!("{}?{query}", crate::PROVE_PATH)).into_response()
    }

    /// The first value of this name in the address.
    pub(crate) fn query(&self, name: &str) -> Option<String> {
        let (_, query) = self.path.split_once('?')?;
        let pairs: Vec<(String, String)> = serde_html_form::from_str(query).unwrap_or_default();
        pairs.into_iter().find(|(key, _)| key == name).map(|(_, value)| value)
    }

    /// A part of a page cannot follow a redirect: the browser would fetch the other page, use up
    /// its flash and put it into the part. It is told to open the other page instead.
    pub(crate) fn redirect_whole_page(&self, response: &mut Response) {
        if !self.fragment || response.status() != StatusCode::SEE_OTHER {
            return;
        }
        if let Some(place) = response.headers_mut().remove(LOCATION) {
            response.headers_mut().insert(HX_REDIRECT, place);
            *response.status_mut() = StatusCode::OK;
        }
    }

    fn problem(&self, fail: &Fail) -> Response {
        let errors = match fail {
            Fail::Invalid(fields) => {
                fields.iter().map(|f| ProblemError { field: f.field.clone(), message: f.message.clone() }).collect()
            }
            _ => Vec::new(),
        };
        let problem = Problem {
            kind: format!("urn:waxwing:problem:{}", fail.word()),
            title: fail.title().to_owned(),
            status: fail.status().as_u16(),
            detail: fail.detail(),
            instance: format!("urn:waxwing:request:{}", self.request),
            errors,
        };
        let kind = HeaderValue::from_static("application/problem+json");
        ([(CONTENT_TYPE, kind)], Json(problem)).into_response()
    }

    fn page(&self, fail: &Fail, shell: &Shell) -> Response {
        let (title, detail, request) = (fail.title(), fail.detail(), self.request.to_string());
        let detail = detail.as_str();
        html(if self.bare {
            ErrorBare { title, detail }.render()
        } else if self.fragment {
            ErrorFragment { title, detail, request }.render()
        } else if shell.signed_in() {
            ErrorInside { shell, title, detail, request }.render()
        } else {
            ErrorPage { shell, title, detail, request }.render()
        })
        .into_response()
    }

    fn log(&self, fail: &Fail) {
        if let Fail::Internal(cause) = fail {
            tracing::error!(request = %self.request, cause = %chain(&**cause), "a request failed by a mistake of ours");
        }
    }
}

/// Marks an answer whose failure has its words.
#[derive(Clone, Copy)]
pub(crate) struct Worded;

/// Templates of ours fail only when writing to memory does; then a plain sentence must do.
fn html(rendered: askama::Result<String>) -> Html<String> {
    Html(rendered.unwrap_or_else(|_| "Something went wrong on our side.".to_owned()))
}

fn add_headers(fail: &Fail, headers: &mut HeaderMap) {
    match fail {
        Fail::TooMany { retry_after } => {
            headers.insert(RETRY_AFTER, HeaderValue::from(*retry_after));
        }
        Fail::Unavailable(_) | Fail::TimedOut => {
            headers.insert(RETRY_AFTER, HeaderValue::from_static("10"));
        }
        Fail::SignIn => {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"waxwing\""));
        }
        _ => {}
    }
}

/// An error with its causes, in one line.
pub(crate) fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        next = cause.source();
    }
    text
}

/// What axum's own refusals (a path that does not parse, a missing header) mean.
pub(crate) fn bare_rejection(response: &Response, limit: u64) -> Option<Fail> {
    let status = response.status();
    let plain = response.headers().get(CONTENT_TYPE).is_none_or(|v| v.as_bytes().starts_with(b"text/plain"));
    let failed = status.is_client_error() || status == StatusCode::INTERNAL_SERVER_ERROR;
    let ours = response.headers().contains_key(ALLOW) || response.extensions().get::<Worded>().is_some();
    (failed && plain && !ours).then(|| Fail::of_status(status, limit))
}

/// Percent-encodes a path as the value of a query parameter.
fn escape(path: &str) -> String {
    path.bytes().fold(String::new(), |mut out, byte| {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'/' | b'-' | b'_' | b'.' => out.push(char::from(byte)),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
        out
    })
}
