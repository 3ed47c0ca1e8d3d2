//! What is promised of takeovers, and where each bound comes from.
//!
//! No setting of a detector was chosen on these figures: bounds are what a detector promises elsewhere, or what its
//! floor implies. They were written with the figures of both blocks known, and that of slow reading was lowered after
//! one failed.

use super::*;
use crate::simulate::{CHOSEN_ON, HELD_OUT};
use std::collections::BTreeSet;

/// Sign-ins of the team in a month: ten people on five days of seven.
const SIGN_INS: f64 = 10.0 * 30.4 * 5.0 / 7.0;
/// What is rarely done in a month: three exports of whole lists, four campaigns, and one of the other kinds a quarter.
const RARE: f64 = 8.0 / 3.0;

/// The least share of all that is found: one in three plans may stay within a habit, and in half of those somebody comes in
/// by a way that tells nobody.
const ALL: f64 = 0.8;

/// The least share of a kind that is found.
///
/// A theft as a whole passes the bound of exports or reads by a multiple and then mails by thousands; mail alone
/// passes the floor of an hour or leads to where none did; a sign-in from afar is asked as often as
/// `login::STRANGE` promises, and the wrong network of a key is a fact. Looking people up for hours or a little each day,
/// behind a disguise, in a copied session or with a key that is free to come from anywhere, may stay within what that
/// person or key always does: nothing is promised of those but their part in [`ALL`].
fn least(of: Theft) -> f64 {
    match (of.way, of.plan) {
        (Way::BoundKey, _) => 1.0,
        (Way::Afar, _) => 0.98,
        (_, Plan::Whole) => 0.98,
        (_, Plan::Send) => 0.9,
        (_, Plan::Read | Plan::Patient) => 0.0,
    }
}

/// What a block stays behind by more than so many standard errors.
fn behind(first: u64, errors: f64) -> Vec<String> {
    let played = play(first);
    let spread = |of: f64, share: f64| errors * (of * share * (1.0 - share)).sqrt();
    let mut behind = Vec::new();
    let mut hold = |well: bool, what: String| {
        if !well {
            behind.push(what)
        }
    };
    for (way, plan) in Way::ALL.into_iter().flat_map(|way| Plan::ALL.map(|plan| (way, plan))) {
        let of = Figures::of(played.cases.iter().filter(|case| (case.theft.way, case.theft.plan) == (way, plan)));
        let (cases, found, least) = (of.cases as f64, of.found as f64, least(Theft { way, plan }));
        hold(found >= (cases * least - spread(cases, least)).floor(), format!("{way:?} {plan:?}: {found} of {cases}"));
    }
    let all = Figures::of(played.cases.iter());
    let (cases, found) = (all.cases as f64, all.found as f64);
    hold(found >= cases * ALL - spread(cases, ALL), format!("{found} of all {cases}"));
    // Exports hand out a list at once, and the first one is what is found: of seven lists that are one or two.
    hold(all.share <= 0.25, format!("{:.2} of what thieves read was gone before a word", all.share));
    for (detector, (ordinary, rare)) in &played.vain {
        // A sign-in is a question: src/login/tests.rs holds 3.5 of a hundred. The rest may be wrong once in a month, of which
        // the newsletters before their hour is known are most.
        let most = if *detector == "login.strange" { 0.035 * SIGN_INS } else { 1.0 };
        let (most, ordinary) = (most * MONTHS, f64::from(*ordinary));
        hold(ordinary <= most + errors * most.sqrt(), format!("{detector}: {ordinary} about ordinary work"));
        // Whatever is rare is said once, by whichever detector; none can be told more often than it happens.
        let most = RARE * MONTHS;
        hold(f64::from(*rare) <= most + errors * most.sqrt(), format!("{detector}: {rare} about what is rare"));
    }
    behind
}

#[test]
fn takeovers_are_found_early_and_the_others_are_left_in_peace() {
    assert_eq!(behind(CHOSEN_ON, 0.0), Vec::<String>::new());
}

/// A block has some ninety takeovers: within two standard errors it says the same.
#[test]
fn the_same_holds_of_takeovers_that_nobody_looked_at() {
    assert_eq!(behind(HELD_OUT, 2.0), Vec::<String>::new());
}

#[test]
fn every_detector_that_hears_of_a_takeover_is_one_of_the_product() {
    let named: BTreeSet<&str> =
        include_str!("../rows.txt").lines().filter_map(|line| Some(line.split_once(": ")?.0)).collect();
    let only_here = include_str!("../rows.txt").lines().filter_map(|line| Some(line.split_once(": takeovers, ")?.0));
    let played = quarters(CHOSEN_ON, 8);
    let spoke: BTreeSet<&str> = played.vain.into_keys().collect();
    assert!(spoke.is_subset(&named), "{spoke:?}");
    let first: BTreeSet<&str> = played.cases.iter().filter_map(|case| Some(case.found?.0)).collect();
    assert!(first.is_superset(&only_here.collect()), "{first:?}");
}

#[test]
fn the_middle_and_nine_of_ten_are_of_sorted_values_and_zero_of_none() {
    assert_eq!(middle_and_most((0..=10).rev().collect()), [5, 9]);
    assert_eq!(middle_and_most(vec![7]), [7, 7]);
    assert_eq!(middle_and_most(Vec::new()), [0, 0]);
}

/// The ground truth itself: whoever is not taken over is in nobody's plan, and a bound key hands out nothing.
#[test]
fn a_theft_is_judged_by_its_own_acts_alone() {
    let mut rng = StdRng::seed_from_u64(3);
    let mut world = World::new(&mut rng);
    assert!(world.acts.iter().all(|act| !matches!(act.cause, Cause::Theft(_))));
    world.add(90, Cause::Theft(0), world::Deed::Read(1, 40));
    world.add(100, Cause::Theft(0), world::Deed::Read(1, 60));
    world.add(110, Cause::Theft(1), world::Deed::Read(1, 500));
    let theft = Theft { way: Way::OpenKey, plan: Plan::Read };
    let alarm = |at, cause| Alarm { at, detector: "key.bulk", cause };
    let alarms = [alarm(95, Cause::Ordinary), alarm(100, Cause::Theft(0)), alarm(110, Cause::Theft(1))];
    let case = judge((0, theft), &world, &alarms);
    assert_eq!((case.found, case.read, case.wanted), (Some(("key.bulk", 10)), 100, 100));
    let missed = judge((0, theft), &world, &alarms[..1]);
    assert_eq!((missed.found, missed.read), (None, 100));
}
