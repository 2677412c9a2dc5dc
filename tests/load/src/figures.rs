//! Times of many events and their percentiles. Reads no clock.

use hdrhistogram::Histogram;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::time::Duration;

/// Times in microseconds, to three digits, up to a minute.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Times(Histogram<u64>);

const LONGEST: u64 = 60_000_000;

impl Default for Times {
    fn default() -> Self {
        Self(Histogram::new_with_bounds(1, LONGEST, 3).expect("these bounds are allowed"))
    }
}

impl Times {
    /// One more; what is longer than the longest counts as that.
    pub(crate) fn note(&mut self, time: Duration) {
        let micros = u64::try_from(time.as_micros()).unwrap_or(LONGEST).clamp(1, LONGEST);
        self.0.saturating_record(micros);
    }

    /// Takes in others.
    pub(crate) fn add(&mut self, others: &Self) {
        self.0.add(&others.0).expect("both have the same bounds");
    }

    /// The time within which this part of a hundred was done, in milliseconds; `NaN` of nothing.
    pub(crate) fn percentile(&self, percent: f64) -> f64 {
        if self.0.is_empty() {
            return f64::NAN;
        }
        self.0.value_at_percentile(percent) as f64 / 1000.0
    }
}

impl Serialize for Times {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer
            .collect_seq(self.0.iter_recorded().map(|step| (step.value_iterated_to(), step.count_at_value())))
    }
}

impl<'de> Deserialize<'de> for Times {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut times = Self::default();
        for (value, count) in Vec::<(u64, u64)>::deserialize(deserializer)? {
            times.0.saturating_record_n(value, count);
        }
        Ok(times)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn up_to(last: u64) -> Times {
        let mut times = Times::default();
        (1..=last).for_each(|millis| times.note(Duration::from_millis(millis)));
        times
    }

    #[test]
    fn percentiles_are_in_milliseconds_and_true_to_three_digits() {
        let times = up_to(1000);
        assert_eq!(times.0.len(), 1000);
        assert!((times.percentile(50.0) - 500.0).abs() < 1.0, "{}", times.percentile(50.0));
        assert!((times.percentile(99.0) - 990.0).abs() < 1.0, "{}", times.percentile(99.0));
        assert!(Times::default().percentile(99.0).is_nan());
    }

    #[test]
    fn times_that_travelled_between_processes_are_the_same() {
        let times = up_to(100);
        let text = serde_json::to_string(&times).unwrap();
        let arrived: Times = serde_json::from_str(&text).unwrap();
        assert_eq!(arrived.0.len(), 100);
        assert!((arrived.percentile(99.0) - times.percentile(99.0)).abs() < 0.2);
        let mut both = Times::default();
        both.add(&arrived);
        both.add(&times);
        assert_eq!(both.0.len(), 200);
    }

    #[test]
    fn a_time_beyond_the_longest_counts_as_the_longest() {
        let mut times = Times::default();
        times.note(Duration::from_secs(3600));
        assert!((times.percentile(50.0) - 60_000.0).abs() < 100.0);
    }
}
