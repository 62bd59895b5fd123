//! A cluster as all workers share it: configuration, the current host set, limits, statistics.
//! Hosts are published by whoever discovers them; a worker sees a new version number and takes
//! the new set when it picks next.

use std::sync::atomic::{
    AtomicU64,
    Ordering::{Acquire, Relaxed, Release},
};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use arc_swap::ArcSwap;
use tokio::sync::SetOnce;
use voyant_ir::cluster as ir;
use voyant_ir::metadata::Metadata;

use super::balance::Balance;
use super::breaker_gauges;
use super::circuit_breaker::Thresholds;
use super::endpoints::{EndpointError, Place, endpoints};
use super::health::Health;
use super::host::{HostAddresses, HostSpec};
use super::host_set::{Difference, HostSet};
use crate::http::filter_chain::CompiledChain;
use crate::observe::stats::groups::cluster::{
    ClusterBreakerStats, ClusterConfigStats, ClusterDefaultRemainingStats,
    ClusterHighRemainingStats, ClusterLbStats, ClusterResponseStats, ClusterTrafficStats,
};
use crate::observe::stats::{Registry, Scope};
use crate::route::mirror::Mirror;
use crate::runtime::Runtime;

/// See the module.
#[derive(Debug)]
pub struct SharedCluster {
    pub config: ir::Cluster,
    pub name: Arc<str>,
    pub stat_name: Arc<str>,
    pub metadata: Option<Arc<Metadata>>,
    /// Between the router and the hosts, if there are any.
    pub(super) filters: Option<CompiledChain>,
    /// Where copies of requests go, whatever their routes say; nothing where routes say it.
    pub(super) mirrors: Box<[Mirror]>,
    pub(super) scope: Arc<Scope>,
    /// Written under the lock of `publishing` only.
    config_stats: Arc<ClusterConfigStats>,
    pub(super) breaker_stats: OnceLock<Arc<ClusterBreakerStats>>,
    pub(super) remaining_stats: RemainingStats,
    /// For requests of default priority, then of high priority.
    pub(super) thresholds: [Arc<Thresholds>; 2],
    /// What HTTP/2 connections count, from the first of them on.
    pub(super) http2_scope: Arc<Scope>,
    /// What balancers take from the runtime when there are other hosts.
    pub(super) balance: Balance,
    runtime: Arc<Runtime>,
    /// How many of a hundred requests are turned away.
    pub(super) maintenance_percent: AtomicU64,
    hosts: ArcSwap<HostSet>,
    version: AtomicU64,
    publishing: Mutex<()>,
    warm: SetOnce<()>,
}

/// By priority, where `track_remaining` asks for them.
#[derive(Debug, Default)]
pub(super) struct RemainingStats {
    pub default: Option<Arc<ClusterDefaultRemainingStats>>,
    pub high: Option<Arc<ClusterHighRemainingStats>>,
}

impl SharedCluster {
    pub fn new(
        config: ir::Cluster,
        runtime: &Arc<Runtime>,
        registry: &Registry,
    ) -> Result<Self, EndpointError> {
        let endpoints = endpoints(&config)?;
        let scope = registry.scope(&format!("cluster.{}", config.stat_name));
        let http2_scope = registry.scope(&format!("cluster.{}.http2", config.stat_name));
        scope.declare::<ClusterTrafficStats>();
        scope.declare::<ClusterResponseStats>();
        scope.declare::<ClusterLbStats>();
        scope.declare::<ClusterBreakerStats>();
        let [default, high] = &config.circuit_breakers;
        let mirrors = config.http.mirrors.iter().map(Mirror::of_cluster).collect::<Result<_, _>>();
        let mirrors = mirrors.map_err(|error| EndpointError::Mirror {
            cluster: config.name.clone(),
            error: error.to_string(),
        })?;
        let cluster = Self {
            mirrors,
            name: config.name.as_str().into(),
            stat_name: config.stat_name.as_str().into(),
            metadata: config.metadata.clone().map(Arc::new),
            filters: CompiledChain::unless_empty(&config.http.filters),
            config_stats: scope.shard(),
            breaker_stats: OnceLock::new(),
            remaining_stats: RemainingStats {
                default: default.track_remaining.then(|| scope.shard()),
                high: high.track_remaining.then(|| scope.shard()),
            },
            thresholds: [Thresholds::new(*default).into(), Thresholds::new(*high).into()],
            scope,
            http2_scope,
            balance: Balance::new(&config, runtime),
            runtime: Arc::clone(runtime),
            maintenance_percent: AtomicU64::new(0),
            hosts: ArcSwap::from_pointee(HostSet::default()),
            version: AtomicU64::new(0),
            publishing: Mutex::default(),
            warm: SetOnce::new(),
            config,
        };
        cluster.follow(runtime);
        let names = endpoints.iter().any(|endpoint| matches!(endpoint.place, Place::Name { .. }));
        let known = endpoints.into_iter().filter_map(|endpoint| match endpoint.place {
            Place::Known(address) => Some(endpoint.template.at(address)),
            Place::Name { .. } => None,
        });
        let known: Vec<_> = known.collect();
        cluster.config_stats.default_total_match_count.add(known.len() as u64);
        cluster.publish(known);
        if names {
            cluster.config_stats.warming_state.set(1);
        } else {
            cluster.set_warm();
        }
        breaker_gauges::set_remaining(&cluster);
        Ok(cluster)
    }

