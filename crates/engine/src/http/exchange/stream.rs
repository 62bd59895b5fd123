//! What an exchange knows and counts, apart from the two sides that it joins.

use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use voyant_ir::format::TimePoint;

use super::RequestFacts;
use super::connect::ClusterHandle;
use super::deadlines::Expired;
use super::internal_redirect::Redirection;
use super::limits::RouteLimits;
use super::mirror::Shadow;
use super::upgrade::Upgrade;
use super::upstream_log::AttemptLog;
use crate::codec::Protocol;
use crate::failure::Failure;
use crate::failure::flags::ResponseFlag;
use crate::filter::compressor::negotiation::Encodings;
use crate::grpc::is_grpc;
use crate::head::Head;
use crate::head::header_name::HeaderId;
use crate::http::connection_manager::mutate_request::Origin;
use crate::http::connection_manager::mutate_response::{ResponseFacts, mutate_response};
use crate::http::connection_manager::on_worker::Manager;
use crate::http::filter_chain::Chain;
use crate::http::router::Router;
use crate::http::stream_info::{SoftDrain, StreamInfo};
use crate::observe::format::{AccessLogType, FormatContext};
use crate::route::mutation::{HeaderMutation, MutationContext};
use crate::route::{Action, MatchContext, Route, RouteHandle, RouteTable};
use crate::rt::clock::{self, Instant, now};

/// The state of one exchange.
#[derive(Debug)]
pub struct Stream<'a> {
    pub manager: &'a Manager,
    /// The connection manager's, or that of an upgrade with filters of its own.
    pub router: &'a Router,
    pub protocol: Protocol,
    pub facts: RequestFacts,
    pub request: Head,
    /// The response's, where there is a log that may name them.
    pub trailers: Option<Head>,
    pub info: StreamInfo,
    pub origin: Origin,
    /// The filters that stand between the two sides, if any do.
    pub chain: Option<Box<Chain>>,
    pub chain_is_made: bool,
    /// Those that stand before the upstream of this attempt, if any do.
    pub upstream_chain: Option<Box<Chain>>,
    /// Whether the request spoke gRPC before filters saw it, if there are any.
    pub arrived_as_grpc: Option<bool>,
    /// What the router's logs tell of this attempt, where there are any.
    pub attempt: Option<Box<AttemptLog>>,
    /// What compressors of the chain agree on.
    pub encodings: Option<Box<Encodings>>,
    /// A filter has asked for the route to be found anew.
    pub route_is_stale: bool,
    /// It was, and is that of `info`.
    pub rerouted: bool,
    /// What it says of timeouts, until that holds.
    // Boxed: hardly a request has it.
    pub limits_anew: Option<Box<RouteLimits>>,
    /// There is a limit to its duration.
    pub is_limited: bool,
    /// Of the answer that is made just now, which does not tell of it.
    pub late_flag: Option<ResponseFlag>,
    /// The cluster that was chosen with the route, where filters come in between.
    pub chosen: Option<Chosen>,
    /// The upgrade that was accepted, if there is one.
    pub upgrade: Option<Upgrade<'a>>,
    /// The entry of a weighted split that was drawn.
    pub weighted: Option<usize>,
    /// Copies of the request that want its body.
    pub shadows: Vec<Shadow>,
    /// There where redirects are followed.
    pub redirection: Option<Box<Redirection>>,
    /// So much of either body may be held.
    pub buffer_limit: usize,
    /// Decides fractions and splits.
    pub random: u64,
    pub progress: Progress,
    /// The response says that the connection ends.
    pub close: bool,
}

/// What a route's cluster specifier came to; there may be no such cluster.
#[derive(Debug)]
pub struct Chosen(pub Option<ClusterHandle>);

/// How far an exchange has come.
#[derive(Debug, Default, Clone, Copy)]
pub struct Progress {
    pub request_ended: Option<Instant>,
    /// An interim response of the upstream was seen.
    pub informed: bool,
    /// A response's head has come from the upstream; filters may hold it.
    pub head_arrived: bool,
    /// A response's head has been sent.
    pub response_started: bool,
    pub response_ended: bool,
    /// The client went away or was cut off.
    pub aborted: bool,
    /// The client closed its connection.
    pub client_gone: bool,
}

