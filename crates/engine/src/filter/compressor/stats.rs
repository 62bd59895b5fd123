//! What compressors count.

crate::stats_group! {
    /// `http.<stat_prefix>.compressor.<name>.<kind>`, and `.request` and `.response` below that.
    pub struct CompressorStats {
        compressed: Counter,
        content_length_too_small: Counter,
        not_compressed: Counter,
        total_compressed_bytes: Counter,
        total_uncompressed_bytes: Counter,
    }
}

crate::stats_group! {
    /// `http.<stat_prefix>.compressor.<name>.<kind>`: of responses alone.
    pub struct ResponseCompressorStats {
        header_compressor_overshadowed: Counter,
        header_compressor_used: Counter,
        header_identity: Counter,
        header_not_valid: Counter,
        header_wildcard: Counter,
        no_accept_header: Counter,
        not_compressed_etag: Counter,
    }
}
