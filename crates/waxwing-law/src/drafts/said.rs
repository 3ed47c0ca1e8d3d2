//! What people who were hit are told by a person: a case's own sentences, language by language.
//!
//! Promise: a letter has only sentences of its own language; where nobody wrote any, there is a gap. Nothing is
//! translated by machine. Limit: in which language the words of the case itself are is told by their small words; too
//! few of them count as English.

use super::{Locale, Parts};
use crate::language;
use serde::{Deserialize, Serialize};
use std::fmt;

/// The sentences of a letter that a person writes. May name staff, so that it shows nothing of itself in `Debug`.
#[derive(Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Said {
    /// What happened and how.
    pub what_happened: Option<String>,
    /// What may follow for those who read it.
    pub consequences: Option<String>,
    /// What was done and is planned.
    pub measures: Option<String>,
    /// What they can do themselves.
    pub advice: Option<String>,
}

impl Said {
    /// The same, with nothing in the place of what is blank.
    #[must_use]
    pub fn trimmed(self) -> Self {
        Self {
            what_happened: trimmed(self.what_happened),
            consequences: trimmed(self.consequences),
            measures: trimmed(self.measures),
            advice: trimmed(self.advice),
        }
    }

    /// Whether nothing is said at all.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

fn trimmed(text: Option<String>) -> Option<String> {
    text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
}

impl fmt::Debug for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Said(…)")
    }
}

impl Parts {
    /// The language of the case's own words, as far as they tell it; English else.
    pub fn language(&self) -> Locale {
        let all = [&self.what_happened, &self.consequences, &self.measures, &self.advice];
        let all: Vec<&str> = all.into_iter().flatten().map(String::as_str).collect();
        language::of(&language::words(&all.join("\n"))).unwrap_or(Locale::En)
    }

    /// What is said in one language: what was written for it, and the case's own words where they are in it.
    pub fn said_in(&self, locale: Locale) -> Said {
        let own = self.said.get(&locale).cloned().unwrap_or_default().trimmed();
        if self.language() != locale {
            return own;
        }
        Said {
            what_happened: own.what_happened.or_else(|| trimmed(self.what_happened.clone())),
            consequences: own.consequences.or_else(|| trimmed(self.consequences.clone())),
            measures: own.measures.or_else(|| trimmed(self.measures.clone())),
            advice: own.advice.or_else(|| trimmed(self.advice.clone())),
        }
    }

    /// Keeps what is said in one language.
    pub fn say(&mut self, locale: Locale, said: Said) {
        let said = said.trimmed();
        if said.is_empty() {
            self.said.remove(&locale);
        } else {
            self.said.insert(locale, said);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn some(text: &str) -> Option<String> {
        Some(text.to_owned())
    }

    #[test]
    fn words_of_the_case_stand_in_letters_of_their_own_language_only() {
        let mut parts = Parts {
            what_happened: some("Jemand hat mit einem gestohlenen Zugang die Liste der Mitglieder gelesen."),
            ..Parts::default()
        };
        assert_eq!(parts.language(), Locale::De);
        assert_eq!(parts.said_in(Locale::De).what_happened, parts.what_happened);
        assert!(parts.said_in(Locale::En).is_empty() && parts.said_in(Locale::Fr).is_empty());
        parts.say(Locale::Fr, Said { measures: some(" Nous avons tout fermé. "), ..Said::default() });
        assert_eq!(parts.said_in(Locale::Fr).measures.as_deref(), Some("Nous avons tout fermé."));
        parts.say(Locale::Fr, Said { measures: some("  "), ..Said::default() });
        assert!(parts.said_in(Locale::Fr).is_empty(), "what is blank is not said");
    }

    #[test]
    fn sentences_of_a_language_are_held_to_the_limits_of_all_parts() {
        let mut parts = Parts::default();
        parts.say(Locale::Es, Said { advice: some(&"x".repeat(20_000)), ..Said::default() });
        assert!(parts.check().is_err() && Parts::from_json(&parts.to_json()).is_err());
        parts.say(Locale::Es, Said { advice: some("Cambie su contraseña."), ..Said::default() });
        assert_eq!(Parts::from_json(&parts.to_json()), Ok(parts));
    }
}
