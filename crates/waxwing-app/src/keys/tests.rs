//! Rotation of keys, in sentences.

use super::*;
use crate::AppConfig;
use std::time::Duration;
use tokio::sync::watch;
use waxwing_domain::SubjectNo;
use waxwing_store::{JobState, JobStatus, Runner, args, bulk, new_person, statement};
use waxwing_testkit::store::TestStore;
use waxwing_testkit::store_test;

bulk! { PUT, into "subject_keys" (subject: Int, generation: Int, epoch: Int, wrapped: Blob), "" }
statement! { ENTRIES, "SELECT COUNT(*) FROM record_pending WHERE workspace_id = $1" }

fn app(t: &TestStore) -> App {
    let config = AppConfig {
        data: t.dir.path().join("data"),
        public_url: "http://127.0.0.1:8080".into(),
        content_url: "http://127.0.0.1:8080".into(),
        dns: None,
        ehlo: "waxwing.example".into(),
    };
    App::new(t.store.clone(), config, t.workspace)
}

async fn people(t: &TestStore, count: u32) {
    let mut tx = t.store.begin(t.workspace, "test").await.expect("begins");
    let allocation = t.store.allocate_subjects(&mut tx, count).await.expect("numbers");
    let row = |n: u32| {
        let (_, wrapped, epoch) = new_person(t.workspace, SubjectNo::new(n), &allocation, &**t.store.rng());
        args![i64::from(n), 1_i64, i64::from(epoch), wrapped]
    };
    tx.bulk(&PUT, allocation.subjects.clone().map(row).collect()).await.expect("inserts");
    tx.commit().await.expect("commits");
}

/// Runs the product's jobs until `job` is final.
pub(super) async fn run_to_end(app: &App, job: JobId) -> JobStatus {
    let (stop, stopped) = watch::channel(false);
    let mut registry = waxwing_store::JobRegistry::default();
    super::jobs(&mut registry, app);
    let runner = tokio::spawn(Runner::new(app.store().clone(), registry).run(stopped));
    let followed = Runner::follow(app.store(), app.workspace(), job, |_| {});
    let status = tokio::time::timeout(Duration::from_secs(60), followed).await.expect("ends in time").expect("follows");
    stop.send_replace(true);
    runner.await.expect("stops");
    status
}

store_test! {
    async fn a_rotation_ends_with_one_young_epoch(t) {
        people(&t, 2_100).await;
        let app = app(&t);
        t.clock.advance(Micros::DAY);
        let job = rotate(&app, &t.ctx()).await.expect("queues");
        assert_eq!(run_to_end(&app, job).await.state, JobState::Done);
        let age = age(&app);
        assert_eq!((age.epoch, age.alive), (2, 1));
        assert_eq!(app.store().keys_behind(t.workspace).await.expect("counts"), 0);
        let mut tx = t.store.read(t.workspace, "test").await.expect("begins");
        assert_eq!(tx.one(&ENTRIES, args![], |r| r.int(0)).await.expect("counts"), 3, "both acts are on the record, and the log’s key");
    }

    async fn a_rotation_that_a_crash_cut_off_goes_on_and_begins_no_second_epoch(t) {
        people(&t, 2_100).await;
        let app = app(&t);
        t.clock.advance(Micros::DAY);
        let job = rotate(&app, &t.ctx()).await.expect("queues");
        // What a process did before it was killed: the ring has the epoch, one batch is carried over.
        t.store.begin_epoch().await.expect("begins");
        let mut tx = t.store.begin(t.workspace, "test").await.expect("begins");
        t.store.rewrap_batch(&mut tx, SubjectNo::new(0)).await.expect("rewraps");
        tx.commit().await.expect("commits");
        assert_eq!(run_to_end(&app, job).await.state, JobState::Done);
        assert_eq!((age(&app).epoch, age(&app).alive), (2, 1));
    }

    async fn after_a_renewal_links_are_made_by_another_key_and_those_sent_before_still_work(t) {
        let app = app(&t);
        let (source, subject) = (waxwing_domain::SourceId::from_i64(7), SubjectNo::new(3));
        let token = |url: String| url.rsplit('/').next().expect("a token").to_owned();
        let link = || crate::sending::links::unsubscribe_url(&app, t.workspace, source, subject).map(token);
        let old = link().expect("a link");
        t.clock.advance(Micros::DAY);
        for _ in 0..2 {
            let mut tx = app.begin(&t.ctx(), "test").await.expect("begins");
            let job = renew_links(&mut tx, &t.ctx(), Micros::from_i64(waxwing_testkit::store::START + 1)).await.expect("queues");
            tx.commit().await.expect("commits");
            assert_eq!(run_to_end(&app, job).await.state, JobState::Done);
        }
        assert_eq!(link_keys(&app, &t.ctx()).expect("known"), LinkKeys { makes: 2, verifies_from: 1 }, "once, not twice");
        let new = link().expect("a link");
        assert_ne!(old, new);
        for token in [old, new] {
            let read = crate::sending::links::parse_unsubscribe(&app, t.workspace, &token);
            assert_eq!(read, Some((source, subject)));
        }
    }

    async fn asking_twice_rotates_once(t) {
        let app = app(&t);
        t.clock.advance(Micros::DAY);
        let first = rotate(&app, &t.ctx()).await.expect("queues");
        assert_eq!(rotate(&app, &t.ctx()).await.expect("queues"), first);
    }

    async fn a_visitor_may_not_rotate(t) {
        let app = app(&t);
        assert!(matches!(rotate(&app, &app.visitor()).await, Err(crate::Error::Denied(_))));
    }
}
