//! The breach centre from outside, under load.

#[path = "../../examples/bench_incident/siege/mod.rs"]
mod siege;

type Outcome<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

use siege::{Plan, Seen};
use std::time::Duration;

/// What was sent before the return may be read a little after it: the askers share two processors with the nodes.
const GRACE: Duration = Duration::from_millis(250);

fn plan() -> Plan {
    Plan { people: 3_000, nodes: 1, postgres: None, slowness: Duration::from_millis(30) }
}

/// Nothing of any kind was honoured once `contain` had returned, and everything was before.
fn nothing_after(seen: &Seen) {
    assert!(seen.returned < Duration::from_secs(2), "it took {:?}", seen.returned);
    for (kind, count, last) in &seen.kinds {
        let kind = kind.words();
        assert!(*count > 2, "{kind} was under way");
        assert!(*last <= seen.returned + GRACE, "{kind}: honoured {last:?} after, returned {:?}", seen.returned);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_one_node_nothing_leaves_once_contain_has_returned() {
    let seen = siege::run(&plan()).await.expect("a siege");
    nothing_after(&seen);
    assert!(seen.a_minute > 0.0, "mail was leaving");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_two_nodes_nothing_leaves_once_contain_has_returned() {
    let Some(url) = waxwing_testkit::store::fresh_postgres().await else { return };
    nothing_after(&siege::run(&Plan { nodes: 2, postgres: Some(url), ..plan() }).await.expect("a siege"));
}
