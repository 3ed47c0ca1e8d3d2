//! The record for other systems: CSV, OCSF JSON lines, syslog.
//!
//! Promise: that the record leaves is on the record before its first byte, and what is written is
//! one line an entry, newest first, with nothing in it that could begin another line or be run by
//! a spreadsheet. Limit: this is a copy for searching; what proves anything are the files of
//! `waxwing record export`.

use super::{Filter, SCAN, STEP};
use crate::importing::csv_row;
use crate::{App, Result};
use bytes::Bytes;
use futures::Stream;
use serde_json::{Value, json};
use waxwing_domain::{AccountId, Action, Ctx, Micros, Operation, RequestId};
use waxwing_store::{Entry, RecordRow, StoreError, record_page};

/// How it is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Format {
    /// Comma-separated values (RFC 4180).
    Csv,
    /// OCSF 1.3 events, one JSON object a line.
    Ocsf,
    /// Syslog messages (RFC 5424), one a line.
    Syslog,
}

impl Format {
    /// Reads `csv`, `ocsf` or `syslog`.
    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "csv" => Some(Self::Csv),
            "ocsf" => Some(Self::Ocsf),
            "syslog" => Some(Self::Syslog),
            _ => None,
        }
    }

    /// The word, which is the file's ending too.
    pub const fn ending(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Ocsf => "ocsf.jsonl",
            Self::Syslog => "syslog",
        }
    }

    /// The media type.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8",
            Self::Ocsf => "application/x-ndjson",
            Self::Syslog => "text/plain; charset=utf-8",
        }
    }
}

const CSV_HEAD: [&str; 17] = [
    "entry",
    "time",
    "operation",
    "use_case",
    "actor",
    "principal",
    "credential",
    "caused_by",
    "caused_by_principal",
    "caused_by_credential",
    "request",
    "object",
    "destination",
    "people",
    "address",
    "purpose",
    "detail",
];

/// Hands out what `filter` wants, newest first, as lines; recorded before anything is read.
pub async fn hand_out(
    app: &App,
    ctx: &Ctx,
    filter: Filter,
    format: Format,
) -> Result<impl Stream<Item = std::result::Result<Bytes, StoreError>> + Send + use<>> {
    ctx.authorise(Action::RecordRead)?;
    let detail = json!({ "format": format.ending(), "filter": filter.words() });
    app.store().disclose(ctx, Entry::new(Operation::Export, "record.hand_out").to("file").detail(detail)).await?;
    let begin = State { app: app.clone(), ctx: ctx.clone(), filter, format, before: Some(i64::MAX), begun: false };
    Ok(futures::stream::try_unfold(begin, |state| state.next()))
}

struct State {
    app: App,
    ctx: Ctx,
    filter: Filter,
    format: Format,
    before: Option<i64>,
    begun: bool,
}

impl State {
    /// The next lines; at most [`SCAN`] entries are looked through for them.
    async fn next(mut self) -> std::result::Result<Option<(Bytes, Self)>, StoreError> {
        let Some(mut at) = self.before else { return Ok(None) };
        let mut lines = String::new();
        if !std::mem::replace(&mut self.begun, true) && self.format == Format::Csv {
            csv_row(CSV_HEAD, &mut lines);
        }
        let mut tx = self.app.store().read(self.ctx.workspace, "record.hand_out").await?;
        for _ in 0..SCAN / STEP {
            let chunk = record_page(self.app.store(), &mut tx, at, STEP).await?;
            self.before =
                chunk.last().map(|row| row.index).filter(|_| chunk.iter().all(|row| !self.filter.ends_before(row)));
            chunk.iter().filter(|row| self.filter.wants(row)).for_each(|row| lines.push_str(&self.line(row)));
            match self.before {
                Some(before) if lines.is_empty() => at = before,
                _ => break,
            }
        }
        drop(tx);
        Ok(Some((Bytes::from(lines), self)))
    }

