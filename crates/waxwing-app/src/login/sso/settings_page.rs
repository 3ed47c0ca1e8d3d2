//! `/settings/sso`: the workspace's identity provider.

use super::config::{Config, SaidGroup};
use super::{CALLBACK, Newcomers, Wish, load};
use crate::accounts::approvals::Passage;
use crate::accounts::roles::{self, CustomRole, RoleRef};
use crate::{App, Error};
use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use http::StatusCode;
use serde::Deserialize;
use waxwing_domain::{Action, Ctx, Role};
use waxwing_http::{Fail, Flash, Page, Params, SafeForm, SeeOther, Shell, Who};

/// Empty rows for more groups.
const MORE: usize = 3;

#[derive(Template)]
#[template(path = "login/sso/pages/settings.html")]
struct SettingsPage {
    shell: Shell,
    form: Form,
    own: Vec<CustomRole>,
    callback: String,
    /// Whether there is a provider already.
    there: bool,
    field: String,
    message: String,
}

impl SettingsPage {
    fn error(&self, field: &str) -> &str {
        if self.field == field { &self.message } else { "" }
    }
    fn secret_hint(&self) -> &'static str {
        if self.there { "Empty: stays as it is. It is never shown." } else { "It is kept sealed and never shown." }
    }
    fn may_change(&self) -> bool {
        self.shell.may(Action::AccountsWrite)
    }
    /// The built-in roles that a group may give.
    fn built_in() -> impl Iterator<Item = Role> {
        Role::ALL.iter().copied().filter(|role| *role != Role::Owner && !role.is_time_boxed())
    }
    /// The groups with their roles, and some empty rows.
    fn rows(&self) -> Vec<(usize, &str, &str)> {
        let rows = self.form.group.len() + MORE;
        (0..rows).map(|at| (at + 1, entry(&self.form.group, at), entry(&self.form.role, at))).collect()
    }
    /// Whether a row gives this built-in role.
    fn is(role: &str, name: &str) -> bool {
        role == name
    }
    fn names(&self, role: &str, own: &CustomRole) -> bool {
        role == RoleRef::Custom(own.id).to_string()
    }
}

/// What stands in a row; nothing in one that is new.
fn entry(all: &[String], at: usize) -> &str {
    all.get(at).map_or("", String::as_str)
}

/// The form as it is typed. The page takes it from its address too, so that what waited for a second person is filled
/// in again.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Form {
    /// Given where the address fills the form in.
    again: String,
    enabled: String,
    name: String,
    issuer: String,
    client_id: String,
    secret: String,
    scopes: String,
    groups_claim: String,
    domains: String,
    newcomers: String,
    strong: String,
    group: Vec<String>,
    role: Vec<String>,
}

impl From<&Config> for Form {
    fn from(config: &Config) -> Self {
        let (group, role) = config.groups.iter().map(|group| (group.claimed.clone(), group.role.to_string())).unzip();
        Self {
            enabled: if config.enabled { "on".into() } else { String::new() },
            name: config.name.clone(),
            issuer: config.issuer.clone(),
            client_id: config.client_id.clone(),
            scopes: config.scopes.clone(),
            groups_claim: config.groups_claim.clone(),
            domains: config.domains.join(" "),
            newcomers: config.newcomers.as_str().to_owned(),
            strong: config.strong.join(" "),
            group,
            role,
            ..Self::default()
        }
    }
}

impl Form {
    /// What a workspace without a provider begins with.
    fn fresh() -> Self {
        Self { scopes: "openid email profile".into(), newcomers: Newcomers::Refuse.as_str().into(), ..Self::default() }
    }

    fn wish(&self) -> Wish {
        let groups = self.group.iter().zip(&self.role);
        Wish {
            enabled: !self.enabled.is_empty(),
            name: self.name.clone(),
            issuer: self.issuer.clone(),
            client_id: self.client_id.clone(),
            secret: self.secret.clone(),
            scopes: self.scopes.clone(),
            groups_claim: self.groups_claim.clone(),
            domains: self.domains.clone(),
            newcomers: self.newcomers.clone(),
            strong: self.strong.clone(),
            groups: groups.map(|(group, role)| SaidGroup { group: group.clone(), role: role.clone() }).collect(),
        }
    }
}

pub(super) async fn show(
    State(app): State<App>,
    Who(ctx): Who,
    shell: Shell,
    Params(asked): Params<Form>,
) -> Result<Response, Fail> {
    let form = if asked.again.is_empty() { None } else { Some(asked) };
    Ok(Page(page(&app, &ctx, shell, form).await?).into_response())
}

pub(super) async fn save(
    State(app): State<App>,
    Who(ctx): Who,
    shell: Shell,
    SafeForm(form): SafeForm<Form>,
) -> Result<Response, Fail> {
    let (field, message) = match super::set(&app, &ctx, &form.wish()).await {
        Ok(Passage::Waits(id)) => {
            let waits = SeeOther::to(format!("/security/approvals/{id}"));
            return Ok(waits.flash(Flash::note("This waits for a second person’s yes.")).into_response());
        }
        Ok(Passage::Open(_)) => {
            let words = "Saved. Whoever came in by the provider signs in anew if what it is trusted with has changed.";
            return Ok(SeeOther::to("/settings/sso").flash(Flash::good(words)).into_response());
        }
        Err(Error::Invalid { field, message }) => (field, message),
        Err(Error::Conflict(message)) => ("groups".into(), message),
        Err(other) => return Err(other.into()),
    };
    // A secret is not sent back.
    let form = Form { secret: String::new(), ..form };
    let page = SettingsPage { field, message, ..page(&app, &ctx, shell, Some(form)).await? };
    Ok((StatusCode::UNPROCESSABLE_ENTITY, Page(page)).into_response())
}

pub(super) async fn remove(State(app): State<App>, Who(ctx): Who) -> Result<SeeOther, Fail> {
    super::remove(&app, &ctx).await?;
    let flash = Flash::good("The provider and its secret are gone, and the sessions that it began have ended.");
    Ok(SeeOther::to("/settings/sso").flash(flash))
}

async fn page(app: &App, ctx: &Ctx, shell: Shell, form: Option<Form>) -> crate::Result<SettingsPage> {
    ctx.authorise_look(Action::SettingsRead)?;
    let mut tx = app.read(ctx, "login.sso_page").await?;
    let config = load(&mut tx).await?;
    let own = if ctx.may(Action::RolesRead) { roles::custom(&mut tx, ctx).await? } else { Vec::new() };
    let there = config.is_some();
    let form = form.unwrap_or_else(|| config.as_ref().map_or_else(Form::fresh, Form::from));
    let mut shell = shell.titled("Single sign-on");
    shell.path = "/settings/sso".into();
    let callback = format!("{}{CALLBACK}", app.config().public_url);
    Ok(SettingsPage { shell, form, own, callback, there, field: String::new(), message: String::new() })
}
