//! Decompresses bodies (Envoy's `envoy.filters.http.decompressor`).
//!
//! Trailers tell how large a body was on either side. A body that is none of its kind, or would
//! be too large, goes as far as it can be read, as in Envoy.

use std::rc::Rc;
use std::sync::Arc;

use voyant_ir::filter::compressor::RuntimeFlag;
use voyant_ir::filter::decompressor as ir;

use super::HttpFilter;
use super::compressor::has_no_transform;
use crate::codec::Piece;
use crate::compression::{Decompressor, DecompressorLibrary, Trouble};
use crate::head::Head;
use crate::head::header_name::{HeaderId, HeaderKey};
use crate::http::exchange::reply::LocalReply;
use crate::http::filter_chain::{FilterContext, FilterScope, HeadAction, Pieces};
use crate::runtime::Runtime;

crate::stats_group! {
    /// `http.<stat_prefix>.decompressor.<name>.<kind>.request` and `.response`.
    pub struct DecompressorStats {
        decompressed: Counter,
        not_decompressed: Counter,
        total_compressed_bytes: Counter,
        total_uncompressed_bytes: Counter,
    }
}

crate::stats_group! {
    /// `http.<stat_prefix>.decompressor.<name>.gzip.decompressor_library`.
    pub struct GzipStats {
        zlib_buf_error: Counter,
        zlib_data_error: Counter,
        zlib_errno: Counter,
        zlib_mem_error: Counter,
        zlib_stream_error: Counter,
        zlib_version_error: Counter,
    }
}

crate::stats_group! {
    /// `http.<stat_prefix>.decompressor.<name>.brotli.decompressor_library`.
    pub struct BrotliStats {
        brotli_error: Counter,
        brotli_output_overflow: Counter,
        brotli_redundant_input: Counter,
    }
}

crate::stats_group! {
    /// `http.<stat_prefix>.decompressor.<name>.zstd.decompressor_library`.
    pub struct ZstdStats {
        zstd_checksum_wrong_error: Counter,
        zstd_dictionary_error: Counter,
        zstd_generic_error: Counter,
        zstd_memory_error: Counter,
    }
}

/// What a library counts.
#[derive(Debug)]
enum LibraryStats {
    Gzip(Arc<GzipStats>),
    Brotli(Arc<BrotliStats>),
    Zstd(Arc<ZstdStats>),
}

impl LibraryStats {
    fn count(&self, trouble: Trouble) {
        match self {
            Self::Gzip(stats) => stats.zlib_data_error.inc(),
            Self::Brotli(stats) => {
                stats.brotli_error.inc();
                match trouble {
                    Trouble::TooLarge => stats.brotli_output_overflow.inc(),
                    Trouble::Redundant => stats.brotli_redundant_input.inc(),
                    Trouble::Data | Trouble::Dictionary | Trouble::Checksum | Trouble::Memory => {}
                }
            }
            Self::Zstd(stats) => match trouble {
                Trouble::Dictionary => stats.zstd_dictionary_error.inc(),
                Trouble::Checksum => stats.zstd_checksum_wrong_error.inc(),
                Trouble::Memory => stats.zstd_memory_error.inc(),
                Trouble::Data | Trouble::TooLarge | Trouble::Redundant => {
                    stats.zstd_generic_error.inc();
                }
            },
        }
    }
}

/// The filter's configuration.
#[derive(Debug)]
pub struct Config {
    library: DecompressorLibrary,
    encoding: &'static str,
    stat_name: Box<str>,
    request: Direction,
    response: Direction,
    advertises: bool,
    compressed_bytes: HeaderKey,
    uncompressed_bytes: HeaderKey,
}

#[derive(Debug)]
struct Direction {
    enabled: RuntimeFlag,
    ignore_no_transform: bool,
}

impl Config {
    pub fn new(config: &ir::Decompressor) -> Self {
        let ir::Decompressor {
            library_name,
            library,
            request,
            response,
            advertise_accept_encoding,
        } = config;
        let library = DecompressorLibrary::new(library);
        let (encoding, kind) = library.names();
        let trailer =
            |what| HeaderKey::new(&format!("x-envoy-decompressor-{library_name}-{what}-bytes"));
        Self {
            library,
            encoding,
            stat_name: format!("{library_name}.{kind}").into(),
            request: Direction::new(request),
            response: Direction::new(response),
            advertises: *advertise_accept_encoding,
            compressed_bytes: trailer("compressed"),
            uncompressed_bytes: trailer("uncompressed"),
        }
    }

