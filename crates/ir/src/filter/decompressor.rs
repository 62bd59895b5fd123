//! The decompressor filter (Envoy's `decompressor.v3.Decompressor`).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::compressor::RuntimeFlag;
use crate::compression::DecompressorLibrary;

/// Decompresses bodies.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Decompressor {
    pub library_name: String,
    pub library: DecompressorLibrary,
    pub request: DecompressedDirection,
    pub response: DecompressedDirection,
    /// Upstreams are told that they may compress.
    pub advertise_accept_encoding: bool,
}

/// What is decompressed of one direction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DecompressedDirection {
    pub enabled: RuntimeFlag,
    /// Also what is not to be transformed.
    pub ignore_no_transform: bool,
}
