//! The scoring of the Numenta Anomaly Benchmark, standard profile.
//!
//! After Lavin and Ahmad, “Evaluating Real-Time Anomaly Detection Algorithms – the Numenta Anomaly
//! Benchmark”, ICMLA 2015 (arXiv 1510.03336), and the benchmark's own sweeper where the paper leaves
//! a choice. Each labelled window is worth 1 if found at its beginning and less towards its end; a
//! missed window costs 1; a false alarm costs 0.11, less shortly after a window. The first 15 % of a
//! series, at most 750 rows, are for learning and count for nothing. One threshold is chosen for all
//! series. 0 is a detector that never alarms, 100 a perfect one.

use crate::corpus::Series;

/// What a window found at its very beginning is worth.
const FOUND: f64 = 1.0;
/// What a false alarm far from any window costs.
const FALSE: f64 = 0.11;
/// What a missed window costs.
const MISSED: f64 = 1.0;
/// The share of a series that is for learning.
const LEARNING: f64 = 0.15;
/// Series longer than this have no longer time to learn.
const LONGEST: usize = 5_000;

/// How many of the first rows of a series count for nothing.
pub fn probation(rows: usize) -> usize {
    (LEARNING * rows.min(LONGEST) as f64).floor() as usize
}

/// The scaled sigmoid: near 1 at −1, 0 at 0, −1 far after a window.
fn sigmoid(position: f64) -> f64 {
    if position > 3.0 { -1.0 } else { 2.0 / (1.0 + (5.0 * position).exp()) - 1.0 }
}

/// A row at which a detector might alarm.
#[derive(Clone, Copy, Debug)]
struct Row {
    score: f64,
    /// What an alarm here is worth; below zero outside of windows.
    worth: f64,
    /// The window it lies in.
    window: Option<usize>,
}

/// The rows of a corpus with the scores of one detector, highest score first.
#[derive(Clone, Debug)]
pub struct Sweep {
    rows: Vec<Row>,
    windows: usize,
}

/// What one threshold gives.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Points {
    /// Before normalisation.
    raw: f64,
    windows: usize,
}

impl Points {
    /// 0 for a detector that never alarms, 100 for a perfect one; 0 where nothing is to be found.
    pub fn normalised(self) -> f64 {
        let (null, perfect) = (-MISSED * self.windows as f64, FOUND * self.windows as f64);
        if self.windows == 0 { 0.0 } else { 100.0 * (self.raw - null) / (perfect - null) }
    }

    /// How many windows' worth of a perfect detector's points this is; adds up over parts of a corpus.
    pub fn share(self) -> f64 {
        (self.raw + MISSED * self.windows as f64) / (FOUND + MISSED)
    }
}

impl Sweep {
    /// Prepares series with their scores, one score a row.
    pub fn new<'a>(scored: impl IntoIterator<Item = (&'a Series, &'a [f64])>) -> Self {
        let (mut rows, mut windows) = (Vec::new(), 0);
        for (series, scores) in scored {
            rows.extend(rows_of(series, scores, windows));
            windows += series.windows.len();
        }
        rows.sort_by(|a: &Row, b: &Row| b.score.total_cmp(&a.score));
        Self { rows, windows }
    }

    /// What a threshold gives: every row with at least that score is an alarm.
    pub fn at(&self, threshold: f64) -> Points {
        let alarms = self.rows.iter().take_while(|row| row.score >= threshold);
        let mut tally = Tally::new(self.windows);
        alarms.for_each(|row| tally.add(row));
        Points { raw: tally.raw, windows: self.windows }
    }

    /// The threshold that gives most; infinite when never to alarm is best.
    pub fn best(&self) -> f64 {
        let mut tally = Tally::new(self.windows);
        let (mut most, mut threshold) = (tally.raw, f64::INFINITY);
        for (at, row) in self.rows.iter().enumerate() {
            tally.add(row);
            let whole = self.rows.get(at + 1).is_none_or(|next| next.score < row.score);
            if whole && tally.raw > most {
                (most, threshold) = (tally.raw, row.score);
            }
        }
        threshold
    }
}

/// Points so far: false alarms add up, of a window the best alarm counts.
struct Tally {
    raw: f64,
    best: Vec<f64>,
}

