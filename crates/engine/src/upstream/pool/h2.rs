//! HTTP/2 connections of one worker to one host: streams share a connection until it is full.

use std::cell::{Cell, RefCell};
use std::ops::{Deref, DerefMut};
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use super::waiting::{Queue, Slot};
use super::{ConnectionFacts, PoolContext, Refusal, connect};
use crate::codec::h2::{ClientConnection, ClientStream};
use crate::codec::{ResetReason, StreamReset};
use crate::observe::stats::traffic::ByteMeter;
use crate::rt::clock::now;
use crate::rt::timer::LazyTimer;
use crate::upstream::circuit_breaker::{Resource, Slot as Place};
use crate::upstream::host::{ActiveOn, Host};
use crate::upstream::worker_host::HostHandle;

/// The connections.
#[derive(Debug)]
pub struct Pool {
    context: Rc<PoolContext>,
    host: HostHandle,
    connections: RefCell<Vec<Rc<Connection>>>,
    waiting: Queue<Rc<Connection>>,
    opening: Cell<usize>,
    /// Held while it has a connection or opens one.
    place: RefCell<Option<Place>>,
}

#[derive(Debug)]
struct Connection {
    codec: ClientConnection,
    facts: ConnectionFacts,
    meter: RefCell<ByteMeter>,
}

impl Connection {
    fn takes_more(&self, context: &PoolContext) -> bool {
        let served = self.facts.requests.get();
        self.codec.has_room() && context.max_requests.is_none_or(|limit| served < limit)
    }
}

impl Connection {
    fn count_bytes(&self) {
        self.codec.report_bytes(&mut self.meter.borrow_mut());
    }
}

impl Pool {
    pub fn new(context: Rc<PoolContext>, host: Arc<Host>) -> Rc<Self> {
        Rc::new(Self {
            context,
            host: HostHandle::new(host),
            connections: RefCell::default(),
            waiting: Queue::default(),
            opening: Cell::new(0),
            place: RefCell::default(),
        })
    }

    /// A stream for a request, at once if a connection has room.
    pub fn checkout(self: &Rc<Self>) -> Result<Checkout, Refusal> {
        match self.with_room() {
            Some(connection) => self.attach(connection).map(Checkout::Ready),
            None => self.wait().map(Checkout::Waiting),
        }
    }

    fn with_room(&self) -> Option<Rc<Connection>> {
        let connections = self.connections.borrow();
        connections.iter().find(|connection| connection.takes_more(&self.context)).cloned()
    }

    fn attach(self: &Rc<Self>, connection: Rc<Connection>) -> Result<PooledStream, Refusal> {
        let stats = &self.context.stats;
        let Some(place) = self.context.breaker.try_acquire(Resource::Requests) else {
            stats.upstream_rq_active_overflow.inc();
            return Err(Refusal::Active);
        };
        stats.upstream_rq_total.inc();
        stats.upstream_rq_active.inc();
        connection.facts.requests.set(connection.facts.requests.get() + 1);
        Ok(PooledStream {
            stream: connection.codec.open(),
            pool: Rc::clone(self),
            connection,
            _place: place,
            _active: ActiveOn::request(self.host.clone()),
        })
    }

    fn wait(self: &Rc<Self>) -> Result<Waiting, Refusal> {
        let stats = &self.context.stats;
        let Some(place) = self.context.breaker.try_acquire(Resource::PendingRequests) else {
            stats.upstream_rq_pending_overflow.inc();
            return Err(Refusal::Pending);
        };
        stats.upstream_rq_pending_total.inc();
        stats.upstream_rq_pending_active.inc();
        let slot = self.waiting.enter();
        self.open_for_waiting();
        Ok(Waiting {
            pool: Rc::clone(self),
            slot,
            place: Some(place),
            _active: ActiveOn::pending_request(self.host.clone()),
        })
    }

