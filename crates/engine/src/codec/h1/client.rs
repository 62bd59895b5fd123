//! An upstream HTTP/1 connection: one request at a time, reused while both sides allow it.

use std::rc::Rc;
use std::task::{Context, Poll, ready};

use bytes::{Bytes, BytesMut};

use super::wire::{WRITE_AHEAD, Wire};
use super::write::{header_bytes, received_header_bytes};
use super::{
    BodyDecoder, BodyFraming, HeadScan, RequestFormat, RequestKind, ResponseHead, ResponseParser,
    TrailerRules, write_chunk_end, write_chunk_start, write_last_chunk, write_request_head,
};
use crate::codec::{Piece, ResetReason, ResponseEvent, StreamReset};
use crate::head::Head;
use crate::head::header_name::HeaderId;
use crate::observe::stats::traffic::{ByteMeter, Traffic};
use crate::rt::stream::Stream;

/// What all connections of one cluster share.
#[derive(Debug)]
pub struct ClientSettings {
    pub parser: ResponseParser,
    pub format: RequestFormat,
    pub trailers: TrailerRules,
    /// Output above this holds the downstream back.
    pub buffer_limit: usize,
    /// Where bytes count.
    pub traffic: Rc<Traffic>,
}

/// An upstream connection.
#[derive(Debug)]
pub struct ClientConnection {
    wire: Wire,
    settings: Rc<ClientSettings>,
    scan: HeadScan,
    body: BodyDecoder,
    request: RequestState,
    response: ResponseState,
    kind: RequestKind,
    keep_alive: bool,
    told_to_close: bool,
    /// The connection ends when what is queued has been written.
    closing: bool,
    /// The peer takes no more; its answer may still be on the way.
    write_failed: bool,
    read_failed: bool,
    received_before: u64,
    sent_before: u64,
    sent_header_bytes: u64,
    /// Of interim responses.
    interim_header_bytes: u64,
    interim_decompressed_bytes: u64,
}

