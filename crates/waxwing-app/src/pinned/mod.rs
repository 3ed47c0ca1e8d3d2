//! Words that strangers read, as they were before a time: what a contained workspace shows.
//!
//! Promise: each change of such words keeps what they were, in the change's own transaction; while the gate pins them,
//! whoever asks gets those of before the window, and nothing that was made in it. Nobody has to find an intruder's change
//! before it stops working.
//! States: none. Tables: `pinned_past`; reads `gate.pinned_at`. Events: none. Jobs: none.
//! Limit: what was removed in the window stays away, and a form answers at its address of now. Words from before this
//! table was kept have no past. It is content of the organisation and stays for ever.

mod store;

use crate::{Error, Result};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::collections::HashMap;
use waxwing_domain::Micros;
use waxwing_store::{StoreError, Tx};

/// What has a past.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// One setting of the workspace, by its key.
    Setting,
    /// A hosted form, by its id.
    Form,
    /// A list, by its id.
    List,
}

impl Kind {
    /// The stable word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Setting => "setting",
            Self::Form => "form",
            Self::List => "list",
        }
    }
    fn parse(word: &str) -> Option<Self> {
        [Self::Setting, Self::Form, Self::List].into_iter().find(|kind| kind.as_str() == word)
    }
}

/// What there was before the window.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Before<T> {
    /// The same as now, or nothing is pinned.
    AsNow,
    /// Nothing: it was made in the window.
    Nothing,
    /// This.
    Was(T),
}

/// Keeps what something was until now; `None` where it was not there. In the transaction of the change.
pub(crate) async fn keep<T: Serialize + Sync>(
    tx: &mut Tx,
    kind: Kind,
    thing: &str,
    was: Option<&T>,
    now: Micros,
) -> Result<()> {
    let text = was.map(serde_json::to_string).transpose().map_err(|_| damaged())?;
    Ok(store::keep(tx, kind, thing, text, now).await?)
}

/// What one thing was before the window that the gate pins.
pub(crate) async fn before<T: DeserializeOwned>(tx: &mut Tx, kind: Kind, thing: &str) -> Result<Before<T>> {
    Ok(match store::before(tx, kind, thing).await? {
        None => Before::AsNow,
        Some(None) => Before::Nothing,
        Some(Some(text)) => Before::Was(serde_json::from_str(&text).map_err(|_| damaged())?),
    })
}

/// All settings that are pinned: by key, what they were.
pub(crate) async fn settings(tx: &mut Tx) -> Result<HashMap<String, String>> {
    let read = |text: Option<String>| text.and_then(|text| serde_json::from_str(&text).ok()).ok_or_else(damaged);
    let rows = store::settings(tx).await?;
    rows.into_iter().map(|(key, was)| Ok((key, read(was)?))).collect()
}

/// Whether something that was made at `made` is younger than what strangers are shown.
pub(crate) async fn hides(tx: &mut Tx, made: Micros) -> Result<bool> {
    Ok(store::pinned_at(tx).await?.is_some_and(|at| made >= at))
}

/// What was changed since `at`, each once, with its key or id.
pub async fn changed_since(tx: &mut Tx, at: Micros) -> Result<Vec<(Kind, String)>> {
    Ok(store::changed_since(tx, at).await?)
}

fn damaged() -> Error {
    StoreError::Damaged("the past of something that strangers read".into()).into()
}
