//! Connections that leave HTTP: upgrades and CONNECT, where they are allowed and what carries them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::filter::HttpFilter;

/// What a connection manager says of an upgrade
/// (Envoy's `http_connection_manager.v3.HttpConnectionManager.UpgradeConfig`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Upgrade {
    /// As in the `upgrade` header, in any case; `CONNECT` is the method.
    pub upgrade_type: String,
    pub enabled: bool,
    /// In place of the connection manager's; the last is the router.
    pub filters: Option<Vec<HttpFilter>>,
}

/// What a route says of an upgrade (Envoy's `route.v3.RouteAction.UpgradeConfig`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RouteUpgrade {
    pub upgrade_type: String,
    pub enabled: bool,
}

/// CONNECT ends here: what it carries goes to the upstream as TCP.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ConnectConfig {
    /// What tells the upstream of the client.
    pub proxy_protocol: Option<ProxyProtocolVersion>,
    /// POST is treated as CONNECT.
    pub allow_post: bool,
}

/// A version of the PROXY protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ProxyProtocolVersion {
    V1,
    V2,
}
