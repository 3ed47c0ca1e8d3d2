//! What a sending domain's records allow.

use waxwing_delivery::dns::{
    DkimKey, DkimState, DmarcState, Level, LookupError, MxState, Permits, Posture, PostureQuery, Resolver, SpfState,
    check_domain,
};
use waxwing_domain::MailDomain;
use waxwing_testkit::dns::DnsServer;

const RSA: &str = "v=DKIM1; k=rsa; p=MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A";
const ED25519: &str = "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";

/// A domain with everything in order.
async fn well_kept() -> DnsServer {
    let server = DnsServer::start().await.unwrap();
    server.mx("shop.example", 10, "mx.shop.example");
    server.txt("shop.example", "v=spf1 ip4:192.0.2.0/24 include:_spf.relay.example ~all");
    server.txt("shop.example", "some-site-verification=1");
    server.txt("_spf.relay.example", "v=spf1 a:out.relay.example -all");
    server.address_of("out.relay.example", "198.51.100.7".parse().unwrap());
    server.txt("wr._domainkey.shop.example", RSA);
    server.txt("we._domainkey.shop.example", ED25519);
    server.txt("_dmarc.shop.example", "v=DMARC1; p=quarantine; rua=mailto:d@shop.example");
    server
}

async fn posture_of(server: &DnsServer, from: &str, relay: &str) -> Posture {
    let key = |selector: &str, record: &str| DkimKey { selector: selector.into(), record: record.into() };
    let query = PostureQuery {
        from: MailDomain::parse(from).unwrap(),
        signing: MailDomain::parse("shop.example").unwrap(),
        keys: vec![key("wr", RSA), key("we", ED25519)],
        relay: relay.split_whitespace().map(|ip| ip.parse().unwrap()).collect(),
    };
    check_domain(&Resolver::at(server.address()).unwrap(), &query).await
}

async fn spf_of(server: &DnsServer, relay: &str) -> SpfState {
    posture_of(server, "shop.example", relay).await.spf
}

/// Items and levels of what stands in the way of bulk mail.
fn in_the_way(posture: &Posture) -> Vec<(&'static str, Level)> {
    posture.allows_bulk().err().unwrap_or_default().into_iter().map(|f| (f.item, f.level)).collect()
}

#[tokio::test]
async fn a_well_kept_domain_may_send_in_bulk() {
    let server = well_kept().await;
    let posture = posture_of(&server, "shop.example", "198.51.100.7 192.0.2.9").await;
    assert_eq!(in_the_way(&posture), []);
    assert!(posture.findings().iter().all(|f| f.level == Level::Good), "{:#?}", posture.findings());
    assert!(matches!(&posture.mx, MxState::Found(all) if all[0].host == "mx.shop.example"));
}

#[tokio::test]
async fn a_subdomain_is_covered_by_its_organisation() {
    let server = well_kept().await;
    let posture = posture_of(&server, "news.shop.example", "").await;
    assert!(matches!(&posture.dmarc, DmarcState::Found(found) if found.published_at == "shop.example"));
    assert_eq!(in_the_way(&posture), []);
    server.remove("_dmarc.shop.example").txt("_dmarc.shop.example", "v=DMARC1; p=none; adkim=s");
    let posture = posture_of(&server, "news.shop.example", "").await;
    assert_eq!(in_the_way(&posture), [("dmarc", Level::Wrong)], "strict alignment wants the very domain");
}

#[tokio::test]
async fn without_the_rsa_key_there_is_no_bulk_mail() {
    let server = well_kept().await;
    server.remove("we._domainkey.shop.example");
    let posture = posture_of(&server, "shop.example", "").await;
    assert_eq!(posture.dkim[1].1, DkimState::Missing);
    assert_eq!(in_the_way(&posture), [], "Ed25519 alone is no obstacle");
    server.remove("wr._domainkey.shop.example");
    assert_eq!(in_the_way(&posture_of(&server, "shop.example", "").await), [("dkim", Level::Wrong)]);
    server.txt("wr._domainkey.shop.example", "v=DKIM1; k=rsa; p=AnotherKey");
    let posture = posture_of(&server, "shop.example", "").await;
    assert_eq!(posture.dkim[0].1, DkimState::Mismatch);
    assert_eq!(in_the_way(&posture), [("dkim", Level::Wrong)]);
}

