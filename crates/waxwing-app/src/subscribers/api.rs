//! People for programs.

use super::{Changes, Filter, NewPerson, Shown, StateFilter, Values};
use crate::consent::ConsentKind;
use crate::fields::{self, Field};
use crate::lists::{self, Joined, MembershipView};
use crate::{App, Error};
use axum::Json;
use axum::extract::State;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};
use waxwing_domain::{Action, Ctx, EmailAddress, FieldId, ListId, SubjectNo};
use waxwing_http::{ApiJson, Cursor, Fail, FieldError, Paged, Params, Routes, Segment, Who, api};
use waxwing_store::Tx;

pub(super) fn routes(routes: Routes<App>) -> Routes<App> {
    let routes = api!(routes, Action::SubscribersRead, index);
    let routes = api!(routes, Action::SubscribersWrite, create);
    let routes = api!(routes, Action::SubscribersRead, show);
    let routes = api!(routes, Action::SubscribersWrite, change);
    api!(routes, Action::SubscribersWrite, unsubscribe)
}

/// A person.
#[derive(Serialize, ToSchema)]
pub(super) struct SubscriberView {
    /// Their number, never used again.
    #[schema(value_type = u32)]
    pub(super) id: SubjectNo,
    /// The address; absent when damaged or masked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) email: Option<String>,
    /// Values of fields, by key; absent when damaged.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) fields: Option<BTreeMap<String, String>>,
    /// Fields that the key may not see, by key; whether they hold a value is not said.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) masked: Vec<String>,
    /// The stored data failed its integrity check and is refused.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(super) damaged: bool,
    /// The lists that the person is or was on.
    pub(super) lists: Vec<MembershipView>,
    /// The address is on the do-not-mail list.
    pub(super) suppressed: bool,
    /// Since when (RFC 3339).
    pub(super) created_at: String,
    /// When anything was changed last.
    pub(super) updated_at: String,
}

/// Which people.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Which {
    /// Exactly this address. The search is recorded, also when nobody has it, and throttled.
    #[serde(default)]
    email: Option<String>,
    /// On this list.
    #[serde(default)]
    list: Option<String>,
    /// confirmed, unconfirmed, unsubscribed, removed, or suppressed.
    #[serde(default)]
    state: Option<String>,
}

impl Which {
    fn filter(&self) -> Result<Filter, Fail> {
        let list = self.list.as_deref().map(str::parse::<ListId>).transpose()?;
        let parse = |word: &str| {
            StateFilter::parse(word).ok_or_else(|| Fail::invalid("state", "is not a state that people can be in"))
        };
        Ok(Filter { list, state: self.state.as_deref().map(parse).transpose()? })
    }
}

pub(super) async fn views(
    tx: &mut Tx,
    people: Vec<Shown>,
    fields: &[Arc<Field>],
) -> Result<Vec<SubscriberView>, Error> {
    let numbers: Vec<SubjectNo> = people.iter().map(|person| person.subject).collect();
    let mut memberships = lists::memberships_of(tx, &numbers).await?;
    let suppressed = lists::suppressed(tx, &numbers).await?;
    let view = |person: Shown| SubscriberView {
        id: person.subject,
        email: (!person.email().is_empty()).then(|| person.email().to_owned()),
        masked: fields.iter().filter(|field| person.masks(field.id)).map(|field| field.key.clone()).collect(),
        fields: matches!(person.values, Values::Clear(..)).then(|| values(&person, fields)),
        damaged: person.is_damaged(),
        lists: memberships.remove(&person.subject).unwrap_or_default().into_iter().map(Into::into).collect(),
        suppressed: suppressed.contains(&person.subject),
        created_at: person.created_at.to_string(),
        updated_at: person.updated_at.to_string(),
    };
    Ok(people.into_iter().map(view).collect())
}

fn values(person: &Shown, fields: &[Arc<Field>]) -> BTreeMap<String, String> {
    let fields = fields.iter().filter(|field| field.id != FieldId::EMAIL);
    fields.filter_map(|field| Some((field.key.clone(), person.get(field)?.to_owned()))).collect()
}

