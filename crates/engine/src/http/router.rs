//! Routers as configured (Envoy's `router.v3.Router`): that of a connection manager, and those of
//! upgrades with filters of their own.

use std::time::Duration;

use voyant_ir::access_log::AccessLog;
use voyant_ir::filter::HttpFilter;

use super::filter_chain::{CompiledChain, FilterScope, WorkerChain};
use crate::head::header_name::HeaderKey;
use crate::observe::access_log::{AccessLogWorker, AccessLogger, LogError};
use crate::route::RouteTable;
use crate::rt::timer::on;

/// What a router is told.
#[derive(Debug, Clone)]
pub struct Options {
    pub suppress_envoy_headers: bool,
    pub dynamic_stats: bool,
    pub respect_expected_rq_timeout: bool,
    pub strict_check_headers: Box<[HeaderKey]>,
    pub suppress_grpc_request_failure_code_stats: bool,
    pub reject_connect_early_data: bool,
    /// A line when there is a stream to a host.
    pub logs_streams: bool,
    /// Between the lines of an attempt that goes on.
    pub log_interval: Option<Duration>,
}

/// A router for all workers.
#[derive(Debug)]
pub struct CompiledRouter {
    options: Options,
    filters: Option<CompiledChain>,
    logs: Vec<AccessLog>,
}

/// A router on one worker.
#[derive(Debug)]
pub struct Router {
    pub options: Options,
    /// Before the hosts of clusters that have no filters of their own.
    pub filters: Option<WorkerChain>,
    /// Of what it asks of upstreams.
    pub logs: Vec<AccessLogger>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            suppress_envoy_headers: false,
            dynamic_stats: true,
            respect_expected_rq_timeout: false,
            strict_check_headers: Box::default(),
            suppress_grpc_request_failure_code_stats: false,
            reject_connect_early_data: false,
            logs_streams: false,
            log_interval: None,
        }
    }
}

impl Router {
    pub fn has_logs(&self) -> bool {
        !self.logs.is_empty()
    }
}

impl CompiledRouter {
    /// The router at the end of a list of filters; one of defaults where none stands there.
    pub fn of(filters: &[HttpFilter]) -> Self {
        let Some(router) = filters.last().and_then(|last| last.kind.as_router()) else {
            return Self { options: Options::default(), filters: None, logs: Vec::new() };
        };
        let strict = router.strict_check_headers.iter().map(|name| HeaderKey::new(name));
        Self {
            options: Options {
                suppress_envoy_headers: router.suppress_envoy_headers,
                dynamic_stats: router.dynamic_stats,
                respect_expected_rq_timeout: router.respect_expected_rq_timeout,
                strict_check_headers: strict.collect(),
                suppress_grpc_request_failure_code_stats: router
                    .suppress_grpc_request_failure_code_stats,
                reject_connect_early_data: router.reject_connect_early_data,
                logs_streams: router.upstream_log_options.on_stream,
                log_interval: on(router.upstream_log_options.flush_interval_ms),
            },
            filters: CompiledChain::unless_empty(&router.upstream_filters),
            logs: router.upstream_logs.clone(),
        }
    }

    pub fn on_worker(
        &self,
        routes: Option<&RouteTable>,
        scope: &FilterScope<'_>,
        logs: &AccessLogWorker,
    ) -> Result<Router, LogError> {
        Ok(Router {
            options: self.options.clone(),
            filters: self.filters.as_ref().and_then(|filters| filters.on_worker(routes, scope)),
            logs: logs.loggers(&self.logs)?,
        })
    }
}
