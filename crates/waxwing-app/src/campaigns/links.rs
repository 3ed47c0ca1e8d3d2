//! Hosts that may be given personal fields in links.
//!
//! Guarantee: a personal field leaves in a link only to a host that a person allowed by name.
//! Limit: what that host does with it is beyond us.

use crate::{App, Error, Result, settings};
use serde_json::json;
use waxwing_domain::{Action, Ctx, MailDomain, Operation};
use waxwing_store::{Entry, Tx};

/// Where the hosts are kept.
const KEY: &str = "campaigns.link_hosts";
/// Hosts at most.
const MOST: usize = 50;

/// The allowed hosts.
pub async fn hosts(tx: &mut Tx) -> Result<Vec<String>> {
    let text = settings::value(tx, KEY).await?.unwrap_or_default();
    Ok(text.split_whitespace().map(str::to_owned).collect())
}

/// Allows these hosts and no others; one a line.
///
/// # Errors
/// [`Error::Invalid`] for `hosts`.
pub async fn allow(app: &App, tx: &mut Tx, ctx: &Ctx, text: &str) -> Result<()> {
    ctx.authorise(Action::SettingsWrite)?;
    let mut hosts = Vec::new();
    for line in text.split_whitespace() {
        let host = MailDomain::parse(line);
        hosts.push(
            host.map_err(|_| Error::invalid("hosts", "Write one host name a line, such as shop.example.org."))?
                .as_str()
                .to_owned(),
        );
    }
    hosts.sort_unstable();
    hosts.dedup();
    if hosts.len() > MOST {
        return Err(Error::invalid("hosts", "At most 50 hosts can be allowed."));
    }
    settings::set_value(tx, ctx, KEY, &hosts.join("\n")).await?;
    let entry = Entry::new(Operation::Change, "campaigns.links").detail(json!({ "hosts": hosts }));
    tx.record(app.store(), ctx, entry).await?;
    Ok(())
}