/// People, the newest first; or the one with exactly the given address. Recorded as a read of personal data.
#[utoipa::path(get, path = "/api/v1/subscribers", tag = "subscribers", params(Which, Cursor),
    responses((status = 200, description = "One page of people.", body = Paged<SubscriberView>)))]
async fn index(
    State(app): State<App>,
    Who(ctx): Who,
    Params(which): Params<Which>,
    cursor: Cursor,
) -> Result<Json<Paged<SubscriberView>>, Fail> {
    let filter = which.filter()?;
    let mut found = Vec::new();
    if let Some(text) = &which.email {
        let email = EmailAddress::parse(text).map_err(|why| Fail::invalid("email", why.to_string()))?;
        found.extend(super::search(&app, &ctx, &email, "api").await?);
    }
    let mut tx = app.read(&ctx, "subscribers.index").await?;
    let fields = fields::all(&mut tx).await?;
    let page = if which.email.is_some() {
        let items = super::show_many(&app, &mut tx, &ctx, &found, &fields, "subscribers.page", "api").await?;
        Paged { items, next: None }
    } else {
        return Ok(Json(super::made_up::page(&app, tx, &ctx, &filter, &cursor, &fields).await?));
    };
    let Paged { items, next } = page;
    Ok(Json(Paged { items: views(&mut tx, items, &fields).await?, next }))
}

/// A person to be added.
#[derive(Deserialize, ToSchema)]
pub(super) struct NewSubscriber {
    /// The address.
    email: String,
    /// Values of fields, by key.
    #[serde(default)]
    fields: BTreeMap<String, String>,
    /// Lists to join, by id.
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    lists: Vec<ListId>,
    /// Where and how the person agreed; needed when lists are given.
    #[serde(default)]
    consent: String,
}

/// A person who was added.
#[derive(Serialize, ToSchema)]
pub(super) struct Added {
    /// Their number.
    #[schema(value_type = u32)]
    id: SubjectNo,
    /// What became of the lists.
    joined: Joined,
}

/// A field with its value, or none to delete it.
type Given = (Arc<Field>, Option<String>);

/// Reads values by key; every mistake is named.
fn read_values<T>(
    fields: &[Arc<Field>],
    given: &BTreeMap<String, T>,
    text: impl Fn(&T) -> Option<&str>,
) -> Result<Vec<Given>, Fail> {
    let (mut values, mut errors) = (Vec::new(), Vec::new());
    for (key, value) in given {
        let wrong = |message: String| FieldError { field: format!("fields.{key}"), message };
        let Some(field) = fields.iter().find(|f| f.key == *key && f.id != FieldId::EMAIL) else {
            errors.push(wrong("there is no such field".into()));
            continue;
        };
        match text(value).map(|text| field.parse(text)).transpose() {
            Ok(value) => values.push((field.clone(), value)),
            Err(why) => errors.push(wrong(why.to_string())),
        }
    }
    if errors.is_empty() { Ok(values) } else { Err(Fail::Invalid(errors)) }
}

/// Adds a person. An address on the do-not-mail list is refused.
#[utoipa::path(post, path = "/api/v1/subscribers", tag = "subscribers", request_body = NewSubscriber,
    responses((status = 201, description = "Added.", body = Added)))]
async fn create(
    State(app): State<App>,
    Who(ctx): Who,
    ApiJson(new): ApiJson<NewSubscriber>,
) -> Result<(StatusCode, Json<Added>), Fail> {
    let email = EmailAddress::parse(&new.email).map_err(|why| Fail::invalid("email", why.to_string()))?;
    let mut tx = app.begin(&ctx, "subscribers.create").await?;
    let fields = fields::all(&mut tx).await?;
    let values = read_values(&fields, &new.fields, |text| Some(text.as_str()))?;
    let values = values.into_iter().filter_map(|(field, value)| Some((field, value?))).collect();
    let person = NewPerson { email, values };
    let admitted = super::admit(&app, &mut tx, &ctx, person, ConsentKind::Api, &new.consent, &new.lists).await?;
    tx.commit().await.map_err(Error::from)?;
    Ok((StatusCode::CREATED, Json(Added { id: admitted.subject, joined: admitted.joined })))
}

