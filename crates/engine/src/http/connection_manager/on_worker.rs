//! A connection manager on one worker: the shared configuration and this worker's counters.

use std::cell::OnceCell;
use std::rc::{Rc, Weak};
use std::sync::Arc;
use std::time::Duration;

use voyant_ir::http_connection_manager::HttpConnectionManager;
use voyant_ir::protocol::Http2Options;

use super::config::Config;
use super::upgrades::{CompiledUpgrades, Upgrades};
use super::user_agent::UserAgents;
use crate::codec::Protocol;
use crate::codec::h1::RequestParser;
use crate::codec::h1::server::ServerSettings;
use crate::codec::h2::{HeadLimits, Http2Stats};
use crate::http::filter_chain::{CompiledChain, FilterScope, WorkerChain};
use crate::http::router::{CompiledRouter, Router};
use crate::lifecycle::Drained;
use crate::observe::access_log::{AccessLogWorker, AccessLogger, LogError};
use crate::observe::format::demand::Measure;
use crate::observe::stats::groups::codec::{Http1Stats, Http2HeaderStats};
use crate::observe::stats::groups::http::{
    HttpStats, ListenerHttpStats, RouteResolutionStats, RouterStats,
};
use crate::observe::stats::groups::route::RouteStats;
use crate::observe::stats::traffic::Traffic;
use crate::observe::stats::{Registry, Scope};
use crate::route::scope::{Scopes, WorkerScopes};
use crate::route::virtual_cluster::{StatSlot, VirtualClusterId};
use crate::route::{Route, RouteHandle, RouteTable};
use crate::worker::Worker;

/// A connection manager of one listener on one worker.
#[derive(Debug)]
pub struct Manager {
    pub config: Arc<Config>,
    pub routes: Rc<Arc<RouteTable>>,
    /// Tables that requests choose among; that above is for those of none.
    pub scopes: Option<WorkerScopes>,
    pub stats: Arc<HttpStats>,
    pub router_stats: Arc<RouterStats>,
    pub listener_stats: Arc<ListenerHttpStats>,
    /// Nothing unless they are wanted.
    pub route_resolution_stats: Option<Arc<RouteResolutionStats>>,
    /// Somebody asks how long it takes to find a route.
    pub times_routes: bool,
    /// Somebody may ask for the sizes of heads.
    pub measures_heads: bool,
    http2_scope: Arc<Scope>,
    http2_stats: OnceCell<Arc<Http2Stats>>,
    pub access_logs: Vec<AccessLogger>,
    /// There are logs that may tell of requests, the routers' among them.
    pub logs: bool,
    pub router: Router,
    /// Those of routes and virtual clusters, by their slots in the table.
    route_stats: Box<[Arc<RouteStats>]>,
    /// All but the router; nothing when there are no others.
    pub filters: Option<WorkerChain>,
    pub upgrades: Upgrades,
    pub http1: Rc<ServerSettings>,
    pub http2: Rc<Http2Options>,
    pub head_limits: HeadLimits,
    pub user_agents: UserAgents,
    drained: Drained,
    pub worker: Rc<Worker>,
    this: Weak<Self>,
}

/// What a connection manager is made from on each worker.
#[derive(Debug)]
pub struct Blueprint<'a> {
    pub ir: &'a HttpConnectionManager,
    pub config: Arc<Config>,
    pub routes: Arc<RouteTable>,
    pub scopes: Option<Arc<Scopes>>,
    pub filters: &'a CompiledChain,
    pub router: &'a CompiledRouter,
    pub upgrades: &'a CompiledUpgrades,
    pub requests: Arc<RequestParser>,
    pub listener_prefix: &'a str,
    pub drained: Drained,
    pub buffer_limit: usize,
    pub logs: &'a AccessLogWorker,
}

