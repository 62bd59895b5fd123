//! The router's work: a request goes to a host of its cluster, the response comes back.

use std::future::poll_fn;
use std::time::Duration;

use voyant_ir::format::TimePoint;

use super::Exchange;
use super::connect::{ClusterHandle, Stop};
use super::deadlines::Expired;
use super::relay::{End, Paused, Relay};
use super::sides::Upstream;
use super::stream::Stream;
use super::strict_check;
use super::watch::{Watch, charge};
use crate::codec::{ResetReason, StreamReset};
use crate::failure::{Failure, flag_of};
use crate::http::head::Head;
use crate::http::header_name::{HeaderId, HeaderKey};
use crate::lb::PickContext;
use crate::route::Route;
use crate::route::cluster_specifier::ChosenCluster;
use crate::route::entry::{Forward, MaxStreamDuration, TimeoutOverride};
use crate::route::mutation::MutationContext;
use crate::rt::clock::now;
use crate::upstream::pool::HostPools;
use crate::upstream::worker_host::WorkerHost;

/// Headers by which a request talks to this router, not to the next.
const TO_THE_ROUTER: [HeaderId; 8] = [
    HeaderId::XEnvoyRetryOn,
    HeaderId::XEnvoyRetryGrpcOn,
    HeaderId::XEnvoyMaxRetries,
    HeaderId::XEnvoyHedgeOnPerTryTimeout,
    HeaderId::XEnvoyRetriableHeaderNames,
    HeaderId::XEnvoyRetriableStatusCodes,
    HeaderId::XEnvoyUpstreamAltStatName,
    HeaderId::XEnvoyUpstreamRqPerTryTimeoutMs,
];

/// How an attempt went that did not fail.
enum Attempt {
    Written,
    /// The upstream is done, and free for others; the client has yet to take the rest.
    Unwritten,
    /// Nothing of it reached anybody, so it may be made again.
    Stale,
}

/// One chosen way for a request.
struct Way<'r> {
    route: &'r Route,
    forward: &'r Forward,
    cluster: ClusterHandle,
    weighted: Option<usize>,
    timeout: Option<Duration>,
    /// The answer to a request that takes too long is an empty one.
    empty_timeout: bool,
}

