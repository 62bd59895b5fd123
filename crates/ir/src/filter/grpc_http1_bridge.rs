//! The gRPC bridge (Envoy's `grpc_http1_bridge.v3.Config`).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Lets clients of HTTP/1 call services of gRPC.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GrpcHttp1Bridge {
    /// Messages that come without a frame get one, and their answers lose theirs.
    pub upgrade_protobuf_to_grpc: bool,
    pub ignore_query_parameters: bool,
}
