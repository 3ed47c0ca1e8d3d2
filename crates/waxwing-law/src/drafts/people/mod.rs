//! The message to a person affected (GDPR Art. 34(2)): their own data, in plain words, in their language.
//!
//! Nature, contact, consequences and measures, and nothing else. The fixed wording is ours and short; what
//! happened, what may follow and what was done is written by a person in each language ([`Parts::said_in`]). Limit: a
//! language that is not here gets no message from here; nothing is translated by machine.

mod de;
mod en;
mod es;
mod fr;

use super::{Block, Draft, Parts, Piece, Said, fixed, paragraph, section, written};
use crate::facts::DataKind;
use crate::words::words;
use jiff::civil::Date;

words! {
    /// The languages of the message to people.
    pub enum Locale {
        /// English.
        En = "en", "English";
        /// German.
        De = "de", "Deutsch";
        /// French.
        Fr = "fr", "français";
        /// Spanish.
        Es = "es", "español";
    }
}

/// The fixed wording of one language. `{…}` marks what is put in.
pub(crate) struct Wording {
    /// `{organisation}`, `{date}`.
    pub title: &'static str,
    /// What happened; which data; what it may mean; what we did; what you can do; whom to ask.
    pub headings: [&'static str; 6],
    /// `{date}`: when it happened or was noticed.
    pub noticed: &'static str,
    /// Before the list of data that certainly reached others.
    pub certain: &'static str,
    /// Before the list of data that may have.
    pub possible: &'static str,
    /// What to do about a password.
    pub change_password: &'static str,
    /// What to do about contact data.
    pub beware: &'static str,
    /// What to do about money.
    pub watch_accounts: &'static str,
    /// January to December, as they stand in a date.
    pub months: [&'static str; 12],
    /// `{day}`, `{month}`, `{year}`.
    pub date: &'static str,
    /// Each kind of data in plain words.
    pub data: fn(DataKind) -> &'static str,
    /// What a person still has to write.
    pub gaps: [&'static str; 5],
}

impl Locale {
    pub(crate) const fn wording(self) -> &'static Wording {
        match self {
            Self::En => &en::WORDING,
            Self::De => &de::WORDING,
            Self::Fr => &fr::WORDING,
            Self::Es => &es::WORDING,
        }
    }

    /// A date as people write it in this language.
    pub fn date(self, day: Date) -> String {
        let wording = self.wording();
        let month = usize::from(day.month().unsigned_abs()).checked_sub(1).and_then(|at| wording.months.get(at));
        wording
            .date
            .replace("{day}", &day.day().to_string())
            .replace("{month}", month.copied().unwrap_or_default())
            .replace("{year}", &day.year().to_string())
    }
}

/// A kind of data in plain words.
pub fn plain_words(locale: Locale, kind: DataKind) -> &'static str {
    (locale.wording().data)(kind)
}

/// One person, as far as the message needs them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Person {
    /// Whether their data certainly reached others.
    pub certain: bool,
    /// Which kinds of theirs could be read.
    pub data: Vec<DataKind>,
}

/// The message to one person, dated `day`. `noticed` is the day on which the breach was noticed.
pub fn people(locale: Locale, person: &Person, parts: &Parts, day: Date, noticed: Option<Date>) -> Draft {
    let wording = locale.wording();
    let organisation = parts.organisation.as_deref().map(str::trim).filter(|name| !name.is_empty());
    let title =
        wording.title.replace("{date}", &locale.date(day)).replace("{organisation}", organisation.unwrap_or("…"));
    let [happened, data, may_mean, did, can_do, ask] = wording.headings;
    let [gap_happened, gap_data, gap_mean, gap_did, gap_ask] = wording.gaps;
    let said = parts.said_in(locale);
    let mut first = vec![paragraph([written(&said.what_happened, gap_happened)])];
    if let Some(noticed) = noticed {
        first.push(paragraph([Piece::Fact(wording.noticed.replace("{date}", &locale.date(noticed)))]));
    }
    let sections = vec![
        section(happened, first),
        section(data, theirs(locale, person, gap_data)),
        section(may_mean, [paragraph([written(&said.consequences, gap_mean)])]),
        section(did, [paragraph([written(&said.measures, gap_did)])]),
        section(can_do, advice(wording, person, &said)),
        section(ask, [paragraph([written(&parts.contact, gap_ask)])]),
    ];
    Draft { title, sections }
}

/// What of one person's data certainly reached others and what may have, as plain text: a sentence and a list for each.
pub fn data_text(locale: Locale, certain: &[DataKind], possible: &[DataKind]) -> String {
    let wording = locale.wording();
    let parts = [(wording.certain, certain), (wording.possible, possible)];
    let told = parts.into_iter().filter(|(_, kinds)| !kinds.is_empty()).map(|(lead, kinds)| {
        let items: Vec<_> = kinds.iter().map(|kind| format!("- {}", plain_words(locale, *kind))).collect();
        format!("{lead}\n{}", items.join("\n"))
    });
    told.collect::<Vec<_>>().join("\n\n")
}

/// The message of [`people()`] as title and text, with `mark` in the place of the person's own data; advice fits `data`.
pub fn letter(
    locale: Locale,
    (data, mark): (&[DataKind], &str),
    parts: &Parts,
    day: Date,
    noticed: Option<Date>,
) -> (String, String) {
    let person = Person { certain: true, data: data.to_vec() };
    let mut draft = people(locale, &person, parts, day, noticed);
    if let Some(theirs) = draft.sections.get_mut(1) {
        theirs.blocks = vec![paragraph([Piece::Written(mark.to_owned())])];
    }
    // The title is the subject; it stands in the text of a draft with a line under it.
    let text = draft.text().lines().skip(3).collect::<Vec<_>>().join("\n");
    (draft.title, text)
}

fn theirs(locale: Locale, person: &Person, gap: &str) -> Vec<Block> {
    let wording = locale.wording();
    let lead = if person.certain { wording.certain } else { wording.possible };
    let mut kinds = person.data.clone();
    kinds.sort_unstable();
    kinds.dedup();
    let items: Vec<_> = kinds.into_iter().map(|kind| vec![Piece::Fact(plain_words(locale, kind).to_owned())]).collect();
    if items.is_empty() {
        return vec![paragraph([Piece::Gap(gap.to_owned())])];
    }
    vec![paragraph([fixed(lead)]), Block::List { items }]
}

/// What fits the data, then what a person wrote.
fn advice(wording: &Wording, person: &Person, said: &Said) -> Vec<Block> {
    let has = |kinds: &[DataKind]| person.data.iter().any(|kind| kinds.contains(kind));
    let known = [
        (has(&[DataKind::Password, DataKind::SecurityAnswer]), wording.change_password),
        (has(&[DataKind::EmailAddress, DataKind::PhoneNumber]), wording.beware),
        (has(&[DataKind::AccountAccess, DataKind::Finances]), wording.watch_accounts),
    ];
    let items: Vec<_> = known.into_iter().filter(|(fits, _)| *fits).map(|(_, text)| vec![fixed(text)]).collect();
    let mut blocks = Vec::new();
    if !items.is_empty() {
        blocks.push(Block::List { items });
    }
    if said.advice.is_some() || blocks.is_empty() {
        blocks.push(paragraph([written(&said.advice, "what people can do themselves")]));
    }
    blocks
}
