//! Which streams a log tells of (Envoy's `config.accesslog.v3.AccessLogFilter`).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::AccessLogType;
use crate::matcher::{FractionalPercent, HeaderMatcher};
use crate::value_matcher::MetadataMatcher;

/// A condition on a stream at the moment of its log line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum AccessLogFilter {
    StatusCode {
        comparison: Comparison,
    },
    /// Of milliseconds.
    Duration {
        comparison: Comparison,
    },
    NotHealthCheck {},
    Traceable {},
    /// Runtime overrides the numerator only.
    Runtime {
        percent: FractionalPercent,
        use_independent_randomness: bool,
    },
    And {
        filters: Vec<AccessLogFilter>,
    },
    Or {
        filters: Vec<AccessLogFilter>,
    },
    Header {
        matcher: HeaderMatcher,
    },
    /// Short names; none of them stands for any flag.
    ResponseFlag {
        flags: Vec<String>,
    },
    GrpcStatus {
        statuses: Vec<u32>,
        exclude: bool,
    },
    /// Of dynamic metadata.
    Metadata {
        matcher: Option<MetadataMatcher>,
        /// Of a stream without a value there.
        match_if_key_not_found: bool,
    },
    LogType {
        types: Vec<AccessLogType>,
        exclude: bool,
    },
}

/// A comparison with a number that runtime may override.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Comparison {
    pub op: ComparisonOp,
    pub value: u32,
    /// Empty: none.
    pub runtime_key: String,
}

/// What must hold of a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ComparisonOp {
    Eq,
    Ge,
    Le,
    Ne,
}
