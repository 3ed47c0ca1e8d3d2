//! `docs/asvs` says which requirements of OWASP ASVS are met and names the tests that show it: it must
//! not rot. Limit: that a test asserts what its row claims is for people to judge.

use super::sources;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// The chapters of which level 3 is assessed, too.
const DEEP: [u32; 5] = [6, 7, 8, 14, 16];
const STATES: [&str; 4] = ["met", "partly", "not met", "does not apply"];

/// A row of one of the tables.
struct Row {
    id: String,
    level: i64,
    asked: String,
    state: String,
    how: String,
    shown: String,
}

impl Row {
    /// `| id | level | asked | state | how | shown |`; none for heads and text.
    fn read(line: &str) -> Option<Self> {
        let cells: Vec<&str> = line.strip_prefix("| ")?.strip_suffix(" |")?.split(" | ").map(str::trim).collect();
        let [id, level, asked, state, how, shown] = cells[..] else { return None };
        let [asked, state, how, shown] = [asked, state, how, shown].map(str::to_owned);
        Some(Self { id: id.to_owned(), level: level.parse().ok()?, asked, state, how, shown })
    }

    fn chapter(&self) -> u32 {
        chapter(&self.id)
    }

    /// What shows it, one by one.
    fn shown(&self) -> impl Iterator<Item = &str> {
        self.shown.split("<br>").filter(|part| *part != "-")
    }
}

fn chapter(id: &str) -> u32 {
    id.split('.').next().and_then(|number| number.parse().ok()).expect("a number of a chapter")
}

/// Every row of every chapter, in order.
fn rows() -> Vec<Row> {
    let files = sources::files("docs/asvs", ".md");
    let text: String = files.iter().filter(|path| !path.ends_with("README.md")).map(sources::read).collect();
    text.lines().filter_map(Row::read).collect()
}

/// The numbers and levels of the standard.
fn requirements() -> BTreeMap<String, i64> {
    let table: toml::Table = sources::read("docs/asvs/requirements.toml").parse().expect("TOML");
    let chapters = table.values().map(|chapter| chapter.as_table().expect("a table of a chapter"));
    chapters.flatten().map(|(id, level)| (id.clone(), level.as_integer().expect("a level"))).collect()
}

#[test]
fn every_requirement_in_scope_stands_in_the_table_once_with_its_level() {
    let known = requirements();
    let by_level = |level| known.values().filter(|&&of| of == level).count();
    assert_eq!([by_level(1), by_level(2), by_level(3)], [70, 183, 92], "as ASVS 5.0.0 counts them");
    let wanted = known.iter().filter(|(id, level)| **level < 3 || DEEP.contains(&chapter(id)));
    let wanted: BTreeSet<String> = wanted.map(|(id, _)| id.clone()).collect();
    let mut seen = BTreeSet::new();
    for row in rows() {
        assert!(seen.insert(row.id.clone()), "{} stands twice", row.id);
        assert_eq!(known.get(&row.id), Some(&row.level), "the level of {}", row.id);
    }
    assert_eq!(seen, wanted);
}

#[test]
fn every_row_says_its_state_and_what_is_met_names_what_shows_it() {
    for row in rows() {
        assert!(STATES.contains(&row.state.as_str()), "{}: {}", row.id, row.state);
        assert!(!row.asked.is_empty() && !row.how.is_empty() && !row.shown.is_empty(), "{} has an empty cell", row.id);
        assert!(row.state != "met" || row.shown().count() > 0, "{} is met, and nothing shows it", row.id);
    }
}

#[test]
fn every_test_and_every_chapter_that_a_row_names_exists() {
    let tests = tests();
    assert!(tests.len() > 900, "only {} tests were found", tests.len());
    for row in rows() {
        for shown in row.shown() {
            let exists = match shown.strip_prefix('`') {
                Some(test) => tests.contains(test.trim_end_matches('`')),
                None => shown.starts_with("build: ") || leads_to_a_heading(shown),
            };
            assert!(exists, "{} names {shown}, which is not there", row.id);
        }
    }
}

