//! The command line that scripts rely on.

use super::house::{House, last_json};
use std::process::Command;
use waxwing_store::Engine;

async fn lite() -> House {
    House::found(Engine::Sqlite).await.expect("SQLite is always here")
}

#[tokio::test]
async fn an_installation_is_never_founded_twice() {
    let house = lite().await;
    let said = house.refuse(&["init", "--owner", "thief@example.org"]);
    assert!(said.contains("left alone"), "{said}");
}

#[tokio::test]
async fn a_command_without_an_installation_says_how_to_make_one() {
    let house = lite().await;
    let output = Command::new(env!("CARGO_BIN_EXE_waxwing"))
        .args(["doctor", "--data"])
        .arg(house.dir.path().join("nowhere"))
        .output();
    let said = String::from_utf8_lossy(&output.expect("runs").stdout).into_owned();
    assert!(said.contains("waxwing init"), "{said}");
    let output = Command::new(env!("CARGO_BIN_EXE_waxwing"))
        .args(["keys", "rotate", "--json"])
        .env_remove("WAXWING_DATA")
        .output();
    let output = output.expect("runs");
    assert!(!output.status.success());
    assert_eq!(last_json(&output)["ok"], false);
}

#[tokio::test]
async fn keys_and_data_lie_apart_and_are_private() {
    use std::os::unix::fs::PermissionsExt as _;
    let house = lite().await;
    for file in ["root_key", "key_ring"] {
        let path = std::path::PathBuf::from(house.founded[file].as_str().expect("a path"));
        assert!(!path.starts_with(house.data()), "{}", path.display());
        assert_eq!(path.metadata().expect("exists").permissions().mode() & 0o077, 0, "{}", path.display());
    }
    assert_eq!(house.data().metadata().expect("exists").permissions().mode() & 0o077, 0);
}

#[tokio::test]
async fn keys_rotate_and_api_keys_are_shown_once_on_both_engines() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let Some(house) = House::found(engine).await else { continue };
        let rotated = house.ask(&["keys", "rotate"]);
        assert_eq!((rotated["epoch"].as_i64(), rotated["epochs_alive"].as_i64()), (Some(2), Some(1)));
        let key = house.ask(&["api-key", "create", "test", "--scope", "read,send"]);
        assert!(key["key"].as_str().is_some_and(|text| text.starts_with("waxwing_")));
        assert!(house.refuse(&["api-key", "create", "test", "--scope", "everything"]).contains("there are read"));
    }
}

#[tokio::test]
async fn a_provider_is_set_shown_and_removed_and_its_secret_comes_from_a_file() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let Some(house) = House::found(engine).await else { continue };
        assert!(house.ask(&["sso", "show"])["provider"].is_null());
        let file = house.dir.path().join("secret");
        std::fs::write(&file, "s3cr3t\n").expect("writes");
        let file = file.to_str().expect("a plain path");
        let set =
            ["sso", "set", "--off", "--name", "Birch ID", "--issuer", "https://id.birch.example", "--client-id", "w"];
        assert!(house.refuse(&set).contains("secret"), "there is none yet");
        let groups = ["--groups-claim", "groups", "--map", "a=b=marketer", "--newcomers", "create"];
        let said = house.ask(&[&set[..], &["--secret-file", file], &groups].concat())["provider"].take();
        assert_eq!((said["enabled"].as_bool(), said["groups"][0]["group"].as_str()), (Some(false), Some("a=b")));
        assert!(!said.to_string().contains("s3cr3t"));
        assert!(house.refuse(&["sso", "turn", "on"]).contains("does not answer"), "a provider that is on was asked");
        let owner = [&set[..], &groups[..2], &["--map", "a=owner"]].concat();
        assert!(house.refuse(&owner).contains("No group makes owners"));
        house.ask(&["sso", "remove"]);
        assert!(house.ask(&["sso", "show"])["provider"].is_null());
    }
}

#[tokio::test]
async fn a_domain_gets_two_keys_and_shows_the_same_records_again() {
    let house = lite().await;
    let first = house.ask(&["domain", "add", "larkfield.example"]);
    let names: Vec<&str> =
        first["records"].as_array().expect("a list").iter().filter_map(|r| r["name"].as_str()).collect();
    assert_eq!(names.iter().filter(|name| name.contains("_domainkey")).count(), 2);
    assert_eq!(house.ask(&["domain", "add", "larkfield.example"])["records"], first["records"]);
    assert!(house.refuse(&["domain", "add", "not a domain"]).contains("name"));
}

