//! Makes calls of gRPC of those that browsers make (Envoy's `envoy.filters.http.grpc_web`;
//! <https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-WEB.md>).
//!
//! A client of gRPC-Web gets its trailers as the last frame of the body, and both bodies may be
//! base64. An answer that is not gRPC's becomes a message in the head.

use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::{Bytes, BytesMut};
use voyant_ir::filter::grpc_web as ir;

use super::HttpFilter;
use crate::base64;
use crate::codec::Piece;
use crate::grpc::stats::{CallStats, Protocol};
use crate::grpc::{self, frame, method_of};
use crate::head::Head;
use crate::head::header_name::HeaderId;
use crate::http::exchange::reply::LocalReply;
use crate::http::filter_chain::{FilterContext, FilterScope, HeadAction, Pieces, Resume};
use text::{BadText, TextDecoder, TextEncoder};

pub mod text;

/// The flag of the frame that has the trailers.
const TRAILERS: u8 = 0x80;
/// What is kept of an answer that comes in pieces and is not gRPC's.
const LONGEST_MESSAGE: usize = 16384;
const TEXT: &[u8] = b"application/grpc-web-text";
const TEXT_PROTO: &[u8] = b"application/grpc-web-text+proto";
const BINARY: &[u8] = b"application/grpc-web";
const BINARY_PROTO: &[u8] = b"application/grpc-web+proto";

/// The filter's configuration.
#[derive(Debug)]
pub struct Config;

impl Config {
    pub fn new(config: &ir::GrpcWeb) -> Self {
        let ir::GrpcWeb {} = config;
        Self
    }
}

/// The filter on a worker.
#[derive(Debug)]
pub struct OnWorker;

impl OnWorker {
    pub fn new(_: Arc<Config>, _: &FilterScope<'_>) -> Self {
        Self
    }
}

/// The filter on a stream.
#[derive(Debug)]
pub struct Filter {
    /// There when the request is one of gRPC-Web.
    call: Option<Box<Call>>,
}

/// A call of gRPC-Web.
#[derive(Debug)]
struct Call {
    stats: Option<Rc<CallStats>>,
    request: Option<TextDecoder>,
    response: Option<TextEncoder>,
    answer: Answer,
}

/// What the upstream answers.
#[derive(Debug, Default)]
enum Answer {
    /// What can go on as it is.
    #[default]
    Grpc,
    /// Something else, whose body is kept for a message.
    Other { body: BytesMut, pieces: u32 },
    /// All of that.
    Whole(Bytes),
}

impl Filter {
    pub fn new(_: Rc<OnWorker>) -> Self {
        Self { call: None }
    }
}

impl Call {
    fn of(cx: &FilterContext<'_, '_>) -> Option<Self> {
        let request = cx.request();
        let content_type = request.get(HeaderId::ContentType)?;
        if ![TEXT, TEXT_PROTO, BINARY, BINARY_PROTO].contains(&content_type) {
            return None;
        }
        let accepts = request.get(HeaderId::Accept).unwrap_or_default();
        let limit = cx.stream.buffer_limit;
        Some(Self {
            stats: stats_of(cx),
            request: is_text(content_type).then(TextDecoder::default),
            response: is_text(accepts).then(|| TextEncoder::new(limit)),
            answer: Answer::Grpc,
        })
    }

    fn charge(&self, head: &Head) {
        if let (Some(stats), Some(status)) = (&self.stats, head.get(HeaderId::GrpcStatus)) {
            stats.status(status);
        }
    }

    /// A piece of an answer that is not gRPC's; true when that is whole.
    fn keep(&mut self, piece: &Piece, last: bool) -> bool {
        let Answer::Other { body, pieces } = &mut self.answer else { return false };
        let ended = match piece {
            // What is not yet too long is kept as it comes.
            Piece::Data(data) if last || body.len() < LONGEST_MESSAGE => {
                body.extend_from_slice(data);
                *pieces += 1;
                last
            }
            Piece::Data(_) => false,
            Piece::Trailers(_) | Piece::End => true,
        };
        if ended {
            // Of one that came in a single piece all is told.
            let single = last && *pieces == 1;
            if !single {
                body.truncate(LONGEST_MESSAGE);
            }
            self.answer = Answer::Whole(body.split().freeze());
        }
        ended
    }

    /// The frame that has the trailers.
    fn trailers(&self, trailers: &Head) -> Bytes {
        let mut lines = Vec::new();
        for header in trailers.iter() {
            for part in [header.name, b":", header.value, b"\r\n"] {
                lines.extend_from_slice(part);
            }
        }
        let frame = [&frame::head(TRAILERS, lines.len())[..], &lines].concat();
        if self.response.is_none() {
            return frame.into();
        }
        let mut text = Vec::new();
        base64::encode(&frame, &mut text);
        text.into()
    }
}

fn is_text(content_type: &[u8]) -> bool {
    content_type == TEXT || content_type == TEXT_PROTO
}

/// Where a call counts; nowhere unless its path names a method.
fn stats_of(cx: &FilterContext<'_, '_>) -> Option<Rc<CallStats>> {
    let method = method_of(cx.request().path())?;
    let worker = &cx.stream.manager.worker;
    let name = &cx.stream.info.upstream.cluster.as_ref()?.name;
    let cluster = worker.clusters.by_name(name, &worker.rng)?;
    let stat_name = &cluster.shared().stat_name;
    Some(cluster.calls.of(stat_name, Protocol::GrpcWeb, Some(method), &worker.registry))
}

