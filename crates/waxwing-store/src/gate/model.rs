//! A model of the gate, walked through exhaustively.
//!
//! Two nodes share one row. Each acts on readings that may be as old as [`super::FRESH`], lets requests in,
//! hands out chunks, commits, leases messages and begins DATA; a node crashes at any moment; somebody
//! contains and a second person releases. One step of time is a tenth of a second, and what passed its last
//! look reaches the socket within the difference of [`super::SETTLED`] and [`super::FRESH`]. The property: once
//! `contain` has returned, nothing of a credential from before is honoured, nothing is committed for it, and
//! no message begins that was leased before. Each part of the rule is then left out once, and the property
//! must fail: a check that cannot fail shows nothing. Limit: clocks of nodes run at one speed here; what
//! a thread that sleeps longer than a tenth of a second after its last look does is not modelled.

use super::{FRESH, SETTLED};
use stateright::{Checker, Model, Property};

/// Milliseconds of one step of time.
const STEP: u128 = 100;
/// A reading may be acted on while it is younger than this, in steps.
const FRESH_FOR: u8 = (FRESH.as_millis() / STEP) as u8;
/// Steps that `contain` waits after its commit.
const WAITS: u8 = (SETTLED.as_millis() / STEP) as u8;
/// Steps from the last look to the socket.
const TO_SOCKET: u8 = WAITS - FRESH_FOR;
/// Nodes that share the row.
const NODES: usize = 2;

/// What was known of the row: its epoch, and how many steps ago.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
struct Seen {
    epoch: u8,
    age: u8,
}

/// What a node is about. Every credential and every lease is from before the containment: epoch 0.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum Work {
    Nothing,
    /// A request that was let in.
    LetIn,
    /// A message that was leased.
    Leased,
    /// It passed its last look so many steps ago, and is on its way to the socket.
    Leaving(u8),
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
struct Node {
    seen: Option<Seen>,
    work: Work,
}

/// How far the containment is.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum Contain {
    Not,
    /// Committed so many steps ago.
    Waiting(u8),
    Returned,
    /// The process that contained ended before it returned: it promised nothing.
    Lost,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct World {
    /// The row: 0 open, 1 contained, 2 released. Credentials of epoch 0 are worth nothing from 1 on.
    epoch: u8,
    contain: Contain,
    nodes: [Node; NODES],
    /// Something of before was honoured after `contain` had returned.
    broken: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Act {
    Time,
    Read(usize),
    LetIn(usize),
    Lease(usize),
    Look(usize),
    Leave(usize),
    Commit(usize),
    Crash(usize),
    Contain,
    Return,
    LoseContainer,
    Release,
}

/// The rule with one part left out, or whole.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Rule {
    Whole,
    WithoutTheWait,
    WithoutTheCommitsCheck,
    WithoutTheLastLook,
    WithReadingsOfAnyAge,
}

impl Node {
    const FRESH: Self = Self { seen: None, work: Work::Nothing };

    /// What it may act on.
    fn reading(&self, rule: Rule) -> Option<u8> {
        let usable = |seen: &Seen| rule == Rule::WithReadingsOfAnyAge || seen.age < FRESH_FOR;
        self.seen.filter(usable).map(|seen| seen.epoch)
    }
    /// Whether epoch 0 is still worth something by what it may act on.
    fn honours(&self, rule: Rule) -> bool {
        self.reading(rule) == Some(0)
    }
    /// Whether time may pass: what is on its way arrives, or its node crashes.
    fn can_wait(&self) -> bool {
        !matches!(self.work, Work::Leaving(since) if since >= TO_SOCKET)
    }
    /// A step later.
    fn older(self) -> Self {
        let seen = self.seen.map(|seen| Seen { age: (seen.age + 1).min(FRESH_FOR), ..seen });
        let work = match self.work {
            Work::Leaving(since) => Work::Leaving(since + 1),
            other => other,
        };
        Self { seen, work }
    }
}

impl World {
    /// Something of before reached the outside, or the database.
    fn honoured(&mut self) {
        self.broken |= self.contain == Contain::Returned;
    }

    fn time(&mut self) {
        for node in &mut self.nodes {
            *node = node.older();
        }
        if let Contain::Waiting(steps) = self.contain {
            self.contain = Contain::Waiting((steps + 1).min(WAITS));
        }
    }

    fn commit(&mut self, node: usize, rule: Rule) {
        self.nodes[node].work = Work::Nothing;
        // Asked for in the transaction itself: what was let in under epoch 0 commits under epoch 0.
        if self.epoch == 0 || rule == Rule::WithoutTheCommitsCheck {
            self.honoured();
        }
    }
}

