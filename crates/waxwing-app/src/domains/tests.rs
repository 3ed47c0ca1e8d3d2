//! Domains: keys that sign and records that publish them, and the verdict on bulk mail.

use super::{
    PublishedKey, add, all, bulk_verdict, check, next_keys, prepare, records, set_return_path, signers, stored_verdict,
    switch,
};
use crate::{App, AppConfig, Error};
use std::net::SocketAddr;
use waxwing_domain::{MailDomain, Micros};
use waxwing_testkit::dns::DnsServer;
use waxwing_testkit::store::TestStore;
use waxwing_testkit::store_test;

fn app(t: &TestStore, dns: Option<SocketAddr>) -> App {
    let config = AppConfig {
        data: t.dir.path().join("data"),
        public_url: "https://mail.example.org".into(),
        content_url: "https://mail.example.org".into(),
        dns,
        ehlo: "mail.example.org".into(),
    };
    App::new(t.store.clone(), config, t.workspace)
}

fn domain(text: &str) -> MailDomain {
    MailDomain::parse(text).expect("valid")
}

store_test! {
    async fn a_domain_signs_for_itself_and_its_children(t) {
        let (app, ctx) = (app(&t, None), t.ctx());
        let added = add(&app, &ctx, " Example.ORG ").await.expect("added");
        assert!(matches!(add(&app, &ctx, "example.org").await, Err(Error::Conflict(_))));
        assert!(matches!(add(&app, &ctx, "no domain").await, Err(Error::Invalid { .. })));
        let mut tx = app.begin(&ctx, "test").await.expect("begins");
        for from in ["example.org", "news.example.org"] {
            let keys = signers(&app, &mut tx, &domain(from)).await.expect("opened");
            assert_eq!(keys.iter().map(|s| s.domain.as_str()).collect::<Vec<_>>(), ["example.org"; 2]);
            assert_eq!(keys[0].key.dns_record().expect("a record"), added.rsa.record);
            assert_eq!(keys[1].key.dns_record().expect("a record"), added.ed25519.record);
        }
        assert!(signers(&app, &mut tx, &domain("other.example")).await.expect("none").is_empty());
        set_return_path(&app, &mut tx, &ctx, added.id, Some("bounces@mail.example.org")).await.expect("set");
        let domain = all(&mut tx, &ctx).await.expect("listed").remove(0);
        let needed = records(&mut tx, &domain).await.expect("records");
        let names: Vec<_> = needed.iter().map(|r| r.name.as_str()).collect();
        assert_eq!(names, [
            "waxwing1-rsa._domainkey.example.org",
            "waxwing1-ed25519._domainkey.example.org",
            "_dmarc.example.org",
            "example.org",
            "mail.example.org",
        ]);
    }

    async fn new_keys_sign_when_both_records_are_seen_and_not_before(t) {
        let dns = DnsServer::start().await.expect("starts");
        let (app, ctx) = (app(&t, Some(dns.address())), t.ctx());
        let added = add(&app, &ctx, "example.org").await.expect("added");
        prepare(&app, &ctx, added.id).await.expect("prepared");
        assert!(matches!(prepare(&app, &ctx, added.id).await, Err(Error::Conflict(_))), "one pair at a time");
        let mut tx = app.read(&ctx, "test").await.expect("begins");
        let next = next_keys(&mut tx, &ctx, added.id).await.expect("asked").expect("prepared");
        drop(tx);
        assert_eq!((next.rsa.selector.as_str(), next.ed25519.selector.as_str()), ("waxwing2-rsa", "waxwing2-ed25519"));
        let signing = async || {
            let mut tx = app.read(&ctx, "test").await.expect("begins");
            let signers = signers(&app, &mut tx, &domain("example.org")).await.expect("opened");
            signers.iter().map(|one| one.key.dns_record().expect("a record")).collect::<Vec<_>>()
        };
        let publish = |key: &PublishedKey| dns.txt(&format!("{}._domainkey.example.org", key.selector), &key.record);
        assert!(!switch(&app, &ctx, added.id).await.expect("looked"), "nothing is published");
        publish(&next.rsa);
        assert!(!switch(&app, &ctx, added.id).await.expect("looked"), "only one of two is");
        assert_eq!(signing().await, [added.rsa.record, added.ed25519.record]);
        publish(&next.ed25519);
        check(&app, &ctx, added.id).await.expect("checked");
        assert_eq!(signing().await, [next.rsa.record, next.ed25519.record]);
        let mut tx = app.read(&ctx, "test").await.expect("begins");
        assert!(next_keys(&mut tx, &ctx, added.id).await.expect("asked").is_none());
        drop(tx);
        prepare(&app, &ctx, added.id).await.expect("prepared");
        let mut tx = app.read(&ctx, "test").await.expect("begins");
        let third = next_keys(&mut tx, &ctx, added.id).await.expect("asked").expect("prepared");
        assert_eq!(third.rsa.selector, "waxwing3-rsa");
    }

    async fn bulk_mail_waits_until_the_records_are_seen(t) {
        let dns = DnsServer::start().await.expect("starts");
        let (app, ctx) = (app(&t, Some(dns.address())), t.ctx());
        let from = domain("example.org");
        let unknown = bulk_verdict(&app, &ctx, &from, false).await.expect("asked");
        assert!(!unknown.allowed && unknown.reasons[0].contains("no sending domain"));
        assert!(bulk_verdict(&app, &ctx, &from, true).await.expect("asked").allowed, "a relay on this machine may");
        let added = add(&app, &ctx, "example.org").await.expect("added");
        let verdict = bulk_verdict(&app, &ctx, &from, false).await.expect("asked");
        assert!(!verdict.allowed && verdict.reasons.iter().any(|r| r.contains("not published")), "{verdict:?}");
        let mut tx = app.begin(&ctx, "test").await.expect("begins");
        for record in records(&mut tx, &added).await.expect("records") {
            dns.txt(&record.name, &record.value);
        }
        drop(tx);
        let checked = check(&app, &ctx, added.id).await.expect("asked");
        assert!(checked.may_send, "{:?}", checked.findings);
        assert!(bulk_verdict(&app, &ctx, &from, false).await.expect("asked").allowed);
        let mut tx = app.begin(&ctx, "test").await.expect("begins");
        let now = ctx.now();
        assert!(stored_verdict(&mut tx, &from, false, now).await.expect("stored").is_some_and(|v| v.allowed));
        assert!(stored_verdict(&mut tx, &from, false, now.plus(2 * Micros::DAY)).await.expect("stale").is_none());
    }
}
