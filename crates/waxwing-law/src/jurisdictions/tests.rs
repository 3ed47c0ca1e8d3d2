//! The shipped rows, and books that must be refused.

use super::*;
use jiff::civil::date;

#[test]
fn the_shipped_rules_are_a_book() {
    let book = RuleBook::parse(SHIPPED).expect("well formed");
    assert!(book.rules().len() >= 20, "{}", book.rules().len());
    assert_eq!(&book, RuleBook::shipped());
}

#[test]
fn every_test_decides_at_least_one_shipped_rule() {
    for test in Test::ALL {
        assert!(RuleBook::shipped().rules().iter().any(|rule| rule.test == *test), "{test:?} decides nothing");
    }
}

#[test]
fn every_shipped_row_says_where_and_when_it_was_checked() {
    for rule in RuleBook::shipped().rules() {
        assert!(rule.checked_on >= date(2026, 11, 22), "{}", rule.id);
        assert!(rule.status != Checked::Unverified || rule.note.is_some(), "{} is unverified without a note", rule.id);
        assert!(rule.in_force_from < rule.checked_on, "{} was not in force when it was checked", rule.id);
    }
}

#[test]
fn california_counts_thirty_days_since_2026() {
    let book = RuleBook::shipped();
    let row = |day| book.in_force(day).find(|rule| rule.id == "us-ca-1798-82-a").expect("in force").clock.period;
    assert_eq!(row(date(2025, 12, 31)), crate::period::Period::Promptly);
    assert_eq!(row(date(2026, 1, 1)), crate::period::Period::Days(30));
}

fn book(change: impl Fn(&mut toml::Table)) -> Result<RuleBook, BookError> {
    let mut file: toml::Table = SHIPPED[0].parse().expect("TOML");
    let rows = file["rule"].as_array_mut().expect("rows");
    rows.truncate(1);
    change(rows[0].as_table_mut().expect("a row"));
    RuleBook::parse(&[&file.to_string()])
}

#[test]
fn rows_that_cannot_be_right_are_refused() {
    assert!(book(|_| {}).is_ok());
    let wrong = |key: &'static str, value: &'static str| book(move |row| drop(row.insert(key.into(), value.into())));
    for (key, value) in
        [("id", "GDPR 33"), ("title", " "), ("source", "http://example.org"), ("in_force_to", "2001-01-01")]
    {
        assert!(matches!(wrong(key, value), Err(BookError::Row { .. })), "{key}");
    }
    // It was read on a copy: whoever calls that verified is refused.
    assert!(matches!(wrong("status", "verified"), Err(BookError::Row { .. })));
    assert!(matches!(book(|row| drop(row.remove("read"))), Err(BookError::Row { .. })));
    for (key, value) in [("status", "sure"), ("colour", "red"), ("test", "gut-feeling")] {
        assert!(matches!(wrong(key, value), Err(BookError::Form(_))), "{key}");
    }
    let long = book(|row| drop(row.insert("title".into(), "x".repeat(LONGEST_TEXT + 1).into())));
    assert!(matches!(long, Err(BookError::Row { .. })));
    assert_eq!(RuleBook::parse(&[&"#".repeat(LONGEST + 1)]), Err(BookError::TooMuch("256 KiB")));
}

#[test]
fn two_versions_of_a_rule_are_never_in_force_on_one_day() {
    let twice = RuleBook::parse(&[SHIPPED[0], SHIPPED[0]]);
    assert!(matches!(twice, Err(BookError::Row { wrong: "is there twice", .. })));
    let second = SHIPPED[0].replace("version = 1", "version = 2");
    let both = RuleBook::parse(&[SHIPPED[0], &second]);
    assert!(matches!(both, Err(BookError::Row { wrong: "two versions are in force on one day", .. })));
}
