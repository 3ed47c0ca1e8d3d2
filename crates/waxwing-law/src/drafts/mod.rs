//! Drafts of notices, filled from facts and from what people wrote.
//!
//! Promise: every word of a draft comes from the facts, from a person, or is fixed wording of the form;
//! what is missing stands there as a marked gap and is never made up. [`Draft::share`] counts which is
//! which. Limit: a draft is a draft. The forms of authorities change; each draft names the form that it
//! follows, and counsel confirms.

mod authority;
mod california;
mod cnil;
mod facts_in_words;
mod ico;
mod partners;
mod parts;
mod people;
mod register;
mod render;
mod said;

pub use parts::{PartError, Parts};
pub use people::{Locale, Person, data_text, letter, people, plain_words};
pub use said::Said;

use crate::facts::Facts;
use crate::severity::Assessment;
use crate::words::words;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

words! {
    /// The drafts that there are, except the message to people (see [`people()`]).
    pub enum DraftKind {
        /// GDPR Art. 33, the first notification or a later one.
        Authority = "authority", "Notification to the supervisory authority (GDPR Art. 33)";
        /// The fields of the ICO's form.
        Ico = "ico", "Fields of the ICO's form (United Kingdom)";
        /// The fields of the CNIL's form.
        Cnil = "cnil", "Fields of the CNIL's form (France)";
        /// The letter of California Civil Code 1798.82(d).
        California = "california", "Notice of Data Breach (California)";
        /// What the Attorney General of California is given with the sample.
        Attorney = "attorney", "Sample for the Attorney General (California)";
        /// The row of the register (GDPR Art. 33(5)).
        Register = "register", "Entry in the register of breaches (GDPR Art. 33(5))";
        /// A processor tells a controller (GDPR Art. 33(2)).
        Controller = "controller", "Notice to the controller (GDPR Art. 33(2))";
        /// A provider is told and asked for help.
        Provider = "provider", "Packet for a provider";
    }
}

/// Where a piece of text comes from.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "from", content = "text")]
pub enum Piece {
    /// The form's own wording.
    Fixed(String),
    /// Filled in from the facts.
    Fact(String),
    /// Written by a person.
    Written(String),
    /// Missing; the text says what.
    Gap(String),
}

/// A run of pieces.
pub type Line = Vec<Piece>;

/// One block of a section.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "is")]
pub enum Block {
    /// A paragraph.
    Paragraph {
        /// Its text.
        line: Line,
    },
    /// A list.
    List {
        /// Its items.
        items: Vec<Line>,
    },
    /// A field of a form.
    Field {
        /// What the form calls it.
        label: String,
        /// Its value.
        line: Line,
    },
}

/// A part of a draft under a heading.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Section {
    /// The heading.
    pub heading: String,
    /// What stands under it.
    pub blocks: Vec<Block>,
}

/// A draft.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Draft {
    /// Its title.
    pub title: String,
    /// Its sections, in the order that the form prescribes.
    pub sections: Vec<Section>,
}

/// Where the fillable pieces of a draft came from.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Share {
    /// Filled from the facts.
    pub facts: usize,
    /// Written by people.
    pub written: usize,
    /// Still missing.
    pub gaps: usize,
}

impl Share {
    /// The share that the facts filled, in whole percent, cut; 0 where nothing was to be filled.
    pub fn prefilled_percent(self) -> usize {
        (self.facts * 100).checked_div(self.facts + self.written + self.gaps).unwrap_or(0)
    }
}

impl Draft {
    /// Where its pieces came from.
    pub fn share(&self) -> Share {
        let mut share = Share::default();
        for piece in self.pieces() {
            match piece {
                Piece::Fixed(_) => {}
                Piece::Fact(_) => share.facts += 1,
                Piece::Written(_) => share.written += 1,
                Piece::Gap(_) => share.gaps += 1,
            }
        }
        share
    }

    /// What is missing, in the order of the draft.
    pub fn gaps(&self) -> impl Iterator<Item = &str> {
        self.pieces().filter_map(|piece| match piece {
            Piece::Gap(what) => Some(what.as_str()),
            _ => None,
        })
    }

    fn pieces(&self) -> impl Iterator<Item = &Piece> {
        self.sections.iter().flat_map(|section| &section.blocks).flat_map(Block::lines).flatten()
    }
}

impl Block {
    fn lines(&self) -> &[Line] {
        match self {
            Self::Paragraph { line } | Self::Field { line, .. } => std::slice::from_ref(line),
            Self::List { items } => items,
        }
    }
}

/// What drafts are made from.
#[derive(Clone, Copy)]
pub struct Material<'a> {
    /// What is known.
    pub facts: &'a Facts,
    /// What people wrote.
    pub parts: &'a Parts,
    /// The severity, where it was computed.
    pub severity: Option<&'a Assessment>,
    /// When the draft is made: decides whether 72 hours have passed.
    pub now: Timestamp,
}

/// A draft of one kind.
pub fn draft(kind: DraftKind, material: &Material<'_>) -> Draft {
    match kind {
        DraftKind::Authority => authority::draft(material),
        DraftKind::Ico => ico::draft(material),
        DraftKind::Cnil => cnil::draft(material),
        DraftKind::California => california::letter(material),
        DraftKind::Attorney => california::attorney(material),
        DraftKind::Register => register::draft(material),
        DraftKind::Controller => partners::controller(material),
        DraftKind::Provider => partners::provider(material),
    }
}

fn section(heading: &str, blocks: impl IntoIterator<Item = Block>) -> Section {
    Section { heading: heading.to_owned(), blocks: blocks.into_iter().collect() }
}

fn field(label: &str, piece: Piece) -> Block {
    Block::Field { label: label.to_owned(), line: vec![piece] }
}

fn paragraph(line: impl Into<Line>) -> Block {
    Block::Paragraph { line: line.into() }
}

fn fixed(text: &str) -> Piece {
    Piece::Fixed(text.to_owned())
}

/// What a person wrote, or the gap that says what to write.
fn written(text: &Option<String>, missing: &str) -> Piece {
    match text {
        Some(text) if !text.trim().is_empty() => Piece::Written(text.trim().to_owned()),
        _ => Piece::Gap(missing.to_owned()),
    }
}

/// A fact, or the gap that says which.
fn fact(text: Option<String>, missing: &str) -> Piece {
    text.map_or_else(|| Piece::Gap(missing.to_owned()), Piece::Fact)
}

#[cfg(test)]
mod tests;
