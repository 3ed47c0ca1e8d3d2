//! The settings of a workspace: organisation, postal address, system sender, zone, limits.
//!
//! Promise: what is loaded is valid; a change names the fields it changed in the record, and keeps what they were for `pinned`.
//! States: none. Tables: `settings`. Events: record `settings.save`. Jobs: none.
//! Limit: nothing in here is secret or about a subscriber, so it is kept in clear.

mod form;
mod kept;
mod pages;
mod store;
#[cfg(test)]
mod tests;

pub use form::Draft;
pub use kept::{Kept, Kind, kept};

use crate::{App, pinned};
use http::Method;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::HashMap;
use waxwing_domain::{Action, Ctx, EmailAddress, Operation};
use waxwing_http::Routes;
use waxwing_store::{Entry, JobRegistry, Tx};

/// The routes of this feature.
pub(crate) fn routes() -> Routes<App> {
    Routes::new().page(Method::GET, "/settings", Action::SettingsRead, pages::show).page(
        Method::POST,
        "/settings",
        Action::SettingsWrite,
        pages::save,
    )
}

/// The jobs of this feature.
pub(crate) const fn jobs(_registry: &mut JobRegistry, _app: &App) {}

/// How many messages may go out in an hour and in a day; no limit where `None`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Rate {
    /// Messages an hour.
    pub per_hour: Option<i64>,
    /// Messages a day of 24 hours.
    pub per_day: Option<i64>,
}

/// The sending limits of a workspace.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Limits {
    /// For everything together.
    pub workspace: Rate,
    /// For each sending domain.
    pub domain: Rate,
    /// For each domain of recipients.
    pub recipient_domain: Rate,
}

/// The settings of a workspace.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Workspace {
    /// Who sends; stands in the footer of campaigns.
    pub organisation: String,
    /// Where the sender is reached by post; the law of many countries wants it in each footer.
    pub postal_address: String,
    /// From whom system mail comes (confirmations, resets); none until it is set.
    pub system_from: Option<EmailAddress>,
    /// The name beside that address; the organisation where empty.
    pub system_from_name: String,
    /// The IANA zone in which times are read where a person has not chosen one.
    pub default_zone: String,
    /// How fast campaigns may go out.
    pub limits: Limits,
}

impl Default for Workspace {
    fn default() -> Self {
        Self {
            organisation: String::new(),
            postal_address: String::new(),
            system_from: None,
            system_from_name: String::new(),
            default_zone: "UTC".into(),
            limits: Limits::default(),
        }
    }
}

impl Workspace {
    /// Whether a campaign's footer can say who sends and from where.
    pub fn names_the_sender(&self) -> bool {
        !self.organisation.is_empty() && !self.postal_address.is_empty()
    }
}

/// The settings in force: as last saved, or of before the window while the workspace is contained.
pub async fn load(tx: &mut Tx) -> crate::Result<Workspace> {
    let before = pinned::settings(tx).await?;
    store::load(tx, before).await
}

/// The settings as last saved, for those who keep them.
pub async fn saved(tx: &mut Tx) -> crate::Result<Workspace> {
    store::load(tx, HashMap::new()).await
}

/// Saves what differs from the last settings and records which fields those were.
pub async fn save(app: &App, tx: &mut Tx, ctx: &Ctx, new: &Workspace) -> crate::Result<()> {
    ctx.authorise(Action::SettingsWrite)?;
    form::check(new)?;
    let old = store::rows(&saved(tx).await?);
    let pairs = old.into_iter().zip(store::rows(new));
    let changed: Vec<_> = pairs.filter(|(was, is)| was != is).collect();
    for ((key, was), (_, is)) in &changed {
        pinned::keep(tx, pinned::Kind::Setting, key, Some(was), ctx.now()).await?;
        store::put(tx, key, is, ctx.now()).await?;
    }
    if changed.is_empty() {
        return Ok(());
    }
    let names: Vec<_> = changed.iter().map(|((key, _), _)| *key).collect();
    let entry = Entry::new(Operation::Change, "settings.save").detail(json!({ "fields": names }));
    tx.record(app.store(), ctx, entry).await?;
    Ok(())
}

/// A value that a feature keeps about the workspace (the last backup, say) under a key of its
/// own, `feature.word`; the caller authorises and records.
pub async fn value(tx: &mut Tx, key: &str) -> crate::Result<Option<String>> {
    store::value(tx, key).await
}

/// Sets what [`value`] gives.
pub async fn set_value(tx: &mut Tx, ctx: &Ctx, key: &str, value: &str) -> crate::Result<()> {
    store::put(tx, key, value, ctx.now()).await
}
