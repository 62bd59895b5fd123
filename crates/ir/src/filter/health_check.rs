//! The health check filter (Envoy's `health_check.v3.HealthCheck`).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::matcher::HeaderMatcher;

/// Answers health checks that others make of this process.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HealthCheck {
    /// They go to the upstream while this process is in health.
    pub pass_through_mode: bool,
    /// How long an answer of the upstream holds; 0: it does not.
    pub cache_time_ms: u64,
    pub cluster_min_healthy_percentages: Vec<MinHealthy>,
    /// What a request must be to be one.
    pub headers: Vec<HeaderMatcher>,
}

/// How much of a cluster must be healthy, or degraded.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MinHealthy {
    pub cluster: String,
    pub percentage: u8,
}
