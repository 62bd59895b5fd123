//! HTTP/1 connections of one worker to one host.
//!
//! A request takes the connection that was used last, or waits while one is opened; whichever
//! becomes free first serves it. An idle connection is watched without reading: when it has
//! anything to say it has ended, and it leaves the pool (Envoy's `ConnPoolImplBase`).

use std::cell::{Cell, RefCell};
use std::ops::{Deref, DerefMut};
use std::rc::{Rc, Weak};
use std::sync::Arc;
use std::task::{Context, Poll, Waker, ready};

use super::waiting::{Queue, Slot};
use super::{ConnectionFacts, PoolContext, Refusal, connect};
use crate::codec::StreamReset;
use crate::codec::h1::client::{ClientConnection, LastWord};
use crate::observe::stats::groups::codec::ClusterHttp1Stats;
use crate::rt::clock::{Instant, now};
use crate::rt::timer::LazyTimer;
use crate::upstream::circuit_breaker::{Resource, Slot as Place};
use crate::upstream::host::{ActiveOn, Host};
use crate::upstream::worker_host::HostHandle;

/// The connections. Each is boxed where it waits, too: it goes to and fro as a pointer.
#[allow(clippy::vec_box)]
#[derive(Debug)]
pub struct Pool {
    context: Rc<PoolContext>,
    host: HostHandle,
    /// The one used last is at the end.
    idle: RefCell<Vec<Box<Connection>>>,
    waiting: Queue<Box<Connection>>,
    /// Connections being opened, and all connections.
    opening: Cell<usize>,
    open: Cell<usize>,
    /// Held while it has a connection or opens one.
    place: RefCell<Option<Place>>,
    watcher: RefCell<Option<Waker>>,
}

/// A connection with what it holds while it is open.
#[derive(Debug)]
struct Connection {
    codec: ClientConnection,
    facts: ConnectionFacts,
    idle_since: Instant,
}

impl Pool {
    pub fn new(context: Rc<PoolContext>, host: Arc<Host>) -> Rc<Self> {
        context.scope.declare::<ClusterHttp1Stats>();
        Rc::new(Self {
            context,
            host: HostHandle::new(host),
            idle: RefCell::default(),
            waiting: Queue::default(),
            opening: Cell::new(0),
            open: Cell::new(0),
            place: RefCell::default(),
            watcher: RefCell::default(),
        })
    }

    /// A connection for a request, at once if one is idle.
    pub fn checkout(self: &Rc<Self>) -> Result<Checkout, Refusal> {
        let found = loop {
            let Some(connection) = self.idle.borrow_mut().pop() else { break None };
            if connection.codec.is_gone() {
                self.close_idle(connection);
            } else if connection.facts.is_old(now()) {
                self.retire(connection);
            } else {
                break Some(connection);
            }
        };
        match found {
            Some(connection) => self.attach(connection, true).map(Checkout::Ready),
            None => self.wait().map(Checkout::Waiting),
        }
    }

    /// Closes an idle connection that has lasted as long as it may.
    fn retire(self: &Rc<Self>, connection: Box<Connection>) {
        self.context.stats.upstream_cx_max_duration_reached.inc();
        self.context.closed(&connection.facts, false, false);
        self.dropped(connection);
    }

