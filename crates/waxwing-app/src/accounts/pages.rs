//! `/settings/people`: who can sign in, invitations, removal.

use super::passkeys;
use super::roles::{self, CustomRole, Grant, NewGrant, RoleRef};
use super::{LinkKind, Person, State};
use crate::{App, Error};
use askama::Template;
use axum::extract::State as Is;
use axum::response::{IntoResponse as _, Response};
use http::StatusCode;
use serde::Deserialize;
use waxwing_domain::{AccountId, Action, Ctx, EmailAddress, Micros, Role};
use waxwing_http::{Fail, Flash, Page, Params, SafeForm, SeeOther, Segment, Shell, Who};

#[derive(Template)]
#[template(path = "accounts/pages/people.html")]
struct PeoplePage {
    shell: Shell,
    people: Vec<Row>,
    own_roles: Vec<CustomRole>,
    email: String,
    called: String,
    role: String,
    error: String,
    /// The link of an invitation just made, for where mail cannot leave yet.
    link: String,
    /// Whose removal is asked about, for browsers without script.
    asked: String,
    /// Whose password is asked about, likewise.
    asked_reset: String,
}

impl PeoplePage {
    fn asks(&self, person: &Row) -> bool {
        self.asked == person.id.to_string()
    }
    fn asks_reset(&self, person: &Row) -> bool {
        self.asked_reset == person.id.to_string()
    }
}

struct Row {
    id: AccountId,
    shown: String,
    email: String,
    own: bool,
    roles: String,
    invited: bool,
    must_reset: bool,
    second_factor: bool,
    passkey: bool,
    since: Micros,
}

impl Row {
    /// Whether a way back can be asked for on their behalf.
    const fn may_recover(&self) -> bool {
        !self.own && !self.invited
    }
    /// Whether the person can be asked for a new password.
    const fn may_force(&self) -> bool {
        !self.own && !self.invited && !self.must_reset
    }
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Invitation {
    email: String,
    name: String,
    role: String,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Asked {
    ask: String,
    reset: String,
}

pub(super) async fn index(
    Is(app): Is<App>,
    Who(ctx): Who,
    Params(query): Params<Asked>,
    shell: Shell,
) -> Result<Response, Fail> {
    let page = page(&app, &ctx, shell, Invitation::default()).await?;
    Ok(Page(PeoplePage { asked: query.ask, asked_reset: query.reset, ..page }).into_response())
}

pub(super) async fn invite(
    Is(app): Is<App>,
    Who(ctx): Who,
    shell: Shell,
    SafeForm(form): SafeForm<Invitation>,
) -> Result<Response, Fail> {
    match try_invite(&app, &ctx, &form).await {
        Ok(token) => {
            let page = page(&app, &ctx, shell, Invitation::default()).await?;
            Ok(Page(PeoplePage { link: LinkKind::Welcome.url(&app, &token), ..page }).into_response())
        }
        Err(Error::Invalid { message, .. } | Error::Conflict(message)) => {
            let page = page(&app, &ctx, shell, form).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, Page(PeoplePage { error: message, ..page })).into_response())
        }
        Err(other) => Err(other.into()),
    }
}

async fn try_invite(app: &App, ctx: &Ctx, form: &Invitation) -> crate::Result<String> {
    let email =
        EmailAddress::parse(&form.email).map_err(|e| Error::invalid("email", format!("Check the address: {e}.")))?;
    let role = NewGrant { role: form.role.parse()?, expires_at: None };
    let mut tx = app.begin(ctx, "accounts.invite").await?;
    let person = Person { email, name: form.name.trim().to_owned() };
    let token = super::invite(app, &mut tx, ctx, &person, role).await?;
    tx.commit().await?;
    Ok(token)
}

