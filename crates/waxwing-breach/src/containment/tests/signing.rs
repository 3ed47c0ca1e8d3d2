//! Signing keys that somebody may have seen before the containment, in sentences.

use std::net::SocketAddr;
use std::time::Duration;
use tokio::sync::watch;
use waxwing_app::domains::{self, Domain, NextKeys};
use waxwing_app::{App, AppConfig};
use waxwing_domain::{Clock as _, Ctx, Micros};
use waxwing_store::Runner;
use waxwing_testkit::dns::DnsServer;
use waxwing_testkit::store::TestStore;
use waxwing_testkit::store_test;

fn app(t: &TestStore, dns: SocketAddr) -> App {
    let config = AppConfig {
        data: t.dir.path().join("data"),
        public_url: "https://mail.example.org".into(),
        content_url: "https://mail.example.org".into(),
        dns: Some(dns),
        ehlo: "mail.example.org".into(),
    };
    App::new(t.store.clone(), config, t.workspace)
}

async fn next(app: &App, ctx: &Ctx, of: &Domain) -> Option<NextKeys> {
    let mut tx = app.read(ctx, "test").await.expect("begins");
    domains::next_keys(&mut tx, ctx, of.id).await.expect("asked")
}

fn publish(dns: &DnsServer, keys: &NextKeys) {
    for key in keys.both() {
        dns.txt(&format!("{}._domainkey.example.org", key.selector), &key.record);
    }
}

/// What a containment of `then` orders; gives the keys that are prepared once they are of this generation.
async fn remade(app: &App, ctx: &Ctx, of: &Domain, (then, generation): (Micros, u32)) -> NextKeys {
    let mut tx = app.begin(ctx, "test").await.expect("begins");
    domains::prepare_all(&mut tx, ctx, None, then).await.expect("queued");
    tx.commit().await.expect("commits");
    let (stop, stopped) = watch::channel(false);
    let runner = tokio::spawn(Runner::new(app.store().clone(), waxwing_app::jobs(app)).run(stopped));
    let wanted = format!("waxwing{generation}-rsa");
    let found = tokio::time::timeout(Duration::from_secs(60), async {
        loop {
            match next(app, ctx, of).await {
                Some(keys) if keys.rsa.selector == wanted => break keys,
                _ => tokio::time::sleep(Duration::from_millis(20)).await,
            }
        }
    })
    .await
    .expect("they are made anew");
    stop.send(true).expect("it runs");
    let _ended = runner.await;
    found
}

store_test! {
    async fn keys_that_were_prepared_before_a_containment_are_made_anew_and_never_used(t) {
        let dns = DnsServer::start().await.expect("starts");
        let (app, ctx) = (app(&t, dns.address()), t.ctx());
        let domain = domains::add(&app, &ctx, "example.org").await.expect("added");
        domains::prepare(&app, &ctx, domain.id).await.expect("prepared");
        let stolen = next(&app, &ctx, &domain).await.expect("prepared");
        t.clock.advance(Micros::HOUR);
        let fresh = remade(&app, &ctx, &domain, (t.clock.now(), 3)).await;
        assert!(fresh.rsa.record != stolen.rsa.record && fresh.ed25519.record != stolen.ed25519.record);
        publish(&dns, &stolen);
        assert!(!domains::switch(&app, &ctx, domain.id).await.expect("looked"), "published by the thief, and not used");
        publish(&dns, &fresh);
        assert!(domains::switch(&app, &ctx, domain.id).await.expect("looked"));
        assert!(next(&app, &ctx, &domain).await.is_none());
    }

    async fn keys_that_took_over_after_a_containment_are_as_old_as_their_making(t) {
        let dns = DnsServer::start().await.expect("starts");
        let (app, ctx) = (app(&t, dns.address()), t.ctx());
        let domain = domains::add(&app, &ctx, "example.org").await.expect("added");
        domains::prepare(&app, &ctx, domain.id).await.expect("prepared");
        let stolen = next(&app, &ctx, &domain).await.expect("prepared");
        t.clock.advance(Micros::HOUR);
        let contained = t.clock.now();
        t.clock.advance(Micros::SECOND);
        publish(&dns, &stolen);
        assert!(domains::switch(&app, &ctx, domain.id).await.expect("looked"), "a moment after the gate turned");
        let fresh = remade(&app, &ctx, &domain, (contained, 3)).await;
        assert_ne!(fresh.rsa.record, stolen.rsa.record);
    }
}
