//! One exchange: a request from its head to its last log line, over any pair of protocols.
//!
//! The steps, in order: what the connection manager does to the head; the route; the route's own
//! answer, or a stream to an upstream and the relay between the two; statistics and logs. Each
//! step that cannot go on answers with a [`Failure`], which becomes the client's response.

use voyant_ir::format::TimePoint;

use crate::codec::{Protocol, ResetReason};
use crate::failure::Failure;
use crate::failure::flags::ResponseFlag;
use crate::head::Head;
use crate::head::header_name::HeaderId;
use crate::http::connection_manager::mutate_request::{Ends, mutate_request};
use crate::http::connection_manager::on_worker::Manager;
use crate::http::stream_info::StreamInfo;
use crate::observe::format::AccessLogType;
use crate::route::{Action, Route};
use crate::rt::clock::now;
use crate::rt::timer::LazyTimer;
use deadlines::Deadlines;
use filters::Filtered;
use reply::LocalReply;
use sides::Downstream;
use stream::Stream;

pub mod deadlines;
pub mod relay;
pub mod reply;
pub mod sides;
pub mod stream;
pub mod timeouts;

pub mod charging;
mod choice;
pub mod connect;
mod filtered_relay;
mod filtered_upstream;
mod filters;
mod forward;
mod internal_redirect;
mod limits;
mod mirror;
mod normalize;
mod own_answer;
mod stopped;
mod strict_check;
pub mod upgrade;
mod upstream_filters;
mod upstream_log;
mod watch;
mod write_rest;

/// What a codec knows of a request besides its head.
#[derive(Debug, Clone, Copy)]
pub struct RequestFacts {
    /// Nothing follows the head.
    pub end: bool,
    pub expect_continue: bool,
    pub connect: bool,
    pub upgrade: bool,
    /// HTTP/1: the client lets the connection stay.
    pub keep_alive: bool,
}

/// What becomes of an HTTP/1 connection after an exchange.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Keep,
    Close,
    /// The client has closed it.
    Closed,
}

/// One exchange.
#[derive(Debug)]
pub struct Exchange<'a> {
    stream: Stream<'a>,
    downstream: Downstream<'a>,
    timer: &'a mut LazyTimer,
    deadlines: Deadlines,
    response: Head,
    /// It has been counted and logged.
    concluded: bool,
}

impl<'a> Exchange<'a> {
    /// An exchange for a request that has arrived. `close`: the connection ends with it.
    // Inlined so that a kilobyte is made where it stays.
    #[inline]
    pub fn new(
        manager: &'a Manager,
        downstream: Downstream<'a>,
        timer: &'a mut LazyTimer,
        mut info: StreamInfo,
        request: Head,
        facts: RequestFacts,
        close: bool,
    ) -> Self {
        let protocol = downstream.protocol();
        info.protocol = Some(protocol);
        if !request.is_empty() {
            info.mark(TimePoint::DsRxHdrEnd, now());
        }
        if manager.measures_heads {
            downstream.measure_request(&request, &mut info.bytes);
        }
        let deadlines = Deadlines::at_start(&manager.config, info.start, facts.end);
        Self {
            stream: Stream::begin(manager, protocol, info, request, facts, close),
            downstream,
            timer,
            deadlines,
            response: manager.worker.heads.take(),
            concluded: false,
        }
    }

    /// Counts and logs a request that the codec refused, of which there is nothing but `info`.
    pub fn conclude_unseen(manager: &Manager, info: StreamInfo, request: Head) {
        let facts = RequestFacts {
            end: true,
            expect_continue: false,
            connect: false,
            upgrade: false,
            keep_alive: true,
        };
        let protocol = info.protocol.unwrap_or(Protocol::Http2);
        let mut stream = Stream::begin(manager, protocol, info, request, facts, false);
        stream.progress.aborted = true;
        stream.conclude(&Head::new(), 0, 0);
    }

