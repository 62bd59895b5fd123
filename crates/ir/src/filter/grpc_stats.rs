//! The gRPC statistics filter (Envoy's `grpc_stats.v3.FilterConfig`).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Counts calls and messages of gRPC under their cluster.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GrpcStats {
    /// Leaves the numbers of messages as an object of the filter state.
    pub emit_filter_state: bool,
    pub methods: GrpcMethods,
    /// Times upstreams, too.
    pub enable_upstream_stats: bool,
}

/// Which methods count by their names.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum GrpcMethods {
    All { replace_dots_in_grpc_service_name: bool },
    Listed { services: Vec<GrpcService> },
}

/// Methods of a service.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GrpcService {
    pub name: String,
    pub method_names: Vec<String>,
}
