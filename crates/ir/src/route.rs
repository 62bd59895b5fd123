//! Route configurations (Envoy's `route.v3`).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::filter::FilterOverride;
use crate::filter::cors::CorsPolicy;
use crate::format::{BodyFormat, Segment};
use crate::header::HeaderMutations;
use crate::matcher::{CookieMatcher, FractionalPercent, HeaderMatcher, QueryParameterMatcher};
use crate::metadata::Metadata;
use crate::rate_limit::RateLimit;
use crate::request_sanitizing::EarlyHeaderMutation;
use crate::upgrade::{ConnectConfig, RouteUpgrade};
use crate::value_matcher::{FilterStateMatcher, MetadataMatcher};
use crate::xds_matcher::XdsMatcher;

/// A table of virtual hosts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RouteConfiguration {
    /// Unique in the snapshot; connection managers refer to it.
    pub id: String,
    /// Envoy's name; may be empty.
    pub name: String,
    pub virtual_hosts: Vec<VirtualHost>,
    /// Removed from external requests; lower case.
    pub internal_only_headers: Vec<String>,
    pub request_headers: HeaderMutations,
    pub response_headers: HeaderMutations,
    pub most_specific_header_mutations_wins: bool,
    pub ignore_port_in_host_matching: bool,
    pub filters: Vec<FilterOverride>,
    /// The header whose value chooses the virtual host, in lower case; empty: the authority.
    pub vhost_header: String,
    /// Paths are matched without the parameters (`;...`) of their segments.
    pub ignore_path_parameters_in_path_matching: bool,
}

/// Routes of a set of domains.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct VirtualHost {
    pub name: String,
    /// Lower case: exact, `*.suffix` or `*-suffix`, `prefix.*`, or `*`.
    pub domains: Vec<String>,
    pub routes: Vec<Route>,
    pub request_headers: HeaderMutations,
    pub response_headers: HeaderMutations,
    pub include_request_attempt_count: bool,
    pub include_attempt_count_in_response: bool,
    pub filters: Vec<FilterOverride>,
    pub metadata: Option<Metadata>,
    pub require_tls: TlsRequirement,
    /// Statistics by kind of request; the first that matches counts. Without any, there are none.
    pub virtual_clusters: Vec<VirtualCluster>,
    /// Envoy's older field; see [`Forward::cors`].
    pub cors: Option<CorsPolicy>,
    pub rate_limits: Vec<RateLimit>,
    /// Which of the routes are asked; nothing: all of them.
    pub matcher: Option<RouteTree>,
}

/// A tree of which each action is a part of the virtual host's routes, in which the first that
/// matches is taken.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RouteTree {
    pub matcher: XdsMatcher,
    /// How many routes each action has: those of the first action come first, and so on.
    pub lengths: Vec<u32>,
}

/// Who is redirected to https.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TlsRequirement {
    None,
    ExternalOnly,
    All,
}

/// A kind of requests that has statistics of its own (`vhost.<v>.vcluster.<name>`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct VirtualCluster {
    pub name: String,
    /// All of them match.
    pub headers: Vec<HeaderMatcher>,
}

/// One route; the first that matches is taken.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Route {
    pub name: String,
    /// `vhost.<v>.route.<stat_prefix>`; empty: no statistics of its own.
    pub stat_prefix: String,
    #[serde(rename = "match")]
    pub matches: RouteMatch,
    pub action: RouteAction,
    pub request_headers: HeaderMutations,
    pub response_headers: HeaderMutations,
    pub filters: Vec<FilterOverride>,
    pub metadata: Option<Metadata>,
}

/// What a request must be for a route; all conditions hold.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RouteMatch {
    pub path: PathMatch,
    pub headers: Vec<HeaderMatcher>,
    pub query_parameters: Vec<QueryParameterMatcher>,
    pub runtime_fraction: Option<FractionalPercent>,
    pub grpc: bool,
    pub cookies: Vec<CookieMatcher>,
    /// Of what filters have written.
    pub dynamic_metadata: Vec<MetadataMatcher>,
    pub filter_state: Vec<FilterStateMatcher>,
}

/// What the path must be, without its query.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum PathMatch {
    Prefix {
        value: String,
        case_sensitive: bool,
    },
    Exact {
        value: String,
        case_sensitive: bool,
    },
    /// The path itself or anything below it.
    PathSeparatedPrefix {
        value: String,
        case_sensitive: bool,
    },
    /// Anchored at both ends, in Rust's syntax.
    Regex {
        pattern: String,
    },
    /// CONNECT requests.
    Connect {},
}

/// What is done with a request.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum RouteAction {
    Forward(Box<Forward>),
    Redirect(Box<Redirect>),
    DirectResponse(DirectResponse),
    NonForwarding,
}

