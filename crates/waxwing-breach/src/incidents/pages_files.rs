//! Files from outside on the page of the evidence: put in, and taken out again.

use super::files::{self, LARGEST, NewFile};
use super::forms::moment;
use super::pages::at;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use waxwing_app::{App, Error};
use waxwing_domain::{CasePartId, Ctx, IncidentId};
use waxwing_http::{Fail, Flash, SeeOther, Segment, Upload, Who, download};

type Answer<T> = std::result::Result<T, Fail>;

/// The longest field beside the file, in bytes.
const FIELD: usize = 1_000;

pub(super) async fn put(
    State(app): State<App>,
    Who(ctx): Who,
    Segment(id): Segment<IncidentId>,
    form: Upload,
) -> Answer<Response> {
    let to = format!("{}/evidence", at(id));
    let new = read(&ctx, form).await?;
    let flash = match new {
        Ok(new) => match files::put(&app, &ctx, id, new).await {
            Ok(_) => Flash::good("It is part of the evidence now, and a link of the chain."),
            Err(Error::Invalid { message, .. } | Error::Conflict(message)) => Flash::danger(message),
            Err(other) => return Err(other.into()),
        },
        Err(Error::Invalid { message, .. }) => Flash::danger(message),
        Err(other) => return Err(other.into()),
    };
    Ok(SeeOther::to(to).flash(flash).into_response())
}

/// Reads the fields in whatever order they come; what was typed is judged where the file is put in.
async fn read(ctx: &Ctx, mut form: Upload) -> Answer<Result<NewFile, Error>> {
    let (mut source, mut acquired, mut zone) = (String::new(), String::new(), String::new());
    let (mut name, mut bytes) = (String::new(), Vec::new());
    while let Some(part) = form.next().await? {
        match part.name() {
            "source" => source = part.text(FIELD).await?,
            "acquired_at" => acquired = part.text(FIELD).await?,
            "zone" => zone = part.text(FIELD).await?,
            "file" => {
                name = part.file_name().unwrap_or("File").to_owned();
                bytes = part.bytes(LARGEST).await?;
            }
            _ => {}
        }
    }
    let acquired = moment("acquired_at", &acquired, &zone, ctx.now());
    Ok(acquired.map(|(acquired_at, _)| NewFile { name, source, acquired_at, bytes }))
}

pub(super) async fn take(
    State(app): State<App>,
    Who(ctx): Who,
    Segment((id, file)): Segment<(IncidentId, CasePartId)>,
) -> Answer<Response> {
    let (file, bytes) = files::take(&app, &ctx, id, file).await?;
    Ok(download(&file.name, "application/octet-stream", bytes))
}
