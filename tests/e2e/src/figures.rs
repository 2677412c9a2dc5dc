//! Times that were measured several times, and how they are printed. Reads no clock.

use std::fmt;

/// Milliseconds, one value per round.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Figures(Vec<f64>);

impl Figures {
    /// Adds a round.
    pub fn add(&mut self, milliseconds: f64) {
        self.0.push(milliseconds);
        self.0.sort_by(f64::total_cmp);
    }

    /// The median.
    pub fn median(&self) -> f64 {
        let middle = self.0.len() / 2;
        match (self.0.len() % 2, self.0.get(middle.wrapping_sub(1)), self.0.get(middle)) {
            (0, Some(low), Some(high)) => f64::midpoint(*low, *high),
            (_, _, Some(one)) => *one,
            (_, _, None) => f64::NAN,
        }
    }

    /// The median, and what only one in twenty is above.
    pub fn tail(&self) -> String {
        let rank = (self.0.len() * 19).div_ceil(20).saturating_sub(1);
        let high = self.0.get(rank).copied().unwrap_or(f64::NAN);
        format!("p50 {:7.0} ms   p95 {high:7.0} ms   ({} times)", self.median(), self.0.len())
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [least, most] = [self.0.first(), self.0.last()].map(|one| one.copied().unwrap_or(f64::NAN));
        write!(f, "median {:7.1} ms   least {least:7.1}   most {most:7.1}", self.median())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figures(values: &[f64]) -> Figures {
        let mut figures = Figures::default();
        values.iter().for_each(|value| figures.add(*value));
        figures
    }

    #[test]
    fn the_median_is_in_the_middle_whatever_the_order() {
        assert_eq!(figures(&[30.0, 10.0, 20.0]).median().to_bits(), 20.0_f64.to_bits());
        assert_eq!(figures(&[40.0, 10.0, 30.0, 20.0]).median().to_bits(), 25.0_f64.to_bits());
        assert!(figures(&[]).median().is_nan());
    }
}
