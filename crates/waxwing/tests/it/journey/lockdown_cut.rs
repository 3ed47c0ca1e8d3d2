//! `kill -9` at every step of a containment: it is not done at all, or it goes on to the same end.
//!
//! A trigger in the database stalls the step, in the middle of its transaction, until its process is killed. One
//! house is cut off everywhere, another nowhere, and then they are compared.

use super::house::House;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use waxwing_store::Engine;
use waxwing_testkit::neighbour::ID;
use waxwing_testkit::stall::{Outside, Point};

/// The steps, in the order in which they are done.
const STEPS: [&str; 12] = [
    "snapshot",
    "hold",
    "sessions",
    "api_keys",
    "passwords",
    "webhooks",
    "epoch",
    "reseal_secrets",
    "reseal_people",
    "links",
    "relays",
    "dkim",
];
/// How long a containment may take to come to its end.
const PATIENCE: Duration = Duration::from_secs(120);

#[tokio::test(flavor = "multi_thread")]
async fn a_containment_that_is_cut_off_at_every_step_comes_to_the_same_end_on_sqlite() {
    compare(Engine::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_containment_that_is_cut_off_at_every_step_comes_to_the_same_end_on_postgres() {
    compare(Engine::Postgres).await;
}

async fn compare(engine: Engine) {
    let (Some(cut), Some(whole)) = (furnished(engine).await, furnished(engine).await) else { return };
    let undisturbed = {
        whole.ask(&lockdown());
        let serving = whole.serve();
        let end = end_of(&whole).await;
        assert!(serving.end());
        end
    };
    cut_off_the_order(&cut).await;
    cut_off_each_step(&cut).await;
    let serving = cut.serve();
    assert_eq!(end_of(&cut).await, undisturbed);
    assert!(serving.end());
}

fn lockdown() -> [&'static str; 3] {
    ["lockdown", "--reason", "a laptop was stolen"]
}

/// A house with people, a key, a webhook, a relay and a domain: something for each step.
async fn furnished(engine: Engine) -> Option<House> {
    let house = House::found(engine).await?;
    let people = house.dir.path().join("people.csv");
    std::fs::write(&people, "email\nada@postbox.example\nbea@postbox.example\n").expect("writes");
    house.ask(&["import", people.to_str().expect("plain"), "--list", "Letters", "--consent", "made for a test"]);
    house.ask(&["api-key", "create", "test", "--scope", "read,admin"]);
    house.ask(&["webhook", "add", "Shop", "--url", "https://hooks.example/in", "--kind", "unsubscribed"]);
    house.ask(&["domain", "add", "larkfield.example"]);
    Some(house)
}

/// Starts a command and kills it where it stalls.
async fn kill_at(mut command: Command, outside: &mut Outside, point: &Point<'_>) {
    outside.stall(point).await;
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("starts");
    outside.wait().await;
    child.kill().expect("it stalls, so it runs");
    child.wait().expect("ends");
    outside.clear(point.table).await;
}

/// Before its commit nothing is contained; after it everything is, though the command never came to say so.
async fn cut_off_the_order(house: &House) {
    let mut outside = Outside::open(&house.stored()).await;
    let ours = format!("NEW.workspace_id <> {ID}");
    let before = [("containments", "INSERT"), ("containment_steps", "INSERT"), ("gate", "UPDATE")];
    for (table, on) in before {
        kill_at(house.command(&lockdown()), &mut outside, &Point { table, on, when: &ours }).await;
        assert_eq!(gate(&mut outside).await, "normal", "cut off at {table}");
        assert_eq!(count(&mut outside, "containments", "1 = 1").await, "0", "cut off at {table}");
    }
    let after = Point { table: "containments", on: "UPDATE", when: &ours };
    kill_at(house.command(&lockdown()), &mut outside, &after).await;
    assert_eq!(gate(&mut outside).await, "contained");
    assert_eq!(count(&mut outside, "containments", "effective_in IS NULL").await, "1");
}

/// Each step twice: as it begins, and when all of it is done but the commit.
async fn cut_off_each_step(house: &House) {
    let mut outside = Outside::open(&house.stored()).await;
    for step in STEPS {
        for moment in ["NEW.changed_at = OLD.changed_at", "NEW.changed_at <> OLD.changed_at"] {
            let when = format!("NEW.workspace_id <> {ID} AND NEW.step = '{step}' AND {moment}");
            let serve = house.command(&["serve", "--listen", "127.0.0.1:0"]);
            kill_at(serve, &mut outside, &Point { table: "containment_steps", on: "UPDATE", when: &when }).await;
            let done = count(&mut outside, "containment_steps", &format!("step = '{step}' AND state = 'done'")).await;
            assert_eq!(done, "0", "{step} was cut off before its commit");
        }
    }
}

async fn gate(outside: &mut Outside) -> String {
    let rows = outside.ask(&format!("SELECT level FROM gate WHERE workspace_id <> {ID}")).await;
    rows[0][0].clone()
}

async fn count(outside: &mut Outside, table: &str, which: &str) -> String {
    let sql = format!("SELECT CAST(COUNT(*) AS TEXT) FROM {table} WHERE workspace_id <> {ID} AND {which}");
    outside.ask(&sql).await[0][0].clone()
}

/// What is left when all is done, in words that do not differ between two houses.
async fn end_of(house: &House) -> Vec<(String, String)> {
    let mut outside = Outside::open(&house.stored()).await;
    let begun = Instant::now();
    while !is_over(&mut outside).await {
        assert!(begun.elapsed() < PATIENCE, "it does not come to its end");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let steps = format!(
        "SELECT step, state, CAST(count AS TEXT) FROM containment_steps WHERE workspace_id <> {ID} ORDER BY step"
    );
    let mut end: Vec<(String, String)> =
        outside.ask(&steps).await.into_iter().map(|[step, state, count]| (step, format!("{state} {count}"))).collect();
    for (table, which) in LEFT {
        end.push((format!("{table}: {which}"), count(&mut outside, table, which).await));
    }
    end.push(("gate".to_owned(), gate(&mut outside).await));
    end
}

/// What is counted at the end.
const LEFT: [(&str, &str); 10] = [
    ("containments", "state = 'contained'"),
    ("containment_snapshots", "1 = 1"),
    ("holds", "released_at IS NULL"),
    ("api_keys", "revoked_at IS NULL"),
    ("gate_shut", "kind = 'webhook'"),
    ("domains_next", "1 = 1"),
    ("subject_keys", "epoch = 2 AND generation = 2"),
    ("subscribers", "generation = 2"),
    ("key_reseals", "ended_at IS NOT NULL AND done = 2"),
    ("sessions", "ended_at IS NULL"),
];

/// Every step is done, and so is the work that the steps ordered.
async fn is_over(outside: &mut Outside) -> bool {
    let steps = count(outside, "containment_steps", "state <> 'done'").await;
    let ordered = "kind IN ('containment.steps', 'keys.rotate', 'keys.renew_links', 'keys.reseal_secrets', \
                   'keys.reseal_people', 'domains.prepare') AND state IN ('ready', 'leased')";
    steps == "0" && count(outside, "jobs", ordered).await == "0"
}
