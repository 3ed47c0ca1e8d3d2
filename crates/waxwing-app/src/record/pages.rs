//! The page of the record.

use super::names::Names;
use super::{Filter, Format, Head, LogState, Search, log_page};
use crate::App;
use askama::Template;
use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use http::Method;
use serde::Deserialize;
use std::net::IpAddr;
use waxwing_domain::{AccountId, Action, Micros, Operation};
use waxwing_http::{Fail, Flash, Page, Params, Routes, SafeForm, SeeOther, Segment, Shell, Who, download};
use waxwing_store::RecordRow;

/// Entries on a page.
const ROWS: usize = 50;

pub(super) fn routes() -> Routes<App> {
    let routes = Routes::new().page(Method::GET, "/security", Action::RecordRead, index);
    let routes = routes.page(Method::GET, "/security/record/export", Action::RecordRead, export);
    let routes = routes.page(Method::GET, "/security/entries/{index}/proof", Action::RecordRead, proof);
    let routes = routes.page(Method::POST, "/security/searches", Action::RecordRead, save_search);
    let routes = routes.page(Method::POST, "/security/searches/{id}/delete", Action::RecordRead, delete_search);
    log_page::routes(routes)
}

#[derive(Deserialize, Default)]
pub(super) struct Asked {
    #[serde(default)]
    operation: String,
    #[serde(default)]
    what: String,
    #[serde(default)]
    person: String,
    #[serde(default)]
    actor: String,
    #[serde(default)]
    who: String,
    #[serde(default)]
    address: String,
    /// A day, in UTC: not before.
    #[serde(default)]
    from: String,
    /// A day, in UTC: until its end.
    #[serde(default)]
    until: String,
    #[serde(default)]
    before: String,
    /// `csv`, `ocsf` or `syslog`, when the record is taken out.
    #[serde(default)]
    format: String,
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
            who: self.who()?,
            address: self.address()?,
            from: day("from", &self.from, 0)?,
            until: day("until", &self.until, 1)?,
        })
    }
}

impl Asked {
    fn who(&self) -> Result<Option<i64>, Fail> {
        let who = self.who.trim();
        let number = (!who.is_empty()).then(|| who.parse::<AccountId>()).transpose();
        let number = number.map_err(|_| Fail::invalid("who", "Give the 13 characters that stand beside the name."))?;
        Ok(number.map(AccountId::as_i64))
    }

    fn address(&self) -> Result<Option<IpAddr>, Fail> {
        let address = self.address.trim();
        let read = (!address.is_empty()).then(|| address.parse::<IpAddr>()).transpose();
        let read = read.map_err(|_| Fail::invalid("address", "Give a network address like 192.0.2.7."))?;
        Ok(read.map(|address| address.to_canonical()))
    }

