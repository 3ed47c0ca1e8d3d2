//! Every import points down: crates by their floors, features by their rows.

use super::sources;
use std::collections::BTreeMap;

/// What each crate may import of ours. A crate not named here may be imported by nobody.
const FLOORS: &[(&str, &[&str])] = &[
    ("waxwing-domain", &[]),
    ("waxwing-crypto", &["waxwing-domain"]),
    ("waxwing-detect", &[]),
    ("waxwing-law", &[]),
    ("waxwing-oidc", &["waxwing-domain"]),
    ("waxwing-message", &["waxwing-domain", "waxwing-crypto"]),
    ("waxwing-store", &["waxwing-domain", "waxwing-crypto"]),
    ("waxwing-egress", &[]),
    ("waxwing-delivery", &["waxwing-domain", "waxwing-crypto", "waxwing-egress"]),
    ("waxwing-http", &["waxwing-domain", "waxwing-crypto", "waxwing-store"]),
    ("waxwing-demo", &["waxwing-domain"]),
    (
        "waxwing-app",
        &[
            "waxwing-domain",
            "waxwing-crypto",
            "waxwing-detect",
            "waxwing-message",
            "waxwing-oidc",
            "waxwing-egress",
            "waxwing-store",
            "waxwing-delivery",
            "waxwing-http",
        ],
    ),
    (
        "waxwing-breach",
        &[
            "waxwing-domain",
            "waxwing-crypto",
            "waxwing-law",
            "waxwing-message",
            "waxwing-egress",
            "waxwing-store",
            "waxwing-delivery",
            "waxwing-http",
            "waxwing-app",
        ],
    ),
    ("waxwing-testkit", &["waxwing-domain", "waxwing-crypto", "waxwing-store", "waxwing-http"]),
    (
        "waxwing",
        &[
            "waxwing-domain",
            "waxwing-crypto",
            "waxwing-message",
            "waxwing-egress",
            "waxwing-store",
            "waxwing-delivery",
            "waxwing-http",
            "waxwing-app",
            "waxwing-breach",
            "waxwing-demo",
        ],
    ),
];

/// The features, above first; a feature calls only those named before it.
const ROWS: &[&str] = &[
    "hands",
    "pinned",
    "settings",
    "signals", // shared, tiny
    "accounts",
    "holds",
    "login", // who
    "fields",
    "consent",
    "suppression",
    "lists",
    "canaries",
    "subscribers", // people
    "media",
    "templates",
    "relays",
    "domains",
    "sending", // the lane
    "signup",
    "unsubscribe",
    "campaigns",
    "outcomes", // the product
    "reports",
    "importing",
    "exporting",
    "inbound",
    "webhooks",
    "alerts",
    "erasure",
    "record",
    "keys",
    "home", // views and duty
    "blast",
    "containment",
    "incidents",
    "duties",
    "notices",
    "status",
    "support",
    "trust", // the breach centre
];

/// Pairs that still point up, with the reason. This list may only shrink.
const UPWARDS: &[(&str, &str, &str)] = &[];

fn manifest(name: &str) -> toml::Table {
    sources::read(format!("crates/{name}/Cargo.toml")).parse().expect("TOML")
}

fn dependencies(name: &str, section: &str) -> Vec<String> {
    let manifest = manifest(name);
    let table = manifest.get(section).and_then(toml::Value::as_table);
    let names = table.into_iter().flat_map(toml::Table::keys);
    names.filter(|name| name.starts_with("waxwing")).cloned().collect()
}

#[test]
fn every_crate_imports_downwards_only() {
    for (name, allowed) in FLOORS {
        for dependency in dependencies(name, "dependencies") {
            assert!(allowed.contains(&dependency.as_str()), "{name} must not import {dependency}");
        }
    }
    let folders = sources::files("crates", "Cargo.toml").len();
    assert_eq!(folders, FLOORS.len(), "a crate is missing on its floor in this test");
}

#[test]
fn the_test_kit_is_never_part_of_the_product() {
    for (name, _) in FLOORS {
        assert!(!dependencies(name, "dependencies").contains(&"waxwing-testkit".to_owned()), "{name}");
    }
}

#[test]
fn every_feature_stands_in_a_row() {
    let mut rows: Vec<&str> = ROWS.to_vec();
    rows.sort_unstable();
    assert_eq!(rows, sources::features());
}

#[test]
fn every_feature_calls_upwards_in_the_list_only() {
    let mut wrong = Vec::new();
    for (place, feature) in ROWS.iter().enumerate() {
        for (used, by) in used_features(feature) {
            let below = ROWS.iter().position(|row| *row == used).is_some_and(|other| other > place);
            let known = UPWARDS.iter().any(|(from, to, _)| from == feature && *to == used);
            if below && !known {
                wrong.push(format!("{feature} uses {used} in {by}"));
            }
        }
    }
    assert!(wrong.is_empty(), "features that call down the list:\n{}", wrong.join("\n"));
}

/// The features that a feature's files name, with the file, tests left out.
fn used_features(feature: &str) -> BTreeMap<String, String> {
    let mut used = BTreeMap::new();
    for path in sources::files(&sources::feature(feature).to_string_lossy(), ".rs") {
        let name = path.to_string_lossy().into_owned();
        if name.ends_with("/tests.rs") || name.contains("/tests/") {
            continue;
        }
        for word in crate_words(&product_part(&sources::read(&path))) {
            if ROWS.contains(&word.as_str()) && word != feature {
                used.insert(word, name.clone());
            }
        }
    }
    used
}

/// What stands before the tests at the bottom of a file, comments left out.
fn product_part(text: &str) -> String {
    let before = text.split("#[cfg(test)]\nmod ").next().unwrap_or_default();
    before.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

/// The first words after `crate::`, also inside braces: `use crate::{App, lists}`.
fn crate_words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    for tail in text.split("crate::").skip(1) {
        match tail.strip_prefix('{') {
            Some(group) => words.extend(first_level(group)),
            None => words.push(leading_word(tail)),
        }
    }
    words
}

fn leading_word(text: &str) -> String {
    text.trim_start().chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect()
}

/// The leading words of the comma-separated parts of an open brace's group.
fn first_level(group: &str) -> Vec<String> {
    let (mut depth, mut parts) = (0usize, vec![String::new()]);
    for c in group.chars() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => parts.push(String::new()),
            _ if depth == 0 => parts.last_mut().expect("never empty").push(c),
            _ => {}
        }
    }
    parts.iter().map(|part| leading_word(part)).collect()
}

#[test]
fn words_after_crate_are_found() {
    let text = "use crate::{App, lists::{self, List}, fields};\nlet x = crate::sending::start();";
    assert_eq!(crate_words(text), ["App", "lists", "fields", "sending"]);
}
