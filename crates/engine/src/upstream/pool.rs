//! Pools of upstream connections: each worker has its own, by host and protocol.

use std::cell::Cell;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use super::circuit_breaker::{CircuitBreaker, Slot};
use super::connect::{ConnectError, ConnectOptions};
use super::host::{ActiveOn, Host};
use crate::codec::StreamReset;
use crate::http::stream_info::PeerAddress;
use crate::observe::stats::groups::cluster::ClusterTrafficStats;
use crate::rt::clock::{Instant, now};
use crate::rt::stream::Stream;

pub mod h1;

/// What the pools of one cluster and priority share on one worker.
#[derive(Debug)]
pub struct PoolContext {
    pub stats: Arc<ClusterTrafficStats>,
    pub breaker: CircuitBreaker,
    pub connect: ConnectOptions,
    pub h1: Rc<crate::codec::h1::client::ClientSettings>,
    pub idle_timeout: Option<Duration>,
    pub max_connection_duration: Option<Duration>,
    pub max_requests: Option<u32>,
    pub connection_ids: Rc<Cell<u64>>,
}

/// What is known of an open connection.
#[derive(Debug)]
pub struct ConnectionFacts {
    pub id: u64,
    pub opened: Instant,
    pub requests: Cell<u32>,
    pub remote: PeerAddress,
    pub local: PeerAddress,
    _place: Slot,
    _active: ActiveOn<Arc<Host>>,
}

/// Opens a connection to a host and counts it.
async fn connect(
    context: &PoolContext,
    host: &Arc<Host>,
    place: Slot,
) -> Result<(Stream, ConnectionFacts), StreamReset> {
    let stats = &context.stats;
    let active = ActiveOn::connection(Arc::clone(host));
    let remote = host.addresses().first.clone();
    let began = now();
    stats.upstream_cx_total.inc();
    stats.upstream_cx_active.inc();
    match context.connect.connect(&remote).await {
        Ok(stream) => {
            let opened = now();
            stats.upstream_cx_connect_ms.record_ms(opened - began);
            context.connection_ids.set(context.connection_ids.get() + 1);
            let facts = ConnectionFacts {
                id: context.connection_ids.get(),
                opened,
                requests: Cell::new(0),
                local: stream.local_address(),
                remote,
                _place: place,
                _active: active,
            };
            Ok((stream, facts))
        }
        Err(error) => {
            host.counters.connect_failed();
            stats.upstream_cx_connect_fail.inc();
            if matches!(error, ConnectError::Timeout) {
                stats.upstream_cx_connect_timeout.inc();
            }
            stats.upstream_cx_active.dec();
            stats.upstream_cx_destroy.inc();
            stats.upstream_cx_length_ms.record_ms(now() - began);
            Err(StreamReset::from(&error))
        }
    }
}

impl PoolContext {
    /// Counts the end of a connection: by whom, with a request on it or not.
    fn closed(&self, facts: &ConnectionFacts, remote: bool, active: bool) {
        let stats = &self.stats;
        stats.upstream_cx_active.dec();
        stats.upstream_cx_destroy.inc();
        let (ended, ended_active) = if remote {
            (&stats.upstream_cx_destroy_remote, &stats.upstream_cx_destroy_remote_with_active_rq)
        } else {
            (&stats.upstream_cx_destroy_local, &stats.upstream_cx_destroy_local_with_active_rq)
        };
        ended.inc();
        if active {
            stats.upstream_cx_destroy_with_active_rq.inc();
            ended_active.inc();
        }
        stats.upstream_cx_length_ms.record_ms(now() - facts.opened);
        stats.upstream_rq_per_cx.record(facts.requests.get().into());
    }
}
