//! The configuration of a compressor: what of which direction is compressed, and how.

use voyant_ir::filter::compressor as ir;

use super::stats::CompressorStats;
use crate::compression::CompressorLibrary;
use crate::filter::matchers;
use crate::head::Head;
use crate::head::header_name::{HeaderId, HeaderKey};
use crate::runtime::Runtime;
use crate::string_matcher::StringMatcher;

/// The filter's configuration.
#[derive(Debug)]
pub struct Config {
    pub(super) library: CompressorLibrary,
    pub(super) choose_first: bool,
    pub(super) request: Option<Direction>,
    pub(super) response: Direction,
    pub(super) response_has_stats_of_its_own: bool,
    pub(super) stat_name: Box<str>,
    pub(super) disable_on_etag_header: bool,
    pub(super) weaken_etag_on_compress: bool,
    pub(super) remove_accept_encoding_header: bool,
    pub(super) uncompressible_codes: Box<[u16]>,
    pub(super) status_header: Option<HeaderKey>,
}

/// What is compressed of one direction.
#[derive(Debug)]
pub(super) struct Direction {
    pub(super) enabled: ir::RuntimeFlag,
    pub(super) min_content_length: u64,
    pub(super) content_types: Box<[StringMatcher]>,
}

impl Config {
    pub fn new(config: &ir::Compressor) -> Self {
        let ir::Compressor {
            stat_name,
            library,
            request,
            response,
            response_has_stats_of_its_own,
            disable_on_etag_header,
            weaken_etag_on_compress,
            remove_accept_encoding_header,
            uncompressible_response_codes,
            status_header,
            choose_first,
        } = config;
        Self {
            library: CompressorLibrary::new(library),
            choose_first: *choose_first,
            request: request.as_ref().map(Direction::new),
            response: Direction::new(response),
            response_has_stats_of_its_own: *response_has_stats_of_its_own,
            stat_name: stat_name.as_str().into(),
            disable_on_etag_header: *disable_on_etag_header,
            weaken_etag_on_compress: *weaken_etag_on_compress,
            remove_accept_encoding_header: *remove_accept_encoding_header,
            uncompressible_codes: uncompressible_response_codes.as_slice().into(),
            status_header: status_header.then(|| HeaderKey::new("x-envoy-compression-status")),
        }
    }
}

impl Direction {
    fn new(direction: &ir::CompressedDirection) -> Self {
        let ir::CompressedDirection { enabled, min_content_length, content_types } = direction;
        Self {
            enabled: enabled.clone(),
            min_content_length: u64::from(*min_content_length),
            content_types: matchers::strings(content_types),
        }
    }

    pub fn is_enabled(&self, runtime: &Runtime) -> bool {
        runtime.flag(&self.enabled.runtime_key, self.enabled.default)
    }

    /// Long enough as far as it is known.
    pub fn is_long_enough(&self, head: &Head, stats: &CompressorStats) -> bool {
        let Some(length) = head.get_str(HeaderId::ContentLength) else { return true };
        let enough = length.parse().is_ok_and(|length: u64| length >= self.min_content_length);
        if !enough {
            stats.content_length_too_small.inc();
        }
        enough
    }

    pub fn takes_type(&self, head: &Head) -> bool {
        let Some(value) = head.get(HeaderId::ContentType) else { return true };
        let end = value.iter().position(|&byte| byte == b';').unwrap_or(value.len());
        let kind = value[..end].trim_ascii();
        self.content_types.iter().any(|matcher| matcher.matches(kind))
    }
}
