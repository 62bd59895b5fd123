//! Load balancers: one file a balancer with options, one line here.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How a host is picked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum LoadBalancer {
    RoundRobin {},
    LeastRequest { choice_count: u32, active_request_bias: f64, full_scan: bool },
    Random {},
}
