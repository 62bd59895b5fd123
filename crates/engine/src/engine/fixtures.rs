//! Snapshots for tests: Envoy's defaults, ports chosen by the kernel.

use voyant_ir::access_log::{HttpAccessLogOptions, TcpAccessLogOptions, UpstreamLogOptions};
use voyant_ir::address::Address;
use voyant_ir::admin::Admin;
use voyant_ir::cluster::Cluster;
use voyant_ir::filter::{HttpFilter, HttpFilterKind, router::Router};
use voyant_ir::filter_chain::{FilterChain, NetworkFilter};
use voyant_ir::header::HeaderMutations;
use voyant_ir::http_connection_manager::{
    CodecType, ForwardClientCertDetails, HttpConnectionManager, ServerHeader,
};
use voyant_ir::listener::{DrainType, Listener, ListenerAddress, TrafficDirection};
use voyant_ir::protocol::HeadersWithUnderscores;
use voyant_ir::request_sanitizing::{HostNormalization, PathNormalization, SchemeTransformation};
use voyant_ir::route::*;
use voyant_ir::snapshot::*;
use voyant_ir::tcp_proxy::{TcpProxy, TcpWeightedCluster};

use crate::upstream::fixtures::cluster;

/// An HTTP listener `ingress` that answers by itself, a TCP listener `tcp`, the cluster `app`,
/// and an admin interface.
pub(crate) fn snapshot() -> Snapshot {
    Snapshot {
        node: Node {
            id: String::new(),
            cluster: String::new(),
            region: String::new(),
            zone: String::new(),
            sub_zone: String::new(),
        },
        listeners: vec![
            listener("ingress", NetworkFilter::HttpConnectionManager(Box::new(http()))),
            listener("tcp", NetworkFilter::TcpProxy(Box::new(tcp_proxy()))),
        ],
        clusters: vec![app()],
        route_configurations: vec![routes()],
        admin: Some(Admin {
            address: any_port(),
            socket_options: vec![],
            access_logs: vec![],
            allow_paths: vec![],
            ignore_global_connection_limit: false,
            address_path: String::new(),
        }),
        runtime: vec![],
        stats: Stats {
            flush_interval_ms: 20,
            fixed_tags: vec![],
            tag_rules: vec![],
            matcher: None,
            histogram_buckets: vec![],
        },
        server: server(),
    }
}

fn app() -> Cluster {
    cluster("app", &[1])
}

fn any_port() -> Address {
    Address::Socket { ip: "127.0.0.1".into(), port: 0, ipv4_compat: false }
}

fn listener(name: &str, filter: NetworkFilter) -> Listener {
    let address =
        ListenerAddress { address: any_port(), socket_options: vec![], tcp_keepalive: None };
    Listener {
        name: name.into(),
        addresses: vec![address],
        stat_prefix: String::new(),
        bind_to_port: true,
        backlog: 1024,
        reuse_port: true,
        exact_balance: false,
        freebind: false,
        transparent: false,
        mptcp: false,
        per_connection_buffer_limit_bytes: 1 << 20,
        max_connections_to_accept_per_socket_event: 1,
        ignore_global_connection_limit: false,
        traffic_direction: TrafficDirection::Unspecified,
        drain_type: DrainType::Default,
        filter_chains: vec![FilterChain {
            name: String::new(),
            filters: vec![filter],
            metadata: None,
        }],
        default_filter_chain: None,
        access_logs: vec![],
        metadata: None,
    }
}

fn router() -> Router {
    Router {
        dynamic_stats: true,
        suppress_envoy_headers: false,
        strict_check_headers: vec![],
        respect_expected_rq_timeout: false,
        suppress_grpc_request_failure_code_stats: false,
        upstream_logs: vec![],
        upstream_filters: vec![],
        upstream_log_options: UpstreamLogOptions::default(),
        reject_connect_early_data: false,
    }
}

fn filters() -> Vec<HttpFilter> {
    vec![HttpFilter {
        name: "envoy.filters.http.router".into(),
        disabled: false,
        kind: HttpFilterKind::Router(router()),
    }]
}

