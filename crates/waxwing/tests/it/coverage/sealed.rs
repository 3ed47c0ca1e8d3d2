//! Whatever is sealed can be sealed anew: no column of ciphertexts, and no code that makes one, is forgotten.

use super::routes::link_everything;
use super::sources;
use std::collections::{BTreeMap, BTreeSet};
use waxwing_store::{Engine, sealed_columns};
use waxwing_testkit::store::TestStore;

/// Columns that are not sealed under a key for secrets or files of the workspace, and what renews them.
const ELSEWHERE: [(&str, &str, &str); 9] = [
    ("subscribers", "sealed", "people's own keys: an order of new keys"),
    ("events", "sealed", "people's own keys: an order of new keys"),
    ("subject_keys", "wrapped", "epoch keys: a rotation, and an order of new keys"),
    ("incident_files", "sealed", "a key of the file's own, which is declared"),
    ("record_addresses", "sealed", "keys of a month, destroyed with it"),
    ("accounts", "totp_sealed", "the installation's key"),
    ("accounts", "totp_pending", "the installation's key"),
    ("passkeys", "sealed", "the installation's key"),
    ("passkey_questions", "sealed", "the installation's key; five minutes old at most"),
];

fn ciphertexts() -> BTreeSet<(String, String)> {
    let table: toml::Table = sources::read("data-map.toml").parse().expect("data-map.toml is TOML");
    let mut found = BTreeSet::new();
    for (table, columns) in table.into_iter().filter(|(name, _)| name != "classes") {
        let columns: BTreeMap<String, String> = columns.try_into().expect("a table of column = \"class\"");
        let sealed = columns.into_iter().filter(|(_, class)| matches!(class.as_str(), "sealed" | "secret"));
        found.extend(sealed.map(|(column, _)| (table.clone(), column)));
    }
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn every_column_of_ciphertexts_can_be_sealed_anew() {
    let lite = TestStore::open(Engine::Sqlite).await.expect("SQLite is always here");
    link_everything(&lite);
    let declared = sealed_columns().map(|column| (column.table.to_owned(), column.column.to_owned()));
    let elsewhere = ELSEWHERE.iter().map(|(table, column, _)| ((*table).to_owned(), (*column).to_owned()));
    let known: Vec<(String, String)> = declared.chain(elsewhere).collect();
    let unique: BTreeSet<(String, String)> = known.iter().cloned().collect();
    assert_eq!(known.len(), unique.len(), "a column is declared twice");
    let real = ciphertexts();
    let forgotten: Vec<_> = real.difference(&unique).collect();
    let gone: Vec<_> = unique.difference(&real).collect();
    assert!(forgotten.is_empty(), "declare these with waxwing_store::sealed!, beside what seals them: {forgotten:#?}");
    assert!(gone.is_empty(), "data-map.toml does not call these sealed or secret: {gone:#?}");
}

#[test]
fn whoever_seals_under_a_key_of_the_workspace_declares_the_column_in_the_same_file() {
    let folders = ["crates/waxwing-app/src", "crates/waxwing-breach/src", "crates/waxwing-store/src"];
    for path in folders.iter().flat_map(|folder| sources::files(folder, ".rs")) {
        let name = path.to_string_lossy().into_owned();
        let text = sources::read(&path);
        let product = text.split("#[cfg(test)]").next().unwrap_or_default();
        let seals = product.contains(".seal_secret(") || product.contains(".wrap_file_key(");
        assert!(!seals || product.contains("sealed! {") || name.contains("tests"), "{name} seals and declares nothing");
    }
}
