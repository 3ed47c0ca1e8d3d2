//! How law counts hours, days, business days and months.
//!
//! Promise: [`reckon`] gives the strictest reading, the one that nobody can call late: hours run from
//! the very minute, through weekends and holidays; of days, the day of the event does not count and the
//! last day counts whole. Where Regulation (EEC, Euratom) 1182/71 governs, its later end is given
//! beside it with the paragraph that moves it: Art. 3(1) does not count the hour of the event, Art. 3(4)
//! moves the end of periods *other than in hours* from a weekend to the next working day (so that it
//! does not move 72 hours), and Art. 3(5) gives every period of two days or more at least two working
//! days. Of the Regulation only Art. 3(4) was read word by word: the later end is for counsel to rely
//! on, never for the clock. Limit: no public holiday is known here; a working day is Monday to Friday,
//! and holidays are left to counsel. They could only make an end later, never earlier.

use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Span, Timestamp, Zoned};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// The longest period, in its unit: no rule counts further, and no date overflows.
const LONGEST: u16 = 1000;

/// A period of law.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Period {
    /// Hours on end.
    Hours(u16),
    /// Calendar days.
    Days(u16),
    /// Monday to Friday; holidays are not known.
    BusinessDays(u16),
    /// Months by the calendar.
    Months(u16),
    /// No number: without undue delay, as soon as feasible.
    Promptly,
    /// No end: a duty that stands.
    Standing,
}

/// A text that is not a period, or a date beyond what calendars hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PeriodError {
    /// Not the form of a period.
    #[error("use a period such as `72 hours`, `30 days`, `3 business days`, `1 months`, `promptly` or `standing`")]
    Form,
    /// The end lies outside the calendar.
    #[error("the period ends outside the calendar")]
    OutOfRange,
}

impl FromStr for Period {
    type Err = PeriodError;
    fn from_str(text: &str) -> Result<Self, PeriodError> {
        match text {
            "promptly" => return Ok(Self::Promptly),
            "standing" => return Ok(Self::Standing),
            _ => {}
        }
        let (number, unit) = text.split_once(' ').ok_or(PeriodError::Form)?;
        let number: u16 = number.parse().map_err(|_| PeriodError::Form)?;
        if !(1..=LONGEST).contains(&number) {
            return Err(PeriodError::Form);
        }
        match unit {
            "hours" => Ok(Self::Hours(number)),
            "days" => Ok(Self::Days(number)),
            "business days" => Ok(Self::BusinessDays(number)),
            "months" => Ok(Self::Months(number)),
            _ => Err(PeriodError::Form),
        }
    }
}

impl TryFrom<String> for Period {
    type Error = PeriodError;
    fn try_from(text: String) -> Result<Self, PeriodError> {
        text.parse()
    }
}

impl From<Period> for String {
    fn from(period: Period) -> Self {
        period.to_string()
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Hours(count) => write!(f, "{count} hours"),
            Self::Days(count) => write!(f, "{count} days"),
            Self::BusinessDays(count) => write!(f, "{count} business days"),
            Self::Months(count) => write!(f, "{count} months"),
            Self::Promptly => f.write_str("promptly"),
            Self::Standing => f.write_str("standing"),
        }
    }
}

/// By which rules a period is counted beside the strictest reading.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Counting {
    /// By the strictest reading alone.
    #[default]
    Strict,
    /// Regulation (EEC, Euratom) 1182/71 governs: acts of the Union.
    Eu118271,
}

/// The end of a period by another reading than the strictest.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Reading {
    /// Until when.
    pub at: Timestamp,
    /// Which paragraphs move the end, in words.
    pub why: String,
}

/// When a duty falls due.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Due {
    /// When the clock started.
    pub start: Timestamp,
    /// Due before this instant, by the strictest reading. Never before `start`.
    pub at: Timestamp,
    /// The last day that counts, where law counts in days: `at` is its end.
    pub last_day: Option<Date>,
    /// How it was counted, in words.
    pub how: String,
    /// The end by a later reading that counsel may rely on.
    pub later: Option<Reading>,
}

impl Due {
    /// The end as people read it, in `zone`.
    pub fn words(&self, zone: &TimeZone) -> String {
        match self.last_day {
            Some(day) => format!("by the end of {}", day_words(day)),
            None => format!("by {}", instant_words(self.at, zone)),
        }
    }
}

/// `Friday 27 November 2026`.
pub fn day_words(day: Date) -> String {
    day.strftime("%A %-d %B %Y").to_string()
}

/// `Friday 27 November 2026, 10:20 (Europe/Berlin)`, cut to the minute: never later than it is.
pub fn instant_words(at: Timestamp, zone: &TimeZone) -> String {
    let name = zone.iana_name().unwrap_or("UTC");
    format!("{} ({name})", at.to_zoned(zone.clone()).strftime("%A %-d %B %Y, %H:%M"))
}

