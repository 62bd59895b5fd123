//! The router's work: a request goes to a host of its cluster, the response comes back.

use std::future::poll_fn;
use std::sync::Arc;
use std::task::Poll;

use voyant_ir::format::TimePoint;

use super::Exchange;
use super::charging::{Charging, count_reset};
use super::connect::{ClusterHandle, Stop};
use super::deadlines::Expired;
use super::filtered_relay::UpstreamProgress;
use super::relay::{End, Paused, Relay};
use super::sides::Upstream;
use super::stream::{Chosen, Stream};
use super::strict_check;
use super::timeouts::{RequestTimeouts, stream_limit};
use super::upgrade::Held;
use super::watch::Watch;
use crate::codec::{ResetReason, StreamReset};
use crate::failure::{Failure, flag_of, reset_after_start};
use crate::grpc::is_grpc;
use crate::http::connection_manager::config::on;
use crate::http::head::Head;
use crate::http::header_name::HeaderId;
use crate::lb::PickContext;
use crate::observe::stats::groups::cluster::ClusterResponseStats;
use crate::observe::stats::groups::route::RouteStats;
use crate::route::Route;
use crate::route::entry::{Forward, TimeoutOverride};
use crate::route::mutation::MutationContext;
use crate::rt::clock::now;
use crate::upstream::pool::HostPools;
use crate::upstream::worker_host::WorkerHost;

/// How an attempt went that did not fail.
pub(super) enum Attempt {
    Written,
    /// The upstream is done, and free for others; the client has yet to take the rest.
    Unwritten,
    /// Its request is another one now.
    Redirected,
    /// Nothing of it reached anybody, so it may be made again.
    Stale,
}

/// One chosen way for a request.
pub(super) struct Way<'r> {
    pub route: &'r Route,
    pub forward: &'r Forward,
    pub cluster: ClusterHandle,
    pub timeouts: RequestTimeouts,
    /// Where responses count once more.
    alternative: Option<Arc<ClusterResponseStats>>,
    /// Of the virtual cluster, and of the route.
    stats: [Option<&'r RouteStats>; 2],
}

impl Way<'_> {
    /// What an attempt does at the events of its exchange.
    pub(super) fn watch<'w, 'a>(
        &'w self,
        stream: &'w mut Stream<'a>,
        host: &'w WorkerHost<HostPools>,
    ) -> Watch<'w, 'a> {
        Watch {
            stream,
            route: self.route,
            forward: self.forward,
            cluster: &self.cluster,
            host,
            timeouts: self.timeouts,
            alternative: self.alternative.as_deref(),
            route_stats: self.stats,
            canary: false,
        }
    }
}

impl<'a> Exchange<'a> {
    /// Sends the request to its cluster and the response back. A failure before the response has
    /// begun is the caller's to answer; one after that has cut the client off already.
    pub(super) async fn forward(
        &mut self,
        route: &Route,
        forward: &Forward,
    ) -> Result<(), Failure> {
        let way = self.prepare(route, forward)?;
        if self.stream.upgrade.is_some()
            && let Some(reply) = self.early_data().await
        {
            self.send_reply(reply, Some(route)).await;
            return Ok(());
        }
        loop {
            let attempt = self.attempt(&way).await;
            self.stream.upstream_filters_done();
            if !matches!(attempt, Ok(Attempt::Stale)) {
                self.log_attempt(attempt.as_ref().err());
            }
            match attempt {
                // After a redirect it begins anew.
                Ok(Attempt::Written | Attempt::Redirected) => return Ok(()),
                Ok(Attempt::Unwritten) => {
                    self.write_rest().await;
                    return Ok(());
                }
                // The next connection is another.
                Ok(Attempt::Stale) => {}
                Err(Stop::Reply(reply)) => {
                    if self.stream.progress.response_started {
                        self.stream
                            .manager
                            .router_stats
                            .rq_reset_after_downstream_response_started
                            .inc();
                    }
                    self.send_reply(*reply, Some(route)).await;
                    return Ok(());
                }
                Err(stop) => {
                    self.take_arrived(&stop).await;
                    return self.stopped(&way, stop);
                }
            }
        }
    }

