//! `waxwing account`: the way in for who holds the machine but no password, and the way out for everybody.
//!
//! Limit: a second factor is still asked for, except of a first owner who has none yet.

use super::Host;
use crate::cli::Account;
use crate::house;
use anyhow::Context as _;
use serde_json::{Value, json};
use waxwing_app::accounts::{self, ResetScope};
use waxwing_app::{App, Error};
use waxwing_domain::{Action, EmailAddress};

/// Runs one of the commands.
pub async fn run(command: Account, host: Host) -> anyhow::Result<Value> {
    match command {
        Account::Link { email } => print_link(email, host).await,
        Account::Reset { email, .. } => reset(email, host).await,
    }
}

async fn reset(email: Option<String>, host: Host) -> anyhow::Result<Value> {
    let email = email.map(|text| EmailAddress::parse(&text).context("the address")).transpose()?;
    let app = host.open().await?;
    let done = force_reset(&app, email).await;
    house::close(&app).await?;
    let people = done?;
    host.output.say(&format!("{people} must choose a new password. Mail tells them; sessions have ended."));
    Ok(json!({ "people": people }))
}

async fn force_reset(app: &App, email: Option<EmailAddress>) -> Result<usize, Error> {
    let ctx = app.host().with_purpose("waxwing account reset");
    let mut tx = app.begin(&ctx, "account.reset").await?;
    let scope = match email {
        None => ResetScope::Everybody { but: None },
        Some(email) => {
            let account = accounts::by_email(app, &mut tx, &email).await?.ok_or(Error::NotFound("account"))?;
            ResetScope::Person(account.id)
        }
    };
    let people = accounts::force_reset(app, &mut tx, &ctx, scope, Action::AccountsWrite).await?;
    tx.commit().await?;
    Ok(people)
}

async fn print_link(email: String, host: Host) -> anyhow::Result<Value> {
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
