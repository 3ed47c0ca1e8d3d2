//! A second workspace, made while the server runs, through the real binary.

use super::house::{House, OWNER};
use std::time::{Duration, Instant};
use waxwing_demo::browser::Browser;
use waxwing_store::Engine;

const PASSWORD: &str = "orchard-lantern-vexing-plum";

#[tokio::test]
async fn a_workspace_made_beside_a_running_server_is_entered_and_worked_in() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let Some(house) = House::found(engine).await else { continue };
        let serving = house.serve();
        let made = house.ask(&["workspace", "create", "Birch", "--owner", OWNER]);
        let all = house.ask(&["workspace", "list"]);
        let all = all["workspaces"].as_array().expect("a list");
        assert_eq!(all.iter().map(|w| w["word"].as_str()).collect::<Vec<_>>(), [Some("larkfield"), Some("birch")]);
        let link = made["link"].as_str().expect("a link");
        let path = &link[link.find("/welcome/").expect("a welcome link")..];
        let mut browser = Browser::new(serving.address).expect("loopback");
        let fields = [("password", PASSWORD), ("repeat", PASSWORD)];
        let welcomed = browser.submit(path, "/welcome", &fields).await.expect("answers");
        assert!(welcomed.status.is_redirection(), "{}: {}", welcomed.status, welcomed.body);
        let settings = browser.get("/settings").await.expect("answers");
        assert!(settings.body.contains("birch") && !settings.body.contains("Larkfield"), "{}", settings.body);
        commands_mean_one(&house);
        the_running_server_works_for_it(&house);
        assert!(serving.end());
    }
}

#[tokio::test]
async fn the_host_contains_for_an_open_case_or_everything_with_a_case_in_each() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let Some(house) = House::found(engine).await else { continue };
        house.ask(&[
            "incident",
            "open",
            "Somebody unknown signed in",
            "--loss",
            "confidentiality",
            "--severity",
            "high",
        ]);
        let case = house.ask(&["incident", "list"])["cases"][0].clone();
        let codename = case["codename"].as_str().expect("a codename");
        let key = house.ask(&["api-key", "create", "Shop", "--scope", "read"]);
        let scope = format!("api_key:{}", key["id"].as_str().expect("a number"));
        let said = house.refuse(&["lockdown", "--scope", &scope, "--reason", "it leaked", "--case", "no such"]);
        assert!(said.contains("case"), "{said}");
        let done = house.ask(&["lockdown", "--scope", &scope, "--reason", "it leaked", "--case", codename]);
        let one = &done["items"][0];
        assert_eq!((&one["case"], &one["codename"]), (&case["id"], &case["codename"]), "{done}");
        house.ask(&["workspace", "create", "Birch", "--owner", OWNER]);
        let done = house.ask(&["lockdown", "--scope", "everything", "--reason", "the host was broken into"]);
        let all = done["items"].as_array().expect("one a workspace");
        assert!(
            all.len() == 2 && all.iter().all(|one| one["codename"].is_string() && one["case"] != case["id"]),
            "{done}"
        );
        assert!(house.refuse(&["lockdown", "--scope", "everything", "--reason", "again"]).contains("already"));
        let standing = house.ask(&["lockdown", "--status", "--workspace", "larkfield"]);
        assert_eq!(standing["level"], "contained", "{standing}");
        let steps = standing["open"][0]["steps"].as_array().map(Vec::len);
        assert!(steps.is_some_and(|steps| steps >= 10), "{standing}");
    }
}

/// With several workspaces a command says which it means; each keeps its own lists and people.
fn commands_mean_one(house: &House) {
    let said = house.refuse(&["export", "--list", "Bark", "--purpose", "p", "--out", "never.csv"]);
    assert!(said.contains("--workspace") && said.contains("larkfield, birch"), "{said}");
    let said = house.refuse(&["record", "key", "--workspace", "no-such"]);
    assert!(said.contains("no workspace no-such"), "{said}");
    let file = house.dir.path().join("people.csv");
    std::fs::write(&file, "email\nann@birch.example\n").expect("writes");
    let file = file.to_str().expect("a path");
    let import = ["import", file, "--list", "Bark", "--consent", "At the fair.", "--workspace", "birch"];
    assert_eq!(house.ask(&import)["counts"]["new"], 1);
    let said =
        house.refuse(&["export", "--list", "Bark", "--purpose", "p", "--out", "never.csv", "--workspace", "larkfield"]);
    assert!(said.contains("no list called Bark"), "{said}");
    assert_ne!(
        house.ask(&["record", "key", "--workspace", "birch"])["key"],
        house.ask(&["record", "key", "--workspace", "larkfield"])["key"],
    );
}

/// Nobody restarts the server for a new workspace: its keys rotate with those of the first.
fn the_running_server_works_for_it(house: &House) {
    let begun = Instant::now();
    assert_eq!(house.ask(&["keys", "rotate"])["epochs_alive"], 1);
    assert!(begun.elapsed() < Duration::from_secs(60));
    let out = house.dir.path().join("out.csv");
    let out = out.to_str().expect("a path");
    let export = ["export", "--list", "Bark", "--purpose", "p", "--out", out, "--workspace", "birch"];
    assert_eq!(house.ask(&export)["people"], 1);
}
