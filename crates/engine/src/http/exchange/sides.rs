//! The two sides of an exchange, whatever protocol they speak.

use std::collections::VecDeque;
use std::task::{Context, Poll};

use bytes::Bytes;

use crate::codec::{Piece, Protocol, ResetReason, ResponseEvent, StreamReset, h1, h2};
use crate::head::Head;
use crate::http::stream_info::ByteCounts;
use crate::upstream::pool::ConnectionFacts;
use crate::upstream::pool::h1::PooledConnection;
use crate::upstream::pool::h2::PooledStream;
use crate::upstream::pool::tcp_tunnel::TcpTunnel;

/// The client's side: yields the request's body, takes the response.
#[derive(Debug)]
pub struct Downstream<'a> {
    client: Client<'a>,
    /// What is left of a body that is sent once more, in place of the client's.
    // Boxed: hardly a request has it, and each would carry its four words.
    #[allow(clippy::box_collection)]
    again: Option<Box<VecDeque<Bytes>>>,
}

#[derive(Debug)]
enum Client<'a> {
    H1(&'a mut h1::server::ServerConnection),
    H2(&'a mut h2::ServerStream),
}

/// The upstream's side: takes the request, yields the response.
#[derive(Debug)]
pub enum Upstream {
    H1(PooledConnection),
    H2(PooledStream),
    /// Bytes without a protocol, of a CONNECT that ends here.
    Tcp(Box<TcpTunnel>),
}

macro_rules! on_each {
    ($self:expr, Client, $stream:ident => $call:expr) => {
        match $self {
            Client::H1($stream) => $call,
            Client::H2($stream) => $call,
        }
    };
    ($self:expr, Upstream, $stream:ident => $call:expr) => {
        match $self {
            Upstream::H1($stream) => $call,
            Upstream::H2($stream) => $call,
            Upstream::Tcp($stream) => $call,
        }
    };
}

impl<'a> Downstream<'a> {
    pub fn h1(connection: &'a mut h1::server::ServerConnection) -> Self {
        Self { client: Client::H1(connection), again: None }
    }

    pub fn h2(stream: &'a mut h2::ServerStream) -> Self {
        Self { client: Client::H2(stream), again: None }
    }

    /// Yields a body whose last piece has been taken once more.
    pub fn replay(&mut self, pieces: VecDeque<Bytes>) {
        self.again = Some(Box::new(pieces));
    }
    pub fn poll_body(&mut self, cx: &mut Context<'_>) -> Poll<Result<Piece, StreamReset>> {
        if let Some(pieces) = &mut self.again {
            let piece = pieces.pop_front();
            if pieces.is_empty() {
                self.again = None;
            }
            return Poll::Ready(Ok(piece.map_or(Piece::End, Piece::Data)));
        }
        on_each!(&mut self.client, Client, stream => stream.poll_body(cx))
    }

    pub fn send_informational(&mut self, head: &Head) {
        on_each!(&mut self.client, Client, stream => stream.send_informational(head));
    }

    pub fn send_head(&mut self, head: &Head, end: bool) {
        on_each!(&mut self.client, Client, stream => stream.send_head(head, end));
    }

    pub fn send_data(&mut self, data: Bytes, end: bool) {
        on_each!(&mut self.client, Client, stream => stream.send_data(data, end));
    }

    pub fn send_trailers(&mut self, trailers: &Head) {
        on_each!(&mut self.client, Client, stream => stream.send_trailers(trailers));
    }

    pub fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), StreamReset>> {
        on_each!(&mut self.client, Client, stream => stream.poll_ready(cx))
    }

    pub fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), StreamReset>> {
        on_each!(&mut self.client, Client, stream => stream.poll_flush(cx))
    }

    pub fn poll_reset(&mut self, cx: &mut Context<'_>) -> Poll<StreamReset> {
        on_each!(&mut self.client, Client, stream => stream.poll_reset(cx))
    }

    pub fn reset(&mut self, reason: ResetReason) {
        on_each!(&mut self.client, Client, stream => stream.reset(reason));
    }

    /// What was wrong with the request's body, if that ended it.
    pub fn body_error(&self) -> Option<h1::BodyError> {
        match &self.client {
            Client::H1(stream) => stream.body_error(),
            Client::H2(_) => None,
        }
    }

    /// Takes what has arrived of the request's body and shows it; how much that was. A client that
    /// goes on sending is left to itself after so many pieces.
    pub fn take_body(&mut self, cx: &mut Context<'_>, mut see: impl FnMut(Piece)) -> u64 {
        let mut taken = 0;
        for _ in 0..64 {
            if self.request_done() {
                break;
            }
            match self.poll_body(cx) {
                Poll::Ready(Ok(piece)) => {
                    let ends = matches!(piece, Piece::Data(_)) && self.request_done();
                    if let Piece::Data(data) = &piece {
                        taken += data.len() as u64;
                    }
                    see(piece);
                    if ends {
                        see(Piece::End);
                    }
                }
                Poll::Ready(Err(_)) | Poll::Pending => break,
            }
        }
        taken
    }

    /// The body's last piece has been taken from the codec.
    pub fn request_done(&self) -> bool {
        self.again.is_none() && on_each!(&self.client, Client, stream => stream.request_done())
    }

    /// Bytes of this stream on the wire: received, sent.
    pub fn exchange_bytes(&self) -> (u64, u64) {
        on_each!(&self.client, Client, stream => stream.exchange_bytes())
    }

    /// Bytes that are to be written and not among those sent.
    pub fn unwritten(&self) -> u64 {
        match &self.client {
            Client::H1(connection) => connection.unwritten(),
            // They count as sent when they are handed to the codec.
            Client::H2(_) => 0,
        }
    }

    /// Bytes of the request's headers, asked right after `head` has arrived.
    fn received_header_bytes(&self, head: &Head) -> u64 {
        match &self.client {
            Client::H1(connection) => connection.received_header_bytes(head),
            Client::H2(stream) => stream.exchange_bytes().0,
        }
    }

    /// Notes the size of the request's head, right after it has arrived.
    pub fn measure_request(&self, head: &Head, bytes: &mut ByteCounts) {
        bytes.header_received = self.received_header_bytes(head);
        bytes.decompressed_received = match &self.client {
            Client::H1(codec) => codec.decompressed_header_bytes(bytes.header_received),
            Client::H2(stream) => stream.decompressed_header_bytes().0,
        };
    }

    /// Notes the size of the response's head, right after it was sent.
    pub fn measure_response(&self, bytes: &mut ByteCounts) {
        (bytes.header_sent, bytes.decompressed_sent) = match &self.client {
            Client::H1(connection) => {
                let sent = connection.sent_header_bytes();
                (sent, sent)
            }
            Client::H2(stream) => (stream.exchange_bytes().1, stream.decompressed_header_bytes().1),
        };
    }

    /// Notes what trailers have added, which HTTP/1 does not count.
    pub fn measure_trailers(&self, bytes: &mut ByteCounts) {
        self.measure_request_trailers(bytes);
        if let Client::H2(stream) = &self.client {
            bytes.decompressed_sent = stream.decompressed_header_bytes().1;
        }
    }

    /// The same of those of the request alone.
    pub fn measure_request_trailers(&self, bytes: &mut ByteCounts) {
        if let Client::H2(stream) = &self.client {
            bytes.decompressed_received = stream.decompressed_header_bytes().0;
        }
    }

    pub fn protocol(&self) -> Protocol {
        match &self.client {
            Client::H1(connection) => connection.version(),
            Client::H2(_) => Protocol::Http2,
        }
    }
}

