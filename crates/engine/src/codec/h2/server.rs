//! The server's side of an HTTP/2 connection: accepts streams, drives the connection while its
//! streams live, and ends it as Envoy does.
//!
//! The connection's task must poll [`ServerConnection::poll_accept`] until it is pending: only
//! then is what the streams have to say written, a whole batch in one system call.

use std::cell::RefCell;
use std::fmt;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::BytesMut;
use h2::server::{Builder, Connection, Handshake, SendResponse};
use h2::{Reason, RecvStream};
use tokio::io::{AsyncRead, AsyncWrite};
use voyant_ir::protocol::Http2Options;

use super::chunk::Chunk;
use super::decode::{self, Refusal};
use super::error::{ConnectionError, HEADERS_TOO_LARGE, INVALID_HEADER, LONG_FIELD, Role};
use super::held_head::MadeUp;
use super::keepalive::Keepalive;
use super::ledger::{FrameLedger, FrameLimits, Violation};
use super::limits::HeadLimits;
use super::reset_bucket::ResetBucket;
use super::server_stream::ServerStream;
use super::shared::Shared;
use super::stats::Http2Stats;
use super::transport::Transport;
use super::wire::Wire;
use crate::codec::{ResetReason, StreamReset};
use crate::head::Head;
use crate::observe::stats::traffic::ByteMeter;
use crate::rt::clock::{Instant, now};
use crate::rt::stream::Stream;

/// Streams that were reset by this end and whose late frames are still told from errors.
pub(super) const RESET_STREAMS_KEPT: usize = 1024;
pub(super) const RESET_STREAM_DURATION: Duration = Duration::from_secs(10);
/// Streams that the peer reset before they were accepted; beyond it the connection ends.
const PENDING_RESETS_MAX: usize = 2000;

/// What a client's stream became.
#[derive(Debug)]
pub enum Accepted {
    /// The request's head was written to the head that was passed in.
    Stream(ServerStream),
    /// The stream was reset for its head, of which there is nothing to see; how many bytes of
    /// names and values were looked at by then.
    Refused(StreamReset, u64),
}

/// A connection from a client.
#[derive(Debug)]
pub struct ServerConnection<S = Stream> {
    state: State<S>,
    transport: Rc<RefCell<Transport<S>>>,
    shared: Rc<Shared>,
    limits: Rc<HeadLimits>,
    options: Http2Options,
    keepalive: Option<Keepalive>,
    /// When the current batch of streams was read: one reading of the clock serves them all.
    batch_at: Option<Instant>,
    notice_given: bool,
}

enum State<S> {
    Handshake(Box<Handshake<Wire<S>, Chunk>>),
    Open(Box<Connection<Wire<S>, Chunk>>),
    Closed,
}

impl<S> fmt::Debug for State<S> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Handshake(_) => "Handshake",
            Self::Open(_) => "Open",
            Self::Closed => "Closed",
        })
    }
}

