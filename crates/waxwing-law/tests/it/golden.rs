//! Golden cases: facts in `tests/golden/LAW/CASE.toml`, and beside them the duties in words.
//!
//! `WAXWING_BLESS=1` writes the expected texts anew; a person then reads the difference before it is committed.

use jiff::civil::{Date, date};
use std::path::{Path, PathBuf};
use waxwing_law::{Facts, RuleBook, duties};

/// The day on which facts are weighed while nobody is aware.
const TODAY: Date = date(2026, 11, 22);

fn cases() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let list = |folder: &Path| -> Vec<PathBuf> {
        let entries = std::fs::read_dir(folder).expect("a readable folder");
        entries.map(|entry| entry.expect("a readable entry").path()).collect()
    };
    // `notices` holds drafts, not duties.
    let folders = list(&root).into_iter().filter(|path| path.is_dir() && !path.ends_with("notices"));
    let mut cases: Vec<_> = folders
        .flat_map(|folder| list(&folder))
        .filter(|path| path.extension().is_some_and(|end| end == "toml"))
        .collect();
    cases.sort();
    cases
}

/// The duties of the laws that the case's folder is named after.
fn told(case: &Path) -> String {
    let facts: Facts = toml::from_str(&std::fs::read_to_string(case).expect("a readable case"))
        .unwrap_or_else(|error| panic!("{}: {error}", case.display()));
    facts.check().unwrap_or_else(|error| panic!("{}: {error}", case.display()));
    let law = case.parent().and_then(Path::file_name).expect("a folder").to_string_lossy().into_owned();
    let all = duties(&facts, RuleBook::shipped(), TODAY).expect("dates within the calendar");
    let some: Vec<_> = all.into_iter().filter(|duty| law == "all" || duty.rule.starts_with(&law)).collect();
    assert!(!some.is_empty(), "no rule begins with {law}");
    waxwing_law::duties::text(&some, &facts.time_zone())
}

#[test]
fn the_duties_of_every_golden_case_are_as_written() {
    let cases = cases();
    assert!(cases.len() >= 20, "only {} cases", cases.len());
    for case in cases {
        let (told, file) = (told(&case), case.with_extension("txt"));
        if std::env::var_os("WAXWING_BLESS").is_some() {
            std::fs::write(&file, &told).expect("a writable case");
        }
        let expected = std::fs::read_to_string(&file).unwrap_or_default();
        assert_eq!(told, expected, "{}", case.display());
    }
}

#[test]
fn every_jurisdiction_has_a_golden_case() {
    let cases = cases();
    for rule in RuleBook::shipped().rules() {
        let folder =
            |case: &PathBuf| case.parent().and_then(Path::file_name).map(|name| name.to_string_lossy().into_owned());
        let covered = cases.iter().filter_map(folder).any(|law| rule.id.starts_with(&law));
        assert!(covered, "no golden case for {}", rule.id);
    }
}
