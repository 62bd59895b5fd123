//! A connection manager as compiled from the IR: shared by all workers, never changed.

use std::time::Duration;

use voyant_ir::http_connection_manager::{
    CodecType, ForwardClientCertDetails, HttpConnectionManager, ServerHeader,
};

use super::early_mutation::EarlyMutation;
use super::forwarded::InternalAddresses;
use super::host::HostRules;
use super::original_ip::Detection;
use super::proxy_status::ProxyStatus;
use crate::head::header_name::HeaderKey;
use crate::http::local_reply::LocalReplies;
use crate::http::path_normalization::PathRules;
use crate::pattern::PatternError;
use crate::route::timeouts::TimeoutOverride;
use crate::rt::timer::on;
use crate::runtime::Runtime;

/// What decides how requests are treated.
#[derive(Debug)]
pub struct Config {
    pub stat_prefix: Box<str>,
    pub codec_type: CodecType,
    pub server_name: Box<[u8]>,
    pub server_header: ServerHeader,
    pub via: Box<[u8]>,
    pub local_ip: Box<str>,
    pub use_remote_address: bool,
    pub xff_num_trusted_hops: usize,
    pub skip_xff_append: bool,
    pub internal_addresses: InternalAddresses,
    pub internal_only_headers: Vec<HeaderKey>,
    pub generate_request_id: bool,
    pub preserve_external_request_id: bool,
    pub always_set_request_id_in_response: bool,
    pub proxy_100_continue: bool,
    pub max_requests_per_connection: Option<u32>,
    pub path: Option<PathRules>,
    pub host: Option<HostRules>,
    pub scheme_overwrite: Option<Box<[u8]>>,
    pub scheme_matches_upstream: bool,
    /// Asked in order where the remote address is not used.
    pub original_ip: Vec<Detection>,
    pub append_x_forwarded_port: bool,
    pub own_agent: Option<OwnAgent>,
    pub early_mutations: Box<[EarlyMutation]>,
    pub pack_trace_reason: bool,
    /// What a client says of its certificate passes as it came; otherwise it goes.
    pub always_forwards_client_cert: bool,
    pub local_replies: Option<LocalReplies>,
    pub proxy_status: Option<ProxyStatus>,
    pub logging: Logging,
    pub timeouts: Timeouts,
}

/// What a connection manager must know of the process that it is in.
#[derive(Debug, Clone, Copy)]
pub struct Process<'a> {
    pub local_ip: &'a str,
    pub cluster: &'a str,
    pub node_id: &'a str,
    pub runtime: &'a Runtime,
}

/// How requests name this proxy (`add_user_agent`).
#[derive(Debug)]
pub struct OwnAgent {
    pub cluster: Box<[u8]>,
    pub node: Box<[u8]>,
}

/// Timeouts that are on.
#[derive(Debug, Clone, Copy)]
pub struct Timeouts {
    pub idle: Option<Duration>,
    pub stream_idle: Option<Duration>,
    pub request: Option<Duration>,
    pub request_headers: Option<Duration>,
    pub max_connection_duration: Option<Duration>,
    pub max_connection_duration_jitter_ms: u64,
    pub max_stream_duration: Option<Duration>,
    pub drain: Duration,
    pub drain_jitter_ms: u64,
    /// HTTP/1: only a response ends a connection past its time.
    pub http1_safe_max_connection_duration: bool,
    pub stream_flush: TimeoutOverride,
    pub delayed_close: Option<Duration>,
}

/// When there are lines in logs beside those at the end.
#[derive(Debug, Clone, Copy, Default)]
pub struct Logging {
    pub on_new_request: bool,
    pub on_tunnel_established: bool,
    /// Between the lines of a request that goes on.
    pub interval: Option<Duration>,
}

impl Logging {
    fn new(ir: &HttpConnectionManager) -> Self {
        let options = ir.access_log_options;
        Self {
            on_new_request: options.on_new_request,
            on_tunnel_established: options.on_tunnel_established,
            interval: on(options.flush_interval_ms),
        }
    }
}

