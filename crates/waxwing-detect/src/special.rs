//! The special functions that beta and binomial distributions are made of.
//!
//! Promise: natural logarithms throughout, so that tails far below the smallest `f64` still compare.
//! Limit: about ten digits, and less where the arguments exceed a hundred million. Checked against
//! values of the NIST Digital Library of Mathematical Functions and exact binomial sums.

/// Steps after which the continued fraction is taken as it is; it needs about the square root of
/// the larger argument.
const STEPS: u32 = 20_000;
/// Relative change below which the fraction has settled.
const SETTLED: f64 = 1e-14;
/// Stands for zero where the fraction would divide by it (Lentz's method).
const TINY: f64 = 1e-300;

/// ln Γ(x) for x > 0: the recurrence up to 15, then Stirling's series (DLMF 5.11.1).
pub(crate) fn ln_gamma(x: f64) -> f64 {
    let (mut x, mut product) = (x, 1.0);
    while x < 15.0 {
        product *= x;
        x += 1.0;
    }
    let square = 1.0 / (x * x);
    let series = (1.0 / 12.0 - square * (1.0 / 360.0 - square * (1.0 / 1260.0 - square / 1680.0))) / x;
    (x - 0.5) * x.ln() - x + 0.5 * std::f64::consts::TAU.ln() + series - product.ln()
}

/// ln B(a, b) for a, b > 0 (DLMF 5.12.1).
pub(crate) fn ln_beta(a: f64, b: f64) -> f64 {
    ln_gamma(a) + ln_gamma(b) - ln_gamma(a + b)
}

/// ln P(X ≤ x) for X ~ Beta(a, b): the regularised incomplete beta function (DLMF 8.17.2).
pub(crate) fn ln_beta_below(x: f64, a: f64, b: f64) -> f64 {
    if x <= 0.0 {
        return f64::NEG_INFINITY;
    }
    if x >= 1.0 {
        return 0.0;
    }
    // The fraction converges fast on this side of the mean; on the other, its complement does.
    if x < (a + 1.0) / (a + b + 2.0) { ln_fraction(x, a, b) } else { ln_complement(ln_fraction(1.0 - x, b, a)) }
}

/// ln P(X > x) for X ~ Beta(a, b).
pub(crate) fn ln_beta_above(x: f64, a: f64, b: f64) -> f64 {
    ln_beta_below(1.0 - x, b, a)
}

/// The x below which a Beta(a, b) variable lies with `probability`, by bisection.
pub(crate) fn beta_quantile(probability: f64, a: f64, b: f64) -> f64 {
    bisect(0.0, 1.0, |x| ln_beta_below(x, a, b) < probability.ln())
}

/// The place between `low` and `high` where `before` turns from true to false, to 50 halvings.
pub(crate) fn bisect(mut low: f64, mut high: f64, before: impl Fn(f64) -> bool) -> f64 {
    for _ in 0..50 {
        let middle = 0.5 * (low + high);
        if before(middle) {
            low = middle;
        } else {
            high = middle;
        }
    }
    0.5 * (low + high)
}

/// ln(1 − eˡ) for l ≤ 0.
fn ln_complement(l: f64) -> f64 {
    (-l.exp()).ln_1p()
}

/// DLMF 8.17.22 by the modified method of Lentz.
fn ln_fraction(x: f64, a: f64, b: f64) -> f64 {
    let (mut c, mut d) = (1.0, 1.0 / guard(1.0 - (a + b) * x / (a + 1.0)));
    let mut value = d;
    for step in 1..=STEPS {
        let m = f64::from(step);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        d = 1.0 / guard(1.0 + even * d);
        c = guard(1.0 + even / c);
        value *= d * c;
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        d = 1.0 / guard(1.0 + odd * d);
        c = guard(1.0 + odd / c);
        value *= d * c;
        if (d * c - 1.0).abs() < SETTLED {
            break;
        }
    }
    a * x.ln() + b * (-x).ln_1p() - a.ln() - ln_beta(a, b) + value.ln()
}

fn guard(x: f64) -> f64 {
    if x.abs() < TINY { TINY } else { x }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(found: f64, known: f64) {
        assert!((found - known).abs() <= 1e-10 * known.abs().max(1.0), "{found} is not {known}");
    }

    #[test]
    fn gamma_of_whole_numbers_is_the_factorial() {
        let mut factorial = 1.0_f64;
        for n in 1..30 {
            close(ln_gamma(f64::from(n)), factorial.ln());
            factorial *= f64::from(n);
        }
        close(ln_gamma(0.5), 0.5 * std::f64::consts::PI.ln());
    }

    #[test]
    fn the_incomplete_beta_equals_a_sum_of_binomial_terms() {
        // DLMF 8.17.5: I_x(m, n − m + 1) = Σ_{j ≥ m} C(n, j) xʲ (1 − x)ⁿ⁻ʲ.
        let (n, m, x) = (20_u32, 4_u32, 0.1_f64);
        let choose = |j: u32| {
            (ln_gamma(f64::from(n) + 1.0) - ln_gamma(f64::from(j) + 1.0) - ln_gamma(f64::from(n - j) + 1.0)).exp()
        };
        let term = |j: u32| choose(j) * x.powi(j.cast_signed()) * (1.0 - x).powi((n - j).cast_signed());
        let sum: f64 = (m..=n).map(term).sum();
        close(ln_beta_below(x, f64::from(m), f64::from(n - m) + 1.0).exp(), sum);
        close(ln_beta_above(x, f64::from(m), f64::from(n - m) + 1.0).exp(), 1.0 - sum);
    }

    #[test]
    fn tails_stay_apart_where_probabilities_vanish() {
        let far = ln_beta_below(1e-6, 200.0, 300.0);
        assert!(far.is_finite() && far < -1_000.0, "{far}");
        assert!(ln_beta_below(1e-5, 200.0, 300.0) > far);
        assert_eq!(ln_beta_below(0.0, 2.0, 3.0), f64::NEG_INFINITY);
        assert_eq!(ln_beta_below(1.0, 2.0, 3.0), 0.0);
    }

    #[test]
    fn a_quantile_is_the_inverse_of_its_distribution() {
        for (a, b) in [(1.0, 99.0), (0.4, 30.0), (500.0, 20_000.0), (30.0, 2.0)] {
            for p in [0.005, 0.5, 0.995] {
                close(ln_beta_below(beta_quantile(p, a, b), a, b).exp(), p);
            }
        }
        close(beta_quantile(0.995, 1.0, 99.0), 1.0 - 0.005_f64.powf(1.0 / 99.0));
    }
}