fn http() -> HttpConnectionManager {
    let upstream = app().http;
    HttpConnectionManager {
        stat_prefix: "ingress_http".into(),
        codec_type: CodecType::Auto,
        route_configuration: "routes".into(),
        http_filters: filters(),
        access_logs: vec![],
        server_name: "envoy".into(),
        server_header: ServerHeader::Overwrite,
        via: String::new(),
        use_remote_address: false,
        xff_num_trusted_hops: 0,
        skip_xff_append: false,
        internal_addresses: vec![],
        internal_unix_sockets: false,
        add_user_agent: false,
        generate_request_id: true,
        preserve_external_request_id: false,
        always_set_request_id_in_response: false,
        proxy_100_continue: false,
        http1: upstream.http1,
        http2: upstream.http2,
        headers_with_underscores: HeadersWithUnderscores::Allow,
        max_request_headers_bytes: 60 << 10,
        max_request_headers_count: 100,
        max_requests_per_connection: 0,
        idle_timeout_ms: 3_600_000,
        stream_idle_timeout_ms: 300_000,
        request_timeout_ms: 0,
        request_headers_timeout_ms: 0,
        max_connection_duration_ms: 0,
        max_connection_duration_jitter_ms: 0,
        max_stream_duration_ms: 0,
        drain_timeout_ms: 5_000,
        delayed_close_timeout_ms: 1_000,
        path_normalization: PathNormalization::default(),
        host_normalization: HostNormalization::default(),
        scheme_transformation: SchemeTransformation::default(),
        original_ip_detection: Vec::new(),
        append_x_forwarded_port: false,
        early_header_mutations: Vec::new(),
        pack_trace_reason: true,
        local_reply: None,
        proxy_status: None,
        access_log_options: HttpAccessLogOptions {
            flush_interval_ms: 0,
            on_new_request: false,
            on_tunnel_established: false,
        },
        stream_flush_timeout_ms: None,
        drain_timeout_jitter_ms: 0,
        http1_safe_max_connection_duration: false,
        record_route_resolution_stats: false,
        scoped_routes: None,
        upgrades: Vec::new(),
        forward_client_cert_details: ForwardClientCertDetails::Sanitize,
    }
}

fn tcp_proxy() -> TcpProxy {
    TcpProxy {
        stat_prefix: "ingress_tcp".into(),
        clusters: vec![TcpWeightedCluster { cluster: "app".into(), weight: 1 }],
        idle_timeout_ms: 3_600_000,
        max_connect_attempts: 1,
        max_downstream_connection_duration_ms: 0,
        max_downstream_connection_duration_jitter_ms: 0,
        access_logs: vec![],
        access_log_options: TcpAccessLogOptions {
            flush_interval_ms: 0,
            on_connected: false,
            on_start: false,
        },
        backoff: None,
        check_drain_close: false,
        tunneling: None,
    }
}

fn routes() -> RouteConfiguration {
    let direct = Route {
        name: String::new(),
        stat_prefix: String::new(),
        matches: RouteMatch {
            path: PathMatch::Prefix { value: "/".into(), case_sensitive: true },
            headers: vec![],
            query_parameters: vec![],
            grpc: false,
            runtime_fraction: None,
            cookies: vec![],
            dynamic_metadata: vec![],
            filter_state: vec![],
        },
        action: RouteAction::DirectResponse(DirectResponse {
            status: 200,
            body: "hello".into(),
            body_format: None,
        }),
        request_headers: HeaderMutations::default(),
        response_headers: HeaderMutations::default(),
        filters: vec![],
        metadata: None,
    };
    RouteConfiguration {
        id: "routes".into(),
        name: "routes".into(),
        virtual_hosts: vec![VirtualHost {
            name: "all".into(),
            domains: vec!["*".into()],
            routes: vec![direct],
            request_headers: HeaderMutations::default(),
            response_headers: HeaderMutations::default(),
            include_request_attempt_count: false,
            include_attempt_count_in_response: false,
            filters: vec![],
            metadata: None,
            require_tls: TlsRequirement::None,
            virtual_clusters: vec![],
            cors: None,
            rate_limits: vec![],
            matcher: None,
        }],
        internal_only_headers: vec![],
        request_headers: HeaderMutations::default(),
        response_headers: HeaderMutations::default(),
        most_specific_header_mutations_wins: false,
        ignore_port_in_host_matching: false,
        filters: vec![],
        vhost_header: String::new(),
        ignore_path_parameters_in_path_matching: false,
    }
}

fn server() -> Server {
    Server {
        concurrency: 2,
        drain_time_ms: 600_000,
        drain_strategy: DrainStrategy::Gradual,
        file_flush_interval_ms: 10_000,
        file_flush_min_size_bytes: 64 << 10,
        deprecated_features_used: 0,
        runtime_unread: false,
        header_prefix: "x-envoy".into(),
        version: "test".into(),
        command_line_options_json: "{}".into(),
        node_json: "{}".into(),
        stats_server_version_override: None,
        watchdogs: watchdogs(),
        local_ip: "192.0.2.2".into(),
    }
}

fn watchdogs() -> Watchdogs {
    let limits = Watchdog { miss_timeout_ms: 200, megamiss_timeout_ms: 1_000 };
    Watchdogs { main_thread: limits, workers: limits }
}
