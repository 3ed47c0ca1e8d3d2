//! A disk that is really full, in the middle of a send and of an import.
//!
//! The test runs itself again in a mount namespace of its own (`unshare`), where it may mount a
//! small disk that is gone with the process. Where that is not permitted it says SKIPPED; with
//! `WAXWING_REQUIRE_ORACLES=1` that is a failure instead.

use super::crowd::{Crowd, MARK, PATIENCE, assert_silent, assert_unavailable, word};
use super::house::{House, Serving};
use http::Method;
use rustix::fs::{FallocateFlags, fallocate, statvfs};
use rustix::process::geteuid;
use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use waxwing_demo::browser::Browser;
use waxwing_demo::mime;

/// Tells the test inside where its disk is to be.
const INSIDE: &str = "WAXWING_FULL_DISK";
/// More than the ballast wants to see free before it is taken, and little else.
const SIZE: &str = "size=340m";
/// Bytes that are left to the import: too few for all of it.
const ROOM: u64 = 10 << 20;
const IMPORTED: usize = 40_000;
const MAILED: usize = 3_000;

#[test]
fn a_full_disk_stops_the_work_and_room_lets_it_go_on() {
    let place = tempfile::tempdir().expect("a directory");
    if !may_mount() {
        let required = std::env::var("WAXWING_REQUIRE_ORACLES").is_ok_and(|v| v == "1");
        assert!(!required, "a small disk is required (root, or user namespaces), and may not be mounted");
        // Nobody left to read is no reason to stop.
        let _gone = writeln!(std::io::stderr(), "SKIPPED: this user may not mount a small disk");
        return;
    }
    let me = std::env::current_exe().expect("this test");
    let mut inside = apart();
    inside.arg(me).args(["--exact", "journey::full_disk::inside_of_the_namespace", "--nocapture"]);
    let output = inside.env(INSIDE, place.path()).output().expect("starts");
    let said = String::from_utf8_lossy(&output.stderr).into_owned() + &String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}");
}

/// A program in a mount namespace of its own.
fn apart() -> Command {
    let mut command = Command::new("unshare");
    let user: &[&str] = if geteuid().is_root() { &[] } else { &["--user", "--map-root-user"] };
    command.args(user).args(["--mount", "--"]);
    command
}

fn may_mount() -> bool {
    let mount = apart().args(["mount", "-t", "tmpfs", "-o", SIZE, "tmpfs", "/mnt"]).stderr(Stdio::null()).status();
    mount.is_ok_and(|status| status.success())
}

/// The story itself. Does nothing in an ordinary test run.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn inside_of_the_namespace() {
    let Some(place) = std::env::var_os(INSIDE).map(PathBuf::from) else { return };
    let mount = Command::new("mount").args(["-t", "tmpfs", "-o", SIZE, "tmpfs"]).arg(&place).status();
    assert!(mount.expect("starts").success(), "the disk is there");
    let house = House::found_in(tempfile::tempdir_in(&place).expect("a directory"), None);
    let crowd = Crowd::beside(&house).await;
    let log = crowd.outside.path().join("waxwing.log");
    let mut serving = house.serve_to(&log);
    let ballast = house.data().join("ballast");
    until("the ballast is taken", || ballast.exists()).await;
    send(&house, &crowd, &mut serving, &place).await;
    import(&house, &crowd, &mut serving, &place).await;
    assert!(serving.end(), "and it still ends well");
    assert_silent(&log);
    assert!(std::fs::read_to_string(&log).expect("a log").contains("the disk is nearly full"), "it says so");
}

async fn send(house: &House, crowd: &Crowd, serving: &mut Serving, disk: &Path) {
    let file = crowd.csv("readers.csv", MAILED);
    house.ask(&["import", word(&file), "--list", "Readers", "--consent", "made for a test"]);
    let sent = house.ask(&["campaign", "send", word(&crowd.letter("Readers"))]);
    let caught = crowd.mailboxes.captured();
    caught.wait_for(MAILED as u64 / 10, PATIENCE).await.expect("it sends");
    let mut filler = Filler::begin(disk);
    filler.fill();
    until("the ballast is freed", || !house.data().join("ballast").exists()).await;
    unsubscribe(crowd, serving).await;
    stands_still(&mut filler, || caught.counts().accepted).await;
    assert!(caught.counts().accepted < MAILED as u64, "it was in the middle");
    is_plain_about_it(house, crowd, serving).await;
    drop(filler);
    let report = crowd.judge(serving.address, sent["id"].as_str().expect("an id"), MAILED).await;
    assert_eq!((&report["unknown"], &report["unsubscribed"]), (&0.into(), &1.into()), "{report}");
}

