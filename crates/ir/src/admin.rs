//! The admin interface (Envoy's `bootstrap.v3.Admin`).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::access_log::AccessLog;
use crate::address::{Address, SocketOption};
use crate::matcher::StringMatcher;

/// The admin listener.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Admin {
    pub address: Address,
    pub socket_options: Vec<SocketOption>,
    pub access_logs: Vec<AccessLog>,
    /// Empty: every path is allowed.
    pub allow_paths: Vec<StringMatcher>,
    /// As a listener's.
    pub ignore_global_connection_limit: bool,
    /// File that gets the address as bound; empty: none.
    pub address_path: String,
}
