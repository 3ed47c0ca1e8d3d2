//! Imports whose process dies or is asked to end in the middle.

use super::*;
use crate::importing::{jobs, store};
use std::time::Duration;
use tokio::task::JoinHandle;
use waxwing_domain::Micros;
use waxwing_store::JobRegistry;

const ROWS: usize = 40_000;

fn text() -> String {
    let mut text = String::from("email,first_name\n");
    for i in 0..ROWS {
        // Every thousandth row is refused, so that segments are written all along.
        let at = if i % 1_000 == 999 { "-at-" } else { "@" };
        text.push_str(&format!("person{i}{at}example.org,Name {i}\n"));
    }
    text
}

fn runner(app: &App) -> (JoinHandle<()>, tokio::sync::watch::Sender<bool>) {
    let mut registry = JobRegistry::default();
    jobs(&mut registry, app);
    let (stop, stopped) = tokio::sync::watch::channel(false);
    (tokio::spawn(Runner::new(app.store().clone(), registry).run(stopped)), stop)
}

/// Waits until some rows are written, and not all.
async fn underway(t: &TestStore, app: &App, id: ImportId) -> i64 {
    loop {
        let mut tx = app.read(&t.ctx(), "test").await.expect("reads");
        let import = store::one(&mut tx, id).await.expect("reads").expect("an import");
        if import.counts.rows > 0 || import.state != State::Running {
            return import.counts.rows;
        }
        drop(tx);
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

async fn whole(t: &TestStore, app: &App, done: &Report) {
    let (rows, refused) = (ROWS as i64, ROWS as i64 / 1_000);
    assert_eq!((done.state, done.error.clone()), (State::Done, None));
    assert_eq!(numbers(&done.counts), [rows, rows - refused, 0, 0, refused, 0]);
    assert_eq!(members(app, t, MembershipState::Confirmed).await as i64, rows - refused);
    let mut tx = app.read(&t.ctx(), "test").await.expect("reads");
    assert_eq!(subscribers::count(&mut tx).await.expect("counts"), rows - refused);
    drop(tx);
    let text = rejects(app, t, done.id).await;
    let lines: Vec<u64> =
        text.lines().skip(1).map(|l| l.split(',').next().expect("a line").parse().expect("a number")).collect();
    let expected: Vec<u64> = (1..=refused as u64).map(|n| n * 1_000 + 1).collect();
    assert_eq!(lines, expected, "each refused line stands there once");
}

store_test! {
    async fn an_import_that_was_asked_to_stop_goes_on_where_it_was(t) {
        let app = app(&t).await;
        let path = file(&t, "people.csv", text());
        let id = start_from_file(&app, &t.ctx(), &path, "News", CONSENT, false).await.expect("begins");
        let (running, stop) = runner(&app);
        let before = underway(&t, &app, id).await;
        assert!(before < ROWS as i64, "stopped in the middle");
        stop.send_replace(true);
        running.await.expect("stops");
        let done = settle(&t, &app, id).await;
        whole(&t, &app, &done).await;
    }

    async fn an_import_whose_process_was_lost_is_taken_over_and_nobody_is_doubled(t) {
        let app = app(&t).await;
        let path = file(&t, "people.csv", text());
        let id = start_from_file(&app, &t.ctx(), &path, "News", CONSENT, false).await.expect("begins");
        let (lost, _stop) = runner(&app);
        underway(&t, &app, id).await;
        // The runner is gone without a word; its job even goes on for a while, as behind a network
        // that came back, and must not write any more once another has taken over.
        lost.abort();
        t.clock.advance(60 * Micros::SECOND);
        let done = settle(&t, &app, id).await;
        whole(&t, &app, &done).await;
    }
}
