//! TCP proxy: carries a connection's bytes to a host of a cluster and back
//! (Envoy's `tcp_proxy.v3.TcpProxy`).

use std::future::poll_fn;
use std::rc::Rc;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use voyant_ir::access_log::TcpAccessLogOptions;
use voyant_ir::format::TimePoint;
use voyant_ir::route::RoutePriority;
use voyant_ir::tcp_proxy as ir;

use crate::codec::{ResetReason, StreamReset};
use crate::failure::flags::ResponseFlag;
use crate::http::connection_manager::config::on;
use crate::http::stream_info::{ConnectionInfo, StreamInfo};
use crate::lb::PickContext;
use crate::observe::access_log::AccessLogger;
use crate::observe::format::{AccessLogType, FormatContext};
use crate::observe::stats::Registry;
use crate::observe::stats::groups::tcp_proxy::TcpProxyStats;
use crate::observe::stats::traffic::{ByteMeter, Traffic};
use crate::rt::clock::now;
use crate::rt::stream::Stream;
use crate::rt::timer::LazyTimer;
use crate::upstream::UpstreamCluster;
use crate::upstream::pool::tcp::{TcpConnection, connect_tcp};
use crate::worker::{ConnectionEntry, Worker};
use session::{End, Pauses, Session, Side};

mod backlog;
mod flush;
mod session;

/// A TCP proxy on one worker.
#[derive(Debug)]
pub struct TcpProxy {
    clusters: Box<[ir::TcpWeightedCluster]>,
    total_weight: u64,
    idle_timeout: Option<Duration>,
    max_duration: Option<Duration>,
    max_duration_jitter_ms: u64,
    max_connect_attempts: u32,
    log_on_start: bool,
    log_on_connected: bool,
    flush_interval: Option<Duration>,
    buffer_limit: usize,
    access_logs: Vec<AccessLogger>,
    stats: Arc<TcpProxyStats>,
    traffic: Rc<Traffic>,
    worker: Rc<Worker>,
}

impl TcpProxy {
    pub fn new(
        ir: &ir::TcpProxy,
        buffer_limit: usize,
        access_logs: Vec<AccessLogger>,
        registry: &Registry,
        worker: Rc<Worker>,
    ) -> Self {
        let ir::TcpProxy {
            stat_prefix,
            clusters,
            idle_timeout_ms,
            max_connect_attempts,
            max_downstream_connection_duration_ms,
            max_downstream_connection_duration_jitter_ms,
            access_logs: _,
            access_log_options: TcpAccessLogOptions { flush_interval_ms, on_connected, on_start },
        } = ir;
        let stats: Arc<TcpProxyStats> = registry.shard(&format!("tcp.{stat_prefix}"));
        Self {
            total_weight: clusters.iter().map(|cluster| u64::from(cluster.weight)).sum(),
            clusters: clusters.clone().into(),
            idle_timeout: on(*idle_timeout_ms),
            max_duration: on(*max_downstream_connection_duration_ms),
            max_duration_jitter_ms: *max_downstream_connection_duration_jitter_ms,
            max_connect_attempts: (*max_connect_attempts).max(1),
            log_on_start: *on_start,
            log_on_connected: *on_connected,
            flush_interval: on(*flush_interval_ms),
            buffer_limit,
            access_logs,
            traffic: Rc::new(Traffic::Tcp(Arc::clone(&stats))),
            stats,
            worker,
        }
    }

    /// Carries one connection to its end; tells what is known of it then.
    pub async fn serve(self: Rc<Self>, mut stream: Stream, info: Rc<ConnectionInfo>) -> StreamInfo {
        let entry = ConnectionEntry::new(&self.worker);
        poll_fn(|cx| {
            entry.register(cx);
            Poll::Ready(())
        })
        .await;
        self.stats.downstream_cx_total.inc();
        let start = now();
        let wall = self.worker.wall.at(start);
        let mut info = StreamInfo::new(info, self.worker.next_stream_id(), start, wall);
        if self.log_on_start {
            self.log(&info, AccessLogType::TcpConnectionStart);
        }
        if let Some(cluster) = self.choose(&mut info) {
            self.carry(&mut stream, &cluster, &mut info).await;
        }
        info.mark(TimePoint::DsTxEnd, now());
        self.log(&info, AccessLogType::TcpConnectionEnd);
        info
    }

