//! `cargo xtask bench detect [--seed N] [FOLDER]`: the detectors of counts on a simulated installation, and the
//! general detector on the Numenta Anomaly Benchmark in `FOLDER` (or `WAXWING_ANOMALY`). It fails where that
//! scores less than [`AIM`].
//!
//! Everything simulated, first kind by kind and then takeovers as a sequence, is printed twice: on the seeds on which bounds were chosen, and on a block that was held out; with
//! `--seed`, once more on the block that begins there.
//!
//! Of the benchmark it prints the score of the standard profile three ways: with the product's own settings and the best
//! threshold of all series; by category; and, against flattering ourselves, with settings and
//! threshold chosen without the category that they are then judged on.

mod corpus;
mod draw;
mod letters;
mod mailings;
mod nab;
mod people;
mod programs;
mod simulate;
mod strangers;
mod takeovers;

use anyhow::{Context as _, Result, ensure};
use corpus::Series;
use nab::Sweep;
use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::PathBuf;
use waxwing_detect::novelty::{Novelty, Settings};

/// What the standard profile is to reach with the product's settings.
const AIM: f64 = 55.0;

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
    let (seed, folder) = asked(std::env::args().skip(1))?;
    let asked = seed.map(|seed| (seed, "asked for"));
    let blocks = [(simulate::CHOSEN_ON, "bounds were chosen on these"), (simulate::HELD_OUT, "held out")];
    for block in blocks.into_iter().chain(asked) {
        simulate::print(&mut out, block)?;
        takeovers::print(&mut out, block)?;
    }
    let Some(folder) = folder.or_else(|| std::env::var_os("WAXWING_ANOMALY").map(PathBuf::from)) else {
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
    let score = own(&mut out, &corpus)?;
    left_out(&mut out, &corpus)?;
    ensure!(score >= AIM, "the general detector scores {score:.1}, less than {AIM}");
    Ok(())
}

/// The seed and the folder that were asked for.
fn asked(mut words: impl Iterator<Item = String>) -> Result<(Option<u64>, Option<PathBuf>)> {
    let (mut seed, mut folder) = (None, None);
    while let Some(word) = words.next() {
        if word == "--seed" {
            let number = words.next().context("--seed needs a number")?;
            seed = Some(number.parse().with_context(|| format!("{number} is no seed"))?);
        } else {
            ensure!(!word.starts_with('-') && folder.is_none(), "{word}: give one folder, and --seed N");
            folder = Some(PathBuf::from(word));
        }
    }
    Ok((seed, folder))
}

/// The product's settings on everything; gives the score.
fn own(out: &mut impl std::io::Write, corpus: &[Series]) -> Result<f64> {
    let begun = std::time::Instant::now();
    let run = Run::new(Settings::default(), corpus);
    let rows: usize = corpus.iter().map(|series| series.values.len()).sum();
    let each = begun.elapsed().as_secs_f64() * 1e6 / rows as f64;
    let all = run.sweep(corpus, |_| true);
    let threshold = all.best();
    let score = all.at(threshold).normalised();
    writeln!(out, "standard profile: {score:.1} (threshold {threshold:.1}; {each:.0} µs a value)")?;
    for category in categories(corpus) {
        let part = run.sweep(corpus, |series| series.category == category).at(threshold);
        writeln!(out, "  {category:<24} {:>6.1}", part.normalised())?;
    }
    Ok(score)
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

#[cfg(test)]
mod tests {
    use super::*;

    fn of(words: &[&str]) -> Result<(Option<u64>, Option<PathBuf>)> {
        asked(words.iter().map(|word| (*word).to_owned()))
    }

    #[test]
    fn a_seed_and_a_folder_may_be_given_in_any_order_and_nothing_else() {
        let both = (Some(7), Some(PathBuf::from("nab")));
        assert_eq!(of(&["--seed", "7", "nab"]).expect("both"), both);
        assert_eq!(of(&["nab", "--seed", "7"]).expect("both"), both);
        assert_eq!(of(&[]).expect("neither"), (None, None));
        for wrong in [&["--seed"][..], &["--seed", "-1"], &["--seeds", "7"], &["nab", "other"]] {
            assert!(of(wrong).is_err(), "{wrong:?}");
        }
    }
}
