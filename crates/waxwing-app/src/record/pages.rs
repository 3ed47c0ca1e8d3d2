//! The page of the record.

use super::{Filter, Head};
use crate::App;
use askama::Template;
use axum::extract::State;
use http::Method;
use serde::Deserialize;
use waxwing_domain::{Action, Micros, Operation};
use waxwing_http::{Fail, Page, Params, Routes, Shell, Who};
use waxwing_store::RecordRow;

/// Entries on a page.
const ROWS: usize = 50;

pub(super) fn routes() -> Routes<App> {
    Routes::new().page(Method::GET, "/security", Action::RecordRead, index)
}

#[derive(Deserialize, Default)]
struct Asked {
    #[serde(default)]
    operation: String,
    #[serde(default)]
    what: String,
    #[serde(default)]
    person: String,
    #[serde(default)]
    actor: String,
    /// A day, in UTC: not before.
    #[serde(default)]
    from: String,
    /// A day, in UTC: until its end.
    #[serde(default)]
    until: String,
    #[serde(default)]
    before: String,
}

impl Asked {
    /// # Errors
    /// [`Fail::Invalid`] for what can be typed wrongly.
    fn filter(&self) -> Result<Filter, Fail> {
        let person = self.person.trim();
        let subject = (!person.is_empty()).then(|| person.parse()).transpose();
        Ok(Filter {
            operation: Operation::parse(&self.operation),
            what: self.what.trim().to_owned(),
            subject: subject.map_err(|_| Fail::invalid("person", "Give the number of a subscriber."))?,
            actor: self.actor.clone(),
            from: day("from", &self.from, 0)?,
            until: day("until", &self.until, 1)?,
        })
    }
}

/// The beginning of a day in UTC, or of the one so many days later.
fn day(field: &str, text: &str, later: i64) -> Result<Option<Micros>, Fail> {
    if text.trim().is_empty() {
        return Ok(None);
    }
    let day: jiff::civil::Date =
        text.trim().parse().map_err(|_| Fail::invalid(field, "Write the day like 2026-12-01."))?;
    let start = day.to_zoned(jiff::tz::TimeZone::UTC).map_err(|_| Fail::invalid(field, "This day is out of range."))?;
    Ok(Some(Micros::from_i64(start.timestamp().as_microsecond()).plus(later * Micros::DAY)))
}

/// An entry as people read it.
struct Line {
    index: i64,
    at: Micros,
    operation: String,
    what: String,
    who: String,
    origin: String,
    people: u64,
    destination: String,
    purpose: String,
    detail: String,
    address: String,
}

impl Line {
    fn of(row: RecordRow) -> Self {
        let text = |key: &str| row.leaf[key].as_str().unwrap_or_default().to_owned();
        let purpose = row.body.as_ref().and_then(|b| b["purpose"].as_str()).unwrap_or_default().to_owned();
        let detail = row.body.as_ref().filter(|b| !b["detail"].is_null()).map(|b| b["detail"].to_string());
        let (who, origin) = (actor_words(&row.leaf["actor"]), actor_words(&row.leaf["origin"]));
        Self {
            index: row.index,
            at: Micros::from_i64(row.leaf["at"].as_i64().unwrap_or_default()),
            operation: text("operation"),
            what: text("what"),
            origin: if origin == who { String::new() } else { origin },
            who,
            people: row.subjects.len(),
            destination: text("destination"),
            purpose,
            detail: detail.unwrap_or_default(),
            address: row.address.unwrap_or_default(),
        }
    }
}

/// `account 07q…`: the kind, and the number that tells two of a kind apart.
fn actor_words(actor: &serde_json::Value) -> String {
    let kind = match actor[0].as_str().unwrap_or_default() {
        "account" => "person",
        "api_key" => "API key",
        "host" => "command line",
        "public" => "visitor",
        "job" => "background job",
        _ => "unknown",
    };
    match actor[1].as_i64() {
        Some(number) if number != 0 => format!("{kind} {}", waxwing_domain::AccountId::from_i64(number)),
        _ => kind.to_owned(),
    }
}

#[derive(Template)]
#[template(path = "record/pages/index.html")]
struct IndexPage {
    shell: Shell,
    head: Head,
    asked: Asked,
    operations: Vec<&'static str>,
    lines: Vec<Line>,
    first: &'static str,
    next: String,
    cut: bool,
}

async fn index(
    State(app): State<App>,
    Who(ctx): Who,
    shell: Shell,
    Params(asked): Params<Asked>,
) -> Result<Page<IndexPage>, Fail> {
    let filter = asked.filter()?;
    let before = asked.before.parse().unwrap_or(i64::MAX);
    let found = super::page(&app, &ctx, &filter, before, ROWS).await?;
    let next = found.next.map(|before| {
        let query = [
            ("operation", &asked.operation),
            ("what", &asked.what),
            ("person", &asked.person),
            ("actor", &asked.actor),
            ("from", &asked.from),
            ("until", &asked.until),
        ];
        let mut text = url::form_urlencoded::Serializer::new(String::new());
        text.extend_pairs(query).append_pair("before", &before.to_string());
        format!("/security?{}", text.finish())
    });
    Ok(Page(IndexPage {
        shell: shell.titled("Security"),
        head: super::head(&app, &ctx).await?,
        operations: Operation::ALL.iter().map(|operation| operation.as_str()).collect(),
        lines: found.rows.into_iter().map(Line::of).collect(),
        first: if asked.before.is_empty() { "" } else { "/security" },
        next: next.unwrap_or_default(),
        cut: found.cut,
        asked,
    }))
}
