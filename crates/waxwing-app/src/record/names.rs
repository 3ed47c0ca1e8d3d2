//! What those who acted are called: people by name, keys by theirs. The record itself keeps numbers
//! only; names are looked up when it is read, by whoever may read it, and stand beside the numbers.
//! Who was removed keeps the name that they had, and nothing else.

use crate::App;
use crate::accounts;
use serde_json::Value;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use waxwing_domain::{AccountId, ApiKeyId, Ctx};
use waxwing_store::{RecordRow, Tx};

/// Kind and number of an actor, as an entry has it.
type Which = (String, i64);

/// The names of the actors of some entries.
#[derive(Default)]
pub(super) struct Names(HashMap<Which, String>);

impl Names {
    /// Of everybody who acted in `rows` or caused it.
    pub(super) async fn of(app: &App, tx: &mut Tx, ctx: &Ctx, rows: &[RecordRow]) -> crate::Result<Self> {
        let mut names = Self::default();
        for actor in rows.iter().flat_map(|row| [&row.leaf["actor"], &row.leaf["origin"]]) {
            let Some(which) = which(actor) else { continue };
            if let Entry::Vacant(free) = names.0.entry(which) {
                let name = name(app, tx, ctx, free.key()).await?.unwrap_or_default();
                free.insert(name);
            }
        }
        Ok(names)
    }

    /// What an actor is called; nothing where it has no name.
    pub(super) fn get(&self, actor: &Value) -> Option<&str> {
        let name = self.0.get(&which(actor)?)?;
        (!name.is_empty()).then_some(name)
    }
}

fn which(actor: &Value) -> Option<Which> {
    let number = actor[1].as_i64().filter(|number| *number != 0)?;
    Some((actor[0].as_str()?.to_owned(), number))
}

async fn name(app: &App, tx: &mut Tx, ctx: &Ctx, (kind, number): &Which) -> crate::Result<Option<String>> {
    match kind.as_str() {
        "account" => {
            let account = accounts::by_id(tx, AccountId::from_i64(*number)).await?;
            Ok(account.map(|account| account.called(app, ctx.workspace)).transpose()?.flatten())
        }
        "api_key" => accounts::keys::name(tx, ApiKeyId::from_i64(*number)).await,
        _ => Ok(None),
    }
}