/// What an idle connection had to say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LastWord {
    Closed,
    /// The peer was tired of waiting for a request (408).
    TimedOut,
    /// A response that nobody asked for.
    Unasked,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum RequestState {
    Plain,
    Chunked,
    Done,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ResponseState {
    Head,
    Body,
    Done,
}

impl ClientConnection {
    /// A connection over a connected stream.
    pub fn new(stream: Stream, settings: Rc<ClientSettings>) -> Self {
        let meter = ByteMeter::new(Rc::clone(&settings.traffic));
        Self {
            wire: Wire::new(stream, BytesMut::new(), meter),
            scan: HeadScan::default(),
            body: BodyDecoder::new(BodyFraming::None, settings.trailers),
            settings,
            request: RequestState::Done,
            response: ResponseState::Done,
            kind: RequestKind::Plain,
            keep_alive: true,
            told_to_close: false,
            closing: false,
            write_failed: false,
            read_failed: false,
            received_before: 0,
            sent_before: 0,
            sent_header_bytes: 0,
            interim_header_bytes: 0,
            interim_decompressed_bytes: 0,
        }
    }

    pub fn stream(&self) -> &Stream {
        self.wire.stream()
    }

    /// Ready when an idle connection has anything to say, which can only be its end.
    /// Registers the task for that moment. No system call.
    pub fn poll_gone(&self, cx: &mut Context<'_>) -> Poll<()> {
        self.wire.stream().poll_read_ready(cx).map(|_| ())
    }

    /// What made [`Self::poll_gone`] ready. The connection is of no use after it.
    pub fn last_word(&self) -> LastWord {
        let mut start = [0; "HTTP/1.1 408".len()];
        match self.wire.stream().try_read(&mut start) {
            Ok(0) | Err(_) => LastWord::Closed,
            Ok(_) if start.ends_with(b" 408") => LastWord::TimedOut,
            Ok(_) => LastWord::Unasked,
        }
    }

    /// The response's head said that the connection ends with it.
    pub fn was_told_to_close(&self) -> bool {
        self.told_to_close
    }

    /// Whether an idle connection has anything to say, which can only be its end.
    pub fn is_gone(&self) -> bool {
        self.wire.stream().is_read_ready()
    }

    /// The exchange is over and another may follow.
    pub fn can_continue(&self) -> bool {
        self.keep_alive
            && !self.write_failed
            && self.request == RequestState::Done
            && self.response == ResponseState::Done
            && self.wire.input.is_empty()
            && self.wire.queued() == 0
            && !self.wire.input_ended
    }

    /// The response has been read to its end.
    pub fn response_done(&self) -> bool {
        self.response == ResponseState::Done
    }

    /// More was read than the response: nobody asked for what follows it.
    pub fn has_surplus(&self) -> bool {
        self.response_done() && !self.body.is_tunnel() && !self.wire.input.is_empty()
    }

    /// Request and response are both through.
    pub fn exchange_done(&self) -> bool {
        self.request == RequestState::Done && self.response == ResponseState::Done
    }

    /// The peer closed the connection, or broke it.
    pub fn ended_by_peer(&self) -> bool {
        // A tunnel's other end may half-close; that the connection goes then is our doing.
        let half_closed = self.kind == RequestKind::Connect && !self.read_failed;
        self.wire.input_ended && !half_closed || self.write_failed
    }

    /// Nothing of a response has been read.
    pub fn untouched(&self) -> bool {
        self.wire.received == self.received_before
    }

    /// Bytes of this exchange on the wire: received, sent.
    pub fn exchange_bytes(&self) -> (u64, u64) {
        (self.wire.received - self.received_before, self.wire.sent - self.sent_before)
    }

    /// Bytes of the headers of the last request, as they were written.
    pub fn sent_header_bytes(&self) -> u64 {
        self.sent_header_bytes
    }

    /// Bytes of the headers of the response and of the interim ones before it, asked right after
    /// `head` has arrived.
    pub fn received_header_bytes(&self, head: &Head) -> u64 {
        self.interim_header_bytes + received_header_bytes(head, self.body.is_chunked())
    }

    /// The same as Envoy counts bytes without compression: at each head those of all so far.
    pub fn decompressed_header_bytes(&self, received: u64) -> u64 {
        self.interim_decompressed_bytes + received
    }

    /// Releases the buffers of a connection that waits in a pool.
    pub fn rest(&mut self) {
        self.wire.rest();
    }

    /// Queues a request's head; `end` when nothing follows.
    pub fn send_head(&mut self, head: &Head, end: bool) {
        self.received_before = self.wire.received;
        self.sent_before = self.wire.sent;
        (self.interim_header_bytes, self.interim_decompressed_bytes) = (0, 0);
        let before = self.wire.output().len();
        let framing = write_request_head(head, end, self.settings.format, self.wire.output());
        self.sent_header_bytes = header_bytes(&self.wire.output()[before..]);
        self.request = match framing {
            _ if end => RequestState::Done,
            BodyFraming::Chunked => RequestState::Chunked,
            _ => RequestState::Plain,
        };
        self.response = ResponseState::Head;
        self.kind = match head.method() {
            b"HEAD" => RequestKind::Head,
            b"CONNECT" => RequestKind::Connect,
            _ if head.contains(HeaderId::Upgrade) => RequestKind::Upgrade,
            _ => RequestKind::Plain,
        };
    }

    pub fn send_data(&mut self, data: Bytes, end: bool) {
        match self.request {
            RequestState::Chunked => self.send_chunk(data, end),
            RequestState::Plain => self.wire.push(data),
            RequestState::Done => {}
        }
        if end {
            self.request = RequestState::Done;
            // Nothing but the end of the connection says it to the other end of the tunnel.
            self.closing = self.kind == RequestKind::Connect;
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

    /// Ends the request; without `enable_trailers` only the end is written.
    pub fn send_trailers(&mut self, trailers: &Head) {
        if self.request == RequestState::Chunked {
            let written = self.settings.trailers.enabled.then_some(trailers);
            write_last_chunk(written, self.wire.output());
        }
        self.request = RequestState::Done;
    }

    /// Ready while the upstream keeps up. A peer that takes no more counts as keeping up: its
    /// answer, if there is one, says why.
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
        if self.write_failed {
            return Poll::Ready(Ok(()));
        }
        if ready!(self.wire.poll_flush(cx)).is_err() {
            self.write_failed = true;
        }
        Poll::Ready(Ok(()))
    }

    /// The next part of the response; a head is written to `head`.
    pub fn poll_response(
        &mut self,
        cx: &mut Context<'_>,
        head: &mut Head,
    ) -> Poll<Result<ResponseEvent, StreamReset>> {
        if self.closing {
            ready!(self.poll_flush(cx))?;
            return Poll::Ready(Err(StreamReset::new(ResetReason::ConnectionTermination)));
        }
        loop {
            let parsed = match self.response {
                ResponseState::Head => self.parse_head(head),
                ResponseState::Body => self.decode_body(),
                ResponseState::Done => Ok(Some(ResponseEvent::Body(Piece::End))),
            };
            match parsed {
                Ok(Some(event)) => return Poll::Ready(Ok(event)),
                Ok(None) => {}
                Err(reset) => return Poll::Ready(Err(reset)),
            }
            if self.wire.input_ended {
                return Poll::Ready(self.ended());
            }
            // A reset is an end like any other.
            self.read_failed = ready!(self.wire.poll_fill(cx)).is_err();
            self.wire.input_ended |= self.read_failed;
        }
    }

    fn parse_head(&mut self, head: &mut Head) -> Result<Option<ResponseEvent>, StreamReset> {
        if self.wire.input.is_empty() {
            return Ok(None);
        }
        let parsed = self.settings.parser.parse(&mut self.scan, &self.wire.input, self.kind, head);
        let Some(parsed) = parsed.map_err(|_| protocol_error())? else {
            return Ok(None);
        };
        self.wire.consume(parsed.consumed);
        if parsed.is_informational() {
            self.interim_header_bytes += received_header_bytes(head, false);
            self.interim_decompressed_bytes += self.interim_header_bytes;
            return Ok(Some(ResponseEvent::Informational));
        }
        Ok(Some(self.begin(&parsed)))
    }

    fn begin(&mut self, parsed: &ResponseHead) -> ResponseEvent {
        self.keep_alive = parsed.keep_alive;
        self.told_to_close = parsed.closes;
        self.body = BodyDecoder::new(parsed.framing, self.settings.trailers);
        let end = parsed.framing.is_empty();
        self.response = if end { ResponseState::Done } else { ResponseState::Body };
        ResponseEvent::Head { end }
    }

    fn decode_body(&mut self) -> Result<Option<ResponseEvent>, StreamReset> {
        let piece = self.body.decode(&mut self.wire.input);
        let piece = piece.map_err(|_| protocol_error())?;
        if self.body.is_done() {
            self.response = ResponseState::Done;
        }
        Ok(piece.map(ResponseEvent::Body))
    }

    /// The upstream has closed: the end of a response that says so, or of one cut short.
    fn ended(&mut self) -> Result<ResponseEvent, StreamReset> {
        self.keep_alive = false;
        match self.response {
            ResponseState::Head
                if self.wire.input.is_empty() || self.kind == RequestKind::Connect =>
            {
                Err(StreamReset::new(ResetReason::ConnectionTermination))
            }
            ResponseState::Body if self.body.is_tunnel() => {
                Err(StreamReset::new(ResetReason::ConnectionTermination))
            }
            ResponseState::Body if self.body.finish().is_ok() => {
                self.response = ResponseState::Done;
                Ok(ResponseEvent::Body(Piece::End))
            }
            _ => Err(protocol_error()),
        }
    }

    /// Gives up the exchange; the connection cannot continue.
    pub fn reset(&mut self, _reason: ResetReason) {
        self.keep_alive = false;
        // Also of an exchange of which nothing was sent yet.
        self.response = ResponseState::Head;
    }
}

/// What exactly was wrong is not told, as in Envoy.
fn protocol_error() -> StreamReset {
    StreamReset::new(ResetReason::ProtocolError)
}
