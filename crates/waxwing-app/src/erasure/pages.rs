//! The page that asks before a person is deleted or erased, and the certificate.

use super::Certificate;
use crate::{App, Error, subscribers};
use askama::Template;
use axum::extract::State;
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
    Ok(Page(AskPage { shell: shell.titled("Delete or erase a person").at(Place::Audience), subject }))
}

async fn erase_person(
    State(app): State<App>,
    Who(ctx): Who,
    Segment(subject): Segment<SubjectNo>,
    SafeForm(sure): SafeForm<Sure>,
) -> Result<SeeOther, Fail> {
    sure.check()?;
    let mut tx = app.begin(&ctx, "erasure.erase").await?;
    super::erase(&app, &mut tx, &ctx, subject).await?;
    tx.commit().await.map_err(Error::from)?;
    Ok(SeeOther::to(format!("/audience/erasures/{subject}")).flash(Flash::good("The person is erased.")))
}

async fn delete_person(
    State(app): State<App>,
    Who(ctx): Who,
    Segment(subject): Segment<SubjectNo>,
    SafeForm(sure): SafeForm<Sure>,
) -> Result<SeeOther, Fail> {
    sure.check()?;
    let mut tx = app.begin(&ctx, "erasure.delete").await?;
    super::delete(&app, &mut tx, &ctx, subject).await?;
    tx.commit().await.map_err(Error::from)?;
    Ok(SeeOther::to("/audience").flash(Flash::good("The person is deleted.")))
}

async fn certificate(
    State(app): State<App>,
    Who(ctx): Who,
    shell: Shell,
    Segment(subject): Segment<SubjectNo>,
) -> Result<Page<CertificatePage>, Fail> {
    let mut tx = app.read(&ctx, "erasure.certificate").await?;
    let certificate = super::certificate(&mut tx, subject).await?.ok_or(Fail::NotFound)?;
    let organisation = crate::settings::load(&mut tx).await?.organisation;
    let beyond_reach = certificate.is_beyond_reach(&app);
    let shell = shell.titled("Certificate of erasure").at(Place::Audience);
    Ok(Page(CertificatePage { shell, certificate, beyond_reach, organisation }))
}
