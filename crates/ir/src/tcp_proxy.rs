//! TCP proxy (Envoy's `tcp_proxy.v3.TcpProxy`).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::access_log::{AccessLog, TcpAccessLogOptions};
use crate::format::Segment;
use crate::header::HeaderMutations;

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
    /// A further attempt waits so long; without it, it is made at once.
    pub backoff: Option<ConnectBackoff>,
    /// While the listener drains, a connection ends when it has been read or written.
    pub check_drain_close: bool,
    /// The bytes go through a tunnel.
    pub tunneling: Option<Tunneling>,
}

/// How long attempts wait for one another: a random time below a limit, which doubles each time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ConnectBackoff {
    pub base_interval_ms: u64,
    pub max_interval_ms: u64,
}

/// A tunnel through an HTTP proxy, asked for by CONNECT or POST.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Tunneling {
    pub hostname: Vec<Segment>,
    /// That of a POST; without it, it is a CONNECT.
    pub post_path: Option<String>,
    pub headers: HeaderMutations,
    pub propagate_response_headers: bool,
    pub propagate_response_trailers: bool,
    pub request_id: Option<TunnelRequestId>,
}

/// The id that each request for a tunnel gets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TunnelRequestId {
    /// Lower case.
    pub header: String,
    /// In the dynamic metadata of `envoy.filters.network.tcp_proxy`.
    pub metadata_key: String,
}

/// A share of the connections.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TcpWeightedCluster {
    pub cluster: String,
    pub weight: u32,
}