    fn choose(&self, info: &mut StreamInfo) -> Option<Rc<UpstreamCluster>> {
        let name = self.draw();
        let worker = &self.worker;
        let Some(cluster) = worker.clusters.by_name(name, &worker.rng) else {
            self.stats.downstream_cx_no_route.inc();
            info.flags.insert(ResponseFlag::NoClusterFound);
            return None;
        };
        info.upstream.cluster = Some(cluster.names());
        Some(Rc::clone(cluster))
    }

    fn draw(&self) -> &str {
        let mut left = match self.total_weight {
            0 => 0,
            total => self.worker.rng.below(total),
        };
        for cluster in &self.clusters {
            match left.checked_sub(cluster.weight.into()) {
                Some(rest) => left = rest,
                None => return &cluster.cluster,
            }
        }
        self.clusters.last().map_or("", |cluster| &cluster.cluster)
    }

    async fn carry(
        self: &Rc<Self>,
        stream: &mut Stream,
        cluster: &Rc<UpstreamCluster>,
        info: &mut StreamInfo,
    ) {
        let Some(mut upstream) = self.connect(stream, cluster, info).await else { return };
        if self.log_on_connected {
            self.log(info, AccessLogType::TcpUpstreamConnected);
        }
        let client = Side { stream, meter: ByteMeter::new(Rc::clone(&self.traffic)) };
        let host = Side { meter: upstream.meter(), stream: upstream.stream() };
        let mut session = Session::new(client, host, self.buffer_limit);
        let end = self.run(&mut session, cluster, info).await;
        self.finish(&session, end, info);
        session.pass_on_reset(end);
        let remote = end == End::Upstream || session.upstream_closed();
        if end == End::Unwritten {
            let (rest, meter) = session.into_unwritten();
            let proxy = Rc::clone(self);
            tokio::task::spawn_local(async move { proxy.flush(upstream, rest, meter).await });
            return;
        }
        drop(session);
        upstream.finished(remote);
    }

    /// A connection to a host; attempts that fail are made again on another pick.
    async fn connect(
        &self,
        stream: &mut Stream,
        cluster: &Rc<UpstreamCluster>,
        info: &mut StreamInfo,
    ) -> Option<TcpConnection> {
        for _ in 0..self.max_connect_attempts {
            let Some(host) = cluster.pick(&PickContext { rng: &self.worker.rng }) else {
                cluster.traffic.upstream_cx_none_healthy.inc();
                info.flags.insert(ResponseFlag::NoHealthyUpstream);
                return None;
            };
            info.upstream.attempts += 1;
            info.upstream.host = Some(host.for_streams());
            info.upstream.remote = Some(host.shared().addresses().first.clone());
            let connecting = connect_tcp(cluster, host.shared(), RoutePriority::Default);
            match watched(stream, connecting).await {
                Connecting::Done(Ok(connection)) => {
                    info.upstream.remote = Some(connection.facts().remote.clone());
                    info.upstream.local = Some(connection.facts().local.clone());
                    info.upstream.connection_id = Some(connection.facts().id);
                    return Some(connection);
                }
                Connecting::Done(Err(reset)) => {
                    info.flags.insert(crate::failure::flag_of(reset.reason));
                    info.upstream.transport_failure = reset.detail;
                    if reset.reason == ResetReason::Overflow {
                        info.upstream.remote = None;
                        return None;
                    }
                }
                Connecting::ClientGone => {
                    info.flags.insert(ResponseFlag::DownstreamConnectionTermination);
                    return None;
                }
            }
        }
        cluster.traffic.upstream_cx_connect_attempts_exceeded.inc();
        info.flags.insert(ResponseFlag::UpstreamRetryLimitExceeded);
        None
    }