    /// Chooses the cluster; does to the request's head what the router does; sets the deadlines
    /// of the route.
    fn prepare<'r>(&mut self, route: &'r Route, forward: &'r Forward) -> Result<Way<'r>, Failure>
    where
        'a: 'r,
    {
        let stream = &mut self.stream;
        let manager = stream.manager;
        let limits = &manager.config.timeouts;
        let at = now();
        self.deadlines.set_idle(forward.idle_timeout.or(limits.stream_idle), at);
        if forward.flush_timeout != TimeoutOverride::Inherit {
            self.deadlines.flush = forward.flush_timeout;
        }
        if let Some(duration) = &forward.max_stream_duration {
            let limit = stream_limit(duration, &mut stream.request, limits.max_stream_duration);
            self.deadlines.max_duration = limit.map(|limit| stream.info.start + limit);
        }
        let chosen = match stream.chosen.take() {
            Some(Chosen(cluster)) => cluster,
            None => stream.choose_cluster(forward),
        };
        let Some(cluster) = chosen else {
            manager.router_stats.no_cluster.inc();
            return Err(Failure::NoCluster { status: forward.cluster_not_found_status });
        };
        strict_check::check(&manager.config.strict_check_headers, &stream.request)?;
        let alternative = stream.alternative_stats(&cluster);
        let stats = manager.route_stats(route, stream.info.route.as_ref(), &stream.request);
        let timeouts = stream.settle_timeouts(forward);
        if stream.progress.request_ended.is_some()
            || stream.upgrade.is_some() && stream.is_websocket()
        {
            self.deadlines.response = timeouts.of_attempt().0.map(|timeout| at + timeout);
        }
        if route.virtual_host.include_request_attempt_count {
            stream.request.set(HeaderId::XEnvoyAttemptCount, b"1");
        }
        let keep_original = !manager.config.suppress_envoy_headers;
        let context = MutationContext { request: None, info: &stream.info, now: at };
        let mut scratch = manager.worker.mutation_scratch.borrow_mut();
        let request = &mut stream.request;
        route.finalize_request(request, stream.weighted, keep_original, &context, &mut scratch);
        if manager.config.scheme_matches_upstream {
            request.set(HeaderId::Scheme, b"http");
        }
        drop(scratch);
        if forward.internal_redirect.is_some() {
            stream.may_be_redirected();
        }
        if !forward.mirrors.is_empty() {
            let ended = stream.request_is_over();
            stream.mirror(forward, ended, timeouts.response);
        }
        Ok(Way { route, forward, cluster, timeouts, alternative, stats })
    }

    async fn attempt(&mut self, way: &Way<'_>) -> Result<Attempt, Stop> {
        let worker = &self.stream.manager.worker;
        let context = PickContext { rng: &worker.rng };
        self.stream.info.upstream.attempts += 1;
        let Some(host) = way.cluster.pick(&context) else {
            way.cluster.traffic.upstream_cx_none_healthy.inc();
            return Err(Stop::NoHost);
        };
        self.stream.info.upstream.host = Some(host.for_streams());
        self.begin_attempt();
        self.stream.make_upstream_chain(&way.cluster);
        let mut upstream = if self.stream.upstream_chain.is_some() {
            self.connect_filtered(way, &host).await?
        } else {
            let upstream = self.connect(&way.cluster, &host, way.forward).await?;
            self.connected(way, &host);
            upstream
        };
        let end = self.relay(&mut upstream, &host, way).await?;
        let (received, sent) = upstream.exchange_bytes();
        self.stream.info.upstream.bytes.wire_received = received;
        self.stream.info.upstream.bytes.wire_sent = sent;
        if matches!(end, End::Complete | End::Unwritten)
            && matches!(upstream, Upstream::H2(_))
            && self.stream.progress.request_ended.is_none()
        {
            way.cluster.traffic.upstream_rq_tx_reset.inc();
        }
        self.attempted(way, &host, &mut upstream, end)
    }