impl Upstream {
    /// Fails when the connection takes no more streams.
    pub fn send_head(&mut self, head: &Head, end: bool) -> Result<(), StreamReset> {
        match self {
            Self::H1(connection) => {
                connection.send_head(head, end);
                Ok(())
            }
            Self::H2(stream) => stream.send_head(head, end),
            Self::Tcp(tunnel) => {
                tunnel.send_head(head, end);
                Ok(())
            }
        }
    }

    /// The connection that carries the stream.
    pub fn facts(&self) -> &ConnectionFacts {
        on_each!(self, Upstream, stream => stream.facts())
    }

    pub fn send_data(&mut self, data: Bytes, end: bool) {
        on_each!(self, Upstream, stream => stream.send_data(data, end));
    }

    pub fn send_trailers(&mut self, trailers: &Head) {
        on_each!(self, Upstream, stream => stream.send_trailers(trailers));
    }

    pub fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), StreamReset>> {
        on_each!(self, Upstream, stream => stream.poll_ready(cx))
    }

    pub fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), StreamReset>> {
        on_each!(self, Upstream, stream => stream.poll_flush(cx))
    }

    pub fn poll_response(
        &mut self,
        cx: &mut Context<'_>,
        head: &mut Head,
    ) -> Poll<Result<ResponseEvent, StreamReset>> {
        on_each!(self, Upstream, stream => stream.poll_response(cx, head))
    }

    pub fn reset(&mut self, reason: ResetReason) {
        match self {
            Self::H1(connection) => connection.reset(reason),
            Self::H2(stream) => stream.reset(reason),
            // It ends with its last owner.
            Self::Tcp(_) => {}
        }
    }

    /// The response's last piece has been taken from the codec.
    pub fn response_done(&self) -> bool {
        on_each!(self, Upstream, stream => stream.response_done())
    }

    /// Bytes of this stream on the wire: received, sent.
    pub fn exchange_bytes(&self) -> (u64, u64) {
        on_each!(self, Upstream, stream => stream.exchange_bytes())
    }

    /// Notes the size of the response's head, right after it has arrived.
    pub fn measure_response(&self, head: &Head, bytes: &mut ByteCounts) {
        (bytes.wire_received, bytes.wire_sent) = self.exchange_bytes();
        (bytes.header_received, bytes.decompressed_received) = match self {
            Self::H1(connection) => {
                let received = connection.received_header_bytes(head);
                (received, connection.decompressed_header_bytes(received))
            }
            Self::H2(stream) => (stream.exchange_bytes().0, stream.decompressed_header_bytes().0),
            Self::Tcp(_) => (0, 0),
        };
    }

    /// Notes the size of the request's head, right after it was sent.
    pub fn measure_request(&self, bytes: &mut ByteCounts) {
        (bytes.header_sent, bytes.decompressed_sent) = match self {
            Self::H1(connection) => {
                let sent = connection.sent_header_bytes();
                (sent, sent)
            }
            Self::H2(stream) => (stream.exchange_bytes().1, stream.decompressed_header_bytes().1),
            Self::Tcp(_) => (0, 0),
        };
    }

    /// Notes the bytes of the whole exchange.
    pub fn measure_exchange(&self, bytes: &mut ByteCounts) {
        (bytes.wire_received, bytes.wire_sent) = self.exchange_bytes();
        if let Self::H2(stream) = self {
            (bytes.decompressed_received, bytes.decompressed_sent) =
                stream.decompressed_header_bytes();
        }
    }

    /// A connection that was used before closed without a byte of answer: most likely it closed
    /// while it was idle, before this request reached it.
    pub fn was_stale(&self) -> bool {
        match self {
            Self::H1(connection) => connection.was_reused() && connection.untouched(),
            Self::H2(_) | Self::Tcp(_) => false,
        }
    }
}
