//! `kill -9` in the middle of an import and of a rotation: nobody is lost, nobody is doubled.

use super::house::{House, Serving};
use serde_json::Value;
use std::fmt::Write as _;
use std::process::Stdio;
use std::time::{Duration, Instant};
use waxwing_demo::browser::Browser;
use waxwing_store::Engine;

const PEOPLE: usize = 30_000;

#[tokio::test(flavor = "multi_thread")]
async fn an_import_and_a_rotation_survive_power_cuts_on_sqlite() {
    survive(House::found(Engine::Sqlite).await.expect("SQLite is always here")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_and_a_rotation_survive_power_cuts_on_postgres() {
    if let Some(house) = House::found(Engine::Postgres).await {
        survive(house).await;
    }
}

async fn survive(house: House) {
    let outside = tempfile::tempdir().expect("a directory");
    let file = outside.path().join("people.csv");
    std::fs::write(&file, csv()).expect("writes");
    let key = house.ask(&["api-key", "create", "test", "--scope", "read,import"]);
    let words = ["import", file.to_str().expect("plain"), "--list", "Many", "--consent", "made for a test"];
    let key = key["key"].as_str().expect("a key");
    cut_off_import(&house, &words, key).await;
    for pause in [300, 700] {
        let serving = house.serve();
        tokio::time::sleep(Duration::from_millis(pause)).await;
        serving.kill();
    }
    finish_import(&house, key).await;
    for pause in [150, 400] {
        cut_off(&house, &["keys", "rotate"], Duration::from_millis(pause));
    }
    let rotated = house.ask(&["keys", "rotate"]);
    assert_eq!(rotated["epochs_alive"], 1, "{rotated}");
    let out = outside.path().join("out.csv");
    let exported =
        house.ask(&["export", "--list", "Many", "--purpose", "a test", "--out", out.to_str().expect("plain")]);
    assert_eq!(exported["people"], PEOPLE);
    assert_eq!(everybody(&std::fs::read_to_string(out).expect("reads")), PEOPLE, "each exactly once, and readable");
}

fn csv() -> String {
    (0..PEOPLE).fold(String::from("email,first_name\n"), |mut text, n| {
        writeln!(text, "person{n}@postbox.example,Person{n}").expect("memory");
        text
    })
}

/// Starts a command and kills it after `pause`, as a power cut would.
fn cut_off(house: &House, words: &[&str], pause: Duration) {
    let mut child = house.command(words).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("starts");
    std::thread::sleep(pause);
    // It may have ended already, on a fast machine.
    let _ended = child.kill();
    child.wait().expect("ends");
}

/// Starts an import and kills the server that does it, once the first people are in.
async fn cut_off_import(house: &House, words: &[&str], key: &str) {
    let serving = house.serve();
    let mut child = house.command(words).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("starts");
    let import = import_until(&serving, key, |import| import["counts"]["new"].as_u64() > Some(0)).await;
    serving.kill();
    assert!(import["counts"]["new"].as_u64() < Some(PEOPLE as u64), "it was in the middle: {import}");
    // It followed the work, and has nothing of its own to lose.
    child.kill().expect("killed, or ended already");
    child.wait().expect("ends");
}

/// Serves until the import is done.
async fn finish_import(house: &House, key: &str) {
    let serving = house.serve();
    let import = import_until(&serving, key, |import| import["state"] == "done").await;
    assert_eq!(import["counts"]["new"], PEOPLE, "{import}");
    assert!(serving.end());
}

/// Waits until the newest import is as it should be; gives up after two minutes.
async fn import_until(serving: &Serving, key: &str, enough: impl Fn(&Value) -> bool) -> Value {
    let mut program = Browser::new(serving.address).expect("loopback").with_key(key);
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(120) {
        let page = program.get("/api/v1/imports").await.expect("answers").json();
        let import = &page["items"][0];
        assert_ne!(import["state"], "failed", "{import}");
        if enough(import) {
            return import.clone();
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("the import does not get there")
}

/// Different addresses in an export.
fn everybody(csv: &str) -> usize {
    let addresses = csv.lines().skip(1).filter_map(|line| line.split(',').next());
    addresses.collect::<std::collections::HashSet<_>>().len()
}
