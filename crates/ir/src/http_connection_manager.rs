//! The HTTP connection manager
//! (Envoy's `http_connection_manager.v3.HttpConnectionManager`).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::access_log::{AccessLog, HttpAccessLogOptions};
use crate::address::CidrRange;
use crate::filter::HttpFilter;
use crate::local_reply::{LocalReplyConfig, ProxyStatusConfig};
use crate::protocol::{HeadersWithUnderscores, Http1Options, Http2Options};
use crate::request_sanitizing::{
    EarlyHeaderMutation, HostNormalization, OriginalIpDetection, PathNormalization,
    SchemeTransformation,
};
use crate::scoped_routes::ScopedRoutes;
use crate::upgrade::Upgrade;

/// One connection manager. A timeout of 0 ms is off.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HttpConnectionManager {
    pub stat_prefix: String,
    pub codec_type: CodecType,
    /// `id` of a route configuration in the snapshot.
    pub route_configuration: String,
    /// Where they choose among tables, the one above is for requests of no scope.
    pub scoped_routes: Option<ScopedRoutes>,
    /// In order; the last is the router.
    pub http_filters: Vec<HttpFilter>,
    pub access_logs: Vec<AccessLog>,

    pub server_name: String,
    pub server_header: ServerHeader,
    /// The value appended to `via` on requests and responses; empty: none.
    pub via: String,
    pub use_remote_address: bool,
    /// Where the remote address is used.
    pub xff_num_trusted_hops: u32,
    pub skip_xff_append: bool,
    pub internal_addresses: Vec<CidrRange>,
    pub internal_unix_sockets: bool,
    pub add_user_agent: bool,
    pub generate_request_id: bool,
    pub preserve_external_request_id: bool,
    pub always_set_request_id_in_response: bool,
    pub proxy_100_continue: bool,

    pub http1: Http1Options,
    pub http2: Http2Options,
    pub headers_with_underscores: HeadersWithUnderscores,
    pub max_request_headers_bytes: u32,
    pub max_request_headers_count: u32,
    /// 0: no limit.
    pub max_requests_per_connection: u32,

    /// Connection without a stream.
    pub idle_timeout_ms: u64,
    /// Stream without progress.
    pub stream_idle_timeout_ms: u64,
    /// Until the whole request has arrived.
    pub request_timeout_ms: u64,
    /// Until the request's headers have arrived.
    pub request_headers_timeout_ms: u64,
    pub max_connection_duration_ms: u64,
    /// By how much less than this a connection may last longer, at random.
    pub max_connection_duration_jitter_ms: u64,
    pub max_stream_duration_ms: u64,
    /// Between the first GOAWAY and the last.
    pub drain_timeout_ms: u64,
    /// How long a closed connection waits for the client to close first.
    pub delayed_close_timeout_ms: u64,

    pub path_normalization: PathNormalization,
    pub host_normalization: HostNormalization,
    pub scheme_transformation: SchemeTransformation,
    /// Asked in order where the remote address is not used.
    pub original_ip_detection: Vec<OriginalIpDetection>,
    pub append_x_forwarded_port: bool,
    pub early_header_mutations: Vec<EarlyHeaderMutation>,
    /// The id of a request from outside that is kept loses what it says of tracing.
    pub pack_trace_reason: bool,
    pub local_reply: Option<LocalReplyConfig>,
    pub proxy_status: Option<ProxyStatusConfig>,
    pub access_log_options: HttpAccessLogOptions,
    /// How long a client may take nothing of a response that is whole; nothing: as a stream may
    /// be idle, 0: for ever.
    pub stream_flush_timeout_ms: Option<u64>,
    /// By how much less than this a drain may take longer, at random.
    pub drain_timeout_jitter_ms: u64,
    /// HTTP/1: a connection past its time ends with its next response, not before.
    pub http1_safe_max_connection_duration: bool,
    pub record_route_resolution_stats: bool,
    pub upgrades: Vec<Upgrade>,
    pub forward_client_cert_details: ForwardClientCertDetails,
}

/// Which protocol a downstream connection speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CodecType {
    /// HTTP/2 when the connection begins with its preface, else HTTP/1.
    Auto,
    Http1,
    Http2,
}

/// What happens to the `server` header of responses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ServerHeader {
    Overwrite,
    AppendIfAbsent,
    PassThrough,
}

/// What happens to `x-forwarded-client-cert` of requests. All but the last remove it where the
/// client has no certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ForwardClientCertDetails {
    Sanitize,
    ForwardOnly,
    AppendForward,
    SanitizeSet,
    AlwaysForwardOnly,
}
