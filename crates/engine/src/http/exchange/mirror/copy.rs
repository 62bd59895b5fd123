//! The task of one copy: it sends a request to a host and throws the response away.
//!
//! As in Envoy a copy is a stream of its own, without a client and without a route: it passes the
//! filters before its cluster and has lines in the router's logs.

use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Duration;

use voyant_ir::format::TimePoint;

use super::SharedQueue;
use crate::codec::{Protocol, ResetReason, StreamReset};
use crate::failure::Failure;
use crate::head::Head;
use crate::http::connection_manager::on_worker::Manager;
use crate::http::exchange::RequestFacts;
use crate::http::exchange::charging::{Charging, count_reset};
use crate::http::exchange::connect::{ClusterHandle, Stop};
use crate::http::exchange::deadlines::{Deadlines, Expired};
use crate::http::exchange::filtered_upstream::UpstreamFlow;
use crate::http::exchange::sides::Upstream;
use crate::http::exchange::stream::Stream;
use crate::http::stream_info::{ConnectionInfo, StreamInfo};
use crate::lb::PickContext;
use crate::rt::clock::now;
use crate::rt::timer::{LazyTimer, on};
use crate::upstream::pool::HostPools;
use crate::upstream::worker_host::WorkerHost;

/// How often one poll may go round, so that a fast pair of peers leaves the worker to others.
const MAX_ROUNDS: u32 = 64;
/// What a request that took too long counts as.
const TIMED_OUT: u16 = 504;

/// Everything that a copy needs when its request is gone.
#[derive(Debug)]
pub(super) struct CopyTask {
    pub manager: Rc<Manager>,
    /// The upgrade whose router makes it, if that is not the connection manager's.
    pub upgrade: Option<usize>,
    pub cluster: ClusterHandle,
    pub head: Head,
    /// From the end of the request to that of the response.
    pub timeout: Option<Duration>,
    pub generation: u32,
}

/// A copy on its way.
#[derive(Debug)]
pub(super) struct Copy<'a> {
    pub stream: Stream<'a>,
    pub cluster: ClusterHandle,
    pub queue: SharedQueue,
    timeout: Option<Duration>,
    deadlines: Deadlines,
    timer: LazyTimer,
    /// The last piece of the request has been taken out of the queue.
    pub taken: bool,
    pub request_sent: bool,
    pub response: Head,
    pub flow: UpstreamFlow,
    pub response_started: bool,
    pub canary: bool,
}

impl CopyTask {
    pub(super) async fn run(self, queue: SharedQueue) {
        let Self { manager, upgrade, cluster, head, timeout, generation } = self;
        let end = queue.borrow().is_over();
        let mut stream = stream_of(&manager, head, end);
        if let Some(own) = upgrade.and_then(|at| manager.upgrades.own(at)) {
            stream.router = &own.router;
        }
        let mut copy = Copy {
            stream,
            cluster,
            queue,
            timeout,
            deadlines: Deadlines::default(),
            timer: LazyTimer::default(),
            taken: end,
            request_sent: end,
            response: Head::new(),
            flow: UpstreamFlow::default(),
            response_started: false,
            canary: false,
        };
        copy.run(generation).await;
        copy.queue.borrow_mut().leave();
    }
}

/// The stream of a copy; no connection manager counts it.
fn stream_of(manager: &Manager, head: Head, end: bool) -> Stream<'_> {
    let at = now();
    let wall = manager.worker.wall.at(at);
    let mut info = StreamInfo::new(Rc::new(ConnectionInfo::none()), 0, at, wall);
    info.protocol = Some(Protocol::Http11);
    info.counted = true;
    let facts = RequestFacts {
        end,
        expect_continue: false,
        connect: false,
        upgrade: false,
        keep_alive: true,
    };
    Stream::begin(manager, Protocol::Http11, info, head, facts, false)
}

