//! `waxwing account`: the way in for who holds the machine but no password, the way out for everybody, and what
//! is asked of everybody who signs in.
//!
//! Limit: a second factor is still asked for, except of a first owner who has none yet.

use super::Host;
use crate::cli::Account;
use crate::house;
use anyhow::Context as _;
use serde_json::{Value, json};
use waxwing_app::accounts::{self, ResetScope};
use waxwing_app::login::policy::{self, Policy};
use waxwing_app::{App, Error};
use waxwing_domain::{Action, EmailAddress, Strength};

/// Runs one of the commands.
pub async fn run(command: Account, host: Host) -> anyhow::Result<Value> {
    match command {
        Account::Link { email } => print_link(email, host).await,
        Account::Recover { email } => recover(email, host).await,
        Account::Reset { email, .. } => reset(email, host).await,
        Account::Policy { minimum, idle_hours, absolute_days } => {
            set_policy(Change { minimum, idle_hours, absolute_days }, host).await
        }
    }
}

/// What a change of the policy names; the rest stays.
struct Change {
    minimum: Option<String>,
    idle_hours: Option<i64>,
    absolute_days: Option<i64>,
}

async fn set_policy(change: Change, host: Host) -> anyhow::Result<Value> {
    let app = host.open().await?;
    let done = changed(&app, change).await;
    house::close(&app).await?;
    let Policy { minimum, idle_hours, absolute_days } = done?;
    let minimum = minimum.as_str();
    host.output.say(&format!(
        "Everybody signs in with at least: {minimum}. Sessions end after {idle_hours} hours without use, and after \
         {absolute_days} days."
    ));
    Ok(json!({ "minimum": minimum, "idle_hours": idle_hours, "absolute_days": absolute_days }))
}

/// The policy after a change of what is named.
async fn changed(app: &App, change: Change) -> Result<Policy, Error> {
    let ctx = app.host().with_purpose("waxwing account policy");
    let mut tx = app.begin(&ctx, "account.policy").await?;
    let old = policy::load(&mut tx).await?;
    let unknown = || Error::invalid("minimum", "say password, second_factor or passkey");
    let minimum = change.minimum.map(|word| Strength::parse(&word).ok_or_else(unknown)).transpose()?;
    let new = Policy {
        minimum: minimum.unwrap_or(old.minimum),
        idle_hours: change.idle_hours.unwrap_or(old.idle_hours),
        absolute_days: change.absolute_days.unwrap_or(old.absolute_days),
    };
    policy::set(app, &mut tx, &ctx, new).await?;
    tx.commit().await?;
    Ok(new)
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

async fn recover(email: String, host: Host) -> anyhow::Result<Value> {
    let email = EmailAddress::parse(&email).context("the address")?;
    let app = host.open().await?;
    let ctx = app.host().with_purpose("waxwing account recover");
    let done = accounts::recovery::by_host(&app, &ctx, &email).await;
    house::close(&app).await?;
    let link = done?;
    host.output.say(&link);
    host.output
        .say("It works once, for an hour. Second factor and passkeys come off when it is used; mail tells of it.");
    Ok(json!({ "link": link }))
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
