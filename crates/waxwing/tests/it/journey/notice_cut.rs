//! `kill -9` in the middle of a notice: nobody is told twice, nobody is left out, and the proof says of everybody what is known.
//!
//! Limit: whoever was being written to in the moment of the cut is of unknown fate, and stays so: they are not written to again.

use super::case::Case;
use super::crowd::{Crowd, PATIENCE, word};
use super::house::House;
use serde_json::Value;
use std::collections::{BTreeMap, HashSet};
use std::process::Stdio;
use std::time::{Duration, Instant};
use waxwing_store::Engine;
use waxwing_testkit::neighbour::ID;
use waxwing_testkit::stall::{Outside, Point};

const PEOPLE: usize = 900;

#[tokio::test(flavor = "multi_thread")]
async fn a_notice_survives_power_cuts_on_sqlite() {
    survive(House::found(Engine::Sqlite).await.expect("SQLite is always here")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_notice_survives_power_cuts_on_postgres() {
    if let Some(house) = House::found(Engine::Postgres).await {
        survive(house).await;
    }
}

async fn survive(house: House) {
    let crowd = Crowd::beside(&house).await;
    let people = crowd.csv("people.csv", PEOPLE);
    house.ask(&["import", word(&people), "--list", "Many", "--consent", "made for a test"]);
    let case = Case::of_an_export(&house, "Many");
    let notice = case.notice(&house);
    cut_off_the_order(&house, &case, &notice).await;
    house.ask(&["notice", "send", &case.id, &notice, "--let-stand", "readable"]);
    for reached in [100, 300] {
        let serving = house.serve();
        arrived(&crowd, reached).await;
        serving.kill();
        later(&house).await;
    }
    let serving = house.serve();
    until_told(&house, &case, &notice).await;
    assert!(serving.end());
    judge(&house, &crowd, &case, &notice);
}

/// Before its commit nothing is ordered, and it can be ordered anew.
async fn cut_off_the_order(house: &House, case: &Case, notice: &str) {
    let mut outside = Outside::open(&house.stored()).await;
    let when = format!("NEW.workspace_id <> {ID}");
    outside.stall(&Point { table: "notices", on: "UPDATE", when: &when }).await;
    let words = ["notice", "send", &case.id, notice, "--let-stand", "readable"];
    let mut child = house.command(&words).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("starts");
    outside.wait().await;
    child.kill().expect("it stalls, so it runs");
    child.wait().expect("ends");
    outside.clear("notices").await;
    assert_eq!(house.ask(&["notice", "list", &case.id])["items"][0]["state"], "draft");
}

/// Waits until so many have mail.
async fn arrived(crowd: &Crowd, people: usize) {
    let begun = Instant::now();
    while crowd.mailboxes.captured().deliveries().len() < people {
        assert!(begun.elapsed() < PATIENCE, "mail does not leave");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let so_far = crowd.mailboxes.captured().deliveries().len();
    assert!(so_far < PEOPLE, "it was in the middle: {so_far}");
}

/// A quarter of an hour later, without waiting for it: leases are over, and what was under way is given up.
async fn later(house: &House) {
    let mut outside = Outside::open(&house.stored()).await;
    outside.run("UPDATE leases SET until = 0").await;
    outside.run("UPDATE jobs SET lease_until = 0 WHERE state = 'leased'").await;
    outside.run("UPDATE ledger SET next_at = 0 WHERE state IN (1, 2)").await;
}

async fn until_told(house: &House, case: &Case, notice: &str) {
    let begun = Instant::now();
    loop {
        let list = house.ask(&["notice", "list", &case.id]);
        let mine = list["items"].as_array().expect("a list").iter().find(|one| one["id"] == notice);
        if mine.expect("it is there")["waiting"] == 0 {
            return;
        }
        assert!(begun.elapsed() < PATIENCE, "it does not come to its end: {list}");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

fn judge(house: &House, crowd: &Crowd, case: &Case, notice: &str) {
    let file = house.dir.path().join("proof.json");
    house.ask(&["notice", "proof", &case.id, notice, word(&file)]);
    let proof: Value = serde_json::from_str(&std::fs::read_to_string(&file).expect("a file")).expect("JSON");
    let deliveries = crowd.mailboxes.captured().deliveries();
    assert!(deliveries.values().all(|copies| *copies == 1), "somebody was told twice");
    let rows =
        proof["parts"].as_array().expect("parts").iter().flat_map(|part| part["people"].as_array().expect("people"));
    let (mut outcomes, mut told) = (BTreeMap::<String, usize>::new(), HashSet::new());
    for row in rows {
        assert!(told.insert(row["person"].as_u64().expect("a number")), "{row} stands there twice");
        *outcomes.entry(row["outcome"].as_str().expect("a word").to_owned()).or_default() += 1;
    }
    let of = |word: &str| outcomes.get(word).copied().unwrap_or_default();
    assert_eq!((told.len(), of("accepted") + of("unknown")), (PEOPLE, PEOPLE), "somebody was left out: {outcomes:?}");
    let arrived = deliveries.len();
    assert!(of("accepted") <= arrived && arrived <= of("accepted") + of("unknown"), "{arrived}: {outcomes:?}");
    assert_eq!(proof["numbers"]["people"], PEOPLE, "{}", proof["numbers"]);
}
