//! A downstream HTTP/1 connection: requests one after another, each with its response.
//!
//! The connection is also the stream of its current request. A request that is pipelined behind
//! it stays unread until the response has been written.

use std::io;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::{Bytes, BytesMut};
use voyant_ir::protocol::HeaderCase;

use super::wire::{WRITE_AHEAD, Wire};
use super::write::{header_bytes, received_header_bytes};
use super::{
    BodyDecoder, BodyError, BodyFraming, HeadScan, RequestError, RequestHead, RequestKind,
    RequestParser, ResponseFormat, TrailerRules, write_chunk_end, write_chunk_start,
    write_last_chunk, write_response_head,
};
use crate::codec::{Piece, Protocol, ResetReason, StreamReset};
use crate::head::Head;
use crate::observe::stats::groups::codec::Http1Stats;
use crate::observe::stats::traffic::{ByteMeter, Traffic};
use crate::rt::stream::Stream;

/// Bytes of further requests that are kept while one is answered; a client that has sent more is
/// seen to leave only then.
const MAX_PIPELINED: usize = 64 * 1024;

/// What all connections of one connection manager share.
#[derive(Debug)]
pub struct ServerSettings {
    pub parser: Arc<RequestParser>,
    pub header_case: HeaderCase,
    pub trailers: TrailerRules,
    /// A reply of our own with status 400 ends the connection.
    pub closes_on_bad_request: bool,
    /// Output above this holds the upstream back.
    pub buffer_limit: usize,
    /// Where bytes count.
    pub traffic: Rc<Traffic>,
    pub stats: Arc<Http1Stats>,
}

/// Why no request could be read.
#[derive(Debug)]
pub enum HeadFailure {
    /// The client closed between requests.
    Closed,
    /// The client closed in the middle of a head.
    ClosedEarly,
    Io(io::Error),
    Refused(RequestError),
}

/// A downstream connection.
#[derive(Debug)]
pub struct ServerConnection {
    wire: Wire,
    settings: Rc<ServerSettings>,
    scan: HeadScan,
    body: BodyDecoder,
    request: RequestFacts,
    response: ResponseState,
    /// What has been refused of the body, for the local reply.
    body_error: Option<BodyError>,
    sent_header_bytes: u64,
}

#[derive(Debug, Clone, Copy)]
struct RequestFacts {
    version: Protocol,
    kind: RequestKind,
    done: bool,
    keep_alive: bool,
    wire_received_before: u64,
    /// As far as it is done.
    wire_received_at_end: u64,
    wire_sent_before: u64,
}

/// How the response's body is being written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ResponseState {
    Waiting,
    /// Bytes as they come: by length, until close, or tunnelled.
    Plain,
    Chunked,
    /// The request allows no body; what comes is dropped.
    Bodiless,
    Done,
}

impl ServerConnection {
    /// A connection and what has already been read from it.
    pub fn new(stream: Stream, input: BytesMut, settings: Rc<ServerSettings>) -> Self {
        let meter = ByteMeter::new(Rc::clone(&settings.traffic));
        Self {
            wire: Wire::new(stream, input, meter),
            scan: HeadScan::default(),
            body: BodyDecoder::new(BodyFraming::None, settings.trailers),
            settings,
            request: RequestFacts {
                version: Protocol::Http11,
                kind: RequestKind::Plain,
                done: true,
                keep_alive: true,
                wire_received_before: 0,
                wire_received_at_end: 0,
                wire_sent_before: 0,
            },
            response: ResponseState::Waiting,
            body_error: None,
            sent_header_bytes: 0,
        }
    }

    /// True while a part of a head has been read.
    pub fn has_input(&self) -> bool {
        !self.wire.input.is_empty()
    }

    /// Gives the stream back; what was read of it is dropped.
    pub fn into_stream(self) -> Stream {
        self.wire.into_parts().0
    }

    /// The client has sent something, or its end, that was not read yet.
    pub fn has_unread(&self) -> bool {
        self.wire.stream().has_unread()
    }

    /// The client has reset the connection.
    pub fn is_reset(&self) -> bool {
        self.wire.stream().is_reset()
    }

    /// Reads the next request's head. Buffers are released while nothing has arrived.
    pub fn poll_head(
        &mut self,
        cx: &mut Context<'_>,
        head: &mut Head,
    ) -> Poll<Result<RequestHead, HeadFailure>> {
        loop {
            if !self.wire.input.is_empty() {
                match self.settings.parser.parse(&mut self.scan, &self.wire.input, head) {
                    Ok(Some(parsed)) => return Poll::Ready(Ok(self.begin(parsed))),
                    Ok(None) => {}
                    Err(refused) => {
                        self.refuse();
                        return Poll::Ready(Err(HeadFailure::Refused(refused)));
                    }
                }
            }
            if self.wire.input_ended {
                let early = !self.wire.input.is_empty();
                let failure = if early { HeadFailure::ClosedEarly } else { HeadFailure::Closed };
                return Poll::Ready(Err(failure));
            }
            if let Err(error) = ready!(self.wire.poll_fill(cx)) {
                let early = !self.wire.input.is_empty();
                let failure = if early { HeadFailure::ClosedEarly } else { HeadFailure::Io(error) };
                return Poll::Ready(Err(failure));
            }
        }
    }