    /// Takes the outermost encoding off, if it is this one and may be.
    fn begin(&self, direction: &Direction, runtime: &Runtime, head: &mut Head) -> Option<Body> {
        let keeps = !direction.ignore_no_transform && has_no_transform(head);
        if keeps || !direction.is_enabled(runtime) {
            return None;
        }
        let codings = head.get(HeaderId::ContentEncoding)?.trim_ascii();
        let comma = codings.iter().position(|&byte| byte == b',');
        let first = codings[..comma.unwrap_or(codings.len())].trim_ascii();
        if !first.eq_ignore_ascii_case(self.encoding.as_bytes()) {
            return None;
        }
        let decompressor = Decompressor::new(&self.library).ok()?;
        match comma.map(|comma| codings[comma + 1..].trim_ascii().to_vec()) {
            Some(rest) => head.set(HeaderId::ContentEncoding, &rest),
            None => {
                head.remove(HeaderId::ContentEncoding);
            }
        }
        head.remove(HeaderId::ContentLength);
        Some(Body { decompressor, compressed: 0, uncompressed: 0 })
    }
}

impl Direction {
    fn new(direction: &ir::DecompressedDirection) -> Self {
        let ir::DecompressedDirection { enabled, ignore_no_transform } = direction;
        Self { enabled: enabled.clone(), ignore_no_transform: *ignore_no_transform }
    }

    fn is_enabled(&self, runtime: &Runtime) -> bool {
        runtime.flag(&self.enabled.runtime_key, self.enabled.default)
    }
}

/// The filter on a worker.
#[derive(Debug)]
pub struct OnWorker {
    config: Arc<Config>,
    of_requests: Arc<DecompressorStats>,
    of_responses: Arc<DecompressorStats>,
    library: LibraryStats,
}

impl OnWorker {
    pub fn new(config: Arc<Config>, scope: &FilterScope<'_>) -> Self {
        let prefix = format!("{}.decompressor.{}", scope.stat_prefix, config.stat_name);
        let library = format!("{prefix}.decompressor_library");
        Self {
            of_requests: scope.registry.shard(&format!("{prefix}.request")),
            of_responses: scope.registry.shard(&format!("{prefix}.response")),
            library: match config.encoding {
                "gzip" => LibraryStats::Gzip(scope.registry.shard(&library)),
                "br" => LibraryStats::Brotli(scope.registry.shard(&library)),
                _ => LibraryStats::Zstd(scope.registry.shard(&library)),
            },
            config,
        }
    }

    fn pass(
        &self,
        body: &mut Option<Box<Body>>,
        stats: &DecompressorStats,
        piece: Piece,
        out: &mut Pieces,
    ) {
        let Some(body) = body else { return out.push(piece) };
        match piece {
            Piece::Data(data) => {
                let mut plain = Vec::new();
                if let Err(trouble) = body.decompressor.decompress(&data, &mut plain) {
                    self.library.count(trouble);
                }
                body.compressed += data.len() as u64;
                body.uncompressed += plain.len() as u64;
                stats.total_compressed_bytes.add(data.len() as u64);
                stats.total_uncompressed_bytes.add(plain.len() as u64);
                if !plain.is_empty() {
                    out.push(Piece::Data(plain.into()));
                }
            }
            Piece::Trailers(mut trailers) => {
                self.finish(body, stats, out);
                body.tell(&self.config, &mut trailers);
                out.push(Piece::Trailers(trailers));
            }
            Piece::End => {
                self.finish(body, stats, out);
                let mut trailers = Box::<Head>::default();
                body.tell(&self.config, &mut trailers);
                out.push(Piece::Trailers(trailers));
            }
        }
    }
}

