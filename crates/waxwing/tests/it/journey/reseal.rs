//! New keys under everything, killed in the middle and asked for again: nobody and nothing is lost.
//!
//! A trigger stalls a job in the middle of a transaction until its process is killed; the next process goes on. At the
//! end every cell of the database is looked at from outside: none names an older key.

use super::house::House;
use std::collections::BTreeSet;
use std::process::Stdio;
use std::time::{Duration, Instant};
use waxwing_store::Engine;
use waxwing_testkit::neighbour::ID;
use waxwing_testkit::stall::{Outside, Point};

/// How long a re-sealing of this small house may take.
const PATIENCE: Duration = Duration::from_secs(60);
/// Where the process is killed, each time in a re-sealing of its own.
const POINTS: [(&str, &str); 5] = [
    ("key_fences", "NEW.kind = 'secrets'"),
    ("record_bodies", "1 = 1"),
    ("relays", "1 = 1"),
    ("subject_keys", "NEW.generation > OLD.generation"),
    ("key_reseals", "NEW.next > OLD.next"),
];

#[tokio::test(flavor = "multi_thread")]
async fn a_resealing_that_is_killed_anywhere_loses_nothing_on_sqlite() {
    killed_anywhere(Engine::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_resealing_that_is_killed_anywhere_loses_nothing_on_postgres() {
    killed_anywhere(Engine::Postgres).await;
}

async fn killed_anywhere(engine: Engine) {
    let Some(house) = furnished(engine).await else { return };
    let before = people(&house, "before.csv");
    let mut outside = Outside::open(&house.stored()).await;
    for (table, when) in POINTS {
        house.ask(&["keys", "reseal"]);
        let when = format!("NEW.workspace_id <> {ID} AND {when}");
        outside.stall(&Point { table, on: "UPDATE", when: &when }).await;
        let mut serve = house.command(&["serve", "--listen", "127.0.0.1:0"]);
        let mut child = serve.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("starts");
        outside.wait().await;
        child.kill().expect("it stalls, so it runs");
        child.wait().expect("ends");
        outside.clear(table).await;
        let serving = house.serve();
        finished(&mut outside).await;
        assert!(serving.end());
    }
    house.ask(&["keys", "reseal", "--wait"]);
    let generations = "SELECT CAST(MIN(generation) AS TEXT), CAST(MAX(generation) AS TEXT) FROM subject_keys";
    let generations = outside.ask(&format!("{generations} WHERE workspace_id <> {ID}")).await;
    let turns = (POINTS.len() + 2).to_string();
    assert_eq!(generations[0][..2], [turns.clone(), turns], "one new key for everybody each time");
    assert_eq!(people(&house, "after.csv"), before);
    let doctor = house.run(&["doctor"]);
    let said = String::from_utf8_lossy(&doctor.stdout);
    assert!(said.contains("no re-sealing waits"), "{said}");
    no_cell_names_an_older_key(&mut outside, engine, POINTS.len() as u32 + 2).await;
}

/// A house with something sealed in many tables.
async fn furnished(engine: Engine) -> Option<House> {
    let house = House::found(engine).await?;
    let people = house.dir.path().join("people.csv");
    let rows: String = (0..40).map(|number| format!("p{number}@postbox.example\n")).collect();
    std::fs::write(&people, format!("email\n{rows}")).expect("writes");
    house.ask(&["import", people.to_str().expect("plain"), "--list", "Letters", "--consent", "made for a test"]);
    house.ask(&["webhook", "add", "Shop", "--url", "https://hooks.example/in", "--kind", "unsubscribed"]);
    house.ask(&["domain", "add", "larkfield.example"]);
    house.ask(&["relay", "add", "Post", "--url", "smtp://kestrel:secret-login@relay.example:587"]);
    house.ask(&["incident", "open", "Somebody unknown signed in", "--loss", "confidentiality", "--severity", "high"]);
    Some(house)
}

/// Everybody's line of an export.
fn people(house: &House, name: &str) -> BTreeSet<String> {
    let out = house.dir.path().join(name);
    let path = out.to_str().expect("plain");
    house.ask(&["export", "--list", "Letters", "--purpose", "to compare", "--out", path]);
    let text = std::fs::read_to_string(&out).expect("reads");
    let people: BTreeSet<String> =
        text.lines().filter(|line| line.contains("@postbox.example")).map(str::to_owned).collect();
    assert_eq!(people.len(), 40);
    people
}

async fn finished(outside: &mut Outside) {
    let begun = Instant::now();
    let open = format!(
        "SELECT CAST((SELECT COUNT(*) FROM key_reseals WHERE ended_at IS NULL AND workspace_id <> {ID}) + \
         (SELECT COUNT(*) FROM jobs WHERE kind IN ('keys.reseal_secrets', 'keys.reseal_people', 'keys.rotate') \
          AND state IN ('ready', 'leased') AND workspace_id <> {ID}) AS TEXT)"
    );
    while outside.ask(&open).await[0][0] != "0" {
        assert!(begun.elapsed() < PATIENCE, "it does not come to its end");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// Looks at all columns of bytes, whatever anybody declared: what looks like an envelope under a key of the workspace
/// names the version in use, and the same holds for people's generations.
async fn no_cell_names_an_older_key(outside: &mut Outside, engine: Engine, version: u32) {
    let columns = match engine {
        Engine::Sqlite => {
            "SELECT m.name, p.name, '' FROM sqlite_master m, pragma_table_info(m.name) p \
             WHERE m.type = 'table' AND lower(p.type) = 'blob'"
        }
        Engine::Postgres => {
            "SELECT table_name::text, column_name::text, '' FROM information_schema.columns \
             WHERE table_schema = 'public' AND data_type = 'bytea'"
        }
    };
    let (hex, length) = if engine == Engine::Sqlite { ("hex", "length") } else { ("encode", "octet_length") };
    let mut seen = 0;
    for [table, column, _] in outside.ask(columns).await {
        let beginning = match engine {
            Engine::Sqlite => format!("{hex}(substr({column}, 1, 10))"),
            Engine::Postgres => format!("upper({hex}(substr({column}, 1, 10), 'hex'))"),
        };
        let cells = format!("SELECT DISTINCT {beginning}, '', '' FROM {table} WHERE {length}({column}) >= 90");
        for [begins, ..] in outside.ask(&cells).await {
            if begins.starts_with("0103") || begins.starts_with("0104") {
                seen += 1;
                assert_eq!(
                    begins[4..12],
                    format!("{version:08X}"),
                    "{table}.{column} holds a value under an older key"
                );
            } else if begins.starts_with("0101") {
                assert_eq!(begins[12..20], format!("{version:08X}"), "{table}.{column} holds a value of an older key");
            }
        }
    }
    assert!(seen >= 8, "only {seen} columns had anything to look at");
}
