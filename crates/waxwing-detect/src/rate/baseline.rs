//! What a list's own history leads to expect.
//!
//! Campaigns of one list share a rate only roughly, so each campaign's rate is taken as drawn from
//! a Beta distribution (the beta-binomial model). Its mean is pooled with the typical rate of its
//! signal, its spread is estimated by moments (Kleinman, JASA 68, 1973) and shrunk the same way, so
//! that one odd campaign or a short history neither raises nor lowers the limit much.

use super::{Policy, Signal, Trials};
use crate::special::beta_quantile;

/// The typical rate weighs as much as so many messages of history.
const BELIEF: f64 = 1_000.0;
/// Campaigns below this size say too little about the spread between campaigns.
const SMALLEST: u64 = 50;
/// How alike campaigns are believed to be before any history, as a Beta precision (a + b).
const ALIKE: f64 = 100.0;
/// The precisions that history may lead to.
const PRECISION: (f64, f64) = (30.0, 3_000.0);
/// How many campaigns the believed precision weighs.
const CAMPAIGNS: f64 = 4.0;
/// The share of ordinary campaigns whose rate lies within the limit, before floor and ceiling.
const WITHIN: f64 = 0.995;

/// What to expect, and from where it is too much.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Baseline {
    /// The rate to expect.
    pub expected: f64,
    /// The largest rate that is let pass.
    pub limit: f64,
    /// How many messages of history it rests on.
    pub history: u64,
}

impl Baseline {
    /// Learns from the finished campaigns of a list; an empty history gives the typical belief.
    pub fn learn(signal: Signal, history: &[Trials]) -> Self {
        let policy = signal.policy();
        let (sent, bad) = history.iter().fold((0, 0), |(n, k), one| (n + one.sent, k + one.bad.min(one.sent)));
        let expected = (bad as f64 + BELIEF * policy.typical) / (sent as f64 + BELIEF);
        let precision = precision(history);
        let quantile = beta_quantile(WITHIN, expected * precision, (1.0 - expected) * precision);
        Self { expected, limit: between(quantile, policy), history: sent }
    }
}

fn between(limit: f64, policy: Policy) -> f64 {
    limit.clamp(policy.floor, policy.ceiling)
}

/// The Beta precision of the rates between campaigns.
fn precision(history: &[Trials]) -> f64 {
    let large: Vec<Trials> = history.iter().copied().filter(|one| one.sent >= SMALLEST).collect();
    let found = by_moments(&large).unwrap_or(ALIKE);
    let campaigns = large.len() as f64;
    // Shrunk on the scale of logarithms: precisions differ by factors.
    let shrunk = (campaigns * found.ln() + CAMPAIGNS * ALIKE.ln()) / (campaigns + CAMPAIGNS);
    shrunk.exp().clamp(PRECISION.0, PRECISION.1)
}

/// The precision whose beta-binomial variance equals the one observed; `None` when it cannot be told.
fn by_moments(history: &[Trials]) -> Option<f64> {
    let total: f64 = history.iter().map(|one| one.sent as f64).sum();
    let rate = history.iter().map(|one| one.bad as f64).sum::<f64>() / total;
    if history.len() < 2 || rate <= 0.0 || rate >= 1.0 {
        return None;
    }
    let campaigns = history.len() as f64;
    let scatter: f64 = history.iter().map(|one| one.sent as f64 * (one.rate() - rate).powi(2)).sum();
    let chance = rate * (1.0 - rate);
    // E[scatter] = chance · ((m − 1) + ρ · (N − m − Σn²/N + 1)), with ρ = 1 / (precision + 1).
    let squares: f64 = history.iter().map(|one| (one.sent as f64).powi(2)).sum();
    let reach = total - campaigns - squares / total + 1.0;
    let correlation = (scatter / chance - (campaigns - 1.0)) / reach;
    Some((1.0 / correlation.max(1.0 / (PRECISION.1 + 1.0)) - 1.0).clamp(PRECISION.0, PRECISION.1))
}
