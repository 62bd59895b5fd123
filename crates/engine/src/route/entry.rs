//! A compiled route: what it asks beside the path, and what choosing it does to a request.

use std::sync::Arc;
use std::time::Duration;

use voyant_ir::metadata::Metadata;
use voyant_ir::route as ir;

use super::cluster_specifier::ClusterSpecifier;
use super::direct_response::DirectResponse;
use super::filter_overrides::FilterOverrides;
use super::finalize::WeightedFinish;
use super::formatted_rewrite::FormattedRewrite;
use super::internal_redirect::InternalRedirect;
use super::matcher::{Conditions, MatchContext, Miss};
use super::mirror::Mirror;
use super::mutation::Mutations;
use super::redirect::Redirect;
use super::rewrite::{HostRewrite, PathRewrite};
use super::timeouts::{GrpcTimeout, MaxStreamDuration, TimeoutOverride};
use super::upgrades::RouteUpgrades;
use super::virtual_cluster::StatSlot;
use super::virtual_host::VirtualHost;
use crate::filter::cors;
use crate::head::Head;
use crate::pattern::PatternError;
use crate::rate_limit::RateLimits;

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
    pub(super) request_headers: Mutations,
    pub(super) response_headers: Mutations,
    /// Its own statistics, `vhost.<name>.route.<stat_prefix>`.
    pub stats: Option<StatSlot>,
    pub(super) filter_overrides: Option<Arc<FilterOverrides>>,
    pub metadata: Option<Box<Metadata>>,
}

/// What is done with a request.
#[derive(Debug)]
pub enum Action {
    Forward(Box<Forward>),
    Redirect(Box<Redirect>),
    DirectResponse(Box<DirectResponse>),
    /// For clients of the configuration other than proxies: there is no cluster.
    NonForwarding,
}

/// Send the request to a cluster.
#[derive(Debug)]
pub struct Forward {
    pub cluster: ClusterSpecifier,
    pub internal_redirect: Option<Box<InternalRedirect>>,
    /// What is kept of a body to send it again.
    pub body_buffer_limit: Option<usize>,
    pub cluster_not_found_status: u16,
    pub priority: ir::RoutePriority,
    /// Of the whole response; nothing: without a limit.
    pub timeout: Option<Duration>,
    pub idle_timeout: TimeoutOverride,
    /// In place of the idle timeout once the response has ended.
    pub flush_timeout: TimeoutOverride,
    pub max_stream_duration: Option<Box<MaxStreamDuration>>,
    /// For gRPC requests, in place of `timeout`.
    pub grpc_timeout: Option<GrpcTimeout>,
    /// What the route says of upgrades and CONNECT, if it does.
    pub upgrades: Option<Box<RouteUpgrades>>,
    pub append_x_forwarded_host: bool,
    /// Of the route itself, not of a filter.
    pub cors: Option<Box<cors::PerRoute>>,
    pub rate_limits: RateLimits,
    pub include_virtual_host_rate_limits: bool,
    /// Where copies of requests go.
    pub mirrors: Box<[Mirror]>,
    pub(super) path_rewrite: Option<Box<PathRewrite>>,
    pub(super) host_rewrite: Option<Box<HostRewrite>>,
    pub(super) formatted: Option<Box<FormattedRewrite>>,
    /// What the entries of a weighted split add; empty when none adds anything.
    pub(super) weighted: Box<[WeightedFinish]>,
    /// The same with what those entries say of filters; empty when none says anything.
    pub(super) weighted_overrides: Box<[Option<Arc<FilterOverrides>>]>,
}

impl Route {
    /// The route of a virtual host that requires TLS, for those who come without.
    pub(super) fn to_https(id: RouteId, virtual_host: Arc<VirtualHost>) -> Self {
        Self {
            id,
            conditions: None,
            name: "".into(),
            virtual_host,
            action: Action::Redirect(Box::new(Redirect::to_https())),
            request_headers: Mutations::default(),
            response_headers: Mutations::default(),
            stats: None,
            filter_overrides: None,
            metadata: None,
        }
    }

    /// The route's place in its table.
    pub fn id(&self) -> RouteId {
        self.id
    }

