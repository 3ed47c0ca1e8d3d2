//! The matrix of roles for programs.

use super::{custom, store};
use crate::{App, Error};
use axum::Json;
use axum::extract::State;
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;
use waxwing_domain::{Action, Rights, Role};
use waxwing_http::{Fail, Who};

/// A role and what it grants.
#[derive(Serialize, ToSchema)]
pub struct RoleView {
    /// The word that is granted: a built-in name, or the id of a role of the workspace.
    pub role: String,
    /// The name for people.
    pub title: String,
    /// What it is for; empty for roles of the workspace.
    pub about: &'static str,
    /// The actions it grants.
    pub actions: Vec<&'static str>,
    /// The classes of fields it sees in clear.
    pub clear: Vec<&'static str>,
}

fn view(role: String, title: String, about: &'static str, rights: &Rights) -> RoleView {
    RoleView {
        role,
        title,
        about,
        actions: rights.actions.iter().map(Action::name).collect(),
        clear: rights.clear.iter().map(waxwing_domain::DataClass::as_str).collect(),
    }
}

/// The built-in roles.
pub fn built_in() -> Vec<RoleView> {
    let one = |&role: &Role| view(role.name().into(), role.title().into(), role.about(), &Rights::of_role(role));
    Role::ALL.iter().map(one).collect()
}

/// The whole matrix.
#[derive(Serialize, ToSchema)]
pub(in crate::accounts) struct RoleMatrix {
    /// Every role, built-in ones first.
    roles: Vec<RoleView>,
    /// Every action that can be granted, and the roles that grant it.
    actions: BTreeMap<&'static str, Vec<String>>,
}

/// The roles of the workspace and what each grants.
#[utoipa::path(get, path = "/api/v1/roles", tag = "roles",
    responses((status = 200, description = "The whole matrix.", body = RoleMatrix)))]
pub(in crate::accounts) async fn matrix(State(app): State<App>, Who(ctx): Who) -> Result<Json<RoleMatrix>, Fail> {
    ctx.authorise(Action::RolesRead)?;
    let mut tx = app.read(&ctx, "roles.matrix").await?;
    let own: Vec<custom::CustomRole> = store::custom(&mut tx).await.map_err(Error::from)?;
    let mut roles = built_in();
    roles.extend(own.iter().map(|role| view(role.id.to_string(), role.name.clone(), "", &role.rights)));
    let granting = |action: &Action| {
        let names = roles.iter().filter(|role| role.actions.contains(&action.name()));
        (action.name(), names.map(|role| role.role.clone()).collect())
    };
    let actions = Action::ALL.iter().filter(|action| action.is_grantable()).map(granting).collect();
    Ok(Json(RoleMatrix { roles, actions }))
}