    /// There is a stream to the host.
    pub(super) fn connected(&mut self, way: &Way<'_>, host: &WorkerHost<HostPools>) {
        self.log_stream();
        for stats in way.stats.into_iter().flatten() {
            stats.upstream_rq_total.inc();
        }
        self.name_host(way.forward, &host.hostname);
    }

    /// What an attempt that has ended comes to.
    pub(super) fn attempted(
        &mut self,
        way: &Way<'_>,
        host: &WorkerHost<HostPools>,
        upstream: &mut Upstream,
        end: End,
    ) -> Result<Attempt, Stop> {
        match end {
            End::Complete => Ok(Attempt::Written),
            End::Unwritten => Ok(Attempt::Unwritten),
            End::Redirected => {
                host.counters.succeeded();
                if !upstream.response_done() {
                    upstream.reset(ResetReason::LocalReset);
                }
                Ok(Attempt::Redirected)
            }
            End::Upstream(reset) => {
                let replayable = self.stream.facts.end
                    && is_idempotent(&self.stream.request)
                    && self.stream.upstream_chain.is_none();
                if !self.stream.progress.response_started && replayable && upstream.was_stale() {
                    self.stream.info.upstream.attempts -= 1;
                    return Ok(Attempt::Stale);
                }
                if self.stream.tells_codes() || self.stream.progress.response_started {
                    host.counters.failed();
                }
                count_reset(&way.cluster, matches!(upstream, Upstream::H2(_)), reset.reason);
                Err(Stop::Upstream(reset))
            }
            End::Downstream(reset) => {
                if matches!(upstream, Upstream::H2(_)) {
                    way.cluster.traffic.upstream_rq_tx_reset.inc();
                }
                upstream.reset(ResetReason::LocalReset);
                Err(Stop::Downstream(reset))
            }
            End::Reply(reply) => {
                if matches!(upstream, Upstream::H2(_)) {
                    way.cluster.traffic.upstream_rq_tx_reset.inc();
                }
                upstream.reset(ResetReason::LocalReset);
                Err(Stop::Reply(reply))
            }
            End::Expired(expired) => {
                if matches!(upstream, Upstream::H2(_)) {
                    way.cluster.traffic.upstream_rq_tx_reset.inc();
                }
                upstream.reset(ResetReason::LocalReset);
                host.counters.timed_out();
                Err(Stop::Expired(expired))
            }
        }
    }

    /// Gives the request the hostname of its endpoint, if the route wants that.
    fn name_host(&mut self, forward: &Forward, hostname: &str) {
        let Stream { manager, request, .. } = &mut self.stream;
        let keep_original = !manager.config.suppress_envoy_headers;
        let mut scratch = manager.worker.mutation_scratch.borrow_mut();
        forward.rewrite_host_to_endpoint(request, hostname.as_bytes(), keep_original, &mut scratch);
    }

    async fn relay(
        &mut self,
        upstream: &mut Upstream,
        host: &WorkerHost<HostPools>,
        way: &Way<'_>,
    ) -> Result<End, Stop> {
        let filtered = self.stream.chain.is_some();
        let request_ended = self.stream.request_is_over();
        let tunnel = self.stream.held();
        let at = now();
        self.stream.info.mark(TimePoint::UsTxBeg, at);
        if request_ended {
            self.stream.info.mark(TimePoint::UsTxEnd, at);
        }
        let limit =
            way.timeouts.upstream_stream.or(on(way.cluster.config.http.max_stream_duration_ms));
        self.deadlines.upstream_stream = limit.map(|limit| at + limit);
        let upstream_flow = self.stream.upstream_flow();
        let head_only = request_ended && !upstream_flow.has_request;
        upstream.send_head(&self.stream.request, head_only).map_err(Stop::Upstream)?;
        self.stream.info.upstream.bytes.header_sent = upstream.sent_header_bytes();
        let Self { stream, downstream, timer, deadlines, response, concluded: _ } = self;
        let mut watch = way.watch(stream, host);
        let mut relay = Relay {
            downstream,
            upstream,
            observer: &mut watch,
            deadlines,
            timer,
            response,
            request_ended: request_ended || tunnel != Held::No,
            response_started: false,
            response_ended: false,
            paused: Paused::default(),
            held: tunnel,
            filtered,
            upstream_progress: UpstreamProgress::default(),
            upstream_flow,
        };
        let end = poll_fn(|cx| relay.poll(cx)).await;
        if relay.held != Held::No {
            self.note_unasked().await;
        }
        Ok(end)
    }

