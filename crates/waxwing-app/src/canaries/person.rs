//! Somebody who does not exist: a name and an address of one of the workspace's domains.
//!
//! Promise: the same key, mark, number and turn give the same person; an address never carries a plus sign, which is
//! what thieves filter out. Limit: whoever knows a domain is one of ours knows everybody on it is made up.

use super::words::Locale;
use serde::{Deserialize, Serialize};
use std::fmt;
use waxwing_crypto::CanaryKey;
use waxwing_domain::EmailAddress;

/// A domain whose mail comes here.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Home {
    /// Its name.
    pub name: String,
    /// How people of it are named.
    pub locale: Locale,
}

/// Somebody made up.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Canary {
    /// Their number within the mark; in what programs read, their place among the people.
    pub number: u32,
    /// Their address.
    pub email: String,
    /// Their given name.
    pub first: String,
    /// Their family name.
    pub last: String,
    /// How they are named.
    pub names: Locale,
    /// Before which row of a file they stand, counted from 0.
    pub place: u64,
}

impl fmt::Debug for Canary {
    /// The number only: a log that named them would give them away.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Canary({})", self.number)
    }
}

/// Bytes that were drawn, used up two at a time.
struct Dice<'a>(std::slice::ChunksExact<'a, u8>);

impl Dice<'_> {
    /// A number below `sides`.
    fn throw(&mut self, sides: usize) -> usize {
        let drawn = self.0.next().map_or(0, |two| u16::from_be_bytes([two[0], two[1]]));
        usize::from(drawn).checked_rem(sides).unwrap_or(0)
    }
    fn of<'b, T: ?Sized>(&mut self, all: &[&'b T]) -> Option<&'b T> {
        all.get(self.throw(all.len())).copied()
    }
}

/// Person `number` of a mark, standing before row `place`; `None` without a domain.
pub(super) fn invent(
    key: &CanaryKey,
    homes: &[Home],
    (mark, number, turn): (i64, u32, u32),
    place: u64,
) -> Option<Canary> {
    let drawn = key.draw(mark, number, turn);
    let mut dice = Dice(drawn.chunks_exact(2));
    let home = homes.get(dice.throw(homes.len()))?;
    let (first, last) = (dice.of(home.locale.given())?, dice.of(home.locale.family())?);
    let local = local_part(&plain(first), &plain(last), &mut dice);
    let email = EmailAddress::parse(&format!("{local}@{}", home.name)).ok()?;
    let (first, last, names) = (first.to_owned(), last.to_owned(), home.locale);
    Some(Canary { number, email: email.as_str().to_owned(), first, last, names, place })
}

/// The ways in which people write their names into addresses; most with a few digits, so that few can be guessed.
fn local_part(first: &str, last: &str, dice: &mut Dice<'_>) -> String {
    let initial = &first[..1];
    let name = match dice.throw(7) {
        0 | 1 => format!("{first}.{last}"),
        2 => format!("{first}{last}"),
        3 => format!("{initial}.{last}"),
        4 => format!("{first}_{last}"),
        5 => format!("{last}.{first}"),
        _ => format!("{initial}{last}"),
    };
    match dice.throw(10) {
        0 | 1 => name,
        2..=4 => format!("{name}{:02}", 50 + dice.throw(50)),
        5 | 6 => format!("{name}{}", 1950 + dice.throw(57)),
        7 | 8 => format!("{name}{}", 100 + dice.throw(900)),
        _ => format!("{name}{}", 1_000 + dice.throw(9_000)),
    }
}

/// A name as it stands in an address: small letters without marks.
fn plain(name: &str) -> String {
    let mut text = String::with_capacity(name.len() + 2);
    for c in name.chars().flat_map(char::to_lowercase) {
        match c {
            'ä' => text.push_str("ae"),
            'ö' => text.push_str("oe"),
            'ü' => text.push_str("ue"),
            'á' | 'à' | 'â' => text.push('a'),
            'é' | 'è' | 'ê' | 'ë' => text.push('e'),
            'í' | 'î' | 'ï' => text.push('i'),
            'ó' | 'ô' => text.push('o'),
            'ú' | 'û' => text.push('u'),
            'ç' => text.push('c'),
            'ñ' => text.push('n'),
            c if c.is_ascii_alphanumeric() => text.push(c),
            _ => {}
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    fn key() -> CanaryKey {
        CanaryKey::from_stored(&[9; 32]).expect("32 bytes")
    }

    fn homes() -> Vec<Home> {
        Locale::ALL.into_iter().map(|locale| Home { name: format!("{}.example", locale.as_str()), locale }).collect()
    }

    #[test]
    fn everybody_has_an_address_that_passes_and_shows_their_name() {
        let mut seen = HashSet::new();
        for number in 0..2_000 {
            let one = invent(&key(), &homes(), (1, number, 0), 0).expect("a person");
            assert!(one.email.is_ascii() && !one.email.contains('+'), "{}", one.email);
            assert!(one.email.contains(&plain(&one.last)), "{}", one.email);
            assert!(one.email.ends_with(&format!("@{}.example", one.names.as_str())), "{}", one.email);
            seen.insert(one.email);
        }
        assert!(seen.len() > 1_950, "{} of 2,000 differ", seen.len());
    }

    #[test]
    fn the_same_draw_is_the_same_person_and_another_turn_another() {
        let one = |turn| invent(&key(), &homes(), (1, 2, turn), 3).expect("a person");
        assert!(one(0) == one(0) && one(0) != one(1));
        assert!(invent(&key(), &[], (1, 2, 0), 3).is_none());
        assert_eq!(format!("{:?}", one(0)), "Canary(2)");
    }

    #[test]
    fn every_name_becomes_small_letters() {
        for name in Locale::ALL.into_iter().flat_map(|locale| locale.given().iter().chain(locale.family())) {
            let plain = plain(name);
            assert!(plain.len() >= 2 && plain.bytes().all(|b| b.is_ascii_lowercase()), "{name}: {plain}");
        }
    }
}
