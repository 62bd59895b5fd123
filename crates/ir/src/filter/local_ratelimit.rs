//! The local rate limit filter (Envoy's `local_ratelimit.v3.LocalRateLimit`).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::header::HeaderMutations;
use crate::matcher::FractionalPercent;
use crate::rate_limit::RateLimit;

/// Refuses requests beyond a rate; for the filter and for routes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LocalRatelimit {
    pub stat_prefix: String,
    pub status: u16,
    /// For what no descriptor is of; absent: that is not limited.
    pub token_bucket: Option<TokenBucket>,
    /// Absent: off.
    pub filter_enabled: Option<FractionalPercent>,
    /// Absent: nothing is refused.
    pub filter_enforced: Option<FractionalPercent>,
    pub request_headers_when_not_enforced: HeaderMutations,
    pub response_headers: HeaderMutations,
    pub descriptors: Vec<LimitedDescriptor>,
    /// Of the rate limits of routes.
    pub stage: u32,
    /// Each downstream connection has buckets of its own.
    pub per_downstream_connection: bool,
    pub x_ratelimit_headers: bool,
    pub retry_after_header: bool,
    pub virtual_host_rate_limits: VirtualHostRateLimits,
    /// Also where a descriptor has a bucket.
    pub always_consume_default_token_bucket: bool,
    /// gRPC clients are told `RESOURCE_EXHAUSTED` in place of `UNAVAILABLE`.
    pub rate_limited_as_resource_exhausted: bool,
    /// In place of those of routes.
    pub rate_limits: Vec<RateLimit>,
    /// How many buckets a descriptor with a value left open may have at once.
    pub max_dynamic_descriptors: u32,
    /// The hosts of this cluster share the tokens: each takes as many at once as they are.
    pub local_cluster: Option<String>,
}

/// A bucket that fills steadily.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TokenBucket {
    pub max_tokens: u32,
    pub tokens_per_fill: u32,
    pub fill_interval_ms: u64,
}

/// Requests with a descriptor have a bucket of their own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LimitedDescriptor {
    pub entries: Vec<DescriptorEntry>,
    pub token_bucket: TokenBucket,
    /// It is counted only.
    pub shadow_mode: bool,
}

/// A key with its value; an empty value stands for any, each with a bucket of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DescriptorEntry {
    pub key: String,
    pub value: String,
}

/// Whether the rate limits of a virtual host hold for a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum VirtualHostRateLimits {
    /// Where the route has none.
    Override,
    Include,
    Ignore,
}
