//! The SPF record of a domain: is there exactly one, does it stay within ten lookups, does it
//! permit the relay (RFC 7208)?
//!
//! Guarantee: the lookups counted are those of the worst case, includes and redirects followed.
//! Limit: this surveys, it does not evaluate: order and negative mechanisms are not weighed, and
//! where macros, `exists` or `ptr` decide, the answer is "cannot be told".

use std::net::IpAddr;
use waxwing_egress::dns::{LookupError, Resolver};

mod term;
use term::{Network, Term};

/// The most mechanisms that ask the DNS (RFC 7208 §4.6.4).
const MAX_LOOKUPS: usize = 10;

/// Whether the record lets the relay send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Permits {
    /// No relay address was given.
    NotAsked,
    /// Every one of them.
    Yes,
    /// At least one is not named.
    No,
    /// It depends on each message, or on a name that could not be looked up.
    CannotTell,
}

/// A record that stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spf {
    /// Its text.
    pub record: String,
    /// Lookups in the worst case, of 10 allowed.
    pub lookups: usize,
    /// The relay's standing.
    pub permits: Permits,
    /// It or something it includes says `+all`: anybody may send.
    pub open_to_all: bool,
}

/// What is published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SpfState {
    /// One valid record.
    Found(Spf),
    /// None.
    Missing,
    /// More than one: a permanent error for receivers (RFC 7208 §4.5).
    Multiple(usize),
    /// A permanent error, in words.
    PermError(String),
    /// Nobody could say.
    Unknown(LookupError),
}

enum Stop {
    PermError(String),
    Unknown(LookupError),
}

impl From<LookupError> for Stop {
    fn from(error: LookupError) -> Self {
        Stop::Unknown(error)
    }
}

pub(super) async fn check(resolver: &Resolver, domain: &str, relay: &[IpAddr]) -> SpfState {
    let record = match records(resolver, domain).await {
        Ok(mut found) => match (found.pop(), found.len()) {
            (Some(record), 0) => record,
            (Some(_), others) => return SpfState::Multiple(others + 1),
            (None, _) => return SpfState::Missing,
        },
        Err(error) => return SpfState::Unknown(error),
    };
    let mut survey = Survey::new(resolver, relay);
    match survey.walk(domain, &record).await {
        Ok(()) => SpfState::Found(survey.result(record)),
        Err(Stop::PermError(why)) => SpfState::PermError(why),
        Err(Stop::Unknown(error)) => SpfState::Unknown(error),
    }
}

async fn records(resolver: &Resolver, domain: &str) -> Result<Vec<String>, LookupError> {
    let mut all = resolver.txt(domain).await?;
    all.retain(|record| {
        let lower = record.to_ascii_lowercase();
        lower == "v=spf1" || lower.starts_with("v=spf1 ")
    });
    Ok(all)
}

/// What has been seen on the way through a record and all it includes.
struct Survey<'a> {
    resolver: &'a Resolver,
    relay: &'a [IpAddr],
    lookups: usize,
    networks: Vec<Network>,
    open_to_all: bool,
    uncertain: bool,
    /// Domains whose record is still to be read.
    pending: Vec<String>,
}

impl<'a> Survey<'a> {
    fn new(resolver: &'a Resolver, relay: &'a [IpAddr]) -> Self {
        Self {
            resolver,
            relay,
            lookups: 0,
            networks: Vec::new(),
            open_to_all: false,
            uncertain: false,
            pending: Vec::new(),
        }
    }

    /// Follows everything. Includes that lead in a circle end at the limit of lookups.
    async fn walk(&mut self, domain: &str, record: &str) -> Result<(), Stop> {
        self.read(domain, record).await?;
        while let Some(next) = self.pending.pop() {
            let record = self.included(&next).await?;
            self.read(&next, &record).await?;
        }
        Ok(())
    }

    async fn included(&self, domain: &str) -> Result<String, Stop> {
        let mut found = records(self.resolver, domain).await?;
        match (found.pop(), found.len()) {
            (Some(record), 0) => Ok(record),
            (Some(_), _) => Err(Stop::PermError(format!("{domain}, which it includes, has more than one SPF record"))),
            (None, _) => Err(Stop::PermError(format!("{domain}, which it includes, has no SPF record"))),
        }
    }

    async fn read(&mut self, domain: &str, record: &str) -> Result<(), Stop> {
        let terms = term::parse(record).map_err(|word| {
            Stop::PermError(format!("the record of {domain} holds {word:?}, which is not part of SPF"))
        })?;
        let has_all = terms.iter().any(|term| matches!(term, Term::All { .. }));
        for term in terms {
            let ignored = has_all && matches!(term, Term::Redirect(_));
            if !ignored {
                self.take(domain, term).await?;
            }
        }
        Ok(())
    }

    async fn take(&mut self, domain: &str, term: Term) -> Result<(), Stop> {
        if term.asks_dns() {
            self.lookups += 1;
            if self.lookups > MAX_LOOKUPS {
                return Err(too_many());
            }
        }
        match term {
            Term::All { pass } => self.open_to_all |= pass,
            Term::Network(network) => self.networks.push(network),
            Term::Include(next) | Term::Redirect(next) if next.contains('%') => self.uncertain = true,
            Term::Include(next) | Term::Redirect(next) => self.pending.push(next),
            Term::Address { name, v4, v6 } => self.add_host(name.as_deref().unwrap_or(domain), v4, v6).await?,
            Term::Mx { name, v4, v6 } => self.add_exchangers(name.as_deref().unwrap_or(domain), v4, v6).await?,
            Term::PerMessage => self.uncertain = true,
            Term::Nothing => {}
        }
        Ok(())
    }

    async fn add_host(&mut self, name: &str, v4: u8, v6: u8) -> Result<(), Stop> {
        if name.contains('%') {
            self.uncertain = true;
        } else if !self.relay.is_empty() {
            for ip in self.resolver.addresses(name).await? {
                self.networks.push(Network { ip, prefix: if ip.is_ipv4() { v4 } else { v6 } });
            }
        }
        Ok(())
    }

    async fn add_exchangers(&mut self, name: &str, v4: u8, v6: u8) -> Result<(), Stop> {
        if name.contains('%') {
            self.uncertain = true;
        } else if !self.relay.is_empty() {
            for mx in self.resolver.mx(name).await?.into_iter().take(MAX_LOOKUPS) {
                self.add_host(&mx.host, v4, v6).await?;
            }
        }
        Ok(())
    }

    fn result(&self, record: String) -> Spf {
        let named = |ip: &IpAddr| self.networks.iter().any(|network| network.contains(*ip));
        let permits = if self.relay.is_empty() {
            Permits::NotAsked
        } else if self.open_to_all || self.relay.iter().all(named) {
            Permits::Yes
        } else if self.uncertain {
            Permits::CannotTell
        } else {
            Permits::No
        };
        Spf { record, lookups: self.lookups, permits, open_to_all: self.open_to_all }
    }
}

fn too_many() -> Stop {
    Stop::PermError(format!("it needs more than {MAX_LOOKUPS} DNS lookups, counting all that it includes"))
}
