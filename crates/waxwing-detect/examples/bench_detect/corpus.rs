//! Reads the Numenta Anomaly Benchmark: series as CSV files, one folder a category, and their windows.

use anyhow::{Context, Result, ensure};
use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::path::Path;

/// One labelled series.
#[derive(Clone, Debug)]
pub struct Series {
    /// The folder.
    pub category: String,
    /// The values, at even steps.
    pub values: Vec<f64>,
    /// The labelled rows, in order.
    pub windows: Vec<RangeInclusive<usize>>,
}

/// Reads every series that `windows.json` names and that is there.
///
/// # Errors
/// When there is none, or one cannot be read.
pub fn load(folder: &Path) -> Result<Vec<Series>> {
    let path = folder.join("windows.json");
    let text = std::fs::read_to_string(&path).with_context(|| path.display().to_string())?;
    let windows: BTreeMap<String, Vec<[String; 2]>> = serde_json::from_str(&text)?;
    let there = windows.into_iter().filter(|(name, _)| folder.join(name).is_file());
    let series: Vec<Series> = there.map(|(name, windows)| read(folder, name, &windows)).collect::<Result<_>>()?;
    ensure!(!series.is_empty(), "no series of windows.json is in {}", folder.display());
    Ok(series)
}

fn read(folder: &Path, name: String, windows: &[[String; 2]]) -> Result<Series> {
    let text = std::fs::read_to_string(folder.join(&name)).with_context(|| name.clone())?;
    let rows = text.lines().skip(1).map(|line| row(line).with_context(|| format!("{name}: {line}")));
    let (times, values): (Vec<&str>, Vec<f64>) = rows.collect::<Result<Vec<_>>>()?.into_iter().unzip();
    let category = name.split('/').next().unwrap_or_default().to_owned();
    let windows = windows.iter().filter_map(|window| place(&times, window)).collect();
    Ok(Series { category, values, windows })
}

fn row(line: &str) -> Result<(&str, f64)> {
    let (time, value) = line.split_once(',').context("a row without a comma")?;
    Ok((time, value.trim().parse()?))
}

/// The rows between two moments; both are written the same way, so that they sort as text.
fn place(times: &[&str], [from, until]: &[String; 2]) -> Option<RangeInclusive<usize>> {
    let seconds = |moment: &str| moment.get(..19).unwrap_or(moment).to_owned();
    let (from, until) = (seconds(from), seconds(until));
    let first = times.iter().position(|time| seconds(time) >= from)?;
    let last = times.iter().rposition(|time| seconds(time) <= until)?;
    Some(first..=last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_holds_the_rows_between_its_moments() {
        let times = ["2014-04-10 07:00:00", "2014-04-10 07:15:00", "2014-04-10 07:30:00", "2014-04-10 07:45:00"];
        let window = ["2014-04-10 07:15:00.000000".to_owned(), "2014-04-10 07:40:00.000000".to_owned()];
        assert_eq!(place(&times, &window), Some(1..=2));
        assert!(row("2014-04-10 07:15:00,12.5").is_ok() && row("no comma").is_err() && row("a,b").is_err());
    }
}
