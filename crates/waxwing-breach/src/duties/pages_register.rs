//! `/security/register`: every breach, and what became of it. And the same for programs.

use super::register::{RegisterFormat, Registered};
use askama::Template;
use axum::Json;
use axum::extract::State;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use waxwing_app::{App, Error};
use waxwing_domain::{Action, Operation};
use waxwing_http::{Fail, Page, SafeForm, Shell, Who, download};
use waxwing_store::Entry;

#[derive(Template)]
#[template(path = "duties/pages/register.html")]
pub(super) struct RegisterPage {
    shell: Shell,
    rows: Vec<Registered>,
    /// Whether every case is here, or only those that the person is in.
    whole: bool,
}

pub(super) async fn show(State(app): State<App>, Who(ctx): Who, shell: Shell) -> Result<Page<RegisterPage>, Fail> {
    let mut tx = app.read(&ctx, "duties.register").await?;
    let rows = super::register(&app, &mut tx, &ctx).await?;
    drop(tx);
    let entry = Entry::new(Operation::Read, "duties.register").to("page");
    app.store().disclose(&ctx, entry).await.map_err(Error::from)?;
    Ok(Page(RegisterPage { shell: shell.titled("Register of breaches"), rows, whole: ctx.may(Action::IncidentsLead) }))
}

#[derive(Deserialize)]
pub(super) struct Form {
    #[serde(default)]
    format: String,
}

pub(super) async fn hand_out(
    State(app): State<App>,
    Who(ctx): Who,
    SafeForm(form): SafeForm<Form>,
) -> Result<Response, Fail> {
    let format = RegisterFormat::parse(&form.format).ok_or(Fail::NotFound)?;
    let mut tx = app.begin(&ctx, "duties.register").await?;
    let text = super::hand_out_register(&app, &mut tx, &ctx, format).await?;
    tx.commit().await.map_err(Error::from)?;
    let (media, ending) = format.file();
    Ok(download(&format!("register-of-breaches.{ending}"), media, text))
}

/// A row of the register of breaches.
#[derive(Serialize, ToSchema)]
pub(crate) struct RegisterRow {
    /// The case's codename.
    case: String,
    /// Where it stands.
    state: &'static str,
    /// What happened.
    facts: String,
    /// People for certain.
    people_certain: u64,
    /// People possibly on top.
    people_possible: u64,
    /// Kinds of data that could be read.
    data: Vec<&'static str>,
    /// Likely consequences.
    effects: String,
    /// Measures taken and planned.
    remedial_action: String,
    /// Duties that were done.
    told: Vec<String>,
    /// Why somebody was not told, and how the case ended.
    reasons: String,
}

impl From<Registered> for RegisterRow {
    fn from(row: Registered) -> Self {
        Self {
            state: row.case.status.as_str(),
            case: row.case.codename,
            facts: row.what,
            people_certain: row.people.0,
            people_possible: row.people.1,
            data: row.data,
            effects: row.effects,
            remedial_action: row.measures,
            told: row.told.into_iter().map(|(rule, at)| format!("{rule} {at}")).collect(),
            reasons: row.why,
        }
    }
}

/// The register of breaches (GDPR Art. 33(5)), as far as the key is in its cases.
#[utoipa::path(get, path = "/api/v1/register", tag = "duties", operation_id = "duties_register", responses((status = 200, body = Vec<RegisterRow>)))]
pub(crate) async fn rows(State(app): State<App>, Who(ctx): Who) -> Result<Json<Vec<RegisterRow>>, Fail> {
    let mut tx = app.read(&ctx, "duties.register").await?;
    let rows = super::register(&app, &mut tx, &ctx).await?;
    drop(tx);
    app.store().disclose(&ctx, Entry::new(Operation::Read, "duties.register").to("api")).await.map_err(Error::from)?;
    Ok(Json(rows.into_iter().map(RegisterRow::from).collect()))
}
