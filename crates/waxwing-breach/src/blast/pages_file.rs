//! A frozen answer as a file, from its page: by numbers, or with addresses.

use super::api_kept::sent;
use super::file::{Begun, Wish};
use super::file_rows::Format;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use http::Method;
use serde::Deserialize;
use waxwing_app::App;
use waxwing_domain::{Action, Ctx};
use waxwing_http::{Fail, Flash, Routes, SafeForm, SeeOther, Segment, Who};

#[derive(Deserialize)]
struct FileForm {
    #[serde(default)]
    format: String,
    #[serde(default)]
    purpose: String,
}

async fn numbers(
    State(app): State<App>,
    Who(ctx): Who,
    Segment(id): Segment<i64>,
    SafeForm(form): SafeForm<FileForm>,
) -> Result<Response, Fail> {
    hand_out(&app, &ctx, id, form, false).await
}

async fn people(
    State(app): State<App>,
    Who(ctx): Who,
    Segment(id): Segment<i64>,
    SafeForm(form): SafeForm<FileForm>,
) -> Result<Response, Fail> {
    hand_out(&app, &ctx, id, form, true).await
}

async fn hand_out(app: &App, ctx: &Ctx, id: i64, form: FileForm, addresses: bool) -> Result<Response, Fail> {
    let format = Format::asked(&form.format)?;
    let wish = Wish { format, addresses, purpose: form.purpose };
    match super::begin_file(app, ctx, id, &wish, "page").await? {
        Begun::Now(file) => Ok(sent(id, format, *file)),
        Begun::Waits(request) => {
            let waits = SeeOther::to(format!("/security/approvals/{request}"));
            Ok(waits.flash(Flash::note("This file waits for a second person’s yes.")).into_response())
        }
    }
}

pub(super) fn routes(routes: Routes<App>) -> Routes<App> {
    let file = "/security/who-was-touched/frozen/{id}/file";
    routes.page(Method::POST, file, Action::RecordRead, numbers).page(
        Method::POST,
        "/security/who-was-touched/frozen/{id}/file/people",
        Action::ExportRun,
        people,
    )
}