impl Tally {
    fn new(windows: usize) -> Self {
        Self { raw: -MISSED * windows as f64, best: vec![-MISSED; windows] }
    }
    fn add(&mut self, row: &Row) {
        match row.window {
            None => self.raw += row.worth,
            Some(window) if row.worth > self.best[window] => {
                self.raw += row.worth - self.best[window];
                self.best[window] = row.worth;
            }
            Some(_) => {}
        }
    }
}

/// The rows of one series that can count; its windows are numbered from `first` on.
fn rows_of(series: &Series, scores: &[f64], first: usize) -> Vec<Row> {
    let learnt = probation(series.values.len());
    let place = |(at, &score): (usize, &f64)| {
        let window = series.windows.iter().position(|window| window.contains(&at));
        let worth = match window {
            Some(number) => FOUND * inside(&series.windows[number], at),
            None => FALSE * after(series, at),
        };
        Row { score, worth, window: window.map(|number| first + number) }
    };
    scores.iter().enumerate().skip(learnt).filter(|(_, score)| **score > 0.0).map(place).collect()
}

/// The worth of an alarm inside a window, by how early it is.
fn inside(window: &std::ops::RangeInclusive<usize>, at: usize) -> f64 {
    let width = (window.end() - window.start() + 1) as f64;
    sigmoid(-((window.end() - at + 1) as f64) / width) / sigmoid(-1.0)
}

/// The worth of an alarm outside: full cost, but less shortly after a window.
fn after(series: &Series, at: usize) -> f64 {
    let before = series.windows.iter().rev().find(|window| *window.end() < at);
    before.map_or(-1.0, |window| sigmoid((at - window.end()) as f64 / (window.end() - window.start()).max(1) as f64))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A hundred rows of which some are labelled.
    fn series(windows: Vec<std::ops::RangeInclusive<usize>>) -> Series {
        Series { category: "c".into(), values: vec![0.0; 100], windows }
    }

    fn score(series: &Series, alarms: &[usize]) -> f64 {
        let scores: Vec<f64> = (0..100).map(|at| if alarms.contains(&at) { 1.0 } else { 0.0 }).collect();
        Sweep::new([(series, scores.as_slice())]).at(1.0).normalised()
    }

    fn close(found: f64, known: f64) {
        assert!((found - known).abs() < 0.01, "{found} is not {known}");
    }

    #[test]
    fn silence_is_zero_and_an_alarm_at_the_first_row_of_each_window_is_a_hundred() {
        let labelled = series(vec![30..=39, 60..=79]);
        close(score(&labelled, &[]), 0.0);
        close(score(&labelled, &[30, 60]), 100.0);
        close(score(&labelled, &[30]), 50.0);
    }

    #[test]
    fn a_late_alarm_is_worth_less_and_a_second_one_in_the_window_nothing() {
        let labelled = series(vec![30..=39]);
        // The last row of ten lies at −0.1: (2 / (1 + e^−0.5) − 1) / (2 / (1 + e^−5) − 1) = 0.2482.
        close(score(&labelled, &[39]), 100.0 * (0.2482 + 1.0) / 2.0);
        close(score(&labelled, &[30, 35, 39]), 100.0);
    }

    #[test]
    fn a_false_alarm_costs_eleven_hundredths_and_less_right_after_a_window() {
        let labelled = series(vec![30..=39]);
        close(score(&labelled, &[20]), -100.0 * 0.11 / 2.0);
        // One row after a window of ten: −(2 / (1 + e^(5/9)) − 1) = 0.2708 of the cost.
        close(score(&labelled, &[40]), -100.0 * 0.11 * 0.2708 / 2.0);
        close(score(&labelled, &[90]), -100.0 * 0.11 / 2.0);
    }

    #[test]
    fn what_comes_while_learning_counts_for_nothing() {
        assert_eq!((probation(100), probation(4_032), probation(22_000)), (15, 604, 750));
        close(score(&series(vec![30..=39]), &[0, 7, 14]), 0.0);
    }

    #[test]
    fn the_best_threshold_takes_what_pays_and_leaves_what_does_not() {
        let labelled = series(vec![30..=39]);
        let mut scores = vec![0.0; 100];
        (scores[31], scores[80], scores[85]) = (0.9, 0.5, 0.5);
        let sweep = Sweep::new([(&labelled, scores.as_slice())]);
        assert_eq!(sweep.best(), 0.9);
        assert!(sweep.at(0.5).normalised() < sweep.at(0.9).normalised());
        assert_eq!(Sweep::new([(&series(vec![]), scores.as_slice())]).best(), f64::INFINITY);
    }
}
