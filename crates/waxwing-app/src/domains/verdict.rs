//! May bulk mail leave under a domain? Asked of the domain name system, kept with its time.
//!
//! Guarantee: what was not seen to align counts as no, except towards a relay on this machine.
//! Limit: a verdict is as old as its check; the lane asks again after a day.

use super::{Domain, PublishedKey, signing_for, store};
use crate::{App, Error, Result};
use serde::{Deserialize, Serialize};
use waxwing_delivery::dns::{DkimKey, Finding, Level, Posture, PostureQuery, Resolver, check_domain};
use waxwing_domain::{Action, Ctx, DomainId, MailDomain, Micros, Operation};
use waxwing_store::{Entry, Tx};

/// How long a stored verdict is acted on without asking again, in microseconds.
const FRESH: i64 = Micros::DAY;

/// What the domain name system said, and when.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Checked {
    /// When.
    pub at: Micros,
    /// Whether bulk mail may leave.
    pub may_send: bool,
    /// Every record with a sentence.
    pub findings: Vec<StoredFinding>,
}

/// One record's standing.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct StoredFinding {
    /// `mx`, `spf`, `dkim` or `dmarc`.
    pub item: String,
    /// The name the record has or should have.
    pub name: String,
    /// `good`, `advice`, `unknown` or `wrong`.
    pub level: String,
    /// Whether bulk mail waits for it.
    pub required: bool,
    /// A sentence to act on.
    pub text: String,
}

impl From<Finding> for StoredFinding {
    fn from(finding: Finding) -> Self {
        Self {
            item: finding.item.to_owned(),
            name: finding.name,
            level: finding.level.as_str().to_owned(),
            required: finding.required_for_bulk,
            text: finding.text,
        }
    }
}

impl StoredFinding {
    /// Whether bulk mail may not leave because of it.
    pub fn is_in_the_way(&self) -> bool {
        self.required && matches!(self.level.as_str(), "unknown" | "wrong")
    }
}

/// Whether bulk mail from an address may leave, and why not.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Verdict {
    /// Whether it may.
    pub allowed: bool,
    /// A sentence a reason; also given when it may leave only because the relay is on this machine.
    pub reasons: Vec<String>,
    /// Every record with a sentence; empty when the domain was not added.
    pub findings: Vec<StoredFinding>,
}

impl Verdict {
    fn of(from: &MailDomain, checked: Option<Checked>, relay_is_loopback: bool) -> Self {
        let Some(checked) = checked else {
            let reason =
                format!("{from} is no sending domain here. Add it under Settings, Domains, and publish its records.");
            return Self { allowed: relay_is_loopback, reasons: vec![reason], findings: Vec::new() };
        };
        let in_the_way = checked.findings.iter().filter(|finding| finding.is_in_the_way());
        let reasons = in_the_way.map(|finding| finding.text.clone()).collect();
        Self { allowed: checked.may_send || relay_is_loopback, reasons, findings: checked.findings }
    }
}

/// Asks the domain name system about a domain and keeps the answer; new keys that it shows take over first. Opens its
/// own transactions.
///
/// # Errors
/// [`Error::NotFound`]; what the resolver cannot find out stands in the answer instead.
pub async fn check(app: &App, ctx: &Ctx, id: DomainId) -> Result<Checked> {
    ctx.authorise(Action::DomainsWrite)?;
    super::switch(app, ctx, id).await?;
    let mut tx = app.read(ctx, "domains.check").await?;
    let domain = store::by_id(&mut tx, id).await?.ok_or(Error::NotFound("domain"))?;
    drop(tx);
    let checked = ask(app, ctx, &domain, &domain.name).await?;
    keep(app, ctx, &domain, &checked).await?;
    Ok(checked)
}

/// Asks about every domain again.
pub async fn recheck(app: &App, ctx: &Ctx) -> Result<()> {
    let mut tx = app.read(ctx, "domains.recheck").await?;
    let domains = store::all(&mut tx).await?;
    drop(tx);
    for domain in domains {
        let checked = ask(app, ctx, &domain, &domain.name).await?;
        keep(app, ctx, &domain, &checked).await?;
    }
    Ok(())
}

/// Whether bulk mail from addresses at `from` may leave now, after asking the domain name system.
/// Opens its own transactions.
pub async fn bulk_verdict(app: &App, ctx: &Ctx, from: &MailDomain, relay_is_loopback: bool) -> Result<Verdict> {
    let mut tx = app.read(ctx, "domains.verdict").await?;
    let domain = signing_for(&mut tx, from).await?;
    drop(tx);
    let Some(domain) = domain else { return Ok(Verdict::of(from, None, relay_is_loopback)) };
    let checked = ask(app, ctx, &domain, from).await?;
    keep(app, ctx, &domain, &checked).await?;
    Ok(Verdict::of(from, Some(checked), relay_is_loopback))
}

/// The stored verdict, or `None` when it is too old to act on.
pub async fn stored_verdict(
    tx: &mut Tx,
    from: &MailDomain,
    relay_is_loopback: bool,
    now: Micros,
) -> Result<Option<Verdict>> {
    let Some(domain) = signing_for(tx, from).await? else {
        return Ok(Some(Verdict::of(from, None, relay_is_loopback)));
    };
    let fresh = domain.checked.filter(|checked| now.since(checked.at) < FRESH);
    Ok(fresh.map(|checked| Verdict::of(from, Some(checked), relay_is_loopback)))
}

/// Whether exactly these keys are published for the domain.
pub(super) async fn publishes(app: &App, domain: &Domain, keys: [&PublishedKey; 2]) -> Result<bool> {
    let findings = look_up(app, domain, &domain.name, keys).await?.findings();
    let good = |finding: &&Finding| finding.item == "dkim" && finding.level == Level::Good;
    Ok(findings.iter().filter(good).count() == keys.len())
}

async fn look_up(app: &App, domain: &Domain, from: &MailDomain, keys: [&PublishedKey; 2]) -> Result<Posture> {
    let resolver = match app.config().dns {
        Some(server) => Resolver::at(server),
        None => Resolver::system(),
    };
    let resolver = resolver.map_err(|error| Error::Conflict(error.to_string()))?;
    let key = |key: &PublishedKey| DkimKey { selector: key.selector.clone(), record: key.record.clone() };
    let keys = keys.into_iter().map(key).collect();
    let query = PostureQuery { from: from.clone(), signing: domain.name.clone(), keys, relay: Vec::new() };
    Ok(check_domain(&resolver, &query).await)
}

async fn ask(app: &App, ctx: &Ctx, domain: &Domain, from: &MailDomain) -> Result<Checked> {
    let posture = look_up(app, domain, from, [&domain.rsa, &domain.ed25519]).await?;
    let findings = posture.findings().into_iter().map(StoredFinding::from).collect();
    Ok(Checked { at: ctx.now(), may_send: posture.allows_bulk().is_ok(), findings })
}

async fn keep(app: &App, ctx: &Ctx, domain: &Domain, checked: &Checked) -> Result<()> {
    let mut tx = app.begin(ctx, "domains.checked").await?;
    store::checked(&mut tx, domain.id, checked).await?;
    let entry = Entry::new(Operation::Operate, "domains.check").on("domain", domain.id.as_i64());
    tx.record(app.store(), ctx, entry.detail(serde_json::json!({ "may_send": checked.may_send }))).await?;
    tx.commit().await?;
    Ok(())
}
