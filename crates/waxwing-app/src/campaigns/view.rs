//! A message in the browser of whoever holds its link.

use crate::login::Finder;
use crate::sending::visits::{self, Opened};
use crate::templates::{Drawn, Part};
use crate::{App, Error, sending};
use axum::extract::State;
use http::HeaderMap;
use waxwing_domain::Ctx;
use waxwing_http::{Fail, Limit, Sandboxed, Segment, Who};
use waxwing_store::inventory;

/// How often one network address may look.
const LOOKS: Limit = Limit::per_minute("campaigns.view", 60);

inventory::submit! {
    Finder::new(&["/v/{token}"], |app, token| Box::pin(async move { Ok(sending::links::view_made_by(app, token)) }))
}

/// The message of a link, under a policy that runs nothing. A forged link, and one to a person who
/// is gone, find nothing alike.
pub(super) async fn show(
    Who(ctx): Who,
    State(app): State<App>,
    Segment(token): Segment<String>,
    headers: HeaderMap,
) -> Result<Sandboxed, Fail> {
    throttle(&app, &ctx)?;
    let found = sending::links::parse_view(&app, ctx.workspace, &token);
    let (source, subject) = found.ok_or(Fail::NotFound)?;
    let rendered = sending::view(&app, &ctx, source, subject).await.map_err(|error| match error {
        Error::Invalid { .. } => Error::NotFound("message"),
        other => other,
    })?;
    visits::visited(&app, &ctx, (source, subject), Opened::View, &headers).await;
    Ok(Sandboxed::hosted(Drawn::of(rendered, Part::Html).html))
}

fn throttle(app: &App, ctx: &Ctx) -> Result<(), Fail> {
    let address = ctx.address.map(|address| address.to_string()).unwrap_or_default();
    app.limiter().take(LOOKS, address.as_bytes(), ctx.now())
}
