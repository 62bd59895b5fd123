//! Pools of upstream connections: each worker has its own, by host and protocol.

use std::cell::{Cell, OnceCell};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use voyant_ir::protocol::{HeadersWithUnderscores, Http2Options};
use voyant_ir::route::RoutePriority;

use super::UpstreamCluster;
use super::circuit_breaker::{CircuitBreaker, Slot};
use super::connect::{ConnectError, ConnectOptions};
use super::happy_eyeballs;
use super::host::{ActiveOn, Host};
use crate::codec::h1::client::ClientSettings;
use crate::codec::h1::{ParseLimits, RequestFormat, ResponseParser};
use crate::codec::h2::{HeadLimits, Http2Stats};
use crate::codec::{ResetReason, StreamReset};
use crate::filter_state::FilterState;
use crate::observe::stats::Scope;
use crate::observe::stats::groups::cluster::ClusterTrafficStats;
use crate::observe::stats::groups::codec::Http2HeaderStats;
use crate::observe::stats::traffic::Traffic;
use crate::rt::address::PeerAddress;
use crate::rt::clock::{Instant, now};
use crate::rt::rng::Rng;
use crate::rt::stream::Stream;
use crate::rt::timer::on;

pub mod h1;
pub mod h2;
pub mod tcp;
pub mod tcp_tunnel;
mod waiting;

/// Which limit keeps a pool from taking a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// Too many wait; no host has seen the request.
    Pending,
    /// Its host carries as many as it may.
    Active,
}

impl From<Refusal> for StreamReset {
    fn from(_: Refusal) -> Self {
        Self::new(ResetReason::Overflow)
    }
}

/// The pools of one host: by the priority of the requests, and by protocol.
#[derive(Debug, Default)]
pub struct HostPools {
    h1: [OnceCell<Rc<h1::Pool>>; 2],
    h2: [OnceCell<Rc<h2::Pool>>; 2],
}

impl HostPools {
    pub fn h1(
        &self,
        priority: RoutePriority,
        make: impl FnOnce() -> Rc<h1::Pool>,
    ) -> &Rc<h1::Pool> {
        self.h1[priority as usize].get_or_init(make)
    }

    pub fn h2(
        &self,
        priority: RoutePriority,
        make: impl FnOnce() -> Rc<h2::Pool>,
    ) -> &Rc<h2::Pool> {
        self.h2[priority as usize].get_or_init(make)
    }
}

/// What the pools of one host share.
#[derive(Debug)]
pub struct PoolContext {
    stats: Arc<ClusterTrafficStats>,
    h2_stats: OnceCell<Arc<Http2Stats>>,
    scope: Arc<Scope>,
    http2_scope: Arc<Scope>,
    breaker: CircuitBreaker,
    connect: ConnectOptions,
    h1: Rc<ClientSettings>,
    http2: Http2Options,
    head_limits: HeadLimits,
    idle_timeout: Option<Duration>,
    connection_age: Option<ConnectionAge>,
    max_requests: Option<u32>,
}

impl PoolContext {
    /// For the pools of a cluster's hosts, for requests of one priority.
    pub fn new(cluster: &UpstreamCluster, priority: RoutePriority) -> Rc<Self> {
        let config = &cluster.config;
        let http = &config.http;
        let buffer_limit = config.per_connection_buffer_limit_bytes as usize;
        let limits = ParseLimits {
            max_bytes: http.max_response_headers_bytes as usize,
            max_count: http.max_response_headers_count as usize,
        };
        let parser = ResponseParser::new(&http.http1, limits);
        let settings = ClientSettings {
            trailers: parser.trailer_rules(),
            parser,
            format: RequestFormat {
                case: http.http1.header_case,
                fully_qualified: http.http1.send_fully_qualified_url,
            },
            buffer_limit,
            traffic: Rc::new(Traffic::Cluster(Arc::clone(&cluster.traffic))),
        };
        Rc::new(Self {
            stats: Arc::clone(&cluster.traffic),
            h2_stats: OnceCell::new(),
            scope: cluster.scope(),
            http2_scope: cluster.http2_scope(),
            breaker: cluster.breaker(priority).clone(),
            connect: ConnectOptions::new(config),
            h1: Rc::new(settings),
            http2: http.http2.clone(),
            head_limits: HeadLimits {
                max_header_bytes: limits.max_bytes,
                max_header_count: limits.max_count,
                max_field_bytes: http.http2.max_header_field_size_bytes as usize,
                headers_with_underscores: HeadersWithUnderscores::Allow,
                stream_buffer_limit_bytes: buffer_limit,
            },
            idle_timeout: on(http.idle_timeout_ms),
            connection_age: on(http.max_connection_duration_ms).map(|limit| ConnectionAge {
                limit,
                jitter_ms: http.max_connection_duration_jitter_ms,
                rng: Rng::from_entropy(),
            }),
            max_requests: (http.max_requests_per_connection > 0)
                .then_some(http.max_requests_per_connection),
        })
    }

