//! `/settings/domains`: adding domains, the records to publish, and what their DNS says.

use super::{DnsRecord, Domain, NextKeys};
use crate::{App, Error};
use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use http::StatusCode;
use serde::Deserialize;
use waxwing_domain::{Action, DomainId, EmailAddress};
use waxwing_http::{Fail, Flash, Page, SafeForm, SeeOther, Segment, Shell, Who};

#[derive(Deserialize)]
pub(super) struct NewDomain {
    #[serde(default)]
    name: String,
}

#[derive(Deserialize)]
pub(super) struct ReturnPath {
    #[serde(default)]
    return_path: String,
}

#[derive(Template)]
#[template(path = "domains/pages/index.html")]
pub(super) struct Index {
    shell: Shell,
    domains: Vec<Domain>,
    typed: String,
    error: String,
}

#[derive(Template)]
#[template(path = "domains/pages/show.html")]
pub(super) struct Show {
    shell: Shell,
    domain: Domain,
    records: Vec<DnsRecord>,
    next: Option<NextKeys>,
    return_path: String,
    error: String,
}

impl Show {
    fn may_change(&self) -> bool {
        self.shell.may(Action::DomainsWrite)
    }
    fn tone(level: &str) -> &'static str {
        match level {
            "good" => "good",
            "advice" => "attention",
            _ => "danger",
        }
    }
    fn word(level: &str) -> &'static str {
        match level {
            "good" => "Good",
            "advice" => "Advice",
            "unknown" => "Not known",
            _ => "To mend",
        }
    }
}

pub(super) async fn index(State(app): State<App>, Who(ctx): Who, shell: Shell) -> Result<Page<Index>, Fail> {
    let mut tx = app.read(&ctx, "domains.index").await?;
    let domains = super::all(&mut tx, &ctx).await?;
    let shell = shell.titled("Sending domains");
    Ok(Page(Index { shell, domains, typed: String::new(), error: String::new() }))
}

pub(super) async fn add(
    State(app): State<App>,
    Who(ctx): Who,
    shell: Shell,
    SafeForm(input): SafeForm<NewDomain>,
) -> Result<Response, Fail> {
    let error = match super::add(&app, &ctx, &input.name).await {
        Ok(domain) => {
            let flash = Flash::good("The domain is there. Publish the records below, then check them.");
            return Ok(SeeOther::to(format!("/settings/domains/{}", domain.id)).flash(flash).into_response());
        }
        Err(Error::Invalid { message, .. } | Error::Conflict(message)) => message,
        Err(other) => return Err(other.into()),
    };
    let mut tx = app.read(&ctx, "domains.index").await?;
    let domains = super::all(&mut tx, &ctx).await?;
    let page = Index { shell: shell.titled("Sending domains"), domains, typed: input.name, error };
    Ok((StatusCode::UNPROCESSABLE_ENTITY, Page(page)).into_response())
}

pub(super) async fn show(
    State(app): State<App>,
    Who(ctx): Who,
    shell: Shell,
    Segment(id): Segment<DomainId>,
) -> Result<Page<Show>, Fail> {
    let mut tx = app.read(&ctx, "domains.show").await?;
    let domain = super::by_id(&mut tx, &ctx, id).await?;
    let records = super::records(&mut tx, &domain).await?;
    let next = super::next_keys(&mut tx, &ctx, id).await?;
    let return_path = domain.return_path.as_ref().map(EmailAddress::as_str).unwrap_or_default().to_owned();
    let shell = shell.titled(domain.name.as_str());
    Ok(Page(Show { shell, domain, records, next, return_path, error: String::new() }))
}

pub(super) async fn edit(
    State(app): State<App>,
    Who(ctx): Who,
    shell: Shell,
    Segment(id): Segment<DomainId>,
    SafeForm(input): SafeForm<ReturnPath>,
) -> Result<Response, Fail> {
    let mut tx = app.begin(&ctx, "domains.edit").await?;
    match super::set_return_path(&app, &mut tx, &ctx, id, Some(&input.return_path)).await {
        Ok(()) => {
            tx.commit().await.map_err(Error::from)?;
            let flash = Flash::good("Return path saved.");
            Ok(SeeOther::to(format!("/settings/domains/{id}")).flash(flash).into_response())
        }
        Err(Error::Invalid { message, .. }) => {
            let domain = super::by_id(&mut tx, &ctx, id).await?;
            let records = super::records(&mut tx, &domain).await?;
            let next = super::next_keys(&mut tx, &ctx, id).await?;
            let shell = shell.titled(domain.name.as_str());
            let page = Show { shell, domain, records, next, return_path: input.return_path, error: message };
            Ok((StatusCode::UNPROCESSABLE_ENTITY, Page(page)).into_response())
        }
        Err(other) => Err(other.into()),
    }
}

pub(super) async fn check(
    State(app): State<App>,
    Who(ctx): Who,
    Segment(id): Segment<DomainId>,
) -> Result<SeeOther, Fail> {
    let flash = if super::check(&app, &ctx, id).await?.may_send {
        Flash::good("The records align; bulk mail may leave.")
    } else {
        Flash::note("Not everything is in place yet; the list says what to do. New records can take hours to be seen.")
    };
    Ok(SeeOther::to(format!("/settings/domains/{id}")).flash(flash))
}

pub(super) async fn prepare(
    State(app): State<App>,
    Who(ctx): Who,
    Segment(id): Segment<DomainId>,
) -> Result<SeeOther, Fail> {
    let flash = match super::prepare(&app, &ctx, id).await {
        Ok(()) => {
            Flash::good("New keys are prepared. Publish their two records; Waxwing changes over when it sees both.")
        }
        Err(Error::Conflict(message)) => Flash::note(message),
        Err(other) => return Err(other.into()),
    };
    Ok(SeeOther::to(format!("/settings/domains/{id}")).flash(flash))
}

pub(super) async fn delete(
    State(app): State<App>,
    Who(ctx): Who,
    Segment(id): Segment<DomainId>,
) -> Result<SeeOther, Fail> {
    let mut tx = app.begin(&ctx, "domains.delete").await?;
    super::delete(&app, &mut tx, &ctx, id).await?;
    tx.commit().await.map_err(Error::from)?;
    Ok(SeeOther::to("/settings/domains").flash(Flash::good("The domain and its signing keys are gone.")))
}
