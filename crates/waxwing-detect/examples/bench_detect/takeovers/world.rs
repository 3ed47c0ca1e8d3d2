//! A made-up workspace over a quarter: what ten people and six keys do when nobody is among them.
//!
//! Ordinary: sign-ins of each working day, people who are looked up, small exports, keys from one that reads nobody to a
//! nightly synchronisation, mail by the hour of the day and a newsletter each week. Rare, and meant all the same: the
//! export of a whole list, a campaign out of its hour, a link to a new shop, the first run of a synchronisation, a machine
//! that moves to another network.

use super::team::{Habits, How, Knowing, Seen, Someone};
use crate::draw::poisson;
use rand::RngExt as _;
use rand::rngs::StdRng;
use waxwing_detect::swap::Identity;

/// Days of a quarter.
pub const DAYS: i64 = 91;
/// Minutes of a day.
pub const DAY: i64 = 24 * 60;
/// People of the team.
pub const PEOPLE: usize = 10;
/// What the keys read in a day.
const READS: [f64; 6] = [0.0, 4.0, 40.0, 150.0, 900.0, 8_000.0];
/// What a relay takes in five minutes.
const PACE: u64 = 1_000;

/// Why something is done.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Cause {
    /// As on other days.
    Ordinary,
    /// Meant, and seldom done.
    Rare,
    /// By the thief of this number.
    Theft(usize),
}

/// What is done.
#[derive(Clone)]
pub enum Deed {
    /// A person, or somebody with their password, signs in.
    SignIn(usize, Seen),
    /// A person opens so many people.
    Open(usize, u64),
    /// A person exports so many people.
    Export(usize, u64),
    /// A key reads so many people.
    Read(usize, u64),
    /// A key comes from a network that it is not for, so many times.
    Elsewhere(usize, u64),
    /// A campaign starts.
    Start(Identity),
    /// Relays take so many messages.
    Sent(u64),
}

/// Something that is done.
#[derive(Clone)]
pub struct Act {
    /// Minutes since the quarter's first Monday began, in UTC.
    pub at: i64,
    /// What.
    pub deed: Deed,
    /// Why.
    pub cause: Cause,
}

impl Act {
    /// How many people's data it hands out.
    pub const fn read(&self) -> u64 {
        match self.deed {
            Deed::Open(_, people) | Deed::Export(_, people) | Deed::Read(_, people) => people,
            _ => 0,
        }
    }
    /// How many messages go out.
    pub const fn mailed(&self) -> u64 {
        if let Deed::Sent(messages) = self.deed { messages } else { 0 }
    }
}

/// A key: what it reads in a day, and whether it is bound to a network.
#[derive(Clone, Copy)]
pub struct Key {
    /// People in a day.
    pub reads: f64,
    /// Whether it may come from one network only.
    pub bound: bool,
}

/// The workspace.
pub struct World {
    /// Who signs in.
    pub people: Vec<Someone>,
    /// How many people each of them opens in a day.
    pub opens: Vec<f64>,
    /// The keys.
    pub keys: Vec<Key>,
    /// What is known of sign-ins.
    pub how: How,
    /// What was done.
    pub acts: Vec<Act>,
}

impl World {
    /// A quarter in which nobody is taken over.
    pub fn new(rng: &mut StdRng) -> Self {
        let how = (if rng.random() { Knowing::Atlas } else { Knowing::Networks }, true);
        let people = (0..PEOPLE).map(|_| Someone::new(rng)).collect();
        let opens = (0..PEOPLE).map(|_| 10.0 * 40_f64.powf(rng.random())).collect();
        // What runs on a server is bound to it more often than not.
        let keys = READS.map(|reads| Key { reads, bound: rng.random::<f64>() < 0.5 });
        let mut world = Self { people, opens, keys: keys.into(), how, acts: Vec::new() };
        for day in 0..DAYS {
            world.people(rng, day);
            world.keys(rng, day);
            world.mail(rng, day);
        }
        world.rare(rng);
        world
    }

    /// Adds something that is done.
    pub fn add(&mut self, at: i64, cause: Cause, deed: Deed) {
        self.acts.push(Act { at, deed, cause });
    }

    /// A campaign to so many, as fast as relays take it.
    pub fn campaign(&mut self, at: i64, cause: Cause, (identity, size): (Option<Identity>, u64)) {
        if let Some(identity) = identity {
            self.add(at, cause, Deed::Start(identity));
        }
        for step in 0..size.div_ceil(PACE) {
            let messages = PACE.min(size - step * PACE);
            self.add(at + 5 * step.cast_signed(), cause, Deed::Sent(messages));
        }
    }

