//! The whole of what the engine carries at one time. Immutable; replaced as one.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::admin::Admin;
use crate::cluster::Cluster;
use crate::listener::Listener;
use crate::route::RouteConfiguration;

/// Everything the engine needs to serve.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Snapshot {
    pub node: Node,
    pub listeners: Vec<Listener>,
    pub clusters: Vec<Cluster>,
    /// Route tables, named by connection managers through `id`.
    pub route_configurations: Vec<RouteConfiguration>,
    /// Absent when the bootstrap has no admin address.
    pub admin: Option<Admin>,
    pub runtime: Vec<RuntimeLayer>,
    pub stats: Stats,
    pub server: Server,
}

/// Who this proxy is (Envoy's `core.v3.Node`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Node {
    pub id: String,
    pub cluster: String,
    pub region: String,
    pub zone: String,
    pub sub_zone: String,
}

/// One layer of runtime values, flattened to `a.b.c` keys; later layers win.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RuntimeLayer {
    pub name: String,
    /// The operator's, by way of the admin interface.
    pub admin: bool,
    /// Read from a directory, which is there.
    pub disk: bool,
    pub values: Vec<RuntimeValue>,
}

/// One runtime value as Envoy prints it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RuntimeValue {
    pub key: String,
    pub value: String,
}

/// How statistics are kept and flushed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Stats {
    pub flush_interval_ms: u64,
    /// Tags with a fixed value, added to every statistic in Prometheus form.
    pub fixed_tags: Vec<StatsTag>,
    /// Tag extraction rules in order; the first capture is removed from the name, the second
    /// (or the first, when there is one) is the value.
    pub tag_rules: Vec<StatsTagRule>,
    /// Statistics that match none of these (when inclusive) or any (when not) are not kept.
    pub matcher: Option<StatsMatcher>,
    pub histogram_buckets: Vec<HistogramBuckets>,
}

/// A tag with a fixed value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StatsTag {
    pub name: String,
    pub value: String,
}

/// A tag taken from a statistic's name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StatsTagRule {
    pub name: String,
    pub regex: String,
}

/// Which statistics exist at all (Envoy's `stats_matcher`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StatsMatcher {
    /// True: only matching names are kept; false: matching names are dropped.
    pub inclusive: bool,
    pub patterns: Vec<crate::matcher::StringMatcher>,
}

/// Bucket bounds of the histograms whose name matches.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HistogramBuckets {
    pub name: crate::matcher::StringMatcher,
    pub buckets: Vec<f64>,
}

/// Settings of the process that come from the command line or the bootstrap's root.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Server {
    /// Worker threads; at least one.
    pub concurrency: u32,
    pub drain_time_ms: u64,
    pub drain_strategy: DrainStrategy,
    /// How long a log file's buffer may wait (`--file-flush-interval-msec`).
    pub file_flush_interval_ms: u64,
    /// A log file's buffer that is larger does not wait (`--file-flush-min-size-kb`).
    pub file_flush_min_size_bytes: u64,
    /// How often Envoy would count the use of something deprecated in the configuration.
    pub deprecated_features_used: u64,
    /// A layer of the runtime is left out because it could not be read.
    pub runtime_unread: bool,
    /// Prefix of Envoy's own headers, `x-envoy` unless `header_prefix` says otherwise.
    pub header_prefix: String,
    /// The version string in `/server_info` and `%ENVIRONMENT%`-free places.
    pub version: String,
    /// Command line options in JSON as `/server_info` shows them.
    pub command_line_options_json: String,
    /// The bootstrap's `node` in JSON as `/server_info` shows it.
    pub node_json: String,
    pub stats_server_version_override: Option<u64>,
    pub watchdogs: Watchdogs,
    /// This machine's first address that is not loopback: what `x-forwarded-for` gets for a
    /// client on the loopback interface.
    pub local_ip: String,
}

/// When a thread that does not come round counts as stuck.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Watchdogs {
    pub main_thread: Watchdog,
    pub workers: Watchdog,
}

/// The limits of one kind of thread.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Watchdog {
    pub miss_timeout_ms: u64,
    pub megamiss_timeout_ms: u64,
}

/// How connections are told to go away while draining.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DrainStrategy {
    /// The share of requests that are told grows over the drain time.
    Gradual,
    /// Every request is told at once.
    Immediate,
}
