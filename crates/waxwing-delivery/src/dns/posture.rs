//! A sending domain's standing: every record it needs, what is wrong with it in words, and
//! whether bulk mail may leave under its name.

use super::dkim::{self, DkimKey, DkimState};
use super::dmarc::{self, Alignment, Dmarc, DmarcState, is_aligned};
use super::spf::{self, Permits, Spf, SpfState};
use std::net::IpAddr;
use waxwing_domain::MailDomain;
use waxwing_egress::dns::{LookupError, Mx, Resolver};

/// What to find out.
#[derive(Debug, Clone)]
pub struct PostureQuery {
    /// The domain of From.
    pub from: MailDomain,
    /// The domain that signs, DKIM's `d=`; mostly the same.
    pub signing: MailDomain,
    /// The keys that sign.
    pub keys: Vec<DkimKey>,
    /// Addresses of the relay, where known; without any, SPF is not compared with it.
    pub relay: Vec<IpAddr>,
}

/// Where answers to the mail would go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MxState {
    /// Best first.
    Found(Vec<Mx>),
    /// None: senders fall back on the domain's address, if it has one.
    Missing,
    /// The domain says that it takes no mail (RFC 7505).
    Refuses,
    /// Nobody could say.
    Unknown(LookupError),
}

/// The answers.
#[derive(Debug, Clone)]
pub struct Posture {
    from: MailDomain,
    signing: MailDomain,
    /// Where answers go.
    pub mx: MxState,
    /// Who may send.
    pub spf: SpfState,
    /// Each key with what is published for it, in the order asked.
    pub dkim: Vec<(DkimKey, DkimState)>,
    /// What receivers are asked to do.
    pub dmarc: DmarcState,
}

/// How a finding stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// As it should be.
    Good,
    /// Works, but can be better.
    Advice,
    /// Nobody could say; counts as wrong for bulk mail.
    Unknown,
    /// Wrong or missing.
    Wrong,
}

impl Level {
    /// The stable word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Level::Good => "good",
            Level::Advice => "advice",
            Level::Unknown => "unknown",
            Level::Wrong => "wrong",
        }
    }
}

/// One record's standing with a sentence a person can act on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// `mx`, `spf`, `dkim` or `dmarc`.
    pub item: &'static str,
    /// The name the record has or should have.
    pub name: String,
    /// How it stands.
    pub level: Level,
    /// Whether bulk mail waits for it.
    pub required_for_bulk: bool,
    /// The sentence.
    pub text: String,
}

/// Asks everything at once. Never fails: what cannot be found out is said in the answer.
pub async fn check_domain(resolver: &Resolver, query: &PostureQuery) -> Posture {
    let from = query.from.as_str();
    let (mx, spf, dkim, dmarc) = tokio::join!(
        check_mx(resolver, from),
        spf::check(resolver, from, &query.relay),
        check_keys(resolver, query),
        dmarc::check(resolver, from),
    );
    Posture { from: query.from.clone(), signing: query.signing.clone(), mx, spf, dkim, dmarc }
}

async fn check_mx(resolver: &Resolver, domain: &str) -> MxState {
    match resolver.mx(domain).await {
        Ok(found) if found.is_empty() => MxState::Missing,
        Ok(found) if found.iter().all(|mx| mx.host.is_empty()) => MxState::Refuses,
        Ok(found) => MxState::Found(found),
        Err(error) => MxState::Unknown(error),
    }
}

async fn check_keys(resolver: &Resolver, query: &PostureQuery) -> Vec<(DkimKey, DkimState)> {
    let mut states = Vec::with_capacity(query.keys.len());
    for key in &query.keys {
        states.push((key.clone(), dkim::check(resolver, query.signing.as_str(), key).await));
    }
    states
}

impl Posture {
    /// Whether bulk mail may leave: the RSA key is published as it is, a DMARC record exists, and
    /// the signing domain aligns with From under it. The error lists what is missing.
    ///
    /// # Errors
    /// The findings that stand in the way, never an empty list.
    pub fn allows_bulk(&self) -> Result<(), Vec<Finding>> {
        let in_the_way: Vec<Finding> =
            self.findings().into_iter().filter(|f| f.required_for_bulk && f.level >= Level::Unknown).collect();
        if in_the_way.is_empty() { Ok(()) } else { Err(in_the_way) }
    }

    /// Everything, in sentences.
    pub fn findings(&self) -> Vec<Finding> {
        let mut all = vec![self.mx_finding(), self.spf_finding()];
        all.extend(self.dkim.iter().map(|(key, state)| self.dkim_finding(key, state)));
        if !self.dkim.iter().any(|(key, _)| key.algorithm() == "rsa") {
            all.push(self.no_rsa_finding());
        }
        all.push(self.dmarc_finding());
        all.extend(self.alignment_finding());
        all
    }

    fn mx_finding(&self) -> Finding {
        let (level, text) = match &self.mx {
            MxState::Found(found) => (Level::Good, format!("Answers go to {}.", found[0].host)),
            MxState::Missing => {
                (Level::Advice, "The domain has no MX record, so answers may not arrive. Add one.".into())
            }
            MxState::Refuses => (
                Level::Advice,
                "The domain says that it takes no mail. Answers will bounce, and some receivers refuse its mail."
                    .into(),
            ),
            MxState::Unknown(error) => unknown("MX record", *error),
        };
        Finding { item: "mx", name: self.from.to_string(), level, required_for_bulk: false, text }
    }