impl<S> Drop for ServerConnection<S> {
    fn drop(&mut self) {
        self.shared.end();
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> ServerConnection<S> {
    /// Starts on a connected stream of which `prefix` was read already.
    pub fn new(
        stream: S,
        prefix: BytesMut,
        options: &Http2Options,
        limits: HeadLimits,
        stats: Arc<Http2Stats>,
    ) -> Self {
        let shared = Rc::new(Shared::new(
            stats,
            options.max_outbound_frames,
            limits.stream_buffer_limit_bytes,
        ));
        let transport = Transport::new(
            stream,
            prefix,
            FrameLedger::server(FrameLimits::of(options), reset_bucket(options)),
            Rc::clone(&shared),
            options,
            &limits,
        );
        let handshake = builder(options, &limits).handshake(Wire::new(&transport));
        Self {
            state: State::Handshake(Box::new(handshake)),
            transport,
            shared,
            limits: Rc::new(limits),
            options: options.clone(),
            keepalive: None,
            batch_at: None,
            notice_given: false,
        }
    }

    /// The next stream of the client; nothing once the connection has ended in order.
    pub fn poll_accept(
        &mut self,
        cx: &mut Context<'_>,
        head: &mut Head,
    ) -> Poll<Option<Result<Accepted, ConnectionError>>> {
        self.shared.register(cx);
        let polled = self.poll_library(cx, head);
        if let Poll::Ready(Some(Ok(_))) = polled {
            return polled;
        }
        self.batch_at = None;
        self.shared.resets_in_batch.set(false);
        if matches!(self.state, State::Handshake(_)) {
            // Nothing is said to a client that does not begin to speak HTTP/2.
            match &polled {
                Poll::Pending if self.is_unheard() => return Poll::Pending,
                Poll::Pending => {}
                Poll::Ready(_) => self.transport.borrow_mut().discard_unsealed(),
            }
        }
        let (violation, flushed) = self.finish_batch(cx, polled.is_pending());
        let ended = match (polled, flushed) {
            (Poll::Ready(ended), _) => ended,
            (Poll::Pending, _) if let Some(violation) = violation => {
                Some(Err(ConnectionError::of_violation(&self.shared, violation)))
            }
            (Poll::Pending, Poll::Ready(Err(error))) => {
                Some(Err(ConnectionError::of_io(&self.shared, &error)))
            }
            (Poll::Pending, _) => return Poll::Pending,
        };
        self.shared.end();
        self.state = State::Closed;
        Poll::Ready(ended)
    }

    /// Tells the client to open no more streams (GOAWAY with the highest stream id); those that
    /// it opens until [`Self::go_away`] are still served.
    pub fn shutdown_notice(&mut self) {
        if self.notice_given {
            return;
        }
        self.notice_given = true;
        if let State::Open(connection) = &mut self.state {
            connection.graceful_shutdown();
        }
    }

    /// Refuses streams from here on (GOAWAY with the last stream's id); the connection ends when
    /// the streams it has are done.
    pub fn go_away(&mut self) {
        self.shutdown_notice();
        if matches!(self.state, State::Handshake(_)) {
            self.state = State::Closed;
            self.transport.borrow_mut().say_goodbye();
        }
        self.transport.borrow_mut().release_shutdown();
    }

    /// True when streams are to be refused, and the client leaves no place to begin with that: it
    /// has sent a part of a frame and not the rest.
    pub fn cannot_go_away(&self) -> bool {
        self.transport.borrow().shutdown_is_due()
    }

    /// Bytes that the client has not taken.
    pub fn unwritten(&self) -> usize {
        self.shared.unwritten.get()
    }

    /// The client has not sent a byte.
    pub fn is_unheard(&self) -> bool {
        self.shared.last_read_size.get() == 0
    }

    /// Ends the connection at once: GOAWAY and close, whatever its streams are at.
    pub fn abort(&mut self) {
        match &mut self.state {
            State::Open(connection) => connection.abrupt_shutdown(Reason::NO_ERROR),
            State::Handshake(_) | State::Closed => {
                self.transport.borrow_mut().discard_unsealed();
                self.state = State::Closed;
            }
        }
    }

    /// After the end: closes this direction and discards what still comes, so that the client sees
    /// the last bytes instead of a reset. Ready when it has closed too; the caller sets a limit of
    /// time (`delayed_close_timeout`).
    pub fn poll_linger(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        self.transport.borrow_mut().poll_linger(cx)
    }

    /// Tells the bytes of the whole connection since this was last asked, and what is held.
    pub fn report_bytes(&self, meter: &mut ByteMeter) {
        self.shared.report_bytes(meter);
    }

    /// The stream of a request whose head has begun and is not whole yet.
    pub fn unfinished_head(&self) -> Option<u32> {
        self.transport.borrow().unfinished_head()
    }

    /// Gives up such a head: its stream is the next to be accepted, with nothing in its head.
    pub fn give_head_up(&mut self) {
        self.transport.borrow_mut().give_head_up();
    }

    /// Streams whose [`ServerStream`] still lives.
    pub fn streams_active(&self) -> u32 {
        self.shared.streams_active.get()
    }

    /// True while a request is not answered to its end.
    pub fn has_requests(&self) -> bool {
        self.shared.has_requests()
    }

    fn poll_library(
        &mut self,
        cx: &mut Context<'_>,
        head: &mut Head,
    ) -> Poll<Option<Result<Accepted, ConnectionError>>> {
        if let State::Handshake(handshake) = &mut self.state {
            match ready!(Pin::new(&mut **handshake).poll(cx)) {
                Ok(connection) => self.open(connection),
                Err(error) => {
                    return Poll::Ready(Some(Err(ConnectionError::new(&self.shared, &error))));
                }
            }
        }
        // Of the streams that wait to be accepted no more are looked at then.
        if self.shared.violation() == Some(Violation::PrematureResets)
            && let Err(error) = self.check_violation()
        {
            return Poll::Ready(Some(Err(error)));
        }
        let State::Open(connection) = &mut self.state else { return Poll::Ready(None) };
        let mut polled = connection.poll_accept(cx);
        if polled.is_pending() && self.shared.reset_now() {
            polled = connection.poll_accept(cx);
        }
        if let Some(made_up) = self.shared.made_up.get() {
            let accepted = match &polled {
                Poll::Ready(Some(Ok((_, respond)))) => Some(respond.stream_id().as_u32()),
                _ => None,
            };
            let settled = polled.is_pending() || accepted == Some(made_up.stream());
            if settled && self.transport.borrow_mut().open_gate() {
                cx.waker().wake_by_ref();
            }
        }
        if let Poll::Ready(Some(Ok((request, respond)))) = polled {
            return Poll::Ready(Some(self.admit(cx, request, respond, head)));
        }
        let silent = self
            .keepalive
            .as_mut()
            .is_some_and(|keepalive| keepalive.poll(cx, self.shared.activity.get()).is_ready());
        if silent {
            self.shared.condemn(Violation::KeepaliveTimeout);
        }
        self.transport.borrow_mut().judge_suspects(Role::Server);
        if self.transport.borrow_mut().take_refused() {
            return Poll::Ready(Some(Ok(Accepted::Refused(malformed(INVALID_HEADER), 0))));
        }
        if let Err(error) = self.check_violation() {
            return Poll::Ready(Some(Err(error)));
        }
        match polled {
            Poll::Ready(Some(Err(error))) => {
                Poll::Ready(Some(Err(ConnectionError::new(&self.shared, &error))))
            }
            Poll::Ready(_) => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }
    }

    fn open(&mut self, mut connection: Connection<Wire<S>, Chunk>) {
        connection.set_target_window_size(self.options.initial_connection_window_size);
        if let (Some(options), Some(pings)) = (&self.options.keepalive, connection.ping_pong()) {
            self.keepalive = Some(Keepalive::new(pings, options));
        }
        if self.notice_given {
            connection.graceful_shutdown();
        }
        self.state = State::Open(Box::new(connection));
    }

    fn admit(
        &mut self,
        cx: &mut Context<'_>,
        request: http::Request<RecvStream>,
        mut respond: SendResponse<Chunk>,
        head: &mut Head,
    ) -> Result<Accepted, ConnectionError> {
        let (parts, body) = request.into_parts();
        let id = respond.stream_id().as_u32();
        let made_up = self.shared.made_up.get().filter(|made_up| made_up.stream() == id);
        let (fields, decoded) = match made_up {
            None => decode::request(&parts, &self.limits, &self.shared.stats, head),
            Some(MadeUp::Late(_)) => {
                head.clear();
                (0, Ok(()))
            }
            Some(MadeUp::TooLong(_)) => (0, Err(Refusal::Unwanted(HEADERS_TOO_LARGE))),
        };
        match decoded {
            Ok(()) => {
                let at = *self.batch_at.get_or_insert_with(now);
                let mut stream = ServerStream::new(&self.shared, &self.limits, respond, body, at);
                stream.note_head(head, fields);
                if self.shared.resets_in_batch.get() {
                    stream.note_early_reset(cx);
                }
                Ok(Accepted::Stream(stream))
            }
            Err(Refusal::Unwanted(LONG_FIELD)) => {
                let violation = Violation::LongField(respond.stream_id().as_u32());
                self.shared.unseen_request.set(true);
                self.shared.condemn(violation);
                Err(ConnectionError::of_violation(&self.shared, violation))
            }
            Err(Refusal::Unwanted(details)) => {
                respond.send_reset(Reason::INTERNAL_ERROR);
                let reset = StreamReset::with_detail(ResetReason::RemoteReset, details);
                Ok(Accepted::Refused(reset, fields))
            }
            Err(Refusal::Malformed(details)) => {
                self.shared.malformed_details.set(details);
                self.transport.borrow_mut().malformed(true);
                self.check_violation()?;
                self.transport.borrow_mut().take_refused();
                self.shared.expect_reset(respond.stream_id().as_u32());
                respond.send_reset(Reason::PROTOCOL_ERROR);
                Ok(Accepted::Refused(malformed(details), 0))
            }
        }
    }

    /// Writes what there is to be said to all that was read.
    fn finish_batch(
        &self,
        cx: &mut Context<'_>,
        idle: bool,
    ) -> (Option<Violation>, Poll<io::Result<()>>) {
        let mut transport = self.transport.borrow_mut();
        let over = idle && transport.judge_batch();
        let violation = self.shared.violation();
        if violation.and_then(Violation::goodbye).is_some() {
            transport.give_up();
        }
        let flushed = transport.poll_flush(cx);
        if over {
            transport.begin_batch();
        }
        (violation, flushed)
    }

    fn check_violation(&self) -> Result<(), ConnectionError> {
        let Some(violation) = self.shared.violation() else { return Ok(()) };
        self.transport.borrow_mut().discard_unsealed();
        Err(ConnectionError::of_violation(&self.shared, violation))
    }
}

fn malformed(details: &'static str) -> StreamReset {
    StreamReset::with_detail(ResetReason::ProtocolError, details)
}

impl FrameLimits {
    pub(super) fn of(options: &Http2Options) -> Self {
        Self {
            empty_payload: options.max_consecutive_inbound_frames_with_empty_payload,
            priority_per_stream: options.max_inbound_priority_frames_per_stream,
            window_update_per_data: options.max_inbound_window_update_frames_per_data_frame_sent,
        }
    }
}

fn reset_bucket(options: &Http2Options) -> ResetBucket {
    ResetBucket::new(options.stream_reset_burst, options.stream_reset_rate, now())
}

/// What the frames of less than 256 bytes that are buffered and not consumed may fall short of
/// that length by, in all: it bounds the memory that they cost beside their bytes. The library's
/// own choice would end connections of small windows over small messages that Envoy lets wait.
pub(super) fn data_frame_budget(options: &Http2Options) -> usize {
    const LEAST: usize = 4 * 1024 * 1024;
    (options.initial_connection_window_size as usize / 2).max(LEAST)
}

fn builder(options: &Http2Options, limits: &HeadLimits) -> Builder {
    let mut builder = Builder::new();
    builder
        .header_table_size(options.hpack_table_size)
        .max_concurrent_streams(options.max_concurrent_streams)
        .initial_window_size(options.initial_stream_window_size)
        .max_header_list_size(limits.library_header_list_size())
        .max_concurrent_reset_streams(RESET_STREAMS_KEPT)
        .reset_stream_duration(RESET_STREAM_DURATION)
        .max_pending_accept_reset_streams(PENDING_RESETS_MAX)
        .max_local_error_reset_streams(None)
        .data_frame_budget(data_frame_budget(options))
        .max_send_buffer_size(limits.stream_buffer_limit_bytes);
    if options.allow_connect {
        builder.enable_connect_protocol();
    }
    builder
}