/// One person. Recorded as a read of personal data.
#[utoipa::path(get, path = "/api/v1/subscribers/{id}", tag = "subscribers", params(("id" = u32, Path, description = "The person's number.")),
    responses((status = 200, description = "The person.", body = SubscriberView)))]
async fn show(
    State(app): State<App>,
    Who(ctx): Who,
    Segment(subject): Segment<SubjectNo>,
) -> Result<Json<SubscriberView>, Fail> {
    if let Some(view) = super::made_up::one(&app, &ctx, subject).await? {
        return Ok(Json(view));
    }
    Ok(Json(one(&app, &ctx, subject).await?))
}

async fn one(app: &App, ctx: &Ctx, subject: SubjectNo) -> Result<SubscriberView, Fail> {
    let mut tx = app.read(ctx, "subscribers.show").await?;
    let fields = fields::all(&mut tx).await?;
    let person = super::show(app, &mut tx, ctx, subject, &fields, "api").await?;
    views(&mut tx, vec![person], &fields).await?.pop().ok_or(Fail::NotFound)
}

/// What is to change: absent parts stay, null deletes a value.
#[derive(Deserialize, ToSchema)]
pub(super) struct SubscriberChange {
    /// A new address.
    #[serde(default)]
    email: Option<String>,
    /// Values of fields, by key.
    #[serde(default)]
    fields: BTreeMap<String, Option<String>>,
}

/// Changes a person.
#[utoipa::path(patch, path = "/api/v1/subscribers/{id}", tag = "subscribers", params(("id" = u32, Path, description = "The person's number.")),
    request_body = SubscriberChange, responses((status = 204, description = "Changed.")))]
async fn change(
    State(app): State<App>,
    Who(ctx): Who,
    Segment(subject): Segment<SubjectNo>,
    ApiJson(change): ApiJson<SubscriberChange>,
) -> Result<StatusCode, Fail> {
    let email = change.email.as_deref().map(EmailAddress::parse).transpose();
    let email = email.map_err(|why| Fail::invalid("email", why.to_string()))?;
    let mut tx = app.read(&ctx, "subscribers.update_fields").await?;
    let fields = fields::all(&mut tx).await?;
    let values = read_values(&fields, &change.fields, Option::as_deref)?;
    drop(tx);
    if super::made_up::touched(&app, &ctx, subject).await? {
        return Ok(StatusCode::NO_CONTENT);
    }
    let mut tx = app.begin(&ctx, "subscribers.update").await?;
    super::update(&app, &mut tx, &ctx, subject, Changes { email, values }).await?;
    tx.commit().await.map_err(Error::from)?;
    Ok(StatusCode::NO_CONTENT)
}

/// From what a person unsubscribed.
#[derive(Deserialize, ToSchema)]
pub(super) struct Unsubscribe {
    /// One list; everything if absent, and then the address goes onto the do-not-mail list.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    list: Option<ListId>,
}

/// Unsubscribes a person who asked for it. Only the person's own sign-up brings them back.
#[utoipa::path(post, path = "/api/v1/subscribers/{id}/unsubscribe", tag = "subscribers",
    params(("id" = u32, Path, description = "The person's number.")), request_body = Unsubscribe,
    responses((status = 204, description = "Unsubscribed.")))]
async fn unsubscribe(
    State(app): State<App>,
    Who(ctx): Who,
    Segment(subject): Segment<SubjectNo>,
    ApiJson(from): ApiJson<Unsubscribe>,
) -> Result<StatusCode, Fail> {
    if super::made_up::touched(&app, &ctx, subject).await? {
        return Ok(StatusCode::NO_CONTENT);
    }
    let mut tx = app.begin(&ctx, "subscribers.unsubscribe").await?;
    if let Some(list) = from.list {
        lists::by_id(&mut tx, list).await?;
    }
    lists::unsubscribe(&app, &mut tx, &ctx, from.list, subject).await?;
    tx.commit().await.map_err(Error::from)?;
    Ok(StatusCode::NO_CONTENT)
}
