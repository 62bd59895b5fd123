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
/// Envoy's gauges have 64 bits and no sign. What is near their end is kept as its distance from
/// it, from here on: no sum of what goes up and down comes near.
const FROM_MAX: i64 = -(1 << 61);

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

    /// Sets it to so much less than `u64::MAX`.
    pub fn set_from_max(&self, distance: u64) {
        self.set(FROM_MAX + distance.cast_signed());
    }

    pub fn get(&self) -> i64 {
        self.0.load(Relaxed) >> 1
    }

    /// What is shown of the sum of all shards; never below zero.
    pub fn shown(sum: i64) -> u64 {
        if sum < FROM_MAX / 2 {
            return u64::MAX - (sum - FROM_MAX).unsigned_abs();
        }
        u64::try_from(sum).unwrap_or(0)
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

    #[test]
    fn a_gauge_holds_what_is_near_the_largest_number() {
        let gauge = Gauge::default();
        gauge.set_from_max(2);
        assert_eq!(Gauge::shown(gauge.get()), u64::MAX - 2);
        assert_eq!((Gauge::shown(7), Gauge::shown(-1)), (7, 0));
    }
}