    /// What has been read belongs to a request of which nothing more is known.
    pub fn refuse(&mut self) {
        self.request.version = self.scan.reply_version();
        self.request.done = false;
        self.request.wire_received_before = self.wire.received - self.wire.input.len() as u64;
        self.request.wire_sent_before = self.wire.sent;
        self.wire.input.clear();
    }

    fn begin(&mut self, parsed: RequestHead) -> RequestHead {
        let buffered = self.wire.input.len() as u64;
        self.wire.consume(parsed.consumed);
        self.body = BodyDecoder::new(parsed.framing, self.settings.trailers);
        self.body_error = None;
        self.request = RequestFacts {
            version: parsed.version,
            kind: match parsed {
                RequestHead { connect: true, .. } => RequestKind::Connect,
                RequestHead { head: true, .. } => RequestKind::Head,
                RequestHead { upgrade: true, .. } => RequestKind::Upgrade,
                _ => RequestKind::Plain,
            },
            done: parsed.framing.is_empty(),
            keep_alive: parsed.keep_alive,
            wire_received_before: self.wire.received - buffered,
            wire_received_at_end: self.wire.received,
            wire_sent_before: self.wire.sent,
        };
        self.response = ResponseState::Waiting;
        parsed
    }

    /// Bytes that this exchange has read from and written to the wire. What came in one piece
    /// with its end counts, too, as with Envoy.
    pub fn exchange_bytes(&self) -> (u64, u64) {
        let request = &self.request;
        let received = if request.done { request.wire_received_at_end } else { self.wire.received };
        (received - request.wire_received_before, self.wire.sent - request.wire_sent_before)
    }

    /// Bytes that wait to be written.
    pub fn unwritten(&self) -> u64 {
        self.wire.queued() as u64
    }

    /// Bytes of the headers of the last response, as they were written.
    pub fn sent_header_bytes(&self) -> u64 {
        self.sent_header_bytes
    }

    /// Bytes of the request's headers, asked right after `head` has arrived.
    pub fn received_header_bytes(&self, head: &Head) -> u64 {
        if head.is_empty() || self.scan.header_bytes > 0 {
            return self.scan.header_bytes;
        }
        received_header_bytes(head, self.body.is_chunked())
    }

    /// The same for the whole head, which is nothing of one that was refused in its midst.
    pub fn decompressed_header_bytes(&self, received: u64) -> u64 {
        if self.scan.partial { 0 } else { received }
    }

    /// Headers of a refused head that were dropped for their names before.
    pub fn dropped_of_refused(&self) -> u32 {
        self.scan.dropped
    }

    pub fn version(&self) -> Protocol {
        self.request.version
    }

    /// The request has arrived as a whole.
    pub fn request_done(&self) -> bool {
        self.request.done
    }

    /// What was wrong with the request's body, if that ended it.
    pub fn body_error(&self) -> Option<BodyError> {
        self.body_error
    }

    /// Another request may follow on this connection.
    pub fn can_continue(&self) -> bool {
        self.request.keep_alive && self.request.done && self.response == ResponseState::Done
    }

    /// The response has been sent to its end.
    pub fn is_answered(&self) -> bool {
        self.response == ResponseState::Done
    }

    /// The client asked for the connection to stay.
    pub fn wants_keep_alive(&self) -> bool {
        self.request.keep_alive
    }

    /// Releases the buffers of a connection that waits for its next request.
    pub fn rest(&mut self) {
        self.wire.rest();
    }

    pub fn poll_body(&mut self, cx: &mut Context<'_>) -> Poll<Result<Piece, StreamReset>> {
        loop {
            match self.body.decode(&mut self.wire.input) {
                Ok(Some(piece)) => {
                    self.request.done = self.body.is_done();
                    if self.body.dropped_underscores() > 0 {
                        self.count_dropped();
                    }
                    self.request.wire_received_at_end = self.wire.received;
                    return Poll::Ready(Ok(piece));
                }
                Ok(None) => {}
                Err(error) => {
                    if error == BodyError::UnexpectedUnderscore {
                        self.settings.stats.requests_rejected_with_underscores_in_headers.inc();
                    }
                    self.body_error = Some(error);
                    let reset =
                        StreamReset::with_detail(ResetReason::ProtocolError, error.details());
                    return Poll::Ready(Err(reset));
                }
            }
            if self.wire.input_ended {
                return Poll::Ready(Err(StreamReset::new(ResetReason::ConnectionTermination)));
            }
            if let Err(error) = ready!(self.wire.poll_fill(cx)) {
                return Poll::Ready(Err(terminated(&error)));
            }
        }
    }

