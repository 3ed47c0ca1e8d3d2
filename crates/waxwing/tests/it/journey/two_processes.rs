//! Two real processes on one PostgreSQL, watched from outside while somebody presses “Contain it now” on one of them.
//!
//! The clock runs from the click: the POST of the form by a person who has just proved who they are. What counts is when
//! an answer with people in it had arrived whole, at a client, by a session, a key or an export, on either process.
//! Limit: both processes and all clients are on this machine, so that no network is between them.

use super::house::{House, OWNER};
use http::Method;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use tokio::task::JoinHandle;
use waxwing_demo::browser::{Browser, forms};
use waxwing_store::Engine;

const PASSWORD: &str = "orchard-lantern-vexing-plum";
const PAGE: &str = "/security/containment";
/// In every address, and so in whatever an intruder gets.
const MARK: &str = "@postbox.example";
/// People of the house: enough that an export takes a while.
const PEOPLE: usize = 400;
/// What was promised.
const PROMISE: Duration = Duration::from_secs(2);
/// How long the watchers go on afterwards.
const AFTERWARDS: Duration = Duration::from_secs(4);

/// What an intruder asks for again and again.
#[derive(Clone)]
enum Ask {
    Page(&'static str),
    Export(String),
}

/// One intruder: what they ask for where, and each moment at which they had people.
struct Watcher {
    name: String,
    running: JoinHandle<Vec<Instant>>,
}

#[tokio::test(flavor = "multi_thread")]
async fn within_two_seconds_of_the_click_neither_process_honours_what_was_there_before() {
    let Some(house) = furnished().await else { return };
    let (one, other) = (house.serve(), house.serve());
    let mut defender = Browser::new(one.address).expect("loopback");
    join(&house, &mut defender).await;
    let key = house.ask(&["api-key", "create", "test", "--scope", "read,export"]);
    let key = key["key"].as_str().expect("a key").to_owned();
    let list = list_of(&key, one.address).await;

    let stop = Arc::new(AtomicBool::new(false));
    let mut watchers = Vec::new();
    for (word, address) in [("the first", one.address), ("the second", other.address)] {
        let session = signed_in(address).await;
        watchers.push(watch(format!("a session at {word}"), session, Ask::Page("/audience"), &stop));
        let program = || Browser::new(address).expect("loopback").with_key(&key);
        watchers.push(watch(format!("a key at {word}"), program(), Ask::Page("/api/v1/subscribers?limit=50"), &stop));
        let export = format!("/api/v1/lists/{list}/export?purpose=audit");
        watchers.push(watch(format!("an export at {word}"), program(), Ask::Export(export), &stop));
    }
    tokio::time::sleep(Duration::from_secs(3)).await;
    let clicked = click(&mut defender).await;
    let returned = clicked.elapsed();
    tokio::time::sleep(PROMISE + AFTERWARDS).await;
    stop.store(true, Ordering::Relaxed);

    for watcher in watchers {
        let got = watcher.running.await.expect("the watcher runs");
        let had = got.iter().any(|at| *at < clicked && clicked.duration_since(*at) < PROMISE);
        assert!(had, "{} had nothing just before the click", watcher.name);
        let last = got.last().map(|at| at.saturating_duration_since(clicked)).unwrap_or_default();
        assert!(last < PROMISE, "{} had people {} ms after the click", watcher.name, last.as_millis());
    }
    assert!(returned < PROMISE, "the form took {} ms", returned.as_millis());
    assert!(one.end() && other.end());
}

/// A house on PostgreSQL with people in it; `None` where there is none to test on.
async fn furnished() -> Option<House> {
    let house = House::found(Engine::Postgres).await?;
    let people = house.dir.path().join("people.csv");
    let rows: String = (0..PEOPLE).map(|number| format!("p{number}{MARK}\n")).collect();
    std::fs::write(&people, format!("email\n{rows}")).expect("writes");
    house.ask(&["import", people.to_str().expect("plain"), "--list", "Letters", "--consent", "made for a test"]);
    Some(house)
}

/// The owner chooses a password, which signs in and is a proof.
async fn join(house: &House, browser: &mut Browser) {
    let link = house.founded["link"].as_str().expect("a link");
    let path = link[link.find("/welcome/").expect("a welcome link")..].to_owned();
    let fields = [("password", PASSWORD), ("repeat", PASSWORD)];
    let welcomed = browser.submit(&path, "/welcome", &fields).await.expect("answers");
    assert!(welcomed.status.is_redirection(), "{}: {}", welcomed.status, welcomed.body);
}

/// Somebody who has the password, in a browser of their own.
async fn signed_in(server: SocketAddr) -> Browser {
    let mut browser = Browser::new(server).expect("loopback");
    let fields = [("email", OWNER), ("password", PASSWORD)];
    let entered = browser.submit("/sign-in", "/sign-in", &fields).await.expect("answers");
    assert!(entered.status.is_redirection(), "{}: {}", entered.status, entered.body);
    browser
}

async fn list_of(key: &str, server: SocketAddr) -> String {
    let mut program = Browser::new(server).expect("loopback").with_key(key);
    let lists = program.get("/api/v1/lists").await.expect("answers").json();
    lists["items"][0]["id"].as_str().expect("a list").to_owned()
}

fn watch(name: String, mut browser: Browser, ask: Ask, stop: &Arc<AtomicBool>) -> Watcher {
    let stop = stop.clone();
    let running = tokio::spawn(async move {
        let mut got = Vec::new();
        while !stop.load(Ordering::Relaxed) {
            let answer = match &ask {
                Ask::Page(path) => browser.get(path).await,
                Ask::Export(path) => browser.api(Method::POST, path, None).await,
            };
            // An answer that breaks off is none: what arrived of it is worth nothing as a whole.
            if answer.is_ok_and(|answer| answer.status.is_success() && answer.body.contains(MARK)) {
                got.push(Instant::now());
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        got
    });
    Watcher { name, running }
}

/// Opens the page, fills the form, and presses the button; gives when it was pressed.
async fn click(defender: &mut Browser) -> Instant {
    let shown = defender.open(PAGE).await.expect("answers");
    let form = forms(&shown.body, PAGE).into_iter().find(|form| form.method == Method::POST && form.action == PAGE);
    let fields = form.expect("the form").filled(&[("scope", "workspace"), ("reason", "A laptop was stolen.")]);
    let clicked = Instant::now();
    let answer = defender.post(PAGE, &fields).await.expect("answers");
    assert!(answer.status.is_redirection(), "{}: {}", answer.status, answer.body);
    let stays = defender.get("/security").await.expect("answers");
    assert!(stays.status.is_success(), "whoever contains stays signed in: {}", stays.status);
    clicked
}
