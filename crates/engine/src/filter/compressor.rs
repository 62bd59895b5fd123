//! Compresses bodies for who can read them (Envoy's `envoy.filters.http.compressor`).

use std::rc::Rc;
use std::sync::Arc;

use voyant_ir::filter::compressor as ir;

use super::HttpFilter;
use crate::codec::Piece;
use crate::compression::{Compressor, CompressorLibrary};
use crate::head::Head;
use crate::head::header_name::HeaderId;
use crate::http::exchange::reply::LocalReply;
use crate::http::filter_chain::{FilterContext, FilterScope, HeadAction, Pieces};
pub use config::Config;
use negotiation::{Decision, Offered, Reason, decide};
use response::add_vary;
pub(super) use response::has_no_transform;
use stats::{CompressorStats, ResponseCompressorStats};

pub mod config;
pub mod negotiation;
mod response;
pub mod stats;

/// What a route changes.
#[derive(Debug)]
pub struct PerRoute {
    enabled: Option<bool>,
    remove_accept_encoding_header: Option<bool>,
    library: Option<CompressorLibrary>,
}

impl PerRoute {
    pub fn new(config: &ir::CompressorPerRoute) -> Self {
        let ir::CompressorPerRoute { enabled, remove_accept_encoding_header, library } = config;
        Self {
            enabled: *enabled,
            remove_accept_encoding_header: *remove_accept_encoding_header,
            library: library.as_ref().map(CompressorLibrary::new),
        }
    }
}

/// The filter on a worker.
#[derive(Debug)]
pub struct OnWorker {
    config: Arc<Config>,
    of_requests: Arc<CompressorStats>,
    of_responses: Arc<CompressorStats>,
    stats: Arc<ResponseCompressorStats>,
}

impl OnWorker {
    pub fn new(config: Arc<Config>, scope: &FilterScope<'_>) -> Self {
        let prefix = format!("{}compressor.{}", scope.dotted_prefix, config.stat_name);
        let own = if config.response_has_stats_of_its_own { ".response" } else { "" };
        Self {
            of_requests: scope.registry.shard(&format!("{prefix}.request")),
            of_responses: scope.registry.shard(&format!("{prefix}{own}")),
            stats: scope.registry.shard(&prefix),
            config,
        }
    }
}

/// The filter on a stream.
#[derive(Debug)]
pub struct Filter {
    on_worker: Rc<OnWorker>,
    accepted: Option<Box<[u8]>>,
    request: Option<Box<Compressor>>,
    response: Option<Box<Compressor>>,
}

impl Filter {
    pub fn new(on_worker: Rc<OnWorker>) -> Self {
        Self { on_worker, accepted: None, request: None, response: None }
    }

    fn compress_request(&mut self, cx: &mut FilterContext<'_, '_>, end: bool) {
        let OnWorker { config, of_requests: stats, .. } = &*self.on_worker;
        let Some(direction) = config.request.as_ref().filter(|_| !end) else {
            return stats.not_compressed.inc();
        };
        let runtime = &cx.stream.manager.worker.runtime;
        let head = &cx.stream.request;
        let compressible = direction.is_enabled(runtime)
            && direction.is_long_enough(head, stats)
            && direction.takes_type(head)
            && !head.contains(HeaderId::ContentEncoding);
        let compressor = compressible.then(|| Compressor::new(&config.library).ok()).flatten();
        if compressor.is_none() {
            return stats.not_compressed.inc();
        }
        let head = cx.request_mut();
        head.remove(HeaderId::ContentLength);
        head.set(HeaderId::ContentEncoding, config.library.encoding().as_bytes());
        stats.compressed.inc();
        self.request = compressor.map(Box::new);
    }

    /// Whether this is the compressor that the client's wish leads to.
    fn is_chosen(&self, cx: &mut FilterContext<'_, '_>, head: &Head, own: &str) -> bool {
        let stats = &self.on_worker.stats;
        let Some(accepted) = &self.accepted else {
            stats.no_accept_header.inc();
            return false;
        };
        let encodings = cx.stream.encodings.get_or_insert_default();
        let offered = &encodings.offered;
        let decision = *encodings
            .decision
            .get_or_insert_with(|| decide(accepted, offered, |c| c.response.takes_type(head)));
        let Decision { encoding, reason } = decision;
        let chosen = encoding == Some(own);
        match reason {
            Reason::Named if chosen => stats.header_compressor_used.inc(),
            Reason::Named => stats.header_compressor_overshadowed.inc(),
            Reason::Identity => stats.header_identity.inc(),
            Reason::Wildcard => stats.header_wildcard.inc(),
            Reason::NotValid => stats.header_not_valid.inc(),
        }
        chosen
    }
}

