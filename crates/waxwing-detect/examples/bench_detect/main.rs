//! `cargo xtask bench detect [FOLDER]`: the detectors of counts on a simulated installation, and the
//! general detector on the Numenta Anomaly Benchmark in `FOLDER` (or `WAXWING_ANOMALY`).
//!
//! Of the benchmark it prints the score of the standard profile three ways: with the product's own settings and the best
//! threshold of all series; by category; and, against flattering ourselves, with settings and
//! threshold chosen without the category that they are then judged on.

mod corpus;
mod draw;
mod nab;
mod people;
mod simulate;

use anyhow::Result;
use corpus::Series;
use nab::Sweep;
use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::PathBuf;
use waxwing_detect::novelty::{Novelty, Settings};

/// The scores of every series under one choice of settings.
struct Run {
    settings: Settings,
    scores: Vec<Vec<f64>>,
}

impl Run {
    fn new(settings: Settings, corpus: &[Series]) -> Self {
        let one = |series: &Series| {
            let mut detector = Novelty::new(settings);
            series.values.iter().map(|value| detector.push(*value).score).collect()
        };
        Self { settings, scores: corpus.iter().map(one).collect() }
    }

    /// The series that `wanted` picks.
    fn sweep(&self, corpus: &[Series], wanted: impl Fn(&Series) -> bool) -> Sweep {
        let scored = corpus.iter().zip(&self.scores).filter(|(series, _)| wanted(series));
        Sweep::new(scored.map(|(series, scores)| (series, scores.as_slice())))
    }
}

/// What is tried where settings are chosen without the category they are judged on.
fn choices() -> Vec<Settings> {
    let shapes = [3, 4, 6, 8];
    let with = |shape| [200, 300, 500].map(|pause| Settings { shape, pause, ..Settings::default() });
    shapes.into_iter().flat_map(with).collect()
}

fn main() -> Result<()> {
    let mut out = std::io::stdout().lock();
    simulate::print(&mut out, &simulate::play())?;
    let folder = std::env::args().nth(1).or_else(|| std::env::var("WAXWING_ANOMALY").ok());
    let Some(folder) = folder.map(PathBuf::from) else {
        writeln!(
            out,
            "Give the folder of the Numenta Anomaly Benchmark (its data folders, windows.json) to score on it."
        )?;
        return Ok(());
    };
    let corpus = corpus::load(&folder)?;
    let windows: usize = corpus.iter().map(|series| series.windows.len()).sum();
    let rows: usize = corpus.iter().map(|series| series.values.len()).sum();
    writeln!(out, "{} series, {rows} values, {windows} windows", corpus.len())?;
    own(&mut out, &corpus)?;
    left_out(&mut out, &corpus)
}

/// The product's settings on everything.
fn own(out: &mut impl std::io::Write, corpus: &[Series]) -> Result<()> {
    let begun = std::time::Instant::now();
    let run = Run::new(Settings::default(), corpus);
    let rows: usize = corpus.iter().map(|series| series.values.len()).sum();
    let each = begun.elapsed().as_secs_f64() * 1e6 / rows as f64;
    let all = run.sweep(corpus, |_| true);
    let threshold = all.best();
    writeln!(
        out,
        "standard profile: {:.1} (threshold {threshold:.1}; {each:.0} µs a value)",
        all.at(threshold).normalised()
    )?;
    for category in categories(corpus) {
        let part = run.sweep(corpus, |series| series.category == category).at(threshold);
        writeln!(out, "  {category:<24} {:>6.1}", part.normalised())?;
    }
    Ok(())
}

/// Settings and threshold chosen on the other categories, for each category.
fn left_out(out: &mut impl std::io::Write, corpus: &[Series]) -> Result<()> {
    let runs: Vec<Run> = choices().into_iter().map(|settings| Run::new(settings, corpus)).collect();
    let (mut sum, mut windows) = (0.0, 0);
    writeln!(out, "each category judged with what was chosen on the others:")?;
    for category in categories(corpus) {
        let others = |run: &Run| {
            let sweep = run.sweep(corpus, |series| series.category != category);
            let threshold = sweep.best();
            (sweep.at(threshold).normalised(), threshold)
        };
        let scored = runs.iter().map(|run| (run, others(run)));
        let Some((run, (_, threshold))) = scored.max_by(|a, b| a.1.0.total_cmp(&b.1.0)) else { continue };
        let judged = run.sweep(corpus, |series| series.category == category).at(threshold);
        let weight: usize = corpus.iter().filter(|s| s.category == category).map(|s| s.windows.len()).sum();
        (sum, windows) = (sum + judged.share(), windows + weight);
        let Settings { shape, pause, .. } = run.settings;
        writeln!(out, "  {category:<24} {:>6.1}  (shape {shape}, pause {pause})", judged.normalised())?;
    }
    writeln!(out, "left-out score: {:.1}", 100.0 * sum / windows as f64)?;
    Ok(())
}

fn categories(corpus: &[Series]) -> BTreeSet<&str> {
    corpus.iter().map(|series| series.category.as_str()).collect()
}