impl Exchange<'_> {
    /// Sends the request to its cluster and the response back. A failure before the response has
    /// begun is the caller's to answer; one after that has cut the client off already.
    pub(super) async fn forward(
        &mut self,
        route: &Route,
        forward: &Forward,
    ) -> Result<(), Failure> {
        let way = self.choose(route, forward)?;
        self.prepare(&way);
        loop {
            match self.attempt(&way).await {
                Ok(Attempt::Written) => return Ok(()),
                Ok(Attempt::Unwritten) => {
                    self.write_rest().await;
                    return Ok(());
                }
                // The next connection is another.
                Ok(Attempt::Stale) => {}
                Err(stop) => return self.stopped(&way, stop),
            }
        }
    }

    fn choose<'r>(&mut self, route: &'r Route, forward: &'r Forward) -> Result<Way<'r>, Failure> {
        let stream = &mut self.stream;
        let missing = Failure::NoCluster { status: forward.cluster_not_found_status };
        let worker = &stream.manager.worker;
        let context = stream.match_context();
        let choice = forward.cluster.choose(&stream.request, &context);
        let (cluster, weighted) = match choice {
            Some(choice) => (worker.cluster(&choice.cluster), choice.weighted),
            None => (None, None),
        };
        if let (None, Some(ChosenCluster::Configured(named))) =
            (&cluster, choice.map(|choice| choice.cluster))
        {
            stream.info.upstream.cluster = Some(named.name.clone());
        }
        let Some(cluster) = cluster else {
            stream.manager.router_stats.no_cluster.inc();
            return Err(missing);
        };
        stream.info.upstream.cluster = Some(cluster.name.clone());
        stream.info.upstream.cluster_stat_name = Some(cluster.stat_name.clone());
        strict_check::check(&stream.manager.config.strict_check_headers, &stream.request)?;
        let timeout = stream.response_timeout(forward.timeout);
        // Only a client inside can ask for it.
        let empty_timeout = stream.origin.internal
            && stream.request.remove(HeaderId::XEnvoyUpstreamRqTimeoutAltResponse);
        if stream.origin.internal {
            // A client outside could not send them: they are gone already.
            for id in TO_THE_ROUTER {
                stream.request.remove(id);
            }
        }
        Ok(Way { route, forward, cluster, weighted, timeout, empty_timeout })
    }

    /// What the router does to the request's head, and the deadlines of the route.
    fn prepare(&mut self, way: &Way<'_>) {
        let stream = &mut self.stream;
        let timeouts = &stream.manager.config.timeouts;
        let at = now();
        let forward = way.forward;
        self.deadlines.set_idle(forward.idle_timeout.or(timeouts.stream_idle), at);
        if let Some(duration) = &forward.max_stream_duration {
            let limit = stream_limit(duration, &stream.request, timeouts.max_stream_duration);
            self.deadlines.max_duration = limit.map(|limit| stream.info.start + limit);
        }
        if stream.progress.request_ended.is_some() {
            self.deadlines.response = way.timeout.map(|timeout| at + timeout);
        }
        let suppress = stream.manager.config.suppress_envoy_headers;
        {
            let context = MutationContext { request: None, info: &stream.info, now: at };
            let mut scratch = stream.manager.worker.mutation_scratch.borrow_mut();
            let request = &mut stream.request;
            way.route.finalize_request(request, way.weighted, !suppress, &context, &mut scratch);
        }
        if let (Some(timeout), false) = (way.timeout, suppress) {
            let mut digits = itoa::Buffer::new();
            let text = digits.format(timeout.as_millis() as u64);
            stream.request.set(HeaderId::XEnvoyExpectedRqTimeoutMs, text.as_bytes());
        }
        if way.route.virtual_host.include_request_attempt_count {
            stream.request.set(HeaderId::XEnvoyAttemptCount, b"1");
        }
    }

    async fn attempt(&mut self, way: &Way<'_>) -> Result<Attempt, Stop> {
        let worker = &self.stream.manager.worker;
        let context = PickContext { rng: &worker.rng };
        let Some(host) = way.cluster.pick(&context) else {
            way.cluster.traffic.upstream_cx_none_healthy.inc();
            return Err(Stop::NoHost);
        };
        self.stream.info.upstream.attempts += 1;
        self.stream.info.upstream.hostname = Some(host.hostname.clone());
        let mut upstream = self.connect(&way.cluster, &host, way.forward.priority).await?;
        self.name_host(way.forward, &host.hostname);
        let end = self.relay(&mut upstream, &host, way).await?;
        let (received, sent) = upstream.exchange_bytes();
        self.stream.info.upstream.bytes.wire_received = received;
        self.stream.info.upstream.bytes.wire_sent = sent;
        match end {
            End::Complete => Ok(Attempt::Written),
            End::Unwritten => Ok(Attempt::Unwritten),
            End::Upstream(reset) => {
                let replayable = self.stream.facts.end && is_idempotent(&self.stream.request);
                if !self.stream.progress.response_started && replayable && upstream.was_stale() {
                    self.stream.info.upstream.attempts -= 1;
                    return Ok(Attempt::Stale);
                }
                host.counters.failed();
                self.count_reset(way, &upstream, reset.reason);
                Err(Stop::Upstream(reset))
            }
            End::Downstream(reset) => {
                if matches!(upstream, Upstream::H2(_)) {
                    way.cluster.traffic.upstream_rq_tx_reset.inc();
                }
                upstream.reset(ResetReason::LocalReset);
                Err(Stop::Downstream(reset))
            }
            End::Expired(expired) => {
                upstream.reset(ResetReason::LocalReset);
                host.counters.timed_out();
                way.cluster.traffic.upstream_rq_tx_reset.inc();
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
        let request_ended = self.stream.progress.request_ended.is_some();
        let at = now();
        self.stream.info.mark(TimePoint::UsTxBeg, at);
        if request_ended {
            self.stream.info.mark(TimePoint::UsTxEnd, at);
        }
        upstream.send_head(&self.stream.request, request_ended).map_err(Stop::Upstream)?;
        self.stream.info.upstream.bytes.header_sent = upstream.sent_header_bytes();
        let Self { stream, downstream, timer, deadlines, response, concluded: _ } = self;
        let mut watch = Watch {
            stream,
            route: way.route,
            cluster: &way.cluster,
            host,
            response_timeout: way.timeout,
            weighted: way.weighted,
        };
        let mut relay = Relay {
            downstream,
            upstream,
            observer: &mut watch,
            deadlines,
            timer,
            response,
            request_ended,
            response_started: false,
            response_ended: false,
            paused: Paused::default(),
        };
        Ok(poll_fn(|cx| relay.poll(cx)).await)
    }

    fn count_reset(&self, way: &Way<'_>, upstream: &Upstream, reason: ResetReason) {
        let traffic = &way.cluster.traffic;
        match reason {
            // A stream that was refused was no request, as Envoy counts.
            ResetReason::RemoteReset => {
                traffic.upstream_rq_rx_reset.inc();
            }
            ResetReason::ProtocolError => {
                if matches!(upstream, Upstream::H2(_)) {
                    traffic.upstream_rq_tx_reset.inc();
                }
                traffic.upstream_cx_protocol_error.inc();
            }
            _ => {}
        }
    }

    /// Ends an exchange that could not go on: before the response by a failure to answer, after
    /// that by cutting the client off.
    fn stopped(&mut self, way: &Way<'_>, stop: Stop) -> Result<(), Failure> {
        let failure = match stop {
            Stop::Downstream(reset) => {
                return match self.downstream.body_error() {
                    Some(error) if !self.stream.progress.response_started => {
                        self.stream.manager.stats.downstream_cx_protocol_error.inc();
                        Err(Failure::RequestBody(error))
                    }
                    _ => {
                        self.client_gone(&reset);
                        Ok(())
                    }
                };
            }
            Stop::NoHost => Failure::NoHealthyHost,
            Stop::Upstream(reset) => {
                self.stream.info.upstream.transport_failure.clone_from(&reset.detail);
                Failure::Reset(reset)
            }
            Stop::Expired(expired) => self.expired(way, expired),
        };
        if !self.stream.progress.response_started {
            self.stream.info.bytes.body_received += self.downstream.take_buffered_body();
            charge(&way.cluster, failure.outcome().status, self.stream.origin.internal);
            return Err(failure);
        }
        self.stream.manager.router_stats.rq_reset_after_downstream_response_started.inc();
        self.cut_off(&failure);
        Ok(())
    }

    fn expired(&self, way: &Way<'_>, expired: Expired) -> Failure {
        let stats = &self.stream.manager.stats;
        let request_done = self.stream.progress.request_ended.is_some();
        match expired {
            Expired::Response => {
                way.cluster.traffic.upstream_rq_timeout.inc();
                Failure::ResponseTimeout { empty: way.empty_timeout }
            }
            Expired::Idle => {
                stats.downstream_rq_idle_timeout.inc();
                Failure::StreamIdle { request_done }
            }
            Expired::Request => {
                stats.downstream_rq_timeout.inc();
                Failure::RequestTimeout
            }
            Expired::MaxStreamDuration => {
                stats.downstream_rq_max_duration_reached.inc();
                Failure::MaxStreamDuration { request_done }
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
    fn cut_off(&mut self, failure: &Failure) {
        let info = &mut self.stream.info;
        let outcome = failure.outcome();
        if let Some(flag) = outcome.flag {
            info.flags.insert(flag);
        }
        info.details = Some(match failure {
            Failure::Reset(reset) => {
                info.flags.insert(flag_of(reset.reason));
                format!("upstream_reset_after_response_started{{{}}}", reset.reason.as_str()).into()
            }
            _ => outcome.details,
        });
        self.abort(ResetReason::LocalReset);
    }
}

/// Methods that may be sent again when it is not known whether they arrived (RFC 9110, 9.2.2).
fn is_idempotent(request: &Head) -> bool {
    matches!(request.method(), b"GET" | b"HEAD" | b"OPTIONS" | b"TRACE" | b"PUT" | b"DELETE")
}

/// How long a stream of a route may last: the route's limit, or what `grpc-timeout` asks for
/// within its bounds.
fn stream_limit(
    duration: &MaxStreamDuration,
    request: &Head,
    inherited: Option<Duration>,
) -> Option<Duration> {
    let most = match duration.grpc_timeout_header_max {
        TimeoutOverride::Inherit => return duration.limit.or(inherited),
        TimeoutOverride::Off => None,
        TimeoutOverride::After(most) => Some(most),
    };
    let asked = request.get(HeaderId::GrpcTimeout).and_then(parse_grpc_timeout);
    let Some(asked) = asked else { return duration.limit.or(inherited) };
    let limit = most.map_or(asked, |most| asked.min(most));
    let offset = duration.grpc_timeout_header_offset;
    Some(limit.checked_sub(offset).filter(|rest| !rest.is_zero()).unwrap_or(limit))
}

/// Up to eight digits and a unit (gRPC over HTTP/2, `Timeout`); 0 asks for no limit of its own.
fn parse_grpc_timeout(value: &[u8]) -> Option<Duration> {
    let (unit, digits) = value.split_last()?;
    let amount = std::str::from_utf8(digits).ok().filter(|digits| digits.len() <= 8)?;
    let amount: u64 = amount.parse().ok()?;
    Some(match unit {
        b'H' => Duration::from_secs(amount * 3_600),
        b'M' => Duration::from_secs(amount * 60),
        b'S' => Duration::from_secs(amount),
        b'm' => Duration::from_millis(amount),
        b'u' => Duration::from_micros(amount),
        b'n' => Duration::from_nanos(amount),
        _ => return None,
    })
}

impl Stream<'_> {
    /// The route's timeout, or that of `x-envoy-upstream-rq-timeout-ms`, which only a client
    /// inside could send; the header goes. Where it is respected, the header of a proxy before
    /// this one, `x-envoy-expected-rq-timeout-ms`, says more than that, and both go on.
    fn response_timeout(&mut self, configured: Option<Duration>) -> Option<Duration> {
        if self.manager.config.respect_expected_rq_timeout
            && let Some(expected) = self.request.get(HeaderId::XEnvoyExpectedRqTimeoutMs)
        {
            return asked_or(configured, parse_ms(expected));
        }
        let key = HeaderKey::from(HeaderId::XEnvoyUpstreamRqTimeoutMs);
        let asked = self.request.get_key(&key).map(parse_ms);
        match asked {
            None => configured,
            Some(asked) => {
                self.request.remove_key(&key);
                asked_or(configured, asked)
            }
        }
    }
}

/// A timeout of 0 is none.
fn asked_or(configured: Option<Duration>, asked: Option<u64>) -> Option<Duration> {
    match asked {
        Some(0) => None,
        Some(ms) => Some(Duration::from_millis(ms)),
        None => configured,
    }
}

fn parse_ms(value: &[u8]) -> Option<u64> {
    std::str::from_utf8(value).ok()?.parse().ok()
}
