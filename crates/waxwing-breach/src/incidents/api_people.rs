//! Who is in a case and who is called, for programs. Who leads a case puts people in it and takes them out: a person.

use super::api::look;
use super::{Contact, Member, NewContact};
use axum::Json;
use axum::extract::State;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use waxwing_app::{App, Error};
use waxwing_domain::{CasePartId, IncidentId};
use waxwing_http::{ApiJson, Fail, Segment, Who};

/// Somebody in a case.
#[derive(Serialize, ToSchema)]
pub(crate) struct CaseMember {
    /// `account` or `api_key`.
    kind: &'static str,
    /// The account or the key.
    id: String,
    /// `lead`, `scribe`, `technical`, `legal`, `comms` or `observer`.
    role: &'static str,
    /// Since when (RFC 3339).
    since: String,
}

impl From<Member> for CaseMember {
    fn from(one: Member) -> Self {
        Self { kind: one.who.kind, id: one.number().to_string(), role: one.role.as_str(), since: one.since.to_string() }
    }
}

/// Everybody in the case.
#[utoipa::path(get, path = "/api/v1/incidents/{id}/members", tag = "incidents", operation_id = "incidents_members", params(("id" = String, Path)), responses((status = 200, body = Vec<CaseMember>)))]
pub(crate) async fn members(
    State(app): State<App>,
    Who(ctx): Who,
    Segment(id): Segment<IncidentId>,
) -> Result<Json<Vec<CaseMember>>, Fail> {
    look(&app, &ctx, id, "incidents.members").await?;
    let mut tx = app.read(&ctx, "incidents.members").await?;
    let all = super::members(&mut tx, &ctx, id).await?;
    Ok(Json(all.into_iter().map(CaseMember::from).collect()))
}

/// Somebody on the contact sheet.
#[derive(Serialize, ToSchema)]
pub(crate) struct CaseContact {
    /// Its id.
    id: String,
    /// Who.
    name: String,
    /// As what: counsel, insurer, police, provider.
    role: String,
    /// The number that is called.
    phone: String,
    /// Another way, or when they can be reached.
    note: String,
}

impl From<Contact> for CaseContact {
    fn from(one: Contact) -> Self {
        Self { id: one.id.to_string(), name: one.name, role: one.role, phone: one.phone, note: one.note }
    }
}

/// The contact sheet, in the order in which people were put on it.
#[utoipa::path(get, path = "/api/v1/incidents/{id}/contacts", tag = "incidents", operation_id = "incidents_contacts", params(("id" = String, Path)), responses((status = 200, body = Vec<CaseContact>)))]
pub(crate) async fn contacts(
    State(app): State<App>,
    Who(ctx): Who,
    Segment(id): Segment<IncidentId>,
) -> Result<Json<Vec<CaseContact>>, Fail> {
    look(&app, &ctx, id, "incidents.contacts").await?;
    let mut tx = app.read(&ctx, "incidents.contacts").await?;
    let sheet = super::contacts(&app, &mut tx, &ctx, id).await?;
    Ok(Json(sheet.into_iter().map(CaseContact::from).collect()))
}

/// Somebody to be put on the sheet.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CaseContactInput {
    /// Who; sealed at rest, like all below.
    name: String,
    /// As what.
    #[serde(default)]
    role: String,
    /// The number, with its country: `+49 30 1234567`.
    phone: String,
    /// Another way.
    #[serde(default)]
    note: String,
}

/// What was made.
#[derive(Serialize, ToSchema)]
pub(crate) struct CasePart {
    /// Its id.
    id: String,
}

impl CasePart {
    /// The answer to what made a part of a case.
    pub(super) fn made(id: CasePartId) -> (StatusCode, Json<Self>) {
        (StatusCode::CREATED, Json(Self { id: id.to_string() }))
    }
}

/// Puts somebody on the sheet.
#[utoipa::path(post, path = "/api/v1/incidents/{id}/contacts", tag = "incidents", operation_id = "incidents_add_contact", params(("id" = String, Path)), request_body = CaseContactInput, responses((status = 201, body = CasePart)))]
pub(crate) async fn add_contact(
    State(app): State<App>,
    Who(ctx): Who,
    Segment(id): Segment<IncidentId>,
    ApiJson(body): ApiJson<CaseContactInput>,
) -> Result<(StatusCode, Json<CasePart>), Fail> {
    let new = NewContact { name: body.name, role: body.role, phone: body.phone, note: body.note };
    let mut tx = app.begin(&ctx, "incidents.add_contact").await?;
    let made = super::add_contact(&app, &mut tx, &ctx, id, new).await?;
    tx.commit().await.map_err(Error::from)?;
    Ok(CasePart::made(made))
}

/// Takes somebody off the sheet: their name and number are deleted.
#[utoipa::path(delete, path = "/api/v1/incidents/{id}/contacts/{contact}", tag = "incidents", operation_id = "incidents_remove_contact", params(("id" = String, Path), ("contact" = String, Path)), responses((status = 204)))]
pub(crate) async fn remove_contact(
    State(app): State<App>,
    Who(ctx): Who,
    Segment((id, contact)): Segment<(IncidentId, CasePartId)>,
) -> Result<StatusCode, Fail> {
    let mut tx = app.begin(&ctx, "incidents.remove_contact").await?;
    super::remove_contact(&app, &mut tx, &ctx, id, contact).await?;
    tx.commit().await.map_err(Error::from)?;
    Ok(StatusCode::NO_CONTENT)
}
