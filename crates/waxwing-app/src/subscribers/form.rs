//! The form of a person, made from the registry of fields.

use super::{Changes, NewPerson, Shown};
use crate::fields::{Field, FieldKind};
use std::collections::HashMap;
use std::sync::Arc;
use waxwing_domain::{EmailAddress, FieldId};

/// One line of the form.
pub(super) struct Line {
    /// The field's key, also the input's name.
    pub(super) key: String,
    /// Its label.
    pub(super) label: String,
    /// The input's type; `flag` is a choice.
    pub(super) input: &'static str,
    /// Why it is kept.
    pub(super) hint: String,
    /// What was typed or is stored.
    pub(super) value: String,
    /// What is wrong with it; empty when nothing is.
    pub(super) error: String,
}

fn line(field: &Field, value: String, error: String) -> Line {
    let input = match field.kind {
        FieldKind::Text | FieldKind::Number | FieldKind::Country => "text",
        FieldKind::Date => "date",
        FieldKind::Flag => "flag",
        FieldKind::Email => "email",
        FieldKind::Phone => "tel",
    };
    let hint = if field.is_built_in() { String::new() } else { field.purpose.clone() };
    Line { key: field.key.clone(), label: field.label.clone(), input, hint, value, error }
}

/// An empty form.
pub(super) fn empty(fields: &[Arc<Field>]) -> Vec<Line> {
    fields.iter().map(|field| line(field, String::new(), String::new())).collect()
}

/// The form of a person.
pub(super) fn filled(fields: &[Arc<Field>], person: &Shown) -> Vec<Line> {
    fields.iter().map(|field| line(field, person.get(field).unwrap_or_default().to_owned(), String::new())).collect()
}

/// What was typed, by field key.
pub(super) type Typed = HashMap<String, String>;

/// What a form says once every line was read.
pub(super) struct Read {
    /// None where the form has no line for it, because it is masked.
    pub(super) email: Option<EmailAddress>,
    pub(super) values: Vec<(Arc<Field>, Option<String>)>,
}

impl Read {
    /// As a new person: empty lines are left out. None without an address.
    pub(super) fn into_new(self) -> Option<NewPerson> {
        let values = self.values.into_iter().filter_map(|(field, value)| Some((field, value?))).collect();
        Some(NewPerson { email: self.email?, values })
    }
    /// As changes: an empty line deletes the value.
    pub(super) fn into_changes(self) -> Changes {
        Changes { email: self.email, values: self.values }
    }
}

/// Reads the lines; on a mistake gives the form back with what was typed and what is wrong.
pub(super) fn read(fields: &[Arc<Field>], typed: &Typed) -> Result<Read, Vec<Line>> {
    let text = |field: &Field| typed.get(&field.key).map_or("", |text| text.trim());
    let (mut email, mut values, mut lines, mut wrong) = (None, Vec::new(), Vec::new(), false);
    for field in fields {
        let mut error = String::new();
        if field.id == FieldId::EMAIL {
            match EmailAddress::parse(text(field)) {
                Ok(address) => email = Some(address),
                Err(why) => error = why.to_string(),
            }
        } else if text(field).is_empty() {
            values.push((field.clone(), None));
        } else {
            match field.parse(text(field)) {
                Ok(value) => values.push((field.clone(), Some(value))),
                Err(why) => error = why.to_string(),
            }
        }
        wrong |= !error.is_empty();
        lines.push(line(field, text(field).to_owned(), error));
    }
    if wrong { Err(lines) } else { Ok(Read { email, values }) }
}

/// Shows a mistake that only the use case noticed beside its line.
pub(super) fn refused(fields: &[Arc<Field>], typed: &Typed, key: &str, message: &str) -> Vec<Line> {
    let of = |field: &Arc<Field>| {
        let value = typed.get(&field.key).cloned().unwrap_or_default();
        line(field, value, if field.key == key { message.to_owned() } else { String::new() })
    };
    fields.iter().map(of).collect()
}