    fn line(&self, row: &RecordRow) -> String {
        match self.format {
            Format::Csv => csv(row),
            Format::Ocsf => ocsf(row).to_string() + "\n",
            Format::Syslog => syslog(row, host(&self.app)),
        }
    }
}

fn host(app: &App) -> &str {
    let url = app.config().public_url.as_str();
    let after = url.split_once("://").map_or(url, |(_, rest)| rest);
    after.split(['/', ':']).next().filter(|host| !host.is_empty()).unwrap_or("-")
}

fn text<'a>(row: &'a RecordRow, key: &str) -> &'a str {
    row.leaf[key].as_str().unwrap_or_default()
}

fn at(row: &RecordRow) -> Micros {
    Micros::from_i64(row.leaf["at"].as_i64().unwrap_or_default())
}

/// A number as people see it everywhere else; empty for none.
fn id(value: &Value) -> String {
    match value.as_i64() {
        Some(number) if number != 0 => AccountId::from_i64(number).to_string(),
        _ => String::new(),
    }
}

fn purpose(row: &RecordRow) -> &str {
    row.body.as_ref().and_then(|body| body["purpose"].as_str()).unwrap_or_default()
}

fn object(row: &RecordRow) -> String {
    let object = &row.leaf["object"];
    object[0].as_str().map_or_else(String::new, |kind| format!("{kind} {}", id(&object[1])))
}

fn csv(row: &RecordRow) -> String {
    let (actor, origin) = (&row.leaf["actor"], &row.leaf["origin"]);
    let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let detail = row.body.as_ref().map(|body| &body["detail"]).filter(|detail| !detail.is_null());
    let cells = [
        row.index.to_string(),
        at(row).to_string(),
        text(row, "operation").to_owned(),
        text(row, "what").to_owned(),
        word(&actor[0]),
        id(&actor[1]),
        id(&actor[2]),
        word(&origin[0]),
        id(&origin[1]),
        id(&origin[2]),
        id(&row.leaf["request"]),
        object(row),
        text(row, "destination").to_owned(),
        row.subjects.len().to_string(),
        row.address.clone().unwrap_or_default(),
        on_one_line(purpose(row)),
        detail.map_or_else(String::new, Value::to_string),
    ];
    let mut line = String::new();
    csv_row(cells.iter().map(String::as_str), &mut line);
    line
}

/// Blanks in place of control characters, line ends among them.
fn on_one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// OCSF's activity of an operation: create 1, read 2, update 3, delete 4, other 99.
fn activity(operation: &str) -> (i64, &'static str) {
    match operation {
        "create" | "import" => (1, "Create"),
        "read" | "search" | "export" | "send" | "preview" => (2, "Read"),
        "change" | "key" => (3, "Update"),
        "delete" | "erase" => (4, "Delete"),
        _ => (99, "Other"),
    }
}

/// An OCSF 1.3 event: API Activity (6003), or Authentication (3002) for signing in and out.
fn ocsf(row: &RecordRow) -> Value {
    let operation = text(row, "operation");
    let (class, category, name) = match operation {
        "login" => (3002, 3, "Authentication"),
        _ => (6003, 6, "API Activity"),
    };
    let (activity_id, activity_name) = activity(operation);
    let actor = &row.leaf["actor"];
    json!({
        "class_uid": class, "class_name": name, "category_uid": category,
        "activity_id": activity_id, "activity_name": activity_name, "type_uid": class * 100 + activity_id,
        "severity_id": 1, "severity": "Informational", "status_id": 0,
        "time": at(row).as_i64() / 1_000,
        "metadata": {
            "version": "1.3.0", "product": { "name": "Waxwing", "vendor_name": "Waxwing" },
            "uid": id(&row.leaf["id"]), "sequence": row.index, "correlation_uid": id(&row.leaf["request"]),
        },
        "actor": {
            "user": { "uid": id(&actor[1]), "type": actor[0] },
            "session": { "uid": id(&actor[2]) },
        },
        "user": { "uid": id(&actor[1]) },
        "api": { "operation": text(row, "what"), "request": { "uid": id(&row.leaf["request"]) } },
        "src_endpoint": { "ip": row.address },
        "message": purpose(row),
        "unmapped": {
            "operation": operation, "destination": text(row, "destination"), "object": object(row),
            "people": row.subjects.len(), "caused_by": row.leaf["origin"], "parts": row.leaf["parts"],
        },
    })
}

