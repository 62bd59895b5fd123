//! Circuit breakers (Envoy's `ResourceManager`): how many connections, pending requests, requests
//! and retries a cluster may have at once, for each priority, over all workers together and
//! exact under contention. A place that was taken is a [`Slot`], given back when it is dropped:
//! on every way out, panics and cancelled tasks included.

use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use voyant_ir::cluster::CircuitBreaker as Limits;

/// What is limited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resource {
    Connections,
    PendingRequests,
    Requests,
    Retries,
    /// Counted only.
    ConnectionPools,
}

impl Resource {
    pub const ALL: [Self; 5] = [
        Self::Connections,
        Self::PendingRequests,
        Self::Requests,
        Self::Retries,
        Self::ConnectionPools,
    ];
}

/// One priority's limits and what is in use of them, shared by all workers.
#[derive(Debug)]
pub struct Thresholds {
    limits: Limits,
    /// By resource: twice what is in use, plus one once something was.
    taken: [AtomicU64; Resource::ALL.len()],
}

const ONE: u64 = 2;
const EVER: u64 = 1;

impl Thresholds {
    pub fn new(limits: Limits) -> Self {
        Self { limits, taken: Default::default() }
    }

    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    pub fn in_use(&self, resource: Resource) -> u64 {
        self.taken[resource as usize].load(Relaxed) / ONE
    }

    /// Whether something of it was in use at any time.
    pub fn was_used(&self, resource: Resource) -> bool {
        self.taken[resource as usize].load(Relaxed) & EVER != 0
    }

    /// No more can be had now.
    pub fn is_open(&self, resource: Resource) -> bool {
        self.in_use(resource) >= self.limit(resource)
    }

    pub fn remaining(&self, resource: Resource) -> u64 {
        self.limit(resource).saturating_sub(self.in_use(resource))
    }

    fn limit(&self, resource: Resource) -> u64 {
        match resource {
            Resource::Connections => self.limits.max_connections.into(),
            Resource::PendingRequests => self.limits.max_pending_requests.into(),
            Resource::Requests => self.limits.max_requests.into(),
            Resource::Retries => self.limits.max_retries.into(),
            Resource::ConnectionPools => u64::MAX,
        }
    }

    /// Checks and takes in one step; a refusal leaves no trace that could refuse others.
    fn try_take(&self, resource: Resource) -> bool {
        let limit = self.limit(resource);
        let next = |taken: u64| (taken / ONE < limit).then_some((taken + ONE) | EVER);
        self.taken[resource as usize].fetch_update(Relaxed, Relaxed, next).is_ok()
    }
}

/// A worker's handle on [`Thresholds`]; clones are cheap and not atomic.
#[derive(Debug, Clone)]
pub struct CircuitBreaker {
    shared: Rc<Shared>,
}

/// Counted twice: for all threads once a worker, and for the worker's slots without atomics.
#[derive(Debug)]
struct Shared {
    thresholds: Arc<Thresholds>,
}

impl CircuitBreaker {
    pub fn new(thresholds: Arc<Thresholds>) -> Self {
        Self { shared: Rc::new(Shared { thresholds }) }
    }

    /// None when the limit is reached.
    pub fn try_acquire(&self, resource: Resource) -> Option<Slot> {
        self.thresholds().try_take(resource).then(|| self.slot(resource))
    }

    /// Counts a pool that has a connection or opens one.
    pub fn acquire_pool(&self) -> Slot {
        self.acquire_over_limit(Resource::ConnectionPools)
    }

    /// Takes past the limit: Envoy lets each pool have one connection whatever the limit.
    pub fn acquire_over_limit(&self, resource: Resource) -> Slot {
        let next = |taken: u64| Some((taken + ONE) | EVER);
        // It never refuses.
        let _ = self.thresholds().taken[resource as usize].fetch_update(Relaxed, Relaxed, next);
        self.slot(resource)
    }

    pub fn thresholds(&self) -> &Thresholds {
        &self.shared.thresholds
    }

    fn slot(&self, resource: Resource) -> Slot {
        Slot { shared: Rc::clone(&self.shared), resource }
    }
}

/// One place that is taken.
#[derive(Debug)]
#[must_use = "dropping the slot gives it back"]
pub struct Slot {
    shared: Rc<Shared>,
    resource: Resource,
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.shared.thresholds.taken[self.resource as usize].fetch_sub(ONE, Relaxed);
    }
}

#[cfg(test)]
mod tests;
