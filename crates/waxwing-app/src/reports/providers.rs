//! Outcomes by mailbox provider.
//!
//! Guarantee: exact at the moment of the look, for every row of the ledger is read; no address is
//! opened and no domain is stored: the keyed hash of each known domain is looked for. Limit: a domain
//! of one's own counts as “Other domains”, also where a large provider runs its mailboxes.

use super::store;
use crate::outcomes::Kind;
use crate::sending::RowState;
use crate::{App, Result};
use serde::Serialize;
use std::collections::HashMap;
use utoipa::ToSchema;
use waxwing_domain::{Action, Ctx, SourceId};
use waxwing_store::{StoreError, Tx};

/// Providers of which people speak, and the domains that they give to everybody.
const KNOWN: [(&str, &[&str]); 14] = [
    ("Gmail", &["gmail.com", "googlemail.com"]),
    (
        "Microsoft",
        &[
            "outlook.com",
            "hotmail.com",
            "live.com",
            "msn.com",
            "hotmail.co.uk",
            "hotmail.fr",
            "hotmail.it",
            "hotmail.de",
            "hotmail.es",
            "outlook.de",
            "outlook.fr",
            "outlook.es",
            "outlook.it",
            "live.de",
            "live.fr",
            "live.co.uk",
            "live.nl",
        ],
    ),
    (
        "Yahoo and AOL",
        &[
            "yahoo.com",
            "ymail.com",
            "rocketmail.com",
            "yahoo.co.uk",
            "yahoo.fr",
            "yahoo.de",
            "yahoo.it",
            "yahoo.es",
            "yahoo.co.in",
            "yahoo.com.br",
            "aol.com",
            "aim.com",
        ],
    ),
    ("Apple", &["icloud.com", "me.com", "mac.com"]),
    ("GMX and WEB.DE", &["gmx.de", "gmx.net", "gmx.at", "gmx.ch", "gmx.com", "gmx.org", "web.de"]),
    ("T-Online", &["t-online.de", "magenta.de"]),
    ("Proton", &["proton.me", "protonmail.com", "protonmail.ch", "pm.me"]),
    ("Swisscom", &["bluewin.ch", "hispeed.ch", "swissonline.ch"]),
    ("Orange and La Poste", &["orange.fr", "wanadoo.fr", "laposte.net"]),
    ("Free and SFR", &["free.fr", "sfr.fr", "neuf.fr"]),
    ("Libero and Virgilio", &["libero.it", "virgilio.it", "tin.it", "alice.it"]),
    ("Comcast", &["comcast.net", "xfinity.com"]),
    ("Yandex and Mail.ru", &["yandex.ru", "yandex.com", "ya.ru", "mail.ru", "bk.ru", "inbox.ru", "list.ru"]),
    ("Tencent and NetEase", &["qq.com", "foxmail.com", "163.com", "126.com"]),
];
/// All the others.
const OTHER: &str = "Other domains";

/// What became of the messages to one provider.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, ToSchema)]
#[schema(as = ProviderOutcome)]
pub struct Outcome {
    /// The provider; `Other domains` for all that are not known by name.
    pub provider: &'static str,
    /// Recipients there.
    pub people: i64,
    /// A relay took responsibility.
    pub accepted: i64,
    /// Refused for now; will be tried again.
    pub deferred: i64,
    /// Refused for good.
    pub failed: i64,
    /// Sent, and the answer was lost.
    pub unknown: i64,
    /// Not sent, for a reason.
    pub skipped: i64,
    /// No outcome yet.
    pub pending: i64,
    /// Reported as spam.
    pub complained: i64,
    /// Taken, and reported as undeliverable afterwards.
    pub bounced_later: i64,
}

impl Outcome {
    fn map(&mut self, f: impl Fn(i64) -> i64) {
        let Self { people, accepted, deferred, failed, unknown, skipped, pending, complained, bounced_later, .. } =
            self;
        for number in [people, accepted, deferred, failed, unknown, skipped, pending, complained, bounced_later] {
            *number = f(*number);
        }
    }
    fn add(&mut self, state: RowState, number: i64) {
        self.people += number;
        *match state {
            RowState::Accepted => &mut self.accepted,
            RowState::Deferred => &mut self.deferred,
            RowState::Failed => &mut self.failed,
            RowState::Unknown => &mut self.unknown,
            RowState::Skipped => &mut self.skipped,
            RowState::Pending | RowState::Leased | RowState::InFlight => &mut self.pending,
        } += number;
    }
}

/// Outcomes by provider, the one with the most recipients first, other domains last; providers
/// without recipients are missing.
pub async fn providers(app: &App, tx: &mut Tx, ctx: &Ctx, source: SourceId) -> Result<Vec<Outcome>> {
    ctx.authorise(Action::ReportsRead)?;
    let ring = app.store().keys().ring();
    let keys = ring.workspace(tx.workspace()).map_err(|e| StoreError::Damaged(e.to_string()))?;
    let hashes = KNOWN.iter().enumerate().flat_map(|(place, (_, domains))| {
        domains.iter().map(move |domain| (i64::from_be_bytes(keys.domain_hash(domain)), place))
    });
    let hashes: HashMap<i64, usize> = hashes.collect();
    let named = KNOWN.iter().map(|(provider, _)| *provider).chain([OTHER]);
    let mut found: Vec<Outcome> = named.map(|provider| Outcome { provider, ..Outcome::default() }).collect();
    for (hash, state, number) in store::by_domain(tx, source, hashes.keys().copied().collect()).await? {
        let place = hashes.get(&hash).copied().unwrap_or(KNOWN.len());
        found[place].add(state, number);
    }
    for (hash, kind, number) in store::reported_by_domain(tx, source, hashes.keys().copied().collect()).await? {
        let outcome = &mut found[hashes.get(&hash).copied().unwrap_or(KNOWN.len())];
        *(if kind == Kind::Complaint { &mut outcome.complained } else { &mut outcome.bounced_later }) += number;
    }
    found.iter_mut().for_each(|outcome| outcome.map(|people| tx.shown(people)));
    let other = found.pop().unwrap_or_default();
    found.sort_by_key(|outcome| -outcome.people);
    found.push(other);
    found.retain(|outcome| outcome.people > 0);
    Ok(found)
}
