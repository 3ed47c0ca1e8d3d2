//! What the web must be told: its own name, where it listens, whom it believes.

use crate::{Network, Origin};
use std::net::SocketAddr;

/// The web's settings.
#[derive(Clone, Debug)]
pub struct Settings {
    public: Origin,
    /// Where customers' documents and pictures are served, where that is not `public`.
    content: Option<Origin>,
    local: Vec<Origin>,
    /// Proxies whose `X-Forwarded-For` is believed; nobody by default.
    pub trusted_proxies: Vec<Network>,
    /// Whether browsers shall insist on HTTPS for the names below our own, too (RFC 6797 §6.1.2).
    pub(crate) hsts_subdomains: bool,
    /// Where people who must sign in are sent.
    pub sign_in_path: &'static str,
    /// Where people are sent whose session rests on less than the workspace asks for.
    pub enrol_path: &'static str,
}

impl Settings {
    /// An installation known to the world as `public`.
    pub fn new(public: Origin) -> Self {
        let (content, local, trusted_proxies) = (None, Vec::new(), Vec::new());
        let (sign_in_path, enrol_path) = ("/sign-in", "/account/enrol");
        Self { public, content, local, trusted_proxies, hsts_subdomains: true, sign_in_path, enrol_path }
    }

    /// An installation known by the loopback address it listens on, for trying out and tests.
    pub fn local(listen: SocketAddr) -> Self {
        Self::new(Origin::loopback(listen.to_string())).listening_on(listen)
    }

    /// Also answers to the names of a loopback listener. Any other listener is reached by its
    /// public name only: a foreign name that resolves to it (DNS rebinding) is refused.
    pub fn listening_on(mut self, listen: SocketAddr) -> Self {
        if listen.ip().is_loopback() {
            self.local.push(Origin::loopback(listen.to_string()));
            self.local.push(Origin::loopback(format!("localhost:{}", listen.port())));
        }
        self
    }

    /// Serves customers' documents and pictures under `content`, and nothing else there. Its host name
    /// should differ from the interface's by more than the port, which does not separate cookies.
    pub fn with_content(mut self, content: Origin) -> Self {
        self.content = Some(content).filter(|content| *content != self.public);
        self
    }

    /// Whether browsers shall insist on HTTPS for the names below our own; they shall unless this says otherwise.
    pub const fn strict_below(mut self, strict: bool) -> Self {
        self.hsts_subdomains = strict;
        self
    }

    /// Also believes these proxies.
    pub fn trusting(mut self, proxies: impl IntoIterator<Item = Network>) -> Self {
        self.trusted_proxies.extend(proxies);
        self
    }

    /// How the world calls it; links in mail begin with this.
    pub const fn public(&self) -> &Origin {
        &self.public
    }

    /// Where customers' documents and pictures are served, where that is not the interface's own origin.
    pub const fn content(&self) -> Option<&Origin> {
        self.content.as_ref()
    }

    /// What a `Host` header reaches, if it names one of our origins to the letter.
    pub(crate) fn door(&self, host: &str) -> Option<Door> {
        if self.content.as_ref().is_some_and(|content| content.host().eq_ignore_ascii_case(host)) {
            return Some(Door::Content);
        }
        self.origin_of_host(host).map(|_| Door::Interface)
    }

    /// The origin of the interface that a `Host` header names, if it is one of ours to the letter.
    pub(crate) fn origin_of_host(&self, host: &str) -> Option<&Origin> {
        std::iter::once(&self.public).chain(&self.local).find(|o| o.host().eq_ignore_ascii_case(host))
    }
}

/// Which of our names a request came by.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Door {
    /// The interface, and everything else where content has no host of its own.
    Interface,
    /// The host of customers' content: no cookie passes here, in or out.
    Content,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_names_with_their_ports_are_answered() {
        let public: Origin = "https://news.example.org".parse().expect("valid");
        let listen = SocketAddr::from(([127, 0, 0, 1], 8080));
        let settings = Settings::new(public).listening_on(listen);
        for host in ["news.example.org", "NEWS.example.org", "127.0.0.1:8080", "localhost:8080"] {
            assert!(settings.origin_of_host(host).is_some(), "{host}");
        }
        for host in
            ["", "news.example.org:8080", "127.0.0.1", "evil.example", "localhost:81", "news.example.org.evil.example"]
        {
            assert!(settings.origin_of_host(host).is_none(), "{host}");
        }
    }

    #[test]
    fn the_host_of_content_is_a_door_of_its_own() {
        let origin = |text: &str| text.parse::<Origin>().expect("valid");
        let listen = SocketAddr::from(([127, 0, 0, 1], 8080));
        let settings = Settings::new(origin("http://127.0.0.1:8080")).with_content(origin("http://localhost:8080"));
        let settings = settings.listening_on(listen);
        assert_eq!(settings.door("localhost:8080"), Some(Door::Content));
        assert_eq!(settings.door("127.0.0.1:8080"), Some(Door::Interface));
        assert_eq!(settings.door("localhost"), None);
        let shared = Settings::local(listen).with_content(origin("http://127.0.0.1:8080"));
        assert_eq!((shared.door("127.0.0.1:8080"), shared.content()), (Some(Door::Interface), None));
    }

    #[test]
    fn a_listener_open_to_the_network_has_no_names_of_its_own() {
        let public: Origin = "https://news.example.org".parse().expect("valid");
        let settings = Settings::new(public).listening_on(SocketAddr::from(([0, 0, 0, 0], 8080)));
        assert!(settings.origin_of_host("0.0.0.0:8080").is_none());
        assert!(settings.origin_of_host("10.0.0.1:8080").is_none());
    }
}
