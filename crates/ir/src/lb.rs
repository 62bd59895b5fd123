//! Load balancers: one file a balancer with options, one line here.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How a host is picked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum LoadBalancer {
    RoundRobin {},
    LeastRequest { choice_count: u32, active_request_bias: RuntimeDouble, full_scan: bool },
    Random {},
}

/// A number that the runtime may override.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RuntimeDouble {
    pub default: f64,
    /// Empty: none.
    pub runtime_key: String,
}