    /// What the route says of filters, given the entry of a weighted split that was drawn.
    pub fn filter_overrides(&self, weighted: Option<usize>) -> Option<&FilterOverrides> {
        let of_entry = match &self.action {
            Action::Forward(forward) => weighted.and_then(|at| forward.weighted_overrides.get(at)),
            _ => None,
        };
        of_entry.unwrap_or(&self.filter_overrides).as_deref()
    }

    /// The entry of the route's weighted split that a request gets, if entries speak of filters.
    pub fn drawn_entry(&self, head: &Head, cx: &MatchContext<'_>) -> Option<usize> {
        match &self.action {
            Action::Forward(forward) if !forward.weighted_overrides.is_empty() => {
                forward.cluster.choose(head, cx)?.weighted
            }
            _ => None,
        }
    }

    /// Asks the conditions beside the path.
    pub fn check(&self, head: &Head, cx: &MatchContext<'_>) -> Result<(), Miss> {
        self.conditions.as_ref().map_or(Ok(()), |conditions| conditions.check(head, cx))
    }
}

impl GrpcTimeout {
    fn new(timeout: &ir::GrpcTimeout) -> Self {
        let ir::GrpcTimeout { max_ms, offset_ms } = timeout;
        Self {
            max: (*max_ms != 0).then(|| Duration::from_millis(*max_ms)),
            offset: Duration::from_millis(*offset_ms),
        }
    }
}

impl Forward {
    /// Compiles the forwarding of a route that matches a path so.
    pub(crate) fn new(
        forward: &ir::Forward,
        cluster: ClusterSpecifier,
        mirrors: Box<[Mirror]>,
        matches: &ir::PathMatch,
        weighted_overrides: Box<[Option<Arc<FilterOverrides>>]>,
    ) -> Result<Self, PatternError> {
        let ir::Forward {
            cluster: specifier,
            internal_redirect,
            body_buffer_limit_bytes,
            cluster_not_found_status,
            path_rewrite,
            host_rewrite,
            append_x_forwarded_host,
            priority,
            timeout_ms,
            idle_timeout_ms,
            flush_timeout_ms,
            max_stream_duration,
            grpc_timeout,
            cors,
            rate_limits,
            include_virtual_host_rate_limits,
            // Compiled with the cluster.
            mirrors: _,
            upgrades: _,
            connect: _,
        } = forward;
        let path_rewrite =
            path_rewrite.as_ref().map(|rewrite| PathRewrite::new(rewrite, matches)).transpose()?;
        let host_rewrite = host_rewrite.as_ref().map(HostRewrite::new).transpose()?;
        let max_stream_duration = max_stream_duration.as_ref().map(MaxStreamDuration::new);
        Ok(Self {
            cluster,
            internal_redirect: internal_redirect.as_ref().map(InternalRedirect::new).map(Box::new),
            body_buffer_limit: body_buffer_limit_bytes
                .map(|limit| usize::try_from(limit).unwrap_or(usize::MAX)),
            cluster_not_found_status: *cluster_not_found_status,
            priority: *priority,
            timeout: (*timeout_ms != 0).then(|| Duration::from_millis(*timeout_ms)),
            idle_timeout: TimeoutOverride::new(*idle_timeout_ms),
            flush_timeout: TimeoutOverride::new(*flush_timeout_ms),
            max_stream_duration: max_stream_duration.map(Box::new),
            grpc_timeout: grpc_timeout.as_ref().map(GrpcTimeout::new),
            upgrades: RouteUpgrades::new(forward).map(Box::new),
            append_x_forwarded_host: *append_x_forwarded_host,
            cors: cors.as_ref().map(cors::PerRoute::new).map(Box::new),
            rate_limits: RateLimits::new(rate_limits),
            include_virtual_host_rate_limits: *include_virtual_host_rate_limits,
            mirrors,
            path_rewrite: path_rewrite.flatten().map(Box::new),
            host_rewrite: host_rewrite.map(Box::new),
            formatted: FormattedRewrite::new(forward),
            weighted: WeightedFinish::of_split(specifier),
            weighted_overrides,
        })
    }
}
