//! `ARCHITECTURE.md` names nothing that does not exist.

use super::sources;

#[test]
fn every_path_named_in_the_map_exists() {
    let text = sources::read("ARCHITECTURE.md");
    let paths: Vec<&str> = text.split('`').skip(1).step_by(2).filter(|word| is_path(word)).collect();
    assert!(!paths.is_empty(), "the map names no place");
    for path in paths {
        let places =
            ["", "crates/", "crates/waxwing-app/src/", "crates/waxwing-breach/src/", "crates/waxwing/tests/it/"];
        let exists = places.iter().any(|place| sources::root().join(place).join(path).exists());
        assert!(exists, "ARCHITECTURE.md names {path}, which does not exist");
    }
}

#[test]
fn every_feature_in_the_table_of_rows_exists() {
    let text = sources::read("ARCHITECTURE.md");
    let rows = text.lines().skip_while(|line| !line.starts_with("| row")).take_while(|line| line.starts_with('|'));
    let named: Vec<&str> = rows.flat_map(|line| line.split('`').skip(1).step_by(2)).collect();
    let features = sources::features();
    assert!(named.len() > 10, "the table of rows was not found");
    for name in named {
        assert!(
            features.iter().any(|feature| feature == name),
            "ARCHITECTURE.md names the feature {name}, which does not exist"
        );
    }
}

#[test]
fn every_crate_and_every_feature_is_on_the_map() {
    let text = sources::read("ARCHITECTURE.md");
    for manifest in sources::files("crates", "Cargo.toml") {
        let name =
            manifest.parent().and_then(|dir| dir.file_name()).expect("in a folder").to_string_lossy().into_owned();
        assert!(text.contains(&name), "ARCHITECTURE.md does not know the crate {name}");
    }
    for feature in sources::features() {
        assert!(text.contains(&format!("`{feature}`")), "ARCHITECTURE.md does not know the feature {feature}");
    }
}

/// A word that means a file or folder: a crate of ours, or something with a slash in it.
fn is_path(word: &str) -> bool {
    let plain = word.chars().all(|c| c.is_ascii_alphanumeric() || "/._-".contains(c));
    plain && !word.starts_with('/') && (word.contains('/') || word.starts_with("waxwing-"))
}
