//! Clusters and hosts as the admin interface shows them (`/clusters`), copied at one moment.

use std::sync::Arc;

use super::circuit_breaker::Resource;
use super::health::HealthFlags;
use super::host::{Host, HostAddresses, HostCounts, Locality};
use super::shared_cluster::SharedCluster;

/// One cluster.
#[derive(Debug, Clone)]
pub struct ClusterView {
    pub name: Arc<str>,
    pub observability_name: Arc<str>,
    pub added_via_api: bool,
    /// For requests of default priority, then of high priority.
    pub limits: [Limits; 2],
    pub hosts: Vec<HostView>,
}

/// The limit of each resource that has one, by its name.
pub type Limits = [(&'static str, u64); Resource::LIMITED.len()];

/// One host.
#[derive(Debug, Clone)]
pub struct HostView {
    pub addresses: Arc<HostAddresses>,
    pub hostname: Arc<str>,
    pub counts: HostCounts,
    pub health: HealthFlags,
    pub weight: u32,
    pub locality: Arc<Locality>,
    pub canary: bool,
    pub priority: u32,
    /// In percent; none while no detector has enough requests to tell.
    pub success_rate: Option<f64>,
    pub local_origin_success_rate: Option<f64>,
}

impl ClusterView {
    pub fn of(cluster: &SharedCluster) -> Self {
        let hosts = cluster.hosts();
        let hosts = hosts.hosts().map(|(priority, entry)| HostView::of(&entry.host, priority));
        Self {
            name: Arc::clone(&cluster.name),
            observability_name: Arc::clone(&cluster.stat_name),
            added_via_api: false,
            limits: [0, 1].map(|priority| {
                let thresholds = &cluster.thresholds[priority];
                Resource::LIMITED
                    .map(|resource| (resource.limit_name(), thresholds.limit(resource)))
            }),
            hosts: hosts.collect(),
        }
    }
}

impl HostView {
    fn of(host: &Host, priority: usize) -> Self {
        Self {
            addresses: host.addresses(),
            hostname: Arc::clone(&host.hostname),
            counts: host.counters.read(),
            health: host.health(),
            weight: host.weight(),
            locality: Arc::clone(&host.locality),
            canary: false,
            priority: priority as u32,
            success_rate: None,
            local_origin_success_rate: None,
        }
    }
}
