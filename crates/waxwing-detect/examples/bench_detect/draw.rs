//! Chance for made-up installations: shared by the simulation and the tests of volumes.

use rand::RngExt as _;
use rand::rngs::StdRng;

/// A count around `mean`: by adding exponential waiting times (Knuth), by its normal limit where that is slow.
pub fn poisson(rng: &mut StdRng, mean: f64) -> u64 {
    if mean > 60.0 {
        let normal: f64 = (0..12).map(|_| rng.random::<f64>()).sum::<f64>() - 6.0;
        return (mean + mean.sqrt() * normal).max(0.0).round() as u64;
    }
    let (mut waited, mut count) = (0.0, 0);
    loop {
        waited -= rng.random::<f64>().max(1e-12).ln();
        if waited > mean {
            return count;
        }
        count += 1;
    }
}
