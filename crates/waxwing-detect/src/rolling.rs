//! The last values of a stream, in order of size: medians and quantiles at hand.

use std::collections::VecDeque;

/// A window over the last values. Adding one costs a search and a shift of the window.
#[derive(Clone, Debug)]
pub(crate) struct Rolling {
    capacity: usize,
    arrived: VecDeque<f64>,
    sorted: Vec<f64>,
}

impl Rolling {
    /// A window of `capacity` values, at least one.
    pub(crate) fn new(capacity: usize) -> Self {
        Self { capacity: capacity.max(1), arrived: VecDeque::new(), sorted: Vec::new() }
    }

    /// How many values are in it.
    pub(crate) fn len(&self) -> usize {
        self.sorted.len()
    }

    /// Adds a value; the oldest makes room. What is no number is left out.
    pub(crate) fn push(&mut self, value: f64) {
        if value.is_nan() {
            return;
        }
        if self.arrived.len() == self.capacity
            && let Some(oldest) = self.arrived.pop_front()
        {
            let at = self.place(oldest);
            self.sorted.remove(at);
        }
        self.arrived.push_back(value);
        let at = self.place(value);
        self.sorted.insert(at, value);
    }

    /// The value that the share `q` of the window does not exceed; zero of nothing.
    pub(crate) fn quantile(&self, q: f64) -> f64 {
        let last = self.sorted.len().saturating_sub(1);
        self.sorted.get((last as f64 * q).round() as usize).copied().unwrap_or_default()
    }

    fn place(&self, value: f64) -> usize {
        self.sorted.partition_point(|other| other.total_cmp(&value).is_lt())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_those_of_the_last_values_only() {
        let mut window = Rolling::new(5);
        assert_eq!(window.quantile(0.5), 0.0);
        for value in [9.0, 8.0, 1.0, 2.0, f64::NAN, 3.0, 4.0, 5.0] {
            window.push(value);
        }
        assert_eq!(window.len(), 5);
        assert_eq!([0.0, 0.5, 1.0].map(|q| window.quantile(q)), [1.0, 3.0, 5.0]);
    }
}
