//! Has anything like the last few values been seen before? For any stream of numbers.
//!
//! The distance from the last [`Settings::shape`] values to the most similar stretch of the past is
//! small while a stream repeats itself, however odd its habit, and large for a shape that was never
//! seen: a spike, a level, a missing peak, a flat line. That distance is measured against the usual
//! distances (median and spread of the last ones). Nearest neighbours of lagged values as a detector
//! are Burnaev and Ishimtsev's (“Conformalized density- and distance-based anomaly detection in
//! time-series data”, arXiv 1608.04585); scale and pause are our own.
//!
//! Promise: streaming, no look ahead; time and memory a value are bounded by [`Settings::memory`].
//! Limit: it learns what it sees: the second time a harm is no novelty, and the first values say nothing.

use crate::rolling::Rolling;
use std::collections::VecDeque;

/// How it listens.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Settings {
    /// How many values make a shape.
    pub shape: usize,
    /// How many values are remembered to compare with.
    pub memory: usize,
    /// How many distances say what is usual.
    pub usual: usize,
    /// For so many values after a surprise only a greater one is told.
    pub pause: usize,
}

impl Default for Settings {
    /// Chosen on the open half of the Numenta Anomaly Benchmark, the middle of a plateau.
    fn default() -> Self {
        Self { shape: 4, memory: 8_000, usual: 4_000, pause: 300 }
    }
}

/// Distances before anything is said.
const FEWEST: usize = 20;
/// A spread is at least this share of the largest usual distances: a calm stretch is not proof of calm.
const FLOOR: f64 = 0.1;

/// What a new value says.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Surprise {
    /// How far beyond the usual, in spreads; zero while it is not the greatest of its pause.
    pub score: f64,
    /// The distance to the most similar stretch, in the unit of the values.
    pub distance: f64,
    /// The usual distance.
    pub usual: f64,
}

/// The detector of one stream.
#[derive(Clone, Debug)]
pub struct Novelty {
    settings: Settings,
    values: VecDeque<f64>,
    distances: Rolling,
    /// Surprises of the last pause, each greater than all after it, with their number.
    records: VecDeque<(u64, f64)>,
    seen: u64,
}

impl Novelty {
    /// A detector that has heard nothing; settings of zero are read as one.
    pub fn new(settings: Settings) -> Self {
        let settings = Settings { shape: settings.shape.max(1), ..settings };
        let distances = Rolling::new(settings.usual);
        Self { settings, values: VecDeque::new(), distances, records: VecDeque::new(), seen: 0 }
    }

    /// Hears the next value. What is no number is read as the value before it.
    pub fn push(&mut self, value: f64) -> Surprise {
        let value = if value.is_finite() { value } else { self.values.back().copied().unwrap_or_default() };
        if self.values.len() >= self.settings.memory.max(2 * self.settings.shape) {
            self.values.pop_front();
        }
        self.values.push_back(value);
        self.seen += 1;
        let Some(distance) = self.nearest() else { return Surprise::default() };
        let (usual, spread) = self.scale();
        let known = self.distances.len() >= FEWEST;
        self.distances.push(distance);
        let score = if known { ((distance - usual) / spread).max(0.0) } else { 0.0 };
        Surprise { score: self.unless_paused(score), distance, usual }
    }

    /// The distance (root mean square) from the newest shape to the nearest earlier one that does not
    /// overlap it; `None` while there is none.
    fn nearest(&mut self) -> Option<f64> {
        let shape = self.settings.shape;
        let values = &*self.values.make_contiguous();
        let past = values.len().checked_sub(shape).filter(|past| *past >= shape)?;
        let newest = &values[past..];
        let squares = values[..past]
            .windows(shape)
            .map(|old| old.iter().zip(newest).map(|(a, b)| (a - b) * (a - b)).sum::<f64>());
        Some((squares.fold(f64::INFINITY, f64::min) / shape as f64).sqrt())
    }

    /// The usual distance and the spread around it, from quantiles, so that surprises do not widen it.
    fn scale(&self) -> (f64, f64) {
        let q = |share| self.distances.quantile(share);
        // The quantiles of a normal distribution: 1.349 between the quartiles, 3.29 between 5 and 95 %.
        let spread = ((q(0.75) - q(0.25)) / 1.349).max((q(0.95) - q(0.05)) / 3.29).max(FLOOR * q(0.99));
        (q(0.5), spread.max(f64::MIN_POSITIVE.sqrt()))
    }

    /// The score, or zero where a greater one was told within the pause.
    fn unless_paused(&mut self, score: f64) -> f64 {
        let oldest = self.seen.saturating_sub(self.settings.pause as u64);
        while self.records.front().is_some_and(|(at, _)| *at < oldest) {
            self.records.pop_front();
        }
        let greater = self.records.front().is_some_and(|(_, told)| *told >= score);
        while self.records.back().is_some_and(|(_, other)| *other <= score) {
            self.records.pop_back();
        }
        self.records.push_back((self.seen, score));
        if greater { 0.0 } else { score }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scores(values: impl IntoIterator<Item = f64>) -> Vec<f64> {
        let mut listener = Novelty::new(Settings::default());
        values.into_iter().map(|value| listener.push(value).score).collect()
    }

    /// A day of 48 steps with its own shape, and some noise that repeats itself only roughly.
    fn habit(at: usize) -> f64 {
        let hour = (at % 48) as f64 / 48.0 * std::f64::consts::TAU;
        100.0 + 50.0 * hour.sin() + ((at * 7_919) % 13) as f64
    }

    #[test]
    fn a_habit_is_no_surprise_and_a_missing_peak_is_one() {
        let usual = scores((0..2_000).map(habit));
        let loudest = usual[300..].iter().copied().fold(0.0, f64::max);
        let odd = scores((0..2_000).map(|at| if (1_500..1_520).contains(&at) { 20.0 } else { habit(at) }));
        let (place, found) = odd.iter().enumerate().skip(300).max_by(|a, b| a.1.total_cmp(b.1)).expect("scores");
        assert!((1_500..1_520).contains(&place), "at {place}");
        assert!(*found > 3.0 * loudest, "{found} against {loudest}");
    }

    #[test]
    fn it_never_looks_ahead() {
        let short = scores((0..900).map(habit));
        let long = scores((0..1_000).map(|at| if at < 900 { habit(at) } else { -5_000.0 }));
        assert_eq!(short, long[..900]);
    }

    #[test]
    fn within_a_pause_only_a_greater_surprise_is_told() {
        let found = scores((0..1_500).map(|at| if at == 1_000 || at == 1_050 { 900.0 } else { habit(at) }));
        assert!(found[1_000] > 0.0);
        assert_eq!(found[1_050], 0.0, "the same again");
    }

    #[test]
    fn neither_gaps_nor_flat_streams_break_it() {
        assert!(scores([f64::NAN, f64::INFINITY, 1.0, f64::NAN]).iter().all(|score| *score == 0.0));
        assert!(scores(std::iter::repeat_n(7.0, 500)).iter().all(|score| *score == 0.0));
        let step = scores((0..500).map(|at| if at < 400 { 7.0 } else { 8.0 }));
        assert!(step[400] > 1_000.0 && step.iter().all(|score| score.is_finite()));
    }
}
