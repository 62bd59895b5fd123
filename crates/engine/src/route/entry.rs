//! A compiled route: what it asks beside the path, and what choosing it does to a request.

use std::sync::Arc;
use std::time::Duration;

use voyant_ir::route as ir;

use super::cluster_specifier::ClusterSpecifier;
use super::matcher::{Conditions, MatchContext, Miss};
use super::virtual_host::VirtualHost;
use crate::http::head::Head;

/// A route's place in its table. It stays valid as long as the table does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RouteId(pub(super) u32);

/// A compiled route.
#[derive(Debug)]
pub struct Route {
    pub(super) id: RouteId,
    pub(super) conditions: Option<Box<Conditions>>,
    pub name: Arc<str>,
    pub virtual_host: Arc<VirtualHost>,
    pub action: Action,
    /// The last part of `vhost.<name>.route.<stat_prefix>`; nothing when it has no statistics.
    pub stat_prefix: Option<Arc<str>>,
}

/// What is done with a request.
#[derive(Debug)]
pub enum Action {
    Forward(Box<Forward>),
    Redirect,
    DirectResponse,
    /// For clients of the configuration other than proxies; a request is answered with 404.
    NonForwarding,
}

/// Send the request to a cluster.
#[derive(Debug)]
pub struct Forward {
    pub cluster: ClusterSpecifier,
    pub cluster_not_found_status: u16,
    pub priority: ir::RoutePriority,
    /// Of the whole response; nothing: without a limit.
    pub timeout: Option<Duration>,
    pub idle_timeout: TimeoutOverride,
    pub max_stream_duration: Option<Box<MaxStreamDuration>>,
}

/// A route's word on a timeout of the connection manager.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimeoutOverride {
    Inherit,
    Off,
    After(Duration),
}

/// How long a stream may last.
#[derive(Debug)]
pub struct MaxStreamDuration {
    pub limit: TimeoutOverride,
    /// `grpc-timeout` is obeyed up to `After`, without a bound when `Off`, not at all when
    /// `Inherit`.
    pub grpc_timeout_header_max: TimeoutOverride,
    pub grpc_timeout_header_offset: Duration,
}

impl Route {
    /// The route's place in its table.
    pub fn id(&self) -> RouteId {
        self.id
    }

    /// Asks the conditions beside the path.
    pub fn check(&self, head: &Head, cx: &MatchContext<'_>) -> Result<(), Miss> {
        self.conditions.as_ref().map_or(Ok(()), |conditions| conditions.check(head, cx))
    }
}

impl TimeoutOverride {
    fn new(milliseconds: Option<u64>) -> Self {
        match milliseconds {
            None => Self::Inherit,
            Some(0) => Self::Off,
            Some(limit) => Self::After(Duration::from_millis(limit)),
        }
    }

    /// The timeout that holds, given the connection manager's.
    pub fn or(self, inherited: Option<Duration>) -> Option<Duration> {
        match self {
            Self::Inherit => inherited,
            Self::Off => None,
            Self::After(limit) => Some(limit),
        }
    }
}

impl MaxStreamDuration {
    pub(super) fn new(duration: &ir::MaxStreamDuration) -> Self {
        let ir::MaxStreamDuration {
            max_stream_duration_ms,
            grpc_timeout_header_max_ms,
            grpc_timeout_header_offset_ms,
        } = duration;
        Self {
            limit: TimeoutOverride::new(*max_stream_duration_ms),
            grpc_timeout_header_max: TimeoutOverride::new(*grpc_timeout_header_max_ms),
            grpc_timeout_header_offset: Duration::from_millis(*grpc_timeout_header_offset_ms),
        }
    }
}

impl Forward {
    pub(super) fn new(forward: &ir::Forward, cluster: ClusterSpecifier) -> Self {
        let ir::Forward {
            cluster: _,
            cluster_not_found_status,
            path_rewrite: _,
            host_rewrite: _,
            append_x_forwarded_host: _,
            priority,
            timeout_ms,
            idle_timeout_ms,
            max_stream_duration,
        } = forward;
        Self {
            cluster,
            cluster_not_found_status: *cluster_not_found_status,
            priority: *priority,
            timeout: (*timeout_ms != 0).then(|| Duration::from_millis(*timeout_ms)),
            idle_timeout: TimeoutOverride::new(*idle_timeout_ms),
            max_stream_duration: max_stream_duration
                .as_ref()
                .map(|duration| Box::new(MaxStreamDuration::new(duration))),
        }
    }
}
