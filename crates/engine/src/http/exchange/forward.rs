//! The router's work: a request goes to a host of its cluster, the response comes back.

use std::future::poll_fn;
use std::sync::Arc;

use voyant_ir::format::TimePoint;

use super::Exchange;
use super::charging::count_reset;
use super::connect::{ClusterHandle, Stop};
use super::filtered_relay::UpstreamProgress;
use super::relay::{End, Paused, Relay};
use super::sides::Upstream;
use super::stream::{Chosen, Stream};
use super::strict_check;
use super::timeouts::RequestTimeouts;
use super::upgrade::Held;
use super::watch::Watch;
use crate::codec::ResetReason;
use crate::failure::Failure;
use crate::head::Head;
use crate::head::header_name::HeaderId;
use crate::http::connection_manager::mutate_request::settle_scheme;
use crate::lb::PickContext;
use crate::observe::stats::groups::cluster::ClusterResponseStats;
use crate::observe::stats::groups::route::RouteStats;
use crate::route::Route;
use crate::route::entry::Forward;
use crate::route::mutation::MutationContext;
use crate::rt::clock::now;
use crate::rt::timer::on;
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
    pub(super) alternative: Option<Arc<ClusterResponseStats>>,
    /// Of the virtual cluster, and of the route.
    pub(super) stats: [Option<&'r RouteStats>; 2],
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
            // The router was about to ask the upstream, as its logs tell.
            self.begin_attempt();
            self.log_attempt(None);
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

    /// Chooses the cluster; does to the request's head what the router does; sets the deadline of
    /// the response.
    fn prepare<'r>(&mut self, route: &'r Route, forward: &'r Forward) -> Result<Way<'r>, Failure>
    where
        'a: 'r,
    {
        let stream = &mut self.stream;
        let manager = stream.manager;
        let at = now();
        let chosen = match stream.chosen.take() {
            Some(Chosen(cluster)) => cluster,
            None => {
                // There are no filters: the route has just been chosen.
                let limits = stream.limits_of(forward);
                self.deadlines.follow(&limits, stream.info.start);
                stream.choose_cluster(forward)
            }
        };
        self.deadlines.progress(at);
        let Some(cluster) = chosen else {
            manager.router_stats.no_cluster.inc();
            return Err(Failure::NoCluster { status: forward.cluster_not_found_status });
        };
        strict_check::check(&stream.router.options.strict_check_headers, &stream.request)?;
        let alternative = stream.alternative_stats(&cluster);
        let kinds = route.virtual_host.virtual_clusters.as_ref();
        let kind = kinds.and_then(|kinds| kinds.of(&stream.request));
        stream.info.virtual_cluster = kind;
        let stats = manager.route_stats(route, stream.info.route.as_ref(), kind);
        if cluster.is_in_maintenance(&manager.worker.rng) {
            return Err(stream.kept_from(&cluster, alternative.as_deref(), stats));
        }
        let timeouts = stream.settle_timeouts(forward);
        if stream.progress.request_ended.is_some()
            || stream.upgrade.is_some() && stream.is_websocket()
        {
            self.deadlines.response = timeouts.of_attempt().0.map(|timeout| at + timeout);
        }
        if route.virtual_host.include_request_attempt_count {
            stream.request.set(HeaderId::XEnvoyAttemptCount, b"1");
        }
        let keep_original = !stream.router.options.suppress_envoy_headers;
        stream.info.upstream.attempts += 1;
        let context = MutationContext { request: None, info: &stream.info, now: at };
        let mut scratch = manager.worker.mutation_scratch.borrow_mut();
        let request = &mut stream.request;
        route.finalize_request(request, stream.weighted, keep_original, &context, &mut scratch);
        if manager.config.scheme_matches_upstream {
            request.set(HeaderId::Scheme, b"http");
        } else {
            settle_scheme(request);
        }
        drop(scratch);
        // A route may let filters hold more, never less.
        stream.buffer_limit = stream.buffer_limit.max(forward.body_buffer_limit.unwrap_or(0));
        if forward.internal_redirect.is_some() {
            stream.may_be_redirected();
        }
        // What the cluster says stands in the place of what the route says.
        let mirrors = Some(cluster.mirrors()).filter(|own| !own.is_empty());
        let mirrors = mirrors.unwrap_or(&forward.mirrors);
        if !mirrors.is_empty() {
            stream.make_copies(mirrors, timeouts.response, 0);
        }
        Ok(Way { route, forward, cluster, timeouts, alternative, stats })
    }

    async fn attempt(&mut self, way: &Way<'_>) -> Result<Attempt, Stop> {
        let worker = &self.stream.manager.worker;
        let context = PickContext { rng: &worker.rng };
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
        upstream.measure_exchange(&mut self.stream.info.upstream.bytes);
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
        let Stream { manager, router, request, .. } = &mut self.stream;
        let keep_original = !router.options.suppress_envoy_headers;
        let mut scratch = manager.worker.mutation_scratch.borrow_mut();
        forward.rewrite_host_to_endpoint(request, hostname.as_bytes(), keep_original, &mut scratch);
    }

    async fn relay(
        &mut self,
        upstream: &mut Upstream,
        host: &WorkerHost<HostPools>,
        way: &Way<'_>,
    ) -> Result<End, Stop> {
        let filtered = self.stream.filtered();
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
        upstream.measure_request(&mut self.stream.info.upstream.bytes);
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
}

/// Methods that may be sent again when it is not known whether they arrived (RFC 9110, 9.2.2).
fn is_idempotent(request: &Head) -> bool {
    matches!(request.method(), b"GET" | b"HEAD" | b"OPTIONS" | b"TRACE" | b"PUT" | b"DELETE")
}
