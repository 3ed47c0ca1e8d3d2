//! The rate of a list over its last campaigns, against the other lists: what no single campaign shows.
//!
//! Promise: a list of which every campaign stays just within its bound, or is too small to be judged, is found when its
//! campaigns together are worse than those of the other lists (beta-binomial, as [`rate`](crate::rate)); a single bad
//! campaign is that campaign's finding, not the list's. Limit: the last campaigns move along, so that a list is looked at
//! anew with each of them: the chance of a false alarm is [`ALPHA`](crate::rate::ALPHA) a look, not a lifetime.

use crate::rate::{self, Baseline, Signal, Trials};
use crate::{Contributor, Finding, percent};

/// Campaigns of a list that are looked at together, the newest.
pub const CAMPAIGNS: usize = 10;
/// Fewer campaigns than this say nothing of a list.
const FEWEST: usize = 3;

/// Looks at the last campaigns of one list, the newest first, each with what to call it; `others` are the campaigns of the
/// other lists.
pub fn look(signal: Signal, campaigns: &[(Contributor, Trials)], others: &[Trials]) -> Option<Finding> {
    let last = &campaigns[..campaigns.len().min(CAMPAIGNS)];
    if last.len() < FEWEST {
        return None;
    }
    let baseline = Baseline::learn(signal, others);
    // A campaign can hardly have more bad outcomes than messages, but what adds up must never underflow.
    let sane = last.iter().map(|(_, one)| Trials { bad: one.bad.min(one.sent), ..*one });
    let all =
        sane.clone().fold(Trials::default(), |all, one| Trials { sent: all.sent + one.sent, bad: all.bad + one.bad });
    // Without its worst campaign it must be found as well.
    let worst = sane.max_by_key(|trials| trials.bad)?;
    let rest = Trials { sent: all.sent - worst.sent, bad: all.bad - worst.bad };
    rate::look(signal, &baseline, (rest, 0), Vec::new())?;
    let parts = last.iter().map(|(part, trials)| Contributor { count: trials.bad, ..part.clone() });
    let found = rate::look(signal, &baseline, (all, 0), parts.collect())?;
    let why = format!(
        "Over its last {} campaigns {} of {} messages of this list were {}: {}. The other lists lead to expect {}, and \
         up to {} is let pass; without its worst campaign it is beyond that too.",
        last.len(),
        all.bad,
        all.sent,
        signal.noun(),
        percent(all.rate()),
        percent(baseline.expected),
        percent(baseline.limit)
    );
    let advice =
        "Ask where the people of this list come from and what they agreed to. Write to those only who opened or \
                  clicked lately, or stop writing to the list until you know."
            .to_owned();
    Some(Finding { why, advice, ..found })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn campaigns(each: &[(u64, u64)]) -> Vec<(Contributor, Trials)> {
        let one = |(at, (sent, bad)): (usize, &(u64, u64))| {
            (Contributor::new(format!("Campaign {at}"), 0), Trials { sent: *sent, bad: *bad })
        };
        each.iter().enumerate().map(one).collect()
    }

    fn others() -> Vec<Trials> {
        (0..20).map(|at| Trials { sent: 2_000, bad: 10 + at % 5 }).collect()
    }

    #[test]
    fn a_list_whose_small_campaigns_are_each_below_notice_is_found_by_their_sum() {
        let small = campaigns(&[(100, 7); 10]);
        let baseline = Baseline::learn(Signal::Bounce, &others());
        for (_, one) in &small {
            assert!(rate::look(Signal::Bounce, &baseline, (*one, 0), Vec::new()).is_none(), "one alone says nothing");
        }
        let found = look(Signal::Bounce, &small, &others()).expect("the list");
        assert_eq!((found.sample, found.contributors.len()), (1_000, Finding::CONTRIBUTORS));
        assert!(found.why.starts_with("Over its last 10 campaigns 70 of 1000"), "{}", found.why);
    }

    #[test]
    fn complaints_of_a_list_add_up_too() {
        assert!(look(Signal::Complaint, &campaigns(&[(400, 4); 10]), &[]).is_some());
        assert!(look(Signal::Complaint, &campaigns(&[(4_000, 2); 10]), &[]).is_none(), "half of a thousandth");
    }

    #[test]
    fn an_ordinary_list_two_campaigns_and_one_bad_campaign_are_none() {
        assert!(look(Signal::Bounce, &campaigns(&[(2_000, 12); 10]), &others()).is_none());
        assert!(look(Signal::Bounce, &campaigns(&[(900, 90); 2]), &others()).is_none());
        let mut one_bad = campaigns(&[(900, 6); 9]);
        one_bad.extend(campaigns(&[(900, 300)]));
        assert!(look(Signal::Bounce, &one_bad, &others()).is_none());
        assert!(look(Signal::Bounce, &[], &[]).is_none());
    }

    #[test]
    fn only_the_newest_campaigns_count_and_impossible_numbers_do_not_break_it() {
        let mut lately_well = campaigns(&[(500, 2); 10]);
        lately_well.extend(campaigns(&[(500, 60); 10]));
        assert!(look(Signal::Bounce, &lately_well, &others()).is_none());
        assert!(look(Signal::Bounce, &campaigns(&[(0, 9); 10]), &others()).is_none());
    }
}
