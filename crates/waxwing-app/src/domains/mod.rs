//! Sending domains, their DKIM keys and what their DNS says.
//!
//! Promise: bulk mail leaves under a domain only while its records were seen to align, unless the
//! relay is on this machine; private keys never come out.
//! States: never checked, may send, may not send; of new keys: prepared, published, in use.
//! Tables: domains, domains_next.
//! Events: domains.add, domains.edit, domains.delete, domains.check, domains.prepare, domains.switch.
//! Jobs: domains.check (daily), domains.prepare (after a containment), domains.switch (each ten minutes).

mod api;
mod keys;
mod next;
mod pages;
mod records;
mod store;
#[cfg(test)]
mod tests;
mod verdict;

pub use keys::signers;
pub use next::{NextKeys, next_keys, prepare, prepare_all, switch};
pub use records::DnsRecord;
pub use verdict::{Checked, StoredFinding, Verdict, bulk_verdict, check, recheck, stored_verdict};

use crate::{App, Error, Result};
use http::Method;
use std::time::Duration;
use waxwing_domain::{Action, Ctx, DomainId, EmailAddress, MailDomain, Micros, Operation};
use waxwing_http::{Routes, api};
use waxwing_store::{Entry, JobRegistry, StoreError, Tx};

/// A sending domain, without its private keys.
#[derive(Clone, Debug)]
pub struct Domain {
    /// Its id.
    pub id: DomainId,
    /// The name that stands in From, or the parent of it.
    pub name: MailDomain,
    /// The RSA key's selector and published record.
    pub rsa: PublishedKey,
    /// The Ed25519 key's selector and published record.
    pub ed25519: PublishedKey,
    /// Where bounces go; the sender's own address when `None`.
    pub return_path: Option<EmailAddress>,
    /// When it was added.
    pub created_at: Micros,
    /// When it was changed; signers of an older one are dropped.
    pub changed_at: Micros,
    /// When the keys in use were made, which is before they took over.
    pub keys_made_at: Micros,
    /// What its DNS said, and when.
    pub checked: Option<Checked>,
}

/// The public half of a signing key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublishedKey {
    /// The selector.
    pub selector: String,
    /// The TXT record's value.
    pub record: String,
}

/// Adds a domain with two fresh keys.
///
/// Begins and commits its own transaction: making the keys takes tenths of a second, in which no
/// transaction may be open.
///
/// # Errors
/// [`Error::Invalid`] for a name that is no domain; [`Error::Conflict`] for one that is there.
pub async fn add(app: &App, ctx: &Ctx, name: &str) -> Result<Domain> {
    ctx.authorise(Action::DomainsWrite)?;
    let name = MailDomain::parse(name.trim())
        .map_err(|_| Error::invalid("name", "Write a domain name such as example.org."))?;
    let fresh = keys::generate(1).await?;
    let id = DomainId::from_i64(ctx.new_id());
    let sealed = keys::seal(app, ctx, id, &fresh)?;
    let mut tx = app.begin(ctx, "domains.add").await?;
    store::insert(&mut tx, id, &name, &fresh, sealed, ctx.now()).await.map_err(|error| match error {
        StoreError::Conflict(_) => Error::Conflict(format!("The domain {name} is there already.")),
        other => other.into(),
    })?;
    let entry = Entry::new(Operation::Key, "domains.add").on("domain", id.as_i64());
    tx.record(app.store(), ctx, entry.detail(serde_json::json!({ "name": name.as_str() }))).await?;
    let domain = store::by_id(&mut tx, id).await?.ok_or(Error::NotFound("domain"))?;
    tx.commit().await?;
    Ok(domain)
}

/// Says where bounces of a domain's mail go; `None` for the sender's own address.
pub async fn set_return_path(app: &App, tx: &mut Tx, ctx: &Ctx, id: DomainId, return_path: Option<&str>) -> Result<()> {
    ctx.authorise(Action::DomainsWrite)?;
    let path = return_path.map(str::trim).filter(|text| !text.is_empty()).map(EmailAddress::parse).transpose();
    let path = path.map_err(|error| Error::invalid("return_path", error))?;
    if store::set_return_path(tx, id, path.as_ref(), ctx.now()).await? == 0 {
        return Err(Error::NotFound("domain"));
    }
    tx.record(app.store(), ctx, Entry::new(Operation::Change, "domains.edit").on("domain", id.as_i64())).await?;
    Ok(())
}

