//! The product's detectors over what is done in a workspace, each as often as the product lets it speak.
//!
//! A sign-in, a key from elsewhere and a campaign are looked at as they come; what adds up over a day or an hour is found
//! at the act that takes it beyond its bound; drifts are looked at as each day ends.

use super::team::{Habits, observed};
use super::world::{Act, Cause, DAY, Deed, PEOPLE, World, nothing_known};
use std::collections::{BTreeMap, BTreeSet};
use waxwing_detect::habit::{self, Day};
use waxwing_detect::keys;
use waxwing_detect::login::{Circumstances, weigh};
use waxwing_detect::swap::{self, Identity};
use waxwing_detect::volume::{self, Flow, Hour, WEEK};

/// Days that people and keys are compared with.
const KEPT: i64 = 56;

/// An alert, and what was behind it.
#[derive(Clone, Copy)]
pub struct Alarm {
    /// When, in minutes.
    pub at: i64,
    /// Which detector, by the product's word.
    pub detector: &'static str,
    /// The gravest cause among the acts that it rests on.
    pub cause: Cause,
}

/// The flows that are counted here.
const FLOWS: [(Flow, &str, &str); 3] = [
    (Flow::Sent, "burst.sent", "drift.sent"),
    (Flow::ApiReads, "burst.api_reads", "drift.api_reads"),
    (Flow::Exports, "burst.exports", "drift.exports"),
];

/// Everything that the detectors say of a quarter, in order of time.
pub fn watch(world: &World) -> Vec<Alarm> {
    let mut acts: Vec<&Act> = world.acts.iter().collect();
    acts.sort_by_key(|act| act.at);
    let mut watch = Watch::new(world.keys.len());
    for act in acts {
        watch.see(act);
    }
    for flow in FLOWS.map(|(flow, ..)| flow) {
        watch.end_hour(flow);
    }
    watch.alarms.sort_by_key(|alarm| alarm.at);
    watch.alarms
}

struct Watch {
    own: Vec<Habits>,
    all: Habits,
    people: Vec<Days>,
    keys: Vec<Days>,
    flows: BTreeMap<Flow, Counter>,
    campaigns: Vec<Identity>,
    /// What was told: a detector speaks once of one thing and day.
    told: BTreeSet<(&'static str, i64, i64)>,
    alarms: Vec<Alarm>,
}

/// The days of one person or key.
#[derive(Clone, Default)]
struct Days {
    past: Vec<(i64, u64)>,
    day: i64,
    today: u64,
    cause: Option<Cause>,
}

/// The hours of a flow.
#[derive(Default)]
struct Counter {
    past: Vec<Hour>,
    number: i64,
    acts: Vec<(i64, u64, Cause)>,
    /// When the gravest of the last week were.
    grave: Vec<(i64, Cause)>,
}

impl Watch {
    fn new(keys: usize) -> Self {
        let (own, all) = nothing_known();
        Self {
            own,
            all,
            people: vec![Days::default(); PEOPLE],
            keys: vec![Days::default(); keys],
            flows: FLOWS.map(|(flow, ..)| (flow, Counter::default())).into(),
            campaigns: Vec::new(),
            told: BTreeSet::new(),
            alarms: Vec::new(),
        }
    }

    fn see(&mut self, act: &Act) {
        let number = |of: usize| i64::try_from(of).unwrap_or_default();
        match &act.deed {
            Deed::SignIn(who, seen) => {
                let found = weigh(&observed(seen, &self.own[*who], &self.all), &Circumstances::default());
                if found.is_strange() {
                    self.tell(("login.strange", number(*who)), act.at, act.cause);
                }
                self.own[*who].add(seen);
                self.all.add(seen);
            }
            Deed::Open(who, people) => self.opened(*who, *people, act),
            Deed::Export(who, people) => {
                self.opened(*who, *people, act);
                self.count(Flow::Exports, 1, act);
            }
            Deed::Read(key, people) => {
                self.read(*key, *people, act);
                self.count(Flow::ApiReads, *people, act);
            }
            Deed::Elsewhere(key, times) => {
                if keys::elsewhere(*times, &[*times]).is_some() {
                    self.tell(("key.elsewhere", number(*key)), act.at, act.cause);
                }
            }
            Deed::Start(identity) => {
                if swap::look(identity, &self.campaigns).is_some() {
                    self.tell(("swap", act.at), act.at, act.cause);
                }
                self.campaigns.push(identity.clone());
            }
            Deed::Sent(messages) => self.count(Flow::Sent, *messages, act),
        }
    }

