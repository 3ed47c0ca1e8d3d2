//! What people type into the composer, and how it is read.

use super::{Letter, Words};
use serde::Deserialize;
use std::collections::BTreeMap;
use waxwing_app::{Error, Result};
use waxwing_domain::RelayId;
use waxwing_law::drafts::{Locale, Said};
use waxwing_law::facts::DataKind;
use waxwing_law::lint::LintRule;

/// A notice begun.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct BeginForm {
    pub radius: String,
    pub possible: String,
}

impl BeginForm {
    pub(super) fn radius(&self) -> Result<i64> {
        self.radius.parse().map_err(|_| Error::invalid("radius", "Choose a frozen answer."))
    }
}

/// The composer. A language with neither title nor text has no letter.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct ComposeForm {
    pub version: i64,
    pub possible: String,
    relay: String,
    usual: String,
    from_name: String,
    from: String,
    reply_to: String,
    /// `1001:health`: what a field of the workspace's own is.
    kind: Vec<String>,
    title_en: String,
    text_en: String,
    title_de: String,
    text_de: String,
    title_fr: String,
    text_fr: String,
    title_es: String,
    text_es: String,
}

impl ComposeForm {
    pub(super) fn relay(&self) -> Result<Option<RelayId>> {
        match self.relay.as_str() {
            "" => Ok(None),
            typed => typed.parse().map(Some).map_err(|_| Error::invalid("relay", "Choose one of the list.")),
        }
    }

    pub(super) fn words(&self) -> Result<Words> {
        let typed = [
            (Locale::En, &self.title_en, &self.text_en),
            (Locale::De, &self.title_de, &self.text_de),
            (Locale::Fr, &self.title_fr, &self.text_fr),
            (Locale::Es, &self.title_es, &self.text_es),
        ];
        let mut letters = BTreeMap::new();
        for (locale, title, text) in typed {
            if !(title.trim().is_empty() && text.trim().is_empty()) {
                letters.insert(locale, Letter::parse(title, text).map_err(|error| named(locale, error))?);
            }
        }
        let usual = Locale::parse(&self.usual).ok_or_else(|| Error::invalid("usual", "Choose one of the list."))?;
        let words = Words {
            usual,
            letters,
            from_name: self.from_name.trim().to_owned(),
            from: self.from.trim().to_owned(),
            reply_to: self.reply_to.trim().to_owned(),
            kinds: self.kind.iter().map(|one| said(one)).collect::<Result<_>>()?,
            overruled: Vec::new(),
        };
        if !words.from.is_empty() {
            words.sender()?;
        }
        Ok(words)
    }
}

/// In which letter something is wrong.
fn named(locale: Locale, error: Error) -> Error {
    match error {
        Error::Invalid { field, message } => {
            Error::invalid(format!("{field}_{}", locale.as_str()), format!("{}: {message}", locale.label()))
        }
        other => other,
    }
}

fn said(one: &str) -> Result<(u32, DataKind)> {
    let wrong = || Error::invalid("kind", "Choose one of the list.");
    let (field, kind) = one.split_once(':').ok_or_else(wrong)?;
    Ok((field.parse().map_err(|_| wrong())?, DataKind::parse(kind).ok_or_else(wrong)?))
}

/// What the case says in one language.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct SayForm {
    pub version: i64,
    language: String,
    what_happened: String,
    consequences: String,
    measures: String,
    advice: String,
}

impl SayForm {
    pub(super) fn read(self) -> Result<(Locale, Said)> {
        let locale = Locale::parse(&self.language);
        let locale = locale.ok_or_else(|| Error::invalid("language", "Choose one of the list."))?;
        let [what_happened, consequences, measures, advice] =
            [self.what_happened, self.consequences, self.measures, self.advice].map(|text| Some(one_line(&text)));
        Ok((locale, Said { what_happened, consequences, measures, advice }))
    }
}

/// A paragraph of a letter is one line.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// An order.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct SendForm {
    pub version: i64,
    overruled: Vec<String>,
}

impl SendForm {
    pub(super) fn overruled(&self) -> Vec<LintRule> {
        self.overruled.iter().filter_map(|word| LintRule::parse(word)).collect()
    }
}

/// What is done to a notice that leaves.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct ActForm {
    pub act: String,
}
