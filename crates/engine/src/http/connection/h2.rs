//! The life of a downstream HTTP/2 connection: a task for each stream.

use std::cell::RefCell;
use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use bytes::BytesMut;

use super::late::UNREAD;
use super::{By, Ended};
use crate::codec::h2::{
    Accepted, ConnectionError, ConnectionErrorKind, ServerConnection, ServerStream,
};
use crate::codec::{Protocol, ResetReason, StreamReset};
use crate::head::Head;
use crate::head::header_name::HeaderId;
use crate::http::connection_ending::{Ending, reasons};
use crate::http::connection_manager::on_worker::Manager;
use crate::http::exchange::sides::Downstream;
use crate::http::exchange::{Exchange, RequestFacts};
use crate::http::stream_info::{ConnectionInfo, StreamInfo};
use crate::observe::stats::traffic::ByteMeter;
use crate::rt::clock::{Instant, now};
use crate::rt::stream::Stream;
use crate::rt::timer::LazyTimer;
use drain::{Age, Drain};
use unfinished::UnfinishedHead;

mod drain;
mod unfinished;

struct Connection<'a> {
    manager: &'a Rc<Manager>,
    codec: ServerConnection,
    meter: ByteMeter,
    info: Rc<ConnectionInfo>,
    timer: LazyTimer,
    timers: Rc<Timers>,
    drain: Drain,
    idle_since: Instant,
    retire_at: Option<Instant>,
    requests: u32,
    unfinished: Option<Box<UnfinishedHead>>,
}

/// Timers of finished streams, for the next ones.
#[derive(Debug, Default)]
struct Timers(RefCell<Vec<LazyTimer>>);

pub async fn serve(
    manager: &Rc<Manager>,
    stream: Stream,
    input: BytesMut,
    info: Rc<ConnectionInfo>,
    retire_at: Option<Instant>,
) -> Ended {
    let stats = std::sync::Arc::clone(manager.http2_stats());
    let codec = ServerConnection::new(stream, input, &manager.http2, manager.head_limits, stats);
    let mut connection = Connection {
        manager,
        codec,
        meter: ByteMeter::new(Rc::clone(&manager.http1.traffic)),
        info,
        timer: LazyTimer::default(),
        timers: Rc::default(),
        drain: Drain::No,
        idle_since: now(),
        retire_at,
        requests: 0,
        unfinished: None,
    };
    loop {
        let mut head = manager.worker.heads.take();
        let next = poll_fn(|cx| connection.poll(cx, &mut head)).await;
        match next {
            Next::Stream(stream) => connection.spawn(head, stream),
            Next::Refused(reset, fields) => connection.refused(head, &reset, fields),
            // Who was told to go and has nothing left is not waited for.
            Next::Ended => {
                let by = if connection.drain.is_refusing() { By::Local } else { By::Remote };
                connection.note_ending(by, false, connection.drain.reason());
                let ended = connection.ended(by);
                connection.leave_unfinished(head);
                return ended;
            }
            Next::Stuck => {
                manager.stats.downstream_cx_delayed_close_timeout.inc();
                connection.note_ending(By::Local, false, reasons::DELAYED_CLOSE);
                return connection.ended(By::Local);
            }
            Next::Broken(error) => {
                let left = error.kind == ConnectionErrorKind::Io;
                let mut ended = connection.ended(if left { By::Remote } else { By::Local });
                ended.active |= error.unseen_request;
                connection.broken(head, &error);
                let lingered =
                    error.kind == ConnectionErrorKind::Unread || connection.linger().await;
                connection.note_ending(ended.by, error.reset, reason(error.kind, lingered));
                return ended;
            }
        }
    }
}

enum Next {
    Stream(ServerStream),
    Refused(StreamReset, u64),
    Ended,
    /// The client does not take the last that is said to it.
    Stuck,
    Broken(ConnectionError),
}

/// What logs say of why this end closed a broken connection.
fn reason(kind: ConnectionErrorKind, lingered: bool) -> &'static str {
    match kind {
        ConnectionErrorKind::KeepaliveTimeout => reasons::PING_TIMEOUT,
        _ if lingered => reasons::CODEC_ERROR,
        _ => reasons::DELAYED_CLOSE,
    }
}

