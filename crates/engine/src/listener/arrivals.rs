//! What may still bring connections: loops that accept, and connections on their way from one
//! worker to another. A process that ends waits until there is nothing of either, and only then
//! asks whether a connection is open.

use std::sync::Arc;
use std::sync::atomic::{
    AtomicUsize,
    Ordering::{Acquire, Relaxed, Release},
};

/// How many there are, of all workers.
#[derive(Debug, Clone, Default)]
pub struct Arrivals(Arc<AtomicUsize>);

/// One of them, until it is dropped: to be dropped after what it brought is counted.
#[derive(Debug)]
pub struct Arrival(Arrivals);

impl Arrivals {
    pub fn begin(&self) -> Arrival {
        self.0.fetch_add(1, Relaxed);
        Arrival(self.clone())
    }

    /// None is left; all that they brought is counted by now.
    pub fn are_over(&self) -> bool {
        self.0.load(Acquire) == 0
    }
}

impl Drop for Arrival {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Release);
    }
}
