//! A case from the host, from its first sign to its end, when the web is not trusted; on both engines, with its bad inputs tried.

use super::house::{House, OWNER};
use serde_json::{Value, json};
use waxwing_store::Engine;

/// A case with words for its drafts and a frozen answer.
pub struct Case {
    /// Its number.
    pub id: String,
    /// The number of the frozen answer.
    pub answer: String,
}

impl Case {
    /// The people of a list left in a file, and nobody should have taken it.
    pub fn of_an_export(house: &House, list: &str) -> Self {
        let out = house.dir.path().join("left.csv");
        let left = house.ask(&["export", "--list", list, "--purpose", "a test", "--out", path(&out)]);
        let id = text(&house.ask(&["case", "open", "A file of addresses left.", "--loss", "confidentiality"])["id"]);
        house.ask(&["case", "window", &id, "2026-01-01T00:00:00Z"]);
        house.ask(&["case", "confirm", &id, "--by", OWNER]);
        let export = text(&left["export"]);
        let asset = ["case", "asset", "add", &id, "export", "The file", "--number", &export, "--compromised", "yes"];
        house.ask(&asset);
        write_drafts(house, &id);
        let counted = house.ask(&["case", "radius", &id]);
        let answer = &counted["count"]["cited"][0]["id"];
        Self { id, answer: answer.as_i64().expect("a number").to_string() }
    }

    /// A notice to the people of its answer, ready to be sent where there is a relay.
    pub fn notice(&self, house: &House) -> String {
        let begun = house.ask(&["notice", "new", &self.id, "--answer", &self.answer]);
        let notice = text(&begun["id"]);
        let mut words = house.ask(&["notice", "words", &self.id, &notice])["words"].take();
        words["from"] = "privacy@larkfield.example".into();
        let file = house.dir.path().join("words.json");
        std::fs::write(&file, words.to_string()).expect("writes");
        let checked = house.ask(&["notice", "words", &self.id, &notice, "--from", path(&file)]);
        assert_eq!(checked["blocked"], checked["relay"] == "", "{checked}");
        notice
    }
}

/// Words for the drafts of a case; what the house knows of itself stays.
fn write_drafts(house: &House, case: &str) {
    let mut words = house.ask(&["duties", "words", case])["words"].take();
    for (part, text) in [
        ("contact", "privacy@larkfield.example"),
        ("what_happened", "Somebody copied entries of our address book."),
        ("consequences", "You may get unwanted mail."),
        ("measures", "We closed the way in."),
        ("advice", "You can ignore such mail."),
    ] {
        words[part] = text.into();
    }
    let file = house.dir.path().join("drafts.json");
    std::fs::write(&file, words.to_string()).expect("writes");
    house.ask(&["duties", "words", case, "--from", path(&file)]);
}

/// A path as an argument.
fn path(path: &std::path::Path) -> &str {
    path.to_str().expect("a plain path")
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}")).to_owned()
}

/// Each house that there is an engine for, with three people on a list.
async fn houses() -> Vec<House> {
    let mut all = Vec::new();
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let Some(house) = House::found(engine).await else { continue };
        let people = house.dir.path().join("people.csv");
        std::fs::write(&people, "email\nada@postbox.example\nbea@postbox.example\ncyd@postbox.example\n")
            .expect("writes");
        house.ask(&["import", path(&people), "--list", "Letters", "--consent", "made for a test"]);
        all.push(house);
    }
    all
}

