//! Where people live: a country of ISO 3166-1, or a part of one by ISO 3166-2.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// The member states of the European Union since 2020.
pub const EU: &[&str] = &[
    "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IT", "LT", "LU", "LV",
    "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK",
];
/// The states of the European Economic Area beside those of the Union, to which the GDPR extends (EEA Joint Committee
/// Decision 154/2018).
pub const EEA: &[&str] = &["IS", "LI", "NO"];

/// A text that is not a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("use a code of ISO 3166 such as DE or US-CA")]
pub struct PlaceError;

/// A country, or a part of one: `DE`, `US-CA`. The code's form is checked, not that the place exists.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Place(String);

impl Place {
    /// The code of the country: two capital letters.
    pub fn country(&self) -> &str {
        &self.0[..2]
    }
    /// The whole code.
    pub fn as_str(&self) -> &str {
        &self.0
    }
    /// Whether the GDPR of the Union applies there.
    pub fn in_eea(&self) -> bool {
        self.in_eu() || EEA.contains(&self.country())
    }
    /// Whether it is in a member state of the Union.
    pub fn in_eu(&self) -> bool {
        EU.contains(&self.country())
    }
    /// Whether this is `code`, or a part of the country `code`.
    pub fn is_in(&self, code: &str) -> bool {
        self.0 == code || self.country() == code
    }
    /// Whether it may be `code`: the same, a part of it, or a country of which only the country is known.
    pub fn may_be(&self, code: &str) -> bool {
        self.is_in(code) || (self.0.len() == 2 && code.get(..2) == Some(self.country()))
    }
}

impl FromStr for Place {
    type Err = PlaceError;
    fn from_str(text: &str) -> Result<Self, PlaceError> {
        let (country, part) = text.split_once('-').map_or((text, None), |(country, part)| (country, Some(part)));
        let country_fits = country.len() == 2 && country.bytes().all(|byte| byte.is_ascii_uppercase());
        let capital = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
        let part_fits = part.is_none_or(|part| (1..=3).contains(&part.len()) && part.bytes().all(capital));
        (country_fits && part_fits).then(|| Self(text.to_owned())).ok_or(PlaceError)
    }
}

impl TryFrom<String> for Place {
    type Error = PlaceError;
    fn try_from(text: String) -> Result<Self, PlaceError> {
        text.parse()
    }
}

impl From<Place> for String {
    fn from(place: Place) -> Self {
        place.0
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_a_code_of_iso_3166() {
        for good in ["DE", "US-CA", "GB-ENG", "FR-2A"] {
            assert_eq!(good.parse::<Place>().expect("a code").as_str(), good);
        }
        for bad in ["", "D", "de", "DEU", "US-", "US-CALI", "US_CA", "ÄÖ", "US-ca"] {
            assert_eq!(bad.parse::<Place>(), Err(PlaceError), "{bad}");
        }
    }

    #[test]
    fn somebody_in_the_united_states_may_live_in_california() {
        let (country, state): (Place, Place) = ("US".parse().expect("code"), "US-CA".parse().expect("code"));
        assert!(country.may_be("US-CA") && !country.is_in("US-CA"));
        assert!(state.is_in("US-CA") && state.is_in("US"));
        assert!(!"US-NY".parse::<Place>().expect("code").may_be("US-CA"));
    }
}