impl OnWorker {
    fn finish(&self, body: &mut Body, stats: &DecompressorStats, out: &mut Pieces) {
        let mut plain = Vec::new();
        if let Err(trouble) = body.decompressor.finish(&mut plain) {
            self.library.count(trouble);
        }
        body.uncompressed += plain.len() as u64;
        stats.total_uncompressed_bytes.add(plain.len() as u64);
        if !plain.is_empty() {
            out.push(Piece::Data(plain.into()));
        }
    }
}

/// A body that is decompressed.
#[derive(Debug)]
struct Body {
    decompressor: Decompressor,
    compressed: u64,
    uncompressed: u64,
}

impl Body {
    fn tell(&self, config: &Config, trailers: &mut Head) {
        for (key, bytes) in [
            (&config.compressed_bytes, self.compressed),
            (&config.uncompressed_bytes, self.uncompressed),
        ] {
            trailers.push_key(key, itoa::Buffer::new().format(bytes).as_bytes());
        }
    }
}

/// The filter on a stream.
#[derive(Debug)]
pub struct Filter {
    on_worker: Rc<OnWorker>,
    request: Option<Box<Body>>,
    response: Option<Box<Body>>,
}

impl Filter {
    pub fn new(on_worker: Rc<OnWorker>) -> Self {
        Self { on_worker, request: None, response: None }
    }
}

impl HttpFilter for Filter {
    fn request_head(&mut self, cx: &mut FilterContext<'_, '_>, end: bool) -> HeadAction {
        let OnWorker { config, of_requests, .. } = &*self.on_worker;
        let runtime = Arc::clone(&cx.stream.manager.worker.runtime);
        let head = cx.request_mut();
        if config.advertises && config.response.is_enabled(&runtime) {
            advertise(head, config.encoding);
        }
        if !end {
            self.request = config.begin(&config.request, &runtime, head).map(Box::new);
            let begun = self.request.is_some();
            let count =
                if begun { &of_requests.decompressed } else { &of_requests.not_decompressed };
            count.inc();
        }
        HeadAction::Continue
    }

    fn watches_request_body(&self) -> bool {
        self.request.is_some()
    }

    fn request_piece(
        &mut self,
        _: &mut FilterContext<'_, '_>,
        piece: Piece,
        out: &mut Pieces,
    ) -> Result<(), LocalReply> {
        self.on_worker.pass(&mut self.request, &self.on_worker.of_requests, piece, out);
        Ok(())
    }

    fn response_head(
        &mut self,
        cx: &mut FilterContext<'_, '_>,
        head: &mut Head,
        end: bool,
    ) -> HeadAction {
        let OnWorker { config, of_responses, .. } = &*self.on_worker;
        if !end {
            let runtime = &cx.stream.manager.worker.runtime;
            self.response = config.begin(&config.response, runtime, head).map(Box::new);
            let begun = self.response.is_some();
            let stats = of_responses;
            let count = if begun { &stats.decompressed } else { &stats.not_decompressed };
            count.inc();
        }
        HeadAction::Continue
    }

    fn watches_response_body(&self) -> bool {
        self.response.is_some()
    }

    fn response_piece(
        &mut self,
        _: &mut FilterContext<'_, '_>,
        piece: Piece,
        out: &mut Pieces,
    ) -> Result<(), LocalReply> {
        self.on_worker.pass(&mut self.response, &self.on_worker.of_responses, piece, out);
        Ok(())
    }
}

/// Tells the upstream of one more encoding that may be used, once.
fn advertise(head: &mut Head, encoding: &str) {
    let Some(value) = head.get(HeaderId::AcceptEncoding).filter(|value| !value.is_empty()) else {
        return head.set(HeaderId::AcceptEncoding, encoding.as_bytes());
    };
    let named = |token: &[u8]| {
        let end = token.iter().position(|&byte| byte == b';').unwrap_or(token.len());
        token[..end].trim_ascii().eq_ignore_ascii_case(encoding.as_bytes())
    };
    // Whatever weight it had: the client is not who reads it.
    let tokens = value.split(|&byte| byte == b',').map(<[u8]>::trim_ascii);
    let others = tokens.filter(|token| !named(token));
    let mut all: Vec<&[u8]> = others.collect();
    all.push(encoding.as_bytes());
    let joined = all.join(&b","[..]);
    head.set(HeaderId::AcceptEncoding, &joined);
}