impl Manager {
    pub fn new(
        blueprint: Blueprint<'_>,
        registry: &Registry,
        worker: &Rc<Worker>,
    ) -> Result<Rc<Self>, LogError> {
        let Blueprint {
            ir,
            config,
            routes,
            scopes,
            filters,
            router,
            upgrades,
            requests,
            listener_prefix,
            drained,
            buffer_limit,
            logs,
        } = blueprint;
        let prefix = format!("http.{}", config.stat_prefix);
        let limits = requests.limits();
        let dotted = format!("{prefix}.");
        let scope = FilterScope::new(registry, &dotted, worker);
        let upstream_scope = FilterScope { dotted_prefix: &prefix, ..scope };
        let only_table = (scopes.is_none()).then_some(&*routes);
        let stats: Arc<HttpStats> = registry.shard(&prefix);
        let route_stats = routes.stat_scopes().prefixes().map(|prefix| registry.shard(prefix));
        let access_logs = logs.loggers(&ir.access_logs)?;
        let router = router.on_worker(only_table, &upstream_scope, logs)?;
        let upgrades = upgrades.on_worker(only_table, &scope, &upstream_scope, logs)?;
        let any_logs = !access_logs.is_empty() || router.has_logs() || upgrades.have_logs();
        Ok(Rc::new_cyclic(|this| Self {
            this: Weak::clone(this),
            route_stats: route_stats.collect(),
            filters: filters.on_worker(only_table, &scope),
            router,
            upgrades,
            logs: any_logs,
            routes: Rc::new(Arc::clone(&routes)),
            scopes: scopes.map(|scopes| scopes.on_worker(registry)),
            router_stats: registry.shard(&prefix),
            times_routes: ir.record_route_resolution_stats || Measure::RouteTime.is_asked_for(),
            measures_heads: any_logs || Measure::HeaderBytes.is_asked_for(),
            route_resolution_stats: ir
                .record_route_resolution_stats
                .then(|| registry.shard(&prefix)),
            listener_stats: registry.shard(&format!("{listener_prefix}.{prefix}")),
            http2_scope: registry.scope("http2"),
            http2_stats: OnceCell::new(),
            access_logs,
            http1: server_settings(ir, requests, buffer_limit, &stats, registry.shard("http1")),
            http2: Rc::new(ir.http2.clone()),
            head_limits: HeadLimits {
                max_header_bytes: limits.max_bytes,
                max_header_count: limits.max_count,
                max_field_bytes: ir.http2.max_header_field_size_bytes as usize,
                headers_with_underscores: ir.headers_with_underscores,
                stream_buffer_limit_bytes: buffer_limit,
            },
            user_agents: UserAgents::new(registry, &prefix),
            config,
            stats,
            drained,
            worker: Rc::clone(worker),
        }))
    }

    /// A handle for what may outlive the stream that asks for it.
    pub fn handle(&self) -> Option<Rc<Self>> {
        self.this.upgrade()
    }

    /// What a request counts beside its cluster: its virtual cluster, and its route.
    pub fn route_stats(
        &self,
        route: &Route,
        handle: Option<&RouteHandle>,
        kind: Option<VirtualClusterId>,
    ) -> [Option<&RouteStats>; 2] {
        let scopes = self.scopes.as_ref().zip(handle);
        let of_scope = scopes.and_then(|(scopes, handle)| scopes.stats_of(&handle.table));
        let kept = of_scope.unwrap_or(&self.route_stats);
        let stats = |slot: StatSlot| &*kept[slot.index()];
        let kinds = route.virtual_host.virtual_clusters.as_ref();
        let kind = kinds.map(|kinds| kinds.slot(kind));
        [kind.map(stats), route.stats.map(stats)]
    }

    /// What HTTP/2 connections count, from the first of them on.
    pub fn http2_stats(&self) -> &Arc<Http2Stats> {
        self.http2_stats.get_or_init(|| {
            self.http2_scope.declare::<Http2HeaderStats>();
            self.http2_scope.shard()
        })
    }

    /// How long a drain of a connection takes.
    pub fn drain_time(&self) -> Duration {
        let timeouts = &self.config.timeouts;
        self.worker.rng.extended(timeouts.drain, timeouts.drain_jitter_ms)
    }

    /// A response that is sent now should end its connection.
    pub fn should_close(&self) -> bool {
        self.worker.lifecycle.should_close(self.drained, &self.worker.rng)
    }

    /// Counts a request that begins.
    pub fn count_request(&self, protocol: Protocol) {
        self.stats.downstream_rq_total.inc();
        self.stats.downstream_rq_active.inc();
        match protocol {
            Protocol::Http10 | Protocol::Http11 => self.stats.downstream_rq_http1_total.inc(),
            Protocol::Http2 => self.stats.downstream_rq_http2_total.inc(),
        }
    }

    /// Counts a response, by the class of its status if that has one.
    pub fn count_status(&self, status: u16) {
        let (http, listener) = (&self.stats, &self.listener_stats);
        http.downstream_rq_completed.inc();
        listener.downstream_rq_completed.inc();
        let (class, listener_class) = match status / 100 {
            1 => (&http.downstream_rq_1xx, &listener.downstream_rq_1xx),
            2 => (&http.downstream_rq_2xx, &listener.downstream_rq_2xx),
            3 => (&http.downstream_rq_3xx, &listener.downstream_rq_3xx),
            4 => (&http.downstream_rq_4xx, &listener.downstream_rq_4xx),
            5 => (&http.downstream_rq_5xx, &listener.downstream_rq_5xx),
            _ => return,
        };
        class.inc();
        listener_class.inc();
    }
}

fn server_settings(
    ir: &HttpConnectionManager,
    requests: Arc<RequestParser>,
    buffer_limit: usize,
    stats: &Arc<HttpStats>,
    http1_stats: Arc<Http1Stats>,
) -> Rc<ServerSettings> {
    Rc::new(ServerSettings {
        header_case: ir.http1.header_case,
        trailers: requests.trailer_rules(),
        closes_on_bad_request: !ir.http1.stream_error_on_invalid_http_message,
        parser: requests,
        buffer_limit,
        traffic: Rc::new(Traffic::Http(Arc::clone(stats))),
        stats: http1_stats,
    })
}
