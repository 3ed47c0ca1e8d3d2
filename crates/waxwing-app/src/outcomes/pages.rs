//! The page on which a person brings what a provider reported of one campaign.

use super::Wish;
use crate::{App, Error, campaigns, sending};
use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use http::{Method, StatusCode};
use serde::Deserialize;
use waxwing_domain::{Action, CampaignId};
use waxwing_http::{Fail, Flash, Page, Routes, SafeForm, SeeOther, Segment, Shell, Who, count};

pub(super) fn routes() -> Routes<App> {
    let write = Action::OutcomesWrite;
    Routes::new().page(Method::GET, "/reports/campaigns/{id}/outcomes", write, form).page(
        Method::POST,
        "/reports/campaigns/{id}/outcomes",
        write,
        bring,
    )
}

/// What was typed.
#[derive(Deserialize, Default)]
pub(super) struct Input {
    kind: String,
    addresses: String,
}

impl Input {
    /// A report a line.
    fn wishes(&self, campaign: CampaignId) -> Vec<Wish> {
        let (kind, class) = match self.kind.as_str() {
            "hard" | "soft" => ("bounce", Some(self.kind.clone())),
            other => (other, None),
        };
        let wish = |email: &str| Wish {
            kind: kind.to_owned(),
            class: class.clone(),
            email: Some(email.to_owned()),
            campaign: Some(campaign.to_string()),
            ..Wish::default()
        };
        self.addresses.lines().map(str::trim).filter(|line| !line.is_empty()).map(wish).collect()
    }
}

#[derive(Template)]
#[template(path = "outcomes/pages/bring.html")]
struct BringPage {
    shell: Shell,
    /// The report's address.
    back: String,
    name: String,
    input: Input,
    error: String,
}

async fn page(
    app: &App,
    ctx: &waxwing_domain::Ctx,
    shell: Shell,
    campaign: CampaignId,
    (input, error): (Input, String),
) -> Result<BringPage, Fail> {
    let mut tx = app.read(ctx, "outcomes.form").await?;
    // Who keeps programs running brings reports of campaigns that they do not see.
    let name = match ctx.may(Action::CampaignsRead) {
        true => campaigns::by_id(&mut tx, ctx, campaign).await?.name,
        // What was never sent has no reports, and what is not there is not found.
        false => match sending::newest_of(&mut tx, ctx, campaign).await? {
            Some(_) => String::new(),
            None => return Err(Fail::NotFound),
        },
    };
    Ok(BringPage {
        shell: shell.titled("Bring in a report"),
        back: format!("/reports/campaigns/{campaign}"),
        name,
        input,
        error,
    })
}

async fn form(
    State(app): State<App>,
    Who(ctx): Who,
    shell: Shell,
    Segment(id): Segment<CampaignId>,
) -> Result<Page<BringPage>, Fail> {
    let input = Input { kind: "complaint".into(), ..Input::default() };
    Ok(Page(page(&app, &ctx, shell, id, (input, String::new())).await?))
}

async fn bring(
    State(app): State<App>,
    Who(ctx): Who,
    shell: Shell,
    Segment(id): Segment<CampaignId>,
    SafeForm(input): SafeForm<Input>,
) -> Result<Response, Fail> {
    match super::report(&app, &ctx, &input.wishes(id), "page").await {
        Ok(taken) => {
            let words = format!("{} reports were taken.", count(i64::try_from(taken.received).unwrap_or(i64::MAX)));
            Ok(SeeOther::to(format!("/reports/campaigns/{id}")).flash(Flash::good(words)).into_response())
        }
        Err(Error::Invalid { field, message }) => {
            let error = line_of(&field).map_or(message.clone(), |line| format!("Line {line}: {message}"));
            let page = page(&app, &ctx, shell, id, (input, error)).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, Page(page)).into_response())
        }
        Err(other) => Err(other.into()),
    }
}

/// Which line of those that are not empty is meant: `outcomes[3].email` is the fourth.
fn line_of(field: &str) -> Option<usize> {
    let place = field.strip_prefix("outcomes[")?.split_once(']')?.0;
    Some(place.parse::<usize>().ok()? + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_line_is_named_as_people_count() {
        assert_eq!(line_of("outcomes[3].email"), Some(4));
        assert_eq!(line_of("outcomes"), None);
        assert_eq!(line_of("outcomes[x].email"), None);
    }
}