    fn people(&mut self, rng: &mut StdRng, day: i64) {
        if day.rem_euclid(7) >= 5 {
            return;
        }
        for who in 0..PEOPLE {
            let (hour, seen) = self.people[who].sign_in(rng, day, self.how);
            self.add(60 * hour + rng.random_range(0..60), Cause::Ordinary, Deed::SignIn(who, seen));
            let busy = self.opens[who] * rng.random_range(0.4..1.8);
            for _ in 0..4 {
                let people = poisson(rng, busy / 4.0);
                self.add(office(rng, day), Cause::Ordinary, Deed::Open(who, people));
            }
        }
        // Two of the team export small groups as they work.
        for _ in 0..poisson(rng, 2.0) {
            let (who, people) = (rng.random_range(0..2), rng.random_range(20..120));
            self.add(office(rng, day), Cause::Ordinary, Deed::Export(who, people));
        }
    }

    fn keys(&mut self, rng: &mut StdRng, day: i64) {
        let weekend = if day.rem_euclid(7) >= 5 { 0.3 } else { 1.0 };
        for key in 0..self.keys.len() {
            let reads = self.keys[key].reads;
            if reads >= 1_000.0 {
                // A synchronisation reads everybody each night, at the same hour.
                self.add(day * DAY + 185, Cause::Ordinary, Deed::Read(key, poisson(rng, reads)));
                continue;
            }
            let busy = weekend * reads * rng.random_range(0.5..1.5);
            for hour in 8..18 {
                let people = poisson(rng, busy / 10.0);
                let minute = rng.random_range(0..60);
                self.add(day * DAY + 60 * hour + minute, Cause::Ordinary, Deed::Read(key, people));
            }
        }
    }

    fn mail(&mut self, rng: &mut StdRng, day: i64) {
        let weekend = if day.rem_euclid(7) >= 5 { 0.3 } else { 1.0 };
        for hour in 0..24 {
            let busy = weekend * if (8..18).contains(&hour) { 400.0 } else { 60.0 };
            let busy = busy * rng.random_range(0.8..1.2);
            let messages = poisson(rng, busy);
            self.add(day * DAY + 60 * hour + rng.random_range(0..60), Cause::Ordinary, Deed::Sent(messages));
        }
        if day.rem_euclid(7) == 1 {
            let size = rng.random_range(5_500..6_500);
            let at = day * DAY + 10 * 60 + rng.random_range(0..10);
            self.campaign(at, Cause::Ordinary, (Some(identity()), size));
        }
    }

    /// What is seldom done, and meant.
    fn rare(&mut self, rng: &mut StdRng) {
        let day = |rng: &mut StdRng| 7 * rng.random_range(0..DAYS / 7) + rng.random_range(0..5);
        for _ in 0..poisson(rng, 3.0) {
            let (day, who, people) = (day(rng), rng.random_range(0..PEOPLE), rng.random_range(2_000..20_000));
            self.add(office(rng, day), Cause::Rare, Deed::Export(who, people));
        }
        for _ in 0..poisson(rng, 4.0) {
            let day = day(rng);
            let sent = (Some(identity()), rng.random_range(3_000..20_000));
            self.campaign(office(rng, day), Cause::Rare, sent);
        }
        for _ in 0..poisson(rng, 0.5) {
            let day = day(rng);
            let shop = format!("shop-{day}.example");
            let identity = Identity { links: [shop, "larkfield.example".into()].into(), ..identity() };
            self.campaign(office(rng, day), Cause::Rare, (Some(identity), rng.random_range(3_000..20_000)));
        }
        if rng.random::<f64>() < 0.25 {
            let (day, key, people) = (day(rng), rng.random_range(0..4), rng.random_range(1_000..20_000));
            self.add(office(rng, day), Cause::Rare, Deed::Read(key, people));
        }
        let moved = rng.random_range(0..self.keys.len());
        if self.keys[moved].bound && rng.random::<f64>() < 0.5 {
            let (day, times) = (day(rng), rng.random_range(2..60));
            self.add(office(rng, day), Cause::Rare, Deed::Elsewhere(moved, times));
        }
    }
}

/// What campaigns of the team say of their sender.
pub fn identity() -> Identity {
    let domain = "larkfield.example".to_owned();
    Identity { from: domain.clone(), links: [domain].into(), postal: "1".into() }
}

/// A minute at which people work.
fn office(rng: &mut StdRng, day: i64) -> i64 {
    day * DAY + rng.random_range(8 * 60..17 * 60)
}

/// What is known of sign-ins before the first: of each person, and of everybody.
pub fn nothing_known() -> (Vec<Habits>, Habits) {
    (vec![Habits::default(); PEOPLE], Habits::default())
}
