//! One request of a client and the response to it.

use std::rc::Rc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use h2::RecvStream;
use h2::server::SendResponse;

use super::chunk::Chunk;
use super::encode;
use super::error::{Role, remote_reset, reset_code, stream_reset};
use super::limits::HeadLimits;
use super::premature::MIN_LIFETIME;
use super::recv::Body;
use super::send::Sender;
use super::shared::Shared;
use super::stream_bytes::StreamBytes;
use crate::codec::{Piece, ResetReason, StreamReset};
use crate::head::Head;
use crate::rt::clock::{Instant, now};

/// The server's end of a stream. Dropped before both messages are done, it resets the stream.
#[derive(Debug)]
pub struct ServerStream {
    shared: Rc<Shared>,
    respond: SendResponse<Chunk>,
    send: Option<Sender>,
    body: Body,
    opened: Instant,
    head_sent: bool,
    end_sent: bool,
    /// The stream was reset before it was accepted, and so counted.
    end_noted: bool,
    bytes: StreamBytes,
}

impl ServerStream {
    pub(super) fn new(
        shared: &Rc<Shared>,
        limits: &Rc<HeadLimits>,
        respond: SendResponse<Chunk>,
        body: RecvStream,
        opened: Instant,
    ) -> Self {
        shared.stream_accepted(respond.stream_id().as_u32());
        Self {
            shared: Rc::clone(shared),
            respond,
            send: None,
            body: Body::new(body, Rc::clone(limits)),
            opened,
            head_sent: false,
            end_sent: false,
            end_noted: false,
            bytes: StreamBytes::default(),
        }
    }

    /// The request has arrived as a whole.
    pub fn request_done(&self) -> bool {
        self.body.is_end()
    }

    /// The size of the request's head, which the connection has read, is known.
    pub(super) fn note_head(&mut self, head: &Head, fields: u64) {
        self.bytes.note_received_head(head, fields);
    }

    /// Bytes of names and values in heads and trailers: received, sent.
    pub fn decompressed_header_bytes(&self) -> (u64, u64) {
        self.bytes.headers()
    }

    /// Bytes of the frames of this stream: received, sent. Heads count as they are without
    /// compression.
    pub fn exchange_bytes(&self) -> (u64, u64) {
        (self.bytes.received, self.bytes.sent)
    }

    /// The stream's number on its connection.
    pub fn id(&self) -> u32 {
        self.respond.stream_id().as_u32()
    }

    /// Counts the stream at once if the client has reset it already: many may wait to be accepted.
    pub(super) fn note_early_reset(&mut self, cx: &mut Context<'_>) {
        if self.respond.poll_reset(cx).is_ready() {
            self.end_noted = true;
            self.shared.note_end(true);
        }
    }

    /// True when the request has ended with its head.
    pub fn is_request_complete(&self) -> bool {
        self.body.is_end()
    }

    /// The next piece of the request's body. What was handed out counts as consumed, and its
    /// window goes back to the client, when the next piece is asked for.
    pub fn poll_body(&mut self, cx: &mut Context<'_>) -> Poll<Result<Piece, StreamReset>> {
        let polled = self.body.poll(cx, Role::Server, &self.shared);
        self.bytes.note_received(&polled);
        polled
    }

    /// Sends a 1xx head.
    pub fn send_informational(&mut self, head: &Head) {
        let response = encode::response(head, &mut self.shared.arena.borrow_mut());
        self.bytes.note_sent_interim(head);
        // A stream that is gone says so in `poll_reset` and `poll_ready`; so for all that is sent.
        let _ = self.respond.send_informational(response);
    }

    /// Sends the response's head.
    pub fn send_head(&mut self, head: &Head, end: bool) {
        let response = encode::response(head, &mut self.shared.arena.borrow_mut());
        self.bytes.note_sent_head(head);
        let sent = self.respond.send_response(response, end);
        self.send = sent.ok().map(|stream| Sender::new(stream, Role::Server, &self.shared));
        self.head_sent = true;
        self.note_sent(end);
    }

    /// Sends a piece of the response's body.
    pub fn send_data(&mut self, data: Bytes, end: bool) {
        let Some(send) = &mut self.send else { return };
        self.bytes.sent += StreamBytes::of_data(data.len());
        send.data(data, end);
        self.note_sent(end);
    }

    /// Sends trailers, which end the response; where none are left, the end alone.
    pub fn send_trailers(&mut self, trailers: &Head) {
        if trailers.is_empty() {
            return self.send_data(Bytes::new(), true);
        }
        let Some(send) = &mut self.send else { return };
        self.bytes.note_sent_head(trailers);
        send.trailers(trailers);
        self.note_sent(true);
    }

    /// Ready while less is buffered than the limit.
    pub fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), StreamReset>> {
        let limit = self.shared.stream_buffer_limit;
        self.send.as_mut().map_or(Poll::Ready(Ok(())), |send| send.poll_below(cx, limit))
    }

    /// Ready when all data was framed.
    pub fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), StreamReset>> {
        self.send.as_mut().map_or(Poll::Ready(Ok(())), |send| send.poll_framed(cx))
    }

    /// Ready when the client has reset the stream or left.
    pub fn poll_reset(&mut self, cx: &mut Context<'_>) -> Poll<StreamReset> {
        if let Some(send) = &mut self.send {
            return send.poll_reset(cx);
        }
        Poll::Ready(match ready!(self.respond.poll_reset(cx)) {
            Ok(code) => remote_reset(Role::Server, code),
            Err(error) => stream_reset(Role::Server, &self.shared, &error),
        })
    }

    fn note_sent(&mut self, end: bool) {
        if end && !self.end_sent {
            self.end_sent = true;
            self.shared.unanswered.set(self.shared.unanswered.get() - 1);
        }
    }

    /// Resets the stream.
    pub fn reset(&mut self, reason: ResetReason) {
        let code = reset_code(reason);
        self.shared.expect_reset(self.id());
        self.note_sent(true);
        match self.send.take() {
            // What was sent before goes out first, as far as it may.
            Some(send) => self.shared.reset_later(send.stream, code),
            None => self.respond.send_reset(code),
        }
    }
}

impl Drop for ServerStream {
    fn drop(&mut self) {
        if !self.end_sent {
            self.reset(ResetReason::LocalReset);
        }
        self.shared.stream_done(self.id());
        if !self.end_noted {
            self.shared.note_end(!self.head_sent && now() - self.opened <= MIN_LIFETIME);
        }
    }
}
