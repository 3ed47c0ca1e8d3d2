//! Every column stands in `data-map.toml` with its class, and none there is gone.

use super::migrations::columns;
use super::sources;
use std::collections::{BTreeMap, BTreeSet};
use waxwing_store::Engine;
use waxwing_testkit::store::TestStore;

/// What a column may hold.
const CLASSES: [&str; 6] = ["structure", "content", "pseudonymous", "sealed", "secret", "hash"];

type Map = BTreeMap<String, BTreeMap<String, String>>;

fn map() -> Map {
    let table: toml::Table = sources::read("data-map.toml").parse().expect("data-map.toml is TOML");
    let tables = table.into_iter().filter(|(name, _)| name != "classes");
    tables.map(|(name, value)| (name, value.try_into().expect("a table of column = \"class\""))).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_column_is_classed() {
    let lite = TestStore::open(Engine::Sqlite).await.expect("SQLite is always here");
    let real: BTreeSet<(String, String)> = columns(&lite.store).await.into_iter().map(|c| (c.0, c.1)).collect();
    let map = map();
    let classed: BTreeSet<(String, String)> =
        map.iter().flat_map(|(table, columns)| columns.keys().map(|c| (table.clone(), c.clone()))).collect();
    let missing: Vec<_> = real.difference(&classed).collect();
    let gone: Vec<_> = classed.difference(&real).collect();
    assert!(missing.is_empty(), "columns without a class in data-map.toml: {missing:#?}");
    assert!(gone.is_empty(), "data-map.toml names columns that do not exist: {gone:#?}");
}

#[test]
fn a_class_is_one_of_the_known_words() {
    for (table, columns) in map() {
        for (column, class) in columns {
            assert!(CLASSES.contains(&class.as_str()), "{table}.{column}: {class}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sealed_and_secret_columns_are_bytes() {
    let lite = TestStore::open(Engine::Sqlite).await.expect("SQLite is always here");
    let map = map();
    for (table, column, kind, ..) in columns(&lite.store).await {
        let class = map.get(&table).and_then(|columns| columns.get(&column)).map_or("", String::as_str);
        let ciphertext = matches!(class, "sealed" | "secret");
        assert!(!ciphertext || kind == "blob", "{table}.{column} is {class} but holds {kind}");
    }
}
