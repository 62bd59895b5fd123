//! One host of a cluster, shared by all workers. What identifies it never changes; weight,
//! health, metadata and (for logical hosts) addresses are replaced in place, so that connections and
//! counters outlive an update. Counters share one cache line: a request touches it twice.

use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering::Relaxed};

use arc_swap::{ArcSwap, ArcSwapOption, Guard};
use voyant_ir::metadata::Metadata;

use super::health::{HealthFlags, SharedHealthFlags};
use crate::rt::address::PeerAddress;

/// Where a host stands.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Locality {
    pub region: Box<str>,
    pub zone: Box<str>,
    pub sub_zone: Box<str>,
}

/// Addresses of one host in the order in which they are tried.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct HostAddresses {
    pub first: PeerAddress,
    pub rest: Box<[PeerAddress]>,
}

impl From<PeerAddress> for HostAddresses {
    fn from(first: PeerAddress) -> Self {
        Self { first, rest: Box::default() }
    }
}

/// What is wanted of a host; see [`super::host_set::HostSet`].
#[derive(Debug, Clone, PartialEq)]
pub struct HostSpec {
    pub addresses: HostAddresses,
    /// Empty: none.
    pub hostname: Arc<str>,
    pub locality: Arc<Locality>,
    pub priority: u32,
    pub weight: u32,
    pub health: HealthFlags,
    pub metadata: Option<Arc<Metadata>>,
}

/// A host.
#[derive(Debug)]
pub struct Host {
    addresses: ArcSwap<HostAddresses>,
    pub hostname: Arc<str>,
    pub locality: Arc<Locality>,
    weight: AtomicU32,
    health: SharedHealthFlags,
    metadata: ArcSwapOption<Metadata>,
    pub counters: HostCounters,
}

impl Host {
    pub fn new(spec: HostSpec) -> Self {
        let HostSpec { addresses, hostname, locality, priority: _, weight, health, metadata } =
            spec;
        Self {
            addresses: ArcSwap::from_pointee(addresses),
            hostname,
            locality,
            weight: AtomicU32::new(weight),
            health: SharedHealthFlags::new(health),
            metadata: ArcSwapOption::new(metadata),
            counters: HostCounters::default(),
        }
    }

    /// For new connections; a connection knows its own peer.
    pub fn addresses(&self) -> Arc<HostAddresses> {
        self.addresses.load_full()
    }

    /// New connections go there; those that are open stay. True when that is a change.
    pub fn set_addresses(&self, addresses: HostAddresses) -> bool {
        let changed = **self.addresses.load() != addresses;
        if changed {
            self.addresses.store(Arc::new(addresses));
        }
        changed
    }

    pub fn weight(&self) -> u32 {
        self.weight.load(Relaxed)
    }

    pub fn health(&self) -> HealthFlags {
        self.health.get()
    }

    pub fn metadata(&self) -> Guard<Option<Arc<Metadata>>> {
        self.metadata.load()
    }

    /// Takes over what may change in place; true when that changed how it is balanced.
    pub(super) fn update(&self, spec: HostSpec) -> bool {
        if *self.metadata.load() != spec.metadata {
            self.metadata.store(spec.metadata);
        }
        let reweighted = self.weight.swap(spec.weight, Relaxed) != spec.weight;
        self.health.replace(spec.health) || reweighted
    }
}

/// What `/clusters` shows of a host. Workers add to it at once: 64 bytes, one cache line.
#[derive(Debug, Default)]
#[repr(align(64))]
pub struct HostCounters {
    cx_total: AtomicU64,
    cx_connect_fail: AtomicU64,
    rq_total: AtomicU64,
    rq_success: AtomicU64,
    rq_error: AtomicU64,
    rq_timeout: AtomicU64,
    cx_active: AtomicU32,
    rq_active: AtomicU32,
    rq_pending_active: AtomicU32,
}

/// The counters at one time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct HostCounts {
    pub cx_active: u64,
    pub cx_connect_fail: u64,
    pub cx_total: u64,
    pub rq_active: u64,
    pub rq_error: u64,
    pub rq_pending_active: u64,
    pub rq_success: u64,
    pub rq_timeout: u64,
    pub rq_total: u64,
}

