//! Gauges of circuit breakers, taken from their state when statistics are read: a request pays
//! nothing for them.

use std::sync::Arc;

use super::circuit_breaker::{Resource, Thresholds};
use super::shared_cluster::SharedCluster;
use crate::observe::stats::Gauge;
use crate::observe::stats::groups::cluster::ClusterBreakerStats;

/// Brings the gauges of a cluster up to date.
pub fn refresh(cluster: &SharedCluster) {
    set_remaining(cluster);
    let used = |thresholds: &Arc<Thresholds>| {
        Resource::ALL.iter().any(|resource| thresholds.was_used(*resource))
    };
    if cluster.thresholds.iter().any(used) {
        set_open(cluster.breaker_stats.get_or_init(|| cluster.scope.shard()), &cluster.thresholds);
    }
}

/// A limit of zero shows as open only after its first use, as in Envoy.
fn set_open(stats: &ClusterBreakerStats, [default, high]: &[Arc<Thresholds>; 2]) {
    let set = |gauge: &Gauge, thresholds: &Thresholds, resource| {
        if thresholds.was_used(resource) {
            gauge.set(thresholds.shows_open(resource).into());
        }
    };
    set(&stats.default_cx_open, default, Resource::Connections);
    set(&stats.default_rq_pending_open, default, Resource::PendingRequests);
    set(&stats.default_rq_open, default, Resource::Requests);
    set(&stats.default_rq_retry_open, default, Resource::Retries);
    set(&stats.high_cx_open, high, Resource::Connections);
    set(&stats.high_rq_pending_open, high, Resource::PendingRequests);
    set(&stats.high_rq_open, high, Resource::Requests);
    set(&stats.high_rq_retry_open, high, Resource::Retries);
}

/// Brings what would still pass up to date, where it is tracked.
pub(super) fn set_remaining(cluster: &SharedCluster) {
    let [default, high] = &cluster.thresholds;
    let set = |gauge: &Gauge, thresholds: &Thresholds, resource| {
        gauge.set(i64::try_from(thresholds.shows_remaining(resource)).unwrap_or(i64::MAX));
    };
    if let Some(stats) = &cluster.remaining_stats.default {
        set(&stats.remaining_cx, default, Resource::Connections);
        stats.remaining_cx_pools.set_from_max(default.in_use(Resource::ConnectionPools));
        set(&stats.remaining_pending, default, Resource::PendingRequests);
        set(&stats.remaining_rq, default, Resource::Requests);
        set(&stats.remaining_retries, default, Resource::Retries);
    }
    if let Some(stats) = &cluster.remaining_stats.high {
        set(&stats.remaining_cx, high, Resource::Connections);
        stats.remaining_cx_pools.set_from_max(high.in_use(Resource::ConnectionPools));
        set(&stats.remaining_pending, high, Resource::PendingRequests);
        set(&stats.remaining_rq, high, Resource::Requests);
        set(&stats.remaining_retries, high, Resource::Retries);
    }
}
