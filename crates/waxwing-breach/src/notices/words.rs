//! What a notice says: a letter in each language, one place in it for what is the person's own, and the sender.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use waxwing_app::sending::Sender;
use waxwing_app::{Error, Result};
use waxwing_domain::HeaderText;
use waxwing_law::drafts::{Locale, data_text};
use waxwing_law::facts::DataKind;
use waxwing_law::lint::LintRule;

/// What stands in a letter where each person reads which of their data it was.
pub const MARK: &str = "{data}";
/// The longest letter, in characters.
const LONGEST: usize = 20_000;
/// The longest words that are read as JSON, in bytes.
const LONGEST_JSON: usize = 256 * 1024;
/// The longest title, in characters.
const LONGEST_TITLE: usize = 200;

/// A letter in one language.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Letter {
    /// The subject line: the same for everybody, so that it can say nothing of anybody.
    pub title: String,
    /// The text, with [`MARK`] once.
    pub text: String,
}

impl Letter {
    /// From what was typed.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a title of several lines, a text without the mark or with other braces.
    pub fn parse(title: &str, text: &str) -> Result<Self> {
        let (title, text) = (title.trim().to_owned(), text.trim().replace("\r\n", "\n"));
        let one_line = HeaderText::parse(&title).is_ok() && title.chars().count() <= LONGEST_TITLE;
        if title.is_empty() || !one_line || title.contains(['{', '}']) {
            return Err(Error::invalid("title", "Write a title of one line, at most 200 characters, without braces."));
        }
        let control = text.chars().any(|c| c.is_control() && c != '\n' && c != '\t');
        if control || text.chars().count() > LONGEST {
            return Err(Error::invalid("text", "Write plain text of at most 20,000 characters."));
        }
        if text.matches(MARK).count() != 1 || text.replacen(MARK, "", 1).contains(['{', '}']) {
            let why = "Write {data} once: there each person reads which of their data it was. No other braces.";
            return Err(Error::invalid("text", why));
        }
        Ok(Self { title, text })
    }

    /// The text as a person reads it of whom these kinds were taken for certain, and these possibly.
    pub fn filled(&self, locale: Locale, certain: &[DataKind], possible: &[DataKind]) -> String {
        self.text.replacen(MARK, &data_text(locale, certain, possible), 1)
    }
}

/// All that a notice says.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Words {
    /// The language of whoever has none of those below.
    pub usual: Locale,
    /// The letters.
    pub letters: BTreeMap<Locale, Letter>,
    /// The name beside the address.
    pub from_name: String,
    /// From which address; empty until it is chosen.
    pub from: String,
    /// Where answers go, if not there.
    pub reply_to: String,
    /// What kind of data a field of the workspace's own is to the people, by its number.
    pub kinds: BTreeMap<u32, DataKind>,
    /// What the linter found that a person let stand.
    #[serde(default)]
    pub overruled: Vec<LintRule>,
}

impl Words {
    /// Reads words that were written as JSON, in the form in which [`Words`] are kept; each letter is held to what a typed
    /// one is held to.
    ///
    /// # Errors
    /// [`Error::Invalid`] for another form, more than 256 KiB, or a letter or sender that cannot be.
    pub fn from_json(text: &str) -> Result<Self> {
        let form = || Error::invalid("words", "This is not the form of the words of a notice.");
        let read: Self =
            (text.len() <= LONGEST_JSON).then(|| serde_json::from_str(text).ok()).flatten().ok_or_else(form)?;
        let letters = read.letters.iter();
        let letters = letters.map(|(locale, one)| Ok((*locale, Letter::parse(&one.title, &one.text)?)));
        let words = Self { letters: letters.collect::<Result<_>>()?, overruled: Vec::new(), ..read };
        if !words.from.is_empty() {
            words.sender()?;
        }
        Ok(words)
    }

    /// The sender.
    ///
    /// # Errors
    /// [`Error::Invalid`] for an address that cannot be.
    pub fn sender(&self) -> Result<Sender> {
        Sender::parse(&self.from_name, &self.from, Some(&self.reply_to))
    }
    /// The language in which somebody is written to who wants `wanted`.
    pub fn spoken(&self, wanted: &str) -> Locale {
        let short = wanted.trim().split(['-', '_']).next().unwrap_or_default().to_ascii_lowercase();
        Locale::parse(&short).filter(|locale| self.letters.contains_key(locale)).unwrap_or(self.usual)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_letter_has_one_place_for_what_is_the_persons_own() {
        let letter = Letter::parse(" 22 November 2026: news ", "Hello.\r\n{data}\nBye.").expect("fine");
        let text = letter.filled(Locale::En, &[DataKind::Name], &[DataKind::EmailAddress]);
        assert!(
            text.contains("- your name") && text.contains("cannot rule out") && text.contains("- your email address")
        );
        assert!(!text.contains(MARK) && text.starts_with("Hello.\n") && text.ends_with("\nBye."));
    }

    #[test]
    fn what_no_letter_can_be_is_refused() {
        for (title, text) in [
            ("", "{data}"),
            ("Two\nlines", "{data}"),
            ("Hello {name}", "{data}"),
            ("Fine", "nothing"),
            ("Fine", "{data} {data}"),
            ("Fine", "{data} {{ subscriber.email }}"),
            ("Fine", "{data} {% if x %}"),
            ("Fine", "{data}\u{1b}[31m"),
            (&"x".repeat(201), "{data}"),
        ] {
            assert!(Letter::parse(title, text).is_err(), "{title:?} {text:?}");
        }
    }

    #[test]
    fn people_are_written_to_in_their_language_where_there_is_a_letter() {
        let letter = Letter { title: "x".into(), text: MARK.into() };
        let letters = [(Locale::En, letter.clone()), (Locale::De, letter)].into();
        let words = Words {
            usual: Locale::En,
            letters,
            from_name: String::new(),
            from: String::new(),
            reply_to: String::new(),
            kinds: BTreeMap::new(),
            overruled: Vec::new(),
        };
        let spoken = ["de", "DE-at", "de_CH", "fr", "", "deutsch"].map(|wanted| words.spoken(wanted));
        assert_eq!(spoken, [Locale::De, Locale::De, Locale::De, Locale::En, Locale::En, Locale::En]);
    }
}
