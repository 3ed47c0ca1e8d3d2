//! Habits of the source that no lint knows.

use super::sources;

/// Where SQL text may be put together at run time, each from our own words only.
const UNCHECKED_SQL: [&str; 5] = [
    "crates/waxwing-store/src/bulk.rs",
    "crates/waxwing-store/src/engine.rs",
    "crates/waxwing-store/src/tx.rs",
    "crates/waxwing-testkit/src/neighbour.rs",
    "crates/waxwing-testkit/src/store.rs",
];

#[test]
fn sql_is_put_together_in_the_store_only() {
    for path in sources::files("crates", ".rs") {
        let name = path.to_string_lossy().into_owned();
        let uses = code(&sources::read(&path)).contains("AssertSqlSafe");
        assert!(
            !uses || UNCHECKED_SQL.contains(&name.as_str()) || name.contains("tests/it/"),
            "{name} puts SQL together"
        );
    }
}

#[test]
fn sql_stands_in_store_files() {
    for path in sources::product(".rs") {
        let name = path.to_string_lossy().into_owned();
        let file = path.file_name().expect("named").to_string_lossy().into_owned();
        let declares = sources::read(&path)
            .lines()
            .any(|line| line.trim_start().starts_with("statement! {") || line.trim_start().starts_with("bulk! {"));
        let in_store = file.starts_with("store") || name.contains("/store/") || file == "testing.rs";
        assert!(
            !declares || in_store || file.starts_with("tests") || name.contains("/tests/"),
            "{name} declares a statement outside its store.rs"
        );
    }
}

#[test]
fn every_file_opens_with_what_it_promises() {
    for path in sources::files("crates", ".rs").into_iter().chain(sources::files("xtask", ".rs")) {
        let text = sources::read(&path);
        assert!(text.starts_with("//!"), "{} has no opening comment", path.display());
    }
}

#[test]
fn every_crate_takes_the_lints_of_the_workspace() {
    for path in sources::files("crates", "Cargo.toml").into_iter().chain([std::path::PathBuf::from("xtask/Cargo.toml")])
    {
        let manifest: toml::Table = sources::read(&path).parse().expect("TOML");
        let takes = manifest.get("lints").and_then(|lints| lints.get("workspace")).and_then(toml::Value::as_bool);
        assert_eq!(takes, Some(true), "{}", path.display());
    }
    assert!(sources::read("Cargo.toml").contains("unsafe_code = \"forbid\""));
}

/// The text without its comments.
fn code(text: &str) -> String {
    text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}