#[test]
fn the_counts_of_the_summary_are_those_of_the_tables() {
    let summary = sources::read("docs/asvs/README.md");
    let rows = rows();
    let line = |of: &dyn Fn(&Row) -> bool| {
        let count = |state: &str| rows.iter().filter(|row| of(row) && row.state == state).count();
        STATES.iter().map(|state| count(state).to_string()).collect::<Vec<_>>().join(" | ")
    };
    for number in 1..=17 {
        let levels = if DEEP.contains(&number) { "1–3" } else { "1–2" };
        let wanted = format!("| {levels} | {} |", line(&|row| row.chapter() == number));
        let found = summary.lines().find(|line| line.starts_with(&format!("| [{number}. ")));
        let found = found.unwrap_or_else(|| panic!("chapter {number} is not in the summary"));
        assert!(found.ends_with(&wanted), "{found} should end in {wanted}");
    }
    assert!(summary.contains(&format!("| all | | {} |", line(&|_| true))), "{}", line(&|_| true));
}

#[test]
fn what_is_missing_is_listed_in_the_summary() {
    let summary = sources::read("docs/asvs/README.md");
    let missing = summary.split("## What is missing").nth(1).expect("the list");
    for row in rows().iter().filter(|row| row.state == "not met") {
        let listed = missing.contains(&format!("{},", row.id)) || missing.contains(&format!("{})", row.id));
        assert!(listed, "{} is not met and not listed", row.id);
    }
    let known = requirements();
    let numbers =
        missing.split(|c: char| !c.is_ascii_digit() && c != '.').filter(|word| word.matches('.').count() == 2);
    for id in numbers.map(|word| word.trim_matches('.')).filter(|word| word.matches('.').count() == 2) {
        assert!(known.contains_key(id), "{id} is no requirement");
    }
}

/// A link to a heading of a document in `docs`.
fn leads_to_a_heading(link: &str) -> bool {
    let place = link.split("](../").nth(1).and_then(|rest| rest.strip_suffix(')'));
    let Some((file, anchor)) = place.and_then(|place| place.split_once('#')) else { return false };
    let text = sources::read(Path::new("docs").join(file));
    let headings = text.lines().filter_map(|line| line.strip_prefix("## "));
    headings.map(|heading| heading.to_lowercase().replace(' ', "-")).any(|heading| heading == anchor)
}

/// Every test of the repository by its path: crate, modules, name.
fn tests() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for path in sources::files("crates", ".rs") {
        let Some(module) = module(&path) else { continue };
        found.extend(names(&sources::read(&path)).into_iter().map(|name| format!("{module}::{name}")));
    }
    found
}

/// `crates/waxwing-app/src/login/mod.rs` is `waxwing_app::login`.
fn module(path: &Path) -> Option<String> {
    let path = path.to_string_lossy().replace('-', "_");
    let (name, rest) = path.strip_prefix("crates/")?.split_once('/')?;
    let rest = rest.strip_prefix("src/").or_else(|| rest.strip_prefix("tests/"))?.strip_suffix(".rs")?;
    let parts = rest.split('/').filter(|part| !matches!(*part, "mod" | "lib" | "main"));
    Some(std::iter::once(name).chain(parts).collect::<Vec<_>>().join("::"))
}

/// The tests of a file: functions under a test attribute, and those of `store_test!`, which run on both engines.
fn names(text: &str) -> Vec<String> {
    let (mut inner, mut on_both, mut marked) = ("", false, false);
    let mut names = Vec::new();
    for line in text.lines() {
        match line {
            "mod tests {" => inner = "tests::",
            "store_test! {" => on_both = true,
            "}" => on_both = false,
            _ => {}
        }
        let word = line.trim_start();
        if word.starts_with("#[test]") || word.starts_with("#[tokio::test") {
            marked = true;
        } else if let Some(name) = function(word).filter(|_| marked || (on_both && line.starts_with("    async fn "))) {
            names.push(format!("{inner}{name}"));
            marked = false;
        }
    }
    names
}

/// The name of the function that a line declares.
fn function(line: &str) -> Option<&str> {
    let line = line.strip_prefix("pub ").unwrap_or(line);
    let rest = line.strip_prefix("async ").unwrap_or(line).strip_prefix("fn ")?;
    rest.split(|c: char| !c.is_alphanumeric() && c != '_').next()
}
