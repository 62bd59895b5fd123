//! The buffer filter (Envoy's `buffer.v3.Buffer`).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Holds requests back until they are whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Buffer {
    /// A larger body is refused.
    pub max_request_bytes: u32,
}

/// What a route changes of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BufferPerRoute {
    /// The filter leaves requests alone.
    pub disabled: bool,
    /// In place of the filter's own.
    pub max_request_bytes: Option<u32>,
}
