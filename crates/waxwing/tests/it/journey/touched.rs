//! Who was touched and what may be known of people, from the command line alone.

use super::house::House;
use std::os::unix::fs::PermissionsExt as _;
use waxwing_store::Engine;

const WINDOW: [&str; 6] = ["--actor", "host", "--from", "2026-01-01", "--to", "2035-12-31"];

/// A list of two people who were brought in and taken out again.
fn taken_out(house: &House) {
    let [people, out] = ["people.csv", "out.csv"].map(|name| house.dir.path().join(name));
    std::fs::write(&people, "email,first_name\nann@larkfield.example,Ann\nbob@larkfield.example,Bob\n")
        .expect("writes");
    let [people, out] = [&people, &out].map(|path| path.to_str().expect("UTF-8"));
    house.ask(&["import", people, "--list", "News", "--consent", "a form at the fair"]);
    house.ask(&["export", "--list", "News", "--purpose", "a move", "--out", out]);
}

#[tokio::test]
async fn an_answer_is_frozen_shown_explained_and_written_to_a_file_on_both_engines() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let Some(house) = House::found(engine).await else { continue };
        taken_out(&house);
        assert_eq!(house.ask(&["blast", "list"])["answers"], serde_json::json!([]));
        let asked = house.ask(&[&["blast"], &WINDOW[..], &["--freeze", "--numbers"]].concat());
        assert_eq!(asked["summary"]["people"]["confirmed"], 2, "{asked}");
        let number = asked["frozen"].as_str().expect("a number").to_owned();
        let listed = house.ask(&["blast", "list"]);
        assert_eq!(
            (&listed["answers"][0]["id"], &listed["answers"][0]["who"]),
            (&number.clone().into(), &"host".into())
        );
        let shown = house.ask(&["blast", "show", &number]);
        assert_eq!(shown["answer"]["summary"], asked["summary"]);
        assert_eq!(shown["hash"].as_str().map(str::len), Some(64));
        let people = house.ask(&["blast", "people", &number, "--sure", "confirmed"]);
        let numbers: Vec<&serde_json::Value> =
            people["people"].as_array().expect("people").iter().map(|one| &one["subject"]).collect();
        assert_eq!(serde_json::json!(numbers), asked["confirmed"]);
        let fields = people["people"][0]["fields"].to_string();
        assert!(fields.contains("\"first_name\"") && fields.contains("\"confirmed\""), "{fields}");
        let first = house.ask(&["blast", "people", &number, "--limit", "1"]);
        assert_eq!((&first["total"], &first["next"]), (&2.into(), numbers[0]));
        let subject = numbers[0].to_string();
        let why = house.ask(&["blast", "why", &number, &subject]);
        let reasons = why["reasons"].as_array().expect("reasons");
        assert!(reasons.iter().any(|one| one["what"] == "exporting.chunk" && one["effect"] == "confirmed"), "{why}");
        assert!(house.refuse(&["blast", "why", &number, "4000000"]).contains("no entry of this answer names"));
        assert!(house.refuse(&["blast", "show", "1"]).contains("frozen answer"));
        assert!(house.refuse(&["blast", "people", &number, "--sure", "perhaps"]).contains("there are confirmed"));
        written(&house, &number);
    }
}

fn written(house: &House, number: &str) {
    let [numbers, people] = ["touched.ndjson", "touched.csv"].map(|name| house.dir.path().join(name));
    let [by_number, with_addresses] = [&numbers, &people].map(|path| path.to_str().expect("UTF-8"));
    let words = ["blast", "file", number, "--purpose", "the authority asks", "--out"];
    let told = house.ask(&[&words[..], &[by_number, "--format", "ndjson"]].concat());
    assert_eq!(told["people"], 2, "{told}");
    let text = std::fs::read_to_string(&numbers).expect("reads");
    assert_eq!(told["bytes"], text.len());
    assert!(text.lines().all(|line| serde_json::from_str::<serde_json::Value>(line).is_ok()), "{text}");
    assert!(text.contains("\"first_name\"") && !text.contains("larkfield.example"), "{text}");
    house.ask(&[&words[..], &[with_addresses, "--addresses"]].concat());
    let text = std::fs::read_to_string(&people).expect("reads");
    assert!(text.starts_with("subject,outcome,field") && text.contains("ann@larkfield.example"), "{text}");
    assert_eq!(people.metadata().expect("exists").permissions().mode() & 0o777, 0o600);
    let again = house.refuse(&[&words[..], &[with_addresses]].concat());
    assert!(again.contains("cannot be written"), "{again}");
    assert_eq!(std::fs::read_to_string(&people).expect("reads"), text, "left as it was");
    let nowhere = house.dir.path().join("nowhere.csv");
    let refused = house.refuse(&["blast", "file", "1", "--purpose", "p", "--out", nowhere.to_str().expect("UTF-8")]);
    assert!(refused.contains("frozen answer") && !nowhere.exists(), "no file without an answer: {refused}");
}

#[tokio::test]
async fn fields_are_listed_defined_changed_and_retired_on_both_engines() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let Some(house) = House::found(engine).await else { continue };
        let field = |key: &str| {
            let fields = house.ask(&["fields", "list"])["fields"].take();
            fields.as_array().and_then(|all| all.iter().find(|one| one["key"] == key).cloned())
        };
        assert_eq!(field("email").expect("built in")["built_in"], true);
        let words = ["fields", "add", "shoe_size", "--label", "Shoe size", "--purpose", "To send shoes that fit"];
        assert!(house.refuse(&[&words[..], &["--class", "secret"]].concat()).contains("there are public, internal"));
        let made = house.ask(&[&words[..], &["--class", "personal", "--form", "number", "--days", "90"]].concat());
        assert_eq!((&made["kind"], &made["retention_days"]), (&"number".into(), &90.into()));
        assert_eq!(field("shoe_size").expect("defined")["kind_of_data_guessed"], true);
        assert!(house.refuse(&[&words[..], &["--class", "personal"]].concat()).contains("in use"));
        house.ask(&["fields", "set", "shoe_size", "--kind-of-data", "preferences", "--days", "30"]);
        let set = field("shoe_size").expect("still there");
        assert_eq!((&set["kind_of_data"], &set["kind_of_data_guessed"]), (&"preferences".into(), &false.into()));
        assert_eq!((&set["label"], &set["retention_days"]), (&"Shoe size".into(), &30.into()), "the rest stays");
        assert_eq!(
            house.ask(&["fields", "set", "shoe_size", "--without-end"])["retention_days"],
            serde_json::Value::Null
        );
        house.ask(&["fields", "retire", "shoe_size"]);
        assert_eq!(field("shoe_size"), None);
        assert!(house.refuse(&["fields", "retire", "email"]).contains("Built-in"));
        house.ask(&["fields", "country"]);
        assert_eq!(field("country").expect("there")["kind"], "country");
    }
}