    /// One connection at a time is opened: it will have room for all who wait, as a rule.
    fn open_for_waiting(self: &Rc<Self>) {
        if self.opening.get() > 0 || self.waiting.is_empty() {
            return;
        }
        let breaker = &self.context.breaker;
        let place = match breaker.try_acquire(Resource::Connections) {
            Some(place) => place,
            None => {
                self.context.stats.upstream_cx_overflow.inc();
                if !self.connections.borrow().is_empty() {
                    return;
                }
                breaker.acquire_over_limit(Resource::Connections)
            }
        };
        self.opening.set(1);
        self.place.borrow_mut().get_or_insert_with(|| breaker.acquire_pool());
        tokio::task::spawn_local(open(Rc::clone(self), place));
    }

    /// Lets those who wait have the room that there is.
    fn serve_waiting(self: &Rc<Self>) {
        while !self.waiting.is_empty() {
            let Some(connection) = self.with_room() else { break };
            // Room is taken when the waiting task opens its stream; count it now, so that a
            // connection is not promised to more than it takes.
            let room = connection.codec.max_streams() - connection.codec.streams_active();
            for _ in 0..room.min(self.waiting.len()) {
                self.waiting.serve(Rc::clone(&connection));
            }
            if room == 0 {
                break;
            }
        }
        self.open_for_waiting();
    }

    fn remove(&self, connection: &Rc<Connection>) {
        self.connections.borrow_mut().retain(|other| !Rc::ptr_eq(other, connection));
        self.leave_if_empty();
    }

    fn leave_if_empty(&self) {
        if self.opening.get() == 0 && self.connections.borrow().is_empty() {
            self.place.take();
        }
    }
}

async fn open(pool: Rc<Pool>, place: Place) {
    let opened = establish(&pool, place).await;
    pool.opening.set(0);
    match opened {
        Ok(connection) => {
            let connection = Rc::new(connection);
            pool.connections.borrow_mut().push(Rc::clone(&connection));
            tokio::task::spawn_local(watch(Rc::clone(&pool), connection));
            pool.serve_waiting();
        }
        Err(reset) => {
            pool.leave_if_empty();
            let failed = pool.waiting.fail(&reset) as u64;
            pool.context.stats.upstream_rq_pending_failure_eject.add(failed);
        }
    }
}

async fn establish(pool: &Pool, place: Place) -> Result<Connection, StreamReset> {
    let context = &pool.context;
    context.stats.upstream_cx_http2_total.inc();
    let (stream, facts) = connect(context, pool.host.shared(), place).await?;
    let started =
        ClientConnection::start(stream, &context.http2, context.head_limits, context.h2_stats())
            .await;
    match started {
        Ok(codec) => {
            let meter = RefCell::new(ByteMeter::new(Rc::clone(&context.h1.traffic)));
            Ok(Connection { codec, facts, meter })
        }
        Err(_) => {
            context.closed(&facts, true, false);
            Err(StreamReset::new(ResetReason::ConnectionTermination))
        }
    }
}

/// Why a connection is left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// It is over.
    Closed,
    /// So it is, as what the upstream sent could not be taken.
    Broken,
    Idle,
    /// It has carried as many requests, or lasted as long, as it may, or the peer wants no more.
    Retired,
}

