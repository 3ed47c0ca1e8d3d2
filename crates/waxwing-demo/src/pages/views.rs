//! What the pages show.

use super::guard::is_loopback_name;
use crate::capture::{Captured, CapturedMessage, Counts, Filter, Verdict};
use crate::mime;
use askama::Template;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::response::{Html, IntoResponse, Response};
use std::sync::Arc;

/// Rows of a page.
const PAGE: usize = 100;
/// Characters of a search.
const LONGEST_SEARCH: usize = 200;
/// Bytes of the text part that a page shows; the rest is in the raw message.
const LONGEST_TEXT: usize = 200_000;
/// Links that a page lists.
const MOST_LINKS: usize = 200;
/// The words a search can choose.
const WORDS: [&str; 4] = ["accepted", "deferred", "refused", "reply lost"];

/// The policy over a message's HTML: inline styles, pictures of this machine, and nothing else.
const HTML_POLICY: &str = "sandbox; default-src 'none'; style-src 'unsafe-inline'; \
    img-src data: http://127.0.0.1:* http://localhost:*; form-action 'none'; base-uri 'none'; \
    frame-ancestors 'self'";

/// What a list asks for; unknown and empty values ask for everything.
#[derive(Debug, Default, serde::Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    q: String,
    #[serde(default)]
    verdict: String,
    before: Option<u64>,
}

struct Row {
    id: u64,
    at: String,
    time: String,
    from: String,
    to: String,
    subject: String,
    size: String,
    has_message: bool,
    verdict: String,
    class: &'static str,
}

struct Form {
    q: String,
    verdict: String,
    words: &'static [&'static str],
    longest: usize,
}

