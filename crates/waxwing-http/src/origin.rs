//! Origins, exactly: scheme, host and port (RFC 6454).

use http::Uri;
use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

/// A scheme with a host and a port; a default port is left out of its text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Origin {
    https: bool,
    host: String,
}

/// Why an address cannot be the public one.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum OriginError {
    /// Not `http://host[:port]` or `https://host[:port]`.
    #[error("write it as https://host or https://host:port, without a path, a user name or a query")]
    Shape,
    /// Plain HTTP to another machine would carry sessions in clear.
    #[error("plain http is for this machine only (127.0.0.1, localhost); use https for any other name")]
    Plain,
}

impl Origin {
    /// Plain HTTP on an address of this machine.
    pub(crate) fn loopback(host: String) -> Self {
        Self { https: false, host }
    }
    /// Whether it is https.
    pub const fn is_https(&self) -> bool {
        self.https
    }
    /// The host without the port, as cookies see it (RFC 6265 §5.1.3).
    pub fn name(&self) -> &str {
        match self.host.rsplit_once(':') {
            Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) => name,
            _ => &self.host,
        }
    }
    /// `host` or `host:port`, as the `Host` header of a request to it says.
    pub fn host(&self) -> &str {
        &self.host
    }
}

impl FromStr for Origin {
    type Err = OriginError;
    fn from_str(text: &str) -> Result<Self, OriginError> {
        let uri: Uri = text.trim().parse().map_err(|_| OriginError::Shape)?;
        let https = match uri.scheme_str() {
            Some("https") => true,
            Some("http") => false,
            _ => return Err(OriginError::Shape),
        };
        let authority = uri.authority().ok_or(OriginError::Shape)?;
        if uri.query().is_some() || uri.path() != "/" || authority.as_str().contains('@') || authority.host().is_empty()
        {
            return Err(OriginError::Shape);
        }
        if !https && !is_loopback(authority.host()) {
            return Err(OriginError::Plain);
        }
        let default = if https { 443 } else { 80 };
        let name = authority.host().to_ascii_lowercase();
        let host = match authority.port_u16().filter(|&port| port != default) {
            Some(port) => format!("{name}:{port}"),
            None => name,
        };
        Ok(Self { https, host })
    }
}

/// Whether a host name means this machine, by name or number.
fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost") || bare.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", if self.https { "https" } else { "http" }, self.host)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_default_port_is_not_written() {
        for (text, origin) in [
            ("https://News.example.org:443/", "https://news.example.org"),
            ("https://news.example.org:8443", "https://news.example.org:8443"),
            ("http://127.0.0.1:80", "http://127.0.0.1"),
            ("http://[::1]:8080", "http://[::1]:8080"),
        ] {
            assert_eq!(text.parse::<Origin>().map(|o| o.to_string()), Ok(origin.to_owned()), "{text}");
        }
    }

    #[test]
    fn the_name_of_a_host_has_no_port() {
        for (text, name) in [
            ("https://news.example.org", "news.example.org"),
            ("https://news.example.org:8443", "news.example.org"),
            ("http://[::1]", "[::1]"),
            ("http://[::1]:8080", "[::1]"),
        ] {
            assert_eq!(text.parse::<Origin>().as_ref().map(Origin::name), Ok(name), "{text}");
        }
    }

    #[test]
    fn plain_http_stays_on_this_machine() {
        for text in ["http://news.example.org", "http://10.0.0.1:8080", "http://localhost.example.org"] {
            assert_eq!(text.parse::<Origin>(), Err(OriginError::Plain), "{text}");
        }
        for text in [
            "",
            "news.example.org",
            "https://",
            "ftp://x",
            "https://a/b",
            "https://a?b",
            "https://u:p@a",
            "https://a b",
        ] {
            assert_eq!(text.parse::<Origin>(), Err(OriginError::Shape), "{text}");
        }
    }
}
