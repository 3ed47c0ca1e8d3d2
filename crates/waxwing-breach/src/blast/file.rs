//! A frozen answer as a file: each person that it names, field by field, how sure, when first and when last.
//!
//! Promise: exactly the people of that answer, each as their page says it; that the file was made is recorded before its
//! first line. Limit: people stand in it by their number, with their country for who may read subscribers; names and
//! addresses leave by an export alone. Each so many people are a walk through the record.

use super::radius::Radius;
use super::summary::Registry;
use super::touched::Touched;
use super::{country_field, frozen, touched};
use axum::body::Bytes;
use futures::stream::{Stream, try_unfold};
use serde_json::json;
use std::collections::HashMap;
use waxwing_app::importing::csv_row;
use waxwing_app::{App, Result, fields, subscribers};
use waxwing_domain::{Action, Ctx, FieldId, Operation, SubjectNo};
use waxwing_store::{Entry, RoaringBitmap};

/// People a piece: their lines are held at once.
const PEOPLE: usize = 50_000;
/// The columns of the table.
const COLUMNS: [&str; 6] = ["subject", "effect", "field", "first", "last", "country"];

/// How it is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Format {
    /// A line for each field of each person.
    Csv,
    /// A JSON object for each person.
    Lines,
}

impl Format {
    /// Reads `csv` or `ndjson`.
    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "csv" => Some(Self::Csv),
            "ndjson" => Some(Self::Lines),
            _ => None,
        }
    }
    /// Its word, and how names of such files end.
    pub const fn ending(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Lines => "ndjson",
        }
    }
    /// The media type.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8",
            Self::Lines => "application/x-ndjson",
        }
    }
}

/// Writes the people of a frozen answer, piece by piece.
///
/// # Errors
/// [`NotFound`](waxwing_app::Error::NotFound); `Damaged` when the answer, or the record under it, was changed.
pub async fn file(
    app: &App,
    ctx: &Ctx,
    id: i64,
    format: Format,
) -> Result<impl Stream<Item = Result<Bytes>> + Send + use<>> {
    let mut tx = app.read(ctx, "blast.file").await?;
    let radius = frozen(app, &mut tx, ctx, id).await?.answer.radius;
    let keys = Keys::of(Registry::of(fields::all(&mut tx).await?), &radius);
    let country = country_field(&mut tx).await?;
    drop(tx);
    let people = radius.everybody();
    let detail = json!({ "format": format.ending(), "people": people.len() });
    let entry = Entry::new(Operation::Read, "blast.file").on("radius", id).to("file").detail(detail);
    app.store().disclose(ctx, entry).await?;
    let (app, ctx) = (app.clone(), ctx.clone());
    let begin = Writing { app, ctx, radius, keys, country, format, rest: people, begun: false };
    Ok(try_unfold(begin, Writing::next))
}

/// What the fields of an answer are called.
struct Keys(HashMap<FieldId, String>);

impl Keys {
    fn of(registry: Registry, radius: &Radius) -> Self {
        Self(radius.fields().into_iter().map(|field| (field, registry.name(field).0)).collect())
    }
    /// Its key; empty for the number, the lists and the dates of a person alone.
    fn key(&self, field: Option<FieldId>) -> &str {
        field.and_then(|field| self.0.get(&field)).map_or("", String::as_str)
    }
}

struct Writing {
    app: App,
    ctx: Ctx,
    radius: Radius,
    keys: Keys,
    country: String,
    format: Format,
    rest: RoaringBitmap,
    begun: bool,
}

impl Writing {
    async fn next(mut self) -> Result<Option<(Bytes, Self)>> {
        let mut text = String::new();
        if !std::mem::replace(&mut self.begun, true) && self.format == Format::Csv {
            csv_row(COLUMNS, &mut text);
        }
        let numbers: Vec<SubjectNo> = self.rest.iter().take(PEOPLE).map(SubjectNo::new).collect();
        let Some(last) = numbers.last() else {
            return Ok((!text.is_empty()).then(|| (Bytes::from(text), self)));
        };
        self.rest.remove_range(..=last.get());
        let countries = self.countries(&numbers).await?;
        let found = touched(&self.app, &self.ctx, &self.radius, &numbers).await?;
        for subject in numbers {
            let country = countries.get(&subject).map_or("", String::as_str);
            self.write(subject, &found.of(subject), country, &mut text);
        }
        Ok(Some((Bytes::from(text), self)))
    }

    /// Where these people are known to live; of nobody for who may not read subscribers.
    async fn countries(&self, numbers: &[SubjectNo]) -> Result<HashMap<SubjectNo, String>> {
        if !self.ctx.may(Action::SubscribersRead) {
            return Ok(HashMap::new());
        }
        let people: RoaringBitmap = numbers.iter().map(|subject| subject.get()).collect();
        let mut tx = self.app.read(&self.ctx, "blast.file").await?;
        let values = subscribers::by_value(&mut tx, &people, &self.country).await?;
        let each = values.into_iter().flat_map(|(value, people)| {
            let one = move |person| (SubjectNo::new(person), value.clone());
            people.into_iter().map(one)
        });
        Ok(each.collect())
    }

    fn write(&self, subject: SubjectNo, theirs: &[Touched], country: &str, into: &mut String) {
        match self.format {
            Format::Csv => {
                let number = subject.get().to_string();
                for one in theirs {
                    let (first, last) = (one.first.to_string(), one.last.to_string());
                    let cells = [&number, one.effect.as_str(), self.keys.key(one.field), &first, &last, country];
                    csv_row(cells, into);
                }
            }
            Format::Lines => {
                let field = |one: &Touched| {
                    let (first, last) = (one.first.to_string(), one.last.to_string());
                    json!({ "effect": one.effect.as_str(), "field": self.keys.key(one.field), "first": first, "last": last })
                };
                let fields: Vec<_> = theirs.iter().map(field).collect();
                let line = json!({ "subject": subject.get(), "country": country, "fields": fields });
                into.push_str(&line.to_string());
                into.push('\n');
            }
        }
    }
}
