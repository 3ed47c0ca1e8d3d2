//! `waxwing fields`: the registry of fields, from the host.
//!
//! Promise: the same use cases as the page's and the API's. Limit: keeping a field longer asks no second person here; the
//! record says that it was the host.

use super::Host;
use super::desk::{Desk, word};
use crate::cli::{Fields as Command, FieldsAdd, FieldsSet};
use anyhow::bail;
use serde_json::{Value, json};
use waxwing_app::fields::{self, Field, FieldChange, FieldKind, NewField};
use waxwing_domain::{DataClass, KindOfData, LegalBasis};

/// Runs one of the commands about fields.
pub async fn run(command: Command, host: Host) -> anyhow::Result<Value> {
    let desk = Desk::open(&host, "waxwing fields").await?;
    let done = match command {
        Command::List => list(&desk).await,
        Command::Add(add) => define(&desk, *add).await,
        Command::Set(set) => change(&desk, *set).await,
        Command::Retire { key } => retire(&desk, &key).await,
        Command::Country => country(&desk).await,
    };
    desk.close(done).await
}

async fn list(desk: &Desk) -> anyhow::Result<Value> {
    let mut tx = desk.app.read(&desk.ctx, "fields.index").await?;
    let known = fields::all(&mut tx).await?;
    Ok(desk.listed("fields", "There is no field.", known.iter().map(|field| (line(field), view(field)))))
}

fn line(field: &Field) -> String {
    let kept = field.retention_days.map_or("without end".to_owned(), |days| format!("{days} days"));
    let guessed = if field.kind_is_guessed() { " (guessed)" } else { "" };
    let (form, class, basis) = (field.kind.as_str(), field.class.as_str(), field.basis.as_str());
    let kind = field.kind_of_data().as_str();
    format!("{:20}  {form:7}  {class:9}  {kind}{guessed}  {basis}, {kept}  {}", field.key, field.label)
}

fn view(field: &Field) -> Value {
    json!({
        "key": field.key, "label": field.label, "kind": field.kind, "class": field.class.as_str(),
        "purpose": field.purpose, "basis": field.basis.as_str(), "retention_days": field.retention_days,
        "kind_of_data": field.kind_of_data().as_str(), "kind_of_data_guessed": field.kind_is_guessed(),
        "built_in": field.is_built_in(),
    })
}

fn basis(typed: &str) -> anyhow::Result<LegalBasis> {
    word(typed, LegalBasis::ALL, LegalBasis::as_str)
}

fn kind_of_data(typed: Option<&str>) -> anyhow::Result<Option<KindOfData>> {
    typed.map(|typed| word(typed, KindOfData::ALL, KindOfData::as_str)).transpose()
}

async fn define(desk: &Desk, add: FieldsAdd) -> anyhow::Result<Value> {
    let new = NewField {
        kind: word(&add.form, &FieldKind::ALL, FieldKind::as_str)?,
        class: word(&add.class, DataClass::ALL, DataClass::as_str)?,
        basis: basis(&add.basis)?,
        kind_of_data: kind_of_data(add.kind_of_data.as_deref())?,
        key: add.key,
        label: add.label,
        purpose: add.purpose,
        retention_days: add.days,
    };
    let field = desk.change("fields.define", async |tx| fields::define(&desk.app, tx, &desk.ctx, new).await).await?;
    desk.output.say(line(&field));
    Ok(view(&field))
}

async fn change(desk: &Desk, set: FieldsSet) -> anyhow::Result<Value> {
    let mut tx = desk.app.read(&desk.ctx, "fields.index").await?;
    let field = fields::by_key(&mut tx, &set.key).await?;
    drop(tx);
    let change = FieldChange {
        label: set.label.unwrap_or_else(|| field.label.clone()),
        purpose: set.purpose.unwrap_or_else(|| field.purpose.clone()),
        basis: set.basis.as_deref().map_or(Ok(field.basis), basis)?,
        retention_days: if set.without_end { None } else { set.days.or(field.retention_days) },
        kind_of_data: kind_of_data(set.kind_of_data.as_deref())?,
    };
    let passage = desk
        .change("fields.change", async |tx| fields::change(&desk.app, tx, &desk.ctx, &set.key, change).await)
        .await?;
    if let Some(request) = passage.waits() {
        bail!("keeping it longer waits for a second person’s yes: request {request}");
    }
    let mut tx = desk.app.read(&desk.ctx, "fields.index").await?;
    let field = fields::by_key(&mut tx, &set.key).await?;
    desk.output.say(line(&field));
    Ok(view(&field))
}

async fn retire(desk: &Desk, key: &str) -> anyhow::Result<Value> {
    desk.change("fields.retire", async |tx| fields::retire(&desk.app, tx, &desk.ctx, key).await).await?;
    Ok(desk.said("out of use", json!({ "key": key })))
}

async fn country(desk: &Desk) -> anyhow::Result<Value> {
    desk.change("fields.country", async |tx| fields::install_country(&desk.app, tx, &desk.ctx).await).await?;
    Ok(desk.said("The field country says where people live.", json!({ "key": fields::COUNTRY })))
}
