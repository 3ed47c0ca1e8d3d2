//! `/settings/roles`: the whole matrix for people to read, and roles of one's own.
//! `/settings/people/…`: what one person may do.

use super::{CustomRole, Grant, NewGrant, NewRole, RoleRef, custom};
use crate::accounts::approvals::Passage;
use crate::accounts::{self, key_lists, keys};
use crate::{App, Error};
use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use http::StatusCode;
use serde::Deserialize;
use std::collections::BTreeSet;
use waxwing_domain::{
    AccountId, Action, ActionSet, ClassSet, Ctx, DataClass, ListId, Micros, Role, RoleId, clear_classes, roles_of,
};
use waxwing_http::{Fail, Flash, Page, Params, SafeForm, SeeOther, Segment, Shell, Who};

#[derive(Template)]
#[template(path = "accounts/roles/pages/roles.html")]
struct RolesPage {
    shell: Shell,
    own: Vec<CustomRole>,
    lists: Vec<(ListId, String)>,
    form: RoleForm,
    error: (String, String),
}

impl RolesPage {
    fn limits(&self, id: &ListId) -> bool {
        self.form.list.contains(&id.to_string())
    }
    fn lists_of(&self, role: &CustomRole) -> String {
        key_lists::in_words(role.rights.lists.as_deref(), &self.lists)
    }
    fn actions() -> impl Iterator<Item = Action> {
        Action::ALL.iter().copied().filter(|action| action.is_grantable())
    }
    /// The actions by what they are about, in the order of the matrix.
    fn topics() -> Vec<(&'static str, Vec<Action>)> {
        let all: Vec<Action> = Self::actions().collect();
        all.chunk_by(|one, next| topic(*one) == topic(*next)).map(|some| (topic(some[0]), some.to_vec())).collect()
    }
    fn grants(&self, action: &Action, role: &Role) -> bool {
        roles_of(*action).has(*role)
    }
    fn sees(&self, class: &DataClass, role: &Role) -> bool {
        clear_classes(*role).has(*class)
    }
    fn wrong(&self, field: &str) -> &str {
        if self.error.0 == field { &self.error.1 } else { "" }
    }
}

/// The heading that an action stands under.
fn topic(action: Action) -> &'static str {
    match action.topic() {
        "lists" | "subscribers" | "fields" | "import" | "export" | "forms" => "People and lists",
        "content" | "campaigns" | "reports" => "Campaigns",
        "alerts" | "containment" | "holds" | "incidents" | "record" => "Security",
        "settings" | "relays" | "domains" | "webhooks" | "api_keys" => "Settings",
        "roles" | "accounts" | "approvals" | "keys" => "Who may do what",
        other => other,
    }
}

/// A role as it is typed.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(in crate::accounts) struct RoleForm {
    name: String,
    action: Vec<String>,
    class: Vec<String>,
    list: Vec<String>,
}

impl RoleForm {
    fn ticks(&self, words: &[String], word: &str) -> bool {
        words.iter().any(|ticked| ticked == word)
    }

    fn read(&self) -> crate::Result<NewRole> {
        let actions: ActionSet =
            RolesPage::actions().filter(|action| self.ticks(&self.action, action.name())).collect();
        let clear: ClassSet =
            DataClass::ALL.iter().copied().filter(|class| self.ticks(&self.class, class.as_str())).collect();
        let lists: Option<BTreeSet<ListId>> = self.list.iter().map(|id| id.parse().ok()).collect();
        let lists = lists.ok_or_else(|| Error::invalid("lists", "One of these lists does not exist."))?;
        Ok(NewRole { name: self.name.clone(), actions, clear, lists: Some(lists).filter(|lists| !lists.is_empty()) })
    }
}

async fn roles_page(app: &App, ctx: &Ctx, shell: Shell, form: RoleForm) -> crate::Result<RolesPage> {
    let mut tx = app.read(ctx, "roles.index").await?;
    let own = super::custom(&mut tx, ctx).await?;
    let mut shell = shell.titled("Roles");
    shell.path = "/settings/roles".into();
    let lists = key_lists::known(&mut tx).await?;
    Ok(RolesPage { shell, own, lists, form, error: Default::default() })
}

pub(in crate::accounts) async fn index(State(app): State<App>, Who(ctx): Who, shell: Shell) -> Result<Response, Fail> {
    Ok(Page(roles_page(&app, &ctx, shell, RoleForm::default()).await?).into_response())
}

pub(in crate::accounts) async fn define(
    State(app): State<App>,
    Who(ctx): Who,
    shell: Shell,
    SafeForm(form): SafeForm<RoleForm>,
) -> Result<Response, Fail> {
    let error = match try_define(&app, &ctx, &form).await {
        Ok(role) => {
            let words = format!("“{}” can be given to people now.", role.name);
            return Ok(SeeOther::to("/settings/roles").flash(Flash::good(words)).into_response());
        }
        Err(Error::Invalid { field, message }) => (field, message),
        Err(Error::Conflict(message)) => ("name".into(), message),
        Err(other) => return Err(other.into()),
    };
    let page = RolesPage { error, ..roles_page(&app, &ctx, shell, form).await? };
    Ok((StatusCode::UNPROCESSABLE_ENTITY, Page(page)).into_response())
}

async fn try_define(app: &App, ctx: &Ctx, form: &RoleForm) -> crate::Result<CustomRole> {
    let new = form.read()?;
    let mut tx = app.begin(ctx, "roles.define").await?;
    let role = custom::define(app, &mut tx, ctx, new).await?;
    tx.commit().await?;
    Ok(role)
}

