//! Holds a request back until it is whole (Envoy's `envoy.filters.http.buffer`).
//!
//! Of a request that came in chunks the router learns its length.

use std::rc::Rc;
use std::task::{Context, Poll};

use bytes::BytesMut;
use voyant_ir::filter::buffer as ir;

use super::{ConfigOnWorker, HttpFilter};
use crate::codec::Piece;
use crate::head::header_name::HeaderId;
use crate::http::exchange::reply::LocalReply;
use crate::http::filter_chain::{FilterContext, HeadAction, Pieces, Resume};

/// The filter's configuration.
#[derive(Debug)]
pub struct Config {
    max_request_bytes: u64,
}

impl Config {
    pub fn new(config: &ir::Buffer) -> Self {
        Self { max_request_bytes: config.max_request_bytes.into() }
    }
}

/// What a route says.
#[derive(Debug)]
pub struct PerRoute {
    disabled: bool,
    max_request_bytes: Option<u64>,
}

impl PerRoute {
    pub fn new(config: &ir::BufferPerRoute) -> Self {
        let ir::BufferPerRoute { disabled, max_request_bytes } = config;
        Self { disabled: *disabled, max_request_bytes: max_request_bytes.map(u64::from) }
    }
}

/// The filter on a worker.
pub type OnWorker = ConfigOnWorker<Config>;

/// The filter on a stream.
#[derive(Debug)]
pub struct Filter {
    on_worker: Rc<OnWorker>,
    limit: u64,
    held: BytesMut,
    waits: bool,
    before_upstream: bool,
}

impl Filter {
    pub fn new(on_worker: Rc<OnWorker>) -> Self {
        Self { on_worker, limit: 0, held: BytesMut::new(), waits: false, before_upstream: false }
    }

    fn limit(&self, cx: &FilterContext<'_, '_>) -> Option<u64> {
        let own = self.on_worker.config.max_request_bytes;
        match cx.per_route::<PerRoute>() {
            Some(PerRoute { disabled: true, .. }) => None,
            Some(PerRoute { max_request_bytes, .. }) => Some(max_request_bytes.unwrap_or(own)),
            None => Some(own),
        }
    }
}

impl HttpFilter for Filter {
    fn host_chosen(&mut self, _: &mut FilterContext<'_, '_>) -> HeadAction {
        self.before_upstream = true;
        HeadAction::Continue
    }

    fn request_head(&mut self, cx: &mut FilterContext<'_, '_>, end: bool) -> HeadAction {
        let Some(limit) = self.limit(cx).filter(|_| !end) else { return HeadAction::Continue };
        self.limit = limit;
        self.waits = true;
        if !self.before_upstream {
            // As in Envoy, an answer that filters hold may be no longer either.
            cx.stream.buffer_limit = usize::try_from(limit).unwrap_or(usize::MAX);
        }
        HeadAction::Wait
    }

    fn takes_request_body(&self) -> bool {
        true
    }

    fn watches_request_body(&self) -> bool {
        self.waits
    }

    fn request_piece(
        &mut self,
        cx: &mut FilterContext<'_, '_>,
        piece: Piece,
        out: &mut Pieces,
    ) -> Result<(), LocalReply> {
        if !self.waits {
            out.push(piece);
            return Ok(());
        }
        if let Piece::Data(data) = &piece {
            // As in Envoy, what comes as a whole is not measured. An HTTP/1 codec says the end of
            // a body apart from its data.
            let whole = cx.last && self.held.is_empty() && !cx.stream.is_h1();
            self.held.extend_from_slice(data);
            if self.held.len() as u64 > self.limit && !whole {
                if !self.before_upstream {
                    cx.stream.manager.stats.downstream_rq_too_large.inc();
                }
                return Err(LocalReply::payload_too_large());
            }
            return Ok(());
        }
        let head = cx.request_mut();
        if !head.contains(HeaderId::ContentLength) {
            let mut digits = itoa::Buffer::new();
            head.push(HeaderId::ContentLength, digits.format(self.held.len()).as_bytes());
        }
        self.waits = false;
        out.push(Piece::Data(self.held.split().freeze()));
        out.push(piece);
        Ok(())
    }

    fn poll_request(&mut self, _: &mut FilterContext<'_, '_>, _: &mut Context<'_>) -> Poll<Resume> {
        if self.waits { Poll::Pending } else { Poll::Ready(Resume::Continue) }
    }
}
