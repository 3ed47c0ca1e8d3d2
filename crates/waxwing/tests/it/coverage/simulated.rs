//! Every detector of the product is judged by a row of the simulation or within its takeovers, or it is said why not.

use std::collections::BTreeSet;
use waxwing_app::alerts::Detector;

#[test]
fn every_detector_is_played_in_the_simulation_or_has_a_reason() {
    let rows = include_str!("../../../../waxwing-detect/examples/bench_detect/rows.txt");
    let rows = rows.lines().filter(|line| !line.starts_with('#')).map(|line| line.split_once(": ").expect("a colon"));
    let mut named = BTreeSet::new();
    for (word, judged) in rows {
        let is_played = judged.starts_with("row ") || judged.starts_with("takeovers, ");
        let said = judged.strip_prefix("none, ").map_or(is_played, |reason| reason.len() > 30);
        assert!(said, "{word}: neither played nor a reason");
        assert!(named.insert(word), "{word} stands twice");
    }
    assert_eq!(named, Detector::all().map(Detector::as_str).collect());
}
