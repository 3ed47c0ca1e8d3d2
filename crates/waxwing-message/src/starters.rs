//! Three designs to begin with: a newsletter, an announcement, a plain letter.
//!
//! Promise: each compiles without a warning, names organisation, postal address and reason, and
//! links to unsubscribing and to the view in a browser; colours have a contrast of 4.5:1 or more.

use crate::compile::{ContentFormat, Wrapper, WrapperFormat};

/// A design of ours.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Starter {
    /// Stable name.
    pub key: &'static str,
    /// What people see.
    pub name: &'static str,
    /// In one sentence.
    pub description: &'static str,
    /// What to write in when beginning from it.
    pub format: ContentFormat,
    /// The content to begin with.
    pub body: &'static str,
    /// The frame, for Markdown.
    pub wrapper: Option<&'static str>,
}

/// All of them, in the order shown.
pub const STARTERS: &[Starter] = &[
    Starter {
        key: "newsletter",
        name: "Newsletter",
        description: "A heading, a lead story with a button, two shorter ones side by side.",
        format: ContentFormat::Mjml,
        body: include_str!("../starters/newsletter.mjml"),
        wrapper: None,
    },
    Starter {
        key: "announcement",
        name: "Announcement",
        description: "One message, one button.",
        format: ContentFormat::Mjml,
        body: include_str!("../starters/announcement.mjml"),
        wrapper: None,
    },
    Starter {
        key: "plain-letter",
        name: "Plain letter",
        description: "Reads like a letter from a person; written in Markdown.",
        format: ContentFormat::Markdown,
        body: include_str!("../starters/plain-letter.md"),
        wrapper: Some(include_str!("../starters/plain-letter.html")),
    },
];

/// The starter of that key.
pub fn starter(key: &str) -> Option<&'static Starter> {
    STARTERS.iter().find(|s| s.key == key)
}

/// The frame for Markdown that names none: the plain letter's.
pub fn default_wrapper() -> Wrapper {
    Wrapper { format: WrapperFormat::Html, source: include_str!("../starters/plain-letter.html").to_owned() }
}
