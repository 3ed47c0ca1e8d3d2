//! Links that machines open: scanners of companies and providers that follow every link of a message.
//!
//! Promise: a network is called a scanner only where most of what it opened came within a minute of the delivery of
//! many people's messages, and something else besides speaks of a machine: every link of a message, links that people
//! do not see, no browser's name, or a number that no office has. Whoever presses a button is a person. Limit: a
//! scanner that waits for hours, or that opens one person's links, looks like that person; a class that is told to
//! open a letter the moment it comes, on machines without a browser's name, would look like a scanner.
//!
//! A [`Visit`] says nothing of what kind of link was opened, so that pages of ours and tracked links are judged alike.

use crate::{Contributor, Finding};
use std::collections::{BTreeMap, BTreeSet};

/// Fewer people than this are a household, whatever they open how fast.
const FEWEST: u64 = 8;
/// Opened within so many seconds of the delivery is at once: people take longer to find a link.
const AT_ONCE: i64 = 60;
/// So large a share of the people must have been opened for at once.
const MOSTLY: f64 = 0.7;
/// A sign of a machine counts where it is seen for so large a share.
const OFTEN: f64 = 0.5;
/// So many people at once from one network are no office, also without another sign.
const CROWD: u64 = 40;
/// Where so large a share pressed a button, there are people.
const PRESSED: f64 = 0.1;

/// One opening of a link in one message.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Visit {
    /// Whose message, by a number that means nothing else.
    pub person: u64,
    /// Which of the message's links.
    pub link: u8,
    /// Seconds since the message was delivered; `None` where that is not known.
    pub after: Option<i64>,
    /// Whether people do not see the link.
    pub hidden: bool,
    /// Whether it came without the name of a browser.
    pub nameless: bool,
    /// Whether a button was pressed: a POST, which scanners do not send.
    pub pressed: bool,
}

/// What one network opened of one mailing.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Seen {
    /// Openings.
    pub visits: u64,
    /// Of so many people's messages.
    pub people: u64,
    /// Of so many of them within a minute of the delivery.
    pub at_once: u64,
    /// Of so many of them every link that the mailing has.
    pub every_link: u64,
    /// Openings of links that people do not see.
    pub hidden: u64,
    /// Openings without the name of a browser.
    pub nameless: u64,
    /// People of whom somebody pressed a button.
    pub pressed: u64,
    /// The slowest of those at once, in seconds.
    pub slowest: i64,
}

/// What one person's message was visited by.
#[derive(Default)]
struct Opened {
    links: BTreeSet<u8>,
    at_once: bool,
    pressed: bool,
}

impl Seen {
    /// Counts the visits of one network; `links` is how many links each message of the mailing has.
    pub fn of(visits: &[Visit], links: usize) -> Self {
        let mut people: BTreeMap<u64, Opened> = BTreeMap::new();
        let mut seen = Self { visits: visits.len() as u64, ..Self::default() };
        for visit in visits {
            let person = people.entry(visit.person).or_default();
            person.links.insert(visit.link);
            if let Some(after) = visit.after.filter(|after| (0..=AT_ONCE).contains(after)) {
                person.at_once = true;
                seen.slowest = seen.slowest.max(after);
            }
            person.pressed |= visit.pressed;
            seen.hidden += u64::from(visit.hidden);
            seen.nameless += u64::from(visit.nameless);
        }
        let count = |of: &dyn Fn(&Opened) -> bool| people.values().filter(|one| of(one)).count() as u64;
        seen.people = people.len() as u64;
        seen.at_once = count(&|one| one.at_once);
        seen.every_link = if links > 1 { count(&|one| one.links.len() >= links) } else { 0 };
        seen.pressed = count(&|one| one.pressed);
        seen
    }

    fn share(self, part: u64) -> f64 {
        part as f64 / self.people.max(1) as f64
    }

