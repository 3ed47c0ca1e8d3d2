//! A calendar month in UTC: how long one key for network addresses is used.

use jiff::tz::Offset;
use waxwing_domain::Micros;

/// A calendar month in UTC, counted from January of the year 0.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct Month(u32);

impl Month {
    /// The month that a moment falls in; moments before the year 0 count as its first month.
    pub fn of(moment: Micros) -> Self {
        let date = Offset::UTC.to_datetime(moment.timestamp()).date();
        let months = i32::from(date.year()) * 12 + i32::from(date.month()) - 1;
        Self(u32::try_from(months).unwrap_or(0))
    }
    /// Wraps a stored number.
    pub const fn new(value: u32) -> Self {
        Self(value)
    }
    /// The number: year times 12, plus the month from 0.
    pub const fn get(self) -> u32 {
        self.0
    }
    /// The month after this one, so that its key can be stored ahead of time.
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_turns_at_midnight_utc() {
        let new_year = 1_798_761_600 * Micros::SECOND; // 2027-01-01T00:00:00Z
        assert_eq!(Month::of(Micros::from_i64(new_year)), Month::new(2027 * 12));
        assert_eq!(Month::of(Micros::from_i64(new_year - 1)), Month::new(2026 * 12 + 11));
        assert_eq!(Month::of(Micros::from_i64(new_year - 1)).next(), Month::new(2027 * 12));
    }
}