    /// Carries the request to its end.
    pub async fn run(&mut self) -> Verdict {
        match self.accept() {
            Ok(()) => loop {
                self.route().await;
                if !self.begin_again() {
                    break;
                }
            },
            Err(refusal) => self.refuse(refusal).await,
        }
        self.tell_connect_error();
        self.verdict()
    }

    /// Answers a request whose head could not be read.
    pub async fn run_refused(&mut self, refusal: LocalReply) -> Verdict {
        self.stream.close = true;
        // Whatever version the answer has, Envoy logs what it takes a connection for at first.
        self.stream.info.protocol = Some(Protocol::Http11);
        self.send_reply(refusal, None).await;
        Verdict::Close
    }

    /// Answers a request whose head did not arrive in time, on a stream of its own.
    pub async fn run_late(&mut self, reply: LocalReply) {
        self.send_reply(reply, None).await;
    }

    /// Logs a request whose client left before its head was whole.
    pub fn run_abandoned(mut self) {
        self.stream.manager.stats.downstream_rq_rx_reset.inc();
        let info = &mut self.stream.info;
        info.flags.insert(ResponseFlag::DownstreamConnectionTermination);
        info.details = Some("downstream_remote_disconnect".into());
        info.connection.ended.set(Some(now()));
        self.stream.progress.aborted = true;
    }

    fn verdict(&self) -> Verdict {
        let Stream { progress, close, .. } = &self.stream;
        let done = progress.response_ended && !progress.aborted && self.downstream.request_done();
        match (progress.client_gone, done && !close) {
            (true, _) => Verdict::Closed,
            (false, true) => Verdict::Keep,
            (false, false) => Verdict::Close,
        }
    }

    /// Checks the head and does to it what the connection manager does.
    fn accept(&mut self) -> Result<(), LocalReply> {
        let stream = &mut self.stream;
        let config = &stream.manager.config;
        if stream.facts.expect_continue && !config.proxy_100_continue {
            self.response.clear();
            self.response.push(HeaderId::Status, b"100");
            self.downstream.send_informational(&self.response);
            stream.manager.count_status(100);
            stream.info.response_code = 100;
            stream.request.remove(HeaderId::Expect);
        }
        stream.count_user_agent();
        stream.check()?;
        if let Some(rules) = config.path {
            stream.normalize_path(rules)?;
        }
        if let Some(rules) = config.host {
            stream.normalize_host(rules);
        }
        if !config.early_mutations.is_empty() {
            stream.mutate_early();
        }
        let connection = &stream.info.connection;
        let scopes = stream.manager.scopes.as_ref();
        let scope = scopes.and_then(|scopes| scopes.find(&stream.request));
        stream.origin = mutate_request(
            config,
            &mut stream.request,
            Ends { peer: &connection.remote, local: &connection.local },
            &mut stream.info.remote,
            &stream.manager.worker.rng,
        )
        .map_err(|status| {
            stream.manager.stats.downstream_rq_rejected_via_ip_detection.inc();
            LocalReply::new(status, "rejecting_because_detection_failed")
        })?;
        if let Some(scope) = scope.filter(|_| !stream.origin.internal) {
            for key in &*scope.internal_only_headers {
                stream.request.remove_key(key);
            }
        }
        Ok(())
    }

    async fn route(&mut self) {
        self.stream.info.has_request = true;
        let routes = self.stream.table();
        let other;
        let mut route = self.stream.find_route(&routes);
        self.stream.note_route(&routes, route);
        if self.stream.manager.config.logging.on_new_request {
            self.log_start(route);
        }
        if let Some(route) =
            route.filter(|_| self.stream.facts.upgrade || self.stream.facts.connect)
            && !self.stream.accept_upgrade(route)
        {
            return self.refuse_upgrade(route).await;
        }
        if let (Some(_), Some(Action::Forward(forward))) =
            (&self.stream.filters(), route.map(|route| &route.action))
        {
            let limits = self.stream.limits_of(forward);
            self.deadlines.follow(&limits, self.stream.info.start);
            // Filters and their answers' log lines know it.
            self.stream.choose_ahead(forward);
        }
        let filtered = self.filter_request().await;
        if std::mem::take(&mut self.stream.rerouted) {
            other = self.stream.info.route.clone();
            route = other.as_deref();
            self.stream.limit_anew(&mut self.deadlines);
        }
        match filtered {
            Filtered::Passed => {}
            Filtered::Reply(reply) => {
                let route = route.filter(|route| matches!(route.action, Action::Forward(_)));
                return self.send_reply(*reply, route).await;
            }
            Filtered::Gone => return,
        }
        let router_stats = &self.stream.manager.router_stats;
        router_stats.rq_total.inc();
        let Some(route) = route else {
            router_stats.no_route.inc();
            return self.send_failure(&Failure::NoRoute, None).await;
        };
        self.take(route).await;
    }

