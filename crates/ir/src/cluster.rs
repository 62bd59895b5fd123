//! Clusters and their endpoints (Envoy's `cluster.v3.Cluster`, `endpoint.v3`).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::address::{Address, SocketOption, TcpKeepalive};
use crate::filter::HttpFilter;
use crate::lb::LoadBalancer;
use crate::metadata::Metadata;
use crate::protocol::{Http1Options, Http2Options};
use crate::route::MirrorPolicy;

/// One cluster. A timeout of 0 ms is off unless a field says otherwise.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Cluster {
    pub name: String,
    /// `alt_stat_name`, or the name; `:` replaced by `_`.
    pub stat_name: String,
    pub discovery: Discovery,
    pub localities: Vec<LocalityEndpoints>,
    pub connect_timeout_ms: u64,
    pub per_connection_buffer_limit_bytes: u32,
    pub load_balancer: LoadBalancer,
    /// A share of healthy hosts below which health is ignored; percent.
    pub healthy_panic_threshold_percent: f64,
    /// For requests of default priority, then of high priority.
    pub circuit_breakers: [CircuitBreaker; 2],
    pub http: UpstreamHttp,
    pub tcp_keepalive: Option<TcpKeepalive>,
    pub socket_options: Vec<SocketOption>,
    /// Local address of connections; absent: the kernel's choice.
    pub source_address: Option<Address>,
    pub metadata: Option<Metadata>,
}

/// Where hosts come from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Discovery {
    Static,
    /// Every address of every name is a host.
    StrictDns(DnsDiscovery),
    /// The first address of the one name is the host of new connections.
    LogicalDns(DnsDiscovery),
}

/// How names are resolved, and how often.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DnsDiscovery {
    pub refresh_rate_ms: u64,
    /// Refresh by the answer's TTL unless it is 0, at least `min_refresh_rate_ms`.
    pub respect_ttl: bool,
    pub min_refresh_rate_ms: u64,
    pub jitter_ms: u64,
    /// After a failure: a random part of a bound that doubles from base to max. Max 0: always
    /// the base (without a failure rate of its own that is the refresh rate).
    pub failure_refresh_base_ms: u64,
    pub failure_refresh_max_ms: u64,
    pub lookup_family: DnsLookupFamily,
    /// `ip:port`; empty: the system's.
    pub resolvers: Vec<Address>,
    pub use_tcp: bool,
    pub no_default_search_domain: bool,
    pub query_timeout_ms: u64,
    pub query_tries: u32,
    /// All addresses make one host with fallbacks (logical DNS semantics of the typed cluster).
    pub all_addresses_in_single_endpoint: bool,
}

/// Which address families are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DnsLookupFamily {
    /// IPv6, and IPv4 when there is none.
    Auto,
    V4Only,
    V6Only,
    /// IPv4, and IPv6 when there is none.
    V4Preferred,
    All,
}

/// Endpoints of one locality and priority.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LocalityEndpoints {
    pub region: String,
    pub zone: String,
    pub sub_zone: String,
    pub priority: u32,
    /// 0: not weighted.
    pub weight: u32,
    pub endpoints: Vec<Endpoint>,
}

/// One endpoint.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Endpoint {
    pub address: EndpointAddress,
    /// For health checks, `auto_host_rewrite` and logs; empty: none (a DNS name is filled in).
    pub hostname: String,
    pub weight: u32,
    pub health: HealthStatus,
    pub metadata: Option<Metadata>,
}

/// Where an endpoint is.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum EndpointAddress {
    Socket {
        ip: String,
        port: u16,
    },
    Pipe {
        path: String,
    },
    /// Resolved by the cluster's discovery.
    Name {
        host: String,
        port: u16,
    },
}

/// Health as the control plane states it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum HealthStatus {
    Unknown,
    Healthy,
    Unhealthy,
    Draining,
    Timeout,
    Degraded,
}

/// Limits that hold over all workers together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CircuitBreaker {
    pub max_connections: u32,
    pub max_pending_requests: u32,
    pub max_requests: u32,
    pub max_retries: u32,
    pub track_remaining: bool,
}

/// How HTTP is spoken to the hosts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UpstreamHttp {
    pub protocol: UpstreamProtocol,
    pub http1: Http1Options,
    pub http2: Http2Options,
    /// Connection without a stream.
    pub idle_timeout_ms: u64,
    pub max_connection_duration_ms: u64,
    /// By how much less than this a connection may last longer, at random.
    pub max_connection_duration_jitter_ms: u64,
    pub max_stream_duration_ms: u64,
    /// 0: no limit.
    pub max_requests_per_connection: u32,
    pub max_response_headers_bytes: u32,
    pub max_response_headers_count: u32,
    /// Between the router and the hosts, the codec left out.
    pub filters: Vec<HttpFilter>,
    /// In the place of those of routes, if there are any.
    pub mirrors: Vec<MirrorPolicy>,
}

/// The protocol of upstream connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum UpstreamProtocol {
    Http1,
    Http2,
    /// As the downstream request's.
    UseDownstream,
}
