//! Upstream connections of TCP proxies: one for each downstream connection, never reused.

use std::rc::Rc;
use std::sync::Arc;

use bytes::BytesMut;
use voyant_ir::route::RoutePriority;

use super::{ConnectionFacts, PoolContext, connect};
use crate::codec::h1::wire::Wire;
use crate::codec::{ResetReason, StreamReset};
use crate::observe::stats::traffic::ByteMeter;
use crate::rt::stream::Stream;
use crate::upstream::UpstreamCluster;
use crate::upstream::circuit_breaker::{Resource, Slot};
use crate::upstream::host::{ActiveOn, Host};

/// A connection to a host.
#[derive(Debug)]
pub struct TcpConnection {
    stream: Stream,
    held: TcpUse,
}

/// What a connection holds while it is open, and what is counted at its end.
#[derive(Debug)]
pub struct TcpUse {
    context: Rc<PoolContext>,
    facts: ConnectionFacts,
    remote_ended: bool,
    active: bool,
}

/// Opens a connection, if the circuit breakers let it.
pub async fn connect_tcp(
    cluster: &UpstreamCluster,
    host: &Arc<Host>,
    priority: RoutePriority,
) -> Result<TcpConnection, StreamReset> {
    let context = PoolContext::new(cluster, priority);
    let Some(place) = context.breaker.try_acquire(Resource::Connections) else {
        context.stats.upstream_cx_overflow.inc();
        return Err(StreamReset::new(ResetReason::Overflow));
    };
    let (stream, facts) = {
        let pending = Pending::enter(&context, host)?;
        let connected = connect(&context, host, place).await;
        pending.over();
        connected.inspect_err(|_| context.stats.upstream_rq_pending_failure_eject.inc())?
    };
    context.stats.upstream_rq_total.inc();
    context.stats.upstream_rq_active.inc();
    // It is there for one downstream connection, to the last.
    let held = TcpUse { context, facts, remote_ended: false, active: true };
    Ok(TcpConnection { stream, held })
}

/// The downstream connection waits for this one. Dropped before it is there, it was cancelled.
struct Pending<'a> {
    context: &'a PoolContext,
    over: bool,
    _place: Slot,
    _active: ActiveOn<Arc<Host>>,
}

impl<'a> Pending<'a> {
    fn enter(context: &'a PoolContext, host: &Arc<Host>) -> Result<Self, StreamReset> {
        let stats = &context.stats;
        let Some(place) = context.breaker.try_acquire(Resource::PendingRequests) else {
            stats.upstream_rq_pending_overflow.inc();
            return Err(StreamReset::new(ResetReason::Overflow));
        };
        stats.upstream_rq_pending_total.inc();
        stats.upstream_rq_pending_active.inc();
        let active = ActiveOn::pending_request(Arc::clone(host));
        Ok(Self { context, over: false, _place: place, _active: active })
    }

    fn over(mut self) {
        self.over = true;
    }
}

impl Drop for Pending<'_> {
    fn drop(&mut self) {
        let stats = &self.context.stats;
        stats.upstream_rq_pending_active.dec();
        if !self.over {
            stats.upstream_rq_cancelled.inc();
        }
    }
}

impl TcpConnection {
    pub fn stream(&mut self) -> &mut Stream {
        &mut self.stream
    }

    /// Where the connection's bytes count.
    pub fn meter(&self) -> ByteMeter {
        ByteMeter::new(Rc::clone(&self.held.context.h1.traffic))
    }

    pub fn facts(&self) -> &ConnectionFacts {
        &self.held.facts
    }

    /// Counts who ended it.
    pub fn finished(mut self, remote_ended: bool) {
        self.held.remote_ended = remote_ended;
    }

    /// The connection as a wire with buffers, and what it holds.
    pub fn into_wire(self) -> (Wire, TcpUse) {
        let meter = self.meter();
        let Self { stream, held } = self;
        (Wire::new(stream, BytesMut::new(), meter), held)
    }
}

impl TcpUse {
    pub fn facts(&self) -> &ConnectionFacts {
        &self.facts
    }

    /// Notes who ended the connection, and whether it was still in use.
    pub fn ended(&mut self, by_remote: bool, active: bool) {
        (self.remote_ended, self.active) = (by_remote, active);
    }
}

impl Drop for TcpUse {
    fn drop(&mut self) {
        self.context.stats.upstream_rq_active.dec();
        self.context.closed(&self.facts, self.remote_ended, self.active);
    }
}