/// Send the request to a cluster.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Forward {
    pub cluster: ClusterSpecifier,
    pub internal_redirect: Option<InternalRedirectPolicy>,
    /// What is kept of a request's body to send it again; nothing: the listener's buffer limit.
    pub body_buffer_limit_bytes: Option<u64>,
    pub cluster_not_found_status: u16,
    pub path_rewrite: Option<PathRewrite>,
    pub host_rewrite: Option<HostRewrite>,
    pub append_x_forwarded_host: bool,
    pub priority: RoutePriority,
    /// Of the whole response; 0: off.
    pub timeout_ms: u64,
    /// Overrides the connection manager's stream idle timeout; 0: off.
    pub idle_timeout_ms: Option<u64>,
    /// How long a client may take nothing of a response that has ended, in place of the idle
    /// timeout; 0: for ever.
    pub flush_timeout_ms: Option<u64>,
    pub max_stream_duration: Option<MaxStreamDuration>,
    /// For gRPC requests, in place of `timeout_ms`.
    pub grpc_timeout: Option<GrpcTimeout>,
    pub upgrades: Vec<RouteUpgrade>,
    pub connect: Option<ConnectConfig>,
    /// Envoy's older field: it counts where no level has a policy of the filter.
    pub cors: Option<CorsPolicy>,
    pub rate_limits: Vec<RateLimit>,
    /// Those of the virtual host hold beside the route's own.
    pub include_virtual_host_rate_limits: bool,
    /// Of the route, else of its virtual host, else of the table.
    pub mirrors: Vec<MirrorPolicy>,
}

/// Redirects of the upstream that are followed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct InternalRedirectPolicy {
    pub max_internal_redirects: u32,
    pub redirect_response_codes: Vec<u16>,
    /// All of them accept the route that a redirect leads to.
    pub predicates: Vec<RedirectPredicate>,
    pub allow_cross_scheme_redirect: bool,
    /// Lower case.
    pub response_headers_to_copy: Vec<String>,
}

/// Which routes a redirect may lead to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum RedirectPredicate {
    /// Those that no redirect from this route has led to before.
    PreviousRoutes {},
    AllowListedRoutes {
        names: Vec<String>,
    },
    /// All, unless the scheme is less safe.
    SafeCrossScheme {},
}

/// Where copies of requests go.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MirrorPolicy {
    /// Empty when `cluster_header` names it.
    pub cluster: String,
    pub cluster_header: String,
    /// Nothing: every request.
    pub runtime_fraction: Option<FractionalPercent>,
    pub disable_shadow_host_suffix_append: bool,
    pub host_rewrite_literal: String,
    pub request_headers_mutations: Vec<EarlyHeaderMutation>,
}

/// A timeout of the whole response by gRPC's own header (the older `max_grpc_timeout`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GrpcTimeout {
    /// `grpc-timeout` is obeyed up to this; 0: without a bound.
    pub max_ms: u64,
    pub offset_ms: u64,
}

/// How long a stream may last, with gRPC's own header.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MaxStreamDuration {
    /// Overrides the connection manager's; 0: off.
    pub max_stream_duration_ms: Option<u64>,
    /// `grpc-timeout` is obeyed up to this; 0: without a bound.
    pub grpc_timeout_header_max_ms: Option<u64>,
    pub grpc_timeout_header_offset_ms: u64,
}

/// Which cluster.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum ClusterSpecifier {
    Cluster {
        name: String,
    },
    /// Named by a request header; lower case.
    ClusterHeader {
        header: String,
    },
    Weighted {
        clusters: Vec<WeightedCluster>,
        runtime_key_prefix: String,
        header_name: String,
    },
    /// A tree leads to one of the clusters, by its place in the list.
    Matcher {
        matcher: XdsMatcher,
        clusters: Vec<String>,
    },
}

/// A share of a weighted split.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WeightedCluster {
    /// Empty when `cluster_header` names it.
    pub name: String,
    pub cluster_header: String,
    pub weight: u32,
    pub host_rewrite_literal: String,
    pub request_headers: HeaderMutations,
    pub response_headers: HeaderMutations,
    pub filters: Vec<FilterOverride>,
}

/// How the path changes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum PathRewrite {
    /// The matched prefix (or whole path) is replaced.
    Prefix { value: String },
    /// `substitution` is in Rust's syntax (`${1}`).
    Regex { pattern: String, substitution: String },
    /// The whole path becomes what the format gives.
    Format { segments: Vec<Segment> },
}

/// How the authority changes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum HostRewrite {
    Literal {
        value: String,
    },
    /// The chosen endpoint's hostname.
    Auto {},
    Header {
        name: String,
    },
    PathRegex {
        pattern: String,
        substitution: String,
    },
    Format {
        segments: Vec<Segment>,
    },
}

/// Which set of circuit breakers counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RoutePriority {
    Default,
    High,
}

/// Answer with a redirect.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Redirect {
    pub status: u16,
    pub scheme: RedirectScheme,
    /// Empty: the request's.
    pub host: String,
    /// 0: as the rules of the other fields say.
    pub port: u32,
    pub path: RedirectPath,
    pub strip_query: bool,
}

/// The scheme of a redirect.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum RedirectScheme {
    Keep {},
    Https {},
    Scheme { scheme: String },
}

/// The path of a redirect.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum RedirectPath {
    Keep {},
    /// May carry a query of its own.
    Path {
        value: String,
    },
    Prefix {
        value: String,
    },
    Regex {
        pattern: String,
        substitution: String,
    },
    /// As `Path`; empty: the request's.
    Format {
        segments: Vec<Segment>,
    },
}

/// Answer without an upstream.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DirectResponse {
    pub status: u16,
    pub body: String,
    /// Written in place of the body, which it may contain.
    pub body_format: Option<BodyFormat>,
}