/// Counts `period` from `start` in `zone`. `None` where the period has no end.
///
/// # Errors
/// When the end lies outside the calendar.
pub fn reckon(
    period: Period,
    counting: Counting,
    start: Timestamp,
    zone: &TimeZone,
) -> Result<Option<Due>, PeriodError> {
    let local = start.to_zoned(zone.clone());
    let due = match period {
        Period::Hours(hours) => in_hours(hours, counting, &local)?,
        Period::Days(days) => {
            let last = add(local.date(), Span::new().days(days))?;
            in_days(&local, last, counting, format!("{days} calendar days; the day it began does not count"))?
        }
        Period::BusinessDays(days) => {
            let last = business_day(local.date(), days)?;
            let how = format!("{days} business days, Monday to Friday; public holidays are left to counsel");
            in_days(&local, last, counting, how)?
        }
        Period::Months(months) => {
            let last = add(local.date(), Span::new().months(months))?;
            let unit = if months == 1 { "month" } else { "months" };
            in_days(&local, last, counting, format!("{months} {unit} by the calendar, to the end of the last day"))?
        }
        Period::Promptly | Period::Standing => return Ok(None),
    };
    Ok(Some(due))
}

fn in_hours(hours: u16, counting: Counting, local: &Zoned) -> Result<Due, PeriodError> {
    let start = local.timestamp();
    let later = match counting {
        Counting::Strict => None,
        Counting::Eu118271 => Some(regulation_hours(hours, local)?),
    };
    let how = format!("{hours} hours from the minute, weekends and holidays included");
    Ok(Due { start, at: after(start, hours)?, last_day: None, how, later })
}

/// Regulation 1182/71 for a period in hours: Art. 3(1) first, then Art. 3(5) where the period has two days or more.
fn regulation_hours(hours: u16, local: &Zoned) -> Result<Reading, PeriodError> {
    let begin = next_hour(local)?;
    let plain = after(begin.timestamp(), hours)?;
    let mut why = "Regulation 1182/71 Art. 3(1): the hour of the event does not count".to_owned();
    if hours < 48 {
        return Ok(Reading { at: plain, why });
    }
    let working = end_of(business_day(eve_of_first_whole_day(&begin)?, 2)?, local.time_zone())?;
    if working <= plain {
        return Ok(Reading { at: plain, why });
    }
    why.push_str("; Art. 3(5): at least two whole working days. Not every authority accepts this");
    Ok(Reading { at: working, why })
}

/// The day before the first day that lies wholly in a period: the day it begins, or the one before if it begins at midnight.
fn eve_of_first_whole_day(begin: &Zoned) -> Result<Date, PeriodError> {
    let midnight = begin.start_of_day().is_ok_and(|start| start == *begin);
    if midnight { begin.date().yesterday().map_err(|_| PeriodError::OutOfRange) } else { Ok(begin.date()) }
}

fn in_days(local: &Zoned, last: Date, counting: Counting, how: String) -> Result<Due, PeriodError> {
    let at = end_of(last, local.time_zone())?;
    let moved = matches!(counting, Counting::Eu118271) && !is_working(last);
    let later = moved.then(|| next_working(last)).transpose()?.map(|day| end_of(day, local.time_zone())).transpose()?;
    let why = "Regulation 1182/71 Art. 3(4): a last day on a weekend moves to the next working day".to_owned();
    let later = later.map(|at| Reading { at, why });
    Ok(Due { start: local.timestamp(), at, last_day: Some(last), how, later })
}

/// The beginning of the hour after the one in which the event falls, by the clock on the wall.
fn next_hour(local: &Zoned) -> Result<Zoned, PeriodError> {
    let into = SignedDuration::new(
        i64::from(local.minute()) * 60 + i64::from(local.second()),
        i32::from(local.millisecond()) * 1_000_000
            + i32::from(local.microsecond()) * 1000
            + i32::from(local.nanosecond()),
    );
    let rest = SignedDuration::from_hours(1).saturating_sub(into);
    local.checked_add(rest).map_err(|_| PeriodError::OutOfRange)
}

fn after(start: Timestamp, hours: u16) -> Result<Timestamp, PeriodError> {
    start.checked_add(SignedDuration::from_hours(i64::from(hours))).map_err(|_| PeriodError::OutOfRange)
}

fn add(day: Date, span: Span) -> Result<Date, PeriodError> {
    day.checked_add(span).map_err(|_| PeriodError::OutOfRange)
}

/// The instant at which a day is over.
fn end_of(day: Date, zone: &TimeZone) -> Result<Timestamp, PeriodError> {
    let next = add(day, Span::new().days(1))?;
    next.to_zoned(zone.clone()).map(|zoned| zoned.timestamp()).map_err(|_| PeriodError::OutOfRange)
}

fn is_working(day: Date) -> bool {
    !matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday)
}

fn next_working(day: Date) -> Result<Date, PeriodError> {
    business_day(day, 1)
}

/// The `count`th working day after `day`, which does not count itself.
fn business_day(day: Date, count: u16) -> Result<Date, PeriodError> {
    let (mut at, mut left) = (day, count);
    while left > 0 {
        at = add(at, Span::new().days(1))?;
        left -= u16::from(is_working(at));
    }
    Ok(at)
}

#[cfg(test)]
mod tests;
