//! Numbers and times as people read them.

use std::fmt;
use waxwing_domain::Micros;

/// HTML that is safe as it stands: made here from parts that hold nothing of a person's input.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Html(pub(crate) String);

impl fmt::Display for Html {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
impl askama::filters::HtmlSafe for Html {}

/// A whole number, by value or behind references: templates hand over either.
pub trait Number {
    /// The number.
    fn number(&self) -> i128;
}

/// A moment, by value or behind references.
pub trait Moment {
    /// The moment.
    fn micros(&self) -> Micros;
}

macro_rules! numbers {
    ($($kind:ty),+) => {$(
        impl Number for $kind {
            fn number(&self) -> i128 { i128::from(*self) }
        }
    )+};
}
numbers!(u8, u16, u32, u64, i16, i32, i64, i128);

impl Number for usize {
    fn number(&self) -> i128 {
        // No machine counts beyond 127 bits.
        i128::try_from(*self).unwrap_or(i128::MAX)
    }
}
impl<T: Number + ?Sized> Number for &T {
    fn number(&self) -> i128 {
        (**self).number()
    }
}
impl Moment for Micros {
    fn micros(&self) -> Micros {
        *self
    }
}
impl<T: Moment + ?Sized> Moment for &T {
    fn micros(&self) -> Micros {
        (**self).micros()
    }
}

/// A count with thousands separators: `4,003`.
pub fn count(number: impl Number) -> String {
    let number = number.number();
    let digits = number.unsigned_abs().to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3 + 1);
    if number < 0 {
        text.push('−');
    }
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A rate with its base: `12 of 4,003 (0.3 %)`; without a base, only the count.
pub fn rate(part: impl Number, whole: impl Number) -> String {
    let (part, whole) = (part.number(), whole.number());
    if whole <= 0 {
        return count(part);
    }
    let permille = (part * 1_000 + whole / 2) / whole;
    format!("{} of {} ({}.{} %)", count(part), count(whole), permille / 10, permille % 10)
}

/// A moment as `<time>`: UTC as it leaves the server; the browser shows it in the person's own
/// zone and keeps UTC for the hover.
pub fn moment(at: impl Moment) -> Html {
    let stamp = at.micros().timestamp();
    let utc = stamp.to_zoned(jiff::tz::TimeZone::UTC);
    let exact = utc.strftime("%Y-%m-%dT%H:%M:%SZ");
    let shown = utc.strftime("%-d %b %Y, %H:%M UTC");
    Html(format!("<time datetime=\"{exact}\" data-moment>{shown}</time>"))
}

/// A moment as words, for where no markup can stand: `1 Dec 2026, 08:00 UTC`.
pub fn moment_text(at: impl Moment) -> String {
    let utc = at.micros().timestamp().to_zoned(jiff::tz::TimeZone::UTC);
    utc.strftime("%-d %b %Y, %H:%M UTC").to_string()
}

/// A day as `1 Dec 2026`, in UTC, for what is counted by days.
pub fn day(at: impl Moment) -> Html {
    let utc = at.micros().timestamp().to_zoned(jiff::tz::TimeZone::UTC);
    let (exact, shown) = (utc.strftime("%Y-%m-%dT00:00:00Z"), utc.strftime("%-d %b %Y"));
    Html(format!("<time datetime=\"{exact}\">{shown}</time>"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped() {
        for (number, text) in [(0, "0"), (999, "999"), (1_000, "1,000"), (1_234_567, "1,234,567"), (-4_003, "−4,003")]
        {
            assert_eq!(count(number), text);
        }
    }

    #[test]
    fn rates_name_their_base() {
        assert_eq!(rate(12_u64, 4_003_u64), "12 of 4,003 (0.3 %)");
        assert_eq!(rate(1_u32, 1_u32), "1 of 1 (100.0 %)");
        assert_eq!(rate(0_u32, 0_u32), "0");
        assert_eq!(rate(u64::MAX, u64::MAX), format!("{0} of {0} (100.0 %)", count(u64::MAX)));
    }

    #[test]
    fn a_moment_is_exact_and_readable() {
        let text = moment(Micros::from_i64(1_800_000_000_000_000)).to_string();
        assert_eq!(text, "<time datetime=\"2027-01-15T08:00:00Z\" data-moment>15 Jan 2027, 08:00 UTC</time>");
    }
}
