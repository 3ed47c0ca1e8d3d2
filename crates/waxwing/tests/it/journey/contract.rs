//! The API against its own document, by a tool that makes the requests up (Schemathesis).
//!
//! Promise: whatever is sent, no answer is an error of the server or one that the document does not
//! describe; what the document forbids is refused; and nothing is answered without a key, with a
//! key that is wrong, or by a method that is not there. Each operation is asked with ids that exist
//! and with ids that do not. Limit: a request that the document allows may still be refused, for
//! what it names may not be there, so that check stays off. Skipped, and saying so, where
//! Schemathesis is not installed; `cargo xtask test` installs it.

use super::house::House;
use crate::browser::furnished::Furnished;
use http::Method;
use serde_json::Value;
use std::fmt::Write as _;
use std::io::{Write as _, stderr};
use std::path::PathBuf;
use std::process::Command;
use waxwing_demo::browser::Browser;

/// Cases an operation in the phase that draws them by chance.
const CASES: &str = "12";
const SEED: &str = "20261122";
/// Every check but that of data which the document allows and the house refuses.
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,\
    response_headers_conformance,response_schema_conformance,negative_data_rejection,\
    missing_required_header,unsupported_method,allow_header_conformance,use_after_free,\
    ensure_resource_availability,ignored_auth";
/// What is asked with an id of one that exists, by the list that has it.
const KNOWN: &[(&str, &str)] = &[
    ("campaigns", "/api/v1/campaigns"),
    ("domains", "/api/v1/domains"),
    ("imports", "/api/v1/imports"),
    ("lists", "/api/v1/lists"),
    ("relays", "/api/v1/relays"),
    ("subscribers", "/api/v1/subscribers"),
    ("templates", "/api/v1/templates"),
    ("webhooks", "/api/v1/webhooks"),
];

#[tokio::test(flavor = "multi_thread")]
async fn the_api_keeps_to_its_document_whatever_is_sent() {
    let Some(tool) = schemathesis() else { return };
    let furnished = Furnished::new().await;
    let house = &furnished.house;
    let root = format!("http://{}", furnished.serving.address);
    let key = key(house, "Contract");
    let ids = known_ids(&furnished, &key).await;
    let config = house.dir.path().join("schemathesis.toml");
    std::fs::write(&config, ids).expect("writes");

    // A key that may end keys would end itself: that operation is asked alone, with a key of its own.
    ask(&tool, &config, &root, &key, &["--exclude-path", "/api/v1/api-keys/{id}"]);
    ask(&tool, &config, &root, &self::key(house, "Ends itself"), &["--include-path", "/api/v1/api-keys/{id}"]);
    assert!(furnished.serving.end(), "it still ends well");
}

/// One run of the tool; fails with what it found.
fn ask(tool: &PathBuf, config: &PathBuf, root: &str, key: &str, which: &[&str]) {
    let mut command = Command::new(tool);
    command.arg("--config-file").arg(config).arg("--no-color");
    command.args(["run", &format!("{root}/api/v1/openapi.json"), "--header", &format!("Authorization: Bearer {key}")]);
    command.args(["--checks", CHECKS, "--phases", "examples,coverage,fuzzing", "--seed", SEED, "--no-shrink"]);
    command.args(["--max-examples", CASES, "--request-timeout", "60", "--warnings", "off"]).args(which);
    let run = command.current_dir(config.parent().expect("a folder")).output().expect("it starts");
    let said = String::from_utf8_lossy(&run.stdout);
    assert!(run.status.success(), "{said}\n{}", String::from_utf8_lossy(&run.stderr));
    assert!(said.contains("Test cases:"), "it tested something: {said}");
}

fn key(house: &House, name: &str) -> String {
    let made = house.ask(&["api-key", "create", name, "--scope", "read,write,import,export,send,admin"]);
    made["key"].as_str().expect("a key").to_owned()
}

/// Settings by which operations are asked with ids that exist: what removes a thing has the last of
/// several, so that the others still find the first. Where there is one only, ids are drawn for it.
async fn known_ids(furnished: &Furnished, key: &str) -> String {
    let mut program = Browser::new(furnished.serving.address).expect("loopback").with_key(key);
    let document = program.api(Method::GET, "/api/v1/openapi.json", None).await.expect("answers").json();
    let mut settings = String::new();
    for (feature, list) in KNOWN {
        let listed = program.api(Method::GET, list, None).await.expect("answers").json();
        let ids = ids(&listed);
        let (Some(first), Some(last)) = (ids.first(), ids.last()) else { panic!("{list} has nothing: {listed}") };
        let removes = (first != last).then_some(("DELETE", last));
        for (path, parameter) in paths_of(&document, feature) {
            let asks = ["GET", "POST", "PUT", "PATCH"].map(|method| (method, first));
            for (method, id) in asks.into_iter().chain(removes) {
                let which = format!("include-method = {method:?}\ninclude-path = {path:?}");
                writeln!(settings, "[[operations]]\n{which}\nparameters = {{ \"path.{parameter}\" = {id:?} }}")
                    .expect("a string takes it");
            }
        }
    }
    settings
}

/// The ids of the rows, of a page of rows or of a plain array.
fn ids(listed: &Value) -> Vec<String> {
    let rows = listed.get("items").unwrap_or(listed).as_array().into_iter().flatten();
    let id = |row: &Value| match &row["id"] {
        Value::String(id) => Some(id.clone()),
        Value::Number(id) => Some(id.to_string()),
        _ => None,
    };
    rows.filter_map(id).collect()
}

/// The paths of a feature that name one thing, with the name of that part; erasing it is left out.
fn paths_of(document: &Value, feature: &str) -> Vec<(String, String)> {
    let paths = document["paths"].as_object().expect("paths").keys();
    let begin = format!("/api/v1/{feature}/{{");
    paths
        .filter(|path| path.starts_with(&begin) && !path.ends_with("/erase"))
        .filter_map(|path| {
            let parameter = path[begin.len()..].split('}').next()?;
            Some((path.clone(), parameter.to_owned()))
        })
        .collect()
}

/// The tool, where it is installed; says so where it is not.
fn schemathesis() -> Option<PathBuf> {
    let tool = std::env::var_os("WAXWING_SCHEMATHESIS").map(PathBuf::from).filter(|tool| tool.is_file());
    if tool.is_none() {
        let required = std::env::var("WAXWING_REQUIRE_ORACLES").is_ok_and(|v| v == "1");
        assert!(!required, "Schemathesis is required and missing: WAXWING_SCHEMATHESIS names its program");
        let _shown = writeln!(stderr(), "SKIPPED: Schemathesis is not installed; cargo xtask test does that");
    }
    tool
}
