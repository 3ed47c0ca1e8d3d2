//! Made-up thieves: how each comes in, what each does, and what each would take in all.

use super::team::{attack, seen};
use super::world::{Cause, DAY, Deed, PEOPLE, World, identity};
use rand::RngExt as _;
use rand::rngs::StdRng;

/// How a thief comes in.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Way {
    /// With the password, from any network, at any hour.
    Afar,
    /// With the password, from the person's own provider, with the browser they use, at their hours; without its mark.
    Nearby,
    /// With a session that was copied: there is no sign-in.
    Session,
    /// With an API key that may come from anywhere.
    OpenKey,
    /// With an API key that is bound to a network, which the thief is not in.
    BoundKey,
}

impl Way {
    /// Every one.
    pub const ALL: [Self; 5] = [Self::Afar, Self::Nearby, Self::Session, Self::OpenKey, Self::BoundKey];
    /// In a few words.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Afar => "password, from afar",
            Self::Nearby => "password, disguised",
            Self::Session => "copied session",
            Self::OpenKey => "key without network",
            Self::BoundKey => "key with network",
        }
    }
}

/// What a thief is after.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Plan {
    /// Takes everybody and writes to them.
    Whole,
    /// Looks people up for some hours, writes to nobody.
    Read,
    /// Reads nobody, writes to everybody.
    Send,
    /// Takes less each working day than the person or key does, for two weeks.
    Patient,
}

impl Plan {
    /// Every one.
    pub const ALL: [Self; 4] = [Self::Whole, Self::Read, Self::Send, Self::Patient];
    /// In a few words.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Whole => "reads all, sends",
            Self::Read => "reads for hours",
            Self::Send => "sends only",
            Self::Patient => "a little each day",
        }
    }

    /// The whole of it in every other takeover.
    fn draw(rng: &mut StdRng) -> Self {
        if rng.random() { Self::Whole } else { Self::ALL[rng.random_range(1..Self::ALL.len())] }
    }
}

/// A takeover as it was planned: the ground truth.
#[derive(Clone, Copy)]
pub struct Theft {
    /// How.
    pub way: Way,
    /// What for.
    pub plan: Plan,
}

/// In three of four quarters a person is taken over in the second month, and in three of four a key in the third.
pub fn plan(rng: &mut StdRng, world: &mut World) -> Vec<Theft> {
    let mut thefts = Vec::new();
    if rng.random::<f64>() < 0.75 {
        let day = 28 + 7 * rng.random_range(0..3) + rng.random_range(0..5);
        thefts.push(person(rng, world, (day, thefts.len())));
    }
    if rng.random::<f64>() < 0.75 {
        let day = 63 + 7 * rng.random_range(0..2) + rng.random_range(0..5);
        thefts.push(key(rng, world, (day, thefts.len())));
    }
    thefts
}

fn person(rng: &mut StdRng, world: &mut World, (day, number): (i64, usize)) -> Theft {
    let (who, cause) = (rng.random_range(0..PEOPLE), Cause::Theft(number));
    let theft = Theft { way: Way::ALL[rng.random_range(0..3)], plan: Plan::draw(rng) };
    let begins = match theft.way {
        Way::Afar => day * DAY + rng.random_range(0..DAY),
        _ => day * DAY + rng.random_range(9 * 60..16 * 60),
    };
    come_in(rng, world, (theft.way, who, begins, cause));
    match theft.plan {
        Plan::Whole => exports(rng, world, (who, begins, cause)),
        Plan::Read => {
            let (each, minutes) = (rng.random_range(2..15), rng.random_range(60..240));
            (1..minutes).for_each(|minute| world.add(begins + minute, cause, Deed::Open(who, each)));
        }
        Plan::Send => {
            let waits = rng.random_range(10..240);
            campaign(rng, world, (begins + waits, cause));
        }
        Plan::Patient => little_by_little(rng, world, (theft.way, who, begins, cause)),
    }
    theft
}