impl<'a> Stream<'a> {
    #[inline]
    pub fn begin(
        manager: &'a Manager,
        protocol: Protocol,
        info: StreamInfo,
        request: Head,
        facts: RequestFacts,
        close: bool,
    ) -> Self {
        let worker = &manager.worker;
        if !info.counted {
            manager.count_request(protocol);
        }
        let mut stream = Self {
            manager,
            router: &manager.router,
            protocol,
            facts,
            request,
            trailers: None,
            origin: Origin { internal: false, edge: false },
            chain: None,
            chain_is_made: false,
            upstream_chain: None,
            arrived_as_grpc: None,
            attempt: None,
            encodings: None,
            route_is_stale: false,
            rerouted: false,
            limits_anew: None,
            is_limited: manager.config.timeouts.max_stream_duration.is_some(),
            late_flag: None,
            chosen: None,
            upgrade: None,
            weighted: None,
            shadows: Vec::new(),
            redirection: None,
            buffer_limit: manager.http1.buffer_limit,
            random: worker.rng.next_u64(),
            progress: Progress::default(),
            close: close || !facts.keep_alive,
            info,
        };
        if facts.end {
            stream.note_request_end(stream.info.start);
        }
        stream
    }

    /// One of the connection manager's timeouts has passed; the router has its own besides.
    pub fn late(&self, expired: Expired) -> Failure {
        let stats = &self.manager.stats;
        let request_done = self.progress.request_ended.is_some();
        match expired {
            Expired::Request => {
                stats.downstream_rq_timeout.inc();
                Failure::RequestTimeout
            }
            Expired::MaxStreamDuration => {
                stats.downstream_rq_max_duration_reached.inc();
                Failure::MaxStreamDuration { request_done }
            }
            Expired::Idle | Expired::Response | Expired::UpstreamStream => {
                stats.downstream_rq_idle_timeout.inc();
                Failure::StreamIdle { request_done }
            }
        }
    }

    /// The form of its answers is gRPC's.
    pub fn speaks_grpc(&self) -> bool {
        self.arrived_as_grpc.unwrap_or_else(|| is_grpc(&self.request))
    }

    pub fn is_h1(&self) -> bool {
        self.protocol != Protocol::Http2
    }

    pub fn note_request_end(&mut self, at: Instant) {
        self.progress.request_ended = Some(at);
        self.info.mark(TimePoint::DsRxEnd, at);
    }

    /// The client gets a response now, whether or not it has ended its request: a tunnel's is
    /// open as long as the tunnel.
    pub fn note_response_start(&mut self) {
        self.progress.response_started = true;
        if self.progress.request_ended.is_none() {
            self.manager.stats.downstream_rq_response_before_rq_complete.inc();
        }
    }

    /// The response is over. What is left of the request then is not waited for, which Envoy
    /// counts as a reset.
    pub fn note_response_end(&mut self) {
        self.progress.response_ended = true;
        if self.progress.request_ended.is_none() {
            self.manager.stats.downstream_rq_rx_reset.inc();
        }
    }

