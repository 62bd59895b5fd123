//! Lets clients of HTTP/1 call services of gRPC (Envoy's `envoy.filters.http.grpc_http1_bridge`).
//!
//! The answer is held until its trailers have come: their status goes to its head, and what has
//! failed there is a 503. Messages that come without a frame may get one, and lose that of the
//! answer.

use std::rc::Rc;
use std::task::{Context, Poll};

use bytes::{Buf, Bytes, BytesMut};
use voyant_ir::filter::grpc_http1_bridge as ir;

use super::{ConfigOnWorker, HttpFilter};
use crate::codec::Piece;
use crate::grpc::{frame, is_grpc};
use crate::head::Head;
use crate::head::header_name::HeaderId;
use crate::http::exchange::reply::LocalReply;
use crate::http::filter_chain::{FilterContext, HeadAction, Pieces, Resume};

const PROTOBUF: &[u8] = b"application/x-protobuf";

/// The filter's configuration.
#[derive(Debug)]
pub struct Config {
    upgrade_protobuf: bool,
    ignore_query: bool,
}

impl Config {
    pub fn new(config: &ir::GrpcHttp1Bridge) -> Self {
        let ir::GrpcHttp1Bridge { upgrade_protobuf_to_grpc, ignore_query_parameters } = config;
        Self { upgrade_protobuf: *upgrade_protobuf_to_grpc, ignore_query: *ignore_query_parameters }
    }
}

/// The filter on a worker.
pub type OnWorker = ConfigOnWorker<Config>;

/// The filter on a stream.
#[derive(Debug)]
pub struct Filter {
    on_worker: Rc<OnWorker>,
    /// The client speaks HTTP/1, and gRPC.
    bridges: bool,
    /// Its messages have no frames.
    frames: bool,
    /// So many bytes of the answer's frame are still to be taken away.
    frame_left: usize,
    request: Held,
    response: Held,
    end: End,
}

/// A body that is held back.
#[derive(Debug, Default)]
struct Held {
    body: BytesMut,
    /// It is longer than it may be, unless nothing follows.
    full: bool,
}

/// How an answer has ended.
#[derive(Debug, Default)]
enum End {
    #[default]
    NotYet,
    /// Without trailers.
    Bare,
    Trailers {
        status: Option<Box<[u8]>>,
        message: Option<Box<[u8]>>,
        length: usize,
    },
}

impl Held {
    /// Keeps a piece; false when that is too much.
    fn push(&mut self, data: &[u8], limit: usize) -> bool {
        if self.full {
            return false;
        }
        self.body.extend_from_slice(data);
        self.full = self.body.len() > limit;
        true
    }

    fn take(&mut self) -> Bytes {
        self.body.split().freeze()
    }

    fn release(&mut self, out: &mut Pieces) {
        if !self.body.is_empty() {
            out.push(Piece::Data(self.take()));
        }
    }
}

impl Filter {
    pub fn new(on_worker: Rc<OnWorker>) -> Self {
        Self {
            on_worker,
            bridges: false,
            frames: false,
            frame_left: 0,
            request: Held::default(),
            response: Held::default(),
            end: End::NotYet,
        }
    }

    fn holds_response(&self) -> bool {
        self.bridges && matches!(self.end, End::NotYet)
    }
}

/// Whether a status is a number, and zero.
fn is_ok(status: &[u8]) -> bool {
    let digits = status.trim_ascii();
    let digits = digits.strip_prefix(b"+").unwrap_or(digits);
    !digits.is_empty() && digits.iter().all(|&digit| digit == b'0')
}

fn limit(cx: &FilterContext<'_, '_>) -> usize {
    cx.stream.buffer_limit
}

impl HttpFilter for Filter {
    fn request_head(&mut self, cx: &mut FilterContext<'_, '_>, _: bool) -> HeadAction {
        let config = &self.on_worker.config;
        if config.upgrade_protobuf && cx.request().get(HeaderId::ContentType) == Some(PROTOBUF) {
            let head = cx.request_mut();
            head.set(HeaderId::ContentType, b"application/grpc");
            head.remove(HeaderId::ContentLength);
            cx.stream.route_is_stale = true;
            self.frames = true;
        }
        self.bridges = cx.stream.is_h1() && is_grpc(cx.request());
        self.frames &= self.bridges;
        self.frame_left = if self.frames { frame::HEAD } else { 0 };
        if self.bridges && config.ignore_query {
            let path = cx.request().path();
            if let Some(end) = memchr::memchr(b'?', path) {
                let path = path[..end].to_vec();
                cx.request_mut().set(HeaderId::Path, &path);
            }
        }
        HeadAction::Continue
    }

