//! Listeners (Envoy's `listener.v3.Listener`).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::access_log::AccessLog;
use crate::address::{Address, SocketOption, TcpKeepalive};
use crate::filter_chain::FilterChain;
use crate::metadata::Metadata;

/// One listener.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Listener {
    pub name: String,
    /// The address, then the additional addresses.
    pub addresses: Vec<ListenerAddress>,
    /// `stat_prefix`, or empty: the address as configured, with `:` replaced by `_`.
    pub stat_prefix: String,
    pub bind_to_port: bool,
    pub backlog: u32,
    /// One socket a worker (`SO_REUSEPORT`); never for Unix sockets.
    pub reuse_port: bool,
    /// Accepted connections go to the worker with the fewest.
    pub exact_balance: bool,
    pub freebind: bool,
    pub transparent: bool,
    /// Its sockets speak Multipath TCP to clients that ask for it.
    pub mptcp: bool,
    pub per_connection_buffer_limit_bytes: u32,
    /// At most so many accepts for one readiness event.
    pub max_connections_to_accept_per_socket_event: u32,
    /// Its connections count towards the limit of the process, but are never refused for it.
    pub ignore_global_connection_limit: bool,
    pub traffic_direction: TrafficDirection,
    pub drain_type: DrainType,
    pub filter_chains: Vec<FilterChain>,
    pub default_filter_chain: Option<FilterChain>,
    pub access_logs: Vec<AccessLog>,
    pub metadata: Option<Metadata>,
}

/// One address of a listener with its own socket options.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListenerAddress {
    pub address: Address,
    pub socket_options: Vec<SocketOption>,
    pub tcp_keepalive: Option<TcpKeepalive>,
}

/// Which way a listener's traffic flows, as seen from the service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TrafficDirection {
    Unspecified,
    Inbound,
    Outbound,
}

/// What makes a listener tell its connections to go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DrainType {
    Default,
    /// Only that listeners are drained, not a health check that was made to fail.
    ModifyOnly,
}
