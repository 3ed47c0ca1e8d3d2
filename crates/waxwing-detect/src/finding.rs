//! What every detector answers.

use serde::{Deserialize, Serialize};

/// Something that a detector found, with everything a person needs to judge it.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Finding {
    /// What was seen: a rate between 0 and 1, or a count, as the detector says.
    pub observed: f64,
    /// What its own history led to expect, in the same unit.
    pub expected: f64,
    /// Beyond this it is a finding, in the same unit.
    pub bound: f64,
    /// On how many observations it rests.
    pub sample: u64,
    /// What contributed most, most first; at most [`Finding::CONTRIBUTORS`].
    pub contributors: Vec<Contributor>,
    /// Why it is a finding, in sentences.
    pub why: String,
    /// What to do, in sentences.
    pub advice: String,
}

impl Finding {
    /// More contributors than this are a list, not an explanation.
    pub const CONTRIBUTORS: usize = 5;

    /// The contributors with a share, most first, at most [`Finding::CONTRIBUTORS`].
    pub fn ranked(mut contributors: Vec<Contributor>) -> Vec<Contributor> {
        contributors.retain(|one| one.count > 0);
        contributors.sort_by_key(|one| std::cmp::Reverse(one.count));
        contributors.truncate(Self::CONTRIBUTORS);
        contributors
    }
}

/// One part of what was observed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Contributor {
    /// A stable word or a name that is not personal: a cause, a provider, an hour.
    pub label: String,
    /// How many observations it stands for.
    pub count: u64,
    /// The kind and id of the thing that it is, where it is one that can be looked up; its name is found when it is shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thing: Option<String>,
}

impl Contributor {
    /// A part that is no thing of its own.
    pub fn new(label: impl Into<String>, count: u64) -> Self {
        Self { label: label.into(), count, thing: None }
    }
    /// The same, as this thing.
    pub fn of(self, thing: impl Into<String>) -> Self {
        Self { thing: Some(thing.into()), ..self }
    }
    /// The thing that plainly has most: more than half of `whole`; `None` where no thing has.
    pub fn foremost(parts: &[Self], whole: f64) -> Option<&Self> {
        let things = parts.iter().filter(|one| one.thing.is_some());
        things.max_by_key(|one| one.count).filter(|one| one.count as f64 * 2.0 > whole)
    }
}

/// A rate as people read it: `4.2 %`, with enough digits for the smallest rates that matter.
pub fn percent(rate: f64) -> String {
    let digits = if rate < 0.001 {
        3
    } else if rate < 0.01 {
        2
    } else {
        1
    };
    format!("{:.digits$} %", rate * 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_contributors_come_first_and_those_without_a_share_not_at_all() {
        let one = |label: &str, count| Contributor::new(label, count);
        let all = vec![one("a", 1), one("b", 0), one("c", 9), one("d", 2), one("e", 3), one("f", 4), one("g", 5)];
        let ranked: Vec<String> = Finding::ranked(all).into_iter().map(|one| one.label).collect();
        assert_eq!(ranked, ["c", "g", "f", "e", "d"]);
    }

    #[test]
    fn only_a_thing_that_has_more_than_half_plainly_has_most() {
        let key = |count| Contributor::new("a key", count).of("api_key:1");
        let parts = |count| vec![Contributor::new("a network", 900), key(3), key(count)];
        assert_eq!(Contributor::foremost(&parts(51), 100.0), Some(&key(51)));
        assert_eq!(Contributor::foremost(&parts(50), 100.0), None, "half is not most");
        assert_eq!(Contributor::foremost(&[Contributor::new("a network", 900)], 1.0), None, "no thing");
        let old: Contributor =
            serde_json::from_str(r#"{ "label": "content", "count": 4 }"#).expect("an earlier finding");
        assert_eq!(old, Contributor::new("content", 4));
    }

    #[test]
    fn small_rates_keep_their_digits() {
        assert_eq!(percent(0.0004), "0.040 %");
        assert_eq!(percent(0.0031), "0.31 %");
        assert_eq!(percent(0.125), "12.5 %");
    }
}