    pub fn find_route<'t>(&self, routes: &'t RouteTable) -> Option<&'t Route> {
        let began = self.manager.times_routes.then(clock::read);
        let worker = &self.manager.worker;
        let scratch = &mut worker.match_scratch.borrow_mut();
        let found = routes.find(&self.request, &self.match_context(), scratch);
        let resolutions = &self.info.resolutions;
        resolutions.count.set(resolutions.count.get() + 1);
        if let Some(began) = began {
            let took = u32::try_from((clock::read() - began).as_micros()).unwrap_or(u32::MAX);
            resolutions.micros.set(resolutions.micros.get().saturating_add(took));
            if let Some(stats) = &self.manager.route_resolution_stats {
                stats.downstream_rq_route_resolution_time_us.record(took.into());
            }
        }
        found
    }

    /// The table that the request has its route from.
    pub fn table(&self) -> Rc<Arc<RouteTable>> {
        let scopes = self.manager.scopes.as_ref();
        let scope = scopes.and_then(|scopes| scopes.find(&self.request));
        Rc::clone(scope.map_or(&self.manager.routes, |scope| &scope.table))
    }

    pub fn note_route(&mut self, routes: &Rc<Arc<RouteTable>>, route: Option<&Route>) {
        self.info.route =
            route.map(|route| RouteHandle { table: Rc::clone(routes), id: route.id() });
    }

    /// Finds the route anew, as a filter has asked for.
    pub fn find_route_anew(&mut self) {
        (self.route_is_stale, self.rerouted) = (false, true);
        let routes = self.table();
        let route = self.find_route(&routes);
        self.note_route(&routes, route);
        (self.chosen, self.info.upstream.cluster) = (None, None);
        if let Some(Action::Forward(forward)) = route.map(|route| &route.action) {
            self.note_limits(forward);
            self.choose_ahead(forward);
        }
    }

    pub fn match_context(&self) -> MatchContext<'_> {
        let runtime = &self.manager.worker.runtime;
        MatchContext { random: self.random, runtime, info: Some(&self.info) }
    }

    /// What formats see of this stream.
    pub fn format_context<'c>(&'c self, response: Option<&'c Head>) -> FormatContext<'c> {
        FormatContext {
            request: &self.request,
            response,
            trailers: self.trailers.as_ref(),
            info: &self.info,
            now: self.info.start,
            log_type: AccessLogType::NotSet,
            local_reply_body: b"",
        }
    }

    /// Time from the end of the request until `at`; nothing while it has not ended.
    pub fn since_request(&self, at: Instant) -> Option<Duration> {
        Some(at.duration_since(self.progress.request_ended?))
    }

    /// When a time counted from the end of the request has passed; never before that end.
    pub fn deadline_of(&self, timeout: Option<Duration>) -> Option<Instant> {
        Some(self.progress.request_ended? + timeout?)
    }

    /// What the route does to a response's head, whoever made it.
    pub fn finalize_response(&self, route: &Route, response: &mut Head, at: Instant) {
        let context = MutationContext { request: Some(&self.request), info: &self.info, now: at };
        let mut scratch = self.manager.worker.mutation_scratch.borrow_mut();
        route.finalize_response(response, self.weighted, &context, &mut scratch);
    }

    /// What a filter's configuration does to the request's head.
    pub fn mutate_request(&mut self, mutation: &HeaderMutation) {
        let context = MutationContext { request: None, info: &self.info, now: now() };
        let mut scratch = self.manager.worker.mutation_scratch.borrow_mut();
        mutation.apply(&mut self.request, &context, &mut scratch);
    }

    /// What a filter's configuration does to a response's head.
    pub fn mutate_response(&self, mutation: &HeaderMutation, response: &mut Head) {
        let request = Some(&self.request);
        let context = MutationContext { request, info: &self.info, now: now() };
        let mut scratch = self.manager.worker.mutation_scratch.borrow_mut();
        mutation.apply(response, &context, &mut scratch);
    }

    /// What a filter's configuration does to trailers: to a response's behind its head.
    pub fn mutate_trailers(
        &self,
        mutation: &HeaderMutation,
        trailers: &mut Head,
        response: Option<&Head>,
    ) {
        let heads = FormatContext { now: now(), ..self.format_context(response) };
        let mut scratch = self.manager.worker.mutation_scratch.borrow_mut();
        mutation.apply_to_trailers(trailers, heads, &mut scratch);
    }

    /// Tells the client how often the request was tried, where the virtual host wants that.
    pub fn tell_attempts(&self, route: &Route, response: &mut Head) {
        if route.virtual_host.include_attempt_count_in_response {
            let mut digits = itoa::Buffer::new();
            let attempts = digits.format(self.info.upstream.attempts.max(1));
            response.set(HeaderId::XEnvoyAttemptCount, attempts.as_bytes());
        }
    }

    /// The last changes to a response's head, whoever made it.
    pub fn dress(&mut self, response: &mut Head, at: Instant) {
        let upgraded = self.upgrade.is_some() && self.opens_tunnel(response);
        let Self { manager, request, info, close, .. } = self;
        info.response_code = response.status();
        info.mark(TimePoint::DsTxBeg, at);
        let is_h1 = self.protocol != Protocol::Http2;
        // Only the close tells such a client where the body ends.
        *close |= self.protocol == Protocol::Http10 && !response.contains(HeaderId::ContentLength);
        let worker = &manager.worker;
        // Only now: a drain may have begun since the request came.
        if info.connection.soft_drain.get() == SoftDrain::Begun {
            info.connection.leaving.set(true);
        }
        if is_h1 && manager.should_close() && !info.connection.leaving.replace(true) {
            manager.stats.downstream_cx_drain_close.inc();
        }
        let leaves = *close || info.connection.leaving.get();
        let tells_request_id = manager.config.always_set_request_id_in_response
            || request.contains(HeaderId::XEnvoyForceTrace);
        let statement = manager.config.proxy_status.as_ref().and_then(|status| status.of(info));
        worker.date.with(worker.wall.at(at), |date| {
            let facts = ResponseFacts {
                date,
                request_id: tells_request_id.then(|| request.get(HeaderId::XRequestId)).flatten(),
                proxy_status: statement.as_ref().map(|statement| statement.text.as_str()),
                close: is_h1 && leaves && !upgraded,
                keep_alive: !leaves && self.protocol == Protocol::Http10,
                upgraded: upgraded && response.is_upgrade(),
            };
            mutate_response(&manager.config, response, facts);
        });
        if let Some(status) = statement.and_then(|statement| statement.status) {
            info.response_code = status;
            set_status(response, status);
        }
        // Checks of our own health would drown what users ask for.
        if !info.health_check {
            manager.count_status(info.response_code);
        }
        if upgraded && manager.config.logging.on_tunnel_established {
            self.log(AccessLogType::DownstreamTunnelSuccessfullyEstablished, response);
        }
    }

    /// Whether responses count under their cluster.
    pub(super) fn tells_codes(&self) -> bool {
        self.router.options.dynamic_stats && !self.info.health_check
    }

    /// Statistics and logs at the very end.
    pub fn conclude(&mut self, response: &Head, received: u64, sent: u64) {
        let end = now();
        let manager = self.manager;
        manager.stats.downstream_rq_active.dec();
        if self.upgrade.is_some() {
            manager.stats.downstream_cx_upgrades_active.dec();
        }
        manager.stats.downstream_rq_time.record_ms(end - self.info.start);
        if let Some(stats) = &manager.route_resolution_stats {
            let count = self.info.resolutions.count.get();
            stats.downstream_rq_route_resolutions.record(count.into());
        }
        if !self.progress.response_ended && !self.progress.aborted {
            self.info.flags.insert(ResponseFlag::DownstreamConnectionTermination);
        }
        self.info.bytes.wire_received = received;
        self.info.bytes.wire_sent = sent;
        // A response that was cut off has no end.
        let redirected = self.redirection.as_ref().is_some_and(|redirection| redirection.due);
        if self.progress.response_ended && !self.progress.aborted && !redirected {
            self.info.mark(TimePoint::DsTxEnd, end);
        }
        if let Some(totals) = &self.info.connection.totals {
            totals.add(&self.info);
        }
        self.log(AccessLogType::DownstreamEnd, response);
    }

    /// Writes a line to each log.
    pub fn log(&self, log_type: AccessLogType, response: &Head) {
        let logs = &self.manager.access_logs;
        if logs.is_empty() {
            return;
        }
        let context = FormatContext { now: now(), log_type, ..self.format_context(Some(response)) };
        for log in logs {
            log.log(&context);
        }
    }
}

/// Sets the status of a response.
pub(super) fn set_status(response: &mut Head, status: u16) {
    let mut digits = itoa::Buffer::new();
    response.set(HeaderId::Status, digits.format(status).as_bytes());
}
