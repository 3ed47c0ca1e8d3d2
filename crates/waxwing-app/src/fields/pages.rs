//! The page of the registry.

use super::{Field, FieldChange, FieldKind, NewField};
use crate::{App, Error};
use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use http::{Method, StatusCode};
use serde::Deserialize;
use std::sync::Arc;
use waxwing_domain::{Action, DataClass, KindOfData, LegalBasis};
use waxwing_http::{Fail, Flash, Page, Params, Place, Routes, SafeForm, SeeOther, Segment, Shell, Who};

pub(super) fn routes(routes: Routes<App>) -> Routes<App> {
    let (read, write) = (Action::FieldsRead, Action::FieldsWrite);
    routes
        .page(Method::GET, "/audience/fields", read, index)
        .page(Method::POST, "/audience/fields", write, define)
        .page(Method::GET, "/audience/fields/{key}", write, edit)
        .page(Method::POST, "/audience/fields/{key}", write, change)
        .page(Method::POST, "/audience/fields/{key}/retire", write, retire)
        .page(Method::GET, "/settings/fields", read, from_settings)
        .page(Method::POST, "/settings/fields/country", write, give_country)
}

#[derive(Template)]
#[template(path = "fields/pages/fields.html")]
struct FieldsPage {
    shell: Shell,
    fields: Vec<Arc<Field>>,
    input: Input,
    error: (String, String),
}

#[derive(Template)]
#[template(path = "fields/pages/field.html")]
struct FieldPage {
    shell: Shell,
    field: Arc<Field>,
    input: Input,
    error: (String, String),
}

/// What was typed. The page of a field takes it from its address too, so that what waited for a second person
/// is filled in again.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Input {
    /// Given where the address fills the form in.
    again: String,
    key: String,
    label: String,
    kind: String,
    class: String,
    purpose: String,
    basis: String,
    retention_days: String,
    kind_of_data: String,
}

impl Input {
    fn of(field: &Field) -> Self {
        Self {
            again: String::new(),
            key: field.key.clone(),
            label: field.label.clone(),
            kind: field.kind.as_str().to_owned(),
            class: field.class.as_str().to_owned(),
            purpose: field.purpose.clone(),
            basis: field.basis.as_str().to_owned(),
            retention_days: field.retention_days.map(|days| days.to_string()).unwrap_or_default(),
            kind_of_data: if field.kind_is_guessed() {
                String::new()
            } else {
                field.kind_of_data().as_str().to_owned()
            },
        }
    }
    fn to_change(&self) -> Result<FieldChange, Error> {
        let basis = LegalBasis::parse(&self.basis).ok_or_else(|| Error::invalid("basis", "choose one"))?;
        Ok(FieldChange {
            label: self.label.clone(),
            purpose: self.purpose.clone(),
            basis,
            retention_days: days(&self.retention_days)?,
            kind_of_data: kind_of_data(&self.kind_of_data)?,
        })
    }
    fn to_new(&self) -> Result<NewField, Error> {
        let FieldChange { label, purpose, basis, retention_days, kind_of_data } = self.to_change()?;
        let kind = FieldKind::parse(&self.kind).ok_or_else(|| Error::invalid("kind", "choose one"))?;
        let class = DataClass::parse(&self.class).ok_or_else(|| Error::invalid("class", "choose one"))?;
        let key = self.key.trim().to_owned();
        Ok(NewField { key, label, kind, class, purpose, basis, retention_days, kind_of_data })
    }
}

/// What was chosen; nothing where it was left to the guess.
fn kind_of_data(word: &str) -> Result<Option<KindOfData>, Error> {
    let kind = (!word.is_empty()).then(|| KindOfData::parse(word).ok_or(()));
    kind.transpose().map_err(|()| Error::invalid("kind_of_data", "choose one"))
}

fn days(text: &str) -> Result<Option<i64>, Error> {
    let text = text.trim();
    let number = (!text.is_empty()).then(|| text.parse()).transpose();
    number.map_err(|_| Error::invalid("retention_days", "write a number of days, or leave it empty"))
}

impl FieldsPage {
    /// Whether no field says whose law protects people.
    fn lacks_country(&self) -> bool {
        !self.fields.iter().any(|field| field.key == super::COUNTRY || field.kind == FieldKind::Country)
    }
    fn error_of(&self, field: &str) -> &str {
        if self.error.0 == field { &self.error.1 } else { "" }
    }
    fn unsaid(&self) -> String {
        "Guess it from the key".to_owned()
    }
    const fn asks_kind(&self) -> bool {
        true
    }
}

impl FieldPage {
    fn error_of(&self, field: &str) -> &str {
        if self.error.0 == field { &self.error.1 } else { "" }
    }
    /// What the first choice says: that the guess stays, or that nothing changes.
    fn unsaid(&self) -> String {
        format!("Not said yet. It looks like: {}", kind_words(&self.field.kind_of_data()))
    }
    /// Whether it can be chosen here what the field is to people.
    fn asks_kind(&self) -> bool {
        super::kinds::known(self.field.id).is_none()
    }
    fn action(&self) -> String {
        format!("/audience/fields/{}", self.field.key)
    }
    fn retire_action(&self) -> String {
        format!("/audience/fields/{}/retire", self.field.key)
    }
}

