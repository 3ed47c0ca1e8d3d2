//! Values of fields, read once at the door into the form that is stored.

use super::FieldKind;
use waxwing_domain::{EmailAddress, EmailError, PhoneError, PhoneNumber};

/// The longest text, in characters.
const LONGEST: usize = 1_000;

/// Why a text is not a value of its field. Never holds the text itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FieldValueError {
    /// Nothing there.
    #[error("the value is empty")]
    Empty,
    /// Too many characters.
    #[error("the value is longer than 1,000 characters")]
    TooLong,
    /// NUL, escape and the like.
    #[error("the value holds a control character")]
    Control,
    /// Not a number.
    #[error("this is not a number; write it like 1234.5")]
    Number,
    /// Not a day.
    #[error("this is not a day; write it like 2026-12-01")]
    Date,
    /// No country.
    #[error("this is not a country; write its code like FR, or with a part like US-CA")]
    Country,
    /// Neither yes nor no.
    #[error("write yes or no")]
    Flag,
    /// Not an address.
    #[error(transparent)]
    Email(#[from] EmailError),
    /// Not a phone number.
    #[error(transparent)]
    Phone(#[from] PhoneError),
}

pub(super) fn parse(kind: FieldKind, text: &str) -> Result<String, FieldValueError> {
    let text = text.trim();
    if text.is_empty() {
        return Err(FieldValueError::Empty);
    }
    // Bytes bound characters, so that only a text near the limit is counted.
    if text.len() > LONGEST && text.chars().count() > LONGEST {
        return Err(FieldValueError::TooLong);
    }
    match kind {
        FieldKind::Text => free_text(text),
        FieldKind::Number => number(text).ok_or(FieldValueError::Number),
        FieldKind::Date => {
            text.parse::<jiff::civil::Date>().map(|day| day.to_string()).map_err(|_| FieldValueError::Date)
        }
        FieldKind::Flag => flag(text).map(str::to_owned).ok_or(FieldValueError::Flag),
        FieldKind::Country => super::country::code(text).ok_or(FieldValueError::Country),
        FieldKind::Email => Ok(EmailAddress::parse(text)?.as_str().to_owned()),
        FieldKind::Phone => Ok(PhoneNumber::parse(text)?.as_str().to_owned()),
    }
}

fn free_text(text: &str) -> Result<String, FieldValueError> {
    let forbidden = |c: char| c.is_control() && !matches!(c, '\n' | '\t' | '\r');
    if text.chars().any(forbidden) {
        Err(FieldValueError::Control)
    } else {
        Ok(text.replace("\r\n", "\n").replace('\r', "\n"))
    }
}

/// Digits with at most one point and a sign; never an exponent, a group sign or a word.
fn number(text: &str) -> Option<String> {
    let (sign, digits) = match text.strip_prefix(['-', '\u{2212}']) {
        Some(rest) => ("-", rest),
        None => ("", text.strip_prefix('+').unwrap_or(text)),
    };
    let (whole, part) = digits.split_once('.').unwrap_or((digits, "0"));
    let all_digits = |s: &str| !s.is_empty() && s.len() <= 18 && s.bytes().all(|b| b.is_ascii_digit());
    if !all_digits(whole) || !all_digits(part) {
        return None;
    }
    let whole = whole.trim_start_matches('0');
    let whole = if whole.is_empty() { "0" } else { whole };
    let part = part.trim_end_matches('0');
    let sign = if whole == "0" && part.is_empty() { "" } else { sign };
    Some(if part.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{part}") })
}

fn flag(text: &str) -> Option<&'static str> {
    match text.to_lowercase().as_str() {
        "yes" | "true" | "1" | "y" | "t" | "on" | "x" | "ja" | "oui" | "si" | "sì" | "sí" => Some("yes"),
        "no" | "false" | "0" | "n" | "f" | "off" | "nein" | "non" => Some("no"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn written_forms_of_one_value_are_stored_alike() {
        for (kind, text, stored) in [
            (FieldKind::Text, "  Ann \r\n Lee ", "Ann \n Lee"),
            (FieldKind::Number, "+007.50", "7.5"),
            (FieldKind::Number, "-0.0", "0"),
            (FieldKind::Date, "2026-12-01", "2026-12-01"),
            (FieldKind::Flag, "JA", "yes"),
            (FieldKind::Country, " us-ca ", "US-CA"),
            (FieldKind::Email, "Ann@Example.ORG", "Ann@example.org"),
            (FieldKind::Phone, "0041 44 668 18 00", "+41446681800"),
        ] {
            assert_eq!(parse(kind, text).as_deref(), Ok(stored), "{text:?}");
        }
    }

    #[test]
    fn what_does_not_fit_its_kind_is_refused_by_name() {
        for (kind, text, why) in [
            (FieldKind::Text, " \t ", FieldValueError::Empty),
            (FieldKind::Text, "a\0b", FieldValueError::Control),
            (FieldKind::Text, "\u{1b}[31m", FieldValueError::Control),
            (FieldKind::Number, "1e9", FieldValueError::Number),
            (FieldKind::Number, "NaN", FieldValueError::Number),
            (FieldKind::Number, "1,000", FieldValueError::Number),
            (FieldKind::Number, "9999999999999999999", FieldValueError::Number),
            (FieldKind::Date, "2026-02-30", FieldValueError::Date),
            (FieldKind::Date, "1.12.2026", FieldValueError::Date),
            (FieldKind::Flag, "maybe", FieldValueError::Flag),
            (FieldKind::Country, "Atlantis", FieldValueError::Country),
        ] {
            assert_eq!(parse(kind, text), Err(why), "{text:?}");
        }
        let long = "ä".repeat(1_001);
        assert_eq!(parse(FieldKind::Text, &long), Err(FieldValueError::TooLong));
        assert!(parse(FieldKind::Text, &"ä".repeat(1_000)).is_ok());
    }
}
