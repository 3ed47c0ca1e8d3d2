//! What an hour of the week usually brings.
//!
//! Counts are compared on Anscombe's scale 2√(x + 3/8) (Biometrika 35, 1948), on which a Poisson
//! count spreads by 1 whatever its size, so that one spread serves night and noon. An hour's expected
//! value is the median of its hour of the week, shrunk towards the median of its hour of the day, and
//! that towards the median of all: the shorter the history, the more it borrows.

use super::{HISTORY, Hour, WEEK};

/// How many weeks an hour of the week's loan from its hour of the day weighs.
const FROM_DAY: f64 = 2.0;
/// How many days an hour of the day's loan from all hours weighs: little, for night is not noon.
const FROM_ALL: f64 = 0.25;
/// The median absolute deviation of a normal distribution, in standard deviations.
const NORMAL: f64 = 0.674_489_75;

/// What is usual, hour by hour of the week.
#[derive(Clone, Debug)]
pub struct Baseline {
    /// On Anscombe's scale, by hour of the week.
    usual: Vec<f64>,
    spread: f64,
    hours: usize,
}

/// What one hour should bring.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Expected {
    usual: f64,
    spread: f64,
}

impl Expected {
    /// The expected count.
    pub fn count(self) -> f64 {
        back(self.usual)
    }
    /// The count so many spreads above it.
    pub fn above(self, spreads: f64) -> f64 {
        back(self.usual + spreads * self.spread)
    }
    /// How many spreads above the expected a count lies.
    pub fn spreads(self, count: f64) -> f64 {
        (scale(count) - self.usual) / self.spread
    }
}

fn scale(count: f64) -> f64 {
    2.0 * (count + 0.375).sqrt()
}

fn back(scaled: f64) -> f64 {
    ((scaled / 2.0).powi(2) - 0.375).max(0.0)
}

/// Every hour from `first` to before `end`, with zero where none is known; `history` is in order.
pub(super) fn dense(history: &[Hour], first: i64, end: i64) -> Vec<Hour> {
    let count = |number| {
        let found = history.binary_search_by_key(&number, |hour| hour.number);
        Hour { number, count: found.map_or(0, |at| history[at].count) }
    };
    (first..end).map(count).collect()
}

impl Baseline {
    /// Learns from the hours before hour `end`, in order of their numbers; `None` while fewer than
    /// `fewest` hours have passed since the first.
    pub fn learn(history: &[Hour], end: i64, fewest: usize) -> Option<Self> {
        let first = history.first()?.number.max(end - HISTORY as i64);
        let hours = dense(history, first, end);
        if hours.len() < fewest {
            return None;
        }
        let usual = usual(&hours);
        let mut off: Vec<f64> =
            hours.iter().map(|h| (scale(h.count as f64) - usual[of_week(h.number)]).abs()).collect();
        let spread = (median(&mut off) / NORMAL).max(1.0);
        Some(Self { usual, spread, hours: hours.len() })
    }

    /// What an hour should bring.
    pub fn expected(&self, hour: i64) -> Expected {
        Expected { usual: self.usual[of_week(hour)], spread: self.spread }
    }

    /// On how many hours it rests.
    pub const fn hours(&self) -> u64 {
        self.hours as u64
    }
}

fn of_week(hour: i64) -> usize {
    usize::try_from(hour.rem_euclid(WEEK as i64)).unwrap_or_default()
}

/// By hour of the week, on Anscombe's scale.
fn usual(hours: &[Hour]) -> Vec<f64> {
    let mut by_week: Vec<Vec<f64>> = vec![Vec::new(); WEEK];
    let mut by_day: Vec<Vec<f64>> = vec![Vec::new(); 24];
    let mut all = Vec::with_capacity(hours.len());
    for hour in hours {
        let scaled = scale(hour.count as f64);
        by_week[of_week(hour.number)].push(scaled);
        by_day[of_week(hour.number) % 24].push(scaled);
        all.push(scaled);
    }
    let whole = median(&mut all);
    let days: Vec<f64> = by_day.iter_mut().map(|day| shrunk(day, (whole, FROM_ALL))).collect();
    by_week.iter_mut().enumerate().map(|(slot, week)| shrunk(week, (days[slot % 24], FROM_DAY))).collect()
}

/// The median of `values`, pulled towards another value as if that had been seen so many times.
fn shrunk(values: &mut [f64], (other, weight): (f64, f64)) -> f64 {
    let number = values.len() as f64;
    (number * median(values) + weight * other) / (number + weight)
}

/// The middle value; zero of nothing.
fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    match values.len() {
        0 => 0.0,
        odd if odd % 2 == 1 => values[odd / 2],
        even => 0.5 * (values[even / 2 - 1] + values[even / 2]),
    }
}
