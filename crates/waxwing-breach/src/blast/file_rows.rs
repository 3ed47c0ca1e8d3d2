//! The rows of a file: one for each field of each person, as CSV or as a JSON object a line.

use super::summary::Registry;
use super::{Touched, TouchedPeople};
use serde::Serialize;
use waxwing_app::importing::csv_row;
use waxwing_app::{Error, Result};
use waxwing_domain::{DataClass, SubjectNo};

/// What is said where no field was touched.
const BESIDE: &str = "Number, lists and dates only";

/// How a file is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Format {
    /// Comma-separated values (RFC 4180), with a line of names.
    Csv,
    /// One JSON object a line.
    Ndjson,
}

impl Format {
    /// Reads `csv` or `ndjson`; nothing is `csv`.
    ///
    /// # Errors
    /// [`Error::Invalid`] for another word.
    pub fn asked(word: &str) -> Result<Self> {
        match word {
            "" | "csv" => Ok(Self::Csv),
            "ndjson" => Ok(Self::Ndjson),
            _ => Err(Error::invalid("format", "say csv or ndjson")),
        }
    }

    /// The word, which is the file's ending too.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Ndjson => "ndjson",
        }
    }

    /// The media type.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8",
            Self::Ndjson => "application/x-ndjson",
        }
    }
}

/// What a file has beside numbers, fields and times.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Columns {
    pub country: bool,
    pub email: bool,
}

/// What is known of a person beside what was touched.
#[derive(Default)]
pub(super) struct Known {
    pub country: String,
    pub email: String,
}

#[derive(Serialize)]
struct Row<'a> {
    subject: u32,
    outcome: &'static str,
    field: Option<&'a str>,
    label: &'a str,
    class: Option<&'static str>,
    sealed: bool,
    first: String,
    last: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    country: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<&'a str>,
}

impl Row<'_> {
    fn write(&self, format: Format, into: &mut String) -> Result<()> {
        match format {
            Format::Csv => self.csv(into),
            Format::Ndjson => {
                into.push_str(&serde_json::to_string(self).map_err(|error| Error::Conflict(error.to_string()))?);
                into.push('\n');
            }
        }
        Ok(())
    }

    fn csv(&self, into: &mut String) {
        let subject = self.subject.to_string();
        let sealed = if self.sealed { "yes" } else { "no" };
        let field = (self.field.unwrap_or_default(), self.label, self.class.unwrap_or_default());
        let cells = [&subject, self.outcome, field.0, field.1, field.2, sealed, &self.first, &self.last];
        csv_row(cells.into_iter().chain(self.country).chain(self.email), into);
    }
}

/// The first line of a file, where its format has one.
pub(super) fn header(format: Format, columns: Columns) -> Option<String> {
    let names = ["subject", "outcome", "field", "label", "class", "sealed", "first", "last"].into_iter();
    let names = names.chain(columns.country.then_some("country")).chain(columns.email.then_some("email"));
    let mut text = String::new();
    (format == Format::Csv).then(|| csv_row(names, &mut text))?;
    Some(text)
}

/// The rows of one person.
pub(super) fn person(
    (format, columns): (Format, Columns),
    registry: &Registry,
    (subject, known): (SubjectNo, &Known),
    touched: &TouchedPeople,
    into: &mut String,
) -> Result<()> {
    for Touched { effect, field, first, last } in touched.of(subject) {
        let named = field.map(|field| (registry.name(field), registry.class(field)));
        let row = Row {
            subject: subject.get(),
            outcome: effect.as_str(),
            field: named.as_ref().map(|((key, _), _)| key.as_str()),
            label: named.as_ref().map_or(BESIDE, |((_, label), _)| label),
            class: named.as_ref().map(|(_, class)| class.as_str()),
            sealed: named.as_ref().is_some_and(|(_, class)| DataClass::sealed(*class)),
            first: first.to_string(),
            last: last.to_string(),
            country: columns.country.then_some(known.country.as_str()),
            email: columns.email.then_some(known.email.as_str()),
        };
        row.write(format, into)?;
    }
    Ok(())
}