    /// The filters as the query of the page's address; empty without any.
    pub(super) fn query(&self) -> String {
        let filters = [
            ("operation", &self.operation),
            ("what", &self.what),
            ("person", &self.person),
            ("actor", &self.actor),
            ("who", &self.who),
            ("address", &self.address),
            ("from", &self.from),
            ("until", &self.until),
        ];
        let mut text = url::form_urlencoded::Serializer::new(String::new());
        text.extend_pairs(filters.iter().filter(|(_, value)| !value.trim().is_empty()));
        text.finish()
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
    who: Acted,
    origin: Option<Acted>,
    people: u64,
    destination: String,
    purpose: String,
    detail: String,
    address: String,
}

impl Line {
    fn of(row: RecordRow, names: &Names) -> Self {
        let text = |key: &str| row.leaf[key].as_str().unwrap_or_default().to_owned();
        let purpose = row.body.as_ref().and_then(|b| b["purpose"].as_str()).unwrap_or_default().to_owned();
        let detail = row.body.as_ref().filter(|b| !b["detail"].is_null()).map(|b| b["detail"].to_string());
        let (actor, origin) = (&row.leaf["actor"], &row.leaf["origin"]);
        Self {
            index: row.index,
            at: Micros::from_i64(row.leaf["at"].as_i64().unwrap_or_default()),
            operation: text("operation"),
            what: text("what"),
            origin: (origin != actor).then(|| Acted::of(origin, names)),
            who: Acted::of(actor, names),
            people: row.subjects.len(),
            destination: text("destination"),
            purpose,
            detail: detail.unwrap_or_default(),
            address: row.address.unwrap_or_default(),
        }
    }
}

/// Who acted: a name or a kind, and the number that the record has, which finds all they did.
struct Acted {
    words: String,
    kind: &'static str,
    number: String,
}

impl Acted {
    fn of(actor: &serde_json::Value, names: &Names) -> Self {
        let kind = match actor[0].as_str().unwrap_or_default() {
            "account" => "person",
            "api_key" => "API key",
            "host" => "command line",
            "public" => "visitor",
            "job" => "background job",
            _ => "unknown",
        };
        let words = names.get(actor).unwrap_or(kind).to_owned();
        let number = actor[1].as_i64().filter(|number| *number != 0 && matches!(kind, "person" | "API key"));
        Self { words, kind, number: number.map(|n| AccountId::from_i64(n).to_string()).unwrap_or_default() }
    }
}

#[derive(Template)]
#[template(path = "record/pages/index.html")]
struct IndexPage {
    shell: Shell,
    head: Head,
    log: LogState,
    searches: Vec<Search>,
    query: String,
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
    let query = asked.query();
    let next = found.next.map(|before| format!("/security?{query}&before={before}"));
    let mut tx = app.read(&ctx, "record.searches").await?;
    let searches = super::searches(&mut tx, &ctx).await?;
    let names = Names::of(&app, &mut tx, &ctx, &found.rows).await?;
    drop(tx);
    Ok(Page(IndexPage {
        shell: shell.titled("Security"),
        head: super::head(&app, &ctx).await?,
        log: super::log_state(&app, &ctx).await?,
        searches,
        query,
        operations: Operation::ALL.iter().map(|operation| operation.as_str()).collect(),
        lines: found.rows.into_iter().map(|row| Line::of(row, &names)).collect(),
        first: if asked.before.is_empty() { "" } else { "/security" },
        next: next.unwrap_or_default(),
        cut: found.cut,
        asked,
    }))
}

/// What the filters want, as a file.
async fn export(State(app): State<App>, Who(ctx): Who, Params(asked): Params<Asked>) -> Result<Response, Fail> {
    let format = Format::parse(&asked.format).ok_or(Fail::NotFound)?;
    let lines = super::hand_out(&app, &ctx, asked.filter()?, format).await?;
    Ok(download(&format!("record.{}", format.ending()), format.media_type(), Body::from_stream(lines)))
}

/// The proof of one entry, as a file.
async fn proof(State(app): State<App>, Who(ctx): Who, Segment(index): Segment<u64>) -> Result<Response, Fail> {
    let proof = super::proof(&app, &ctx, index).await?;
    Ok(download(&format!("entry-{index}.tlog-proof"), "text/plain; charset=utf-8", proof.to_text()))
}

#[derive(Deserialize)]
struct SearchForm {
    #[serde(default)]
    name: String,
    #[serde(default)]
    query: String,
}

async fn save_search(
    State(app): State<App>,
    Who(ctx): Who,
    SafeForm(form): SafeForm<SearchForm>,
) -> Result<SeeOther, Fail> {
    // Only what this page understands is kept, in its own form.
    let asked: Asked = serde_html_form::from_str(&form.query).map_err(|_| Fail::NotFound)?;
    asked.filter()?;
    let query = asked.query();
    let mut tx = app.begin(&ctx, "record.save_search").await?;
    super::save_search(&app, &mut tx, &ctx, &form.name, &query).await?;
    tx.commit().await.map_err(crate::Error::from)?;
    Ok(SeeOther::to(format!("/security?{query}")).flash(Flash::good("The search is kept.")))
}

async fn delete_search(State(app): State<App>, Who(ctx): Who, Segment(id): Segment<i64>) -> Result<SeeOther, Fail> {
    let mut tx = app.begin(&ctx, "record.delete_search").await?;
    super::delete_search(&app, &mut tx, &ctx, id).await?;
    tx.commit().await.map_err(crate::Error::from)?;
    Ok(SeeOther::to("/security").flash(Flash::good("The search is gone.")))
}
