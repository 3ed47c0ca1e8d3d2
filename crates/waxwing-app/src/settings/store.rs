//! The SQL of settings: one row a key.

use super::{Limits, Rate, Workspace};
use std::collections::HashMap;
use waxwing_domain::{EmailAddress, Micros};
use waxwing_store::{StoreError, Tx, args, statement};

// How the system is set, kept when something is contained.
crate::kept! { SETTINGS, "settings" (key: Text, value: Text, changed_at: Int) }
statement! { ALL, "SELECT key, value FROM settings WHERE workspace_id = $1 AND key IN [text $2]" }
statement! { ONE, "SELECT value FROM settings WHERE workspace_id = $1 AND key = $2" }
statement! { PUT,
"INSERT INTO settings (workspace_id, key, value, changed_at) VALUES ($1, $2, $3, $4)
 ON CONFLICT (workspace_id, key) DO UPDATE SET value = excluded.value, changed_at = excluded.changed_at" }

const KEYS: [&str; 8] = [
    "organisation",
    "postal_address",
    "system_from",
    "system_from_name",
    "default_zone",
    "limit.workspace",
    "limit.domain",
    "limit.recipient_domain",
];

/// What is saved, with what stands in `before` instead.
pub(super) async fn load(tx: &mut Tx, before: HashMap<String, String>) -> crate::Result<Workspace> {
    let keys: Vec<String> = KEYS.iter().map(ToString::to_string).collect();
    let rows = tx.all(&ALL, args![keys], |r| Ok((r.text(0)?, r.text(1)?))).await?;
    Ok(read(rows.into_iter().chain(before).collect())?)
}

fn read(mut rows: HashMap<String, String>) -> Result<Workspace, StoreError> {
    let defaults = Workspace::default();
    let system_from = rows.remove("system_from").filter(|text| !text.is_empty());
    let system_from = system_from.map(|text| EmailAddress::parse(&text)).transpose();
    let limits = Limits {
        workspace: rate(rows.remove("limit.workspace"))?,
        domain: rate(rows.remove("limit.domain"))?,
        recipient_domain: rate(rows.remove("limit.recipient_domain"))?,
    };
    let mut text = |key: &str| rows.remove(key);
    Ok(Workspace {
        organisation: text("organisation").unwrap_or_default(),
        postal_address: text("postal_address").unwrap_or_default(),
        system_from: system_from.map_err(|_| damaged())?,
        system_from_name: text("system_from_name").unwrap_or_default(),
        default_zone: text("default_zone").unwrap_or(defaults.default_zone),
        limits,
    })
}

fn rate(text: Option<String>) -> Result<Rate, StoreError> {
    text.map_or(Ok(Rate::default()), |text| serde_json::from_str(&text).map_err(|_| damaged()))
}

fn damaged() -> StoreError {
    StoreError::Damaged("a setting of the workspace that cannot be read".into())
}

/// The settings as they are stored.
pub(super) fn rows(settings: &Workspace) -> Vec<(&'static str, String)> {
    let from = settings.system_from.as_ref().map_or("", EmailAddress::as_str);
    let limits = &settings.limits;
    let rate = |rate: &Rate| serde_json::json!(rate).to_string();
    let values = [
        settings.organisation.clone(),
        settings.postal_address.clone(),
        from.to_owned(),
        settings.system_from_name.clone(),
        settings.default_zone.clone(),
        rate(&limits.workspace),
        rate(&limits.domain),
        rate(&limits.recipient_domain),
    ];
    KEYS.into_iter().zip(values).collect()
}

pub(super) async fn value(tx: &mut Tx, key: &str) -> crate::Result<Option<String>> {
    Ok(tx.optional(&ONE, args![key], |r| r.text(0)).await?)
}

pub(super) async fn put(tx: &mut Tx, key: &str, value: &str, now: Micros) -> crate::Result<()> {
    tx.exec(&PUT, args![key, value, now]).await?;
    Ok(())
}
