//! Reading the repository's own files.

use std::fs;
use std::path::{Path, PathBuf};

/// The repository.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).expect("two floors down").to_owned()
}

/// A file of the repository.
pub fn read(path: impl AsRef<Path>) -> String {
    let path = root().join(path);
    fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// Every file under a folder of the repository whose name ends so, as paths from the root.
pub fn files(folder: &str, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut waiting = vec![root().join(folder)];
    while let Some(dir) = waiting.pop() {
        for entry in fs::read_dir(&dir).unwrap_or_else(|e| panic!("{}: {e}", dir.display())) {
            let path = entry.expect("readable").path();
            // What was built, and not the module of that name.
            let built = path.ends_with("target") && !path.ends_with("src/target");
            if path.is_dir() && !built && !path.ends_with("node_modules") {
                waiting.push(path);
            } else if path.to_string_lossy().ends_with(ending) {
                found.push(path.strip_prefix(root()).expect("below the root").to_owned());
            }
        }
    }
    found.sort();
    found
}

/// Where the product's features lie.
pub const PRODUCT: [&str; 2] = ["crates/waxwing-app/src", "crates/waxwing-breach/src"];

/// Every file of the product's features whose name ends so.
pub fn product(ending: &str) -> Vec<PathBuf> {
    PRODUCT.iter().flat_map(|folder| files(folder, ending)).collect()
}

/// The folder of a feature, from the root.
pub fn feature(name: &str) -> PathBuf {
    let folders = PRODUCT.iter().map(|folder| Path::new(folder).join(name));
    folders.into_iter().find(|folder| root().join(folder).is_dir()).unwrap_or_else(|| panic!("no feature {name}"))
}

/// The names of the feature folders of the product.
pub fn features() -> Vec<String> {
    let folders = PRODUCT.iter().flat_map(|folder| fs::read_dir(root().join(folder)).expect("the product's folder"));
    let folders = folders.map(|entry| entry.expect("readable").path()).filter(|path| path.join("mod.rs").is_file());
    let mut names: Vec<String> =
        folders.map(|path| path.file_name().expect("named").to_string_lossy().into_owned()).collect();
    names.sort();
    names
}
