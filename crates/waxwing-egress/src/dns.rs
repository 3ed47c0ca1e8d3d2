//! The one door to the domain name system.
//!
//! Guarantee: every question ends within [`PATIENCE`], answers are capped, and "there is no such
//! record" is told apart from "nobody could say". Nothing is cached, so that a person who has just
//! mended a record sees it (what the server caches is out of our hands). Limit: no DNSSEC.

use hickory_resolver::TokioResolver;
use hickory_resolver::config::{ConnectionConfig, NameServerConfig, ResolveHosts, ResolverConfig, ResolverOpts};
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::net::{DnsError, NetError};
use hickory_resolver::proto::op::ResponseCode;
use hickory_resolver::proto::rr::{Name, RData, RecordType};
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

/// The longest one question may take, retries included.
const PATIENCE: Duration = Duration::from_secs(10);
/// Records looked at in one answer.
const MAX_RECORDS: usize = 100;

/// The resolver could not be set up.
#[derive(Debug, thiserror::Error)]
#[error("the DNS resolver cannot be used: {0}")]
pub struct ResolverError(String);

/// Nobody could say whether there is a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LookupError {
    /// No answer in time, or nobody there.
    #[error("the DNS resolver did not answer")]
    Silent,
    /// An answer that is none, such as SERVFAIL.
    #[error("the DNS resolver answered with an error; the domain's name servers may be out of order")]
    Failed,
    /// The name cannot be asked for.
    #[error("the name is not a valid domain name")]
    Name,
}

/// A mail exchanger of a domain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mx {
    /// Lower is tried first.
    pub preference: u16,
    /// Host name in lower case without the last dot; empty for "no mail here" (RFC 7505).
    pub host: String,
}

/// Asks one server, or the system's. Cheap to clone.
#[derive(Clone)]
pub struct Resolver(TokioResolver);

impl Resolver {
    /// Asks the server at `address` over UDP, and TCP where an answer does not fit.
    pub fn at(address: SocketAddr) -> Result<Self, ResolverError> {
        let mut connections = vec![ConnectionConfig::udp(), ConnectionConfig::tcp()];
        for connection in &mut connections {
            connection.port = address.port();
        }
        let server = NameServerConfig::new(address.ip(), true, connections);
        Self::with(ResolverConfig::from_name_servers(vec![server]))
    }

    /// Asks the servers of this machine's configuration.
    pub fn system() -> Result<Self, ResolverError> {
        let (config, _) =
            hickory_resolver::system_conf::read_system_conf().map_err(|error| ResolverError(error.to_string()))?;
        Self::with(config)
    }

    fn with(config: ResolverConfig) -> Result<Self, ResolverError> {
        let mut options = ResolverOpts::default();
        options.timeout = Duration::from_secs(3);
        options.attempts = 2;
        options.cache_size = 0;
        options.use_hosts_file = ResolveHosts::Never;
        options.edns0 = true;
        TokioResolver::builder_with_config(config, TokioRuntimeProvider::default())
            .with_options(options)
            .build()
            .map(Self)
            .map_err(|error| ResolverError(error.to_string()))
    }

    /// The TXT records of `name`, strings of one record joined (RFC 7208 §3.3); none is no error.
    pub async fn txt(&self, name: &str) -> Result<Vec<String>, LookupError> {
        self.lookup(name, RecordType::TXT, |data| match data {
            RData::TXT(txt) => Some(String::from_utf8_lossy(&txt.txt_data.concat()).into_owned()),
            _ => None,
        })
        .await
    }

    /// The mail exchangers of `name`, best first; none is no error.
    pub async fn mx(&self, name: &str) -> Result<Vec<Mx>, LookupError> {
        let read = |data: &RData| match data {
            RData::MX(mx) => {
                let host = mx.exchange.to_ascii().trim_end_matches('.').to_ascii_lowercase();
                Some(Mx { preference: mx.preference, host })
            }
            _ => None,
        };
        let mut all = self.lookup(name, RecordType::MX, read).await?;
        all.sort_by_key(|mx| mx.preference);
        Ok(all)
    }

    /// The IPv4 and IPv6 addresses of `name`; none is no error.
    pub async fn addresses(&self, name: &str) -> Result<Vec<IpAddr>, LookupError> {
        let read = |data: &RData| data.ip_addr();
        let (v4, v6) =
            tokio::try_join!(self.lookup(name, RecordType::A, read), self.lookup(name, RecordType::AAAA, read))?;
        Ok(v4.into_iter().chain(v6).collect())
    }

    async fn lookup<T>(
        &self,
        name: &str,
        kind: RecordType,
        read: impl Fn(&RData) -> Option<T>,
    ) -> Result<Vec<T>, LookupError> {
        // The last dot keeps the system's search domains out.
        let name = Name::from_ascii(format!("{}.", name.trim_end_matches('.'))).map_err(|_| LookupError::Name)?;
        match tokio::time::timeout(PATIENCE, self.0.lookup(name, kind)).await {
            Ok(Ok(found)) => Ok(found.answers().iter().filter_map(|r| read(&r.data)).take(MAX_RECORDS).collect()),
            Ok(Err(error)) if is_plain_no(&error) => Ok(Vec::new()),
            Ok(Err(NetError::Dns(_))) => Err(LookupError::Failed),
            Ok(Err(_)) | Err(_) => Err(LookupError::Silent),
        }
    }
}

impl fmt::Debug for Resolver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Resolver")
    }
}

/// NXDOMAIN, or a name without records of this type. Anything else is no answer.
fn is_plain_no(error: &NetError) -> bool {
    let NetError::Dns(DnsError::NoRecordsFound(no)) = error else { return false };
    matches!(no.response_code, ResponseCode::NXDomain | ResponseCode::NoError)
}
