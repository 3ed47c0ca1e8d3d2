//! The form on the public page by which people ask for help.

use super::inbox::{self, Kept};
use crate::status::{self, Desk, QUICK, Visitor, crowded, hurried, mistaken, said, throttle};
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde::Deserialize;
use waxwing_app::login::Finder;
use waxwing_app::{App, Error, Result};
use waxwing_domain::WorkspaceId;
use waxwing_http::{Fail, SafeForm, Segment, Shell, Who};
use waxwing_store::inventory;

/// What is said to a form whose hidden field is filled in: a person's browser may have done that.
const TRAPPED: &str = "Something filled in a field that people do not see, so that this looks like a program’s. \
    Your message was not kept. Open the page anew, and fill the form in by hand.";
/// What is said to a message that is one too many.
const FULL: &str = "Too many messages came in the name of this address today, and nobody reads this one. \
    If you have a mail of ours with a code, write again with the code: then it is read in any case. \
    Or wait until tomorrow.";

inventory::submit! { Finder::new(&["/status/{slug}/write"], |app, slug| Box::pin(of_slug(app, slug))) }

async fn of_slug(app: &App, slug: &str) -> Result<Option<WorkspaceId>> {
    Ok(status::workspace_of_slug(&mut app.store().read_unbound("support.page_of").await?, slug).await?)
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct WriteForm {
    from: String,
    message: String,
    code: String,
    shown: String,
    /// A field that people do not see; what fills it is not a person.
    website: String,
}

pub(super) async fn write(
    State(app): State<App>,
    Who(ctx): Who,
    shell: Shell,
    Segment(slug): Segment<String>,
    SafeForm(form): SafeForm<WriteForm>,
) -> std::result::Result<Response, Fail> {
    throttle(&app, &ctx, Desk::Write)?;
    let who = match Visitor::parse(&form.from, "") {
        Err(Error::Invalid { message, .. }) => return mistaken(&app, &ctx, shell, message, &slug).await,
        other => other?,
    };
    if hurried(&form.shown, ctx.now()) {
        return mistaken(&app, &ctx, shell, QUICK.into(), &slug).await;
    }
    if !form.website.is_empty() {
        return mistaken(&app, &ctx, shell, TRAPPED.into(), &slug).await;
    }
    crowded(&app, &ctx, Desk::Write, &slug)?;
    let mut tx = app.begin(&ctx, "support.receive").await?;
    let page = status::published(&mut tx, &slug).await?;
    let kept = match inbox::receive(&app, &mut tx, &ctx, &page, &who, (&form.message, &form.code)).await {
        Err(Error::Invalid { message, .. }) => return mistaken(&app, &ctx, shell, message, &slug).await,
        other => other?,
    };
    tx.commit().await.map_err(Error::from)?;
    if kept == Kept::TooMany {
        let page = said(&app, &ctx, shell, ("Your message was not kept", FULL.into()), &slug).await?;
        return Ok((StatusCode::TOO_MANY_REQUESTS, page).into_response());
    }
    let text = "A person reads it and answers to your address, within two days.";
    Ok(said(&app, &ctx, shell, ("Your message has arrived", text.into()), &slug).await?.into_response())
}