/// Removes a domain and its keys, also those that were prepared. What was signed with them verifies for as long as the records stand.
pub async fn delete(app: &App, tx: &mut Tx, ctx: &Ctx, id: DomainId) -> Result<()> {
    ctx.authorise(Action::DomainsWrite)?;
    if store::delete(tx, id).await? == 0 {
        return Err(Error::NotFound("domain"));
    }
    tx.record(app.store(), ctx, Entry::new(Operation::Delete, "domains.delete").on("domain", id.as_i64())).await?;
    Ok(())
}

/// Every domain, by name.
pub async fn all(tx: &mut Tx, ctx: &Ctx) -> Result<Vec<Domain>> {
    ctx.authorise(Action::SettingsRead)?;
    Ok(store::all(tx).await?)
}

/// One domain.
pub async fn by_id(tx: &mut Tx, ctx: &Ctx, id: DomainId) -> Result<Domain> {
    ctx.authorise(Action::SettingsRead)?;
    store::by_id(tx, id).await?.ok_or(Error::NotFound("domain"))
}

/// The domain whose keys sign for `from`: itself, else its nearest parent that was added. `None`
/// when there is none.
pub async fn signing_for(tx: &mut Tx, from: &MailDomain) -> Result<Option<Domain>> {
    let names = parents(from);
    let mut found = store::by_names(tx, names).await?;
    found.sort_by_key(|domain| domain.name.as_str().len());
    Ok(found.pop())
}

/// `a.b.example.org` → itself, `b.example.org`, `example.org`.
fn parents(domain: &MailDomain) -> Vec<String> {
    let mut names = Vec::new();
    let mut rest = domain.as_str();
    while rest.contains('.') {
        names.push(rest.to_owned());
        rest = rest.split_once('.').map_or("", |(_, parent)| parent);
    }
    names
}

/// The records to publish for a domain.
pub async fn records(tx: &mut Tx, domain: &Domain) -> Result<Vec<DnsRecord>> {
    let hosts = records::relay_hosts(tx).await?;
    Ok(records::of(domain, &hosts))
}

/// The routes of this feature.
pub(crate) fn routes() -> Routes<App> {
    let one = "/settings/domains/{id}";
    let routes = Routes::new()
        .page(Method::GET, "/settings/domains", Action::SettingsRead, pages::index)
        .page(Method::POST, "/settings/domains", Action::DomainsWrite, pages::add)
        .page(Method::GET, one, Action::SettingsRead, pages::show)
        .page(Method::POST, one, Action::DomainsWrite, pages::edit)
        .page(Method::POST, "/settings/domains/{id}/check", Action::DomainsWrite, pages::check)
        .page(Method::POST, "/settings/domains/{id}/keys", Action::DomainsWrite, pages::prepare)
        .page(Method::POST, "/settings/domains/{id}/delete", Action::DomainsWrite, pages::delete);
    let routes = api!(routes, Action::SettingsRead, api::index);
    let routes = api!(routes, Action::DomainsWrite, api::create);
    let routes = api!(routes, Action::SettingsRead, api::show);
    let routes = api!(routes, Action::DomainsWrite, api::check);
    let routes = api!(routes, Action::DomainsWrite, api::prepare);
    let routes = api!(routes, Action::DomainsWrite, api::update);
    api!(routes, Action::DomainsWrite, api::remove)
}

/// The jobs of this feature.
pub(crate) fn jobs(registry: &mut JobRegistry, app: &App) {
    next::jobs(registry, app);
    let app = app.clone();
    registry.on("domains.check", 3, move |job| {
        let app = app.clone();
        async move { Ok(recheck(&app, &job.ctx).await?) }
    });
    registry.every("domains.check", Duration::from_secs(24 * 3_600));
}

#[cfg(test)]
mod unit {
    use super::*;

    #[test]
    fn a_domain_is_signed_for_by_itself_or_a_parent() {
        let domain = MailDomain::parse("news.mail.example.org").expect("valid");
        assert_eq!(parents(&domain), ["news.mail.example.org", "mail.example.org", "example.org"]);
    }
}