#[tokio::test]
async fn a_case_goes_from_its_first_sign_to_its_end_on_the_host() {
    for house in houses().await {
        let case = Case::of_an_export(&house, "Letters");
        let id = case.id.as_str();
        assert_eq!(
            house.ask(&["case", "classify", id, "high", "--loss", "confidentiality,integrity"])["severity"],
            "high"
        );
        house.ask(&["case", "note", id, "Somebody saw it.", "--category", "detection"]);
        house.ask(&["case", "pin", id, "0"]);
        let asset = text(&house.ask(&["case", "asset", "list", id])["assets"][0]["id"]);
        house.ask(&["case", "asset", "judge", id, &asset, "yes"]);
        house.ask(&["case", "indicator", "note", id, "address", "192.0.2.7", "--tlp", "clear"]);
        assert_eq!(house.ask(&["case", "indicator", "list", id])["indicators"][0]["value"], "192.0.2.7");
        assert!(
            text(&house.ask(&["case", "indicator", "export", id, "--format", "csv"])["text"]).contains("192.0.2.7")
        );
        let task = text(&house.ask(&["case", "task", "add", id, "Call counsel", "--role", "legal"])["task"]);
        house.ask(&["case", "member", "put", id, OWNER, "--as", "lead"]);
        house.ask(&["case", "task", "assign", id, &task, "--to", OWNER]);
        house.ask(&["case", "task", "finish", id, &task, "She calls back."]);
        assert_eq!(house.ask(&["case", "tasks", id])["tasks"][0]["state"], "done");
        let contact =
            text(&house.ask(&["case", "contact", "add", id, "Cora", "+49 30 1234567", "--as", "Counsel"])["contact"]);
        assert_eq!(house.ask(&["case", "contact", "list", id])["contacts"][0]["phone"], "+49301234567");
        house.ask(&["case", "contact", "remove", id, &contact]);
        house.ask(&["case", "update", "every", id, "60"]);
        house.ask(&["case", "update", "tell", id, "The key is revoked."]);
        assert_eq!(house.ask(&["case", "update", "list", id])["updates"][0]["text"], "The key is revoked.");
        assert_eq!(house.ask(&["case", "check", id])["answers"], 1);
        assert!(house.ask(&["case", "custody", id])["custody"].as_array().is_some_and(|chain| chain.len() >= 2));
        ended(&house, id);
    }
}

/// Contained, explained, closed; what is learned is written after that too.
fn ended(house: &House, id: &str) {
    house.ask(&["case", "contain", id]);
    assert!(house.refuse(&["case", "end", id, "harm", "Told."]).contains("how it came about"));
    assert!(house.ask(&["case", "cause", id])["cause"].is_null());
    house.ask(&["case", "cause", id, "phishing", "A mail with a link."]);
    assert_eq!(house.ask(&["case", "end", id, "harm", "Everybody was told."])["status"], "closed");
    let finding = text(&house.ask(&["case", "finding", "add", id, "Ask for passkeys.", "--owner", OWNER])["finding"]);
    for state in ["done", "held"] {
        house.ask(&["case", "finding", "end", id, &finding, state, "Tried."]);
    }
    assert_eq!(house.ask(&["case", "finding", "list", id])["findings"][0]["state"], "held");
    house.ask(&["case", "teach", id, "Look at the address first."]);
    assert_eq!(house.ask(&["case", "teach", id])["text"], "Look at the address first.");
}

