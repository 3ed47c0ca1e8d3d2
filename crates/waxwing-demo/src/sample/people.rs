//! People by number: the same number and seed give the same person, in any order.
//!
//! A permutation of all pairs of first and last name, then of the pairs with a number behind,
//! makes addresses unique without remembering any, so a million people need no memory.

use super::tables::{CULTURES, DOMAINS, split};
use jiff::civil::{Date, date};
use std::io::Write;

/// What the capture server's providers will do with mail for a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fate {
    /// Takes it.
    Accepted,
    /// Refuses the recipient for ever.
    Unknown,
    /// Defers each time.
    Full,
    /// Defers the first time.
    Later,
    /// Refuses the message for its content.
    Blocked,
    /// Takes it and gives no answer.
    Dropped,
    /// Takes it after a while.
    Slow,
}

/// Of each thousand people, how many have a special fate: two in a hundred altogether.
const SPECIAL_OF_1000: [(Fate, &str, u64); 6] = [
    (Fate::Unknown, "unknown", 8),
    (Fate::Full, "full", 4),
    (Fate::Later, "later", 4),
    (Fate::Blocked, "blocked", 2),
    (Fate::Dropped, "drop", 1),
    (Fate::Slow, "slow", 1),
];

/// Someone who does not exist.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Person {
    /// Unique, under `.example`.
    pub email: String,
    /// As written in their own script.
    pub first_name: &'static str,
    /// As written in their own script.
    pub last_name: &'static str,
    /// Where they live.
    pub city: &'static str,
    /// BCP 47 tag.
    pub language: &'static str,
    /// Whose law protects them: ISO 3166-1.
    pub country: &'static str,
    /// The day they joined, `YYYY-MM-DD`.
    pub joined: Date,
}

/// An endless row of people; `take` as many as needed.
#[derive(Debug, Clone)]
pub struct People {
    seed: u64,
    next: u64,
}

impl People {
    /// The people of `seed`, from the first.
    pub fn new(seed: u64) -> Self {
        Self { seed, next: 0 }
    }

    /// The person with `number`, counted from 0.
    pub fn person(&self, number: u64) -> Person {
        let (round, pair) = (number / PAIRS, number % PAIRS);
        let pair = shuffled(pair, self.seed);
        let culture = &CULTURES[index(pair, CULTURES.len())];
        let rest = pair / CULTURES.len() as u64;
        let (first_name, first) = split(culture.first[index(rest, FIRST)]);
        let (last_name, last) = split(culture.last[index(rest / FIRST as u64, LAST)]);
        let dice = mix(self.seed ^ number.rotate_left(32));
        let domain = DOMAINS[index(dice, DOMAINS.len())];
        let email = match special(number) {
            Some(word) => format!("{word}{number}@{domain}"),
            None => format!("{}@{domain}", local(&first, &last, round, dice >> 8)),
        };
        let city = culture.cities[index(dice >> 16, culture.cities.len())];
        Person {
            email,
            first_name,
            last_name,
            city,
            language: culture.language,
            country: culture.country,
            joined: joined(dice >> 24),
        }
    }

    /// What becomes of mail for the person with `number`.
    pub fn fate(number: u64) -> Fate {
        special_entry(number).map_or(Fate::Accepted, |(fate, _)| fate)
    }
}

impl Iterator for People {
    type Item = Person;

    fn next(&mut self) -> Option<Person> {
        let person = self.person(self.next);
        self.next = self.next.checked_add(1)?;
        Some(person)
    }
}

/// How many of the first `people` have `fate`.
pub fn tally(people: u64, fate: Fate) -> u64 {
    (0..people).filter(|&number| People::fate(number) == fate).count() as u64
}

/// Writes `email,first_name,last_name,city,language,country,joined` and a line a person.
pub fn write_csv(people: impl Iterator<Item = Person>, out: impl Write) -> Result<(), csv::Error> {
    let mut writer = csv::Writer::from_writer(out);
    for person in people {
        writer.serialize(person)?;
    }
    writer.flush()?;
    Ok(())
}

const FIRST: usize = 16;
const LAST: usize = 16;
const PAIRS: u64 = (CULTURES.len() * FIRST * LAST) as u64;
/// The shuffle works on 2^12 numbers, the next power of two of an even exponent above [`PAIRS`].
const HALF_BITS: u32 = 6;

fn index(value: u64, length: usize) -> usize {
    // The remainder is below a length that is a `usize`, so nothing is cut off.
    (value % length as u64) as usize
}

