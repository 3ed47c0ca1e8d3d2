//! The rules of law as versioned data.
//!
//! Promise: every row names its law and section, where its text stands, the day it was last compared with
//! that text, and whether the text itself was read: *verified*; *copy* where somebody else's copy of it was read, and
//! which; or *unverified* where only summaries of others were at hand. Every page that shows the row says
//! which, and a row that calls itself verified is refused where what was read is not the source. A row that
//! changes gets another version and an end; the old one stays, for breaches of its time. Limit: the rows say
//! when and to whom; whether a rule applies is decided by code that the row names (see [`crate::duties`]).

mod row;

pub use row::{Checked, ClockRow, PauseReason, Recipient, Rule, Start, Test};

use jiff::civil::Date;
use serde::Deserialize;
use std::collections::BTreeSet;
use std::sync::LazyLock;

/// The longest book that is read, in bytes.
const LONGEST: usize = 256 * 1024;
/// The most rows of a book.
const MOST_RULES: usize = 500;
/// The longest text in a row, in bytes.
const LONGEST_TEXT: usize = 2000;

const SHIPPED: &[&str] = &[
    include_str!("../../rules/eu-gdpr.toml"),
    include_str!("../../rules/uk-gdpr.toml"),
    include_str!("../../rules/us-ca.toml"),
    include_str!("../../rules/ca-pipeda.toml"),
    include_str!("../../rules/br-lgpd.toml"),
    include_str!("../../rules/au-ndb.toml"),
    include_str!("../../rules/eu-nis2.toml"),
];

/// A book of rules that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BookError {
    /// Too large.
    #[error("more than a book of rules may hold: {0}")]
    TooMuch(&'static str),
    /// Not the form of a book.
    #[error("not the form of rules: {0}")]
    Form(String),
    /// A row that cannot be right.
    #[error("the rule {id}: {wrong}")]
    Row {
        /// Which row.
        id: String,
        /// What is wrong with it.
        wrong: &'static str,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    rule: Vec<Rule>,
}

/// A set of rules, every row checked.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RuleBook {
    rules: Vec<Rule>,
}

impl RuleBook {
    /// The rules that come with the product.
    pub fn shipped() -> &'static Self {
        static BOOK: LazyLock<RuleBook> = LazyLock::new(|| {
            // The texts are compiled in and `the_shipped_rules_are_a_book` reads them in every test run.
            RuleBook::parse(SHIPPED).expect("the shipped rules are well formed")
        });
        &BOOK
    }

    /// Reads books in TOML, one after the other.
    ///
    /// # Errors
    /// Refuses more than 256 KiB or 500 rows, unknown keys, and rows that [`Rule`] calls wrong.
    pub fn parse(texts: &[&str]) -> Result<Self, BookError> {
        if texts.iter().map(|text| text.len()).sum::<usize>() > LONGEST {
            return Err(BookError::TooMuch("256 KiB"));
        }
        let mut rules = Vec::new();
        for text in texts {
            let file: File = toml::from_str(text).map_err(|error| BookError::Form(error.message().to_owned()))?;
            rules.extend(file.rule);
        }
        let book = Self { rules };
        book.check()?;
        Ok(book)
    }

    fn check(&self) -> Result<(), BookError> {
        if self.rules.len() > MOST_RULES {
            return Err(BookError::TooMuch("500 rules"));
        }
        let mut seen = BTreeSet::new();
        for rule in &self.rules {
            let wrong =
                rule.wrong(LONGEST_TEXT).or((!seen.insert((&rule.id, rule.version))).then_some("is there twice"));
            if let Some(wrong) = wrong {
                return Err(BookError::Row { id: rule.id.chars().take(60).collect(), wrong });
            }
        }
        match self.overlap() {
            Some(id) => Err(BookError::Row { id: id.to_owned(), wrong: "two versions are in force on one day" }),
            None => Ok(()),
        }
    }

    /// A rule of which two versions are in force on one day.
    fn overlap(&self) -> Option<&str> {
        let clash = |one: &Rule, other: &Rule| {
            one.id == other.id
                && one.version < other.version
                && one.in_force_to.is_none_or(|end| end >= other.in_force_from)
        };
        let twice = self.rules.iter().find(|one| self.rules.iter().any(|other| clash(one, other)));
        twice.map(|rule| rule.id.as_str())
    }

    /// Every row, old versions included.
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// The rows in force on `day`.
    pub fn in_force(&self, day: Date) -> impl Iterator<Item = &Rule> {
        self.rules.iter().filter(move |rule| rule.in_force(day))
    }

    /// One row by id and version.
    pub fn rule(&self, id: &str, version: u16) -> Option<&Rule> {
        self.rules.iter().find(|rule| rule.id == id && rule.version == version)
    }
}

#[cfg(test)]
mod tests;