impl HostCounters {
    pub fn connect_failed(&self) {
        self.cx_connect_fail.fetch_add(1, Relaxed);
    }

    pub fn succeeded(&self) {
        self.rq_success.fetch_add(1, Relaxed);
    }

    pub fn failed(&self) {
        self.rq_error.fetch_add(1, Relaxed);
    }

    pub fn timed_out(&self) {
        self.rq_timeout.fetch_add(1, Relaxed);
    }

    /// Requests that the host has at this time from all workers.
    pub fn rq_active(&self) -> u32 {
        self.rq_active.load(Relaxed)
    }

    pub fn read(&self) -> HostCounts {
        HostCounts {
            cx_active: self.cx_active.load(Relaxed).into(),
            cx_connect_fail: self.cx_connect_fail.load(Relaxed),
            cx_total: self.cx_total.load(Relaxed),
            rq_active: self.rq_active.load(Relaxed).into(),
            rq_error: self.rq_error.load(Relaxed),
            rq_pending_active: self.rq_pending_active.load(Relaxed).into(),
            rq_success: self.rq_success.load(Relaxed),
            rq_timeout: self.rq_timeout.load(Relaxed),
            rq_total: self.rq_total.load(Relaxed),
        }
    }
}

/// What a guard stands for.
#[derive(Debug, Clone, Copy)]
enum Active {
    Connection,
    Request,
    PendingRequest,
}

/// Counts as active on a host for as long as it lives. `H` is `Arc<Host>` or a worker's handle.
#[derive(Debug)]
pub struct ActiveOn<H: Deref<Target = Host>> {
    host: H,
    active: Active,
}

impl<H: Deref<Target = Host>> ActiveOn<H> {
    /// A connection, from its first attempt on.
    pub fn connection(host: H) -> Self {
        host.counters.cx_total.fetch_add(1, Relaxed);
        Self::enter(host, Active::Connection)
    }

    /// A request that was given to a connection.
    pub fn request(host: H) -> Self {
        host.counters.rq_total.fetch_add(1, Relaxed);
        Self::enter(host, Active::Request)
    }

    /// A request that waits for a connection.
    pub fn pending_request(host: H) -> Self {
        Self::enter(host, Active::PendingRequest)
    }

    pub fn host(&self) -> &H {
        &self.host
    }

    fn enter(host: H, active: Active) -> Self {
        let entered = Self { host, active };
        entered.gauge().fetch_add(1, Relaxed);
        entered
    }

    fn gauge(&self) -> &AtomicU32 {
        let counters = &self.host.counters;
        match self.active {
            Active::Connection => &counters.cx_active,
            Active::Request => &counters.rq_active,
            Active::PendingRequest => &counters.rq_pending_active,
        }
    }
}

impl<H: Deref<Target = Host>> Drop for ActiveOn<H> {
    fn drop(&mut self) {
        self.gauge().fetch_sub(1, Relaxed);
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A host at `127.0.0.1:port`.
    pub(crate) fn spec(port: u16, weight: u32) -> HostSpec {
        HostSpec {
            addresses: PeerAddress::Ip(([127, 0, 0, 1], port).into()).into(),
            hostname: "".into(),
            locality: Arc::default(),
            priority: 0,
            weight,
            health: HealthFlags::default(),
            metadata: None,
        }
    }

    #[test]
    fn what_is_active_ends_with_its_guard() {
        let host = Arc::new(Host::new(spec(1, 1)));
        let connection = ActiveOn::connection(Arc::clone(&host));
        let pending = ActiveOn::pending_request(Arc::clone(&host));
        let request = ActiveOn::request(Arc::clone(&host));
        let all = HostCounts {
            cx_active: 1,
            cx_total: 1,
            rq_active: 1,
            rq_total: 1,
            rq_pending_active: 1,
            ..HostCounts::default()
        };
        assert_eq!(host.counters.read(), all);
        drop((connection, pending, request));
        let ended = HostCounts { cx_total: 1, rq_total: 1, ..HostCounts::default() };
        assert_eq!(host.counters.read(), ended);
    }

    #[test]
    fn counters_fill_one_cache_line() {
        assert_eq!((size_of::<HostCounters>(), align_of::<HostCounters>()), (64, 64));
    }
}
