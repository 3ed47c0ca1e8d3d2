//! A backup made and put back by the binary, from either engine to the other.

use super::house::{House, last_json};
use std::process::{Command, Stdio};
use waxwing_store::Engine;
use waxwing_testkit::store::fresh_postgres;

/// An empty place beside `house`, with a copy of its root key.
struct Empty<'a> {
    house: &'a House,
    database: Option<String>,
}

impl Empty<'_> {
    fn run(&self, words: &[&str]) -> std::process::Output {
        let data = self.house.dir.path().join("second/data");
        let mut command = Command::new(env!("CARGO_BIN_EXE_waxwing"));
        command.args(words).arg("--data").arg(data).arg("--json").env_remove("WAXWING_DATABASE").stdin(Stdio::null());
        if let (Some(url), "restore") = (&self.database, words[0]) {
            command.args(["--database", url]);
        }
        command.output().expect("the binary starts")
    }
}

fn with_root_key<'a>(house: &'a House, database: Option<String>) -> Empty<'a> {
    let keys = house.dir.path().join("second/data-keys");
    std::fs::create_dir_all(&keys).expect("a directory");
    std::fs::copy(house.founded["root_key"].as_str().expect("a path"), keys.join("root.key"))
        .expect("the root key is kept apart");
    Empty { house, database }
}

async fn there_and_back(from: Engine, to: Engine) {
    let Some(house) = House::found(from).await else { return };
    let database = match to {
        Engine::Sqlite => None,
        Engine::Postgres => match fresh_postgres().await {
            Some(url) => Some(url),
            None => return,
        },
    };
    let people = house.dir.path().join("people.csv");
    std::fs::write(&people, "email\nann@larkfield.example\nbob@larkfield.example\n").expect("writes");
    house.ask(&["import", people.to_str().expect("UTF-8"), "--list", "News", "--consent", "a form at the fair"]);
    let out = house.dir.path().join("copy");
    let out = out.to_str().expect("UTF-8");
    let made = house.ask(&["backup", "--out", out]);
    assert_eq!(made["root_key_included"], false);
    assert!(house.refuse(&["backup", "--out", out]).contains("left alone"));
    assert!(house.refuse(&["restore", "--from", out]).contains("not empty"), "a place that is lived in");
    let empty = with_root_key(&house, database);
    let output = empty.run(&["restore", "--from", out]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(last_json(&output)["forgotten"], 0);
    let copy = house.dir.path().join("copy.csv");
    let output = empty.run(&["export", "--list", "News", "--purpose", "test", "--out", copy.to_str().expect("UTF-8")]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = std::fs::read_to_string(copy).expect("reads");
    assert!(text.contains("ann@larkfield.example") && text.contains("bob@larkfield.example"));
}

#[tokio::test]
async fn a_backup_of_sqlite_comes_back_on_postgres() {
    there_and_back(Engine::Sqlite, Engine::Postgres).await;
}

#[tokio::test]
async fn a_backup_of_postgres_comes_back_on_sqlite() {
    there_and_back(Engine::Postgres, Engine::Sqlite).await;
}