    /// Takes what has arrived of a request's body that nobody waits for any more, so that the
    /// connection may carry another request.
    async fn take_arrived(&mut self, stop: &Stop) {
        let progress = &self.stream.progress;
        if stop.is_at_once() || progress.response_started || progress.request_ended.is_some() {
            return;
        }
        let Self { stream, downstream, .. } = self;
        let taken =
            poll_fn(|cx| Poll::Ready(downstream.take_body(cx, |piece| stream.see_unasked(piece))));
        let taken = taken.await;
        self.stream.info.bytes.body_received += taken;
    }

    async fn note_unasked(&mut self) {
        let taken = poll_fn(|cx| Poll::Ready(self.downstream.take_body(cx, drop))).await;
        self.stream.info.bytes.body_received += taken;
    }

    /// Ends an exchange that could not go on: before the response by a failure to answer, after
    /// that by cutting the client off.
    fn stopped(&mut self, way: &Way<'_>, stop: Stop) -> Result<(), Failure> {
        let failure = match stop {
            Stop::Downstream(reset) => return self.client_failed(&reset).map_or(Ok(()), Err),
            Stop::NoHost => Failure::NoHealthyHost,
            Stop::Upstream(reset) | Stop::Refused(reset) => {
                self.stream.info.upstream.transport_failure.clone_from(&reset.detail);
                Failure::Reset(reset)
            }
            Stop::Expired(expired) => self.expired(way, expired),
            // Its answer has been sent.
            Stop::Reply(_) => return Ok(()),
        };
        if !self.stream.progress.response_started {
            let informed = self.stream.progress.informed || self.stream.progress.head_arrived;
            if self.stream.tells_codes() && failure.is_of_the_upstream() && !informed {
                let status = failure.outcome().status;
                let charging = Charging {
                    cluster: &way.cluster,
                    alternative: way.alternative.as_deref(),
                    internal: self.stream.origin.internal,
                    canary: false,
                    suppressed: self.stream.suppresses_codes(),
                    route: way.stats,
                };
                charging.status(status);
            }
            return Err(failure);
        }
        if is_grpc(&self.stream.request) {
            // Only of gRPC, whose success shows at the end, does Envoy's router tell.
            let stats = &self.stream.manager.router_stats;
            stats.rq_reset_after_downstream_response_started.inc();
        }
        self.end_response(&failure);
        Ok(())
    }

    fn expired(&self, way: &Way<'_>, expired: Expired) -> Failure {
        let traffic = &way.cluster.traffic;
        match expired {
            Expired::Response => {
                let per_try = way.timeouts.of_attempt().1 && !self.stream.progress.head_arrived;
                if per_try {
                    traffic.upstream_rq_per_try_timeout.inc();
                } else {
                    traffic.upstream_rq_timeout.inc();
                    for stats in way.stats.into_iter().flatten() {
                        stats.upstream_rq_timeout.inc();
                    }
                }
                Failure::ResponseTimeout { per_try, alternative: way.timeouts.alternative }
            }
            Expired::UpstreamStream => {
                traffic.upstream_rq_max_duration_reached.inc();
                let request_done = self.stream.progress.request_ended.is_some();
                Failure::UpstreamMaxStreamDuration { request_done }
            }
            Expired::Idle | Expired::Request | Expired::MaxStreamDuration => {
                self.stream.late(expired)
            }
        }
    }

