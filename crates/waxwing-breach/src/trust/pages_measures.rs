//! `/security/trust/links` and `/security/trust/measures`: policies, and what was changed after cases.

use super::{Link, NewMeasure};
use axum::extract::State;
use serde::Deserialize;
use waxwing_app::{App, Error};
use waxwing_domain::{CasePartId, IncidentId};
use waxwing_http::{Fail, Flash, SafeForm, SeeOther, Segment, Who};
use waxwing_law::drafts::Locale;
use waxwing_store::Tx;

type Answer<T> = std::result::Result<T, Fail>;

async fn done(tx: Tx, said: &str) -> Answer<SeeOther> {
    tx.commit().await.map_err(Error::from)?;
    Ok(SeeOther::to("/security/trust").flash(Flash::good(said)))
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct LinksForm {
    links: String,
}

pub(super) async fn set_links(
    State(app): State<App>,
    Who(ctx): Who,
    SafeForm(form): SafeForm<LinksForm>,
) -> Answer<SeeOther> {
    let lines = form.links.lines().filter(|line| !line.trim().is_empty());
    let links = lines.map(Link::parse).collect::<Result<Vec<_>, _>>()?;
    let mut tx = app.begin(&ctx, "trust.set_links").await?;
    super::set_links(&app, &mut tx, &ctx, links).await?;
    done(tx, "Saved.").await
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct MeasureForm {
    /// Case and finding with a point between.
    finding: String,
    body: String,
    language: String,
}

impl MeasureForm {
    fn finding(&self) -> Answer<(IncidentId, CasePartId)> {
        let parts = self.finding.split_once('.');
        let read = parts.and_then(|(case, finding)| Some((case.parse().ok()?, finding.parse().ok()?)));
        read.ok_or_else(|| Fail::invalid("finding", "Choose one of the list."))
    }
}

pub(super) async fn add(
    State(app): State<App>,
    Who(ctx): Who,
    SafeForm(form): SafeForm<MeasureForm>,
) -> Answer<SeeOther> {
    let finding = form.finding()?;
    let locale = Locale::parse(&form.language).unwrap_or(Locale::En);
    let new = NewMeasure { text: form.body, locale, overruled: Vec::new() };
    let mut tx = app.begin(&ctx, "trust.add_measure").await?;
    super::add_measure(&app, &mut tx, &ctx, finding, &new).await?;
    done(tx, "Published, while it holds.").await
}

pub(super) async fn remove(
    State(app): State<App>,
    Who(ctx): Who,
    Segment(finding): Segment<CasePartId>,
) -> Answer<SeeOther> {
    let mut tx = app.begin(&ctx, "trust.remove_measure").await?;
    super::remove_measure(&app, &mut tx, &ctx, finding).await?;
    done(tx, "Taken off the page.").await
}
