//! The client's side of an HTTP/2 connection: a handle that opens streams, and a local task that
//! drives the connection until it is over.
//!
//! The connection ends by itself when the last handle and the last stream are gone.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use bytes::BytesMut;
use h2::client::{Builder, Connection, SendRequest};
use tokio::io::{AsyncRead, AsyncWrite};
use voyant_ir::protocol::Http2Options;

use super::chunk::Chunk;
use super::client_stream::ClientStream;
use super::error::{ConnectionError, Role, connection_ended};
use super::keepalive::Keepalive;
use super::ledger::{FrameLedger, FrameLimits, Violation};
use super::limits::HeadLimits;
use super::shared::Shared;
use super::stats::Http2Stats;
use super::transport::Transport;
use super::wire::Wire;
use crate::codec::StreamReset;
use crate::head::Head;
use crate::observe::stats::traffic::ByteMeter;
use crate::rt::clock::{Instant, now};

/// A connection to an upstream. Clones are handles of the same connection.
#[derive(Debug, Clone)]
pub struct ClientConnection(pub(super) Rc<Handle>);

pub(super) struct Handle {
    pub shared: Rc<Shared>,
    pub limits: Rc<HeadLimits>,
    pub requests: RefCell<SendRequest<Chunk>>,
    life: Rc<Life>,
    max_concurrent_streams: usize,
    idle_ping: Option<std::time::Duration>,
    /// A malformed message costs its stream instead of the connection.
    pub stream_errors: bool,
}

impl fmt::Debug for Handle {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Handle").field("shared", &self.shared).finish_non_exhaustive()
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        // The library does not wake a task that waits for room to write.
        self.shared.wake_task();
    }
}

/// What the connection's task tells its handles.
#[derive(Debug, Default)]
struct Life {
    ended: RefCell<Option<Result<(), ConnectionError>>>,
    room: Waiters,
    end: Waiters,
    ping_wanted: Cell<bool>,
    /// When the last stream closed.
    idle_since: Cell<Option<Instant>>,
    retired: Cell<bool>,
}

/// Tasks that wait for one thing.
#[derive(Debug, Default)]
struct Waiters(RefCell<Vec<Waker>>);

impl Waiters {
    fn wake(&self) {
        for waker in self.0.borrow_mut().drain(..) {
            waker.wake();
        }
    }

    fn wait(&self, cx: &Context<'_>) {
        let mut waiting = self.0.borrow_mut();
        if !waiting.iter().any(|waker| waker.will_wake(cx.waker())) {
            waiting.push(cx.waker().clone());
        }
    }
}

impl Life {
    fn wake_all(&self) {
        self.room.wake();
        self.end.wake();
    }
}

