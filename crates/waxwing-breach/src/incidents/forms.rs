//! What people type into the forms of a case, and how it is read.

use super::assets::NewAsset;
use super::indicators::NewIndicator;
use super::life::NewCase;
use super::timeline::NewLine;
use super::words::{AssetKind, Category, Compromise, IndicatorKind, Severity, Tlp};
use super::{Losses, when};
use serde::Deserialize;
use waxwing_app::{Error, Result};
use waxwing_domain::{AlertId, MarkId, Micros};

/// A word of a list, or what is wrong with it.
pub(super) fn word<T>(field: &str, typed: &str, parse: fn(&str) -> Option<T>) -> Result<T> {
    parse(typed).ok_or_else(|| Error::invalid(field, "Choose one of the list."))
}

#[derive(Deserialize, Default)]
pub(super) struct OpenForm {
    #[serde(default)]
    summary: String,
    #[serde(default)]
    losses: Vec<String>,
    #[serde(default)]
    severity: String,
    #[serde(default)]
    suspected_at: String,
    #[serde(default)]
    zone: String,
    #[serde(default)]
    alert: String,
    #[serde(default)]
    pub mark: String,
}

impl OpenForm {
    pub(super) fn read(self, now: Micros) -> Result<NewCase> {
        Ok(NewCase {
            summary: self.summary,
            losses: Losses::of(&self.losses)?,
            severity: word("severity", &self.severity, Severity::parse)?,
            suspected_at: moment("suspected_at", &self.suspected_at, &self.zone, now)?.0,
            alert: alert(&self.alert)?,
        })
    }
}

/// The number of an alert, where one is named.
pub(super) fn alert(typed: &str) -> Result<Option<AlertId>> {
    if typed.is_empty() {
        return Ok(None);
    }
    typed.parse().map(Some).map_err(|_| Error::NotFound("alert"))
}

/// The number of a mark of made-up people, where one is named.
pub(super) fn mark(typed: &str) -> Result<Option<MarkId>> {
    if typed.is_empty() {
        return Ok(None);
    }
    typed.parse().map(Some).map_err(|_| Error::NotFound("mark"))
}

/// A moment, or `now` where none is typed.
pub(super) fn moment(field: &str, typed: &str, zone: &str, now: Micros) -> Result<(Micros, String)> {
    if typed.trim().is_empty() { Ok((now, "UTC".into())) } else { when::parse(field, typed, zone) }
}

#[derive(Deserialize)]
pub(super) struct ClassifyForm {
    #[serde(default)]
    pub losses: Vec<String>,
    #[serde(default)]
    pub severity: String,
}

#[derive(Deserialize)]
pub(super) struct MomentForm {
    #[serde(default)]
    pub at: String,
    #[serde(default)]
    pub zone: String,
}

#[derive(Deserialize)]
pub(super) struct EndForm {
    #[serde(default)]
    pub outcome: String,
    #[serde(default)]
    pub why: String,
}

#[derive(Deserialize)]
pub(super) struct LineForm {
    #[serde(default)]
    at: String,
    #[serde(default)]
    zone: String,
    #[serde(default)]
    category: String,
    #[serde(default)]
    source: String,
    #[serde(default)]
    text: String,
    #[serde(default)]
    corrects: String,
}

impl LineForm {
    pub(super) fn read(self, now: Micros) -> Result<NewLine> {
        let (at, zone) = moment("at", &self.at, &self.zone, now)?;
        let corrects = match self.corrects.as_str() {
            "" => None,
            id => Some(id.parse().map_err(|_| Error::NotFound("line"))?),
        };
        let category = word("category", &self.category, Category::parse)?;
        Ok(NewLine { at, zone, category, source: self.source, text: self.text, corrects })
    }
}

#[derive(Deserialize)]
pub(super) struct PinForm {
    #[serde(default)]
    index: String,
    #[serde(default)]
    category: String,
}

impl PinForm {
    pub(super) fn read(self) -> Result<(i64, Category)> {
        let digits: String = self.index.chars().filter(|c| !matches!(c, ',' | ' ' | '.')).collect();
        let index =
            digits.parse().map_err(|_| Error::invalid("index", "Write the number of an entry of the record."))?;
        Ok((index, word("category", &self.category, Category::parse)?))
    }
}

#[derive(Deserialize)]
pub(super) struct MemberForm {
    #[serde(default)]
    pub account: String,
    #[serde(default)]
    pub role: String,
}

#[derive(Deserialize)]
pub(super) struct LeaveForm {
    #[serde(default)]
    pub kind: String,
    #[serde(default)]
    pub principal: String,
}

#[derive(Deserialize)]
pub(super) struct AssetForm {
    #[serde(default)]
    kind: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    number: String,
    #[serde(default)]
    compromise: String,
}

impl AssetForm {
    pub(super) fn read(self) -> Result<NewAsset> {
        let kind = word("kind", &self.kind, AssetKind::parse)?;
        let compromise = word("compromise", &self.compromise, Compromise::parse)?;
        Ok(NewAsset { kind, name: self.name, number: self.number, compromise })
    }
}

#[derive(Deserialize)]
pub(super) struct JudgeForm {
    #[serde(default)]
    pub compromise: String,
}

#[derive(Deserialize)]
pub(super) struct IndicatorForm {
    #[serde(default)]
    pub kind: String,
    #[serde(default)]
    pub value: String,
    #[serde(default)]
    pub tlp: String,
    #[serde(default)]
    pub first_seen: String,
    #[serde(default)]
    pub last_seen: String,
    #[serde(default)]
    pub zone: String,
}

impl IndicatorForm {
    pub(super) fn read(self, now: Micros) -> Result<NewIndicator> {
        let last = moment("last_seen", &self.last_seen, &self.zone, now)?.0;
        let first = moment("first_seen", &self.first_seen, &self.zone, last)?.0;
        Ok(NewIndicator {
            kind: word("kind", &self.kind, IndicatorKind::parse)?,
            value: self.value,
            tlp: word("tlp", &self.tlp, Tlp::parse)?,
            seen: (first, last),
        })
    }
}

#[derive(Deserialize)]
pub(super) struct HandOutForm {
    #[serde(default)]
    pub format: String,
    #[serde(default)]
    pub tlp: String,
}

#[derive(Deserialize)]
pub(super) struct CauseForm {
    #[serde(default)]
    pub cause: String,
    #[serde(default)]
    pub cause_text: String,
}
