//! The page that asks before a person is deleted or erased, and the certificate.

use super::{Certificate, Erasure, Waiting};
use crate::{App, Error, holds, subscribers};
use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use http::Method;
use waxwing_domain::{Action, SubjectNo};
use waxwing_http::{Fail, Flash, Page, Place, Routes, SafeForm, SeeOther, Segment, Shell, Who};

pub(super) fn routes(routes: Routes<App>) -> Routes<App> {
    let erase = Action::SubscribersErase;
    routes
        .page(Method::GET, "/audience/people/{subject}/erase", erase, ask)
        .page(Method::POST, "/audience/people/{subject}/erase", erase, erase_person)
        .page(Method::POST, "/audience/people/{subject}/delete", erase, delete_person)
        .page(Method::GET, "/audience/erasures/{subject}", erase, certificate)
}

#[derive(Template)]
#[template(path = "erasure/pages/ask.html")]
struct AskPage {
    shell: Shell,
    subject: SubjectNo,
    /// A legal hold is over them.
    held: bool,
}

#[derive(Template)]
#[template(path = "erasure/pages/waiting.html")]
struct WaitingPage {
    shell: Shell,
    waiting: Waiting,
}

#[derive(Template)]
#[template(path = "erasure/pages/certificate.html")]
struct CertificatePage {
    shell: Shell,
    certificate: Certificate,
    beyond_reach: bool,
    organisation: String,
}

impl AskPage {
    fn up(&self) -> String {
        format!("/audience/people/{}", self.subject)
    }
    fn to(&self, what: &str) -> String {
        format!("/audience/people/{}/{what}", self.subject)
    }
}

/// The tick that stands between the form and the act.
#[derive(serde::Deserialize)]
struct Sure {
    #[serde(default)]
    sure: String,
}

impl Sure {
    fn check(&self) -> Result<(), Fail> {
        if self.sure == "yes" {
            Ok(())
        } else {
            Err(Fail::invalid("sure", "tick the box that says that this cannot be undone"))
        }
    }
}

async fn ask(
    State(app): State<App>,
    Who(ctx): Who,
    shell: Shell,
    Segment(subject): Segment<SubjectNo>,
) -> Result<Page<AskPage>, Fail> {
    let mut tx = app.read(&ctx, "erasure.ask").await?;
    if subscribers::sealed(&mut tx, &[subject]).await?.is_empty() {
        return Err(Fail::NotFound);
    }
    let held = holds::over(&mut tx, subject).await?.is_some();
    Ok(Page(AskPage { shell: shell.titled("Delete or erase a person").at(Place::Audience), subject, held }))
}

async fn erase_person(
    State(app): State<App>,
    Who(ctx): Who,
    Segment(subject): Segment<SubjectNo>,
    SafeForm(sure): SafeForm<Sure>,
) -> Result<SeeOther, Fail> {
    sure.check()?;
    let mut tx = app.begin(&ctx, "erasure.erase").await?;
    let flash = match super::erase(&app, &mut tx, &ctx, subject).await? {
        Erasure::Done(_) => Flash::good("The person is erased."),
        Erasure::Waits(_) => Flash::note("The erasure waits for a legal hold. The person gets nothing more."),
    };
    tx.commit().await.map_err(Error::from)?;
    Ok(SeeOther::to(format!("/audience/erasures/{subject}")).flash(flash))
}

async fn delete_person(
    State(app): State<App>,
    Who(ctx): Who,
    Segment(subject): Segment<SubjectNo>,
    SafeForm(sure): SafeForm<Sure>,
) -> Result<SeeOther, Fail> {
    sure.check()?;
    let mut tx = app.begin(&ctx, "erasure.delete").await?;
    match super::delete(&app, &mut tx, &ctx, subject).await {
        Ok(()) => {
            tx.commit().await.map_err(Error::from)?;
            Ok(SeeOther::to("/audience").flash(Flash::good("The person is deleted.")))
        }
        Err(Error::Conflict(why)) => {
            Ok(SeeOther::to(format!("/audience/people/{subject}/erase")).flash(Flash::danger(why)))
        }
        Err(other) => Err(other.into()),
    }
}

async fn certificate(
    State(app): State<App>,
    Who(ctx): Who,
    shell: Shell,
    Segment(subject): Segment<SubjectNo>,
) -> Result<Response, Fail> {
    let mut tx = app.read(&ctx, "erasure.certificate").await?;
    if let Some(waiting) = super::waiting(&mut tx, subject).await? {
        let shell = shell.titled("An erasure that waits").at(Place::Audience);
        return Ok(Page(WaitingPage { shell, waiting }).into_response());
    }
    let certificate = super::certificate(&mut tx, subject).await?.ok_or(Fail::NotFound)?;
    let organisation = crate::settings::load(&mut tx).await?.organisation;
    let beyond_reach = certificate.is_beyond_reach(&app);
    let shell = shell.titled("Certificate of erasure").at(Place::Audience);
    Ok(Page(CertificatePage { shell, certificate, beyond_reach, organisation }).into_response())
}