impl ClientConnection {
    /// Starts on a connected stream and drives the connection on a task of the current thread's
    /// `LocalSet`. Waits for nothing that the peer does.
    pub async fn start<S: AsyncRead + AsyncWrite + Unpin + 'static>(
        stream: S,
        options: &Http2Options,
        limits: HeadLimits,
        stats: Arc<Http2Stats>,
    ) -> Result<Self, ConnectionError> {
        let shared = Rc::new(Shared::new(
            stats,
            options.max_outbound_frames,
            limits.stream_buffer_limit_bytes,
        ));
        let transport = Transport::new(
            stream,
            BytesMut::new(),
            FrameLedger::client(FrameLimits::of(options)),
            Rc::clone(&shared),
            options,
            &limits,
        );
        let handshake = builder(options, &limits).handshake(Wire::new(&transport));
        let (requests, mut connection) =
            handshake.await.map_err(|error| ConnectionError::new(&shared, &error))?;
        connection.set_target_window_size(options.initial_connection_window_size);
        let keepalive = match (&options.keepalive, connection.ping_pong()) {
            (Some(options), Some(pings)) => Some(Keepalive::new(pings, options)),
            _ => None,
        };
        let life = Rc::<Life>::default();
        life.idle_since.set(Some(now()));
        let driver = Driver {
            connection,
            transport,
            shared: Rc::clone(&shared),
            keepalive,
            life: Rc::clone(&life),
        };
        tokio::task::spawn_local(driver.run());
        let idle_ping =
            options.keepalive.as_ref().map(|keepalive| keepalive.connection_idle_interval_ms);
        Ok(Self(Rc::new(Handle {
            shared,
            limits: Rc::new(limits),
            requests: RefCell::new(requests),
            life,
            max_concurrent_streams: options.max_concurrent_streams as usize,
            stream_errors: options.stream_error_on_invalid_http_message,
            idle_ping: idle_ping.filter(|ms| *ms > 0).map(std::time::Duration::from_millis),
        })))
    }

    /// A stream with its request's head sent.
    pub fn start_stream(&self, head: &Head, end: bool) -> Result<ClientStream, StreamReset> {
        let mut stream = self.open();
        stream.send_head(head, end)?;
        Ok(stream)
    }

    /// A stream whose head is still to be sent. It counts towards the peer's limit from here on.
    pub fn open(&self) -> ClientStream {
        if let Some(interval) = self.0.idle_ping
            && now() - self.0.shared.last_read.get() > interval
        {
            self.0.life.ping_wanted.set(true);
            self.0.shared.wake_task();
        }
        ClientStream::new(&self.0)
    }

    /// Ready when a stream may be opened: fewer are active than the configuration and the peer
    /// allow. Fails when no more can be opened here at all.
    pub fn poll_ready_for_stream(&self, cx: &mut Context<'_>) -> Poll<Result<(), StreamReset>> {
        if self.is_draining() {
            return Poll::Ready(Err(self.0.ended()));
        }
        if self.has_room() {
            return Poll::Ready(Ok(()));
        }
        self.0.life.room.wait(cx);
        Poll::Pending
    }

    /// True when a stream may be opened now.
    pub fn has_room(&self) -> bool {
        !self.is_draining() && self.streams_active() < self.max_streams()
    }

    /// Streams that may be active at once, by the peer's settings and the configuration.
    pub fn max_streams(&self) -> usize {
        self.0.requests.borrow().current_max_send_streams().min(self.0.max_concurrent_streams)
    }

    /// Tells the bytes of the whole connection since this was last asked, and what is held.
    pub fn report_bytes(&self, meter: &mut ByteMeter) {
        self.0.shared.report_bytes(meter);
    }

    /// Streams whose [`ClientStream`] still lives.
    pub fn streams_active(&self) -> usize {
        self.0.shared.streams_active.get() as usize
    }

    pub fn is_idle(&self) -> bool {
        self.streams_active() == 0
    }

    /// The connection ended before its streams did.
    pub fn ended_active(&self) -> bool {
        self.0.shared.ended_active.get()
    }

    /// Has the connection end with the streams that it has.
    pub fn retire(&self) {
        self.0.life.retired.set(true);
        self.0.life.end.wake();
    }

    /// Ready when the connection was retired and its last stream is gone.
    pub fn poll_retired(&self, cx: &mut Context<'_>) -> Poll<()> {
        if self.0.life.retired.get() && self.is_idle() {
            return Poll::Ready(());
        }
        self.0.life.end.wait(cx);
        Poll::Pending
    }

    /// When the connection became idle, if it is.
    pub fn idle_since(&self) -> Option<Instant> {
        self.0.life.idle_since.get().filter(|_| self.is_idle())
    }

    /// True when no stream may be opened any more: the peer said GOAWAY or the connection ended.
    pub fn is_draining(&self) -> bool {
        self.0.shared.goaway_received.get() || self.is_closed()
    }

    /// True when the peer said GOAWAY.
    pub fn was_told_to_leave(&self) -> bool {
        self.0.shared.goaway_received.get()
    }

    pub fn is_closed(&self) -> bool {
        self.0.life.ended.borrow().is_some()
    }

    /// Ready when no stream may be opened any more.
    pub fn poll_draining(&self, cx: &mut Context<'_>) -> Poll<()> {
        if self.is_draining() {
            return Poll::Ready(());
        }
        self.0.life.end.wait(cx);
        Poll::Pending
    }

    /// Ready when the connection is over.
    pub fn poll_closed(&self, cx: &mut Context<'_>) -> Poll<Result<(), ConnectionError>> {
        if let Some(ended) = &*self.0.life.ended.borrow() {
            return Poll::Ready(ended.clone());
        }
        self.0.life.end.wait(cx);
        Poll::Pending
    }
}