pub(in crate::accounts) async fn discard(
    State(app): State<App>,
    Who(ctx): Who,
    Segment(id): Segment<RoleId>,
) -> Result<SeeOther, Fail> {
    let mut tx = app.begin(&ctx, "roles.discard").await?;
    let flash = match custom::discard(&app, &mut tx, &ctx, id).await {
        Ok(()) => Flash::good("The role is gone."),
        Err(Error::Conflict(message)) => Flash::danger(message),
        Err(other) => return Err(other.into()),
    };
    tx.commit().await.map_err(Error::from)?;
    Ok(SeeOther::to("/settings/roles").flash(flash))
}

#[derive(Template)]
#[template(path = "accounts/roles/pages/person.html")]
struct PersonPage {
    shell: Shell,
    account: AccountId,
    now: Micros,
    grants: Vec<Grant>,
    own: Vec<CustomRole>,
    form: GrantForm,
    error: (String, String),
}

impl PersonPage {
    fn title(&self, role: &RoleRef) -> String {
        match role {
            RoleRef::BuiltIn(role) => role.title().to_owned(),
            RoleRef::Custom(id) => {
                let own = self.own.iter().find(|own| own.id == *id);
                own.map_or_else(|| "A role that is gone".to_owned(), |own| own.name.clone())
            }
        }
    }
    fn is_over(&self, grant: &Grant) -> bool {
        grant.expires_at.is_some_and(|end| end <= self.now)
    }
    fn wrong(&self, field: &str) -> &str {
        if self.error.0 == field { &self.error.1 } else { "" }
    }
}

/// A grant as it is typed.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(in crate::accounts) struct GrantForm {
    role: String,
    until: String,
}

impl GrantForm {
    fn read(&self) -> crate::Result<NewGrant> {
        let expires_at = keys::end_of_day("until", &self.until)?;
        Ok(NewGrant { role: self.role.parse()?, expires_at })
    }
}

async fn person_page(app: &App, ctx: &Ctx, shell: Shell, id: AccountId, form: GrantForm) -> crate::Result<PersonPage> {
    let mut tx = app.read(ctx, "roles.person").await?;
    let account = accounts::by_id(&mut tx, id).await?.ok_or(Error::NotFound("account"))?;
    let person = account.person(app, ctx.workspace)?;
    let shown = if person.name.is_empty() { person.email.masked() } else { person.name.clone() };
    Ok(PersonPage {
        shell: shell.titled(shown),
        account: id,
        now: ctx.now(),
        grants: super::grants_of(&mut tx, ctx, id).await?,
        own: super::custom(&mut tx, ctx).await?,
        form,
        error: Default::default(),
    })
}

pub(in crate::accounts) async fn person(
    State(app): State<App>,
    Who(ctx): Who,
    shell: Shell,
    Segment(id): Segment<AccountId>,
    Params(form): Params<GrantForm>,
) -> Result<Response, Fail> {
    Ok(Page(person_page(&app, &ctx, shell, id, form).await?).into_response())
}

pub(in crate::accounts) async fn grant(
    State(app): State<App>,
    Who(ctx): Who,
    shell: Shell,
    Segment(id): Segment<AccountId>,
    SafeForm(form): SafeForm<GrantForm>,
) -> Result<Response, Fail> {
    let error = match try_grant(&app, &ctx, id, &form).await {
        Ok(Passage::Open(_)) => {
            let back = SeeOther::to(format!("/settings/people/{id}"));
            return Ok(back.flash(Flash::good("Granted. It counts from their next click.")).into_response());
        }
        Ok(Passage::Waits(request)) => {
            let waits = SeeOther::to(format!("/security/approvals/{request}"));
            return Ok(waits.flash(Flash::note("This role waits for a second person’s yes.")).into_response());
        }
        Err(Error::Invalid { field, message }) => (field, message),
        Err(Error::Conflict(message)) => ("role".into(), message),
        Err(other) => return Err(other.into()),
    };
    let page = PersonPage { error, ..person_page(&app, &ctx, shell, id, form).await? };
    Ok((StatusCode::UNPROCESSABLE_ENTITY, Page(page)).into_response())
}

async fn try_grant(app: &App, ctx: &Ctx, id: AccountId, form: &GrantForm) -> crate::Result<Passage> {
    let new = form.read()?;
    let mut tx = app.begin(ctx, "roles.grant").await?;
    let passage = super::grant(app, &mut tx, ctx, id, new).await?;
    tx.commit().await?;
    Ok(passage)
}

#[derive(Deserialize)]
pub(in crate::accounts) struct WithdrawForm {
    role: String,
}

pub(in crate::accounts) async fn withdraw(
    State(app): State<App>,
    Who(ctx): Who,
    Segment(id): Segment<AccountId>,
    SafeForm(form): SafeForm<WithdrawForm>,
) -> Result<SeeOther, Fail> {
    let back = SeeOther::to(format!("/settings/people/{id}"));
    let mut tx = app.begin(&ctx, "roles.withdraw").await?;
    match super::withdraw(&app, &mut tx, &ctx, id, form.role.parse()?).await {
        Ok(()) => tx.commit().await.map_err(Error::from)?,
        Err(Error::Conflict(message)) => return Ok(back.flash(Flash::danger(message))),
        Err(other) => return Err(other.into()),
    }
    Ok(back.flash(Flash::good("Taken away. It counts from their next click.")))
}