/// An answer that gRPC-Web's clients know as it is.
fn is_readable(head: &Head, end: bool) -> bool {
    if grpc::is_grpc_response(head, end) {
        return true;
    }
    let content_type = head.get(HeaderId::ContentType).unwrap_or_default();
    let kind = content_type.split(|&byte| byte == b';').next().unwrap_or_default();
    let kind = kind.trim_ascii_end();
    head.status() == 200
        && (kind.eq_ignore_ascii_case(BINARY) || kind.eq_ignore_ascii_case(BINARY_PROTO))
}

fn refused(bad: BadText) -> LocalReply {
    let details = match bad {
        BadText::Length => "grpc_base_64_decode_failed_bad_size",
        BadText::Text => "grpc_base_64_decode_failed",
    };
    let body = "Bad gRPC-web request, invalid base64 data.".into();
    LocalReply { body, ..LocalReply::new(400, details) }
}

impl HttpFilter for Filter {
    fn request_head(&mut self, cx: &mut FilterContext<'_, '_>, _: bool) -> HeadAction {
        let Some(call) = Call::of(cx) else { return HeadAction::Continue };
        self.call = Some(Box::new(call));
        let head = cx.request_mut();
        head.remove(HeaderId::ContentLength);
        head.set(HeaderId::ContentType, b"application/grpc");
        head.set(HeaderId::Te, b"trailers");
        if !head.contains(HeaderId::GrpcAcceptEncoding) {
            head.push(HeaderId::GrpcAcceptEncoding, b"identity");
        }
        HeadAction::Continue
    }

    fn watches_request_body(&self) -> bool {
        self.call.is_some()
    }

    fn request_piece(
        &mut self,
        cx: &mut FilterContext<'_, '_>,
        piece: Piece,
        out: &mut Pieces,
    ) -> Result<(), LocalReply> {
        let text = self.call.as_mut().and_then(|call| call.request.as_mut());
        match (piece, text) {
            (Piece::Data(data), Some(text)) => {
                let bytes = text.decode(&data, cx.last).map_err(refused)?;
                if !bytes.is_empty() {
                    out.push(Piece::Data(bytes));
                }
            }
            (Piece::End, Some(text)) => {
                text.decode(b"", true).map_err(refused)?;
                out.push(Piece::End);
            }
            (piece, _) => out.push(piece),
        }
        Ok(())
    }

    fn response_head(
        &mut self,
        _: &mut FilterContext<'_, '_>,
        head: &mut Head,
        end: bool,
    ) -> HeadAction {
        let Some(call) = &mut self.call else { return HeadAction::Continue };
        call.charge(head);
        let readable = is_readable(head, end);
        head.remove(HeaderId::ContentLength);
        let kind = if call.response.is_some() { TEXT_PROTO } else { BINARY_PROTO };
        head.set(HeaderId::ContentType, kind);
        if end || readable {
            return HeadAction::Continue;
        }
        call.answer = Answer::Other { body: BytesMut::new(), pieces: 0 };
        HeadAction::Wait
    }

    fn watches_response_body(&self) -> bool {
        self.call.is_some()
    }

    fn response_piece(
        &mut self,
        cx: &mut FilterContext<'_, '_>,
        piece: Piece,
        out: &mut Pieces,
    ) -> Result<(), LocalReply> {
        let Some(call) = &mut self.call else {
            out.push(piece);
            return Ok(());
        };
        if let Piece::Trailers(trailers) = &piece {
            call.charge(trailers);
        }
        if !matches!(call.answer, Answer::Grpc) {
            call.keep(&piece, cx.last);
            if let Answer::Other { body, .. } = &call.answer
                && body.len() > cx.stream.buffer_limit
            {
                cx.stream.manager.stats.rs_too_large.inc();
                return Err(LocalReply::response_too_large());
            }
            if !matches!(piece, Piece::Data(_)) {
                out.push(piece);
            }
            return Ok(());
        }
        match (piece, &mut call.response) {
            (Piece::Data(data), Some(text)) => {
                let text = text.encode(&data);
                if !text.is_empty() {
                    out.push(Piece::Data(text));
                }
            }
            (Piece::Trailers(trailers), _) => {
                out.push(Piece::Data(call.trailers(&trailers)));
                out.push(Piece::End);
            }
            (piece, _) => out.push(piece),
        }
        Ok(())
    }

    fn poll_response(
        &mut self,
        _: &mut FilterContext<'_, '_>,
        head: &mut Head,
        _: &mut Context<'_>,
    ) -> Poll<Resume> {
        let answer = self.call.as_mut().map(|call| &mut call.answer);
        let Some(Answer::Whole(message)) = answer else { return Poll::Pending };
        let mut digits = itoa::Buffer::new();
        head.set(HeaderId::GrpcMessage, grpc::percent_encode(message).as_bytes());
        head.set(HeaderId::GrpcStatus, digits.format(grpc::status_of(head.status())).as_bytes());
        head.set(HeaderId::ContentLength, b"0");
        Poll::Ready(Resume::Continue)
    }
}