impl Timeouts {
    fn new(ir: &HttpConnectionManager) -> Self {
        Self {
            idle: on(ir.idle_timeout_ms),
            stream_idle: on(ir.stream_idle_timeout_ms),
            request: on(ir.request_timeout_ms),
            request_headers: on(ir.request_headers_timeout_ms),
            max_connection_duration: on(ir.max_connection_duration_ms),
            max_connection_duration_jitter_ms: ir.max_connection_duration_jitter_ms,
            max_stream_duration: on(ir.max_stream_duration_ms),
            drain: Duration::from_millis(ir.drain_timeout_ms),
            drain_jitter_ms: ir.drain_timeout_jitter_ms,
            http1_safe_max_connection_duration: ir.http1_safe_max_connection_duration,
            stream_flush: TimeoutOverride::new(ir.stream_flush_timeout_ms),
            delayed_close: on(ir.delayed_close_timeout_ms),
        }
    }
}

fn early_mutations(ir: &HttpConnectionManager) -> Result<Vec<EarlyMutation>, PatternError> {
    let early = ir.early_header_mutations.iter();
    early.filter_map(|mutation| EarlyMutation::new(mutation).transpose()).collect()
}

impl Config {
    /// Compiles a connection manager; `internal_only_headers` come from its route table.
    pub fn new(
        ir: &HttpConnectionManager,
        internal_only_headers: &[String],
        process: Process<'_>,
    ) -> Result<Self, PatternError> {
        let early = early_mutations(ir);
        let scheme = &ir.scheme_transformation;
        Ok(Self {
            stat_prefix: ir.stat_prefix.as_str().into(),
            codec_type: ir.codec_type,
            server_name: ir.server_name.as_bytes().into(),
            server_header: ir.server_header,
            via: ir.via.as_bytes().into(),
            local_ip: process.local_ip.into(),
            use_remote_address: ir.use_remote_address,
            xff_num_trusted_hops: ir.xff_num_trusted_hops as usize,
            skip_xff_append: ir.skip_xff_append,
            internal_addresses: InternalAddresses::new(
                &ir.internal_addresses,
                ir.internal_unix_sockets,
            ),
            internal_only_headers: internal_only_headers
                .iter()
                .map(|name| HeaderKey::of_request(name))
                .collect(),
            generate_request_id: ir.generate_request_id,
            preserve_external_request_id: ir.preserve_external_request_id,
            always_set_request_id_in_response: ir.always_set_request_id_in_response,
            proxy_100_continue: ir.proxy_100_continue,
            max_requests_per_connection: (ir.max_requests_per_connection > 0)
                .then_some(ir.max_requests_per_connection),
            path: PathRules::new(ir.path_normalization, process.runtime),
            host: HostRules::new(ir.host_normalization),
            scheme_overwrite: (!scheme.overwrite.is_empty())
                .then(|| scheme.overwrite.as_bytes().into()),
            scheme_matches_upstream: scheme.match_upstream,
            original_ip: ir.original_ip_detection.iter().map(Detection::new).collect(),
            append_x_forwarded_port: ir.append_x_forwarded_port,
            own_agent: ir.add_user_agent.then(|| OwnAgent {
                cluster: process.cluster.as_bytes().into(),
                node: process.node_id.as_bytes().into(),
            }),
            early_mutations: early?.into(),
            pack_trace_reason: ir.pack_trace_reason,
            always_forwards_client_cert: ir.forward_client_cert_details
                == ForwardClientCertDetails::AlwaysForwardOnly,
            local_replies: ir.local_reply.as_ref().map(LocalReplies::new).transpose()?,
            proxy_status: ir
                .proxy_status
                .as_ref()
                .map(|status| ProxyStatus::new(status, &ir.server_name, process.node_id)),
            logging: Logging::new(ir),
            timeouts: Timeouts::new(ir),
        })
    }
}
