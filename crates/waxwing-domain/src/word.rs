//! The word of a workspace: what people type and links say to mean it.

use std::fmt;
use std::str::FromStr;

/// The longest word, in characters.
const LONGEST: usize = 32;
/// What a name without one letter of the Latin alphabet becomes.
const FALLBACK: &str = "main";

/// A text that is not the word of a workspace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("use 1 to {LONGEST} small letters, digits and single dashes between them")]
pub struct WordError;

/// The short name of a workspace, unique in its installation: small letters, digits, and dashes
/// between them, so that it can stand in an address and be said over the telephone.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct WorkspaceWord(String);

impl WorkspaceWord {
    /// The word that a name suggests: `Birch & Sons` becomes `birch-sons`.
    pub fn suggested_by(name: &str) -> Self {
        let plain: String =
            name.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' }).collect();
        let mut word = String::new();
        for part in plain.split('-').filter(|part| !part.is_empty()) {
            let dash = usize::from(!word.is_empty());
            if word.len() + dash + part.len() > LONGEST {
                break;
            }
            word.extend((dash == 1).then_some('-'));
            word.push_str(part);
        }
        Self(if word.is_empty() { FALLBACK.to_owned() } else { word })
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for WorkspaceWord {
    type Err = WordError;
    fn from_str(text: &str) -> Result<Self, WordError> {
        let part = |part: &str| {
            !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
        };
        (text.len() <= LONGEST && text.split('-').all(part)).then(|| Self(text.to_owned())).ok_or(WordError)
    }
}

impl fmt::Display for WorkspaceWord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_small_letters_digits_and_single_dashes() {
        for good in ["a", "main", "birch-sons", "2-go", &"x".repeat(LONGEST)] {
            assert!(good.parse::<WorkspaceWord>().is_ok(), "{good}");
        }
        for bad in ["", "-", "a-", "-a", "a--b", "A", "ä", "a b", "a/b", "a\n", &"x".repeat(LONGEST + 1)] {
            assert_eq!(bad.parse::<WorkspaceWord>(), Err(WordError), "{bad}");
        }
    }

    #[test]
    fn every_name_suggests_a_word_that_is_one() {
        for (name, word) in [
            ("Birch & Sons", "birch-sons"),
            ("  Orchard  ", "orchard"),
            ("Ålesund Kaffe", "lesund-kaffe"),
            ("日本", "main"),
            ("", "main"),
            (&"y".repeat(40), "main"),
            (&format!("short {}", "y".repeat(40)), "short"),
        ] {
            let suggested = WorkspaceWord::suggested_by(name);
            assert_eq!(suggested.as_str(), word);
            assert_eq!(suggested.as_str().parse(), Ok(suggested.clone()));
        }
    }
}
