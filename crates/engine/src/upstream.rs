//! Where requests go: clusters, their hosts, limits and discovery.
//!
//! What all workers share of a cluster ([`shared_cluster::SharedCluster`]) is immutable or
//! atomic; what only one worker needs ([`cluster::Cluster`]) is made on that worker when the
//! cluster is first used. Hosts are published as whole sets and never change under a balancer.

pub mod balance;
pub mod balancer;
pub mod breaker_gauges;
pub mod circuit_breaker;
pub mod cluster;
pub mod cluster_set;
pub mod connect;
pub mod dns;
pub mod endpoints;
pub mod happy_eyeballs;
pub mod health;
pub mod host;
pub mod host_set;
pub mod pool;
pub mod priority_load;
pub mod shared_cluster;
pub mod view;
pub mod worker_clusters;
pub mod worker_host;

/// A cluster on one worker, with its hosts' connection pools.
pub type UpstreamCluster = cluster::Cluster<pool::HostPools>;

#[cfg(test)]
pub(crate) mod fixtures;