/// List after list, and then mail to all of them.
fn exports(rng: &mut StdRng, world: &mut World, (who, begins, cause): (usize, i64, Cause)) {
    let (first, waits) = (begins + rng.random_range(5..60), rng.random_range(30..180));
    for list in 0..rng.random_range(1..8) {
        world.add(first + 4 * list, cause, Deed::Export(who, rng.random_range(2_000..10_000)));
    }
    campaign(rng, world, (first + waits, cause));
}

/// The password again each day; a copied session lasts as long as its person's.
fn little_by_little(rng: &mut StdRng, world: &mut World, (way, who, begins, cause): (Way, usize, i64, Cause)) {
    for day in working_days(begins) {
        if day > begins {
            come_in(rng, world, (way, who, day, cause));
        }
        let people = (world.opens[who] * rng.random_range(0.3..0.8)) as u64;
        world.add(day + 20, cause, Deed::Open(who, people));
    }
}

/// The sign-in, where there is one.
fn come_in(rng: &mut StdRng, world: &mut World, (way, who, at, cause): (Way, usize, i64, Cause)) {
    let hour = at.div_euclid(60);
    let seen = match way {
        Way::Afar => attack(rng, |_| hour, world.how),
        Way::Nearby => {
            let ([a, b, _], (browser, _)) = (world.people[who].home, world.people[who].devices[0]);
            seen([a, b, rng.random()], browser, hour, rng.random(), world.how)
        }
        Way::Session | Way::OpenKey | Way::BoundKey => return,
    };
    world.add(at, cause, Deed::SignIn(who, seen));
}

fn key(rng: &mut StdRng, world: &mut World, (day, number): (i64, usize)) -> Theft {
    let (key, cause, plan) = (rng.random_range(0..world.keys.len()), Cause::Theft(number), Plan::draw(rng));
    let begins = day * DAY + rng.random_range(0..DAY);
    if world.keys[key].bound {
        world.add(begins, cause, Deed::Elsewhere(key, rng.random_range(1..50)));
        return Theft { way: Way::BoundKey, plan };
    }
    match plan {
        Plan::Whole | Plan::Read => {
            let (each, pages) = (rng.random_range(100..500), rng.random_range(40..120));
            let each = if plan == Plan::Whole { each } else { each / 10 };
            for page in 0..pages {
                world.add(begins + page, cause, Deed::Read(key, each));
            }
            if plan == Plan::Whole {
                let waits = rng.random_range(5..120);
                by_program(rng, world, (begins + pages + waits, cause));
            }
        }
        Plan::Send => by_program(rng, world, (begins, cause)),
        Plan::Patient => {
            for later in working_days(begins) {
                let people = (world.keys[key].reads * rng.random_range(0.3..0.8)).max(60.0) as u64;
                world.add(later, cause, Deed::Read(key, people));
            }
        }
    }
    Theft { way: Way::OpenKey, plan }
}

/// The same minute of the ten working days from this one on.
fn working_days(first: i64) -> impl Iterator<Item = i64> {
    (0..14).map(move |later| first + later * DAY).filter(|at| at.div_euclid(DAY).rem_euclid(7) < 5)
}

/// A campaign to everybody. Four of five lead to a page of the thief's, two of those in another's name; one asks for
/// an answer by mail, and changes nothing that is compared.
fn campaign(rng: &mut StdRng, world: &mut World, (at, cause): (i64, Cause)) {
    let mut identity = identity();
    let which = rng.random_range(0..5);
    if which < 4 {
        identity.links.insert("pay-here.example".into());
    }
    if which < 2 {
        identity.from = "1arkfield.example".into();
    }
    world.campaign(at, cause, (Some(identity), rng.random_range(5_000..30_000)));
}

/// Single letters by a program: nothing compares what they say.
fn by_program(rng: &mut StdRng, world: &mut World, (at, cause): (i64, Cause)) {
    world.campaign(at, cause, (None, rng.random_range(3_000..20_000)));
}
