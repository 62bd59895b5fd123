//! One request to an upstream and its response.

use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use h2::client::ResponseFuture;
use h2::{Reason, RecvStream};
use http::header::CONTENT_LENGTH;
use http::{HeaderMap, Response, StatusCode};

use super::client::Handle;
use super::decode;
use super::encode;
use super::error::{Role, reset_code, stream_reset};
use super::ledger::Violation;
use super::recv::Body;
use super::send::Sender;
use super::stream_bytes::StreamBytes;
use super::tunnel;
use crate::codec::{Piece, ResetReason, ResponseEvent, StreamReset};
use crate::head::Head;
use crate::head::header_name::HeaderId;

/// The client's end of a stream. Dropped before both messages are done, it resets the stream.
#[derive(Debug)]
pub struct ClientStream {
    connection: Rc<Handle>,
    send: Option<Sender>,
    receive: Receive,
    /// Both messages are done or the stream was reset: nothing to reset when dropped.
    sent: bool,
    received: bool,
    bytes: StreamBytes,
    /// What was asked for as an upgrade is answered as one.
    upgrade: Option<Box<str>>,
    /// The response has no body: it answers HEAD or its status says so.
    bodyless: bool,
}

#[derive(Debug)]
enum Receive {
    /// The request's head is not sent yet.
    Idle,
    Head(ResponseFuture),
    Body(Body),
}

impl ClientStream {
    pub(super) fn new(connection: &Rc<Handle>) -> Self {
        connection.shared.stream_opened();
        Self {
            connection: Rc::clone(connection),
            send: None,
            receive: Receive::Idle,
            sent: false,
            received: false,
            bytes: StreamBytes::default(),
            upgrade: None,
            bodyless: false,
        }
    }

    /// The response has been read to its end.
    pub fn response_done(&self) -> bool {
        self.received
    }

    /// Bytes of the frames of this stream: received, sent. Heads count as they are without
    /// compression.
    pub fn exchange_bytes(&self) -> (u64, u64) {
        (self.bytes.received, self.bytes.sent)
    }

    /// Bytes of names and values in heads and trailers: received, sent.
    pub fn decompressed_header_bytes(&self) -> (u64, u64) {
        self.bytes.headers()
    }

    /// The connection's task writes; there is nothing to wait for.
    pub fn poll_flush(&mut self, _cx: &mut Context<'_>) -> Poll<Result<(), StreamReset>> {
        Poll::Ready(Ok(()))
    }

    /// Sends the request's head. Fails when the connection takes no more streams, or with a
    /// protocol error when the head cannot be said in HTTP/2.
    pub fn send_head(&mut self, head: &Head, end: bool) -> Result<(), StreamReset> {
        let shared = &self.connection.shared;
        self.bytes.note_sent_head(head);
        let request = encode::request(head, &mut shared.arena.borrow_mut()).ok_or_else(|| {
            StreamReset::with_detail(ResetReason::ProtocolError, "http2.invalid.header.field")
        })?;
        let mut requests = self.connection.requests.borrow_mut();
        let sent = if shared.streams_active.get() as usize >= requests.current_max_send_streams() {
            // A handle of its own waits in line; this one may be waiting for another stream.
            requests.clone().send_request(request, end)
        } else {
            requests.send_request(request, end)
        };
        let (response, send) = sent.map_err(|error| self.refused(&error))?;
        self.send = Some(Sender::new(send, Role::Client, shared));
        self.receive = Receive::Head(response);
        self.upgrade = tunnel::upgrade_of(head).map(Into::into);
        self.bodyless = head.get(HeaderId::Method) == Some(b"HEAD");
        self.sent = end;
        Ok(())
    }

    fn refused(&self, error: &h2::Error) -> StreamReset {
        if self.connection.shared.goaway_received.get() {
            return StreamReset::new(ResetReason::RemoteRefusedStreamReset);
        }
        stream_reset(Role::Client, &self.connection.shared, error)
    }

    /// Sends a piece of the request's body.
    pub fn send_data(&mut self, data: Bytes, end: bool) {
        let Some(send) = &mut self.send else { return };
        self.bytes.sent += StreamBytes::of_data(data.len());
        send.data(data, end);
        self.sent |= end;
    }

    /// Sends trailers, which end the request; where none are left, the end alone.
    pub fn send_trailers(&mut self, trailers: &Head) {
        if trailers.is_empty() {
            return self.send_data(Bytes::new(), true);
        }
        let Some(send) = &mut self.send else { return };
        self.bytes.note_sent_head(trailers);
        send.trailers(trailers);
        self.sent = true;
    }