impl Rule {
    fn acts_of(self, world: &World, number: usize) -> Vec<Act> {
        let node = &world.nodes[number];
        let mut acts = vec![Act::Read(number), Act::Crash(number)];
        match node.work {
            Work::Nothing if node.honours(self) => acts.extend([Act::LetIn(number), Act::Lease(number)]),
            Work::Nothing => {}
            Work::LetIn => acts.extend([Act::Look(number), Act::Commit(number)]),
            Work::Leased => acts.push(Act::Look(number)),
            Work::Leaving(_) => acts.push(Act::Leave(number)),
        }
        acts
    }

    fn may_return(self, steps: u8) -> bool {
        steps >= WAITS || self == Self::WithoutTheWait
    }
}

impl Model for Rule {
    type State = World;
    type Action = Act;

    fn init_states(&self) -> Vec<World> {
        vec![World { epoch: 0, contain: Contain::Not, nodes: [Node::FRESH; NODES], broken: false }]
    }

    fn actions(&self, world: &World, acts: &mut Vec<Act>) {
        for number in 0..NODES {
            acts.extend(self.acts_of(world, number));
        }
        if world.nodes.iter().all(Node::can_wait) {
            acts.push(Act::Time);
        }
        match world.contain {
            Contain::Not => acts.push(Act::Contain),
            Contain::Waiting(steps) => {
                acts.push(Act::LoseContainer);
                acts.extend(self.may_return(steps).then_some(Act::Return));
            }
            Contain::Returned | Contain::Lost => acts.extend((world.epoch == 1).then_some(Act::Release)),
        }
    }

    fn next_state(&self, last: &World, act: Act) -> Option<World> {
        let mut world = last.clone();
        match act {
            Act::Time => world.time(),
            Act::Read(n) => world.nodes[n].seen = Some(Seen { epoch: world.epoch, age: 0 }),
            Act::LetIn(n) => world.nodes[n].work = Work::LetIn,
            // A lease is a transaction: it reads the row itself.
            Act::Lease(n) => world.nodes[n].work = if world.epoch == 0 { Work::Leased } else { Work::Nothing },
            Act::Look(n) => {
                let passes = *self == Self::WithoutTheLastLook || world.nodes[n].honours(*self);
                world.nodes[n].work = if passes { Work::Leaving(0) } else { Work::Nothing };
            }
            Act::Leave(n) => {
                world.nodes[n].work = Work::Nothing;
                world.honoured();
            }
            Act::Commit(n) => world.commit(n, *self),
            Act::Crash(n) => world.nodes[n] = Node::FRESH,
            Act::Contain => (world.epoch, world.contain) = (1, Contain::Waiting(0)),
            Act::Return => world.contain = Contain::Returned,
            Act::LoseContainer => world.contain = Contain::Lost,
            Act::Release => world.epoch = 2,
        }
        Some(world)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::always("nothing from before is honoured once contain has returned", |_, world: &World| {
                !world.broken
            }),
            Property::sometimes("contain returns while a node has work", |_, world: &World| {
                world.contain == Contain::Returned && world.nodes.iter().any(|node| node.work != Work::Nothing)
            }),
            Property::sometimes("it is released", |_, world: &World| world.epoch == 2),
        ]
    }
}

const PROMISE: &str = "nothing from before is honoured once contain has returned";

#[test]
fn the_steps_of_the_model_are_those_of_the_product() {
    assert_eq!((u128::from(FRESH_FOR) * STEP, u128::from(WAITS) * STEP), (FRESH.as_millis(), SETTLED.as_millis()));
    const { assert!(TO_SOCKET >= 1) }
}

#[test]
fn nothing_from_before_is_honoured_once_contain_has_returned() {
    let checker = Rule::Whole.checker().spawn_bfs().join();
    assert!(checker.is_done() && checker.unique_state_count() > 1_000, "{} states", checker.unique_state_count());
    checker.assert_properties();
}

#[test]
fn each_part_of_the_rule_is_needed() {
    use Rule::{WithReadingsOfAnyAge, WithoutTheCommitsCheck, WithoutTheLastLook, WithoutTheWait};
    for rule in [WithoutTheWait, WithoutTheCommitsCheck, WithoutTheLastLook, WithReadingsOfAnyAge] {
        let checker = rule.checker().spawn_bfs().join();
        assert!(checker.discovery(PROMISE).is_some(), "{rule:?} breaks nothing in this model");
    }
}