/// A bijection of `0..PAIRS`: a small Feistel network, walked until it lands inside.
fn shuffled(pair: u64, seed: u64) -> u64 {
    const { assert!(PAIRS <= 1 << (2 * HALF_BITS)) }
    let mask = (1 << HALF_BITS) - 1;
    let mut value = pair;
    loop {
        for round in 0..4 {
            let (left, right) = (value >> HALF_BITS, value & mask);
            value = right << HALF_BITS | (left ^ mix(seed ^ round << 56 ^ right)) & mask;
        }
        if value < PAIRS {
            return value;
        }
    }
}

/// splitmix64's finish: a good mixer of 64 bits, no more.
fn mix(value: u64) -> u64 {
    let mut z = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// A pair of names comes once a round and the round is part of the address: that keeps it unique.
fn local(first: &str, last: &str, round: u64, dice: u64) -> String {
    let separator = ['.', '_', '-'][index(dice, 3)];
    match round {
        0 => format!("{first}{separator}{last}"),
        _ => format!("{first}{separator}{last}{round}"),
    }
}

/// The special word in front of the `@`, if this person has one.
fn special(number: u64) -> Option<&'static str> {
    special_entry(number).map(|(_, word)| word)
}

fn special_entry(number: u64) -> Option<(Fate, &'static str)> {
    // 617 shares no factor with 1,000: each thousand has each slot once, well spread.
    let mut slot = number % 1_000 * 617 % 1_000;
    for (fate, word, share) in SPECIAL_OF_1000 {
        if slot < share {
            return Some((fate, word));
        }
        slot -= share;
    }
    None
}

/// A day in the seven years from 2019.
fn joined(dice: u64) -> Date {
    const FIRST_DAY: Date = date(2019, 1, 1);
    let days = i64::try_from(dice % 2_557).unwrap_or_default();
    FIRST_DAY.saturating_add(jiff::Span::new().days(days))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::{Act, Rules};
    use std::collections::HashSet;
    use waxwing_domain::EmailAddress;

    #[test]
    fn the_same_seed_gives_the_same_people_and_another_gives_others() {
        let some = |seed| People::new(seed).take(100).collect::<Vec<_>>();
        assert_eq!(some(1), some(1));
        assert_ne!(some(1), some(2));
        assert_eq!(People::new(1).person(99), some(1)[99]);
    }

    #[test]
    fn every_address_is_valid_invented_and_unique() {
        let mut seen = HashSet::new();
        for person in People::new(super::super::DEMO_SEED).take(50_000) {
            let address = EmailAddress::parse(&person.email).expect("valid");
            assert!(address.domain().ends_with(".example"));
            assert!(seen.insert(address.normalised_v1()), "{} twice", person.email);
        }
    }

    #[test]
    fn the_capture_server_does_what_a_persons_fate_says() {
        let rules = Rules::providers();
        for (number, person) in (0..20_000).zip(People::new(super::super::DEMO_SEED)) {
            let agrees = match (People::fate(number), rules.act_for(&person.email)) {
                (Fate::Accepted, Act::Accept) | (Fate::Later, Act::FirstAtRcpt { .. }) => true,
                (Fate::Blocked, Act::AfterData(_)) | (Fate::Dropped, Act::DropAfterDot) => true,
                (Fate::Slow, Act::Slow(_)) => true,
                (Fate::Unknown, Act::AtRcpt(reply)) => reply.code == 550,
                (Fate::Full, Act::AtRcpt(reply)) => reply.code == 452,
                _ => false,
            };
            assert!(agrees, "{}", person.email);
        }
    }

    #[test]
    fn two_in_a_hundred_are_special() {
        assert_eq!(tally(5_000, Fate::Accepted), 4_900);
        assert_eq!(tally(5_000, Fate::Unknown), 40);
        assert_eq!(tally(5_000, Fate::Dropped), 5);
    }

    #[test]
    fn the_csv_has_its_header_and_a_line_a_person() {
        let mut out = Vec::new();
        write_csv(People::new(1).take(3), &mut out).expect("memory");
        let text = String::from_utf8(out).expect("UTF-8");
        let mut lines = text.lines();
        assert_eq!(lines.next(), Some("email,first_name,last_name,city,language,country,joined"));
        assert_eq!(lines.clone().count(), 3);
        let day = lines.next().and_then(|line| line.rsplit(',').next());
        assert!(day.is_some_and(|day| day.len() == 10 && day.starts_with("20")), "{day:?}");
    }

    #[test]
    fn all_cultures_are_among_the_first_few_hundred() {
        let languages: HashSet<_> = People::new(1).take(300).map(|person| person.language).collect();
        assert_eq!(languages.len(), CULTURES.len());
    }
}