impl Connection<'_> {
    fn note_ending(&self, by: By, reset: bool, reason: &'static str) {
        self.info.note_ending(|| match by {
            By::Remote => Ending::by_peer(reset),
            By::Local => Ending::by_us(Some(reason)),
        });
    }

    fn ended(&mut self, by: By) -> Ended {
        self.codec.report_bytes(&mut self.meter);
        Ended { by, active: self.codec.has_requests() || self.unfinished.is_some() }
    }

    fn poll(&mut self, cx: &mut Context<'_>, head: &mut Head) -> Poll<Next> {
        loop {
            match self.codec.poll_accept(cx, head) {
                Poll::Ready(None) => return Poll::Ready(Next::Ended),
                Poll::Ready(Some(Ok(Accepted::Stream(stream)))) => {
                    return Poll::Ready(Next::Stream(stream));
                }
                Poll::Ready(Some(Ok(Accepted::Refused(reset, fields)))) => {
                    return Poll::Ready(Next::Refused(reset, fields));
                }
                Poll::Ready(Some(Err(error))) => return Poll::Ready(Next::Broken(error)),
                Poll::Pending => {}
            }
            self.codec.report_bytes(&mut self.meter);
            if self.poll_unfinished(cx).is_ready() {
                continue;
            }
            match ready!(self.poll_age(cx)) {
                Age::Told => {}
                Age::Stuck => return Poll::Ready(Next::Stuck),
            }
        }
    }

    /// Looks at the head that is not whole. Ready when its stream is to be accepted.
    fn poll_unfinished(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let open = self.codec.unfinished_head();
        if self.unfinished.as_ref().is_some_and(|head| open != Some(head.stream)) {
            // The codec refused it without a word, as it does once it has said GOAWAY.
            let head = self.manager.worker.heads.take();
            self.leave_unfinished(head);
        }
        let Some(stream) = open else { return Poll::Pending };
        let (manager, info) = (self.manager, &self.info);
        let unfinished = self
            .unfinished
            .get_or_insert_with(|| Box::new(UnfinishedHead::begin(manager, info, stream)));
        let polled = unfinished.poll(cx);
        if polled.is_ready() {
            self.codec.give_head_up();
        }
        polled
    }

    fn spawn(&mut self, head: Head, stream: ServerStream) {
        self.requests += 1;
        let most = self.manager.config.max_requests_per_connection;
        if most.is_some_and(|most| self.requests >= most) {
            self.manager.stats.downstream_cx_max_requests_reached.inc();
            if self.drain == Drain::No {
                self.begin_drain(reasons::DRAINED);
            }
        }
        if self.drain == Drain::No && self.manager.should_close() {
            self.manager.stats.downstream_cx_drain_close.inc();
            self.begin_drain(reasons::DRAINED);
        }
        let manager = Rc::clone(self.manager);
        let info = Rc::clone(&self.info);
        let begun = self.unfinished.take_if(|begun| begun.stream == stream.id());
        match begun {
            Some(begun) if begun.late.is_some() => {
                tokio::task::spawn_local(too_late(manager, *begun, head, stream))
            }
            begun => {
                let timers = Rc::clone(&self.timers);
                tokio::task::spawn_local(exchange(manager, info, begun, timers, head, stream))
            }
        };
    }

    /// A request that nothing was made of is counted and logged nevertheless.
    fn refused(&mut self, mut head: Head, reset: &StreamReset, fields: u64) {
        self.manager.stats.downstream_rq_rx_reset.inc();
        head.clear();
        let begun = self.unfinished.take();
        let mut info = begun.map_or_else(|| new_info(self.manager, &self.info), |begun| begun.info);
        info.protocol = Some(Protocol::Http2);
        info.bytes.decompressed_received = fields;
        info.note_client_reset(reset);
        Exchange::conclude_unseen(self.manager, info, head);
    }

    /// Nothing more comes of a head that is not whole.
    fn leave_unfinished(&mut self, head: Head) {
        if self.unfinished.is_some() {
            self.refused(head, &StreamReset::new(ResetReason::ConnectionTermination), 0);
        }
    }

    fn broken(&mut self, head: Head, error: &ConnectionError) {
        if error.kind == ConnectionErrorKind::PrematureResets {
            self.manager.stats.downstream_rq_too_many_premature_resets.inc();
        }
        if error.is_protocol_error() {
            self.manager.stats.downstream_cx_protocol_error.inc();
        }
        if error.unseen_request {
            let details = error.details.clone();
            let reset = StreamReset::with_detail(ResetReason::ProtocolError, details);
            self.refused(head, &reset, 0);
        } else {
            self.leave_unfinished(head);
        }
    }

    /// Lets the client see what was written before the end; true if it has gone in time.
    async fn linger(&mut self) -> bool {
        let limit = self.manager.config.timeouts.delayed_close.unwrap_or_default();
        let deadline = now() + limit;
        let lingered = poll_fn(|cx| match self.codec.poll_linger(cx) {
            Poll::Ready(()) => Poll::Ready(true),
            Poll::Pending => self.timer.poll(cx, Some(deadline)).map(|()| false),
        })
        .await;
        if !lingered && !limit.is_zero() {
            self.manager.stats.downstream_cx_delayed_close_timeout.inc();
        }
        lingered
    }
}

fn new_info(manager: &Manager, connection: &Rc<ConnectionInfo>) -> StreamInfo {
    let (began, worker) = (now(), &manager.worker);
    StreamInfo::new(Rc::clone(connection), worker.next_stream_id(), began, worker.wall.at(began))
}

async fn exchange(
    manager: Rc<Manager>,
    info: Rc<ConnectionInfo>,
    begun: Option<Box<UnfinishedHead>>,
    timers: Rc<Timers>,
    head: Head,
    mut stream: ServerStream,
) {
    let info = begun.map_or_else(|| new_info(&manager, &info), |begun| begun.info);
    let facts = RequestFacts {
        end: stream.request_done(),
        expect_continue: head
            .get(HeaderId::Expect)
            .is_some_and(|value| value.eq_ignore_ascii_case(b"100-continue")),
        connect: head.method() == b"CONNECT",
        upgrade: head.contains(HeaderId::Upgrade),
        keep_alive: true,
    };
    let mut timer = timers.take();
    let downstream = Downstream::h2(&mut stream);
    let mut exchange = Exchange::new(&manager, downstream, &mut timer, info, head, facts, false);
    exchange.run().await;
    drop(exchange);
    timers.0.borrow_mut().push(timer);
}

/// Answers a request whose head was given up.
async fn too_late(
    manager: Rc<Manager>,
    begun: UnfinishedHead,
    head: Head,
    mut stream: ServerStream,
) {
    let UnfinishedHead { info, late: Some(late), .. } = begun else { return };
    let mut timer = LazyTimer::default();
    let downstream = Downstream::h2(&mut stream);
    let facts = RequestFacts { keep_alive: true, ..UNREAD };
    let mut exchange = Exchange::new(&manager, downstream, &mut timer, info, head, facts, false);
    exchange.run_late(late.reply(&manager.stats)).await;
}

impl Timers {
    fn take(&self) -> LazyTimer {
        let mut timer = self.0.borrow_mut().pop().unwrap_or_default();
        timer.move_to_another_task();
        timer
    }
}
