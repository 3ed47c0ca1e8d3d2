//! Every kind of job belongs to a feature and stands at the head of its `mod.rs`.

use super::routes::app;
use super::sources;
use waxwing_store::Engine;
use waxwing_testkit::store::TestStore;

#[tokio::test(flavor = "multi_thread")]
async fn every_job_is_named_at_the_door_of_its_feature() {
    let t = TestStore::open(Engine::Sqlite).await.expect("SQLite is always here");
    for kind in waxwing_breach::jobs(&app(&t)).kinds() {
        let stands = sources::features().iter().any(|feature| head(feature).contains(kind));
        assert!(stands, "the job {kind} stands in no feature's opening comment");
    }
}

#[test]
fn every_feature_opens_with_promise_states_tables_events_and_jobs() {
    for feature in sources::features() {
        let head = head(&feature);
        for word in ["Promise", "States", "Tables", "Events", "Jobs"] {
            assert!(head.contains(word), "{feature}/mod.rs does not say its {word}");
        }
    }
}

/// The `//!` lines of a feature.
fn head(feature: &str) -> String {
    let text = sources::read(sources::feature(feature).join("mod.rs"));
    text.lines().take_while(|line| line.starts_with("//!")).collect::<Vec<_>>().join("\n")
}
