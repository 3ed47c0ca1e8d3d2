//! `ARCHITECTURE.md` names nothing that does not exist.

use super::sources;

#[test]
fn every_path_named_in_the_map_exists() {
    let text = sources::read("ARCHITECTURE.md");
    let paths: Vec<&str> = text.split('`').skip(1).step_by(2).filter(|word| is_path(word)).collect();
    assert!(paths.len() > 10, "the map names too little to be a map");
    for path in paths {
        let places = ["", "crates/", "crates/waxwing-app/src/", "crates/waxwing/tests/it/"];
        let exists = places.iter().any(|place| sources::root().join(place).join(path).exists());
        assert!(exists, "ARCHITECTURE.md names {path}, which does not exist");
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

/// A word that means a file or folder: it has a slash or a source file's ending, and no blank.
fn is_path(word: &str) -> bool {
    let plain = word.chars().all(|c| c.is_ascii_alphanumeric() || "/._-".contains(c));
    let ending = [".rs", ".toml", ".md", ".html", ".sql"].iter().any(|ending| word.ends_with(ending));
    plain && !word.starts_with('/') && (word.contains('/') || ending || word.starts_with("waxwing-"))
}