    /// Takes the limits, and the share of requests in maintenance, that the runtime has by now.
    pub fn follow(&self, runtime: &Runtime) {
        let share = runtime.integer(&format!("upstream.maintenance_mode.{}", self.name), 0);
        self.maintenance_percent.store(share.min(100), Relaxed);
        for (thresholds, priority) in self.thresholds.iter().zip(["default", "high"]) {
            thresholds.follow(runtime, &format!("circuit_breakers.{}.{priority}.", self.name));
        }
    }

    /// The hosts of this moment.
    pub fn hosts(&self) -> Arc<HostSet> {
        self.hosts.load_full()
    }

    /// Grows with each new host set. Read it before [`Self::hosts`].
    pub fn version(&self) -> u64 {
        self.version.load(Acquire)
    }

    /// Makes `specs` the cluster's hosts; those that stay keep their objects.
    pub fn publish(&self, specs: Vec<HostSpec>) -> Difference {
        // The lock guards no data of its own that a panic could have left half done.
        let _publishing = self.publishing.lock().unwrap_or_else(PoisonError::into_inner);
        let (hosts, difference) = HostSet::build(specs, &self.hosts.load());
        if difference.is_any() {
            self.config_stats.membership_change.add(difference.changed_priorities.into());
            set_membership(&self.config_stats, &hosts);
            if is_strict(&self.config) {
                let weights = hosts.hosts().map(|(_, entry)| entry.host.weight());
                self.config_stats.max_host_weight.set(weights.max().unwrap_or(0).into());
            }
            self.balance.renew(&self.config, &self.runtime);
            self.hosts.store(Arc::new(hosts));
            self.version.fetch_add(1, Release);
        }
        difference
    }

    /// Sends new connections of the one logical host elsewhere, or makes it; true when that is a
    /// change.
    pub fn publish_moved(&self, addresses: &HostAddresses, host: &HostSpec) -> bool {
        match self.hosts().hosts().next() {
            Some((_, entry)) => entry.host.set_addresses(addresses.clone()),
            None => self.publish(vec![host.clone()]).is_any(),
        }
    }

    /// Counts an update of this cluster's discovery.
    pub fn count_update(&self, count: impl FnOnce(&ClusterConfigStats)) {
        let _publishing = self.publishing.lock().unwrap_or_else(PoisonError::into_inner);
        count(&self.config_stats);
    }

    /// The first answer of its discovery is there, be it a failure.
    pub fn set_warm(&self) {
        // Warm is warm: a second call has nothing to say.
        if self.warm.set(()).is_ok() {
            self.count_update(|stats| stats.warming_state.set(0));
        }
    }

    pub fn is_warm(&self) -> bool {
        self.warm.initialized()
    }

    /// Resolves once the cluster is warm.
    pub async fn warmed(&self) {
        self.warm.wait().await;
    }
}

/// Each address of a name is a host: of such a cluster alone Envoy tells the largest weight.
fn is_strict(config: &ir::Cluster) -> bool {
    matches!(&config.discovery, ir::Discovery::StrictDns(settings)
        if !settings.all_addresses_in_single_endpoint)
}

fn set_membership(stats: &ClusterConfigStats, hosts: &HostSet) {
    let mut counts = [0; 3];
    let mut excluded = 0;
    for (_, entry) in hosts.hosts() {
        let health = entry.host.health();
        counts[match health.health() {
            Health::Healthy => 0,
            Health::Degraded => 1,
            Health::Unhealthy => 2,
        }] += 1;
        excluded += i64::from(health.is_excluded());
    }
    stats.membership_healthy.set(counts[0]);
    stats.membership_degraded.set(counts[1]);
    stats.membership_excluded.set(excluded);
    stats.membership_total.set(counts.iter().sum());
}
