//! Planted people: imported, mailed, looked at; and no byte of them in any file afterwards.

use super::house::House;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use waxwing_demo::capture::{CaptureOptions, CaptureServer};
use waxwing_demo::mime;
use waxwing_demo::sample::{PLANTED, Planted, write_planted_csv};
use waxwing_store::Engine;
use waxwing_testkit::postgres::Cluster;

#[tokio::test(flavor = "multi_thread")]
async fn no_byte_of_a_planted_person_is_found_in_any_file() {
    let house = House::found(Engine::Sqlite).await.expect("SQLite is always here");
    live(&house).await;
    let searched = search(house.dir.path());
    assert!(searched > 5, "only {searched} files were searched");
}

/// The cluster's log holds every statement with its values, as on the most talkative server.
#[tokio::test(flavor = "multi_thread")]
async fn no_byte_of_a_planted_person_is_found_in_any_file_of_postgres() {
    let Some(cluster) = Cluster::start() else { return };
    let house = House::found_in(tempfile::tempdir().expect("a directory"), Some(cluster.url()));
    live(&house).await;
    cluster.stop();
    search(house.dir.path());
    let searched = search(cluster.folder());
    assert!(searched > 500, "only {searched} files were searched");
    let log = std::fs::read_to_string(cluster.folder().join("log")).expect("a log");
    assert!(log.contains("INSERT INTO ledger") && log.contains("$1 = "), "the log has statements and values");
}

/// Planted people are imported and mailed, and keys rotate.
async fn live(house: &House) {
    let mailboxes = CaptureServer::start(SocketAddr::from(([127, 0, 0, 1], 0)), CaptureOptions::default()).await;
    let mailboxes = mailboxes.expect("loopback");
    let outside = tempfile::tempdir().expect("a directory");
    let inside = house.dir.path().join("tmp");
    std::fs::create_dir(&inside).expect("a directory for temporary files");
    let mut csv = Vec::new();
    write_planted_csv(&mut csv).expect("memory");
    let file = outside.path().join("planted.csv");
    std::fs::write(&file, &csv).expect("writes");
    let letter = outside.path().join("letter.toml");
    std::fs::write(&letter, LETTER).expect("writes");

    house.ask(&["relay", "add", "providers", "--url", &format!("smtp://{}?tls=none", mailboxes.address())]);
    house.ask(&["domain", "add", "larkfield.example"]);
    for words in [
        vec!["import", path(&file), "--list", "Planted", "--consent", "planted for a test"],
        vec!["campaign", "send", path(&letter), "--wait", "--timeout", "120"],
        vec!["keys", "rotate"],
        vec!["doctor"],
    ] {
        logged(house, &words, &inside);
    }
    assert_eq!(mailboxes.captured().counts().accepted, PLANTED.len() as u64, "everybody got it");
    let caught = mailboxes.captured().newest_to(PLANTED[0].email).expect("caught");
    let text = mime::text(&caught.raw).expect("a text part");
    assert!(text.contains(PLANTED[0].first_name), "the letter was personal");
}

const LETTER: &str = "from = \"Larkfield <letters@larkfield.example>\"\nsubject = \"For {{ subscriber.first_name }}\"\n\
    list = \"Planted\"\nformat = \"markdown\"\nbody = \"Dear {{ subscriber.first_name }} {{ subscriber.last_name }}, hello.\"\n";

fn path(path: &Path) -> &str {
    path.to_str().expect("a plain path")
}

/// Runs a command with its whole log in a file that is searched, and its temporary files beside it.
fn logged(house: &House, words: &[&str], tmp: &Path) {
    let log = std::fs::OpenOptions::new()
        .create(true)
        .append(true)
        .open(house.dir.path().join("waxwing.log"))
        .expect("a log");
    let mut command = house.command(words);
    let ended = command
        .env("WAXWING_LOG", "trace,sqlx=debug")
        .env("TMPDIR", tmp)
        .stdout(log.try_clone().expect("a log"))
        .stderr(log)
        .status();
    assert!(ended.expect("runs").success(), "{words:?}: {}", tail(house));
}

fn tail(house: &House) -> String {
    let log = std::fs::read_to_string(house.dir.path().join("waxwing.log")).unwrap_or_default();
    log.lines().rev().take(5).collect::<Vec<_>>().join("\n")
}

/// Looks for every needle in every file; gives how many files there were.
fn search(folder: &Path) -> usize {
    let needles: Vec<String> = PLANTED.iter().flat_map(Planted::needles).collect();
    let files = files(folder);
    for file in &files {
        let bytes = std::fs::read(file).expect("readable");
        for needle in &needles {
            let found = bytes.windows(needle.len()).any(|window| window == needle.as_bytes());
            assert!(!found, "a planted person stands in {}", file.display());
        }
    }
    files.len()
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).expect("readable").map(|entry| entry.expect("readable").path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}
