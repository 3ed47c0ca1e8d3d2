//! A moment as a form or program says it: a wall clock and its zone.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use waxwing_app::{Error, Result};
use waxwing_domain::Micros;

/// The longest way to write a moment or a zone, in bytes.
const LONGEST: usize = 64;

/// A moment of a zone's wall clock, `2026-11-22T10:05`; with an offset or `Z` the zone is only kept for
/// showing. Gives the moment and the zone's full name. Where clocks were set back the earlier of two is meant.
pub(super) fn parse(field: &str, text: &str, zone: &str) -> Result<(Micros, String)> {
    let (text, zone) = (text.trim(), zone.trim());
    let (zone, name) = named(if zone.is_empty() { "UTC" } else { zone })?;
    if text.len() > LONGEST {
        return Err(unreadable(field));
    }
    let stamp = match text.parse::<jiff::Timestamp>() {
        Ok(stamp) => stamp,
        Err(_) => {
            let wall: DateTime = text.parse().map_err(|_| unreadable(field))?;
            zone.to_ambiguous_zoned(wall).earlier().map_err(|_| unreadable(field))?.timestamp()
        }
    };
    Ok((Micros::from_i64(stamp.as_microsecond()), name))
}

fn named(zone: &str) -> Result<(TimeZone, String)> {
    let wrong = || Error::invalid("zone", "Write a zone such as Europe/Berlin, America/New_York or UTC.");
    let found = (zone.len() <= LONGEST).then(|| TimeZone::get(zone).ok()).flatten().ok_or_else(wrong)?;
    let name = found.iana_name().ok_or_else(wrong)?.to_owned();
    Ok((found, name))
}

fn unreadable(field: &str) -> Error {
    Error::invalid(field, "Write the time like 2026-11-22T10:05.")
}

/// Refuses what lies ahead of `now` by more than clocks differ.
pub(super) fn past(field: &str, at: Micros, now: Micros) -> Result<Micros> {
    if at > now.plus(Micros::MINUTE) {
        return Err(Error::invalid(field, "This time is still to come. Write when it happened."));
    }
    Ok(at)
}

/// The wall clock of `zone` at a moment, `22 Nov 2026, 10:05 Europe/Berlin`; UTC where the zone is not known any more.
pub(super) fn shown(at: Micros, zone: &str) -> String {
    let known = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
    let name = known.iana_name().unwrap_or("UTC").to_owned();
    format!("{} {name}", at.timestamp().to_zoned(known).strftime("%-d %b %Y, %H:%M"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utc(text: &str) -> Micros {
        Micros::from_i64(text.parse::<jiff::Timestamp>().expect("a time").as_microsecond())
    }

    #[test]
    fn a_wall_clock_is_read_in_its_zone() {
        let (at, zone) = parse("at", "2026-07-01T10:05", "Europe/Berlin").expect("a moment");
        assert_eq!((at, zone.as_str()), (utc("2026-07-01T08:05:00Z"), "Europe/Berlin"));
        assert_eq!(shown(at, &zone), "1 Jul 2026, 10:05 Europe/Berlin");
        assert_eq!(parse("at", "2026-07-01T10:05:00Z", "").expect("a moment").0, utc("2026-07-01T10:05:00Z"));
    }

    #[test]
    fn the_hour_that_comes_twice_means_its_first() {
        let (at, _) = parse("at", "2026-10-25T02:30", "Europe/Berlin").expect("a moment");
        assert_eq!(at, utc("2026-10-25T00:30:00Z"));
    }

    #[test]
    fn nonsense_is_refused() {
        let long = "2".repeat(100);
        for (time, zone) in [("", "UTC"), ("yesterday", "UTC"), ("2026-02-30T10:00", "UTC"), (long.as_str(), "UTC")] {
            assert!(parse("at", time, zone).is_err(), "{time}");
        }
        for zone in ["Mars/Olympus", "../../etc/passwd", &long] {
            assert!(parse("at", "2026-07-01T10:05", zone).is_err(), "{zone}");
        }
        let now = utc("2026-07-01T10:05:00Z");
        assert!(past("at", now.plus(Micros::HOUR), now).is_err() && past("at", now, now).is_ok());
    }
}
