//! Everything, from the form: one question that says how many workspaces stop, then the act.

use super::pages::{self, Input};
use super::{Order, contain_everything, order, stoppable};
use askama::Template;
use axum::response::{IntoResponse as _, Response};
use waxwing_app::{App, Error};
use waxwing_domain::{Ctx, IncidentId};
use waxwing_http::{Fail, Page, Shell};

/// What the form says for it.
pub(super) const EVERYTHING: &str = "everything";

#[derive(Template)]
#[template(path = "containment/pages/everything.html")]
struct EverythingPage {
    shell: Shell,
    /// How many workspaces stop.
    number: usize,
    form: Input,
}

/// Asks once more with the number, and contains when the answer names this very number.
pub(super) async fn contain(app: &App, ctx: &Ctx, shell: Shell, form: Input) -> Result<Response, Fail> {
    let checked = match stoppable(app, ctx).await? {
        // Who may not learns no more than that there is no such choice.
        None => Err(Error::invalid("scope", "Choose one of the list.")),
        Some(number) => pages::order(app, ctx, &form).await.and_then(|order| {
            order::check(ctx, &order.0)?;
            Ok((number, order))
        }),
    };
    match checked {
        Err(error) => pages::answer(app, ctx, shell, form, Err(error)).await,
        Ok((number, _)) if form.sure != number.to_string() => {
            Ok(Page(EverythingPage { shell: shell.titled("Contain everything"), number, form }).into_response())
        }
        Ok((_, (order, case))) => {
            let done = act(app, ctx, &order, case).await;
            pages::answer(app, ctx, shell, form, done).await
        }
    }
}

async fn act(app: &App, ctx: &Ctx, order: &Order, case: super::InCase) -> Result<(String, Option<IncidentId>), Error> {
    let done = contain_everything(app, ctx, order, case).await?;
    let words = format!(
        "{} workspaces are contained. After {} milliseconds nothing from before was honoured any more in any of them.",
        done.contained.len(),
        done.effective_in()
    );
    Ok((words, done.of(ctx.workspace).and_then(|here| here.case)))
}
