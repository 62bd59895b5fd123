//! TCP proxy (Envoy's `tcp_proxy.v3.TcpProxy`).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::access_log::{AccessLog, TcpAccessLogOptions};

/// Carries a connection's bytes to a cluster. A timeout of 0 ms is off.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TcpProxy {
    pub stat_prefix: String,
    /// One entry for a plain `cluster`.
    pub clusters: Vec<TcpWeightedCluster>,
    pub idle_timeout_ms: u64,
    pub max_connect_attempts: u32,
    pub max_downstream_connection_duration_ms: u64,
    /// By how much less than this a connection may last longer, at random.
    pub max_downstream_connection_duration_jitter_ms: u64,
    pub access_logs: Vec<AccessLog>,
    pub access_log_options: TcpAccessLogOptions,
}

/// A share of the connections.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TcpWeightedCluster {
    pub cluster: String,
    pub weight: u32,
}