#[tokio::test]
async fn what_is_wrong_with_a_command_about_a_case_is_said_and_nothing_is_done() {
    for house in houses().await {
        let id = text(&house.ask(&["case", "open", "Something."])["id"]);
        let none = "0000000000009";
        for (words, said) in [
            (vec!["case", "show", none], "case"),
            (vec!["case", "show", "nonsense"], "identifier"),
            (vec!["case", "classify", &id, "awful"], "very_high"),
            (vec!["case", "window", &id, "yesterday"], "2026-11-22T10:05:00Z"),
            (vec!["case", "pin", &id, "1000000"], "entry"),
            (vec!["case", "end", &id, "bored", "x"], "false_alarm"),
            (vec!["case", "cause", &id, "fate", "x"], "phishing"),
            (vec!["case", "asset", "add", &id, "cat", "Tom"], "webhook"),
            (vec!["case", "asset", "judge", &id, none, "yes"], "asset"),
            (vec!["case", "indicator", "note", &id, "address", "nowhere"], "192.0.2.7"),
            (vec!["case", "indicator", "export", &id, "--format", "pdf"], "stix"),
            (vec!["case", "task", "add", &id, "x", "--role", "king"], "legal"),
            (vec!["case", "task", "finish", &id, none, "x"], "task"),
            (vec!["case", "member", "put", &id, "nobody@larkfield.example"], "nobody signs in"),
            (vec!["case", "member", "remove", &id, OWNER], "only lead"),
            (vec!["case", "contact", "add", &id, "Cora", "call me"], "+49 30 1234567"),
            (vec!["case", "update", "every", &id, "5"], "quarter of an hour"),
            (vec!["case", "finding", "end", &id, none, "done", "x"], "finding"),
            (vec!["case", "keep", &id, "7"], "answer"),
            (vec!["case", "check", &id], "frozen answer"),
            (vec!["notice", "new", &id, "--answer", "7"], "answer"),
            (vec!["status", "make", &id, "X", "T"], "small letters"),
            (vec!["status", "update", &id, "T", "x"], "page"),
            (vec!["support", "show", &id, none], "message"),
            (vec!["trust", "publish", "magic"], "sealed"),
        ] {
            let answer = house.refuse(&words);
            assert!(answer.contains(said), "{words:?}: {answer}");
        }
        let case = house.ask(&["case", "show", &id]);
        assert_eq!((&case["status"], &case["severity"]), (&json!("suspicion"), &json!("unknown")), "{case}");
        assert_eq!(case["timeline"].as_array().map(Vec::len), Some(1), "only that it was opened: {case}");
    }
}

#[tokio::test]
async fn a_public_page_and_the_trust_page_are_published_from_the_host() {
    for house in houses().await {
        let case = Case::of_an_export(&house, "Letters");
        let id = case.id.as_str();
        assert!(house.ask(&["status", "show", id])["page"].is_null());
        house.ask(&["status", "make", id, "notice-x", "A list left", "--answer", &case.answer]);
        house.ask(&["status", "make", id, "notice-x", "A list was copied", "--answer", &case.answer, "--possible"]);
        let empty = ["status", "update", id, "News", "We take your security very seriously."];
        assert!(house.refuse(&empty).contains("say"), "the linter holds for the host too");
        house.ask(&["status", "update", id, "What we know", "A list left the house."]);
        let page = house.ask(&["status", "show", id])["page"].take();
        assert_eq!(
            (&page["state"], &page["title"], &page["possible"]),
            (&json!("open"), &json!("A list was copied"), &json!(true))
        );
        let (dir, tar) = (house.dir.path().join("public"), house.dir.path().join("public.tar"));
        house.ask(&["status", "export", id, path(&dir)]);
        house.ask(&["status", "export", id, path(&tar)]);
        house.refuse(&["status", "export", id, path(&tar)]);
        assert!(std::fs::read_to_string(dir.join("index.html")).expect("a page").contains("A list left the house."));
        assert!(std::fs::read_to_string(dir.join("README.txt")).expect("a word").contains("/status/notice-x"));
        assert!(std::fs::metadata(&tar).expect("an archive").len() > 1_024);
        assert_eq!(house.ask(&["status", "close", id])["state"], "closed");
        assert!(house.ask(&["support", "list", id])["messages"].as_array().is_some_and(Vec::is_empty));
        house.ask(&["trust", "publish", "sealed", "record"]);
        let said = house.ask(&["trust", "show"]);
        let published =
            said["statements"].as_array().expect("a list").iter().filter(|one| one["published"] == true).count();
        assert_eq!(published, 2, "{said}");
        let notice = case.notice(&house);
        assert!(house.refuse(&["notice", "act", id, &notice, "pause"]).contains("not sent"));
        house.ask(&["notice", "withdraw", id, &notice]);
        assert_eq!(house.ask(&["notice", "list", id])["items"][0]["state"], "withdrawn");
        let facts = house.ask(&["duties", "facts", id])["facts"].take();
        let file = house.dir.path().join("facts.json");
        std::fs::write(&file, facts.to_string()).expect("writes");
        assert_eq!(house.ask(&["duties", "facts", id, "--from", path(&file)])["facts"]["role"], facts["role"]);
    }
}
