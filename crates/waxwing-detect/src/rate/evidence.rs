//! How strongly outcomes speak for a rate beyond a limit, valid at every moment.
//!
//! For outcomes x₁, x₂, … and a limit p₀ the evidence is the likelihood ratio against p₀, averaged
//! over alternatives q > p₀ with the weights of a Beta distribution cut off at p₀:
//!
//! ```text
//! Mₙ = ∫ Π q^x (1−q)^(1−x) / p₀^x (1−p₀)^(1−x) dπ(q)
//! ```
//!
//! Each ratio is a supermartingale whenever every message is bad with a probability of at most p₀,
//! whatever came before, and so is their average. By Ville's inequality P(Mₙ ≥ 1/α for any n) ≤ α:
//! peeking is free. The mixture is Robbins' (Ann. Math. Stat. 41, 1970); its use for looking at any
//! time is described by Johari, Koomen, Pekelis and Walsh, “Always Valid Inference”, Operations
//! Research 70 (2022), and Howard, Ramdas, McAuliffe and Sekhon, Annals of Statistics 49 (2021),
//! whose confidence sequences [`lower_bound`] is one of.

use super::Trials;
use crate::special::{bisect, ln_beta, ln_beta_above};

/// How far beyond the limit the weights expect a bad rate: this many times.
const TIMES: f64 = 4.0;

/// ln Mₙ against the hypothesis that the rate is at most `limit`, which lies in (0, 1). At least
/// ln(1/α) means: beyond it, wrong at most with probability α however often this was asked.
pub fn ln_evidence(so_far: Trials, limit: f64) -> f64 {
    let bad = so_far.bad.min(so_far.sent) as f64;
    let good = so_far.sent as f64 - bad;
    let (a, b) = weights(limit);
    let seen = ln_beta(bad + a, good + b) + ln_beta_above(limit, bad + a, good + b);
    let before = ln_beta(a, b) + ln_beta_above(limit, a, b);
    seen - before - bad * limit.ln() - good * (-limit).ln_1p()
}

/// The weights of the alternatives: a Beta(1, b) whose mean lies [`TIMES`] beyond the limit.
fn weights(limit: f64) -> (f64, f64) {
    (1.0, (1.0 / (TIMES * limit) - 1.0).max(1.0))
}

/// The largest rate that the outcomes refute at level `alpha`: the true rate is beyond it, at all
/// looks at once, but for that chance. Zero while nothing is refuted.
pub fn lower_bound(so_far: Trials, alpha: f64) -> f64 {
    let threshold = -alpha.ln();
    let rate = so_far.rate();
    if rate == 0.0 || ln_evidence(so_far, rate * 1e-6) < threshold {
        return 0.0;
    }
    bisect(rate * 1e-6, rate, |limit| ln_evidence(so_far, limit) >= threshold)
}