impl Copy<'_> {
    async fn run(&mut self, generation: u32) {
        let manager = self.stream.manager;
        if self.cluster.is_in_maintenance(&manager.worker.rng) {
            self.cluster.traffic.upstream_rq_maintenance_mode.inc();
            return self.charge(Failure::Maintenance.outcome().status);
        }
        if !self.cluster.mirrors().is_empty() {
            self.stream.make_copies(self.cluster.mirrors(), self.timeout, generation);
        }
        let Some(host) = self.cluster.pick(&PickContext { rng: &manager.worker.rng }) else {
            self.cluster.traffic.upstream_cx_none_healthy.inc();
            return self.charge(503);
        };
        let upstream = &mut self.stream.info.upstream;
        upstream.attempts = 1;
        upstream.cluster = Some(self.cluster.names());
        upstream.host = Some(host.for_streams());
        if self.stream.router.has_logs() {
            self.stream.begin_attempt(&mut self.deadlines);
        }
        self.stream.make_upstream_chain(&self.cluster);
        let stop = self.attempt(&host).await.err();
        self.stream.upstream_filters_done();
        self.stream.log_attempt(stop.as_ref(), (0, 0));
    }

    async fn attempt(&mut self, host: &WorkerHost<HostPools>) -> Result<(), Stop> {
        let done = match self.connect(host).await {
            Ok(mut upstream) => self.exchange(&mut upstream, host).await,
            Err(stop) => Err(stop),
        };
        if let Err(stop) = &done {
            self.stopped(stop, host);
        }
        done
    }

    async fn exchange(
        &mut self,
        upstream: &mut Upstream,
        host: &WorkerHost<HostPools>,
    ) -> Result<(), Stop> {
        self.flow = self.stream.upstream_flow();
        let head_only = self.taken && !self.flow.has_request;
        self.request_sent = head_only;
        let at = now();
        let limit = on(self.cluster.config.http.max_stream_duration_ms);
        self.deadlines.upstream_stream = limit.map(|limit| at + limit);
        self.stream.info.mark(TimePoint::UsTxBeg, at);
        let sent = upstream.send_head(&self.stream.request, head_only).map_err(Stop::Upstream);
        upstream.measure_request(&mut self.stream.info.upstream.bytes);
        if head_only {
            self.stream.info.mark(TimePoint::UsTxEnd, at);
        }
        let done = match sent {
            Ok(()) => poll_fn(|cx| self.poll(upstream, host, cx)).await,
            Err(stop) => Err(stop),
        };
        upstream.measure_exchange(&mut self.stream.info.upstream.bytes);
        match &done {
            Ok(()) => self.answered(upstream),
            Err(Stop::Upstream(reset)) => {
                host.counters.failed();
                count_reset(&self.cluster, matches!(upstream, Upstream::H2(_)), reset.reason);
            }
            Err(_) => self.leave(upstream),
        }
        done
    }

    fn answered(&mut self, upstream: &Upstream) {
        let at = now();
        self.stream.info.mark(TimePoint::UsRxEnd, at);
        if let Some(took) = self.stream.since_request(at)
            && self.stream.tells_codes()
        {
            self.charging().time(took);
        }
        // What is left of the request is not waited for.
        if !self.request_sent && matches!(upstream, Upstream::H2(_)) {
            self.cluster.traffic.upstream_rq_tx_reset.inc();
        }
    }

    /// Ends a stream that the upstream has not ended.
    pub(super) fn leave(&self, upstream: &mut Upstream) {
        if matches!(upstream, Upstream::H2(_)) {
            self.cluster.traffic.upstream_rq_tx_reset.inc();
        }
        upstream.reset(ResetReason::LocalReset);
    }

    fn poll(
        &mut self,
        upstream: &mut Upstream,
        host: &WorkerHost<HostPools>,
        cx: &mut Context<'_>,
    ) -> Poll<Result<(), Stop>> {
        for _ in 0..MAX_ROUNDS {
            let sent = self.send(upstream, cx)?;
            match self.poll_response(upstream, cx)? {
                Poll::Ready(event) => {
                    if self.receive(event, upstream, host) {
                        return Poll::Ready(Ok(()));
                    }
                }
                Poll::Pending if sent => {}
                Poll::Pending => {
                    if let Poll::Ready(Err(reset)) = upstream.poll_flush(cx) {
                        return Poll::Ready(Err(Stop::Upstream(reset)));
                    }
                    upstream.measure_exchange(&mut self.stream.info.upstream.bytes);
                    return self.poll_end(cx).map(Err);
                }
            }
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }

    /// Ready when nobody wants the copy any more, or it has taken too long.
    pub(super) fn poll_end(&mut self, cx: &mut Context<'_>) -> Poll<Stop> {
        {
            let mut queue = self.queue.borrow_mut();
            if queue.given_up {
                return Poll::Ready(Stop::Downstream(StreamReset::new(ResetReason::LocalReset)));
            }
            queue.waker = Some(cx.waker().clone());
            if queue.ended && self.stream.progress.request_ended.is_none() {
                self.stream.note_request_end(now());
            }
        }
        self.deadlines.response = self.stream.deadline_of(self.timeout);
        let Self { stream, deadlines, timer, response, .. } = self;
        let log = |kind| stream.log_midway(kind, response);
        deadlines.poll_logging(timer, cx, log).map(Stop::Expired)
    }

    fn stopped(&self, stop: &Stop, host: &WorkerHost<HostPools>) {
        let status = match stop {
            Stop::Expired(Expired::UpstreamStream) => {
                self.cluster.traffic.upstream_rq_max_duration_reached.inc();
                return host.counters.timed_out();
            }
            Stop::Expired(_) => {
                self.cluster.traffic.upstream_rq_timeout.inc();
                host.counters.timed_out();
                TIMED_OUT
            }
            Stop::Upstream(reset) | Stop::Refused(reset) => {
                Failure::Reset(reset.clone()).outcome().status
            }
            Stop::NoHost | Stop::Downstream(_) | Stop::Reply(_) => return,
        };
        if !self.response_started {
            self.charge(status);
        }
    }

    pub(super) fn charge(&self, status: u16) {
        if self.stream.tells_codes() {
            self.charging().status(status);
        }
    }

    fn charging(&self) -> Charging<'_> {
        Charging {
            cluster: &self.cluster,
            alternative: None,
            internal: true,
            canary: self.canary,
            suppressed: self.stream.suppresses_codes(),
            route: [None, None],
        }
    }
}
