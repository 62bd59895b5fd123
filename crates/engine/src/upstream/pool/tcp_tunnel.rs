//! The upstream's side of a CONNECT that ends here: a TCP connection in the form of a stream.
//!
//! It answers itself, with 200; from then on what it reads is the response's body. The end of one
//! direction is a half-close.

use std::task::{Context, Poll, ready};

use bytes::Bytes;

use super::ConnectionFacts;
use super::tcp::{TcpConnection, TcpUse};
use crate::codec::h1::wire::{WRITE_AHEAD, Wire};
use crate::codec::{Piece, ResetReason, ResponseEvent, StreamReset};
use crate::head::Head;
use crate::head::header_name::HeaderId;

/// A connection that carries the bytes of one CONNECT.
#[derive(Debug)]
pub struct TcpTunnel {
    wire: Wire,
    connection: TcpUse,
    buffer_limit: usize,
    asked: bool,
    answered: bool,
    /// Nothing more is to be written.
    sent: bool,
    /// The peer was told so.
    shut: bool,
    received: bool,
    broken: bool,
}

impl TcpTunnel {
    /// `preamble` is written before all else.
    pub fn new(connection: TcpConnection, preamble: Vec<u8>, buffer_limit: usize) -> Self {
        let (mut wire, connection) = connection.into_wire();
        wire.push(preamble.into());
        Self {
            wire,
            connection,
            buffer_limit,
            asked: false,
            answered: false,
            sent: false,
            shut: false,
            received: false,
            broken: false,
        }
    }

    pub fn facts(&self) -> &ConnectionFacts {
        self.connection.facts()
    }

    pub fn send_head(&mut self, _head: &Head, end: bool) {
        self.sent |= end;
    }

    pub fn send_data(&mut self, data: Bytes, end: bool) {
        self.wire.push(data);
        self.sent |= end;
    }

    pub fn send_trailers(&mut self, _trailers: &Head) {
        self.sent = true;
    }

    pub fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), StreamReset>> {
        if self.wire.queued() < WRITE_AHEAD.min(self.buffer_limit) {
            return Poll::Ready(Ok(()));
        }
        match self.poll_flush(cx) {
            Poll::Pending if self.wire.queued() < self.buffer_limit => Poll::Ready(Ok(())),
            polled => polled,
        }
    }

    pub fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), StreamReset>> {
        if let Err(error) = ready!(self.wire.poll_flush(cx)) {
            return Poll::Ready(Err(self.break_off(&error)));
        }
        if self.sent && !self.shut {
            // A peer that is gone says so when it is read.
            let _ = ready!(self.wire.poll_shutdown(cx));
            self.shut = true;
        }
        Poll::Ready(Ok(()))
    }

    pub fn poll_response(
        &mut self,
        cx: &mut Context<'_>,
        head: &mut Head,
    ) -> Poll<Result<ResponseEvent, StreamReset>> {
        if !std::mem::replace(&mut self.asked, true) {
            // What there is of the request goes first.
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        if !std::mem::replace(&mut self.answered, true) {
            head.clear();
            head.push(HeaderId::Status, b"200");
            return Poll::Ready(Ok(ResponseEvent::Head { end: false }));
        }
        loop {
            if !self.wire.input.is_empty() {
                let data = self.wire.input.split().freeze();
                return Poll::Ready(Ok(ResponseEvent::Body(Piece::Data(data))));
            }
            if self.wire.input_ended {
                self.received = true;
                return Poll::Ready(Ok(ResponseEvent::Body(Piece::End)));
            }
            if let Err(error) = ready!(self.wire.poll_fill(cx)) {
                return Poll::Ready(Err(self.break_off(&error)));
            }
        }
    }

    fn break_off(&mut self, _error: &std::io::Error) -> StreamReset {
        self.broken = true;
        StreamReset::new(ResetReason::ConnectionTermination)
    }

    pub fn response_done(&self) -> bool {
        self.received
    }

    /// Bytes on the wire: received, sent.
    pub fn exchange_bytes(&self) -> (u64, u64) {
        (self.wire.received, self.wire.sent)
    }
}

impl Drop for TcpTunnel {
    fn drop(&mut self) {
        let done = self.shut && self.received;
        self.connection.ended(done || self.broken, !done);
    }
}