impl Handle {
    /// Why no stream can be opened or go on here.
    pub(super) fn ended(&self) -> StreamReset {
        let protocol_error = matches!(
            &*self.life.ended.borrow(),
            Some(Err(error)) if error.kind == super::ConnectionErrorKind::Protocol
        );
        connection_ended(Role::Client, &self.shared, protocol_error)
    }

    /// A stream is gone: there may be room for another.
    pub(super) fn stream_closed(&self) {
        self.shared.stream_closed();
        if self.shared.streams_active.get() == 0 {
            self.life.idle_since.set(Some(now()));
            if self.life.retired.get() {
                self.life.end.wake();
            }
        }
        self.life.room.wake();
    }
}

/// The connection's task.
struct Driver<S: AsyncRead + AsyncWrite + Unpin> {
    connection: Connection<Wire<S>, Chunk>,
    transport: Rc<RefCell<Transport<S>>>,
    shared: Rc<Shared>,
    keepalive: Option<Keepalive>,
    life: Rc<Life>,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Driver<S> {
    async fn run(mut self) {
        let ended = poll_fn(|cx| self.poll(cx)).await;
        let life = Rc::clone(&self.life);
        // Streams learn of the end from the library, which tells them when it goes.
        let (shared, active) = (&self.shared, self.shared.streams_active.get() > 0);
        // The library ends it when what the peer still serves is done.
        let left = shared.goaway_received.get() && !shared.read_to_end.get() && ended.is_ok();
        shared.ended_active.set(active && !left);
        *life.ended.borrow_mut() = Some(ended);
        drop(self);
        life.wake_all();
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), ConnectionError>> {
        self.shared.register(cx);
        let draining = self.shared.goaway_received.get();
        let polled = Pin::new(&mut self.connection).poll(cx);
        if self.shared.goaway_received.get() != draining || self.shared.room_changed.take() {
            self.life.wake_all();
        }
        self.poll_keepalive(cx);
        self.transport.borrow_mut().judge_suspects(Role::Client);
        let over = polled.is_pending() && self.transport.borrow_mut().judge_batch();
        if self.shared.violation().is_some() {
            self.transport.borrow_mut().discard_unsealed();
        }
        let flushed = self.transport.borrow_mut().poll_flush(cx);
        if over {
            self.transport.borrow_mut().begin_batch();
        }
        match (self.shared.violation(), polled, flushed) {
            (Some(violation), _, _) => {
                Poll::Ready(Err(ConnectionError::of_violation(&self.shared, violation)))
            }
            (None, Poll::Ready(ended), _) => {
                Poll::Ready(ended.map_err(|error| ConnectionError::of_client(&self.shared, &error)))
            }
            (None, Poll::Pending, Poll::Ready(Err(error))) => {
                Poll::Ready(Err(ConnectionError::of_io(&self.shared, &error)))
            }
            // Who might want the rest to be written is gone.
            (None, Poll::Pending, Poll::Pending) if Rc::strong_count(&self.life) == 1 => {
                Poll::Ready(Ok(()))
            }
            (None, Poll::Pending, _) => Poll::Pending,
        }
    }

    fn poll_keepalive(&mut self, cx: &mut Context<'_>) {
        let Some(keepalive) = &mut self.keepalive else { return };
        let activity = self.shared.activity.get();
        if self.life.ping_wanted.take() {
            keepalive.ping(activity);
            // The ping is written when the library is polled next.
            cx.waker().wake_by_ref();
        }
        if keepalive.poll(cx, activity).is_ready() {
            self.shared.condemn(Violation::KeepaliveTimeout);
        }
    }
}

fn builder(options: &Http2Options, limits: &HeadLimits) -> Builder {
    let mut builder = Builder::new();
    builder
        .enable_push(false)
        .header_table_size(options.hpack_table_size)
        .max_concurrent_streams(options.max_concurrent_streams)
        .initial_max_send_streams(options.max_concurrent_streams as usize)
        .initial_window_size(options.initial_stream_window_size)
        .max_header_list_size(limits.library_header_list_size())
        .max_concurrent_reset_streams(super::server::RESET_STREAMS_KEPT)
        .reset_stream_duration(super::server::RESET_STREAM_DURATION)
        .max_local_error_reset_streams(None)
        .data_frame_budget(super::server::data_frame_budget(options))
        .max_send_buffer_size(limits.stream_buffer_limit_bytes);
    builder
}
