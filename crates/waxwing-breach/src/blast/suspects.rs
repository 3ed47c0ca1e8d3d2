//! Whom the form offers, by name: people, keys, webhooks, and the newest campaigns, exports and sessions.
//!
//! Promise: nobody has to know a number of thirteen characters on the worst day. Limit: of campaigns, exports and sessions the newest
//! hundred; older ones, and whoever is one of more than five hundred, are found in the record and typed by number.

use super::store;
use std::collections::HashMap;
use waxwing_app::{App, Result, accounts};
use waxwing_domain::{AccountId, Action, ApiKeyId, CampaignId, Ctx, ExportId, SessionId, WebhookId};
use waxwing_http::moment_text;
use waxwing_store::Tx;

/// Suspects of one kind that are offered; of more, none are: nobody finds one in such a list.
const MOST: usize = 500;

/// Suspects of one kind.
pub(super) struct Group {
    /// What they are, in words.
    pub title: &'static str,
    /// Each as [`Suspect`](super::Suspect) is written, and its name.
    pub suspects: Vec<(String, String)>,
}

/// Who can be chosen; groups that are empty or too long to choose from are left out.
pub(super) async fn groups(app: &App, tx: &mut Tx, ctx: &Ctx) -> Result<Vec<Group>> {
    ctx.authorise(Action::RecordRead)?;
    let names = accounts::contain::names(app, tx).await?;
    let groups = [
        Group { title: "People who sign in", suspects: people(&names) },
        Group { title: "API keys", suspects: keys(tx).await? },
        Group { title: "Webhooks", suspects: webhooks(tx).await? },
        Group { title: "Campaigns that were sent, the newest", suspects: campaigns(tx).await? },
        Group { title: "Exports, the newest", suspects: exports(tx).await? },
        Group { title: "Sessions, the newest", suspects: sessions(tx, &names).await? },
    ];
    Ok(groups.into_iter().filter(|group| (1..=MOST).contains(&group.suspects.len())).collect())
}

fn people(names: &HashMap<AccountId, String>) -> Vec<(String, String)> {
    let mut people: Vec<_> = names.iter().map(|(id, name)| (format!("person:{id}"), name.clone())).collect();
    people.sort_unstable_by(|a, b| a.1.cmp(&b.1).then_with(|| a.0.cmp(&b.0)));
    people
}

async fn keys(tx: &mut Tx) -> Result<Vec<(String, String)>> {
    let keys = store::keys(tx).await?.into_iter();
    Ok(keys.map(|(id, name)| (format!("key:{}", ApiKeyId::from_i64(id)), name)).collect())
}

async fn webhooks(tx: &mut Tx) -> Result<Vec<(String, String)>> {
    let webhooks = store::webhooks(tx).await?.into_iter();
    Ok(webhooks.map(|(id, name)| (format!("webhook:{}", WebhookId::from_i64(id)), name)).collect())
}

async fn campaigns(tx: &mut Tx) -> Result<Vec<(String, String)>> {
    let campaigns = store::campaigns(tx).await?.into_iter();
    let named =
        |(id, name, at)| (format!("campaign:{}", CampaignId::from_i64(id)), format!("{name}, {}", moment_text(at)));
    Ok(campaigns.map(named).collect())
}

async fn exports(tx: &mut Tx) -> Result<Vec<(String, String)>> {
    let exports = store::exports(tx).await?.into_iter();
    let named = |(id, list, at)| (format!("export:{}", ExportId::from_i64(id)), format!("{list}, {}", moment_text(at)));
    Ok(exports.map(named).collect())
}

async fn sessions(tx: &mut Tx, names: &HashMap<AccountId, String>) -> Result<Vec<(String, String)>> {
    let sessions = store::sessions(tx).await?.into_iter();
    let named = |(id, account, at)| {
        let name = names.get(&AccountId::from_i64(account)).map_or("Somebody who was removed", String::as_str);
        (format!("session:{}", SessionId::from_i64(id)), format!("{name}, begun {}", moment_text(at)))
    };
    Ok(sessions.map(named).collect())
}
