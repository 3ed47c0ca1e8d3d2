//! Several workspaces in one store: told apart by key and by query, served in turn.

use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::sync::watch;
use waxwing_domain::{Actor, Ctx, Operation, SystemRng, WorkspaceId};
use waxwing_store::{
    Entry, JobRegistry, KeyFiles, KeyStore, NewJob, Runner, Sequencer, Store, StoreError, StoreOptions, record_head,
};
use waxwing_testkit::store::TestStore;
use waxwing_testkit::store_test;

fn ctx(t: &TestStore, workspace: WorkspaceId) -> Ctx {
    Ctx::host(workspace, t.clock.clone(), Arc::new(SystemRng))
}

async fn queue(t: &TestStore, workspace: WorkspaceId, kind: &'static str, count: usize) {
    let mut tx = t.store.begin(workspace, "test").await.expect("begins");
    for _ in 0..count {
        tx.enqueue(&ctx(t, workspace), NewJob::now(kind, json!({}))).await.expect("queued");
    }
    tx.commit().await.expect("commits");
}

async fn until(what: &str, ready: impl Fn() -> bool) {
    for _ in 0..400 {
        if ready() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("{what}");
}

store_test! {
    async fn a_word_means_one_workspace(t) {
        t.store.create_workspace("Birch & Sons").await.expect("a workspace");
        let again = t.store.create_workspace("Birch Sons").await;
        assert!(matches!(again, Err(StoreError::Conflict(_))));
        let words: Vec<_> = t.store.workspaces().await.expect("lists").iter().map(|w| w.word.to_string()).collect();
        assert_eq!(words, ["test", "birch-sons"]);
    }

    async fn a_transaction_goes_into_one_workspace_and_not_on_into_another(t) {
        let other = t.store.create_workspace("Other").await.expect("a workspace");
        let tx = t.store.read_unbound("test").await.expect("begins").enter(other).expect("the first");
        assert_eq!(tx.workspace(), other);
        assert!(tx.enter(t.workspace).is_err());
    }

    async fn another_process_learns_the_keys_of_a_new_workspace_by_itself(t) {
        let files = KeyFiles::beside(&t.dir.path().join("data"));
        let keys = KeyStore::open(files, None, Arc::new(SystemRng)).expect("keys");
        let (clock, rng) = (t.clock.clone(), Arc::new(SystemRng));
        let server = Store::open(StoreOptions { database: t.database.clone(), keys, clock, rng }).await.expect("opens");
        let new = t.store.create_workspace("New").await.expect("a workspace");
        assert!(server.keys().ring().workspace(new).is_ok(), "whoever asks for keys has those of the file");
        drop(server.read(new, "test").await.expect("begins"));
        server.close().await;
    }

    async fn a_workspace_whose_jobs_fill_every_place_keeps_no_other_waiting(t) {
        let other = t.store.create_workspace("Other").await.expect("a workspace");
        let (long, short) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let mut registry = JobRegistry::default();
        let begun = long.clone();
        registry.on("test.long", 1, move |job| {
            begun.fetch_add(1, Ordering::SeqCst);
            async move {
                job.stopped().await;
                Err(job.interrupted())
            }
        });
        let done = short.clone();
        registry.on("test.short", 1, move |_| {
            done.fetch_add(1, Ordering::SeqCst);
            async { Ok(()) }
        });
        queue(&t, t.workspace, "test.long", 50).await;
        let (stop, stopped) = watch::channel(false);
        let runner = tokio::spawn(Runner::new(t.store.clone(), registry).run(stopped));
        until("the places are not filled", || long.load(Ordering::SeqCst) >= 8).await;
        queue(&t, other, "test.short", 3).await;
        until("the other workspace waits", || short.load(Ordering::SeqCst) == 3).await;
        assert_eq!(long.load(Ordering::SeqCst), 8, "and nobody takes more than there is");
        stop.send(true).expect("heard");
        runner.await.expect("no panic");
    }

    async fn standing_jobs_take_nobodys_place_and_a_new_workspace_gets_its_own(t) {
        for number in 0..9 {
            t.store.create_workspace(&format!("Workspace {number}")).await.expect("a workspace");
        }
        let (standing, short) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let mut registry = JobRegistry::default();
        let begun = standing.clone();
        registry.on("test.standing", 1, move |job| {
            begun.fetch_add(1, Ordering::SeqCst);
            async move {
                job.stopped().await;
                Err(job.interrupted())
            }
        });
        registry.every("test.standing", Duration::from_secs(3_600));
        registry.standing("test.standing");
        let done = short.clone();
        registry.on("test.short", 1, move |job| {
            assert_eq!(job.ctx.origin, Actor::Host);
            done.fetch_add(1, Ordering::SeqCst);
            async { Ok(()) }
        });
        let (stop, stopped) = watch::channel(false);
        let runner = tokio::spawn(Runner::new(t.store.clone(), registry).run(stopped));
        until("not each has one", || standing.load(Ordering::SeqCst) == 10).await;
        queue(&t, t.workspace, "test.short", 5).await;
        until("the others wait", || short.load(Ordering::SeqCst) == 5).await;
        t.store.create_workspace("Newcomer").await.expect("a workspace");
        until("the new one has none", || standing.load(Ordering::SeqCst) == 11).await;
        stop.send(true).expect("heard");
        runner.await.expect("no panic");
    }

    async fn each_workspaces_record_is_numbered_in_its_own_log(t) {
        let other = t.store.create_workspace("Other").await.expect("a workspace");
        for (workspace, count) in [(t.workspace, 1_500), (other, 3)] {
            let mut tx = t.store.begin(workspace, "test").await.expect("begins");
            for number in 0..count {
                let entry = Entry::new(Operation::Change, "test.change").on("thing", number);
                tx.record(&t.store, &ctx(&t, workspace), entry).await.expect("records");
            }
            tx.commit().await.expect("commits");
        }
        assert_eq!(Sequencer::new(t.store.clone()).run_once().await.expect("numbers"), 1_505, "with the makings of two keys");
        for (workspace, size) in [(t.workspace, 1_501), (other, 4)] {
            let mut tx = t.store.read(workspace, "test").await.expect("begins");
            assert_eq!(record_head(&mut tx).await.expect("a head").0, size);
        }
    }
}