/// Runs while the connection lives: takes it out of the pool when it drains, ends, is worn out or
/// has waited too long without a stream.
async fn watch(pool: Rc<Pool>, connection: Rc<Connection>) {
    let mut timer = LazyTimer::default();
    let idle_timeout = pool.context.idle_timeout;
    let mut retire_at = connection.facts.retire_at;
    let mut noticed = false;
    let end = std::future::poll_fn(|cx| {
        if connection.codec.was_told_to_leave() && !noticed {
            noticed = true;
            pool.context.stats.upstream_cx_close_notify.inc();
            pool.remove(&connection);
            connection.codec.retire();
        }
        // As in Envoy such a connection is ours to end, whether or not the peer has ended it, too.
        let over = connection.codec.is_idle() || connection.codec.is_closed();
        if noticed && over && !connection.codec.ended_active() {
            return Poll::Ready(End::Retired);
        }
        if let Poll::Ready(ended) = connection.codec.poll_closed(cx) {
            let broken = ended.is_err_and(|error| error.is_fault_of_peer());
            return Poll::Ready(if broken { End::Broken } else { End::Closed });
        }
        if connection.codec.poll_draining(cx).is_ready() {
            pool.remove(&connection);
        }
        // Streams come and go without waking this task: the timer looks again when it fires.
        loop {
            let at = now();
            if retire_at.take_if(|limit| *limit <= at).is_some() {
                pool.context.stats.upstream_cx_max_duration_reached.inc();
                pool.remove(&connection);
                connection.codec.retire();
            }
            if connection.codec.poll_retired(cx).is_ready() {
                return Poll::Ready(End::Retired);
            }
            let late_at =
                idle_timeout.map(|limit| connection.codec.idle_since().unwrap_or(at) + limit);
            if late_at.is_some_and(|limit| limit <= at) {
                return Poll::Ready(End::Idle);
            }
            ready!(timer.poll(cx, late_at.into_iter().chain(retire_at).min()));
        }
    })
    .await;
    pool.remove(&connection);
    connection.count_bytes();
    let stats = &pool.context.stats;
    match end {
        End::Idle => stats.upstream_cx_idle_timeout.inc(),
        End::Broken => stats.upstream_cx_protocol_error.inc(),
        End::Closed | End::Retired => {}
    }
    let codec = &connection.codec;
    let active = match end {
        End::Closed | End::Broken => codec.ended_active(),
        End::Idle => !codec.is_idle(),
        End::Retired => false,
    };
    pool.context.closed(&connection.facts, end == End::Closed, active);
    pool.serve_waiting();
}

/// What a checkout gave.
#[derive(Debug)]
pub enum Checkout {
    Ready(PooledStream),
    Waiting(Waiting),
}

/// A request that waits for a connection; dropping it gives the place up.
#[derive(Debug)]
pub struct Waiting {
    pool: Rc<Pool>,
    slot: Rc<Slot<Rc<Connection>>>,
    place: Option<Place>,
    _active: ActiveOn<HostHandle>,
}

impl Waiting {
    /// Ready with a stream, or with the reason why there is none.
    pub fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Result<PooledStream, StreamReset>> {
        let answer = ready!(self.slot.poll(cx));
        self.place = None;
        Poll::Ready(
            answer.and_then(|connection| self.pool.attach(connection).map_err(StreamReset::from)),
        )
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.pool.context.stats.upstream_rq_pending_active.dec();
        if self.place.is_some() {
            self.pool.context.stats.upstream_rq_cancelled.inc();
        }
        if self.pool.waiting.leave(&self.slot).is_some() {
            self.pool.serve_waiting();
        }
    }
}

/// A stream in use.
#[derive(Debug)]
pub struct PooledStream {
    stream: ClientStream,
    pool: Rc<Pool>,
    connection: Rc<Connection>,
    _place: Place,
    _active: ActiveOn<HostHandle>,
}

impl PooledStream {
    pub fn facts(&self) -> &ConnectionFacts {
        &self.connection.facts
    }
}

impl Deref for PooledStream {
    type Target = ClientStream;

    fn deref(&self) -> &ClientStream {
        &self.stream
    }
}

impl DerefMut for PooledStream {
    fn deref_mut(&mut self) -> &mut ClientStream {
        &mut self.stream
    }
}

impl Drop for PooledStream {
    fn drop(&mut self) {
        let stats = &self.pool.context.stats;
        stats.upstream_rq_active.dec();
        self.connection.count_bytes();
        if self.pool.context.max_requests == Some(self.connection.facts.requests.get()) {
            stats.upstream_cx_max_requests.inc();
            self.pool.remove(&self.connection);
            self.connection.codec.retire();
        }
        if !self.pool.waiting.is_empty() {
            let pool = Rc::clone(&self.pool);
            // The stream itself frees its room when it is dropped, right after this.
            tokio::task::spawn_local(async move { pool.serve_waiting() });
        }
    }
}