    fn watches_request_body(&self) -> bool {
        self.frames
    }

    fn request_piece(
        &mut self,
        cx: &mut FilterContext<'_, '_>,
        piece: Piece,
        out: &mut Pieces,
    ) -> Result<(), LocalReply> {
        match (&piece, self.frames) {
            (_, false) => {}
            (Piece::Data(data), true) => {
                if !self.request.push(data, limit(cx)) {
                    cx.stream.manager.stats.downstream_rq_too_large.inc();
                    return Err(LocalReply::payload_too_large());
                }
                return Ok(());
            }
            // Envoy, too, gives no frame to what has trailers.
            (Piece::Trailers(_), true) => self.request.release(out),
            (Piece::End, true) => {
                let body = self.request.take();
                let frame = [&frame::head(0, body.len())[..], &body].concat();
                out.push(Piece::Data(frame.into()));
            }
        }
        out.push(piece);
        Ok(())
    }

    fn response_head(
        &mut self,
        _: &mut FilterContext<'_, '_>,
        _: &mut Head,
        end: bool,
    ) -> HeadAction {
        if self.bridges && !end {
            return HeadAction::Wait;
        }
        self.end = End::Bare;
        HeadAction::Continue
    }

    fn watches_response_body(&self) -> bool {
        self.bridges
    }

    fn response_piece(
        &mut self,
        cx: &mut FilterContext<'_, '_>,
        mut piece: Piece,
        out: &mut Pieces,
    ) -> Result<(), LocalReply> {
        if !self.holds_response() {
            out.push(piece);
            return Ok(());
        }
        match &mut piece {
            Piece::Data(data) => {
                // What comes with the end goes with it as it is.
                if !cx.last {
                    let taken = self.frame_left.min(data.len());
                    self.frame_left -= taken;
                    data.advance(taken);
                }
                self.response.push(data, limit(cx));
                if self.response.full && !cx.last {
                    cx.stream.manager.stats.rs_too_large.inc();
                    return Err(LocalReply::response_too_large());
                }
                return Ok(());
            }
            Piece::Trailers(trailers) => {
                let value = |id| trailers.get(id).map(Into::into);
                self.end = End::Trailers {
                    status: value(HeaderId::GrpcStatus),
                    message: value(HeaderId::GrpcMessage),
                    length: self.response.body.len(),
                };
            }
            Piece::End => self.end = End::Bare,
        }
        self.response.release(out);
        out.push(piece);
        Ok(())
    }

    fn poll_response(
        &mut self,
        _: &mut FilterContext<'_, '_>,
        head: &mut Head,
        _: &mut Context<'_>,
    ) -> Poll<Resume> {
        match &self.end {
            End::NotYet => return Poll::Pending,
            End::Bare => {
                // Without the frame it is shorter.
                if self.frames && self.frame_left < frame::HEAD {
                    head.remove(HeaderId::ContentLength);
                }
            }
            End::Trailers { status, message, length } => {
                if let Some(status) = status {
                    if !is_ok(status) {
                        head.set(HeaderId::Status, b"503");
                    }
                    head.set(HeaderId::GrpcStatus, status);
                }
                if let Some(message) = message {
                    head.set(HeaderId::GrpcMessage, message);
                }
                let mut digits = itoa::Buffer::new();
                head.set(HeaderId::ContentLength, digits.format(*length).as_bytes());
            }
        }
        Poll::Ready(Resume::Continue)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_is_read_as_envoy_reads_numbers() {
        for ok in ["0", "00", " 0 ", "+0"] {
            assert!(is_ok(ok.as_bytes()), "{ok}");
        }
        for failed in ["", "5", "-0", "five", "0x0", "+"] {
            assert!(!is_ok(failed.as_bytes()), "{failed}");
        }
    }

    #[test]
    fn what_follows_a_full_body_is_too_much() {
        let mut held = Held::default();
        assert!(held.push(b"ab", 2));
        assert!(held.push(b"c", 2));
        assert!(!held.push(b"d", 2));
        assert_eq!(&held.take()[..], b"abc");
    }
}
