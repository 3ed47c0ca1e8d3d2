//! Jobs: queued with their cause, run at least once, resumed after a crash.

use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use waxwing_domain::{Actor, ApiKeyId, Micros};
use waxwing_store::{JobError, JobRegistry, JobState, NewJob, Runner, StoreError, args, job_status, statement};
use waxwing_testkit::store_test;

statement! { ORPHAN, "UPDATE jobs SET state = 'leased', lease_epoch = 7, lease_until = $2 WHERE workspace_id = $1" }

async fn wait_for(t: &waxwing_testkit::store::TestStore, id: waxwing_domain::JobId, state: JobState) {
    for _ in 0..300 {
        let mut tx = t.store.read(t.workspace, "test").await.expect("begins");
        if job_status(&mut tx, id).await.expect("a status").is_some_and(|s| s.state == state) {
            return;
        }
        drop(tx);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("the job never became {state:?}");
}

store_test! {
    async fn a_job_runs_for_whoever_caused_it_and_is_retried(t) {
        let seen = Arc::new(AtomicUsize::new(0));
        let mut registry = JobRegistry::default();
        let count = seen.clone();
        registry.on("test.twice", 5, move |job| {
            let count = count.clone();
            async move {
                assert_eq!(job.ctx.origin, Actor::ApiKey(ApiKeyId::from_i64(9)));
                if count.fetch_add(1, Ordering::SeqCst) == 0 {
                    return Err(JobError::Retry { after: 0, why: "first time".into() });
                }
                Ok(())
            }
        });
        let mut ctx = t.ctx();
        ctx.origin = Actor::ApiKey(ApiKeyId::from_i64(9));
        let mut tx = t.store.begin(t.workspace, "test").await.expect("begins");
        let id = tx.enqueue(&ctx, NewJob::now("test.twice", json!({})).unique("k")).await.expect("queued");
        assert_eq!(tx.enqueue(&ctx, NewJob::now("test.twice", json!({})).unique("k")).await.expect("queued"), id);
        tx.commit().await.expect("commits");
        let (stop, stopped) = tokio::sync::watch::channel(false);
        let runner = tokio::spawn(Runner::new(t.store.clone(), registry).run(stopped));
        wait_for(&t, id, JobState::Done).await;
        stop.send(true).expect("heard");
        runner.await.expect("no panic");
        assert_eq!(seen.load(Ordering::SeqCst), 2);
    }

    async fn an_outage_is_waited_through_and_not_counted(t) {
        let seen = Arc::new(AtomicUsize::new(0));
        let mut registry = JobRegistry::default();
        let count = seen.clone();
        registry.on("test.outage", 1, move |_| {
            let count = count.clone();
            async move {
                match count.fetch_add(1, Ordering::SeqCst) {
                    0 | 1 => Err(StoreError::Full.into()),
                    _ => Ok(()),
                }
            }
        });
        let mut tx = t.store.begin(t.workspace, "test").await.expect("begins");
        let id = tx.enqueue(&t.ctx(), NewJob::now("test.outage", json!({}))).await.expect("queued");
        tx.commit().await.expect("commits");
        let (stop, stopped) = tokio::sync::watch::channel(false);
        let runner = tokio::spawn(Runner::new(t.store.clone(), registry).run(stopped));
        for tries in 1..=2 {
            while seen.load(Ordering::SeqCst) < tries {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            wait_for(&t, id, JobState::Ready).await;
            t.clock.advance(Micros::MINUTE);
        }
        wait_for(&t, id, JobState::Done).await;
        let mut tx = t.store.read(t.workspace, "test").await.expect("begins");
        assert_eq!(job_status(&mut tx, id).await.expect("a status").expect("there").attempts, 1);
        stop.send(true).expect("heard");
        runner.await.expect("no panic");
    }

    async fn a_job_of_a_dead_process_goes_on(t) {
        let mut registry = JobRegistry::default();
        registry.on("test.orphan", 5, |_| async { Ok(()) });
        let mut tx = t.store.begin(t.workspace, "test").await.expect("begins");
        let id = tx.enqueue(&t.ctx(), NewJob::now("test.orphan", json!({}))).await.expect("queued");
        tx.exec(&ORPHAN, args![t.ctx().now()]).await.expect("leased by a ghost");
        tx.commit().await.expect("commits");
        t.clock.advance(Micros::MINUTE);
        let (stop, stopped) = tokio::sync::watch::channel(false);
        let runner = tokio::spawn(Runner::new(t.store.clone(), registry).run(stopped));
        wait_for(&t, id, JobState::Done).await;
        stop.send(true).expect("heard");
        runner.await.expect("no panic");
    }

    async fn a_panic_ends_the_job_and_not_the_runner(t) {
        let mut registry = JobRegistry::default();
        registry.on("test.panic", 1, |_| async { panic!("on purpose") });
        registry.on("test.fine", 1, |_| async { Ok(()) });
        let mut tx = t.store.begin(t.workspace, "test").await.expect("begins");
        let bad = tx.enqueue(&t.ctx(), NewJob::now("test.panic", json!({}))).await.expect("queued");
        let fine = tx.enqueue(&t.ctx(), NewJob::now("test.fine", json!({})).at(t.ctx().now().plus(-5))).await.expect("queued");
        tx.commit().await.expect("commits");
        let (stop, stopped) = tokio::sync::watch::channel(false);
        let runner = tokio::spawn(Runner::new(t.store.clone(), registry).run(stopped));
        wait_for(&t, bad, JobState::Failed).await;
        wait_for(&t, fine, JobState::Done).await;
        stop.send(true).expect("heard");
        runner.await.expect("no panic");
    }
}
