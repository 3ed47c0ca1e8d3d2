//! A list, and what its definition must look like.

use crate::{Error, Result};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use waxwing_domain::{ListId, Micros};

/// Who can see a list.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Visibility {
    /// Named on sign-up forms and the unsubscribe page.
    Public,
    /// Named to the team only.
    #[default]
    Private,
}

impl Visibility {
    /// The stable word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Private => "private",
        }
    }
    /// Reads the stable word.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Public, Self::Private].into_iter().find(|v| v.as_str() == word)
    }
}

/// Whether a sign-up must be confirmed by the mail's link. Doubt chooses the double opt-in.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum OptIn {
    /// A sign-up counts at once.
    Single,
    /// A sign-up counts when confirmed.
    #[default]
    Double,
}

impl OptIn {
    /// The stable word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Single => "single",
            Self::Double => "double",
        }
    }
    /// Reads the stable word.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Single, Self::Double].into_iter().find(|o| o.as_str() == word)
    }
}

/// A list of subscribers.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct List {
    /// Its id.
    pub id: ListId,
    /// Its name, unique in the workspace.
    pub name: String,
    /// What it is for; may be empty.
    pub description: String,
    /// Who can see it.
    pub visibility: Visibility,
    /// Whether sign-ups must be confirmed.
    pub optin: OptIn,
    /// Since when.
    pub created_at: Micros,
    /// Since when it is put away.
    pub archived_at: Option<Micros>,
}

/// What strangers meet of a list, as `pinned` keeps it.
#[derive(Serialize, Deserialize)]
pub(super) struct Words {
    name: String,
    description: String,
    visibility: Visibility,
    optin: OptIn,
    archived: bool,
}

impl Words {
    pub(super) fn of(list: &List) -> Self {
        let List { name, description, visibility, optin, .. } = list.clone();
        Self { name, description, visibility, optin, archived: list.archived_at.is_some() }
    }
    /// The same list with these words.
    pub(super) fn on(self, list: List) -> List {
        let Self { name, description, visibility, optin, archived } = self;
        let archived_at = archived.then(|| list.archived_at.unwrap_or(list.created_at));
        List { name, description, visibility, optin, archived_at, ..list }
    }
}

/// What a new list is to be.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
pub struct NewList {
    /// Its name: one line, at most 200 characters.
    pub name: String,
    /// What it is for: at most 1,000 characters.
    #[serde(default)]
    pub description: String,
    /// Who can see it; private unless given.
    #[serde(default)]
    pub visibility: Visibility,
    /// Whether sign-ups must be confirmed; double unless given.
    #[serde(default)]
    pub optin: OptIn,
}

impl NewList {
    /// A private list with double opt-in.
    pub fn named(name: impl Into<String>) -> Self {
        Self { name: name.into(), ..Self::default() }
    }
}

/// What of a list is to change; absent parts stay.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
pub struct ListChange {
    /// Its new name.
    pub name: Option<String>,
    /// Its new description.
    pub description: Option<String>,
    /// Who can see it from now on.
    pub visibility: Option<Visibility>,
    /// Whether sign-ups must be confirmed from now on.
    pub optin: Option<OptIn>,
}

pub(super) fn made(new: NewList, id: ListId, now: Micros) -> Result<List> {
    let name = checked_name(&new.name)?;
    let description = checked_description(&new.description)?;
    let NewList { visibility, optin, .. } = new;
    Ok(List { id, name, description, visibility, optin, created_at: now, archived_at: None })
}

pub(super) fn changed(list: List, change: ListChange) -> Result<List> {
    Ok(List {
        name: change.name.as_deref().map_or(Ok(list.name), checked_name)?,
        description: change.description.as_deref().map_or(Ok(list.description), checked_description)?,
        visibility: change.visibility.unwrap_or(list.visibility),
        optin: change.optin.unwrap_or(list.optin),
        ..list
    })
}

fn checked_name(name: &str) -> Result<String> {
    let name = name.trim();
    if name.is_empty() {
        return Err(Error::invalid("name", "give the list a name"));
    }
    if name.chars().count() > 200 {
        return Err(Error::invalid("name", "at most 200 characters"));
    }
    if name.chars().any(char::is_control) {
        return Err(Error::invalid("name", "a name is one line without control characters"));
    }
    Ok(name.to_owned())
}

fn checked_description(text: &str) -> Result<String> {
    let text = text.trim().replace("\r\n", "\n");
    if text.chars().count() > 1_000 {
        return Err(Error::invalid("description", "at most 1,000 characters"));
    }
    if text.chars().any(|c| c.is_control() && c != '\n' && c != '\t') {
        return Err(Error::invalid("description", "holds a control character"));
    }
    Ok(text)
}
