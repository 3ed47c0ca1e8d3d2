//! A URL that may be asked for.
//!
//! Promise: what parses is `https` (or `http` to this machine, where the operator allows that),
//! carries no login and no fragment, names its host in ASCII and in the usual spelling, and holds
//! none of the characters that parsers disagree about. An address written out is judged at once.
//! Limit: where a name leads is known only when it is asked for, right before connecting.

use crate::address::Kind;
use crate::config::Exceptions;
use std::fmt;
use std::net::IpAddr;
use url::{Host, ParseOptions, SyntaxViolation, Url};

/// The longest URL taken, in bytes.
pub const MAX_URL: usize = 2_048;
/// The longest host name (RFC 1035 §2.3.4, without the last dot).
const MAX_HOST: usize = 253;

/// Why a URL is not asked for. Says nothing of what the URL held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UrlError {
    /// More than [`MAX_URL`] bytes.
    #[error("the address is longer than {MAX_URL} characters")]
    TooLong,
    /// Not a URL, or one that programs read in different ways.
    #[error("this is not a web address in the usual spelling; write https://host/path")]
    Unusual,
    /// Not HTTPS.
    #[error("the address must begin with https://")]
    NotHttps,
    /// A user name or password before the host.
    #[error("the address must not hold a user name or password")]
    Login,
    /// `#…`, which no server ever sees.
    #[error("the address must not hold a # part")]
    Fragment,
    /// A port that is not allowed.
    #[error("the port is not allowed; 443 is")]
    Port,
    /// A host without a dot, or a name that cannot be.
    #[error("the host must be a full domain name")]
    Host,
    /// An address that is refused.
    #[error("the host is {}, where requests may not go", .0.words())]
    Refused(Kind),
}

/// A URL that may be asked for. `Debug` and [`Target::origin`] leave path and query out: they may
/// hold a secret.
#[derive(Clone, PartialEq, Eq)]
pub struct Target {
    url: Url,
    host: String,
    ip: Option<IpAddr>,
    port: u16,
}

impl Target {
    /// Reads `text` by the rule and its `exceptions`.
    pub fn parse(text: &str, exceptions: &Exceptions) -> Result<Self, UrlError> {
        let target = Self::of(read(text)?, text)?;
        target.check_scheme(exceptions)?;
        target.check_host(exceptions)?;
        Ok(target)
    }

    fn of(url: Url, text: &str) -> Result<Self, UrlError> {
        let (host, ip) = match url.host().ok_or(UrlError::Unusual)? {
            Host::Domain(name) => (name.to_owned(), None),
            Host::Ipv4(ip) => (ip.to_string(), Some(IpAddr::V4(ip))),
            Host::Ipv6(ip) => (ip.to_string(), Some(IpAddr::V6(ip))),
        };
        if ip.is_some_and(|ip| ip.is_ipv4()) && written_host(text) != host {
            // 0x7f.1 and 2130706433 are 127.0.0.1 to some and a name to others.
            return Err(UrlError::Unusual);
        }
        let port = url.port_or_known_default().ok_or(UrlError::NotHttps)?;
        Ok(Self { url, host, ip, port })
    }

    fn check_scheme(&self, exceptions: &Exceptions) -> Result<(), UrlError> {
        match self.url.scheme() {
            "https" if exceptions.permits_port(self.port) => Ok(()),
            "https" => Err(UrlError::Port),
            "http" if exceptions.plain_loopback && self.is_loopback() && self.port != 0 => Ok(()),
            _ => Err(UrlError::NotHttps),
        }
    }

    fn check_host(&self, exceptions: &Exceptions) -> Result<(), UrlError> {
        if let Some(ip) = self.ip {
            return exceptions.judge(&self.host, ip).map_err(UrlError::Refused);
        }
        let known = exceptions.names(&self.host) || (exceptions.plain_loopback && self.is_loopback());
        if known || is_full_name(&self.host) { Ok(()) } else { Err(UrlError::Host) }
    }

    /// This machine, by its own words: an address of it, or `localhost`.
    fn is_loopback(&self) -> bool {
        self.ip.map_or(self.host == "localhost", |ip| ip.is_loopback())
    }

