//! False alarms over peeking at every message, and how soon a bad campaign is found.

use super::*;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

/// Sends until the evidence reaches ln(1/α) or the list ends, peeking after every message; gives
/// when. Between bad outcomes the evidence only falls, so that looking after those is looking always.
fn stops_at(rng: &mut StdRng, rate: f64, limit: f64, alpha: f64, list: u64) -> Option<u64> {
    let mut so_far = Trials::default();
    for _ in 0..list {
        so_far.sent += 1;
        if rng.random::<f64>() < rate {
            so_far.bad += 1;
            if ln_evidence(so_far, limit) >= -alpha.ln() {
                return Some(so_far.sent);
            }
        }
    }
    None
}

#[test]
fn between_bad_outcomes_the_evidence_only_falls() {
    for limit in [0.001, 0.02, 0.4] {
        for bad in [0, 3, 40] {
            let at = |sent| ln_evidence(Trials { sent, bad }, limit);
            assert!((bad.max(1)..500).all(|sent| at(sent + 1) < at(sent)), "limit {limit}, {bad} bad");
        }
    }
}

#[test]
fn peeking_at_every_message_raises_no_more_false_alarms_than_promised() {
    let (alpha, runs, list) = (0.05, 4_000_u32, 5_000);
    for limit in [0.003, 0.02, 0.15] {
        let mut rng = StdRng::seed_from_u64(7);
        let alarms = (0..runs).filter(|_| stops_at(&mut rng, limit, limit, alpha, list).is_some()).count();
        let share = alarms as f64 / f64::from(runs);
        let noise = 3.0 * (alpha * (1.0 - alpha) / f64::from(runs)).sqrt();
        assert!(share <= alpha + noise, "limit {limit}: {share} of campaigns at the very limit were alarmed");
    }
}

#[test]
fn a_good_campaign_is_never_stopped() {
    let baseline = Baseline::learn(Signal::Bounce, &[]);
    let mut rng = StdRng::seed_from_u64(11);
    for _ in 0..5_000 {
        assert_eq!(stops_at(&mut rng, 0.01, baseline.limit, ALPHA, 10_000), None);
    }
}

#[test]
fn a_bad_campaign_is_stopped_after_hundreds_of_messages() {
    let limit = Baseline::learn(Signal::Bounce, &[]).limit;
    for (rate, median, latest) in [(0.3, 50, 150), (0.15, 200, 600), (0.1, 700, 3_000)] {
        let mut rng = StdRng::seed_from_u64(13);
        let mut stops: Vec<u64> =
            (0..500).map(|_| stops_at(&mut rng, rate, limit, ALPHA, 20_000).expect("is found")).collect();
        stops.sort_unstable();
        assert!(stops[250] <= median && stops[499] <= latest, "rate {rate}: {} and {}", stops[250], stops[499]);
    }
}

#[test]
fn the_lower_bound_is_below_the_true_rate_at_every_moment() {
    let (alpha, rate) = (0.05, 0.08);
    let mut rng = StdRng::seed_from_u64(17);
    let mut broken = 0;
    for _ in 0..400 {
        let mut so_far = Trials::default();
        let mut holds = true;
        for _ in 0..1_500 {
            so_far.sent += 1;
            if rng.random::<f64>() < rate {
                so_far.bad += 1;
                holds &= lower_bound(so_far, alpha) <= rate;
            }
        }
        broken += u32::from(!holds);
    }
    assert!(f64::from(broken) / 400.0 <= 0.05 + 0.033, "{broken} of 400");
}

#[test]
fn without_history_the_limit_is_that_of_an_ordinary_list() {
    let none = Baseline::learn(Signal::Bounce, &[]);
    assert!((none.expected - 0.01).abs() < 1e-9 && (0.04..0.06).contains(&none.limit), "{none:?}");
    assert_eq!(none.history, 0);
}

#[test]
fn a_long_clean_history_tightens_the_limit_down_to_its_floor() {
    let clean = vec![Trials { sent: 20_000, bad: 20 }; 20];
    let learnt = Baseline::learn(Signal::Bounce, &clean);
    assert!(learnt.expected < 0.0011 && learnt.limit <= 0.021, "{learnt:?}");
}

#[test]
fn campaigns_that_differ_much_are_given_more_room_than_campaigns_that_are_alike() {
    let alike = vec![Trials { sent: 5_000, bad: 50 }; 10];
    let mut varied = vec![Trials { sent: 5_000, bad: 5 }; 5];
    varied.extend(vec![Trials { sent: 5_000, bad: 95 }; 5]);
    let (alike, varied) = (Baseline::learn(Signal::Bounce, &alike), Baseline::learn(Signal::Bounce, &varied));
    assert!((alike.expected - varied.expected).abs() < 1e-9);
    assert!(alike.limit < varied.limit, "{alike:?} {varied:?}");
}

#[test]
fn a_bad_history_does_not_buy_a_bad_future() {
    let bad = vec![Trials { sent: 10_000, bad: 3_000 }; 10];
    for signal in Signal::ALL {
        assert!(Baseline::learn(signal, &bad).limit <= signal.policy().ceiling);
    }
}

#[test]
fn numbers_that_cannot_be_are_read_as_the_worst_that_can() {
    let absurd = [Trials { sent: 5, bad: 50 }, Trials { sent: 0, bad: 0 }, Trials { sent: 0, bad: 9 }];
    let learnt = Baseline::learn(Signal::Complaint, &absurd);
    assert!(learnt.limit.is_finite() && learnt.expected <= 1.0);
    assert!(ln_evidence(Trials { sent: 5, bad: 50 }, 0.02).is_finite());
    assert!(ln_evidence(Trials { sent: 10_000_000, bad: 9_999_999 }, 0.001).is_finite());
    assert_eq!(lower_bound(Trials::default(), ALPHA), 0.0);
}

#[test]
fn a_finding_says_its_numbers_in_words() {
    let parts = vec![Contributor::new("gmail.com", 12), Contributor::new("own.example", 60)];
    let baseline = Baseline::learn(Signal::Bounce, &[]);
    let found = look(Signal::Bounce, &baseline, (Trials { sent: 240, bad: 72 }, 0), parts).expect("30 % is found");
    assert_eq!((found.observed, found.sample), (0.3, 240));
    assert_eq!(found.contributors[0].label, "own.example");
    assert!(found.why.starts_with("72 of 240 messages were addresses that do not exist: 30.0 %."), "{}", found.why);
    assert!(look(Signal::Bounce, &baseline, (Trials { sent: 240, bad: 4 }, 0), Vec::new()).is_none());
}

#[test]
fn refusals_that_come_back_before_acceptances_are_no_alarm() {
    let baseline = Baseline::learn(Signal::Bounce, &[]);
    let first = Trials { sent: 9, bad: 8 };
    assert!(look(Signal::Bounce, &baseline, (first, 0), Vec::new()).is_some(), "eight of nine, if that were all");
    assert!(look(Signal::Bounce, &baseline, (first, 700), Vec::new()).is_none(), "eight of seven hundred begun");
    let later = Trials { sent: 400, bad: 130 };
    assert!(look(Signal::Bounce, &baseline, (later, 768), Vec::new()).is_some(), "a third is found all the same");
}

#[test]
fn every_signal_has_one_word_and_a_floor_below_its_ceiling() {
    for signal in Signal::ALL {
        assert_eq!(Signal::parse(signal.as_str()), Some(signal));
        let policy = signal.policy();
        assert!(policy.typical < policy.floor && policy.floor < policy.ceiling);
    }
    assert_eq!(Signal::parse("open"), None);
}
