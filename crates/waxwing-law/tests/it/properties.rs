//! What holds for all facts.

use jiff::Timestamp;
use jiff::civil::date;
use jiff::tz::TimeZone;
use proptest::prelude::*;
use waxwing_law::duties::When;
use waxwing_law::facts::{
    Answer, Confidentiality, DataItem, DataKind, Judgements, Nature, PeopleIn, Place, Readable, Risk, Role, Times,
};
use waxwing_law::period::{Counting, Period, reckon};
use waxwing_law::{Facts, RuleBook, Verdict, duties};

fn zones() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "UTC",
        "Europe/Berlin",
        "America/Los_Angeles",
        "America/Sao_Paulo",
        "Australia/Lord_Howe",
        "Asia/Kathmandu",
    ])
}

fn periods() -> impl Strategy<Value = Period> {
    (1u16..=1000).prop_flat_map(|n| {
        prop::sample::select(vec![Period::Hours(n), Period::Days(n), Period::BusinessDays(n), Period::Months(n)])
    })
}

/// From 1970 to 2100, to the second.
fn instants() -> impl Strategy<Value = Timestamp> {
    (0i64..4_102_444_800).prop_map(|second| Timestamp::from_second(second).expect("in range"))
}

fn places() -> impl Strategy<Value = Place> {
    prop::sample::select(vec!["DE", "FR", "GB", "US", "US-CA", "US-NY", "CA", "BR", "AU", "JP", "NO"])
        .prop_map(|code| code.parse().expect("a code"))
}

fn people() -> impl Strategy<Value = PeopleIn> {
    (places(), 0u64..2000, 0u64..2000).prop_map(|(place, confirmed, possible)| PeopleIn { place, confirmed, possible })
}

fn items() -> impl Strategy<Value = DataItem> {
    (prop::sample::select(DataKind::ALL), prop::sample::select(Readable::ALL))
        .prop_map(|(kind, readable)| DataItem::new(kind, readable))
}

fn answers() -> impl Strategy<Value = Answer> {
    prop::sample::select(Answer::ALL)
}

fn judgements() -> impl Strategy<Value = Judgements> {
    (prop::option::of(prop::sample::select(Risk::ALL)), [answers(), answers(), answers(), answers(), answers()])
        .prop_map(|(risk, [significant_harm, serious_harm, harm_prevented, relevant_risk, significant_incident])| {
            Judgements { risk, significant_harm, serious_harm, harm_prevented, relevant_risk, significant_incident }
        })
}

prop_compose! {
    fn facts()(
        confidentiality in prop::sample::select(Confidentiality::ALL),
        role in prop::option::of(prop::sample::select(Role::ALL)),
        establishment in prop::option::of(places()),
        active_in in prop::collection::vec(places(), 0..3),
        people in prop::collection::vec(people(), 1..4),
        data in prop::collection::vec(items(), 1..5),
        turnover_aud in prop::option::of(0u64..9_000_000),
        aware in instants(),
        judgements in judgements(),
        zone in zones(),
    ) -> Facts {
        Facts {
            nature: Nature { confidentiality, ..Nature::default() },
            times: Times { aware_at: Some(aware), suspected_at: Some(aware), ..Times::default() },
            zone: Some(zone.to_owned()),
            role, establishment, active_in, people, data, turnover_aud, judgements,
            ..Facts::default()
        }
    }
}

fn rank(verdict: &Verdict) -> u8 {
    match verdict {
        Verdict::DoesNotApply => 0,
        Verdict::MayApply(_) => 1,
        Verdict::Applies => 2,
    }
}

/// Every shipped row, whatever the day, so that the law of 2026 is asked of any instant.
fn all(facts: &Facts) -> Vec<waxwing_law::Duty> {
    let mut facts = facts.clone();
    facts.times.aware_at = Some("2026-11-22T10:00:00Z".parse().expect("an instant"));
    duties(&facts, RuleBook::shipped(), date(2026, 11, 22)).expect("within the calendar")
}

fn no_duty_shrinks(before: &Facts, after: &Facts) -> Result<(), TestCaseError> {
    for (one, other) in all(before).iter().zip(all(after)) {
        prop_assert_eq!(&one.rule, &other.rule);
        prop_assert!(
            rank(&one.verdict) <= rank(&other.verdict),
            "{}: {:?} became {:?}",
            one.rule,
            one.verdict,
            other.verdict
        );
    }
    Ok(())
}

proptest! {
    #[test]
    fn nothing_is_due_before_its_clock_starts(period in periods(), start in instants(), zone in zones(), eu: bool) {
        let zone = TimeZone::get(zone).expect("a zone");
        let counting = if eu { Counting::Eu118271 } else { Counting::Strict };
        let due = reckon(period, counting, start, &zone).expect("in range").expect("an end");
        prop_assert!(due.at > due.start);
        if let Some(later) = due.later {
            prop_assert!(later.at >= due.at, "the strictest reading is the earliest");
        }
    }

    #[test]
    fn whoever_knows_later_has_no_earlier_end(period in periods(), start in instants(), wait in 0i64..1_000_000, zone in zones()) {
        let zone = TimeZone::get(zone).expect("a zone");
        let then = start.checked_add(jiff::SignedDuration::from_secs(wait)).expect("in range");
        let end = |start| reckon(period, Counting::Strict, start, &zone).expect("in range").expect("an end").at;
        prop_assert!(end(start) <= end(then));
    }

    #[test]
    fn more_people_never_take_a_duty_away(facts in facts(), more in people()) {
        let mut after = facts.clone();
        after.people.push(more);
        no_duty_shrinks(&facts, &after)?;
    }

    #[test]
    fn more_data_never_takes_a_duty_away(facts in facts(), more in items()) {
        let mut after = facts.clone();
        after.data.push(more);
        no_duty_shrinks(&facts, &after)?;
    }

    #[test]
    fn data_found_readable_never_takes_a_duty_away(facts in facts(), which in 0usize..4) {
        let mut after = facts.clone();
        if let Some(item) = after.data.get_mut(which) {
            item.readable = Readable::Yes;
        }
        no_duty_shrinks(&facts, &after)?;
    }

    #[test]
    fn what_does_not_apply_has_no_clock_and_what_applies_says_why(facts in facts()) {
        for duty in all(&facts) {
            prop_assert_eq!(duty.when.is_none(), duty.verdict == Verdict::DoesNotApply);
            prop_assert!(duty.verdict != Verdict::Applies || !duty.reasons.is_empty());
            prop_assert!(duty.verdict != Verdict::DoesNotApply || !duty.reasons.is_empty());
            if let Some(When::By(due)) = &duty.when {
                prop_assert!(due.at > due.start);
            }
        }
    }

    #[test]
    fn facts_read_back_as_they_were_written(facts in facts()) {
        prop_assert_eq!(Facts::from_json(&facts.to_json()), Ok(facts));
    }
}
