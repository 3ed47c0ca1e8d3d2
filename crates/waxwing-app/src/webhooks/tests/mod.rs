//! Webhooks as a customer would tell them.

mod doors;
mod scene;
mod trouble;

use super::{Standing, State, Wish, add, deliver, edit, log, ping, remove, rotate};
use crate::{erasure, lists, webhooks};
use scene::{Reply, Scene, verified_by_python, wish};
use serde_json::Value;
use waxwing_domain::{Actor, ApiKeyId, ClassSet, Ctx, EventKind, Micros, Rights, Scope};
use waxwing_store::{Event, JobRegistry, Sequencer, args, record_page, statement};
use waxwing_testkit::store_test;

statement! { SEALED_LENGTH, "SELECT COUNT(*) FROM webhooks_deliveries WHERE workspace_id = $1" }

store_test! {
    async fn what_happens_is_told_signed_and_with_numbers_only(t) {
        let scene = Scene::new(&t, Reply::Status(204)).await;
        let made = scene.add(&wish(&scene, "/in?key=1")).await;
        scene.unsubscribe(0).await;
        assert_eq!(scene.drain(made.id).await, 1);
        let heard = scene.receiver.heard();
        assert_eq!((heard.len(), heard[0].line.as_str()), (1, "POST /in?key=1 HTTP/1.1"));
        assert!(verified_by_python(&heard[0], &made.secret), "an independent check agrees");
        assert!(!verified_by_python(&heard[0].tampered(), &made.secret), "and sees a changed body");
        let body: Value = serde_json::from_slice(&heard[0].body).expect("JSON");
        assert_eq!((body["type"].as_str(), body["data"]["fields"].is_null()), (Some("unsubscribed"), true));
        assert_eq!(body["data"]["subscriber"].as_i64(), Some(scene.orchard.people[0].as_i64()));
        assert_eq!(body["data"]["list"].as_str(), Some(scene.orchard.list.to_string().as_str()));
        assert!(!String::from_utf8_lossy(&heard[0].body).contains("ann@"), "no address without a grant");
        let log = scene.log(made.id).await;
        assert_eq!((log[0].state, log[0].attempts, log[0].status), (Standing::Delivered, 1, Some(204)));
        assert_eq!(scene.drain(made.id).await, 0, "told once");
    }

    async fn an_alert_is_told_by_its_id_and_detector_and_nothing_else(t) {
        let scene = Scene::new(&t, Reply::Status(204)).await;
        let wish = Wish { kinds: vec!["alert.raised".into()], grants: vec!["personal".into()], ..wish(&scene, "/") };
        let made = scene.add(&wish).await;
        scene.unsubscribe(0).await;
        let (ctx, id) = (scene.ctx(), scene.ctx().new_id());
        let (subject, source, list, sealed, key) = (None, None, None, None, None);
        let (kind, reason) = (EventKind::AlertRaised, Some("key.elsewhere".to_owned()));
        let mut tx = scene.app.begin(&ctx, "test").await.expect("begins");
        tx.events(vec![Event { id, at: ctx.now(), kind, subject, source, list, reason, sealed, key }]).await.expect("raised");
        tx.commit().await.expect("commits");
        assert_eq!(scene.drain(made.id).await, 1, "that alone");
        let body: Value = serde_json::from_slice(&scene.receiver.heard()[0].body).expect("JSON");
        assert_eq!(body["type"], "alert.raised");
        let data = serde_json::json!({
            "event": waxwing_domain::EventId::from_i64(id), "alert": waxwing_domain::AlertId::from_i64(id), "list": null,
            "workspace": ctx.workspace, "subscriber": null, "source": null, "reason": "key.elsewhere",
        });
        assert_eq!(body["data"], data);
    }

    async fn fields_leave_only_by_grant_and_after_they_stand_in_the_record(t) {
        let scene = Scene::new(&t, Reply::Status(200)).await;
        let key = Actor::ApiKey(ApiKeyId::from_i64(4_711));
        let ctx = Ctx { actor: key, origin: key, ..scene.ctx() };
        let wish = Wish { grants: vec!["personal".into()], ..wish(&scene, "/") };
        let mut tx = scene.app.begin(&ctx, "test").await.expect("begins");
        let made = add(&scene.app, &mut tx, &ctx, &wish).await.expect("added");
        tx.commit().await.expect("commits");
        scene.unsubscribe(0).await;
        scene.drain(made.id).await;
        let body: Value = serde_json::from_slice(&scene.receiver.heard()[0].body).expect("JSON");
        assert_eq!(body["data"]["fields"]["email"].as_str(), Some("ann@example.org"));
        Sequencer::new(t.store.clone()).finish().await.expect("numbers");
        let mut tx = scene.app.read(&scene.ctx(), "test").await.expect("reads");
        let rows = record_page(&t.store, &mut tx, i64::MAX, 100).await.expect("reads");
        let text = rows.iter().map(|row| format!("{:?}", row.leaf)).find(|leaf| leaf.contains("webhooks.batch"));
        let text = text.expect("the batch stands in the record");
        assert!(text.contains("4711") && text.contains("api_key"), "under the credential that made it: {text}");
    }

    async fn granting_fields_takes_the_right_to_take_people_out(t) {
        let scene = Scene::new(&t, Reply::Status(200)).await;
        let admin = Ctx { rights: Rights::of_scopes(&[Scope::Admin]), ..scene.ctx() };
        let mut tx = scene.app.begin(&admin, "test").await.expect("begins");
        let bare = wish(&scene, "/");
        add(&scene.app, &mut tx, &admin, &bare).await.expect("without fields");
        let greedy = Wish { name: "Other".into(), grants: vec!["personal".into()], ..bare };
        assert!(matches!(add(&scene.app, &mut tx, &admin, &greedy).await, Err(crate::Error::Denied(_))));
        let masked = Ctx { rights: Rights { clear: ClassSet::UP_TO_INTERNAL, ..Rights::everything() }, ..scene.ctx() };
        let refused = add(&scene.app, &mut tx, &masked, &greedy).await;
        assert!(matches!(refused, Err(crate::Error::Invalid { .. })), "nobody sends what they do not see");
    }

    async fn what_did_not_happen_is_not_told(t) {
        let scene = Scene::new(&t, Reply::Status(200)).await;
        let made = scene.add(&wish(&scene, "/")).await;
        let ctx = scene.ctx();
        let mut tx = scene.app.begin(&ctx, "test").await.expect("begins");
        tx.events(vec![scene.event(EventKind::Unsubscribed)]).await.expect("appended");
        drop(tx);
        assert!(scene.log(made.id).await.is_empty(), "rolled back with its event");
        let mut tx = scene.app.begin(&ctx, "test").await.expect("begins");
        tx.events(vec![scene.event(EventKind::Accepted)]).await.expect("appended");
        tx.commit().await.expect("commits");
        assert!(scene.log(made.id).await.is_empty(), "not a kind it asked for");
    }

    async fn a_webhook_of_lists_hears_of_those_lists_only(t) {
        let scene = Scene::new(&t, Reply::Status(200)).await;
        let ctx = scene.ctx();
        let mut tx = scene.app.begin(&ctx, "test").await.expect("begins");
        let other = lists::create(&scene.app, &mut tx, &ctx, lists::NewList::named("Other")).await.expect("a list").id;
        tx.commit().await.expect("commits");
        let made = scene.add(&Wish { lists: vec![other], ..wish(&scene, "/") }).await;
        scene.unsubscribe(0).await;
        assert!(scene.log(made.id).await.is_empty());
        let mut tx = scene.app.begin(&ctx, "test").await.expect("begins");
        let event: Event = scene.event(EventKind::Unsubscribed).on_list(other);
        tx.events(vec![event]).await.expect("appended");
        tx.commit().await.expect("commits");
        assert_eq!(scene.log(made.id).await.len(), 1);
    }

    async fn both_secrets_sign_for_a_day_after_a_change(t) {
        let scene = Scene::new(&t, Reply::Status(200)).await;
        let made = scene.add(&wish(&scene, "/")).await;
        let ctx = scene.ctx();
        let mut tx = scene.app.begin(&ctx, "test").await.expect("begins");
        let new = rotate(&scene.app, &mut tx, &ctx, made.id).await.expect("rotated").secret;
        tx.commit().await.expect("commits");
        assert_ne!(new, made.secret);
        ping(&scene.app, &ctx, made.id).await.expect("asked").expect("answered");
        t.clock.advance(Micros::DAY + 1);
        ping(&scene.app, &ctx, made.id).await.expect("asked").expect("answered");
        let heard = scene.receiver.heard();
        assert!(verified_by_python(&heard[0], &new) && verified_by_python(&heard[0], &made.secret));
        assert!(verified_by_python(&heard[1], &new) && !verified_by_python(&heard[1], &made.secret));
    }

    async fn an_erased_person_is_told_of_no_more(t) {
        let scene = Scene::new(&t, Reply::Status(200)).await;
        let made = scene.add(&wish(&scene, "/")).await;
        scene.unsubscribe(0).await;
        let ctx = scene.ctx();
        let mut tx = scene.app.begin(&ctx, "test").await.expect("begins");
        erasure::erase(&scene.app, &mut tx, &ctx, scene.orchard.people[0]).await.expect("erased");
        assert_eq!(tx.one(&SEALED_LENGTH, args![], |r| r.int(0)).await.expect("counts"), 0);
        tx.commit().await.expect("commits");
        assert_eq!(scene.drain(made.id).await, 0);
        assert!(scene.receiver.heard().is_empty());
    }

    async fn the_job_tells_while_there_is_a_webhook_and_ends_when_there_is_none(t) {
        let scene = Scene::new(&t, Reply::Status(200)).await;
        let made = scene.add(&wish(&scene, "/")).await;
        scene.unsubscribe(0).await;
        let (app, ctx) = (scene.app.clone(), scene.ctx());
        let ending = tokio::spawn(async move {
            scene.receiver.wait_for(1).await;
            let mut tx = scene.app.begin(&ctx, "test").await.expect("begins");
            remove(&scene.app, &mut tx, &ctx, made.id).await.expect("removed");
            tx.commit().await.expect("commits");
            scene
        });
        crate::testing::run_jobs(&app, |registry: &mut JobRegistry, app| webhooks::jobs(registry, app)).await;
        let scene = ending.await.expect("told, then removed");
        assert!(scene.orchard.app.workspace() == app.workspace());
    }

    async fn a_changed_address_is_the_one_that_counts(t) {
        let scene = Scene::new(&t, Reply::Status(200)).await;
        let made = scene.add(&wish(&scene, "/old")).await;
        scene.unsubscribe(0).await;
        let ctx = scene.ctx();
        let mut tx = scene.app.begin(&ctx, "test").await.expect("begins");
        edit(&scene.app, &mut tx, &ctx, made.id, &wish(&scene, "/new")).await.expect("changed");
        tx.commit().await.expect("commits");
        scene.drain(made.id).await;
        assert!(scene.receiver.heard()[0].line.contains("/new"));
        let mut tx = scene.app.begin(&ctx, "test").await.expect("begins");
        let event = log(&scene.app, &mut tx, &ctx, made.id, None, 1).await.expect("reads")[0].event;
        webhooks::replay(&scene.app, &mut tx, &ctx, made.id, event).await.expect("queued again");
        tx.commit().await.expect("commits");
        scene.drain(made.id).await;
        let heard = scene.receiver.heard();
        assert_eq!(heard[0].header("webhook-id"), heard[1].header("webhook-id"), "a repetition is told by its id");
        assert_eq!(scene.state(made.id).await, State::On);
        assert_eq!(deliver::batch(&scene.app, &ctx, None, made.id).await.expect("works"), 0);
    }
}
