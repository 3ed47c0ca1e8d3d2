//! `smtp://[user:password@]host[:port][?tls=none|starttls|implicit]`, read strictly.
//!
//! Guarantee: errors, `Debug` and `Display` never hold the user name or the password. Limit: the
//! host is not looked up here.

use super::{Login, Secret, Tls};
use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

/// Longest URL read, in bytes.
const MAX_URL: usize = 2_048;
/// The port for handing over mail (RFC 6409 §3.1), when none is given.
const SUBMISSION: u16 = 587;
/// The port on which TLS starts at once (RFC 8314 §7.3).
const SUBMISSIONS: u16 = 465;

/// Why a text is no relay URL. Never holds a piece of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RelayUrlError {
    /// Another scheme or none.
    #[error("a relay URL begins with smtp:// (for TLS from the first byte add ?tls=implicit)")]
    Scheme,
    /// Over 2,048 bytes, a space or a control character.
    #[error("a relay URL is at most 2048 characters long and holds no spaces or line breaks")]
    Text,
    /// No host, or not a host name or IP address.
    #[error("the host of the relay must be a host name or an IP address (IPv6 in square brackets)")]
    Host,
    /// Not 1 to 65535.
    #[error("the port of the relay must be a number from 1 to 65535")]
    Port,
    /// A path or a fragment.
    #[error("a relay URL has nothing between the port and the question mark")]
    Path,
    /// A parameter other than `tls`, or `tls` twice.
    #[error("the only parameter of a relay URL is tls, given once")]
    Parameter,
    /// A value other than the three.
    #[error("tls must be none, starttls or implicit")]
    Tls,
    /// User without password, an empty one, or a broken percent sign.
    #[error(
        "the login of a relay URL is user:password@, both given; write special characters as %XX (@ is %40, : is %3A, / is %2F)"
    )]
    Login,
    /// `tls=none` to another machine.
    #[error("tls=none is allowed only to this machine (localhost, 127.0.0.1, [::1])")]
    PlainBeyondLoopback,
}

/// A relay's address, security and login.
#[derive(Clone)]
pub struct RelayUrl {
    host: String,
    port: u16,
    tls: Tls,
    login: Option<Login>,
}

impl RelayUrl {
    /// Reads a URL. Without `tls`, port 465 means implicit TLS and every other STARTTLS.
    pub fn parse(text: &str) -> Result<Self, RelayUrlError> {
        if text.len() > MAX_URL || text.chars().any(|c| c.is_control() || c.is_whitespace()) {
            return Err(RelayUrlError::Text);
        }
        let rest = text.strip_prefix("smtp://").ok_or(RelayUrlError::Scheme)?;
        let (rest, query) = rest.split_once('?').map_or((rest, None), |(r, q)| (r, Some(q)));
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        if rest.contains(['/', '#']) || query.is_some_and(|q| q.contains('#')) {
            return Err(RelayUrlError::Path);
        }
        let (login, place) = match rest.rsplit_once('@') {
            Some((login, place)) => (Some(parse_login(login)?), place),
            None => (None, rest),
        };
        let (host, port) = parse_place(place)?;
        let default = if port == SUBMISSIONS { Tls::Implicit } else { Tls::StartTls };
        let tls = parse_query(query)?.unwrap_or(default);
        if tls == Tls::None && !is_loopback(&host) {
            return Err(RelayUrlError::PlainBeyondLoopback);
        }
        Ok(Self { host, port, tls, login })
    }

    pub(super) fn host(&self) -> &str {
        &self.host
    }
    pub(super) fn port(&self) -> u16 {
        self.port
    }
    pub(super) fn tls(&self) -> Tls {
        self.tls
    }
    pub(super) fn login(&self) -> Option<&Login> {
        self.login.as_ref()
    }
    pub(super) fn is_loopback(&self) -> bool {
        is_loopback(&self.host)
    }
}

