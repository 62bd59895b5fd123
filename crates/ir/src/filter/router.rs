//! The router (Envoy's `router.v3.Router`).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::HttpFilter;
use crate::access_log::{AccessLog, UpstreamLogOptions};

/// The terminal HTTP filter.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Router {
    pub dynamic_stats: bool,
    pub suppress_envoy_headers: bool,
    pub strict_check_headers: Vec<String>,
    pub respect_expected_rq_timeout: bool,
    pub suppress_grpc_request_failure_code_stats: bool,
    pub upstream_logs: Vec<AccessLog>,
    /// What a client of CONNECT sends before it is answered is refused.
    pub reject_connect_early_data: bool,
    /// For clusters that have none of their own, the codec left out.
    pub upstream_filters: Vec<HttpFilter>,
    pub upstream_log_options: UpstreamLogOptions,
}
