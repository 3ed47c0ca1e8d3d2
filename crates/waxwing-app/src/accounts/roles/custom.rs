//! Roles of the workspace's own making, from the same atoms as the built-in ones.

use super::{RoleRef, store};
use crate::accounts::key_lists;
use crate::{App, Error, signals};
use serde_json::json;
use std::collections::BTreeSet;
use waxwing_domain::{Action, ActionSet, ClassSet, Ctx, HeaderText, ListId, Micros, Operation, Rights, Role, RoleId};
use waxwing_store::{Entry, Tx};

/// The longest name, in characters.
const LONGEST_NAME: usize = 60;
/// Roles that a workspace may define at most.
const MOST: usize = 50;

/// A role of the workspace.
#[derive(Clone, Debug)]
pub struct CustomRole {
    /// Its id.
    pub id: RoleId,
    /// What people call it.
    pub name: String,
    /// What it grants.
    pub rights: Rights,
    /// Since when.
    pub created_at: Micros,
}

/// A role to be defined.
#[derive(Clone, Debug)]
pub struct NewRole {
    /// What people shall call it: unique, and no name of a built-in role.
    pub name: String,
    /// What it may do.
    pub actions: ActionSet,
    /// Which classes of fields it sees in clear.
    pub clear: ClassSet,
    /// The lists that it is limited to; all where `None`. What cannot be limited to lists falls away.
    pub lists: Option<BTreeSet<ListId>>,
}

/// Defines a role.
///
/// # Errors
/// [`Error::Invalid`] on a name or set that does not fit; [`Error::Conflict`] on a name that is
/// taken, on rights that the maker lacks, and on one role too many.
pub async fn define(app: &App, tx: &mut Tx, ctx: &Ctx, new: NewRole) -> crate::Result<CustomRole> {
    ctx.authorise(Action::RolesGrant)?;
    let name = check_name(&new.name)?;
    key_lists::check(tx, new.lists.as_ref()).await?;
    let rights = rights_of(new)?;
    if !rights.within(&ctx.rights) {
        return Err(Error::Conflict("This role could do things that you cannot.".into()));
    }
    if store::custom(tx).await?.len() >= MOST {
        return Err(Error::Conflict(format!("A workspace defines at most {MOST} roles.")));
    }
    let role = CustomRole { id: RoleId::from_i64(ctx.new_id()), name, rights, created_at: ctx.now() };
    if !store::define(tx, &role, ctx.actor.principal()).await? {
        return Err(Error::Conflict("There is a role of this name already.".into()));
    }
    let entry = Entry::new(Operation::Create, "roles.define").on("role", role.id.as_i64());
    let actions: Vec<&str> = role.rights.actions.iter().map(Action::name).collect();
    let lists = key_lists::words(role.rights.lists.as_deref());
    let detail = json!({ "name": role.name, "actions": actions, "classes": role.rights.clear.words(), "lists": lists });
    tx.record(app.store(), ctx, entry.detail(detail)).await?;
    signals::note(tx, ctx, "roles.defined", 1, json!({ "role": role.id })).await?;
    Ok(role)
}

/// What a role to be defined grants. What cannot be limited to lists is refused with a limit, not left
/// out: who defines a role gets what they asked for or learns why not.
fn rights_of(new: NewRole) -> crate::Result<Rights> {
    let whole = Rights { actions: new.actions, clear: new.clear, ..Rights::default() };
    if whole.actions.is_empty() {
        return Err(Error::invalid("actions", "Choose at least one thing that the role may do."));
    }
    let Some(lists) = new.lists else { return Ok(whole) };
    let limited = whole.limited_to(lists);
    match whole.actions.without(limited.actions).iter().next() {
        Some(action) => {
            let words = format!("This cannot be limited to lists: {} Leave it out.", action.about());
            Err(Error::invalid("lists", words))
        }
        None => Ok(limited),
    }
}

fn check_name(name: &str) -> crate::Result<String> {
    let name: String = HeaderText::parse(name.trim()).map_err(|e| Error::invalid("name", e))?.into();
    if name.is_empty() || name.chars().count() > LONGEST_NAME {
        return Err(Error::invalid("name", format!("Give it a name of at most {LONGEST_NAME} characters.")));
    }
    let same = |role: &&Role| role.title().eq_ignore_ascii_case(&name) || role.name().eq_ignore_ascii_case(&name);
    match Role::ALL.iter().find(same) {
        Some(_) => Err(Error::invalid("name", "A built-in role has this name.")),
        None => Ok(name),
    }
}

/// Discards a role that nobody has.
///
/// # Errors
/// [`Error::Conflict`] while somebody has it.
pub async fn discard(app: &App, tx: &mut Tx, ctx: &Ctx, id: RoleId) -> crate::Result<()> {
    ctx.authorise(Action::RolesGrant)?;
    let holders = store::holders(tx, RoleRef::Custom(id)).await?;
    if holders > 0 {
        return Err(Error::Conflict(format!("{holders} people have this role. Take it from them first.")));
    }
    if !store::discard(tx, id).await? {
        return Err(Error::NotFound("role"));
    }
    tx.record(app.store(), ctx, Entry::new(Operation::Delete, "roles.discard").on("role", id.as_i64())).await?;
    Ok(())
}