    /// Ready while less is buffered than the limit.
    pub fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), StreamReset>> {
        let limit = self.connection.shared.stream_buffer_limit;
        self.send.as_mut().map_or(Poll::Ready(Ok(())), |send| send.poll_below(cx, limit))
    }

    /// The next part of the response; a head is written to `head`.
    pub fn poll_response(
        &mut self,
        cx: &mut Context<'_>,
        head: &mut Head,
    ) -> Poll<Result<ResponseEvent, StreamReset>> {
        match &mut self.receive {
            Receive::Idle => Poll::Pending,
            Receive::Head(_) => self.poll_head(cx, head),
            Receive::Body(body) => {
                let polled = body.poll(cx, Role::Client, &self.connection.shared);
                self.bytes.note_received(&polled);
                let piece = ready!(polled);
                self.received |= !matches!(piece, Ok(Piece::Data(_))) || body.is_end();
                if self.bodyless && matches!(piece, Ok(Piece::Data(_))) {
                    return Poll::Ready(Err(self.broken()));
                }
                Poll::Ready(piece.map(ResponseEvent::Body))
            }
        }
    }

    fn poll_head(
        &mut self,
        cx: &mut Context<'_>,
        head: &mut Head,
    ) -> Poll<Result<ResponseEvent, StreamReset>> {
        let Receive::Head(response) = &mut self.receive else { return Poll::Pending };
        if let Poll::Ready(Some(informational)) = response.poll_informational(cx) {
            let (parts, ()) = informational.map_err(|error| self.failed(&error))?.into_parts();
            if parts.headers.contains_key(CONTENT_LENGTH) {
                return Poll::Ready(Err(self.malformed()));
            }
            self.bytes.headers_received += self.decode(parts.status, &parts.headers, head)?;
            return Poll::Ready(Ok(ResponseEvent::Informational));
        }
        let response = ready!(Pin::new(response).poll(cx));
        let response = response.map_err(|error| self.failed(&error))?;
        Poll::Ready(self.begin_body(response, head))
    }

    fn begin_body(
        &mut self,
        response: Response<RecvStream>,
        head: &mut Head,
    ) -> Result<ResponseEvent, StreamReset> {
        let (mut parts, recv) = response.into_parts();
        let body = Body::new(recv, Rc::clone(&self.connection.limits));
        let end = body.is_end();
        self.receive = Receive::Body(body);
        self.received = end;
        if parts.status == StatusCode::NO_CONTENT {
            if announces_body(&parts.headers) {
                return Err(self.malformed());
            }
            parts.headers.remove(CONTENT_LENGTH);
        }
        self.bodyless |= matches!(parts.status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED);
        let fields = self.decode(parts.status, &parts.headers, head)?;
        self.bytes.note_received_head(head, fields);
        if let Some(upgrade) = &self.upgrade {
            tunnel::to_switch(head, upgrade);
        }
        Ok(ResponseEvent::Head { end })
    }

    fn decode(
        &mut self,
        status: StatusCode,
        fields: &HeaderMap,
        head: &mut Head,
    ) -> Result<u64, StreamReset> {
        let Handle { shared, limits, .. } = &*self.connection;
        decode::response(status, fields, limits, &shared.stats, head).map_err(|details| {
            self.reset_with(Reason::INTERNAL_ERROR);
            // Envoy tells no more than this of an upstream's head beyond a limit.
            let _: &'static str = details;
            StreamReset::new(ResetReason::RemoteReset)
        })
    }

    /// The head breaks a rule that the library does not hold: as in Envoy the connection ends,
    /// or, where the configuration says so, the stream alone.
    fn malformed(&mut self) -> StreamReset {
        let Handle { shared, stream_errors, .. } = &*self.connection;
        shared.stats.rx_messaging_error.inc();
        if *stream_errors {
            return self.broken();
        }
        shared.condemn(Violation::Messaging);
        (self.sent, self.received) = (true, true);
        StreamReset::new(ResetReason::ProtocolError)
    }

    /// The upstream broke the protocol on this stream.
    fn broken(&mut self) -> StreamReset {
        self.reset_with(Reason::PROTOCOL_ERROR);
        StreamReset::new(ResetReason::ProtocolError)
    }

    fn failed(&mut self, error: &h2::Error) -> StreamReset {
        (self.sent, self.received) = (true, true);
        stream_reset(Role::Client, &self.connection.shared, error)
    }

    /// Resets the stream.
    pub fn reset(&mut self, reason: ResetReason) {
        self.reset_with(reset_code(reason));
    }

    fn reset_with(&mut self, code: Reason) {
        (self.sent, self.received) = (true, true);
        if let Some(send) = &mut self.send {
            self.connection.shared.expect_reset(send.stream.stream_id().as_u32());
            send.stream.send_reset(code);
        }
    }
}

impl Drop for ClientStream {
    fn drop(&mut self) {
        if !(self.sent && self.received) {
            self.reset(ResetReason::LocalReset);
        }
        self.connection.stream_closed();
    }
}

/// A length other than 0.
fn announces_body(fields: &HeaderMap) -> bool {
    fields.get_all(CONTENT_LENGTH).iter().any(|length| length.as_bytes() != b"0")
}
