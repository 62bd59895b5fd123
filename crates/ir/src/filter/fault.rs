//! The fault injection filter (Envoy's `fault.v3.HTTPFault`).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::matcher::{FractionalPercent, HeaderMatcher};
use crate::metadata::Value;

/// Delays, refuses or slows down requests; for the filter and for routes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    pub delay: Option<FaultDelay>,
    pub abort: Option<FaultAbort>,
    pub response_rate_limit: Option<FaultRateLimit>,
    /// Only requests to this cluster; empty: all.
    pub upstream_cluster: String,
    pub headers: Vec<HeaderMatcher>,
    /// Only requests of these; empty: of all.
    pub downstream_nodes: Vec<String>,
    pub max_active_faults: Option<u32>,
    pub max_active_faults_runtime_key: String,
    pub disable_downstream_cluster_stats: bool,
    /// Put to the dynamic metadata of requests that are delayed or aborted.
    pub metadata: Option<Value>,
}

/// Requests wait.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FaultDelay {
    /// Absent: as a header of the request says.
    pub fixed_ms: Option<u64>,
    pub percentage: FractionalPercent,
    pub duration_runtime_key: String,
}

/// Requests are answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FaultAbort {
    pub status: FaultStatus,
    pub percentage: FractionalPercent,
    pub http_status_runtime_key: String,
    pub grpc_status_runtime_key: String,
    pub response_body: String,
}

/// With what requests are answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum FaultStatus {
    Http {
        status: u32,
    },
    Grpc {
        status: u32,
    },
    /// As headers of the request say.
    Header {},
}

/// Bodies of responses are slow.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FaultRateLimit {
    /// Absent: as a header of the request says.
    pub fixed_kib_per_s: Option<u64>,
    pub percentage: FractionalPercent,
}
