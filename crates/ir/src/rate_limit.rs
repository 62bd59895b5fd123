//! What requests are counted by (Envoy's `route.v3.RateLimit`).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::address::CidrRange;
use crate::format::Segment;
use crate::matcher::{HeaderMatcher, QueryParameterMatcher};
use crate::metadata::PathSegment;
use crate::xds_matcher::MatchInput;

/// How a descriptor is made of a request; none is made when one action fails.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RateLimit {
    /// Filters of this stage alone look at it.
    pub stage: u32,
    /// Of a key that could disable it, which a local filter does not read: it passes it over.
    pub disable_key: String,
    pub actions: Vec<RateLimitAction>,
    pub hits_addend: Option<HitsAddend>,
    /// What it counts for is given back.
    pub gives_back: bool,
    /// Counts when the stream is over, and refuses nothing.
    pub apply_on_stream_done: bool,
    /// Whether `x-ratelimit-*` headers tell of it; absent: as the filter says.
    pub x_ratelimit_headers: Option<bool>,
}

/// How many requests one counts for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum HitsAddend {
    Number { number: u64 },
    Format { format: Vec<Segment> },
}

/// A part of a descriptor: a key and a value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum RateLimitAction {
    SourceCluster {},
    DestinationCluster {},
    RequestHeaders {
        header: String,
        key: String,
        skip_if_absent: bool,
    },
    QueryParameters {
        parameter: String,
        key: String,
        skip_if_absent: bool,
    },
    RemoteAddress {},
    MaskedRemoteAddress {
        v4_prefix: u8,
        v6_prefix: u8,
    },
    GenericKey {
        entry: RateLimitEntry,
    },
    HeaderValueMatch {
        entry: RateLimitEntry,
        expected: bool,
        headers: Vec<HeaderMatcher>,
    },
    QueryParameterValueMatch {
        entry: RateLimitEntry,
        expected: bool,
        query_parameters: Vec<QueryParameterMatcher>,
    },
    RemoteAddressMatch {
        entry: RateLimitEntry,
        invert: bool,
        ranges: Vec<CidrRange>,
    },
    /// What an input of a matching tree reads, where that is text; nothing for an empty one.
    Input {
        key: String,
        input: MatchInput,
    },
    /// Of a value that is text.
    Metadata {
        key: String,
        source: RateLimitMetadataSource,
        namespace: String,
        path: Vec<PathSegment>,
        /// Where there is no text.
        default_value: String,
        skip_if_absent: bool,
    },
}

/// Whose metadata an action reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RateLimitMetadataSource {
    Dynamic,
    RouteEntry,
}

/// A key with a value that may depend on the request.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RateLimitEntry {
    pub key: String,
    pub value: Vec<Segment>,
    /// Where the value turns out to be empty; if this is, too, the action fails.
    pub default_value: String,
}
