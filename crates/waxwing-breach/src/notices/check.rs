//! What stands between a notice and its people: the linter of every letter as somebody reads it, and what is missing.

use super::{Group, Notice};
use waxwing_law::drafts::{Locale, Parts};
use waxwing_law::facts::DataKind;
use waxwing_law::lint::{self, LintFinding, LintRule, Spot, lint};

/// How grave a finding is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Tone {
    /// The notice does not leave with it.
    Blocks,
    /// It leaves when a person says so.
    Asks,
}

/// Something that was found.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Found {
    /// Which rule; none for what is missing beside the words.
    pub rule: Option<LintRule>,
    /// In which letter.
    pub locale: Option<Locale>,
    /// Where in it.
    pub place: String,
    /// The words that it is about.
    pub quote: String,
    /// Why it matters.
    pub why: String,
    /// How to mend it.
    pub mend: String,
}

impl Found {
    fn missing(why: &str, mend: &str) -> Self {
        let (why, mend) = (why.to_owned(), mend.to_owned());
        Self { rule: None, locale: None, place: String::new(), quote: String::new(), why, mend }
    }
    fn of(locale: Locale, found: LintFinding) -> Self {
        let place = match found.spot {
            Spot::Title => "title".to_owned(),
            Spot::Line(line) => format!("line {line}"),
            Spot::Markup | Spot::Whole => String::new(),
        };
        let (why, quote, mend) = (found.why.to_owned(), found.quote, found.mend);
        Self { rule: Some(found.rule), locale: Some(locale), place, quote, why, mend }
    }
    /// How grave it is.
    pub fn tone(&self) -> Tone {
        match self.rule {
            Some(rule) if rule.may_be_overruled() => Tone::Asks,
            _ => Tone::Blocks,
        }
    }
}

/// Everything that is found, each thing once.
pub(super) fn findings(notice: &Notice, groups: &[Group], parts: &Parts, host: &str, relay: bool) -> Vec<Found> {
    let mut found = missing(notice, groups, relay);
    let contacts = contacts(parts);
    let contacts: Vec<&str> = contacts.iter().map(String::as_str).collect();
    for group in groups {
        let Some(letter) = notice.words.letters.get(&group.locale) else { continue };
        let text = letter.filled(group.locale, &group.certain, &group.possible);
        let data: Vec<DataKind> = group.certain.iter().chain(&group.possible).copied().collect();
        let read = lint::Notice {
            locale: group.locale,
            title: &letter.title,
            text: &text,
            html: None,
            data: &data,
            // Where some of it is only possible, words such as “may” say what is true.
            certain: group.possible.is_empty(),
            contacts: &contacts,
            hosts: &[host],
        };
        for one in lint(&read).into_iter().map(|one| Found::of(group.locale, one)) {
            if !found.contains(&one) {
                found.push(one);
            }
        }
    }
    found
}

fn missing(notice: &Notice, groups: &[Group], relay: bool) -> Vec<Found> {
    let mut found = Vec::new();
    if groups.is_empty() {
        found.push(Found::missing("Nobody of this answer is here still.", "Choose another frozen answer."));
    }
    if notice.words.sender().is_err() {
        found.push(Found::missing("The sender’s address is missing or cannot be.", "Fill in “From”."));
    }
    if !relay {
        let mend = "Choose a relay that is enabled and not contained; add one under Settings, Relays.";
        found.push(Found::missing("No relay is chosen, or it may not be used now.", mend));
    }
    found
}

/// What the case names as its contact: as a whole, and the addresses and numbers in it.
fn contacts(parts: &Parts) -> Vec<String> {
    let whole = parts.contact.clone().unwrap_or_default();
    let digits = |word: &str| word.chars().filter(char::is_ascii_digit).count();
    let words = whole.split_whitespace().map(|word| word.trim_matches(|c: char| !c.is_alphanumeric() && c != '+'));
    let own: Vec<String> = words
        .filter(|word| word.contains('@') || word.contains("://") || digits(word) >= 6)
        .map(str::to_owned)
        .collect();
    std::iter::once(whole.trim().to_owned()).filter(|whole| !whole.is_empty()).chain(own).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_contact_counts_as_a_whole_and_by_its_addresses() {
        let parts =
            Parts { contact: Some("Olga Alder, privacy@orchard.example, +49301234567".into()), ..Parts::default() };
        let known = contacts(&parts);
        assert_eq!(known[1..], ["privacy@orchard.example".to_owned(), "+49301234567".to_owned()]);
        assert!(contacts(&Parts::default()).is_empty());
    }
}
