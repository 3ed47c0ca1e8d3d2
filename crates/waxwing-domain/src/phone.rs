//! Phone numbers in the form of ITU-T E.164: `+` and 7 to 15 digits.

use std::fmt;

/// Why a text is not a phone number. Never holds the text itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PhoneError {
    /// Does not begin with `+` and a country code.
    #[error("the number needs its country code, for example +41")]
    CountryCode,
    /// Not between 7 and 15 digits.
    #[error("the number needs 7 to 15 digits")]
    Digits,
    /// Something that is neither digit nor separator.
    #[error("the number holds a character that phone numbers do not have")]
    Character,
}

/// A phone number. `Debug` prints nothing of it.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct PhoneNumber(String);

impl PhoneNumber {
    /// Parses a number; spaces, dots, dashes and brackets between digits are dropped, `00` reads as `+`.
    pub fn parse(text: &str) -> Result<Self, PhoneError> {
        let text = text.trim();
        let rest = text.strip_prefix('+').or_else(|| text.strip_prefix("00")).ok_or(PhoneError::CountryCode)?;
        let mut digits = String::with_capacity(16);
        for c in rest.chars() {
            match c {
                '0'..='9' => digits.push(c),
                ' ' | '.' | '-' | '(' | ')' | '/' | '\u{a0}' => {}
                _ => return Err(PhoneError::Character),
            }
        }
        if digits.starts_with('0') {
            return Err(PhoneError::CountryCode);
        }
        if !(7..=15).contains(&digits.len()) {
            return Err(PhoneError::Digits);
        }
        Ok(Self(format!("+{digits}")))
    }
    /// `+` and digits; also normaliser 1 of the blind index.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PhoneNumber(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn written_forms_of_one_number_are_one_number() {
        for text in ["+41 44 668 18 00", "0041446681800", "+41-(44)-668.18.00"] {
            assert_eq!(PhoneNumber::parse(text).map(|p| p.as_str().to_owned()), Ok("+41446681800".to_owned()));
        }
        assert_eq!(PhoneNumber::parse("044 668 18 00").err(), Some(PhoneError::CountryCode));
        assert_eq!(PhoneNumber::parse("+41 x").err(), Some(PhoneError::Character));
        assert_eq!(PhoneNumber::parse("+41").err(), Some(PhoneError::Digits));
    }
}
