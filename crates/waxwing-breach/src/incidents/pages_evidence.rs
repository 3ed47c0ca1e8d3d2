//! `/security/incidents/{id}/evidence`: the chain of custody, and the archive to take out.

use super::custody::Custody;
use super::files::CaseFile;
use super::pages::done;
use super::room::{Top, top};
use askama::Template;
use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use std::fs::File;
use tokio::io::AsyncReadExt as _;
use waxwing_app::{App, Error};
use waxwing_domain::{Action, IncidentId};
use waxwing_http::{Fail, Page, SeeOther, Segment, Shell, Who, download};

type Answer<T> = std::result::Result<T, Fail>;

/// Bytes that are read from the archive at a time.
const CHUNK: usize = 64 * 1024;

#[derive(Template)]
#[template(path = "incidents/pages/evidence.html")]
pub(super) struct EvidencePage {
    shell: Shell,
    top: Top,
    chain: Vec<Custody>,
    /// What was put in from outside.
    files: Vec<CaseFile>,
    /// The key that the archive is checked with.
    key: String,
    counted: bool,
}

pub(super) async fn show(
    State(app): State<App>,
    Who(ctx): Who,
    shell: Shell,
    Segment(id): Segment<IncidentId>,
) -> Answer<Page<EvidencePage>> {
    let top = top(&app, &ctx, id, "incidents.custody").await?;
    let mut tx = app.read(&ctx, "incidents.custody").await?;
    let chain = super::custody(&mut tx, &ctx, id).await?;
    let files = super::files(&app, &mut tx, &ctx, id).await?;
    let counted = super::counted(&app, &mut tx, &ctx, id).await?.is_some();
    let key = if ctx.may(Action::RecordRead) {
        waxwing_app::record::log_state(&app, &ctx).await?.key.map(|key| key.to_string())
    } else {
        None
    };
    Ok(Page(EvidencePage {
        shell: shell.titled(format!("{}: evidence", top.case.codename)),
        chain,
        files,
        key: key.unwrap_or_default(),
        counted,
        top,
    }))
}

pub(super) async fn take_out(
    State(app): State<App>,
    Who(ctx): Who,
    Segment(id): Segment<IncidentId>,
) -> Answer<Response> {
    Ok(archive(super::to_archive(&app, &ctx, id).await?, id))
}

/// The archive as an answer, read as it is sent.
pub(super) fn archive((file, about): (File, super::Archived), id: IncidentId) -> Response {
    let file = tokio::fs::File::from_std(file);
    let chunks = futures::stream::try_unfold(file, |mut file| async move {
        let mut chunk = vec![0; CHUNK];
        let read = file.read(&mut chunk).await?;
        chunk.truncate(read);
        Ok::<_, std::io::Error>((read > 0).then_some((chunk, file)))
    });
    let mut answer = download(&format!("evidence-{id}.tar"), "application/x-tar", Body::from_stream(chunks));
    // Both are digits and letters of our own.
    if let Ok(hash) = about.sha256.parse() {
        answer.headers_mut().insert("x-sha256", hash);
    }
    answer
}

pub(super) async fn view(State(app): State<App>, Who(ctx): Who, Segment(id): Segment<IncidentId>) -> Answer<SeeOther> {
    let mut tx = app.begin(&ctx, "incidents.view_evidence").await?;
    match super::view_radius(&app, &mut tx, &ctx, id).await {
        Ok(_) => {
            done(tx, format!("/security/incidents/{id}/evidence"), "Every frozen answer is what was frozen.").await
        }
        Err(Error::Conflict(message)) => {
            let to = format!("/security/incidents/{id}/evidence");
            Ok(SeeOther::to(to).flash(waxwing_http::Flash::danger(message)))
        }
        Err(other) => Err(other.into()),
    }
}