    /// What speaks of a machine besides its haste, in words.
    fn signs(self) -> Vec<(&'static str, u64)> {
        let of_visits = |part: u64| part as f64 >= OFTEN * self.visits.max(1) as f64;
        let all = [
            ("every link of the message", self.every_link, self.share(self.every_link) >= OFTEN),
            ("links that people do not see", self.hidden, self.hidden > 0),
            ("no browser’s name", self.nameless, of_visits(self.nameless)),
            ("too many people for an office", self.people, self.people >= CROWD),
        ];
        all.into_iter().filter(|(_, _, speaks)| *speaks).map(|(sign, count, _)| (sign, count)).collect()
    }
}

/// Whether a network that opened links of one mailing is a scanner.
pub fn scanner(of: Seen) -> Option<Finding> {
    let signs = of.signs();
    let hasty = of.share(of.at_once) >= MOSTLY;
    if of.people < FEWEST || !hasty || signs.is_empty() || of.share(of.pressed) >= PRESSED {
        return None;
    }
    let words: Vec<&str> = signs.iter().map(|(sign, _)| *sign).collect();
    let why = format!(
        "{} people’s links of this mailing were opened from one network, {} of them within {} s of delivery, and {} of \
         them pressed a button. What else speaks of a machine: {}.",
        of.people,
        of.at_once,
        of.slowest,
        of.pressed,
        words.join(", ")
    );
    let part = |(label, count): (&str, u64)| Contributor::new(label, count);
    Some(Finding {
        observed: of.people as f64,
        expected: 1.0,
        bound: FEWEST as f64,
        sample: of.visits,
        contributors: Finding::ranked(signs.into_iter().map(part).collect()),
        why,
        advice: "A link scanner. Do not count these visits as people. Nothing needs to be stopped: opening a link \
                 changes nothing here, only pressing a button does."
            .to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// So many people, of whom each opens each of two links after so many seconds.
    fn visits(people: u64, after: i64, nameless: bool) -> Vec<Visit> {
        let visit = |person, link| Visit { person, link, after: Some(after), hidden: false, nameless, pressed: false };
        (0..people).flat_map(|person| [visit(person, 0), visit(person, 1)]).collect()
    }

    #[test]
    fn a_network_that_opens_everything_at_once_is_a_scanner_and_the_reason_is_in_words() {
        let found = scanner(Seen::of(&visits(82, 40, false), 2)).expect("a scanner");
        let said = "82 people’s links of this mailing were opened from one network, 82 of them within 40 s of delivery";
        assert!(found.why.starts_with(said) && found.why.contains("every link"), "{}", found.why);
        assert_eq!((found.sample, found.observed), (164, 82.0));
    }

    #[test]
    fn people_who_take_their_time_are_people_however_many() {
        assert!(scanner(Seen::of(&visits(300, 61, true), 2)).is_none());
        let unknown: Vec<Visit> = visits(300, 5, true).into_iter().map(|v| Visit { after: None, ..v }).collect();
        assert!(scanner(Seen::of(&unknown, 2)).is_none(), "without a delivery nothing is at once");
    }

    #[test]
    fn whoever_presses_buttons_is_a_person() {
        let press = |(at, visit): (usize, Visit)| Visit { pressed: at % 8 == 0, ..visit };
        let pressing: Vec<Visit> = visits(50, 10, false).into_iter().enumerate().map(press).collect();
        assert!(scanner(Seen::of(&pressing, 2)).is_none());
    }

    #[test]
    fn haste_alone_is_no_proof_and_a_household_is_never_one() {
        let one_link = |people| visits(people, 10, false).into_iter().filter(|v| v.link == 0).collect::<Vec<_>>();
        assert!(scanner(Seen::of(&one_link(20), 2)).is_none(), "an office that reads at once");
        assert!(scanner(Seen::of(&visits(20, 10, true), 1)).is_some(), "and one without the name of a browser");
        let hidden: Vec<Visit> = one_link(20).into_iter().map(|v| Visit { hidden: true, ..v }).collect();
        assert!(scanner(Seen::of(&hidden, 2)).is_some(), "links that nobody sees");
        assert!(scanner(Seen::of(&visits(7, 1, true), 2)).is_none());
        assert!(scanner(Seen::default()).is_none());
    }
}