/// Facility 13 (log audit), severity 6 (informational): 13 * 8 + 6.
const PRIORITY: u8 = 110;

/// RFC 5424. The structured data stands under the enterprise number that RFC 5612 keeps for
/// examples: Waxwing has none of its own.
fn syslog(row: &RecordRow, host: &str) -> String {
    let actor = &row.leaf["actor"];
    let parameters = [
        ("entry", row.index.to_string()),
        ("operation", text(row, "operation").to_owned()),
        ("actor", actor[0].as_str().unwrap_or_default().to_owned()),
        ("principal", id(&actor[1])),
        ("credential", id(&actor[2])),
        ("request", RequestId::from_i64(row.leaf["request"].as_i64().unwrap_or_default()).to_string()),
        ("object", object(row)),
        ("destination", text(row, "destination").to_owned()),
        ("people", row.subjects.len().to_string()),
        ("address", row.address.clone().unwrap_or_default()),
    ];
    let written: String = parameters.iter().map(|(name, value)| format!(" {name}=\"{}\"", escaped(value))).collect();
    let message = on_one_line(purpose(row));
    let what: String = text(row, "what").chars().filter(char::is_ascii_graphic).take(32).collect();
    format!("<{PRIORITY}>1 {} {host} waxwing - {what} [waxwing@32473{written}] {message}\n", stamp(at(row)))
}

/// RFC 5424 §6.2.3 allows six digits of a second at most.
fn stamp(at: Micros) -> String {
    at.timestamp().strftime("%Y-%m-%dT%H:%M:%S%.6fZ").to_string()
}

/// RFC 5424 §6.3.3: quotation mark, backslash and closing bracket; control characters are blanks.
fn escaped(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    for c in value.chars() {
        match c {
            '"' | '\\' | ']' => out.extend(['\\', c]),
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row() -> RecordRow {
        RecordRow {
            index: 7,
            leaf: json!({
                "id": 5, "at": 1_796_115_600_123_456_i64, "actor": ["account", 11, 12], "origin": ["account", 11, 12],
                "request": 9, "operation": "export", "what": "exporting.begin", "object": ["export", 3],
                "destination": "file", "parts": [],
            }),
            body: Some(json!({ "purpose": "=cmd()\n<1>1 forged]\"", "detail": { "list": "x" } })),
            address: Some("192.0.2.7".into()),
            subjects: waxwing_store::RoaringBitmap::from_iter([1, 2]),
        }
    }

    #[test]
    fn syslog_is_one_line_that_nothing_can_break_out_of() {
        let line = syslog(&row(), "mail.example.org");
        assert!(line.starts_with("<110>1 2026-12-01T09:00:00.123456Z mail.example.org waxwing - exporting.begin [waxwing@32473 entry=\"7\""), "{line}");
        assert_eq!(line.lines().count(), 1);
        assert_eq!(escaped("a\"b\\c]d\ne"), "a\\\"b\\\\c\\]d e");
    }

    #[test]
    fn csv_cells_are_harmless_in_a_spreadsheet() {
        let line = csv(&row());
        assert!(!line.contains(",=cmd") && line.contains("192.0.2.7"), "{line}");
    }

    #[test]
    fn an_ocsf_event_names_class_actor_and_time() {
        let event = ocsf(&row());
        assert_eq!((event["class_uid"].as_i64(), event["type_uid"].as_i64()), (Some(6003), Some(600_302)));
        assert_eq!(event["time"], 1_796_115_600_123_i64);
        assert_eq!(event["metadata"]["sequence"], 7);
        assert_eq!(event["src_endpoint"]["ip"], "192.0.2.7");
        assert!(!event.to_string().contains('\n'));
    }
}
