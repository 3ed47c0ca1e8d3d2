//! Since when something may have been wrong, as a form, a program or the command line says it.

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use waxwing_app::{Error, Result};
use waxwing_domain::Micros;

/// The longest way to write a moment, in bytes.
const LONGEST: usize = 64;
/// As many hours as a suspicion may reach back: 366 days.
const OLDEST: i64 = 366 * 24;

/// Reads hours before `now`, `24`, or a moment of `zone`'s wall clock, `2026-11-22T10:05`; with an offset or `Z` the
/// zone does not matter. Where clocks were set back the earlier of two is meant: rather too long than too short.
///
/// # Errors
/// [`Error::Invalid`] of `since`.
pub fn since(text: &str, zone: &str, now: Micros) -> Result<Micros> {
    let text = text.trim();
    if text.len() > LONGEST {
        return Err(unreadable());
    }
    if let Ok(hours) = text.parse::<i64>() {
        let known = (0..=OLDEST).contains(&hours).then(|| now.plus(-hours * Micros::HOUR));
        return known.ok_or_else(unreadable);
    }
    let stamp = match text.parse::<jiff::Timestamp>() {
        Ok(stamp) => stamp,
        Err(_) => {
            let wall = text.parse::<DateTime>().or_else(|_| text.parse::<Date>().map(|day| day.at(0, 0, 0, 0)));
            let zone = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
            let wall = zone.to_ambiguous_zoned(wall.map_err(|_| unreadable())?);
            wall.earlier().map_err(|_| unreadable())?.timestamp()
        }
    };
    Ok(Micros::from_i64(stamp.as_microsecond()))
}

fn unreadable() -> Error {
    Error::invalid("since", "Write hours, at most 8784, or a time like 2026-11-22T10:05.")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utc(text: &str) -> Micros {
        Micros::from_i64(text.parse::<jiff::Timestamp>().expect("a time").as_microsecond())
    }

    #[test]
    fn hours_a_wall_clock_a_day_and_an_offset_are_read() {
        let now = utc("2026-07-02T10:00:00Z");
        for (text, is) in [
            ("24", "2026-07-01T10:00:00Z"),
            ("2026-07-01T10:05", "2026-07-01T08:05:00Z"),
            ("2026-07-01", "2026-06-30T22:00:00Z"),
            ("2026-07-01T10:05:00Z", "2026-07-01T10:05:00Z"),
            ("2026-07-01T10:05:00+09:00", "2026-07-01T01:05:00Z"),
        ] {
            assert_eq!(since(text, "Europe/Berlin", now).expect("a moment"), utc(is), "{text}");
        }
    }

    #[test]
    fn of_the_hour_that_comes_twice_the_first_counts() {
        let now = utc("2026-10-26T00:00:00Z");
        assert_eq!(since("2026-10-25T02:30", "Europe/Berlin", now).expect("a moment"), utc("2026-10-25T00:30:00Z"));
    }

    #[test]
    fn nonsense_is_refused() {
        let long = "2".repeat(100);
        for text in ["", "-1", "9000", "yesterday", "2026-02-30T10:00", "99999999999999999999", &long] {
            assert!(since(text, "UTC", utc("2026-07-02T10:00:00Z")).is_err(), "{text}");
        }
    }
}