    fn log_start(&mut self, route: Option<&Route>) {
        if let Some(Action::Forward(forward)) = route.map(|route| &route.action) {
            // The line names it.
            self.stream.choose_cluster(forward);
        }
        self.stream.info.bytes.wire_received = self.downstream.exchange_bytes().0;
        self.stream.log(AccessLogType::DownstreamStart, &self.response);
    }

    async fn take(&mut self, route: &Route) {
        match &route.action {
            Action::Forward(forward) => match self.forward(route, forward).await {
                Ok(()) => {}
                Err(failure) => self.send_failure(&failure, Some(route)).await,
            },
            Action::Redirect(redirect) => self.redirect(route, redirect).await,
            Action::DirectResponse(direct) => self.respond(route, direct).await,
            Action::NonForwarding => {
                self.stream.manager.router_stats.no_cluster.inc();
                self.send_failure(&Failure::NoCluster { status: 503 }, Some(route)).await;
            }
        }
    }

    /// Counts and logs it, once.
    fn conclude(&mut self) {
        if !std::mem::replace(&mut self.concluded, true) {
            let (received, sent) = self.downstream.exchange_bytes();
            let sent = sent + self.downstream.unwritten();
            self.downstream.measure_trailers(&mut self.stream.info.bytes);
            self.stream.filters_done();
            self.log_attempt(None);
            self.stream.conclude(&self.response, received, sent);
        }
    }

    /// Cuts the client off in the middle of its response.
    fn cut_off(&mut self) {
        let stats = &self.stream.manager.stats;
        stats.downstream_rq_tx_reset.inc();
        // Envoy's codec tells of its own resets, too.
        stats.downstream_rq_rx_reset.inc();
        let reason = self.stream.cut_off_reason();
        self.abort(reason);
    }

    fn abort(&mut self, reason: ResetReason) {
        self.downstream.reset(reason);
        self.stream.progress.aborted = true;
        self.stream.close = true;
    }
}

impl Stream<'_> {
    pub(super) fn count_user_agent(&self) {
        let agent = &self.info.connection.user_agent;
        self.manager.user_agents.count_request(agent, &self.request);
    }

    /// What no route may see.
    fn check(&self) -> Result<(), LocalReply> {
        let (request, manager) = (&self.request, self.manager);
        let path = request.path();
        if !request.contains(HeaderId::Authority) {
            return Err(LocalReply::new(400, "missing_host_header"));
        }
        if self.facts.connect {
            return Ok(());
        }
        if path.is_empty() {
            return Err(LocalReply::new(404, "missing_path_rejected"));
        }
        if !path.starts_with(b"/") {
            manager.stats.downstream_rq_non_relative_path.inc();
            return Err(LocalReply::new(404, "absolute_path_rejected"));
        }
        if path.contains(&b'#') {
            manager.stats.downstream_rq_failed_path_normalization.inc();
            return Err(LocalReply::new(400, "path_normalization_failed"));
        }
        Ok(())
    }
}

impl Drop for Exchange<'_> {
    fn drop(&mut self) {
        self.conclude();
        let heads = &self.stream.manager.worker.heads;
        heads.give(std::mem::take(&mut self.stream.request));
        heads.give(std::mem::take(&mut self.response));
    }
}