    /// Whether TLS is spoken.
    pub fn is_https(&self) -> bool {
        self.url.scheme() == "https"
    }
    /// The host: a name in ASCII, or an address without brackets.
    pub fn host(&self) -> &str {
        &self.host
    }
    /// The port.
    pub fn port(&self) -> u16 {
        self.port
    }
    /// The address, where the URL names one instead of a host.
    pub(crate) fn ip(&self) -> Option<IpAddr> {
        self.ip
    }
    /// Scheme, host and port: what may be shown and logged.
    pub fn origin(&self) -> String {
        self.url.origin().ascii_serialization()
    }
    /// The whole, with path and query. Treat it as a secret: many receivers put one in it.
    pub fn as_str(&self) -> &str {
        self.url.as_str()
    }
    /// What stands in the request line: path and query.
    pub(crate) fn path_and_query(&self) -> &str {
        &self.url[url::Position::BeforePath..url::Position::AfterQuery]
    }
    /// What stands in the `Host` header.
    pub(crate) fn authority(&self) -> &str {
        &self.url[url::Position::BeforeHost..url::Position::AfterPort]
    }
    /// Where a `Location` of this target leads; it is read as strictly.
    pub(crate) fn join(&self, location: &str, exceptions: &Exceptions) -> Result<Self, UrlError> {
        if location.len() > MAX_URL || has_odd_characters(location) {
            return Err(UrlError::Unusual);
        }
        let next = self.url.join(location).map_err(|_| UrlError::Unusual)?;
        Self::parse(next.as_str(), exceptions)
    }
}

impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Target({})", self.origin())
    }
}

/// Reads a URL and refuses everything that the URL standard would silently mend.
fn read(text: &str) -> Result<Url, UrlError> {
    if text.len() > MAX_URL {
        return Err(UrlError::TooLong);
    }
    if has_odd_characters(text) || written_host(text).contains('%') {
        return Err(UrlError::Unusual);
    }
    let login = std::cell::Cell::new(false);
    let mended = std::cell::Cell::new(false);
    let note = |violation| match violation {
        SyntaxViolation::EmbeddedCredentials | SyntaxViolation::UnencodedAtSign => login.set(true),
        // A path in Unicode is encoded in one way only; nothing is guessed.
        SyntaxViolation::NonUrlCodePoint => {}
        _ => mended.set(true),
    };
    let options: ParseOptions<'_> = Url::options().syntax_violation_callback(Some(&note));
    let url = options.parse(text).map_err(|_| UrlError::Unusual)?;
    judge(&url, text, login.get(), mended.get())?;
    Ok(url)
}

fn judge(url: &Url, text: &str, login: bool, mended: bool) -> Result<(), UrlError> {
    if login || !url.username().is_empty() || url.password().is_some() || authority(text).contains('@') {
        return Err(UrlError::Login);
    }
    if !matches!(url.scheme(), "https" | "http") {
        return Err(UrlError::NotHttps);
    }
    if url.fragment().is_some() {
        return Err(UrlError::Fragment);
    }
    // Encoding and punycode make a URL longer.
    if url.as_str().len() > MAX_URL {
        return Err(UrlError::TooLong);
    }
    if mended { Err(UrlError::Unusual) } else { Ok(()) }
}

/// Spaces, controls and backslashes: the material of parser differences.
fn has_odd_characters(text: &str) -> bool {
    text.chars().any(|c| c.is_whitespace() || c.is_control() || c == '\\')
}

/// What stands between `//` and the next `/`, `?` or `#`.
fn authority(text: &str) -> &str {
    let after = text.split_once("//").map_or("", |(_, rest)| rest);
    after.split(['/', '?', '#']).next().unwrap_or_default()
}

/// The host as it was written, without port.
fn written_host(text: &str) -> &str {
    let authority = authority(text);
    match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|b| b.is_ascii_digit()) => host,
        _ => authority,
    }
}

/// At least two labels of letters, digits and inner hyphens; no last dot; no name of digits only
/// at the end, which could be taken for an address.
fn is_full_name(host: &str) -> bool {
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'_')
    };
    let top = host.rsplit('.').next().unwrap_or_default();
    host.len() <= MAX_HOST
        && host.contains('.')
        && host.split('.').all(is_label)
        && top.bytes().any(|b| b.is_ascii_lowercase())
}

#[cfg(test)]
mod tests;
