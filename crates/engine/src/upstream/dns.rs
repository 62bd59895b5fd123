//! Hosts from DNS (Envoy's strict and logical DNS clusters and `envoy.clusters.dns`).
//!
//! What to ask and when is decided by [`schedule`], what an answer makes of a cluster by
//! [`discovery`]: both pure. [`resolver`] asks, [`service`] joins them on a thread of its own, so
//! that a slow name server is felt by no worker.

pub mod answer;
pub mod discovery;
mod hosts_file;
pub mod resolver;
pub mod schedule;
pub mod service;

#[cfg(test)]
mod scripted_server;