    fn attach(
        self: &Rc<Self>,
        connection: Box<Connection>,
        reused: bool,
    ) -> Result<PooledConnection, Refusal> {
        let Some(place) = self.context.breaker.try_acquire(Resource::Requests) else {
            self.context.stats.upstream_rq_active_overflow.inc();
            self.give_back(connection);
            return Err(Refusal::Active);
        };
        self.context.stats.upstream_rq_total.inc();
        self.context.stats.upstream_rq_active.inc();
        Ok(PooledConnection {
            pool: Rc::clone(self),
            connection: Some(connection),
            reused,
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

    /// Opens connections until each waiting request has one coming, as far as is allowed. A pool
    /// without any connection may always have one.
    fn open_for_waiting(self: &Rc<Self>) {
        while self.opening.get() < self.waiting.len() {
            let breaker = &self.context.breaker;
            let place = match breaker.try_acquire(Resource::Connections) {
                Some(place) => place,
                None => {
                    self.context.stats.upstream_cx_overflow.inc();
                    if self.open.get() > 0 {
                        return;
                    }
                    breaker.acquire_over_limit(Resource::Connections)
                }
            };
            self.opening.set(self.opening.get() + 1);
            self.open.set(self.open.get() + 1);
            self.place.borrow_mut().get_or_insert_with(|| breaker.acquire_pool());
            tokio::task::spawn_local(open(Rc::clone(self), place));
        }
    }

    fn opened(self: &Rc<Self>, result: Result<Box<Connection>, StreamReset>) {
        self.opening.set(self.opening.get() - 1);
        match result {
            Ok(connection) => self.give_back(connection),
            Err(reset) => {
                self.leave();
                let failed = self.waiting.fail(&reset) as u64;
                self.context.stats.upstream_rq_pending_failure_eject.add(failed);
            }
        }
    }

    /// A connection is free: the request that has waited longest gets it.
    fn give_back(self: &Rc<Self>, connection: Box<Connection>) {
        let Some(mut connection) = self.waiting.serve(connection) else {
            return self.open_for_waiting();
        };
        connection.codec.rest();
        connection.idle_since = now();
        if self.watch(&connection).is_ready() {
            self.close_idle(connection);
            return;
        }
        let ages = connection.facts.retire_at.is_some();
        self.idle.borrow_mut().push(connection);
        if ages && let Some(watcher) = &*self.watcher.borrow() {
            // Its end may come before that of those it knows.
            watcher.wake_by_ref();
        }
    }

    /// Registers the watcher's task with a connection that goes idle.
    fn watch(self: &Rc<Self>, connection: &Connection) -> Poll<()> {
        let watcher = self.watcher.borrow();
        match &*watcher {
            Some(waker) => connection.codec.poll_gone(&mut Context::from_waker(waker)),
            None => {
                drop(watcher);
                tokio::task::spawn_local(watch_idle(Rc::downgrade(self)));
                Poll::Pending
            }
        }
    }

    fn finished(self: &Rc<Self>, connection: Box<Connection>) {
        let stats = &self.context.stats;
        stats.upstream_rq_active.dec();
        let served = connection.facts.requests.get() + 1;
        connection.facts.requests.set(served);
        let worn_out = self.context.max_requests.is_some_and(|limit| served >= limit);
        if worn_out {
            stats.upstream_cx_max_requests.inc();
        }
        if connection.codec.was_told_to_close() {
            stats.upstream_cx_close_notify.inc();
        }
        if connection.codec.has_surplus() {
            stats.upstream_cx_protocol_error.inc();
        }
        let old = connection.facts.is_old(now());
        if old {
            stats.upstream_cx_max_duration_reached.inc();
        }
        if connection.codec.can_continue() && !worn_out && !old {
            return self.give_back(connection);
        }
        let remote = connection.codec.ended_by_peer();
        let active = !connection.codec.exchange_done();
        self.context.closed(&connection.facts, remote, active);
        self.dropped(connection);
    }

    /// Closes an idle connection that had something to say.
    fn close_idle(self: &Rc<Self>, connection: Box<Connection>) {
        let last_word = connection.codec.last_word();
        if last_word == LastWord::Unasked {
            self.context.stats.upstream_cx_protocol_error.inc();
        }
        self.context.closed(&connection.facts, last_word == LastWord::Closed, false);
        self.dropped(connection);
    }

    fn dropped(self: &Rc<Self>, connection: Box<Connection>) {
        drop(connection);
        self.leave();
        self.open_for_waiting();
    }

    /// A connection is gone.
    fn leave(&self) {
        self.open.set(self.open.get() - 1);
        if self.open.get() == 0 {
            self.place.take();
        }
    }

    /// Closes idle connections that have ended or waited too long; answers when to look again.
    fn sweep(self: &Rc<Self>, cx: &mut Context<'_>) -> Option<Instant> {
        let timeout = self.context.idle_timeout;
        let at = now();
        let kept = self.idle.take();
        let (mut idle, mut ended) = (Vec::with_capacity(kept.len()), Vec::new());
        for connection in kept {
            let late = timeout.is_some_and(|limit| at >= connection.idle_since + limit);
            if late || connection.facts.is_old(at) || connection.codec.poll_gone(cx).is_ready() {
                ended.push((connection, late));
            } else {
                idle.push(connection);
            }
        }
        // One that goes idle later is looked at no later than a whole timeout from now.
        let stale = timeout.map(|limit| idle.first().map_or(at, |first| first.idle_since) + limit);
        let old = idle.iter().filter_map(|connection| connection.facts.retire_at).min();
        let next = stale.into_iter().chain(old).min();
        self.idle.replace(idle);
        for (connection, late) in ended {
            if late {
                self.context.stats.upstream_cx_idle_timeout.inc();
                self.context.closed(&connection.facts, false, false);
                self.dropped(connection);
            } else if connection.facts.is_old(at) {
                self.retire(connection);
            } else {
                self.close_idle(connection);
            }
        }
        next
    }
}

async fn open(pool: Rc<Pool>, place: Place) {
    pool.context.stats.upstream_cx_http1_total.inc();
    let opened = connect(&pool.context, pool.host.shared(), place).await;
    let result = opened.map(|(stream, facts)| {
        let codec = ClientConnection::new(stream, Rc::clone(&pool.context.h1));
        Box::new(Connection { codec, facts, idle_since: now() })
    });
    pool.opened(result);
}

/// Runs while its pool lives: woken when an idle connection ends or one has waited too long.
async fn watch_idle(pool: Weak<Pool>) {
    let mut timer = LazyTimer::default();
    std::future::poll_fn(|cx| {
        let Some(pool) = pool.upgrade() else { return Poll::Ready(()) };
        pool.watcher.borrow_mut().get_or_insert_with(|| cx.waker().clone());
        while let Some(next) = pool.sweep(cx) {
            if timer.poll(cx, Some(next)).is_pending() {
                break;
            }
        }
        Poll::Pending
    })
    .await;
}

impl Drop for Pool {
    fn drop(&mut self) {
        for connection in self.idle.take() {
            self.context.closed(&connection.facts, false, false);
        }
        if let Some(watcher) = self.watcher.take() {
            watcher.wake();
        }
    }
}

/// What a checkout gave.
#[derive(Debug)]
pub enum Checkout {
    Ready(PooledConnection),
    Waiting(Waiting),
}

/// A request that waits for a connection; dropping it gives the place up.
#[derive(Debug)]
pub struct Waiting {
    pool: Rc<Pool>,
    slot: Rc<Slot<Box<Connection>>>,
    place: Option<Place>,
    _active: ActiveOn<HostHandle>,
}

impl Waiting {
    /// Ready with a connection, or with the reason why there is none.
    pub fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Result<PooledConnection, StreamReset>> {
        let answer = ready!(self.slot.poll(cx));
        self.place = None;
        Poll::Ready(answer.and_then(|connection| {
            let reused = connection.facts.requests.get() > 0;
            self.pool.attach(connection, reused).map_err(StreamReset::from)
        }))
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.pool.context.stats.upstream_rq_pending_active.dec();
        if self.place.is_some() {
            self.pool.context.stats.upstream_rq_cancelled.inc();
        }
        if let Some(connection) = self.pool.waiting.leave(&self.slot) {
            self.pool.give_back(connection);
        }
    }
}

/// A connection in use; dropping it returns it to the pool if it can serve again.
#[derive(Debug)]
pub struct PooledConnection {
    pool: Rc<Pool>,
    /// There until it is dropped.
    connection: Option<Box<Connection>>,
    reused: bool,
    _place: Place,
    _active: ActiveOn<HostHandle>,
}

impl PooledConnection {
    /// It had served another request before.
    pub fn was_reused(&self) -> bool {
        self.reused
    }

    pub fn facts(&self) -> &ConnectionFacts {
        &self.inner().facts
    }

    fn inner(&self) -> &Connection {
        // It is taken only by `drop`.
        self.connection.as_ref().unwrap_or_else(|| unreachable!())
    }
}

impl Deref for PooledConnection {
    type Target = ClientConnection;

    fn deref(&self) -> &ClientConnection {
        &self.inner().codec
    }
}

impl DerefMut for PooledConnection {
    fn deref_mut(&mut self) -> &mut ClientConnection {
        // It is taken only by `drop`.
        &mut self.connection.as_mut().unwrap_or_else(|| unreachable!()).codec
    }
}

impl Drop for PooledConnection {
    fn drop(&mut self) {
        if let Some(connection) = self.connection.take() {
            self.pool.finished(connection);
        }
    }
}
