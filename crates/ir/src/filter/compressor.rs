//! The compressor filter (Envoy's `compressor.v3.Compressor`).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::compression::CompressorLibrary;
use crate::matcher::StringMatcher;

/// Compresses bodies.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Compressor {
    /// `<name of the library>.<gzip, brotli or zstd>`
    pub stat_name: String,
    pub library: CompressorLibrary,
    /// Absent: requests are left alone.
    pub request: Option<CompressedDirection>,
    pub response: CompressedDirection,
    /// Statistics of responses are told from those of requests.
    pub response_has_stats_of_its_own: bool,
    pub disable_on_etag_header: bool,
    pub weaken_etag_on_compress: bool,
    pub remove_accept_encoding_header: bool,
    pub uncompressible_response_codes: Vec<u16>,
    /// `x-envoy-compression-status` tells why a response was compressed, or was not.
    pub status_header: bool,
    /// Of encodings that a client likes equally, this one.
    pub choose_first: bool,
}

/// What is compressed of one direction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CompressedDirection {
    pub enabled: RuntimeFlag,
    pub min_content_length: u32,
    pub content_types: Vec<StringMatcher>,
}

/// A truth value that runtime may override.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RuntimeFlag {
    pub default: bool,
    /// Empty: none.
    pub runtime_key: String,
}

/// What a route changes of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CompressorPerRoute {
    /// Whether responses are compressed, whatever the filter says.
    pub enabled: Option<bool>,
    pub remove_accept_encoding_header: Option<bool>,
    pub library: Option<CompressorLibrary>,
}
