//! What was changed in the window: strangers read what stood before, and people look at it before they release.

use super::store;
use waxwing_app::pinned::{self, Kind};
use waxwing_app::{Error, Result, lists, signup};
use waxwing_domain::{ListId, Micros};
use waxwing_store::Tx;

/// Something to look at before the release.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Changed {
    /// What it is, in words.
    pub what: String,
    /// The page where it stands.
    pub path: String,
}

/// What was changed since `at`: words that strangers read, and relays that carry system mail.
pub(super) async fn since(tx: &mut Tx, at: Micros) -> Result<Vec<Changed>> {
    let (mut found, mut settings) = (Vec::new(), Vec::new());
    for (kind, thing) in pinned::changed_since(tx, at).await? {
        match kind {
            Kind::Setting => settings.push(setting(&thing).to_owned()),
            Kind::Form => found.push(form(tx, &thing).await?),
            Kind::List => found.push(list(tx, &thing).await?),
        }
    }
    settings.dedup();
    if !settings.is_empty() {
        found.push(Changed { what: format!("Settings: {}", settings.join(", ")), path: "/settings".to_owned() });
    }
    for (id, name) in store::relays_since(tx, at).await? {
        found.push(Changed { what: format!("Relay “{name}”"), path: format!("/settings/relays/{id}") });
    }
    Ok(found)
}

async fn form(tx: &mut Tx, thing: &str) -> Result<Changed> {
    let id = thing.parse().map_err(|_| Error::NotFound("form"))?;
    let title = signup::form_by_id(tx, id).await?.title;
    Ok(Changed { what: format!("Form “{title}”"), path: format!("/forms/{id}") })
}

async fn list(tx: &mut Tx, thing: &str) -> Result<Changed> {
    let id: ListId = thing.parse().map_err(|_| Error::NotFound("list"))?;
    let name = lists::by_id(tx, id).await?.name;
    Ok(Changed { what: format!("List “{name}”"), path: format!("/audience/lists/{id}") })
}

/// What people call a setting.
fn setting(key: &str) -> &str {
    match key {
        "organisation" => "organisation",
        "postal_address" => "postal address",
        "system_from" => "sender of system mail",
        "system_from_name" => "name of that sender",
        "default_zone" => "time zone",
        "limit.workspace" | "limit.domain" | "limit.recipient_domain" => "sending limits",
        other => other,
    }
}
