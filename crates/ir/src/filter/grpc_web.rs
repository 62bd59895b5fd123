//! The gRPC-Web filter (Envoy's `grpc_web.v3.GrpcWeb`).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Makes calls of gRPC of those that browsers make.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GrpcWeb {}
