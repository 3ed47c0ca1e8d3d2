//! `waxwing account link`: the way in for who holds the machine but no password.
//!
//! Limit: a second factor is still asked for, except of a first owner who has none yet.

use super::Host;
use crate::cli::Account;
use crate::house;
use anyhow::Context as _;
use serde_json::{Value, json};
use waxwing_app::{App, Error, accounts};
use waxwing_domain::EmailAddress;

/// Prints a link.
pub async fn run(command: Account, host: Host) -> anyhow::Result<Value> {
    let Account::Link { email } = command;
    let email = EmailAddress::parse(&email).context("the address")?;
    let app = host.open().await?;
    let link = link(&app, email).await?;
    house::close(&app).await?;
    host.output.say(&link);
    host.output.say("It works once. Whoever opens it first is let in, so hand it over by a way you trust.");
    Ok(json!({ "link": link }))
}

/// The first owner's link while there is nobody; a link to a new password afterwards.
async fn link(app: &App, email: EmailAddress) -> Result<String, Error> {
    let ctx = app.host().with_purpose("waxwing account link");
    match accounts::bootstrap(app, &ctx, email.clone()).await {
        Ok(token) => Ok(accounts::LinkKind::Welcome.url(app, &token)),
        Err(Error::Conflict(_)) => {
            let token = accounts::reset_link(app, &ctx, &email).await?;
            Ok(accounts::LinkKind::Reset.url(app, &token))
        }
        Err(error) => Err(error),
    }
}