impl FromStr for RelayUrl {
    type Err = RelayUrlError;
    fn from_str(text: &str) -> Result<Self, RelayUrlError> {
        Self::parse(text)
    }
}

impl fmt::Display for RelayUrl {
    /// Host, port and security, without the login: for pages and logs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (open, close) = if self.host.contains(':') { ("[", "]") } else { ("", "") };
        write!(f, "smtp://{open}{}{close}:{}?tls={}", self.host, self.port, self.tls.as_str())
    }
}

impl fmt::Debug for RelayUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RelayUrl({self})")
    }
}

fn is_loopback(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost") || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

fn parse_place(place: &str) -> Result<(String, u16), RelayUrlError> {
    let (host, port) = match place.strip_prefix('[') {
        Some(rest) => {
            let (host, after) = rest.split_once(']').ok_or(RelayUrlError::Host)?;
            host.parse::<std::net::Ipv6Addr>().map_err(|_| RelayUrlError::Host)?;
            let port = if after.is_empty() { None } else { Some(after.strip_prefix(':').ok_or(RelayUrlError::Port)?) };
            (host, port)
        }
        None => place.split_once(':').map_or((place, None), |(h, p)| (h, Some(p))),
    };
    if host.parse::<IpAddr>().is_err() && !is_host_name(host) {
        return Err(RelayUrlError::Host);
    }
    Ok((host.to_ascii_lowercase(), port.map_or(Ok(SUBMISSION), parse_port)?))
}

fn parse_port(text: &str) -> Result<u16, RelayUrlError> {
    let digits = text.bytes().all(|b| b.is_ascii_digit());
    match text.parse() {
        Ok(port) if digits && port > 0 => Ok(port),
        _ => Err(RelayUrlError::Port),
    }
}

/// Letters, digits and hyphens in labels of up to 63 (RFC 1123 §2.1), not all digits at the end.
fn is_host_name(host: &str) -> bool {
    let label_ok = |l: &str| {
        (1..=63).contains(&l.len())
            && !l.starts_with('-')
            && !l.ends_with('-')
            && l.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    let last_is_number = host.rsplit('.').next().is_some_and(|l| l.bytes().all(|b| b.is_ascii_digit()));
    host.len() <= 253 && host.split('.').all(label_ok) && !last_is_number
}

fn parse_query(query: Option<&str>) -> Result<Option<Tls>, RelayUrlError> {
    match query {
        None | Some("") => Ok(None),
        Some(query) => match query.strip_prefix("tls=") {
            Some("none") => Ok(Some(Tls::None)),
            Some("starttls") => Ok(Some(Tls::StartTls)),
            Some("implicit") => Ok(Some(Tls::Implicit)),
            Some(value) if !value.contains('&') => Err(RelayUrlError::Tls),
            _ => Err(RelayUrlError::Parameter),
        },
    }
}

fn parse_login(text: &str) -> Result<Login, RelayUrlError> {
    let (user, password) = text.split_once(':').ok_or(RelayUrlError::Login)?;
    Ok(Login { user: secret(user)?, password: secret(password)? })
}

/// Percent-decodes one half of the login. NUL is refused, for AUTH PLAIN separates by it.
fn secret(text: &str) -> Result<Secret, RelayUrlError> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        rest = match (first, tail) {
            (b'%', [high, low, after @ ..]) => {
                bytes.push(hex(*high)? << 4 | hex(*low)?);
                after
            }
            (b'%' | b'@' | b':', _) => return Err(RelayUrlError::Login),
            (&byte, _) => {
                bytes.push(byte);
                tail
            }
        };
    }
    if bytes.is_empty() || bytes.contains(&0) {
        return Err(RelayUrlError::Login);
    }
    String::from_utf8(bytes).map(Secret::new).map_err(|_| RelayUrlError::Login)
}

