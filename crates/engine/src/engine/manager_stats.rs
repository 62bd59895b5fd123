//! What the engine as a whole has: listeners, clusters, workers (`listener_manager.*`,
//! `cluster_manager.*`).

use std::sync::Arc;

use crate::observe::stats::groups::http::TracingStats;
use crate::observe::stats::groups::listener::ListenerManagerStats;
use crate::observe::stats::groups::server::{
    ClusterManagerStats, ServerStats, ThreadLocalClusterManagerStats,
};
use crate::observe::stats::{Registry, Scope};
use crate::rt::clock::{Instant, now};
use crate::snapshot::{Chain, Snapshot};

/// Holds the statistics for as long as the engine lives.
#[derive(Debug)]
pub(super) struct ManagerStats {
    listeners: Arc<ListenerManagerStats>,
    _clusters: Arc<ClusterManagerStats>,
    _threads: Vec<Arc<ThreadLocalClusterManagerStats>>,
    _tracing: Vec<Arc<Scope>>,
    server: Arc<ServerStats>,
}

impl ManagerStats {
    /// Counts what a first snapshot brings.
    pub(super) fn new(registry: &Registry, snapshot: &Snapshot, workers: usize) -> Self {
        let listeners: Arc<ListenerManagerStats> = registry.shard("listener_manager");
        let count = snapshot.listeners.len();
        listeners.listener_added.add(count as u64);
        listeners.total_listeners_active.raise(count);
        let clusters: Arc<ClusterManagerStats> = registry.shard("cluster_manager");
        clusters.cluster_added.add(snapshot.clusters.len() as u64);
        clusters.active_clusters.raise(snapshot.clusters.len());
        let names = (0..workers).map(|index| format!("worker_{index}"));
        let threads = names.chain(["main_thread".to_owned()]).map(|thread| {
            let stats: Arc<ThreadLocalClusterManagerStats> =
                registry.shard(&format!("thread_local_cluster_manager.{thread}"));
            stats.clusters_inflated.raise(snapshot.clusters.len());
            stats
        });
        let tracing = snapshot.listeners.iter().filter_map(|listener| match &listener.chain {
            Chain::Http { ir, .. } => {
                let scope = registry.scope(&format!("http.{}.tracing", ir.stat_prefix));
                scope.declare::<TracingStats>();
                Some(scope)
            }
            Chain::Tcp(_) | Chain::Empty => None,
        });
        let (threads, tracing) = (threads.collect(), tracing.collect());
        let server = registry.shard("server");
        Self { listeners, _clusters: clusters, _threads: threads, _tracing: tracing, server }
    }

    /// Every worker accepts.
    pub(super) fn live(&self, started: Instant, listeners: usize, workers: usize) {
        self.listeners.listener_create_success.add((listeners * workers) as u64);
        self.listeners.workers_started.set(1);
        self.server.initialization_time_ms.record_ms(now().saturating_duration_since(started));
    }
}