#[derive(Template)]
#[template(path = "list.html")]
struct List {
    title: &'static str,
    empty: &'static str,
    refresh: bool,
    counts: [(&'static str, String); 5],
    rows: Vec<Row>,
    older: Option<String>,
    form: Option<Form>,
}

struct Link {
    address: String,
    local: bool,
}

#[derive(Template)]
#[template(path = "message.html")]
struct Message {
    row: Row,
    connection: u64,
    tls: bool,
    has_html: bool,
    links: Vec<Link>,
    text: Option<String>,
    headers: Vec<(String, String)>,
}

/// The newest entries; the first page looks again by itself.
pub(super) async fn newest(State(captured): State<Captured>, Query(asked): Query<Asked>) -> Response {
    let filter = Filter { before: asked.before, ..Filter::default() };
    let (rows, last) = rows(&captured, filter).await;
    page(&List {
        title: "Caught mail",
        empty: "Nothing caught yet. Send a campaign, and its messages show here within seconds.",
        refresh: asked.before.is_none(),
        counts: totals(captured.counts()),
        rows,
        older: last.map(|id| format!("/?before={id}")),
        form: None,
    })
}

/// Entries by address, subject and verdict. It does not look again: that would eat what is typed.
pub(super) async fn search(State(captured): State<Captured>, Query(asked): Query<Asked>) -> Response {
    if asked.q.chars().count() > LONGEST_SEARCH {
        return (StatusCode::BAD_REQUEST, "A search has at most 200 characters.\n").into_response();
    }
    let verdict = WORDS.into_iter().find(|word| *word == asked.verdict);
    let text = Some(asked.q.trim().to_owned()).filter(|q| !q.is_empty());
    let (rows, last) = rows(&captured, Filter { text, verdict, before: asked.before, to: None }).await;
    let older = last.map(|id| {
        let id = id.to_string();
        let pairs = [("q", asked.q.as_str()), ("verdict", asked.verdict.as_str()), ("before", id.as_str())];
        format!("/search?{}", url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish())
    });
    page(&List {
        title: "Search caught mail",
        empty: "Nothing fits. Try a part of the address or of the subject.",
        refresh: false,
        counts: totals(captured.counts()),
        rows,
        older,
        form: Some(Form { q: asked.q, verdict: asked.verdict, words: &WORDS, longest: LONGEST_SEARCH }),
    })
}

/// One message with its parts.
pub(super) async fn message(State(captured): State<Captured>, Path(id): Path<u64>) -> Response {
    let Some(entry) = captured.get(id) else { return nowhere().await };
    let links = mime::links(&entry.raw).into_iter().take(MOST_LINKS);
    page(&Message {
        row: row(&entry),
        connection: entry.connection,
        tls: entry.tls,
        has_html: mime::html(&entry.raw).is_some(),
        links: links.map(|address| Link { local: is_local(&address), address }).collect(),
        text: mime::text(&entry.raw).map(shortened),
        headers: mime::headers(&entry.raw),
    })
}

/// The HTML part alone, for the frame.
pub(super) async fn html(State(captured): State<Captured>, Path(id): Path<u64>) -> Response {
    let Some(html) = captured.get(id).and_then(|entry| mime::html(&entry.raw)) else {
        return nowhere().await;
    };
    ([(CONTENT_SECURITY_POLICY, HTML_POLICY)], Html(html)).into_response()
}

/// The message as it came.
pub(super) async fn raw(State(captured): State<Captured>, Path(id): Path<u64>) -> Response {
    let Some(entry) = captured.get(id) else { return nowhere().await };
    ([(CONTENT_TYPE, "text/plain; charset=utf-8")], entry.raw.to_vec()).into_response()
}

/// The style sheet.
pub(super) async fn style() -> Response {
    ([(CONTENT_TYPE, "text/css; charset=utf-8")], include_str!("../../templates/style.css")).into_response()
}

/// An address that leads nowhere, or a message that was forgotten.
pub(super) async fn nowhere() -> Response {
    (StatusCode::NOT_FOUND, "There is no such page or message; the oldest messages are forgotten first.\n")
        .into_response()
}

/// A page of rows and, if it is full, the id that the next page lies before.
async fn rows(captured: &Captured, filter: Filter) -> (Vec<Row>, Option<u64>) {
    let captured = captured.clone();
    // A search decodes the subject of every message: not on a thread that also serves sockets.
    let found = tokio::task::spawn_blocking(move || {
        let entries = captured.list(&filter, PAGE);
        let last = entries.last().filter(|_| entries.len() == PAGE).map(|entry| entry.id);
        (entries.iter().map(row).collect(), last)
    });
    found.await.unwrap_or_else(|error| {
        tracing::error!(%error, "demo: a search broke off");
        (Vec::new(), None)
    })
}

fn row(entry: &Arc<CapturedMessage>) -> Row {
    let at = entry.at.to_string();
    Row {
        id: entry.id,
        time: at.get(11..19).unwrap_or(&at).to_owned(),
        at,
        from: if entry.from.is_empty() { "<>".to_owned() } else { entry.from.clone() },
        to: recipients(&entry.to),
        subject: subject(&entry.raw),
        size: thousands(entry.raw.len() as u64),
        has_message: !entry.raw.is_empty(),
        verdict: entry.verdict.to_string(),
        class: class(entry.verdict),
    }
}

fn subject(raw: &[u8]) -> String {
    let missing = if raw.is_empty() { "(no message)" } else { "(no subject)" };
    mime::subject(raw).filter(|subject| !subject.trim().is_empty()).unwrap_or_else(|| missing.to_owned())
}

fn totals(counts: Counts) -> [(&'static str, String); 5] {
    [
        ("Accepted", thousands(counts.accepted)),
        ("Deferred", thousands(counts.deferred)),
        ("Refused", thousands(counts.refused)),
        ("Reply lost", thousands(counts.reply_lost)),
        ("Connections", thousands(counts.connections)),
    ]
}

/// `4003` as `4,003`.
fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

fn recipients(to: &[String]) -> String {
    match to {
        [] => String::new(),
        [only] => only.clone(),
        [first, others @ ..] => format!("{first} and {} more", others.len()),
    }
}

fn class(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Accepted => "good",
        Verdict::Deferred { .. } | Verdict::ReplyLost => "wait",
        Verdict::Refused { .. } => "bad",
    }
}

fn is_local(link: &str) -> bool {
    url::Url::parse(link).ok().and_then(|url| url.host_str().map(is_loopback_name)).unwrap_or(false)
}

fn shortened(mut text: String) -> String {
    if text.len() > LONGEST_TEXT {
        text.truncate(text.floor_char_boundary(LONGEST_TEXT));
        text.push_str("\n… (shortened)");
    }
    text
}

pub(super) fn page(template: &impl Template) -> Response {
    match template.render() {
        Ok(html) => Html(html).into_response(),
        Err(error) => {
            tracing::error!(%error, "demo: a page could not be rendered");
            (StatusCode::INTERNAL_SERVER_ERROR, "The page could not be made.\n").into_response()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_in_threes() {
        let read: Vec<String> = [0, 999, 1_000, 4_003, 1_234_567].into_iter().map(thousands).collect();
        assert_eq!(read, ["0", "999", "1,000", "4,003", "1,234,567"]);
    }

    #[test]
    fn a_long_text_is_shortened_between_letters() {
        let text = shortened("ä".repeat(LONGEST_TEXT));
        assert!(text.len() < LONGEST_TEXT + 30 && text.ends_with("(shortened)"));
    }
}
