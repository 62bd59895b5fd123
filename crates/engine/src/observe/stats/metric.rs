//! Counters and gauges. One thread writes each (its worker), any thread may read it, so an
//! increment is a plain load and store without a locked instruction.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering::Relaxed};

/// Only ever grows; a reset by the operator is kept by the registry, beside the counter.
#[derive(Debug, Default)]
pub struct Counter(AtomicU64);

impl Counter {
    pub fn inc(&self) {
        self.add(1);
    }

    pub fn add(&self, amount: u64) {
        self.0.store(self.0.load(Relaxed).wrapping_add(amount), Relaxed);
    }

    pub fn get(&self) -> u64 {
        self.0.load(Relaxed)
    }
}

/// Goes up and down; a worker's share may be negative, the sum is what counts.
///
/// The lowest bit says that it was written at least once: a gauge that is back at zero still
/// counts as used (`/stats?usedonly`). The value is in the other 63 bits.
#[derive(Debug, Default)]
pub struct Gauge(AtomicI64);

const WRITTEN: i64 = 1;

impl Gauge {
    pub fn inc(&self) {
        self.add(1);
    }

    pub fn dec(&self) {
        self.add(-1);
    }

    pub fn add(&self, amount: i64) {
        let next = self.0.load(Relaxed).wrapping_add(amount << 1);
        self.0.store(next | WRITTEN, Relaxed);
    }

    /// Adds a length.
    pub fn raise(&self, length: usize) {
        self.add(length.cast_signed() as i64);
    }

    /// Takes a length away.
    pub fn lower(&self, length: usize) {
        self.add(-length.cast_signed() as i64);
    }

    pub fn set(&self, value: i64) {
        self.0.store((value << 1) | WRITTEN, Relaxed);
    }

    pub fn get(&self) -> i64 {
        self.0.load(Relaxed) >> 1
    }

    /// Whether it was ever written.
    pub fn used(&self) -> bool {
        self.0.load(Relaxed) & WRITTEN != 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gauge_remembers_that_it_was_written() {
        let gauge = Gauge::default();
        assert!(!gauge.used());
        gauge.dec();
        assert_eq!((gauge.get(), gauge.used()), (-1, true));
        gauge.add(5);
        gauge.set(0);
        assert_eq!((gauge.get(), gauge.used()), (0, true));
    }
}
