//! A database that goes away in the middle of an import and of a send, and comes back.

use super::crowd::{Crowd, assert_silent, assert_unavailable, word};
use super::house::{House, Serving};
use std::process::Stdio;
use std::time::Duration;
use waxwing_testkit::postgres::Cluster;

const IMPORTED: usize = 40_000;
const MAILED: usize = 3_000;
/// Longer than a job's lease: another attempt takes over, and the one before is fenced off.
const LONG: Duration = Duration::from_secs(18);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn work_goes_on_where_it_was_after_the_database_was_gone() {
    let Some(cluster) = Cluster::start() else { return };
    let house = House::found_in(tempfile::tempdir().expect("a directory"), Some(cluster.url()));
    let crowd = Crowd::beside(&house).await;
    let log = crowd.outside.path().join("waxwing.log");
    let mut serving = house.serve_to(&log);

    import_through_an_outage(&cluster, &house, &crowd, &mut serving).await;
    send_through_an_outage(&cluster, &house, &crowd, &mut serving).await;
    assert!(serving.end(), "and it still ends well");
    assert_silent(&log);
}

async fn import_through_an_outage(cluster: &Cluster, house: &House, crowd: &Crowd, serving: &mut Serving) {
    let file = crowd.csv("many.csv", IMPORTED);
    let words = ["import", word(&file), "--list", "Many", "--consent", "made for a test"];
    let mut import = house.command(&words).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("starts");
    crowd.import_until(serving.address, |import| import["counts"]["new"].as_u64() > Some(0)).await;
    cluster.crash();
    is_plain_about_it(crowd, serving).await;
    cluster.start_again();
    let done = crowd.import_until(serving.address, |import| import["state"] == "done").await;
    assert_eq!((&done["counts"]["rows"], &done["counts"]["new"]), (&IMPORTED.into(), &IMPORTED.into()), "{done}");
    // It followed the work, and may have given that up; the work is the server's.
    import.wait().expect("ends");
}

async fn send_through_an_outage(cluster: &Cluster, house: &House, crowd: &Crowd, serving: &mut Serving) {
    let file = crowd.csv("readers.csv", MAILED);
    house.ask(&["import", word(&file), "--list", "Readers", "--consent", "made for a test"]);
    let sent = house.ask(&["campaign", "send", word(&crowd.letter("Readers"))]);
    crowd.mailboxes.captured().wait_for(MAILED as u64 / 10, super::crowd::PATIENCE).await.expect("it sends");
    cluster.crash();
    assert!(crowd.mailboxes.captured().counts().accepted < MAILED as u64, "it was in the middle");
    is_plain_about_it(crowd, serving).await;
    tokio::time::sleep(LONG).await;
    cluster.start_again();
    let report = crowd.judge(serving.address, sent["id"].as_str().expect("an id"), MAILED).await;
    assert_eq!(report["unknown"], 0, "the process was there all the time, and knows what became of each letter");
}

/// While the database is gone: 503 in plain words for programs and people, and the server stays up.
async fn is_plain_about_it(crowd: &Crowd, serving: &mut Serving) {
    let mut program = crowd.program(serving.address);
    assert_unavailable(&program.get("/api/v1/lists").await.expect("answers"), "the database does not answer");
    let mut person = waxwing_demo::browser::Browser::new(serving.address).expect("loopback");
    // Already the page to sign in at asks the database: which workspaces there are.
    assert_unavailable(&person.open("/sign-in").await.expect("answers"), "the database does not answer");
    assert!(serving.is_up(), "the server goes on");
}