    #[cold]
    fn count_dropped(&mut self) {
        let dropped = self.body.take_dropped_underscores();
        self.settings.stats.dropped_headers_with_underscores.add(dropped.into());
    }

    pub fn send_informational(&mut self, head: &Head) {
        write_response_head(head, true, self.format(), self.wire.output());
    }

    fn format(&self) -> ResponseFormat {
        ResponseFormat {
            case: self.settings.header_case,
            version: self.request.version,
            request: self.request.kind,
        }
    }

    /// Queues the response's head; `end` when nothing follows.
    pub fn send_head(&mut self, head: &Head, end: bool) {
        let before = self.wire.output().len();
        let framing = write_response_head(head, end, self.format(), self.wire.output());
        self.sent_header_bytes = header_bytes(&self.wire.output()[before..]);
        self.request.keep_alive &= framing != BodyFraming::UntilClose;
        self.response = match framing {
            _ if end => ResponseState::Done,
            BodyFraming::None => ResponseState::Bodiless,
            BodyFraming::Chunked => ResponseState::Chunked,
            _ => ResponseState::Plain,
        };
    }

    pub fn send_data(&mut self, data: Bytes, end: bool) {
        match self.response {
            ResponseState::Chunked => self.send_chunk(data, end),
            ResponseState::Plain => self.wire.push(data),
            ResponseState::Bodiless | ResponseState::Waiting | ResponseState::Done => {}
        }
        if end {
            self.response = ResponseState::Done;
        }
    }

    fn send_chunk(&mut self, data: Bytes, end: bool) {
        if !data.is_empty() {
            write_chunk_start(data.len(), self.wire.output());
            self.wire.push(data);
            write_chunk_end(self.wire.output());
        }
        if end {
            write_last_chunk(None, self.wire.output());
        }
    }

    /// Ends the response; without `enable_trailers` only the end is written.
    pub fn send_trailers(&mut self, trailers: &Head) {
        if self.response == ResponseState::Chunked {
            let written = self.settings.trailers.enabled.then_some(trailers);
            write_last_chunk(written, self.wire.output());
        }
        self.response = ResponseState::Done;
    }

    /// Writes what it can; ready while the client keeps up.
    pub fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), StreamReset>> {
        if self.wire.queued() < WRITE_AHEAD.min(self.settings.buffer_limit) {
            return Poll::Ready(Ok(()));
        }
        match self.poll_flush(cx) {
            Poll::Pending if self.wire.queued() < self.settings.buffer_limit => Poll::Ready(Ok(())),
            polled => polled,
        }
    }

    /// Ready when all has been written.
    pub fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), StreamReset>> {
        self.wire.poll_flush(cx).map_err(|error| terminated(&error))
    }

    /// Ready when the client has gone. What arrives meanwhile is kept for the next request.
    pub fn poll_reset(&mut self, cx: &mut Context<'_>) -> Poll<StreamReset> {
        // Reading on without an end would let a client that pipelines fill our memory.
        while self.wire.input.len() < MAX_PIPELINED {
            match ready!(self.wire.poll_fill(cx)) {
                Ok(0) => {
                    return Poll::Ready(StreamReset::new(ResetReason::ConnectionTermination));
                }
                Ok(_) => {}
                Err(error) => return Poll::Ready(terminated(&error)),
            }
        }
        Poll::Pending
    }

    /// Gives up the exchange; the connection cannot continue.
    pub fn reset(&mut self, _reason: ResetReason) {
        self.request.keep_alive = false;
    }

    /// Closes politely: says that nothing more comes, then reads until the client agrees.
    /// A close with unread input would let the kernel destroy what the client has not read yet.
    pub fn poll_linger(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if ready!(self.wire.poll_shutdown(cx)).is_err() {
            return Poll::Ready(());
        }
        loop {
            self.wire.input.clear();
            match ready!(self.wire.poll_fill(cx)) {
                Ok(0) | Err(_) => return Poll::Ready(()),
                Ok(_) => {}
            }
        }
    }

    /// Everything that the client sent has been read, as far as is known.
    pub fn is_drained(&self) -> bool {
        self.request.done && self.wire.input.is_empty()
    }
}

fn terminated(error: &io::Error) -> StreamReset {
    StreamReset::with_detail(ResetReason::ConnectionTermination, error.to_string())
}