/// Makes a fresh link for an invitation that was not used.
pub(super) async fn link(
    Is(app): Is<App>,
    Who(ctx): Who,
    shell: Shell,
    Segment(id): Segment<AccountId>,
) -> Result<Response, Fail> {
    let mut tx = app.begin(&ctx, "accounts.invite_again").await?;
    let token = super::invite_again(&app, &mut tx, &ctx, id).await?;
    tx.commit().await.map_err(Error::from)?;
    let page = page(&app, &ctx, shell, Invitation::default()).await?;
    Ok(Page(PeoplePage { link: LinkKind::Welcome.url(&app, &token), ..page }).into_response())
}

pub(super) async fn remove(Is(app): Is<App>, Who(ctx): Who, Segment(id): Segment<AccountId>) -> Result<SeeOther, Fail> {
    let mut tx = app.begin(&ctx, "accounts.remove").await?;
    match super::remove(&app, &mut tx, &ctx, id).await {
        Ok(()) => tx.commit().await.map_err(Error::from)?,
        Err(Error::Conflict(message)) => return Ok(SeeOther::to("/settings/people").flash(Flash::danger(message))),
        Err(other) => return Err(other.into()),
    }
    Ok(SeeOther::to("/settings/people").flash(Flash::good("Removed. Their sessions have ended.")))
}

/// Ends what a person is signed in by; nobody but they choose the next password.
pub(super) async fn force_reset(
    Is(app): Is<App>,
    Who(ctx): Who,
    Segment(id): Segment<AccountId>,
) -> Result<SeeOther, Fail> {
    let mut tx = app.begin(&ctx, "accounts.force_reset").await?;
    super::force_reset(&app, &mut tx, &ctx, super::ResetScope::Person(id), Action::AccountsWrite).await?;
    tx.commit().await.map_err(Error::from)?;
    let words = "Their password no longer works and their sessions have ended. Mail tells them how to go on.";
    Ok(SeeOther::to("/settings/people").flash(Flash::good(words)))
}

async fn page(app: &App, ctx: &Ctx, shell: Shell, form: Invitation) -> crate::Result<PeoplePage> {
    let mut tx = app.read(ctx, "accounts.index").await?;
    let own = ctx.actor.principal();
    let (grants, own_roles) = match ctx.may(Action::RolesRead) {
        true => (roles::all_grants(&mut tx, ctx).await?, roles::custom(&mut tx, ctx).await?),
        false => Default::default(),
    };
    let passkeys = passkeys::owners(&mut tx).await?;
    let mut people = Vec::new();
    for account in super::all(&mut tx, ctx).await? {
        let person = account.person(app, ctx.workspace)?;
        let own = account.id.as_i64() == own;
        people.push(Row {
            id: account.id,
            shown: person.name.clone(),
            email: if own { person.email.as_str().to_owned() } else { person.email.masked() },
            own,
            roles: role_words(grants.get(&account.id).map_or(&[][..], Vec::as_slice), &own_roles),
            invited: account.state == State::Invited,
            must_reset: account.must_reset(),
            second_factor: account.has_second_factor(),
            passkey: passkeys.contains(&account.id),
            since: account.joined_at.unwrap_or(account.created_at),
        });
    }
    let mut shell = shell.titled("People");
    shell.path = "/settings/people".into();
    Ok(PeoplePage {
        shell,
        people,
        own_roles,
        email: form.email,
        called: form.name,
        role: form.role,
        error: String::new(),
        link: String::new(),
        asked: String::new(),
        asked_reset: String::new(),
    })
}

/// The names of these roles; a dash for none.
fn role_words(grants: &[Grant], own: &[CustomRole]) -> String {
    let title = |grant: &Grant| match grant.role {
        RoleRef::BuiltIn(role) => role.title().to_owned(),
        RoleRef::Custom(id) => own.iter().find(|own| own.id == id).map(|own| own.name.clone()).unwrap_or_default(),
    };
    let words = grants.iter().map(title).collect::<Vec<_>>().join(", ");
    if words.is_empty() { "–".to_owned() } else { words }
}