    fn h2_stats(&self) -> Arc<Http2Stats> {
        Arc::clone(self.h2_stats.get_or_init(|| {
            self.http2_scope.declare::<Http2HeaderStats>();
            self.http2_scope.shard()
        }))
    }
}

/// Numbers of upstream connections, unique in the process.
static CONNECTION_IDS: AtomicU64 = AtomicU64::new(1);

/// How long connections may last.
#[derive(Debug)]
struct ConnectionAge {
    limit: Duration,
    jitter_ms: u64,
    rng: Rng,
}

/// What is known of an open connection.
#[derive(Debug)]
pub struct ConnectionFacts {
    pub id: u64,
    pub opened: Instant,
    /// When it has lasted as long as it may.
    pub retire_at: Option<Instant>,
    pub requests: Cell<u32>,
    pub remote: PeerAddress,
    pub local: PeerAddress,
    /// What the stream gave it that it was opened for.
    pub filter_state: OnceCell<Option<Rc<FilterState>>>,
    _place: Slot,
    _active: ActiveOn<Arc<Host>>,
}

impl ConnectionFacts {
    /// It has lasted as long as it may, or longer.
    fn is_old(&self, at: Instant) -> bool {
        self.retire_at.is_some_and(|limit| at >= limit)
    }
}

/// A connection that is being opened. Dropped before it is there, it counts as closed.
struct Opening<'a> {
    stats: &'a ClusterTrafficStats,
    began: Instant,
    by_remote: bool,
}

impl<'a> Opening<'a> {
    fn begin(stats: &'a ClusterTrafficStats) -> Self {
        stats.upstream_cx_total.inc();
        stats.upstream_cx_active.inc();
        Self { stats, began: now(), by_remote: false }
    }

    fn succeeded(self) {
        std::mem::forget(self);
    }

    fn failed(mut self, by_remote: bool) {
        self.by_remote = by_remote;
    }
}

impl Drop for Opening<'_> {
    fn drop(&mut self) {
        self.stats.upstream_cx_active.dec();
        self.stats.upstream_cx_destroy.inc();
        if self.by_remote {
            self.stats.upstream_cx_destroy_remote.inc();
        } else {
            self.stats.upstream_cx_destroy_local.inc();
        }
        self.stats.upstream_cx_length_ms.record_ms(now() - self.began);
    }
}

/// Opens a connection to a host and counts it.
async fn connect(
    context: &PoolContext,
    host: &Arc<Host>,
    place: Slot,
) -> Result<(Stream, ConnectionFacts), StreamReset> {
    let stats = &context.stats;
    let active = ActiveOn::connection(Arc::clone(host));
    let opening = Opening::begin(stats);
    let began = opening.began;
    match happy_eyeballs::connect(&context.connect, &host.addresses()).await {
        Ok((stream, remote)) => {
            opening.succeeded();
            let opened = now();
            stats.upstream_cx_connect_ms.record_ms(opened - began);
            let facts = ConnectionFacts {
                id: CONNECTION_IDS.fetch_add(1, Relaxed),
                opened,
                retire_at: context
                    .connection_age
                    .as_ref()
                    .map(|age| opened + age.rng.extended(age.limit, age.jitter_ms)),
                requests: Cell::new(0),
                local: stream.local_address(),
                remote,
                filter_state: OnceCell::new(),
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
            opening.failed(matches!(error, ConnectError::Remote(_)));
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
        let requests = facts.requests.get();
        if requests > 0 {
            stats.upstream_rq_per_cx.record(requests.into());
        }
    }
}