/// One of those who got their letter leaves with the room that the ballast gave back.
async fn unsubscribe(crowd: &Crowd, serving: &Serving) {
    let caught = crowd.mailboxes.captured();
    let reader = caught.deliveries().into_keys().next().expect("somebody got a letter");
    let letter = caught.newest_to(&reader).expect("caught");
    let links = mime::list_unsubscribe(&letter.raw);
    let link = links.iter().find(|link| link.starts_with("http")).expect("a one-click link");
    let click = [("List-Unsubscribe".to_owned(), "One-Click".to_owned())];
    let left = Browser::new(serving.address).expect("loopback").post(link, &click).await.expect("answers");
    assert!(left.status.is_success() || left.status.is_redirection(), "{}: {}", left.status, left.body);
}

async fn import(house: &House, crowd: &Crowd, serving: &mut Serving, disk: &Path) {
    let file = crowd.csv("many.csv", IMPORTED);
    let mut filler = Filler::begin(disk);
    until("the ballast is freed", || {
        filler.fill_all_but(ROOM);
        !house.data().join("ballast").exists()
    })
    .await;
    filler.fill_all_but(ROOM);
    let words = ["import", word(&file), "--list", "Many", "--consent", "made for a test"];
    let mut import = house.command(&words).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("starts");
    let stuck = stuck_import(&mut crowd.program(serving.address)).await;
    let new = stuck["counts"]["new"].as_u64().expect("a count");
    assert!(0 < new && new < IMPORTED as u64, "it was in the middle: {stuck}");
    assert_eq!(stuck["state"], "running", "it waits, and is not given up: {stuck}");
    assert!(serving.is_up(), "the server goes on");
    drop(filler);
    let done = crowd.import_until(serving.address, |import| import["state"] == "done").await;
    assert_eq!((&done["counts"]["rows"], &done["counts"]["invalid"]), (&IMPORTED.into(), &0.into()), "{done}");
    import.wait().expect("ends");
    let out = crowd.outside.path().join("out.csv");
    let exported = house.ask(&["export", "--list", "Many", "--purpose", "a test", "--out", word(&out)]);
    assert_eq!(exported["people"], IMPORTED, "everybody once");
}

/// The import of the crowd, once it has begun and makes no more progress.
async fn stuck_import(program: &mut Browser) -> serde_json::Value {
    let mut last = (serde_json::Value::Null, Instant::now());
    while last.0["counts"]["new"].as_u64().unwrap_or(0) == 0 || last.1.elapsed() < Duration::from_secs(4) {
        assert_ne!(last.0["state"], "done", "there was room for all of it");
        assert!(last.1.elapsed() < PATIENCE, "it begins: {}", last.0);
        let page = program.get("/api/v1/imports").await.expect("answers").json();
        if page["items"][0] != last.0 && page["items"][0]["list_name"] == "Many" {
            last = (page["items"][0].clone(), Instant::now());
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    last.0
}

/// On a full disk: 503 in plain words, a command says why, and the server stays up.
async fn is_plain_about_it(house: &House, crowd: &Crowd, serving: &mut Serving) {
    let person = serde_json::json!({ "email": format!("{MARK}.new@postbox.example") });
    let mut program = crowd.program(serving.address);
    let answer = program.api(Method::POST, "/api/v1/subscribers", Some(&person)).await.expect("answers");
    assert_unavailable(&answer, "the disk is full");
    let file = crowd.csv("late.csv", 20_000);
    let said = house.refuse(&["import", word(&file), "--list", "Late", "--consent", "made for a test"]);
    assert!(said.contains("the disk is full") && !said.contains(MARK), "{said}");
    assert!(serving.is_up(), "the server goes on");
}

async fn until(what: &str, mut done: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !done() {
        assert!(begun.elapsed() < PATIENCE, "{what}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Keeps the disk full until `number` has not moved for three seconds.
async fn stands_still(filler: &mut Filler, number: impl Fn() -> u64) {
    let mut last = (number(), Instant::now());
    while last.1.elapsed() < Duration::from_secs(3) {
        filler.fill();
        if number() != last.0 {
            last = (number(), Instant::now());
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Another program that takes all the room there is; it is given back when this is dropped.
struct Filler {
    file: File,
    path: PathBuf,
    taken: u64,
}

impl Filler {
    fn begin(disk: &Path) -> Self {
        let path = disk.join("filler");
        Self { file: File::create(&path).expect("a file"), path, taken: 0 }
    }

    /// Takes what is free now.
    fn fill(&mut self) {
        self.fill_all_but(0);
    }

    /// Takes what is free now but for so many bytes.
    fn fill_all_but(&mut self, left: u64) {
        let disk = statvfs(&self.path).expect("a disk");
        let free = (disk.f_bavail * disk.f_frsize).saturating_sub(left);
        // Somebody else may have taken it first.
        if free > 0 && fallocate(&self.file, FallocateFlags::empty(), self.taken, free).is_ok() {
            self.taken += free;
        }
    }
}

impl Drop for Filler {
    fn drop(&mut self) {
        std::fs::remove_file(&self.path).expect("it is there");
    }
}
