//! Where a name leads decides, at the moment of use, and only once.

use crate::support::{Pki, Server, answer, config, get};
use std::net::IpAddr;
use waxwing_egress::{Config, Egress, EgressError, Exceptions, Kind};
use waxwing_testkit::dns::DnsServer;

const OK: &str = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

/// A secured server on an address of this machine, a client that may reach only `allowed`, and
/// the name server it asks.
struct Scene {
    dns: DnsServer,
    server: Server,
    client: Egress,
    _pki: Pki,
}

impl Scene {
    async fn at(ip: &str, allowed: &str) -> Self {
        let dns = DnsServer::start().await.expect("works");
        let pki = Pki::vouching_for("hooks.example.org");
        let server = Server::listen(&format!("{ip}:0"), Some(pki.acceptor.clone()), answer(OK)).await;
        let exceptions = Exceptions {
            networks: vec![allowed.parse().expect("works")],
            ports: vec![server.address.port()],
            ..Exceptions::default()
        };
        let roots = Some(pki.roots.path().to_owned());
        let base = Config { dns: Some(dns.address()), extra_roots: roots, exceptions, ..config() };
        Self { client: Egress::new(base).expect("works"), dns, server, _pki: pki }
    }

    fn url(&self) -> String {
        format!("https://hooks.example.org:{}/in", self.server.address.port())
    }

    async fn ask(&self) -> Result<u16, EgressError> {
        get(&self.client, &self.url()).await.map(|response| response.status())
    }
}

fn ip(text: &str) -> IpAddr {
    text.parse().expect("works")
}

#[tokio::test]
async fn a_name_is_followed_to_the_address_that_was_judged() {
    let scene = Scene::at("127.0.0.2", "127.0.0.2").await;
    scene.dns.address_of("hooks.example.org", ip("127.0.0.2"));
    assert_eq!(scene.ask().await, Ok(200));
    assert_eq!(scene.dns.questions("hooks.example.org"), 2, "one for each family, and none after judging");
}

#[tokio::test]
async fn a_name_that_changes_its_mind_after_judging_gains_nothing() {
    // The first answer is allowed, every later one is not: had the client asked again between
    // judging and connecting, it would have gone to 127.0.0.1.
    let scene = Scene::at("127.0.0.2", "127.0.0.2").await;
    let elsewhere = Server::listen(&format!("127.0.0.1:{}", scene.server.address.port()), None, answer(OK)).await;
    scene.dns.address_of("hooks.example.org", ip("127.0.0.2")).then_address_of("hooks.example.org", ip("127.0.0.1"));
    assert_eq!(scene.ask().await, Ok(200));
    assert_eq!(scene.ask().await, Err(EgressError::Refused(Kind::Loopback)), "judged anew each time");
    assert_eq!(scene.server.heard().len(), 1);
    assert_eq!(elsewhere.heard(), Vec::<String>::new(), "the other address never heard a byte");
}

#[tokio::test]
async fn a_name_with_one_inner_address_is_refused_whole() {
    let scene = Scene::at("127.0.0.2", "127.0.0.2").await;
    scene.dns.address_of("hooks.example.org", ip("127.0.0.2"));
    scene.dns.address_of("hooks.example.org", ip("fd00::1"));
    assert_eq!(scene.ask().await, Err(EgressError::Refused(Kind::Private)));
    assert!(scene.server.heard().is_empty());
}

#[tokio::test]
async fn inner_addresses_of_every_kind_are_refused_behind_a_name() {
    let scene = Scene::at("127.0.0.2", "127.0.0.2").await;
    for (address, kind) in [
        ("127.0.0.1", Kind::Loopback),
        ("10.0.0.1", Kind::Private),
        ("100.64.0.1", Kind::Shared),
        ("169.254.169.254", Kind::Metadata),
        ("0.0.0.0", Kind::Unspecified),
        ("::1", Kind::Loopback),
        ("::ffff:127.0.0.2", Kind::Carrier),
        ("64:ff9b::a00:1", Kind::Carrier),
        ("fe80::1", Kind::LinkLocal),
    ] {
        scene.dns.remove("hooks.example.org").address_of("hooks.example.org", ip(address));
        assert_eq!(scene.ask().await, Err(EgressError::Refused(kind)), "{address}");
    }
    assert!(scene.server.heard().is_empty());
}

#[tokio::test]
async fn a_form_learns_early_where_a_name_leads() {
    let scene = Scene::at("127.0.0.2", "127.0.0.2").await;
    let target = scene.client.target(&scene.url()).expect("works");
    assert_eq!(scene.client.check(&target).await, Err(EgressError::NoAddress));
    scene.dns.address_of("hooks.example.org", ip("192.168.1.1"));
    assert_eq!(scene.client.check(&target).await, Err(EgressError::Refused(Kind::Private)));
    scene.dns.remove("hooks.example.org").address_of("hooks.example.org", ip("127.0.0.2"));
    assert_eq!(scene.client.check(&target).await, Ok(()));
    scene.dns.fails("hooks.example.org");
    assert!(matches!(scene.client.check(&target).await, Err(EgressError::Lookup(_))));
    scene.dns.stays_silent("hooks.example.org");
    assert_eq!(scene.client.check(&target).await, Err(EgressError::ConnectTimeout));
}

#[tokio::test]
async fn a_closed_client_reads_addresses_and_asks_nobody() {
    let client = Egress::closed();
    assert_eq!(get(&client, "https://example.org/").await.expect_err("is refused"), EgressError::Closed);
}
