//! TCP proxy: carries a connection's bytes to a host of a cluster and back
//! (Envoy's `tcp_proxy.v3.TcpProxy`).

use std::future::poll_fn;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use voyant_ir::access_log::TcpAccessLogOptions;
use voyant_ir::tcp_proxy as ir;

use crate::failure::flags::ResponseFlag;
use crate::http::connection_ending::{DetectedClose, Ending, reasons};
use crate::http::stream_info::{ConnectionInfo, StreamInfo};
use crate::lifecycle::Drained;
use crate::observe::access_log::AccessLogger;
use crate::observe::format::{AccessLogType, FormatContext};
use crate::observe::stats::Registry;
use crate::observe::stats::groups::tcp_proxy::TcpProxyStats;
use crate::observe::stats::traffic::{ByteMeter, Traffic};
use crate::rt::clock::{Instant, now};
use crate::rt::stream::Stream;
use crate::rt::timer::on;
use crate::upstream::UpstreamCluster;
use crate::worker::{ConnectionEntry, Worker};
use deadlines::{Deadlines, Due};
use session::{End, Pauses, Session, Side};
use tunnel::Tunneling;

mod backlog;
mod connect;
mod deadlines;
mod flush;
mod session;
mod tunnel;

/// A TCP proxy on one worker.
#[derive(Debug)]
pub struct TcpProxy {
    clusters: Box<[ir::TcpWeightedCluster]>,
    total_weight: u64,
    idle_timeout: Option<Duration>,
    max_duration: Option<Duration>,
    max_duration_jitter_ms: u64,
    max_connect_attempts: u32,
    backoff: Option<ir::ConnectBackoff>,
    /// A drain ends connections in the middle.
    drained: Option<Drained>,
    tunneling: Option<Box<Tunneling>>,
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
        drained: Drained,
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
            backoff,
            check_drain_close,
            tunneling,
        } = ir;
        let stats: Arc<TcpProxyStats> = registry.shard(&format!("tcp.{stat_prefix}"));
        Self {
            total_weight: clusters.iter().map(|cluster| u64::from(cluster.weight)).sum(),
            clusters: clusters.clone().into(),
            idle_timeout: on(*idle_timeout_ms),
            max_duration: on(*max_downstream_connection_duration_ms),
            max_duration_jitter_ms: *max_downstream_connection_duration_jitter_ms,
            max_connect_attempts: (*max_connect_attempts).max(1),
            backoff: *backoff,
            drained: check_drain_close.then_some(drained),
            tunneling: tunneling.as_ref().map(|tunneling| {
                let prefix = format!("tcp.{stat_prefix}.tcpproxy_tunneling");
                Box::new(Tunneling::new(tunneling, registry.shard(&prefix)))
            }),
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
        info.is_session = true;
        if self.log_on_start {
            self.log(&info, AccessLogType::TcpConnectionStart);
        }
        let mut deadlines = self.deadlines(start);
        match (self.choose(&mut info), &self.tunneling) {
            (None, _) => {}
            (Some(cluster), None) => {
                self.carry(&mut stream, &cluster, &mut info, &mut deadlines).await;
            }
            (Some(cluster), Some(tunneling)) => {
                // What a tunnel needs is not carried by who has none.
                Box::pin(self.tunnel(tunneling, stream, &cluster, &mut info, &mut deadlines)).await;
            }
        }
        info.connection.ended.set(Some(now()));
        self.log(&info, AccessLogType::TcpConnectionEnd);
        info
    }

    fn deadlines(&self, start: Instant) -> Deadlines {
        let extended = |limit| self.worker.rng.extended(limit, self.max_duration_jitter_ms);
        let max_duration = self.max_duration.map(extended);
        Deadlines::new(start, self.idle_timeout, max_duration, self.flush_interval)
    }

    fn choose(&self, info: &mut StreamInfo) -> Option<Rc<UpstreamCluster>> {
        let name = self.draw();
        let worker = &self.worker;
        let Some(cluster) = worker.clusters.by_name(name, &worker.rng) else {
            self.stats.downstream_cx_no_route.inc();
            info.flags.insert(ResponseFlag::NoClusterFound);
            info.session_mut().downstream = Ending::by_us(Some(reasons::NO_ROUTE));
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
        deadlines: &mut Deadlines,
    ) {
        let connected = self.connect(stream, cluster, info, deadlines).await;
        let Some(mut upstream) = connected else { return };
        if self.log_on_connected {
            self.log(info, AccessLogType::TcpUpstreamConnected);
        }
        let client = Side { stream, meter: ByteMeter::new(Rc::clone(&self.traffic)) };
        let host = Side { meter: upstream.meter(), stream: upstream.stream() };
        let mut session = Session::new(client, host, self.buffer_limit);
        deadlines.moved();
        let end = self.run(&mut session, cluster, info, deadlines).await;
        self.finish(&session, end, info);
        note_ending(&session, end, info);
        if end == End::Done && session.flushed() {
            self.stats.upstream_flush_total.inc();
        }
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

    async fn run(
        &self,
        session: &mut Session<'_>,
        cluster: &UpstreamCluster,
        info: &mut StreamInfo,
        deadlines: &mut Deadlines,
    ) -> End {
        let mut drains = false;
        poll_fn(|cx| {
            if !drains {
                let (moved, ended) = session.poll(cx);
                self.count_pauses(cluster, session.take_pauses());
                if moved {
                    deadlines.moved();
                }
                if let Some(end) = ended {
                    return Poll::Ready(end);
                }
                drains = moved && self.drains();
            }
            if drains && session.poll_last_bytes(cx).is_ready() {
                return Poll::Ready(End::Drained);
            }
            loop {
                match ready!(deadlines.poll(cx)) {
                    Due::Idle => return Poll::Ready(End::Idle),
                    Due::Retired => return Poll::Ready(End::Retired),
                    Due::Line => {
                        self.note_bytes(session, info);
                        self.log(info, AccessLogType::TcpPeriodic);
                    }
                }
            }
        })
        .await
    }

    /// Ready when a session that waits for its upstream is to end. The lines that are written until
    /// then name no host.
    fn poll_end(
        &self,
        info: &mut StreamInfo,
        deadlines: &mut Deadlines,
        cx: &mut Context<'_>,
    ) -> Poll<Due> {
        loop {
            match ready!(deadlines.poll(cx)) {
                Due::Line => {
                    let told = (info.upstream.host.take(), info.upstream.remote.take());
                    self.log(info, AccessLogType::TcpPeriodic);
                    (info.upstream.host, info.upstream.remote) = told;
                }
                due => return Poll::Ready(due),
            }
        }
    }

    /// A drain wants the connection to end, now that something has passed.
    fn drains(&self) -> bool {
        let Worker { lifecycle, rng, .. } = &*self.worker;
        self.drained.is_some_and(|drained| lifecycle.should_close(drained, rng))
    }

    /// Time has ended the session.
    fn ends(&self, due: Due, info: &mut StreamInfo) {
        match due {
            Due::Idle => {
                info.session_mut().downstream = Ending::by_us(Some(reasons::SESSION_IDLE));
                self.stats.idle_timeout.inc();
            }
            Due::Retired => {
                info.session_mut().downstream = Ending::by_us(Some(reasons::MAX_DURATION));
                self.stats.max_downstream_connection_duration.inc();
                info.flags.insert(ResponseFlag::DurationTimeout);
            }
            Due::Line => {}
        }
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
            End::Idle => self.ends(Due::Idle, info),
            End::Retired => self.ends(Due::Retired, info),
            End::Drained => self.stats.downstream_cx_drain_close.inc(),
            End::Upstream => info.flags.insert(ResponseFlag::UpstreamRemoteReset),
            End::Done | End::Unwritten | End::Downstream => {}
        }
    }

    fn log(&self, info: &StreamInfo, log_type: AccessLogType) {
        let none = crate::head::Head::new();
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

/// What logs tell of the two connections of a session whose end was not plain.
fn note_ending(session: &Session<'_>, end: End, info: &mut StreamInfo) {
    match end {
        End::Done | End::Unwritten | End::Drained => {}
        // The one connection was closed for the same reason as the other.
        End::Idle | End::Retired => {
            let session = info.session_mut();
            session.upstream = session.downstream;
        }
        End::Downstream => {
            info.session_mut().downstream = Ending::by_peer(session.client_has_reset());
        }
        End::Upstream => {
            let ended = info.session_mut();
            ended.downstream = Ending::of(DetectedClose::LocalReset);
            ended.upstream = Ending::by_peer(session.upstream_has_reset());
        }
    }
}