    fn spf_finding(&self) -> Finding {
        let (level, text) = match &self.spf {
            SpfState::Found(found) => spf_words(found),
            SpfState::Missing => (
                Level::Advice,
                "There is no SPF record. Add a TXT record that names your relay, such as \"v=spf1 include:… ~all\"."
                    .into(),
            ),
            SpfState::Multiple(count) => (
                Level::Wrong,
                format!("There are {count} SPF records; receivers ignore all of them. Merge them into one."),
            ),
            SpfState::PermError(why) => (Level::Wrong, format!("The SPF record does not work: {why}. Correct it.")),
            SpfState::Unknown(error) => unknown("SPF record", *error),
        };
        Finding { item: "spf", name: self.from.to_string(), level, required_for_bulk: false, text }
    }

    fn dkim_finding(&self, key: &DkimKey, state: &DkimState) -> Finding {
        let algorithm = key.algorithm();
        let (level, text) = match state {
            DkimState::Published { testing: false } => (Level::Good, format!("The {algorithm} key is published.")),
            DkimState::Published { testing: true } => (
                Level::Advice,
                format!("The {algorithm} key is published for testing (t=y). Remove t=y when all is well."),
            ),
            DkimState::Missing => {
                (Level::Wrong, format!("The {algorithm} key is not published. Add the TXT record shown."))
            }
            DkimState::Revoked => (
                Level::Wrong,
                format!(
                    "The record of the {algorithm} key is empty, which withdraws the key. Publish the record shown."
                ),
            ),
            DkimState::Mismatch => (
                Level::Wrong,
                format!(
                    "The published record is not our {algorithm} key. Replace it with the record shown, in one piece."
                ),
            ),
            DkimState::Multiple(count) => {
                (Level::Wrong, format!("There are {count} records for the {algorithm} key. Keep only the one shown."))
            }
            DkimState::Unknown(error) => unknown("DKIM record", *error),
        };
        let name = key.name(self.signing.as_str());
        Finding { item: "dkim", name, level, required_for_bulk: algorithm == "rsa", text }
    }

    fn no_rsa_finding(&self) -> Finding {
        Finding {
            item: "dkim",
            name: self.signing.to_string(),
            level: Level::Wrong,
            required_for_bulk: true,
            text: "The domain has no RSA key, and most receivers understand no other. Make one.".into(),
        }
    }

    fn dmarc_finding(&self) -> Finding {
        let (level, text) = match &self.dmarc {
            DmarcState::Found(found) => dmarc_words(found),
            DmarcState::Missing => {
                (Level::Wrong, "There is no DMARC record. Add a TXT record here, at least \"v=DMARC1; p=none\".".into())
            }
            DmarcState::Multiple(count) => {
                (Level::Wrong, format!("There are {count} DMARC records; receivers ignore all of them. Keep one."))
            }
            DmarcState::Invalid => (
                Level::Wrong,
                "The DMARC record cannot be read. Correct it, for instance to \"v=DMARC1; p=none\".".into(),
            ),
            DmarcState::Unknown(error) => unknown("DMARC record", *error),
        };
        Finding { item: "dmarc", name: format!("_dmarc.{}", self.from), level, required_for_bulk: true, text }
    }

    /// Only where it is wrong: the signature would not speak for From.
    fn alignment_finding(&self) -> Option<Finding> {
        let mode = match &self.dmarc {
            DmarcState::Found(found) => found.dkim,
            _ => Alignment::Relaxed,
        };
        if is_aligned(self.from.as_str(), self.signing.as_str(), mode) {
            return None;
        }
        let (from, signing) = (&self.from, &self.signing);
        let text = format!(
            "Mail from {from} is signed by {signing}, which DMARC does not count as the same. Sign with {from}."
        );
        Some(Finding {
            item: "dmarc",
            name: format!("_dmarc.{from}"),
            level: Level::Wrong,
            required_for_bulk: true,
            text,
        })
    }
}

fn spf_words(found: &Spf) -> (Level, String) {
    let lookups = found.lookups;
    match found.permits {
        _ if found.open_to_all => {
            (Level::Wrong, "The SPF record says +all, itself or in an include, which lets anybody send in your name. Use ~all or -all.".into())
        }
        Permits::Yes => (Level::Good, format!("SPF permits the relay ({lookups} of 10 lookups).")),
        Permits::NotAsked => (Level::Good, format!("There is one SPF record ({lookups} of 10 lookups).")),
        Permits::No => {
            (Level::Advice, "The SPF record does not name the relay's address. If the relay sends from it, add it or the relay's include.".into())
        }
        Permits::CannotTell => (Level::Advice, "Whether SPF permits the relay depends on each message (macros, exists or ptr).".into()),
    }
}

fn dmarc_words(found: &Dmarc) -> (Level, String) {
    let (place, policy) = (&found.published_at, found.policy.as_str());
    if found.reports {
        (Level::Good, format!("The DMARC record of {place} applies: policy {policy}, with reports."))
    } else {
        (Level::Advice, format!("The DMARC record of {place} applies: policy {policy}. Add rua= to receive reports."))
    }
}

fn unknown(what: &str, error: LookupError) -> (Level, String) {
    (Level::Unknown, format!("Whether there is a {what} could not be found out: {error}. Try again later."))
}