    /// The request does not go on: what is to be answered, unless the client is gone.
    pub(super) fn client_failed(&mut self, reset: &StreamReset) -> Option<Failure> {
        match self.downstream.body_error() {
            Some(error) if !self.stream.progress.response_started => {
                self.stream.manager.stats.downstream_cx_protocol_error.inc();
                Some(Failure::RequestBody(error))
            }
            _ => {
                self.client_gone(reset);
                None
            }
        }
    }

    pub(super) fn client_gone(&mut self, reset: &StreamReset) {
        let stats = &self.stream.manager.stats;
        stats.downstream_rq_rx_reset.inc();
        // HTTP/2 tells of a broken connection once, to the connection.
        if reset.reason == ResetReason::ProtocolError && self.stream.is_h1() {
            stats.downstream_cx_protocol_error.inc();
        }
        self.stream.info.note_client_reset(reset);
        self.stream.progress.client_gone = reset.reason == ResetReason::ConnectionTermination;
        self.stream.progress.aborted = true;
        self.stream.close = true;
    }

    /// The response has begun and cannot be finished.
    fn end_response(&mut self, failure: &Failure) {
        let info = &mut self.stream.info;
        let outcome = failure.outcome();
        if let Some(flag) = outcome.flag {
            info.flags.insert(flag);
        }
        info.details = Some(match failure {
            Failure::Reset(reset) => {
                info.flags.insert(flag_of(reset.reason));
                reset_after_start(reset).into()
            }
            _ => outcome.details,
        });
        self.cut_off();
    }
}

/// Methods that may be sent again when it is not known whether they arrived (RFC 9110, 9.2.2).
fn is_idempotent(request: &Head) -> bool {
    matches!(request.method(), b"GET" | b"HEAD" | b"OPTIONS" | b"TRACE" | b"PUT" | b"DELETE")
}

impl Stream<'_> {
    /// The response is to count as completed only, whatever its status.
    pub(super) fn suppresses_codes(&self) -> bool {
        let config = &self.manager.config;
        config.suppress_grpc_request_failure_code_stats && is_grpc(&self.request)
    }

    /// Nothing of the request is left to be sent but its head.
    pub(super) fn request_is_over(&self) -> bool {
        let held = self.chain.as_ref().is_some_and(|chain| chain.has_request_pieces());
        self.progress.request_ended.is_some() && !held
    }

    /// The cluster of a route for this request, noted for the log.
    pub(super) fn choose_cluster(&mut self, forward: &Forward) -> Option<ClusterHandle> {
        let context = self.match_context();
        let choice = forward.cluster.choose(&self.request, &context)?;
        self.weighted = choice.weighted;
        let cluster = self.manager.worker.cluster(&choice.cluster)?;
        self.info.upstream.cluster = Some(cluster.names());
        Some(cluster)
    }

    /// Chooses the cluster with the route, before filters change what it is chosen by.
    pub(super) fn choose_ahead(&mut self, forward: &Forward) {
        let cluster = self.choose_cluster(forward);
        self.chosen = Some(Chosen(cluster));
    }

    /// Where a client inside wants responses to count once more.
    fn alternative_stats(&self, cluster: &ClusterHandle) -> Option<Arc<ClusterResponseStats>> {
        if !self.origin.internal || !self.manager.config.dynamic_stats {
            return None;
        }
        let name = self.request.get_str(HeaderId::XEnvoyUpstreamAltStatName)?;
        cluster.alternative(name, &self.manager.worker.registry)
    }

    /// The timeouts of this request, of which the upstream is told.
    fn settle_timeouts(&mut self, forward: &Forward) -> RequestTimeouts {
        let config = &self.manager.config;
        let respect_expected = config.respect_expected_rq_timeout;
        let request = &mut self.request;
        let timeouts =
            RequestTimeouts::new(request, forward, self.origin.internal, respect_expected);
        timeouts.tell(request, forward, config.suppress_envoy_headers);
        timeouts
    }
}