impl HttpFilter for Filter {
    fn request_head(&mut self, cx: &mut FilterContext<'_, '_>, end: bool) -> HeadAction {
        let config = Arc::clone(&self.on_worker.config);
        self.accepted = cx.request().get(HeaderId::AcceptEncoding).map(Into::into);
        let per_route = cx.per_route::<PerRoute>();
        let runtime = &cx.stream.manager.worker.runtime;
        let enabled = per_route
            .and_then(|per_route| per_route.enabled)
            .unwrap_or_else(|| config.response.is_enabled(runtime));
        let removes = per_route.and_then(|per_route| per_route.remove_accept_encoding_header);
        if enabled && removes.unwrap_or(config.remove_accept_encoding_header) {
            cx.request_mut().remove(HeaderId::AcceptEncoding);
        }
        self.compress_request(cx, end);
        let library = per_route.and_then(|per_route| per_route.library.as_ref());
        let encoding = library.unwrap_or(&config.library).encoding();
        cx.stream.encodings.get_or_insert_default().offered.push(Offered { config, encoding });
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
        pass(&mut self.request, Some(&*self.on_worker.of_requests), piece, out)
    }

    fn response_head(
        &mut self,
        cx: &mut FilterContext<'_, '_>,
        head: &mut Head,
        end: bool,
    ) -> HeadAction {
        let on_worker = Rc::clone(&self.on_worker);
        let OnWorker { config, of_responses, stats, .. } = &*on_worker;
        let per_route = cx.per_route::<PerRoute>();
        let runtime = &cx.stream.manager.worker.runtime;
        let enabled = per_route
            .and_then(|per_route| per_route.enabled)
            .unwrap_or_else(|| config.response.is_enabled(runtime));
        let library = per_route.and_then(|per_route| per_route.library.as_ref());
        let library = library.unwrap_or(&config.library);
        let (compressible, asked) = match &config.status_header {
            Some(key) if enabled && !end => {
                let compressible = config.tell(key, head, library.encoding(), &on_worker);
                (compressible, compressible)
            }
            _ => {
                let enabled = enabled && config.response.is_long_enough(head, of_responses);
                (enabled && config.may_compress(head, stats), enabled)
            }
        };
        // Envoy takes a 101 that opens no tunnel for one with a body.
        let asked = asked && (!end || head.status() == 101);
        let chosen = asked && self.is_chosen(cx, head, library.encoding());
        if chosen && compressible && !end {
            self.response = Compressor::new(library).ok().map(Box::new);
        }
        if compressible && config.status_header.is_some() {
            add_vary(head);
        }
        if self.response.is_some() {
            config.mark(head, library.encoding());
            of_responses.compressed.inc();
        } else {
            of_responses.not_compressed.inc();
        }
        if compressible && config.status_header.is_none() {
            add_vary(head);
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
        pass(&mut self.response, Some(&self.on_worker.of_responses), piece, out)
    }
}

/// Takes a piece through a compressor, if there is one. Data are held back for the end, of which
/// Envoy knows with the last of them; so both go together.
fn pass(
    compressor: &mut Option<Box<Compressor>>,
    stats: Option<&CompressorStats>,
    piece: Piece,
    out: &mut Pieces,
) -> Result<(), LocalReply> {
    let (Some(compressor), Some(stats)) = (compressor, stats) else {
        out.push(piece);
        return Ok(());
    };
    let compressed = match &piece {
        Piece::Data(data) => {
            stats.total_uncompressed_bytes.add(data.len() as u64);
            compressor.compress(data)
        }
        Piece::Trailers(_) | Piece::End => compressor.finish(),
    };
    let compressed = compressed.map_err(|_| LocalReply::new(500, "compression_failed"))?;
    stats.total_compressed_bytes.add(compressed.len() as u64);
    if !compressed.is_empty() {
        out.push(Piece::Data(compressed));
    }
    if !matches!(piece, Piece::Data(_)) {
        out.push(piece);
    }
    Ok(())
}
