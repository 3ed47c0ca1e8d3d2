//! Weekends, changes of the clock, leap days and years' ends.

use super::*;

fn zone(name: &str) -> TimeZone {
    TimeZone::get(name).expect("a zone of the database that is compiled in")
}

/// The due time and the later reading, as the clock on the wall of `zone` shows them.
fn due(period: &str, counting: Counting, start: &str, name: &str) -> (String, Option<String>) {
    let zone = zone(name);
    let start: Zoned = format!("{start}[{name}]").parse().expect("a local time");
    let period = period.parse().expect("a period");
    let due = reckon(period, counting, start.timestamp(), &zone).expect("in range").expect("a period with an end");
    let wall = |at: Timestamp| at.to_zoned(zone.clone()).strftime("%a %Y-%m-%d %H:%M").to_string();
    (wall(due.at), due.later.map(|later| wall(later.at)))
}

fn berlin(start: &str) -> (String, String) {
    let (at, later) = due("72 hours", Counting::Eu118271, start, "Europe/Berlin");
    (at, later.expect("the regulation always has a reading"))
}

#[test]
fn seventy_two_hours_run_through_the_weekend_and_the_regulation_is_shown_beside() {
    let cases = [
        // Monday to Wednesday: two whole working days lie between, only the hour of the event is added.
        ("2026-11-23T10:20", "Thu 2026-11-26 10:20", "Thu 2026-11-26 11:00"),
        ("2026-11-25T10:20", "Sat 2026-11-28 10:20", "Sat 2026-11-28 11:00"),
        // Thursday: Friday alone is whole, so Art. 3(5) reaches to the end of Monday.
        ("2026-11-26T10:20", "Sun 2026-11-29 10:20", "Tue 2026-12-01 00:00"),
        // Friday evening and Saturday: none or one is whole, so it reaches to the end of Tuesday.
        ("2026-11-27T18:00", "Mon 2026-11-30 18:00", "Wed 2026-12-02 00:00"),
        ("2026-11-28T09:00", "Tue 2026-12-01 09:00", "Wed 2026-12-02 00:00"),
        ("2026-11-29T09:00", "Wed 2026-12-02 09:00", "Wed 2026-12-02 10:00"),
    ];
    for (start, at, later) in cases {
        assert_eq!(berlin(start), (at.to_owned(), later.to_owned()), "{start}");
    }
}

#[test]
fn hours_are_real_hours_when_the_clocks_change() {
    // Summer time begins on 29 March 2026: the wall shows an hour more. It ends on 25 October: an hour less.
    assert_eq!(berlin("2026-03-27T12:30").0, "Mon 2026-03-30 13:30");
    assert_eq!(berlin("2026-10-23T12:30").0, "Mon 2026-10-26 11:30");
    // Across the change the regulation's hour is that of the wall too.
    assert_eq!(berlin("2026-03-24T12:30").1, "Fri 2026-03-27 13:00");
    let (at, _) = due("72 hours", Counting::Strict, "2026-03-07T01:30", "America/Los_Angeles");
    assert_eq!(at, "Tue 2026-03-10 02:30");
}

#[test]
fn an_event_on_the_hour_falls_in_the_hour_that_begins() {
    assert_eq!(berlin("2026-11-23T10:00").1, "Thu 2026-11-26 11:00");
    assert_eq!(berlin("2026-11-23T10:59:59.999999999").1, "Thu 2026-11-26 11:00");
}

#[test]
fn a_period_that_begins_at_midnight_has_that_day_whole() {
    // Known in the last hour of Wednesday: Thursday and Friday are whole, and end where 48 hours end.
    let (at, later) = due("48 hours", Counting::Eu118271, "2026-11-25T23:10", "Europe/Berlin");
    assert_eq!((at.as_str(), later.as_deref()), ("Fri 2026-11-27 23:10", Some("Sat 2026-11-28 00:00")));
}

#[test]
fn twenty_four_hours_are_less_than_two_days() {
    let (at, later) = due("24 hours", Counting::Eu118271, "2026-11-27T18:05", "Europe/Berlin");
    assert_eq!((at.as_str(), later.as_deref()), ("Sat 2026-11-28 18:05", Some("Sat 2026-11-28 19:00")));
}

#[test]
fn of_calendar_days_the_first_does_not_count_and_the_last_counts_whole() {
    let days = |start| due("30 days", Counting::Strict, start, "America/Los_Angeles").0;
    assert_eq!(days("2026-11-22T23:59"), "Wed 2026-12-23 00:00");
    assert_eq!(days("2026-11-22T00:00"), "Wed 2026-12-23 00:00");
    // Year's end; a leap year's February; a common one's.
    assert_eq!(days("2026-12-15T08:00"), "Fri 2027-01-15 00:00");
    assert_eq!(days("2028-02-01T08:00"), "Fri 2028-03-03 00:00");
    assert_eq!(days("2027-02-01T08:00"), "Thu 2027-03-04 00:00");
}

#[test]
fn business_days_jump_the_weekend() {
    let days = |start| due("3 business days", Counting::Strict, start, "America/Sao_Paulo").0;
    assert_eq!(days("2026-11-23T10:00"), "Fri 2026-11-27 00:00");
    assert_eq!(days("2026-11-26T10:00"), "Wed 2026-12-02 00:00");
    assert_eq!(days("2026-11-28T10:00"), "Thu 2026-12-03 00:00");
    assert_eq!(days("2026-12-30T10:00"), "Tue 2027-01-05 00:00");
}

#[test]
fn a_month_ends_on_the_same_number_or_on_the_last_day_there_is() {
    let month = |start| due("1 months", Counting::Eu118271, start, "Europe/Berlin");
    assert_eq!(month("2026-11-23T10:00"), ("Thu 2026-12-24 00:00".into(), None));
    assert_eq!(month("2027-01-31T10:00"), ("Mon 2027-03-01 00:00".into(), Some("Tue 2027-03-02 00:00".into())));
    assert_eq!(month("2028-01-31T10:00"), ("Wed 2028-03-01 00:00".into(), None));
}

#[test]
fn a_period_reads_back_as_it_was_written() {
    for text in ["72 hours", "30 days", "3 business days", "1 months", "promptly", "standing"] {
        assert_eq!(text.parse::<Period>().expect("a period").to_string(), text);
    }
    for text in ["", "hours", "0 hours", "-1 days", "1001 days", "72  hours", "72 Hours", "72 hours ", "3 weeks"] {
        assert_eq!(text.parse::<Period>(), Err(PeriodError::Form), "{text}");
    }
}

#[test]
fn the_end_of_the_calendar_is_an_error_and_no_panic() {
    for period in ["72 hours", "30 days", "3 business days", "1 months"] {
        let period = period.parse().expect("a period");
        for counting in [Counting::Strict, Counting::Eu118271] {
            let end = reckon(period, counting, Timestamp::MAX, &TimeZone::UTC);
            assert_eq!(end, Err(PeriodError::OutOfRange));
        }
    }
}
