//! Exact connection balance: an accepted connection goes to the worker that has the fewest
//! (Envoy's `connection_balance_config.exact_balance`).

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// Connections of one listener by worker.
#[derive(Debug, Clone)]
pub struct Balance {
    counts: Arc<[AtomicUsize]>,
}

impl Balance {
    pub fn new(workers: usize) -> Self {
        Self { counts: (0..workers).map(|_| AtomicUsize::new(0)).collect() }
    }

    /// The worker with the fewest connections, `own` when it is one of them; counts one there.
    pub fn assign(&self, own: usize) -> usize {
        let load = |worker: usize| self.counts[worker].load(Relaxed);
        let fewest = (0..self.counts.len()).min_by_key(|&worker| load(worker)).unwrap_or(own);
        let chosen = if load(own) <= load(fewest) { own } else { fewest };
        self.counts[chosen].fetch_add(1, Relaxed);
        chosen
    }

    /// A connection of this worker has ended.
    pub fn release(&self, worker: usize) {
        self.counts[worker].fetch_sub(1, Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_spread_evenly_whoever_accepts() {
        let balance = Balance::new(3);
        let mut got = [0; 3];
        for _ in 0..9 {
            got[balance.assign(0)] += 1;
        }
        assert_eq!(got, [3, 3, 3]);
        balance.release(2);
        assert_eq!(balance.assign(0), 2);
    }
}