    fn tell(&mut self, (detector, of): (&'static str, i64), at: i64, cause: Cause) {
        if self.told.insert((detector, of, at.div_euclid(DAY))) {
            self.alarms.push(Alarm { at, detector, cause });
        }
    }

    fn opened(&mut self, who: usize, people: u64, act: &Act) {
        self.people[who].add(people, act);
        let days = &self.people[who];
        if days.today <= habit::FLOOR {
            return;
        }
        let others = self.people.iter().enumerate().filter(|(other, _)| *other != who);
        let peers: Vec<u64> = others.flat_map(|(_, days)| days.before(days.day.max(act.at.div_euclid(DAY)))).collect();
        let day = |people| Day { people, ..Day::default() };
        let own: Vec<Day> = days.before(days.day).map(day).collect();
        if habit::look(&day(days.today), &own, &peers).is_some() {
            let cause = days.cause.unwrap_or(act.cause);
            self.tell(("habit", i64::try_from(who).unwrap_or_default()), act.at, cause);
        }
    }

    fn read(&mut self, key: usize, people: u64, act: &Act) {
        self.keys[key].add(people, act);
        let days = &self.keys[key];
        let own: Vec<u64> = days.before(days.day).collect();
        // The first day of a key teaches what it is for.
        if days.day > 0 && keys::bulk(days.today, &own).is_some() {
            let cause = days.cause.unwrap_or(act.cause);
            self.tell(("key.bulk", i64::try_from(key).unwrap_or_default()), act.at, cause);
        }
    }

    fn count(&mut self, flow: Flow, amount: u64, act: &Act) {
        let hour = act.at.div_euclid(60);
        while let Some(next) = self.flows.get(&flow).map(|counter| counter.number).filter(|number| *number < hour) {
            self.end_hour(flow);
            if (next + 1).rem_euclid(24) == 0 {
                self.end_day(flow, next);
            }
        }
        if let Some(counter) = self.flows.get_mut(&flow) {
            counter.acts.push((act.at, amount, act.cause));
        }
    }

    fn end_hour(&mut self, flow: Flow) {
        let Some((_, word, _)) = FLOWS.into_iter().find(|(known, ..)| *known == flow) else { return };
        if let Some((at, cause)) = self.flows.get_mut(&flow).and_then(|counter| counter.end_hour(flow)) {
            self.tell((word, 0), at, cause);
        }
    }

    fn end_day(&mut self, flow: Flow, last: i64) {
        let Some((_, _, word)) = FLOWS.into_iter().find(|(known, ..)| *known == flow) else { return };
        let Some(counter) = self.flows.get(&flow) else { return };
        if volume::drift(flow, &counter.past, last).is_some() {
            let week = (last + 1 - WEEK as i64) * 60;
            let recent = counter.grave.iter().filter(|(at, _)| *at >= week).map(|(_, cause)| *cause);
            let cause = recent.max().unwrap_or(Cause::Ordinary);
            // Once a week of the calendar.
            if self.told.insert((word, last.div_euclid(WEEK as i64), 0)) {
                self.alarms.push(Alarm { at: 60 * (last + 1), detector: word, cause });
            }
        }
    }
}

impl Days {
    fn add(&mut self, people: u64, act: &Act) {
        let day = act.at.div_euclid(DAY);
        if day != self.day {
            if self.today > 0 {
                self.past.push((self.day, self.today));
            }
            (self.day, self.today, self.cause) = (day, 0, None);
        }
        self.today += people;
        self.cause = self.cause.max(Some(act.cause));
    }

    /// What the last eight weeks of days before this one brought.
    fn before(&self, day: i64) -> impl Iterator<Item = u64> {
        let last = (self.day < day && self.today > 0).then_some((self.day, self.today));
        let kept = move |one: &(i64, u64)| one.0 >= day - KEPT;
        self.past.iter().copied().chain(last).filter(kept).map(|(_, people)| people)
    }
}

impl Counter {
    /// Ends the running hour; gives when it went beyond what its hour of the week brings, and why.
    fn end_hour(&mut self, flow: Flow) -> Option<(i64, Cause)> {
        let acts = std::mem::take(&mut self.acts);
        let now = Hour { number: self.number, count: acts.iter().map(|(_, amount, _)| amount).sum() };
        self.number += 1;
        // Nothing up to the floor is ever a finding.
        let found = (now.count > flow.floor()).then(|| volume::look(flow, &self.past, now)).flatten();
        if now.count > 0 {
            self.past.push(now);
        }
        self.grave.extend(acts.iter().filter(|one| one.2 > Cause::Ordinary).map(|(at, _, cause)| (*at, *cause)));
        let bound = found?.bound;
        let (mut so_far, mut gravest) = (0, Cause::Ordinary);
        acts.into_iter().find_map(|(at, amount, cause)| {
            (so_far, gravest) = (so_far + amount, gravest.max(cause));
            (so_far as f64 > bound).then_some((at, gravest))
        })
    }
}