    async fn run(
        &self,
        session: &mut Session<'_>,
        cluster: &UpstreamCluster,
        info: &mut StreamInfo,
    ) -> End {
        let mut timer = LazyTimer::default();
        let extended = |limit| self.worker.rng.extended(limit, self.max_duration_jitter_ms);
        let retire_at = self.max_duration.map(|limit| info.start + extended(limit));
        let mut last_moved = now();
        let mut flush_at = self.flush_interval.map(|interval| last_moved + interval);
        poll_fn(|cx| {
            let (moved, ended) = session.poll(cx);
            self.count_pauses(cluster, session.take_pauses());
            if moved {
                last_moved = now();
            }
            if let Some(end) = ended {
                return Poll::Ready(end);
            }
            loop {
                let idle_at = self.idle_timeout.map(|limit| last_moved + limit);
                let next = [idle_at, retire_at, flush_at].into_iter().flatten().min();
                if timer.poll(cx, next).is_pending() {
                    return Poll::Pending;
                }
                let at = now();
                if retire_at.is_some_and(|limit| limit <= at) {
                    return Poll::Ready(End::Retired);
                }
                if idle_at.is_some_and(|limit| limit <= at) {
                    return Poll::Ready(End::Idle);
                }
                self.note_bytes(session, info);
                self.log(info, AccessLogType::TcpPeriodic);
                flush_at = self.flush_interval.map(|interval| at + interval);
            }
        })
        .await
    }

    fn count_pauses(&self, cluster: &UpstreamCluster, [client, upstream]: [Pauses; 2]) {
        if client != Pauses::default() {
            self.stats.downstream_flow_control_paused_reading_total.add(client.paused);
            self.stats.downstream_flow_control_resumed_reading_total.add(client.resumed);
        }
        if upstream != Pauses::default() {
            let traffic = &cluster.traffic;
            traffic.upstream_flow_control_paused_reading_total.add(upstream.paused);
            traffic.upstream_flow_control_resumed_reading_total.add(upstream.resumed);
        }
    }

    fn note_bytes(&self, session: &Session<'_>, info: &mut StreamInfo) {
        let counts = session.counts();
        info.bytes.body_received = counts.to_upstream;
        info.bytes.body_sent = counts.from_upstream;
        info.bytes.wire_received = counts.to_upstream;
        info.bytes.wire_sent = counts.from_upstream;
        info.upstream.bytes.wire_sent = counts.to_upstream;
        info.upstream.bytes.wire_received = counts.from_upstream;
        info.upstream.bytes.body_sent = counts.to_upstream;
        info.upstream.bytes.body_received = counts.from_upstream;
    }

    fn finish(&self, session: &Session<'_>, end: End, info: &mut StreamInfo) {
        self.note_bytes(session, info);
        match end {
            End::Idle => self.stats.idle_timeout.inc(),
            End::Retired => {
                self.stats.max_downstream_connection_duration.inc();
                info.flags.insert(ResponseFlag::DurationTimeout);
            }
            End::Upstream => info.flags.insert(ResponseFlag::UpstreamRemoteReset),
            End::Done | End::Unwritten | End::Downstream => {}
        }
    }

    fn log(&self, info: &StreamInfo, log_type: AccessLogType) {
        let none = crate::http::head::Head::new();
        let context = FormatContext {
            request: &none,
            response: None,
            trailers: None,
            info,
            now: now(),
            log_type,
            local_reply_body: b"",
        };
        for log in &self.access_logs {
            log.log(&context);
        }
    }
}

#[allow(clippy::large_enum_variant)] // There is one at a time, on the stack.
enum Connecting {
    Done(Result<TcpConnection, StreamReset>),
    ClientGone,
}

/// Waits for a connection while the client is there. A client that half-closes early still wants
/// its answer, so only an error counts as leaving.
async fn watched(
    stream: &Stream,
    connecting: impl Future<Output = Result<TcpConnection, StreamReset>>,
) -> Connecting {
    let mut connecting = std::pin::pin!(connecting);
    poll_fn(|cx| {
        if let Poll::Ready(done) = connecting.as_mut().poll(cx) {
            return Poll::Ready(Connecting::Done(done));
        }
        match stream.poll_read_ready(cx) {
            Poll::Ready(Err(_)) => Poll::Ready(Connecting::ClientGone),
            Poll::Ready(Ok(())) | Poll::Pending => Poll::Pending,
        }
    })
    .await
}