fn hex(digit: u8) -> Result<u8, RelayUrlError> {
    char::from(digit).to_digit(16).and_then(|d| u8::try_from(d).ok()).ok_or(RelayUrlError::Login)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_url_is_read() {
        let url =
            RelayUrl::parse("smtp://ann%40example.org:p%3A%2Fw%25@mail.example.net:2525?tls=starttls").expect("valid");
        assert_eq!((url.host(), url.port(), url.tls()), ("mail.example.net", 2525, Tls::StartTls));
        let login = url.login().expect("has a login");
        assert_eq!((login.user.expose(), login.password.expose()), ("ann@example.org", "p:/w%"));
    }

    #[test]
    fn the_port_decides_the_default_security() {
        for (text, port, tls) in [
            ("smtp://mail.example.net", 587, Tls::StartTls),
            ("smtp://mail.example.net:25", 25, Tls::StartTls),
            ("smtp://mail.example.net:465", 465, Tls::Implicit),
            ("smtp://mail.example.net:465?tls=starttls", 465, Tls::StartTls),
            ("smtp://[2001:db8::1]:26/", 26, Tls::StartTls),
            ("smtp://127.0.0.1:2525", 2525, Tls::StartTls),
            ("smtp://127.0.0.1:2525?tls=none", 2525, Tls::None),
            ("smtp://LOCALHOST:2525?tls=none", 2525, Tls::None),
            ("smtp://[::1]:2525?tls=none", 2525, Tls::None),
        ] {
            let url = RelayUrl::parse(text).expect(text);
            assert_eq!((url.port(), url.tls()), (port, tls), "{text}");
        }
    }

    #[test]
    fn what_is_wrong_is_said_in_words() {
        for (text, why) in [
            ("", RelayUrlError::Scheme),
            ("smtps://mail.example.net", RelayUrlError::Scheme),
            ("smtp://mail.example.net\r\n", RelayUrlError::Text),
            ("smtp://", RelayUrlError::Host),
            ("smtp://mail_1.example.net", RelayUrlError::Host),
            ("smtp://1.2.3.4.5", RelayUrlError::Host),
            ("smtp://[::1", RelayUrlError::Host),
            ("smtp://[1.2.3.4]", RelayUrlError::Host),
            ("smtp://mail.example.net:0", RelayUrlError::Port),
            ("smtp://mail.example.net:+25", RelayUrlError::Port),
            ("smtp://mail.example.net:65536", RelayUrlError::Port),
            ("smtp://::1:25", RelayUrlError::Host),
            ("smtp://mail.example.net/inbox", RelayUrlError::Path),
            ("smtp://mail.example.net?tls=off", RelayUrlError::Tls),
            ("smtp://mail.example.net?tls=none&tls=implicit", RelayUrlError::Parameter),
            ("smtp://mail.example.net?verify=no", RelayUrlError::Parameter),
            ("smtp://ann@mail.example.net", RelayUrlError::Login),
            ("smtp://ann:@mail.example.net", RelayUrlError::Login),
            ("smtp://ann:p%4@mail.example.net", RelayUrlError::Login),
            ("smtp://ann:p%00@mail.example.net", RelayUrlError::Login),
            ("smtp://ann:a@b@mail.example.net", RelayUrlError::Login),
            ("smtp://mail.example.net:25?tls=none", RelayUrlError::PlainBeyondLoopback),
            ("smtp://128.0.0.1:25?tls=none", RelayUrlError::PlainBeyondLoopback),
        ] {
            assert_eq!(RelayUrl::parse(text).err(), Some(why), "{text:?}");
        }
    }

    #[test]
    fn no_printed_form_shows_the_login() {
        let url = RelayUrl::parse("smtp://ann:hunter2@[::1]:25?tls=none").expect("valid");
        assert_eq!(url.to_string(), "smtp://[::1]:25?tls=none");
        let debug = format!("{:?} {:?}", crate::Relay::new(url.clone()), url.login());
        assert!(!debug.contains("ann") && !debug.contains("hunter2"), "{debug}");
    }
}
