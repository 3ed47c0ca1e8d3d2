//! Bursts and drifts are found; a week like the others is not, whatever its rhythm.

use super::*;
use rand::SeedableRng as _;
use rand::rngs::StdRng;

#[path = "../../examples/bench_detect/draw.rs"]
mod draw;
use draw::poisson;

/// What people do: busy by day, quiet by night and at the weekend.
fn rhythm(hour: i64) -> f64 {
    let (of_day, day) = (hour.rem_euclid(24), hour.div_euclid(24).rem_euclid(7));
    let daily = if (8..18).contains(&of_day) { 1.0 } else { 0.1 };
    if day >= 5 { 0.3 * daily } else { daily }
}

fn weeks(rng: &mut StdRng, weeks: usize, mean: f64) -> Vec<Hour> {
    let hours = 0..(weeks * WEEK) as i64;
    hours.map(|number| Hour { number, count: poisson(rng, mean * rhythm(number)) }).collect()
}

#[test]
fn eight_ordinary_weeks_raise_no_alarm_for_half_a_year() {
    let mut rng = StdRng::seed_from_u64(3);
    let all = weeks(&mut rng, 26, 300.0);
    let bursts = (LEARNING..all.len()).filter(|&at| look(Flow::Signups, &all[..at], all[at]).is_some()).count();
    assert_eq!(bursts, 0);
    let days = (4 * WEEK..all.len()).step_by(24);
    assert_eq!(days.filter(|&at| drift(Flow::Signups, &all[..at], all[at - 1].number).is_some()).count(), 0);
}

#[test]
fn a_burst_at_night_is_found_that_would_be_ordinary_at_noon() {
    let mut rng = StdRng::seed_from_u64(5);
    let past = weeks(&mut rng, 4, 300.0);
    let monday = (4 * WEEK) as i64;
    let at = |of_day: i64| Hour { number: monday + of_day, count: 280 };
    assert!(look(Flow::Signups, &past, at(12)).is_none());
    let found = look(Flow::Signups, &past, at(3)).expect("nobody signs up at night");
    assert!((10.0..60.0).contains(&found.expected) && found.bound < 280.0, "{found:?}");
    assert!(found.why.starts_with("280 sign-ups were asked for in this hour, where"), "{}", found.why);
}

#[test]
fn past_bursts_do_not_teach_it_to_expect_bursts() {
    let mut rng = StdRng::seed_from_u64(9);
    let mut past = weeks(&mut rng, 8, 300.0);
    (0..5).for_each(|week| past[week * WEEK + 3].count = 5_000);
    assert!(look(Flow::Signups, &past[..7 * WEEK], Hour { number: (7 * WEEK + 4) as i64, count: 900 }).is_some());
}

#[test]
fn a_week_that_creeps_up_is_found_though_no_hour_stands_out() {
    let mut rng = StdRng::seed_from_u64(13);
    let mut all = weeks(&mut rng, 5, 100.0);
    for hour in &mut all[4 * WEEK..] {
        hour.count += poisson(&mut rng, 60.0 * rhythm(hour.number));
    }
    let last = all.len() - 1;
    let bursts = (4 * WEEK..all.len()).filter(|&at| look(Flow::Signups, &all[..at], all[at]).is_some()).count();
    assert_eq!(bursts, 0, "no hour of it is a burst");
    let found = drift(Flow::Signups, &all, all[last].number).expect("it adds up");
    assert!(found.observed > 1.45 * found.expected, "{found:?}");
}

#[test]
fn the_first_days_and_small_counts_are_left_in_peace() {
    let few: Vec<Hour> = (0..40).map(|number| Hour { number, count: 1 }).collect();
    assert!(look(Flow::Exports, &few, Hour { number: 40, count: 500 }).is_none(), "still learning");
    let quiet: Vec<Hour> = (0..400).map(|number| Hour { number, count: 0 }).collect();
    assert!(look(Flow::Exports, &quiet, Hour { number: 400, count: 3 }).is_none());
    assert!(look(Flow::Exports, &quiet, Hour { number: 400, count: 15 }).is_some());
    assert!(look(Flow::Exports, &[], Hour { number: 0, count: u64::MAX }).is_none());
}

#[test]
fn hours_that_are_missing_brought_nothing() {
    let sparse = [Hour { number: 0, count: 2 }, Hour { number: 300, count: 2 }];
    let found = look(Flow::Signups, &sparse, Hour { number: 500, count: 90 }).expect("ninety where none come");
    assert_eq!((found.expected, found.sample), (0.0, 500));
}

#[test]
fn every_flow_has_one_word() {
    for flow in Flow::ALL {
        assert_eq!(Flow::parse(flow.as_str()), Some(flow));
    }
    assert_eq!(Flow::parse("clicks"), None);
}
