//! Receivers that hang, fail and talk nonsense; closed gates; processes that die.

use super::scene::{Reply, Scene, wish};
use crate::login::Device;
use crate::webhooks::{Standing, State, deliver, set_state, store_deliveries};
use waxwing_domain::Micros;
use waxwing_egress::{Config, Exceptions};
use waxwing_store::{args, statement};
use waxwing_testkit::dns::DnsServer;
use waxwing_testkit::store_test;

statement! { SIGNALS, "SELECT COUNT(*) FROM signals WHERE workspace_id = $1 AND kind = 'webhooks.disabled'" }
statement! { EXCERPTS, "SELECT excerpt FROM webhooks_deliveries WHERE workspace_id = $1" }

store_test! {
    async fn a_receiver_that_fails_is_tried_again_later_and_given_up_in_the_end(t) {
        let scene = Scene::new(&t, Reply::Status(500)).await;
        let made = scene.add(&wish(&scene, "/")).await;
        scene.unsubscribe(0).await;
        assert_eq!(scene.drain(made.id).await, 1);
        let first = &scene.log(made.id).await[0];
        assert_eq!((first.state, first.status, first.attempts), (Standing::Waiting, Some(500), 1));
        assert_eq!(first.problem.as_deref(), Some("the receiver answered 500"));
        let excerpt = first.excerpt.as_deref().expect("a beginning is kept");
        assert!(excerpt.starts_with("<b>") && excerpt.len() == 512);
        let mut tx = scene.app.read(&scene.ctx(), "test").await.expect("reads");
        let sealed = tx.one(&EXCERPTS, args![], |r| r.blob(0)).await.expect("a row");
        drop(tx);
        assert!(!sealed.windows(3).any(|three| three == b"<b>"), "sealed at rest");
        assert_eq!(scene.drain(made.id).await, 0, "not before its time");
        for attempt in 2..=10 {
            t.clock.advance(27 * Micros::HOUR);
            set_state_on(&scene, made.id).await;
            assert_eq!(scene.drain(made.id).await, 1, "attempt {attempt}");
        }
        let last = &scene.log(made.id).await[0];
        assert_eq!((last.state, last.attempts), (Standing::Failed, 10));
        t.clock.advance(27 * Micros::HOUR);
        set_state_on(&scene, made.id).await;
        assert_eq!(scene.drain(made.id).await, 0, "given up");
        assert_eq!(scene.receiver.heard().len(), 10);
    }

    async fn three_days_of_failure_disable_a_webhook_and_tell_detection(t) {
        let scene = Scene::new(&t, Reply::Garbage).await;
        let made = scene.add(&wish(&scene, "/")).await;
        scene.unsubscribe(0).await;
        scene.drain(made.id).await;
        assert_eq!(scene.state(made.id).await, State::On);
        t.clock.advance(3 * Micros::DAY + 1);
        scene.drain(made.id).await;
        assert_eq!(scene.state(made.id).await, State::Disabled);
        let ctx = scene.ctx();
        let mut tx = scene.app.read(&ctx, "test").await.expect("reads");
        assert_eq!(tx.one(&SIGNALS, args![], |r| r.int(0)).await.expect("counts"), 1);
        drop(tx);
        scene.unsubscribe(1).await;
        assert_eq!(scene.log(made.id).await.len(), 1, "nothing new is queued");
        t.clock.advance(Micros::DAY);
        assert_eq!(scene.drain(made.id).await, 0, "nothing leaves");
        scene.receiver.replies(Reply::Status(200));
        set_state_on(&scene, made.id).await;
        assert_eq!(scene.drain(made.id).await, 1, "what waited was kept");
        assert_eq!(scene.log(made.id).await[0].state, Standing::Delivered);
    }

    async fn the_people_who_can_mend_it_get_one_mail(t) {
        let scene = Scene::new(&t, Reply::Status(410)).await;
        let made = scene.add(&wish(&scene, "/in?key=s3cr3t")).await;
        let ctx = scene.ctx();
        let email = waxwing_domain::EmailAddress::parse("owner@example.org").expect("an address");
        let token = crate::accounts::bootstrap(&scene.app, &ctx, email).await.expect("an owner");
        let password = "gravel-orchid-saddle-timber-91".to_owned();
        crate::login::welcome(&scene.app, &scene.app.visitor(), &token, password, &Device::default()).await.expect("joined");
        scene.unsubscribe(0).await;
        scene.drain(made.id).await;
        assert_eq!(scene.state(made.id).await, State::Disabled, "gone is gone, at once");
        let mails = crate::testing::mails(&scene.app).await;
        let mails: Vec<_> = mails.iter().filter(|mail| mail.kind == "webhooks.disabled").collect();
        assert_eq!(mails.len(), 1);
        assert!(mails[0].text.contains("/settings/webhooks/") && !mails[0].text.contains("s3cr3t"));
    }

    async fn a_receiver_that_hangs_ends_with_the_time(t) {
        let scene = Scene::new(&t, Reply::Hangs).await;
        let made = scene.add(&wish(&scene, "/")).await;
        scene.unsubscribe(0).await;
        scene.drain(made.id).await;
        let log = scene.log(made.id).await;
        assert_eq!((log[0].state, log[0].status), (Standing::Waiting, None));
        assert_eq!(log[0].problem.as_deref(), Some("the host did not answer in time"));
    }

    async fn a_closed_gate_keeps_everything_and_an_open_one_lets_it_go(t) {
        let scene = Scene::new(&t, Reply::Status(200)).await;
        let made = scene.add(&wish(&scene, "/")).await;
        scene.gate("contained").await;
        scene.unsubscribe(0).await;
        assert_eq!(scene.drain(made.id).await, 0);
        assert!(matches!(crate::webhooks::ping(&scene.app, &scene.ctx(), made.id).await, Err(crate::Error::Contained(_))));
        let ctx = scene.ctx();
        let mut tx = scene.app.begin(&ctx, "test").await.expect("begins");
        let other = crate::webhooks::Wish { name: "Other".into(), ..wish(&scene, "/") };
        let refused = crate::webhooks::add(&scene.app, &mut tx, &ctx, &other).await;
        assert!(matches!(refused, Err(crate::Error::Contained(_))), "no new way out");
        drop(tx);
        scene.gate("held").await;
        assert_eq!(scene.drain(made.id).await, 0, "held as sending is");
        assert!(scene.receiver.heard().is_empty());
        let log = scene.log(made.id).await;
        assert_eq!((log.len(), log[0].state, log[0].attempts), (1, Standing::Waiting, 0));
        scene.gate("normal").await;
        assert_eq!(scene.drain(made.id).await, 1);
        assert_eq!(scene.receiver.heard().len(), 1);
    }

    async fn what_waited_out_a_containment_is_told_as_it_is_at_the_release(t) {
        let scene = Scene::new(&t, Reply::Status(200)).await;
        let made = scene.add(&crate::webhooks::Wish { grants: vec!["personal".into()], ..wish(&scene, "/") }).await;
        scene.gate("contained").await;
        scene.unsubscribe(0).await;
        assert_eq!(scene.drain(made.id).await, 0);
        let ctx = scene.ctx();
        let mut tx = scene.app.begin(&ctx, "test").await.expect("begins");
        let email = waxwing_domain::EmailAddress::parse("anew@example.org").expect("an address");
        let change = crate::subscribers::Changes { email: Some(email), values: Vec::new() };
        crate::subscribers::update(&scene.app, &mut tx, &ctx, scene.orchard.people[0], change).await.expect("changed");
        tx.commit().await.expect("commits");
        scene.gate("normal").await;
        assert_eq!(scene.drain(made.id).await, 1);
        let body = String::from_utf8_lossy(&scene.receiver.heard()[0].body).into_owned();
        assert!(body.contains("anew@example.org") && !body.contains("ann@example.org"), "{body}");
    }

    async fn a_paused_webhook_keeps_what_happens_for_later(t) {
        let scene = Scene::new(&t, Reply::Status(200)).await;
        let made = scene.add(&wish(&scene, "/")).await;
        let ctx = scene.ctx();
        let mut tx = scene.app.begin(&ctx, "test").await.expect("begins");
        set_state(&scene.app, &mut tx, &ctx, made.id, State::Paused).await.expect("paused");
        tx.commit().await.expect("commits");
        scene.unsubscribe(0).await;
        assert_eq!(scene.drain(made.id).await, 0);
        set_state_on(&scene, made.id).await;
        assert_eq!(scene.drain(made.id).await, 1);
    }

    async fn a_process_that_dies_while_it_tells_tells_again(t) {
        let scene = Scene::new(&t, Reply::Status(200)).await;
        let made = scene.add(&wish(&scene, "/")).await;
        scene.unsubscribe(0).await;
        let ctx = scene.ctx();
        // Claimed, and then nothing more: as after kill -9.
        let mut tx = scene.app.begin(&ctx, "test").await.expect("begins");
        let until = ctx.now().plus(Micros::MINUTE);
        let claimed = store_deliveries::claim(&mut tx, made.id, ctx.now(), until, 8).await.expect("claims");
        assert_eq!(claimed.len(), 1);
        tx.commit().await.expect("commits");
        assert_eq!(scene.drain(made.id).await, 0, "it is somebody's");
        t.clock.advance(Micros::MINUTE + 1);
        assert_eq!(scene.drain(made.id).await, 1);
        assert_eq!(scene.log(made.id).await[0].state, Standing::Delivered);
    }

    async fn two_processes_at_once_tell_each_thing_once(t) {
        let scene = Scene::new(&t, Reply::Status(200)).await;
        let made = scene.add(&wish(&scene, "/")).await;
        scene.unsubscribe(0).await;
        scene.unsubscribe(1).await;
        let ctx = scene.ctx();
        let one = || deliver::batch(&scene.app, &ctx, None, made.id);
        let (a, b, c) = tokio::join!(one(), one(), one());
        assert_eq!(a.expect("works") + b.expect("works") + c.expect("works"), 2);
        assert_eq!(scene.receiver.heard().len(), 2);
    }

    async fn a_name_that_leads_inside_is_refused_when_it_is_used(t) {
        let dns = DnsServer::start().await.expect("a name server");
        dns.address_of("hooks.example.org", "169.254.169.254".parse().expect("an address"));
        let config = Config { dns: Some(dns.address()), exceptions: Exceptions::default(), ..Config::default() };
        let scene = Scene::with(&t, Reply::Status(200), config).await;
        let made = scene
            .add(&crate::webhooks::Wish { url: "https://hooks.example.org/latest".into(), ..wish(&scene, "/") })
            .await;
        let problem = crate::webhooks::ping(&scene.app, &scene.ctx(), made.id).await.expect("asked").expect_err("refused");
        assert!(problem.contains("a cloud's metadata service"), "{problem}");
        scene.unsubscribe(0).await;
        scene.drain(made.id).await;
        let log = scene.log(made.id).await;
        assert!(log[0].problem.as_deref().is_some_and(|text| text.contains("metadata")), "{:?}", log[0].problem);
    }
}

async fn set_state_on(scene: &Scene, id: waxwing_domain::WebhookId) {
    let ctx = scene.ctx();
    let mut tx = scene.app.begin(&ctx, "test").await.expect("begins");
    set_state(&scene.app, &mut tx, &ctx, id, State::On).await.expect("on");
    tx.commit().await.expect("commits");
}