#[tokio::test]
async fn without_dmarc_there_is_no_bulk_mail() {
    let server = well_kept().await;
    server.remove("_dmarc.shop.example");
    assert_eq!(in_the_way(&posture_of(&server, "shop.example", "").await), [("dmarc", Level::Wrong)]);
}

#[tokio::test]
async fn another_domain_cannot_borrow_the_signature() {
    let server = well_kept().await;
    server.txt("_dmarc.other.example", "v=DMARC1; p=none; rua=mailto:d@other.example");
    assert_eq!(in_the_way(&posture_of(&server, "other.example", "").await), [("dmarc", Level::Wrong)]);
}

#[tokio::test]
async fn a_resolver_that_fails_is_no_permission() {
    let server = well_kept().await;
    server.fails("wr._domainkey.shop.example").fails("_dmarc.shop.example");
    let posture = posture_of(&server, "shop.example", "").await;
    assert_eq!(posture.dmarc, DmarcState::Unknown(LookupError::Failed));
    assert_eq!(in_the_way(&posture), [("dkim", Level::Unknown), ("dmarc", Level::Unknown)]);
}

#[tokio::test]
async fn spf_says_whether_the_relay_is_named() {
    let server = well_kept().await;
    for (relay, expected) in [
        ("", Permits::NotAsked),
        ("192.0.2.200", Permits::Yes),
        ("198.51.100.7", Permits::Yes),
        ("198.51.100.8", Permits::No),
        ("192.0.2.200 2001:db8::1", Permits::No),
    ] {
        let SpfState::Found(found) = spf_of(&server, relay).await else { panic!("should be found") };
        assert_eq!((found.permits, found.lookups), (expected, 2), "{relay}");
    }
}

#[tokio::test]
async fn spf_that_receivers_cannot_use_is_told() {
    for (record, words) in [
        ("v=spf1 include:nowhere.example -all", "nowhere.example, which it includes, has no SPF record"),
        ("v=spf1 ipv4:192.0.2.1 -all", "\"ipv4:192.0.2.1\""),
        ("v=spf1 include:shop.example -all", "more than 10 DNS lookups"),
        ("v=spf1 a mx a:a.x a:b.x a:c.x a:d.x a:e.x a:f.x a:g.x a:h.x exists:x.y -all", "more than 10 DNS lookups"),
    ] {
        let server = DnsServer::start().await.unwrap();
        server.txt("shop.example", record);
        let SpfState::PermError(why) = spf_of(&server, "").await else { panic!("{record}") };
        assert!(why.contains(words), "{why}");
    }
}

#[tokio::test]
async fn two_spf_records_are_one_too_many() {
    let server = well_kept().await;
    server.txt("shop.example", "v=spf1 -all");
    assert_eq!(spf_of(&server, "").await, SpfState::Multiple(2));
    assert_eq!(spf_of(&DnsServer::start().await.unwrap(), "").await, SpfState::Missing);
}

#[tokio::test]
async fn spf_that_lets_everybody_in_is_wrong_and_macros_cannot_be_told() {
    let server = DnsServer::start().await.unwrap();
    server.txt("shop.example", "v=spf1 redirect=_r.example").txt("_r.example", "v=spf1 +all");
    let SpfState::Found(found) = spf_of(&server, "192.0.2.1").await else { panic!("should be found") };
    assert!(found.open_to_all);
    server.remove("_r.example").txt("_r.example", "v=spf1 exists:%{i}.spf.example -all");
    let SpfState::Found(found) = spf_of(&server, "192.0.2.1").await else { panic!("should be found") };
    assert_eq!(found.permits, Permits::CannotTell);
}

#[tokio::test]
async fn a_domain_that_takes_no_mail_is_told_so() {
    let server = well_kept().await;
    server.remove("shop.example").mx("shop.example", 0, ".");
    assert_eq!(posture_of(&server, "shop.example", "").await.mx, MxState::Refuses);
}
