//! Upstream connections of TCP proxies: one for each downstream connection, never reused.

use std::rc::Rc;
use std::sync::Arc;

use voyant_ir::route::RoutePriority;

use super::{ConnectionFacts, PoolContext, connect};
use crate::codec::{ResetReason, StreamReset};
use crate::observe::stats::traffic::ByteMeter;
use crate::rt::stream::Stream;
use crate::upstream::UpstreamCluster;
use crate::upstream::circuit_breaker::{Resource, Slot};
use crate::upstream::host::{ActiveOn, Host};

/// A connection to a host.
#[derive(Debug)]
pub struct TcpConnection {
    context: Rc<PoolContext>,
    stream: Stream,
    facts: ConnectionFacts,
    remote_ended: bool,
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
        let _pending = Pending::enter(&context, host)?;
        connect(&context, host, place).await.inspect_err(|_| {
            context.stats.upstream_rq_pending_failure_eject.inc();
        })?
    };
    context.stats.upstream_rq_total.inc();
    context.stats.upstream_rq_active.inc();
    Ok(TcpConnection { context, stream, facts, remote_ended: false })
}

/// The downstream connection waits for this one.
struct Pending<'a> {
    context: &'a PoolContext,
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
        Ok(Self { context, _place: place, _active: active })
    }
}

impl Drop for Pending<'_> {
    fn drop(&mut self) {
        self.context.stats.upstream_rq_pending_active.dec();
    }
}

impl TcpConnection {
    pub fn stream(&mut self) -> &mut Stream {
        &mut self.stream
    }

    /// Where the connection's bytes count.
    pub fn meter(&self) -> ByteMeter {
        ByteMeter::new(Rc::clone(&self.context.h1.traffic))
    }

    pub fn facts(&self) -> &ConnectionFacts {
        &self.facts
    }

    /// Counts who ended it.
    pub fn finished(mut self, remote_ended: bool) {
        self.remote_ended = remote_ended;
    }
}

impl Drop for TcpConnection {
    fn drop(&mut self) {
        self.context.stats.upstream_rq_active.dec();
        // It was there for this one downstream connection, to the last.
        self.context.closed(&self.facts, self.remote_ended, true);
    }
}
