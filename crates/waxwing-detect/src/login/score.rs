//! How likely a sign-in is somebody else's, by where, with what and when it happens.
//!
//! The likelihood ratio of Freeman et al. (“Who Are You? A Statistical Approach to Measuring User
//! Authenticity”, NDSS 2016, equation 2): how common what is seen is among everybody, over how common it
//! is for this person, one feature at a time. What was never seen is smoothed through coarser levels
//! (network → provider → country), so that a new network of a known provider is less strange than a new
//! country; and by Witten and Bell's rule (IEEE Transactions on Information Theory 37, 1991): who showed
//! many different values before is expected to show a new one again. Without that rule people who roam
//! are asked in every third sign-in.

/// How many imagined sign-ins the smoothing among everybody weighs.
const PRIOR: f64 = 1.0;

/// What was seen at one level of a feature, of one person or of everybody.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Counts {
    /// Sign-ins with this very value.
    pub same: f64,
    /// Sign-ins in which this level was seen at all.
    pub total: f64,
    /// How many different values it had.
    pub kinds: f64,
}

/// One level of a feature.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Level {
    /// Of this person.
    pub own: Counts,
    /// Of everybody, this person included.
    pub all: Counts,
    /// One over how many values this level may have within the next coarser one.
    pub base: f64,
}

/// The ratio of one feature as a decimal logarithm: above zero it speaks for somebody else. Levels go
/// from the finest to the coarsest; zero where nothing is known of the person.
pub fn ratio(levels: &[Level]) -> f64 {
    let (mut everybody, mut person) = (1.0, 1.0);
    let mut around = levels.last().map_or(0.0, |coarsest| coarsest.all.total);
    for level in levels.iter().rev() {
        // How common the value is within its coarser one. A level that is counted longer than the
        // coarser one could exceed it.
        let within = ((level.all.same + PRIOR * level.base) / (around + PRIOR)).min(1.0);
        everybody *= within;
        person = own(level.own, person * within);
        around = level.all.same;
    }
    (everybody / person).log10()
}

/// How common a value is for a person who showed it so often, where `otherwise` is what one would
/// expect without having seen them: Witten and Bell's estimate.
fn own(seen: Counts, otherwise: f64) -> f64 {
    if seen.total == 0.0 { otherwise } else { (seen.same + seen.kinds * otherwise) / (seen.total + seen.kinds) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn level(own: f64, all: f64) -> Level {
        Level {
            own: Counts { same: own, total: 20.0, kinds: 2.0 },
            all: Counts { same: all, total: 200.0, kinds: 30.0 },
            base: 0.01,
        }
    }

    #[test]
    fn what_a_person_always_does_speaks_for_them_and_what_they_never_do_against() {
        assert!(ratio(&[level(20.0, 20.0)]) < -0.5);
        assert!(ratio(&[level(0.0, 0.0)]) > 1.0);
        assert!(ratio(&[level(0.0, 150.0)]) > 1.0, "common elsewhere, and never theirs");
    }

    #[test]
    fn a_new_network_of_a_known_provider_is_less_strange_than_a_new_country() {
        let known_country = level(20.0, 120.0);
        let new_network = ratio(&[level(0.0, 0.0), level(20.0, 60.0), known_country]);
        let new_provider = ratio(&[level(0.0, 0.0), level(0.0, 30.0), known_country]);
        let new_country = ratio(&[level(0.0, 0.0), level(0.0, 30.0), level(0.0, 40.0)]);
        assert!(new_network < new_provider && new_provider < new_country, "{new_network} {new_provider} {new_country}");
    }

    #[test]
    fn who_showed_many_values_is_expected_to_show_another() {
        let of = |kinds| {
            let own = Counts { same: 0.0, total: 40.0, kinds };
            ratio(&[Level { own, ..level(0.0, 0.0) }])
        };
        assert!(of(1.0) > of(4.0) && of(4.0) > of(20.0) && of(20.0) < 0.5, "{} {} {}", of(1.0), of(4.0), of(20.0));
    }

    #[test]
    fn nobody_is_strange_before_anything_is_known_of_them() {
        let fresh = Level { own: Counts::default(), all: Counts::default(), base: 0.01 };
        assert!(ratio(&[fresh]).abs() < 1e-9);
        assert!(ratio(&[]).abs() < 1e-9);
        let stranger = Level { own: Counts::default(), ..level(0.0, 90.0) };
        assert!(ratio(&[stranger]).abs() < 1e-9);
    }

    #[test]
    fn a_level_that_is_counted_since_today_makes_neither_people_strange_nor_strangers_known() {
        let new_level = Level { own: Counts::default(), all: Counts::default(), base: 0.01 };
        assert!(ratio(&[level(20.0, 60.0), new_level]) < 0.0);
        assert!(ratio(&[level(0.0, 0.0), new_level]) > 1.0);
    }
}