/// A kind of data in words.
fn kind_words(kind: &KindOfData) -> &'static str {
    kind.about().trim_end_matches('.')
}

/// A ground in words.
///
/// By reference, because that is how templates pass what they are given.
const fn basis_words(basis: &LegalBasis) -> &'static str {
    match basis {
        LegalBasis::Consent => "consent",
        LegalBasis::Contract => "contract",
        LegalBasis::LegalObligation => "legal obligation",
        LegalBasis::LegitimateInterest => "legitimate interest",
    }
}

async fn from_settings() -> SeeOther {
    SeeOther::to("/audience/fields")
}

async fn index(State(app): State<App>, Who(ctx): Who, shell: Shell) -> Result<Page<FieldsPage>, Fail> {
    let mut tx = app.read(&ctx, "fields.index").await?;
    let input = Input { kind: "text".into(), class: "personal".into(), basis: "consent".into(), ..Input::default() };
    let fields = super::all(&mut tx).await?;
    Ok(Page(FieldsPage { shell: shell.titled("Fields"), fields, input, error: Default::default() }))
}

async fn define(
    State(app): State<App>,
    Who(ctx): Who,
    shell: Shell,
    SafeForm(input): SafeForm<Input>,
) -> Result<Response, Fail> {
    let mut tx = app.begin(&ctx, "fields.define").await?;
    let made = match input.to_new() {
        Ok(new) => super::define(&app, &mut tx, &ctx, new).await,
        Err(wrong) => Err(wrong),
    };
    let error = match made {
        Ok(_) => {
            tx.commit().await.map_err(Error::from)?;
            return Ok(SeeOther::to("/audience/fields").flash(Flash::good("The field is there.")).into_response());
        }
        Err(Error::Invalid { field, message }) => (field, message),
        Err(Error::Conflict(message)) => ("key".to_owned(), message),
        Err(other) => return Err(other.into()),
    };
    let fields = super::all(&mut tx).await?;
    let page = FieldsPage { shell: shell.titled("Fields"), fields, input, error };
    Ok((StatusCode::UNPROCESSABLE_ENTITY, Page(page)).into_response())
}

async fn give_country(State(app): State<App>, Who(ctx): Who) -> Result<SeeOther, Fail> {
    let mut tx = app.begin(&ctx, "fields.country").await?;
    super::install_country(&app, &mut tx, &ctx).await?;
    tx.commit().await.map_err(Error::from)?;
    Ok(SeeOther::to("/audience/fields").flash(Flash::good("The field is there.")))
}

async fn edit(
    State(app): State<App>,
    Who(ctx): Who,
    shell: Shell,
    Segment(key): Segment<String>,
    Params(asked): Params<Input>,
) -> Result<Page<FieldPage>, Fail> {
    let mut tx = app.read(&ctx, "fields.edit").await?;
    let field = super::by_key(&mut tx, &key).await?;
    let input = if asked.again.is_empty() { Input::of(&field) } else { asked };
    Ok(Page(FieldPage {
        shell: shell.titled(field.label.clone()).at(Place::Audience),
        field,
        input,
        error: Default::default(),
    }))
}

async fn change(
    State(app): State<App>,
    Who(ctx): Who,
    shell: Shell,
    Segment(key): Segment<String>,
    SafeForm(input): SafeForm<Input>,
) -> Result<Response, Fail> {
    let mut tx = app.begin(&ctx, "fields.change").await?;
    let field = super::by_key(&mut tx, &key).await?;
    let changed = match input.to_change() {
        Ok(change) => super::change(&app, &mut tx, &ctx, &key, change).await,
        Err(wrong) => Err(wrong),
    };
    match changed {
        Ok(passage) => {
            tx.commit().await.map_err(Error::from)?;
            Ok(match passage.waits() {
                None => SeeOther::to("/audience/fields").flash(Flash::good("Saved.")),
                Some(id) => SeeOther::to(format!("/security/approvals/{id}"))
                    .flash(Flash::note("Keeping it longer waits for a second person’s yes.")),
            }
            .into_response())
        }
        Err(Error::Invalid { field: line, message }) => {
            let page = FieldPage { shell: shell.titled(field.label.clone()), field, input, error: (line, message) };
            Ok((StatusCode::UNPROCESSABLE_ENTITY, Page(page)).into_response())
        }
        Err(other) => Err(other.into()),
    }
}

async fn retire(State(app): State<App>, Who(ctx): Who, Segment(key): Segment<String>) -> Result<SeeOther, Fail> {
    let mut tx = app.begin(&ctx, "fields.retire").await?;
    super::retire(&app, &mut tx, &ctx, &key).await?;
    tx.commit().await.map_err(Error::from)?;
    Ok(SeeOther::to("/audience/fields").flash(Flash::good("Retired. Its key is never used again.")))
}
