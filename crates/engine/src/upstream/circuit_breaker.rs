//! Circuit breakers (Envoy's `ResourceManager`): how many connections, pending requests, requests
//! and retries a cluster may have at once, for each priority, over all workers together and
//! exact under contention. A place that was taken is a [`Slot`], given back when it is dropped:
//! on every way out, panics and cancelled tasks included.

use std::rc::Rc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};

use voyant_ir::cluster::CircuitBreaker as Limits;

use crate::runtime::Runtime;

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
    /// Those that have a limit.
    pub const LIMITED: [Self; 4] =
        [Self::Connections, Self::PendingRequests, Self::Requests, Self::Retries];

    /// What its limit is called, in the configuration and in the runtime.
    pub fn limit_name(self) -> &'static str {
        match self {
            Self::Connections => "max_connections",
            Self::PendingRequests => "max_pending_requests",
            Self::Requests => "max_requests",
            Self::Retries => "max_retries",
            Self::ConnectionPools => "max_connection_pools",
        }
    }

    fn configured(self, limits: &Limits) -> u64 {
        match self {
            Self::Connections => limits.max_connections.into(),
            Self::PendingRequests => limits.max_pending_requests.into(),
            Self::Requests => limits.max_requests.into(),
            Self::Retries => limits.max_retries.into(),
            Self::ConnectionPools => u64::MAX,
        }
    }
}

/// One priority's limits and what is in use of them, shared by all workers.
#[derive(Debug)]
pub struct Thresholds {
    configured: Limits,
    /// By resource, as the runtime has them.
    limits: [AtomicU64; Resource::ALL.len()],
    /// By resource: in the lower half what is in use, in the upper half how often that changed.
    taken: [AtomicU64; Resource::ALL.len()],
    shown: Mutex<[Shown; Resource::ALL.len()]>,
}

/// The limit that gauges show until the next change of what is in use: as in Envoy, they do not
/// follow the runtime by themselves.
#[derive(Debug, Clone, Copy)]
struct Shown {
    limit: u64,
    changes: u64,
}

const IN_USE: u64 = u32::MAX as u64;
const CHANGE: u64 = IN_USE + 1;

fn changes(taken: u64) -> u64 {
    taken / CHANGE
}

impl Thresholds {
    pub fn new(configured: Limits) -> Self {
        let limit = |resource: Resource| resource.configured(&configured);
        Self {
            limits: Resource::ALL.map(|resource| limit(resource).into()),
            taken: Default::default(),
            shown: Resource::ALL
                .map(|resource| Shown { limit: limit(resource), changes: 0 })
                .into(),
            configured,
        }
    }

    /// Takes the limits that the runtime has under keys that begin with `prefix`.
    pub fn follow(&self, runtime: &Runtime, prefix: &str) {
        // No code panics between two states of what is shown.
        let mut shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        for resource in Resource::LIMITED {
            let key = format!("{prefix}{}", resource.limit_name());
            let limit = runtime.integer(&key, resource.configured(&self.configured));
            let before = self.limits[resource as usize].swap(limit, Relaxed);
            let changes = changes(self.taken[resource as usize].load(Relaxed));
            let shown = &mut shown[resource as usize];
            if shown.changes != changes {
                *shown = Shown { limit: before, changes };
            }
        }
    }

    /// The limit by now.
    pub fn limit(&self, resource: Resource) -> u64 {
        self.limits[resource as usize].load(Relaxed)
    }

    pub fn in_use(&self, resource: Resource) -> u64 {
        self.taken[resource as usize].load(Relaxed) & IN_USE
    }

    /// Whether something of it was in use at any time.
    pub fn was_used(&self, resource: Resource) -> bool {
        changes(self.taken[resource as usize].load(Relaxed)) != 0
    }

    /// No more could be had when what is in use changed last.
    pub fn shows_open(&self, resource: Resource) -> bool {
        self.in_use(resource) >= self.shown_limit(resource)
    }

    /// How much more could be had when what is in use changed last.
    pub fn shows_remaining(&self, resource: Resource) -> u64 {
        self.shown_limit(resource).saturating_sub(self.in_use(resource))
    }

    fn shown_limit(&self, resource: Resource) -> u64 {
        let shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner)[resource as usize];
        let unchanged = shown.changes == changes(self.taken[resource as usize].load(Relaxed));
        if unchanged { shown.limit } else { self.limit(resource) }
    }

    /// No more can be had now.
    pub fn is_open(&self, resource: Resource) -> bool {
        self.in_use(resource) >= self.limit(resource)
    }

    /// Checks and takes in one step; a refusal leaves no trace that could refuse others.
    fn try_take(&self, resource: Resource) -> bool {
        let limit = self.limit(resource);
        let next = |taken: u64| (taken & IN_USE < limit).then_some(taken.wrapping_add(CHANGE + 1));
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
        self.thresholds().taken[resource as usize].fetch_add(CHANGE + 1, Relaxed);
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
        self.shared.thresholds.taken[self.resource as usize].fetch_add(CHANGE - 1, Relaxed);
    }
}

#[cfg(test)]
mod tests;
