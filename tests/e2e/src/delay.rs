//! How far away everything is: the time that whatever is sent needs, one way. All that share it change together.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// A one-way delay, which may change at any moment.
#[derive(Clone, Debug, Default)]
pub struct Delay(Arc<AtomicU64>);

impl Delay {
    /// From now on.
    pub fn set(&self, one_way: Duration) {
        self.0.store(one_way.as_micros() as u64, Ordering::Relaxed);
    }

    /// The present one.
    pub(crate) fn get(&self) -> Duration {
        Duration::from_micros(self.0.load(Ordering::Relaxed))
    }

    /// Whether nothing is late.
    pub(crate) fn is_none(&self) -> bool {
        self.get().is_zero()
    }
}
