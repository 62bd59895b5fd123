//! How bodies are compressed (Envoy's `compression.{gzip,brotli,zstd}`).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What compresses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum CompressorLibrary {
    Gzip {
        /// 1 to 9.
        level: u32,
        /// 9 to 15.
        window_bits: u8,
    },
    Brotli {
        /// 0 to 11.
        quality: u32,
        window_bits: u32,
        input_block_bits: u32,
        mode: BrotliMode,
        literal_context_modeling: bool,
    },
    Zstd {
        level: u32,
        checksum: bool,
        /// 1 to 9, from the fastest to the smallest; absent: as the level has it.
        strategy: Option<u8>,
        /// In base64; empty: none.
        dictionary: String,
    },
}

/// What Brotli takes its input for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum BrotliMode {
    Generic,
    Text,
    Font,
}

/// What decompresses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum DecompressorLibrary {
    Gzip {
        /// 9 to 15.
        window_bits: u8,
        /// How many times as large as its input the output may be.
        max_inflate_ratio: u32,
    },
    Brotli {},
    Zstd {
        /// In base64; a frame that names one needs it.
        dictionaries: Vec<String>,
    },
}