#[tokio::test]
async fn a_relay_off_this_machine_must_be_encrypted() {
    let house = lite().await;
    let said = house.refuse(&["relay", "add", "far", "--url", "smtp://user:hunter2@relay.example:25?tls=none"]);
    assert!(!said.contains("hunter2") && said.contains("Tls"), "{said}");
    let added = house.ask(&["relay", "add", "near", "--url", "smtp://127.0.0.1:1?tls=none"]);
    assert_eq!(added["reached"], false);
}

#[tokio::test]
async fn settings_are_listed_and_the_database_is_withheld() {
    let house = lite().await;
    let output = house.command(&["config"]).env("WAXWING_DATABASE", "postgres://u:hunter2@h/d").output().expect("runs");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success() && said.contains("storage.database = (set, withheld)   [environment]"), "{said}");
    assert!(!said.contains("hunter2"));
}

#[tokio::test]
async fn refused_lines_are_handed_out_into_a_private_file_and_nothing_is_overwritten() {
    use std::os::unix::fs::PermissionsExt as _;
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let Some(house) = House::found(engine).await else { continue };
        let (people, rejects) = (house.dir.path().join("people.csv"), house.dir.path().join("rejects.csv"));
        std::fs::write(&people, "email\nann@larkfield.example\nno address\n").expect("writes");
        let [file, out] = [&people, &rejects].map(|path| path.to_str().expect("UTF-8"));
        let words = ["import", file, "--list", "News", "--consent", "a form at the fair", "--rejects", out];
        let told = house.ask(&words);
        assert_eq!((&told["rejects"], &told["counts"]["invalid"]), (&out.into(), &1.into()), "{told}");
        assert_eq!(rejects.metadata().expect("exists").permissions().mode() & 0o777, 0o600);
        let text = std::fs::read_to_string(&rejects).expect("reads");
        assert!(
            text.starts_with("line,reason,original") && text.contains("3,") && text.contains("no address"),
            "{text}"
        );
        let said = house.refuse(&words);
        assert!(said.contains("rejects: Cannot be written: entity already exists"), "{said}");
        assert_eq!(std::fs::read_to_string(&rejects).expect("reads"), text, "left as it was");
        std::fs::remove_file(&rejects).expect("removed");
        std::fs::write(&people, "email\nann@larkfield.example\n").expect("writes");
        assert_eq!(house.ask(&words)["rejects"], serde_json::Value::Null);
        assert!(!rejects.exists(), "no lines, no file");
    }
}

#[tokio::test]
async fn a_server_ends_well_when_asked() {
    let house = lite().await;
    assert!(house.serve().end());
}

#[tokio::test]
async fn alerts_are_listed_and_what_follows_from_them_is_set_on_both_engines() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let Some(house) = House::found(engine).await else { continue };
        assert_eq!(house.ask(&["alerts", "list", "--open"])["items"], serde_json::json!([]));
        assert_eq!(house.ask(&["alerts", "list", "--detector", "key.bulk"])["items"], serde_json::json!([]));
        assert!(house.refuse(&["alerts", "list", "--detector", "weather"]).contains("no such detector"));
        assert_eq!(house.ask(&["alerts", "precision"])["items"], serde_json::json!([]));
        let rule = |word: &str| {
            let rules = house.ask(&["alerts", "rules"])["items"].take();
            let found = rules.as_array().and_then(|all| all.iter().find(|rule| rule["detector"] == word).cloned());
            found.expect("a rule of every detector")
        };
        assert_eq!(rule("bounce")["follows"], "pause");
        house.ask(&["alerts", "rule", "bounce", "--follows", "tell"]);
        assert_eq!((rule("bounce")["follows"].as_str(), rule("bounce")["looks"].as_bool()), (Some("tell"), Some(true)));
        house.ask(&["alerts", "rule", "bounce", "--off"]);
        assert_eq!(
            (rule("bounce")["follows"].as_str(), rule("bounce")["looks"].as_bool()),
            (Some("tell"), Some(false))
        );
        assert!(house.refuse(&["alerts", "rule", "bounce", "--follows", "quarantine"]).contains("cannot follow"));
        assert!(house.refuse(&["alerts", "rule", "weather"]).contains("no such detector"));
        assert!(house.refuse(&["alerts", "show", "0000000000001"]).contains("alert"));
        house.refuse(&["alerts", "judge", "0000000000001", "perhaps"]);
        assert!(house.refuse(&["alerts", "judge", "0000000000001", "0000000000002", "true"]).contains("alert"));
        house.ask(&["alerts", "rule", "key.elsewhere", "--follows", "contain"]);
        assert_eq!(rule("key.elsewhere")["follows"], "contain");
        assert!(house.refuse(&["alerts", "rule", "login.strange", "--follows", "contain"]).contains("Say tell"));
    }
}
