//! The IR of a small proxy, with Envoy's defaults: one listener, one connection manager, one
//! cluster behind every path. Tests change what they are about.

use std::net::SocketAddr;

use voyant_ir as ir;
use voyant_ir::access_log::{AccessLog, AccessLogSink, HttpAccessLogOptions, UpstreamLogOptions};
use voyant_ir::address::Address;
use voyant_ir::cluster::{
    CircuitBreaker, Cluster, Discovery, Endpoint, EndpointAddress, HealthStatus, LocalityEndpoints,
    UpstreamHttp, UpstreamProtocol,
};
use voyant_ir::filter::{HttpFilter, HttpFilterKind, router::Router};
use voyant_ir::filter_chain::{FilterChain, NetworkFilter};
use voyant_ir::format::{FormatString, Operator, Segment, StreamField};
use voyant_ir::header::HeaderMutations;
use voyant_ir::http_connection_manager::{
    CodecType, ForwardClientCertDetails, HttpConnectionManager, ServerHeader,
};
use voyant_ir::lb::LoadBalancer;
use voyant_ir::listener::{DrainType, Listener, ListenerAddress, TrafficDirection};
use voyant_ir::protocol::{HeaderCase, HeadersWithUnderscores, Http1Options, Http2Options};
use voyant_ir::request_sanitizing::{HostNormalization, PathNormalization, SchemeTransformation};
use voyant_ir::route::{
    ClusterSpecifier, Forward, PathMatch, Route, RouteAction, RouteConfiguration, RouteMatch,
    RoutePriority, TlsRequirement, VirtualHost,
};
use voyant_ir::snapshot::{DrainStrategy, Node, Server, Snapshot, Stats, Watchdog, Watchdogs};

const MIB: u32 = 1024 * 1024;

/// A port of the kernel's choice on the loopback interface.
pub fn loopback() -> Address {
    Address::Socket { ip: "127.0.0.1".into(), port: 0, ipv4_compat: false }
}

/// One listener in front of one cluster named `upstream`, and an admin interface.
pub fn snapshot(manager: HttpConnectionManager, cluster: Cluster) -> Snapshot {
    let text = String::new;
    Snapshot {
        node: Node { id: text(), cluster: text(), region: text(), zone: text(), sub_zone: text() },
        listeners: vec![listener(manager)],
        clusters: vec![cluster],
        route_configurations: vec![routes(vec![to_upstream()])],
        admin: Some(ir::admin::Admin {
            address: loopback(),
            socket_options: Vec::new(),
            access_logs: Vec::new(),
            allow_paths: Vec::new(),
            ignore_global_connection_limit: false,
            address_path: text(),
        }),
        runtime: Vec::new(),
        stats: Stats {
            flush_interval_ms: 5_000,
            fixed_tags: Vec::new(),
            tag_rules: Vec::new(),
            matcher: None,
            histogram_buckets: Vec::new(),
        },
        server: Server {
            concurrency: 1,
            drain_time_ms: 600_000,
            drain_strategy: DrainStrategy::Gradual,
            file_flush_interval_ms: 10_000,
            file_flush_min_size_bytes: 64 << 10,
            deprecated_features_used: 0,
            runtime_unread: false,
            header_prefix: "x-envoy".into(),
            version: text(),
            command_line_options_json: "{}".into(),
            node_json: "{}".into(),
            stats_server_version_override: None,
            watchdogs: watchdogs(),
            local_ip: "127.0.0.1".into(),
        },
    }
}

fn listener(manager: HttpConnectionManager) -> Listener {
    let filters = vec![NetworkFilter::HttpConnectionManager(Box::new(manager))];
    Listener {
        name: "test".into(),
        addresses: vec![ListenerAddress {
            address: loopback(),
            socket_options: Vec::new(),
            tcp_keepalive: None,
        }],
        stat_prefix: "test".into(),
        bind_to_port: true,
        backlog: 128,
        reuse_port: true,
        exact_balance: false,
        freebind: false,
        transparent: false,
        mptcp: false,
        per_connection_buffer_limit_bytes: MIB,
        max_connections_to_accept_per_socket_event: 1,
        ignore_global_connection_limit: false,
        traffic_direction: TrafficDirection::Unspecified,
        drain_type: DrainType::Default,
        filter_chains: vec![FilterChain { name: String::new(), filters, metadata: None }],
        default_filter_chain: None,
        access_logs: Vec::new(),
        metadata: None,
    }
}

/// A connection manager whose statistics are under `http.test`.
pub fn manager() -> HttpConnectionManager {
    HttpConnectionManager {
        stat_prefix: "test".into(),
        codec_type: CodecType::Auto,
        route_configuration: "routes".into(),
        http_filters: vec![HttpFilter {
            name: "router".into(),
            disabled: false,
            kind: HttpFilterKind::Router(router()),
        }],
        access_logs: Vec::new(),
        server_name: "envoy".into(),
        server_header: ServerHeader::Overwrite,
        via: String::new(),
        use_remote_address: false,
        xff_num_trusted_hops: 0,
        skip_xff_append: false,
        internal_addresses: Vec::new(),
        internal_unix_sockets: false,
        add_user_agent: false,
        generate_request_id: false,
        preserve_external_request_id: false,
        always_set_request_id_in_response: false,
        proxy_100_continue: false,
        http1: http1(),
        http2: http2(),
        headers_with_underscores: HeadersWithUnderscores::Allow,
        max_request_headers_bytes: 60 * 1024,
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

fn router() -> Router {
    Router {
        dynamic_stats: true,
        suppress_envoy_headers: true,
        strict_check_headers: Vec::new(),
        respect_expected_rq_timeout: false,
        suppress_grpc_request_failure_code_stats: false,
        upstream_logs: Vec::new(),
        upstream_filters: Vec::new(),
        upstream_log_options: UpstreamLogOptions::default(),
        reject_connect_early_data: false,
    }
}

/// HTTP/1 as it is when nothing is configured.
pub fn http1() -> Http1Options {
    Http1Options {
        allow_absolute_url: true,
        accept_http_10: false,
        default_host_for_http_10: String::new(),
        header_case: HeaderCase::Lower,
        enable_trailers: false,
        allow_chunked_length: false,
        stream_error_on_invalid_http_message: false,
        send_fully_qualified_url: false,
        allow_custom_methods: false,
        forward_reason_phrase: false,
        ignore_http_11_upgrade: Vec::new(),
    }
}

/// HTTP/2 as it is when nothing is configured.
pub fn http2() -> Http2Options {
    Http2Options {
        hpack_table_size: 4_096,
        max_concurrent_streams: 1_024,
        initial_stream_window_size: 16 * MIB,
        initial_connection_window_size: 24 * MIB,
        allow_connect: false,
        max_outbound_frames: 10_000,
        max_outbound_control_frames: 1_000,
        max_consecutive_inbound_frames_with_empty_payload: 1,
        max_inbound_priority_frames_per_stream: 100,
        max_inbound_window_update_frames_per_data_frame_sent: 10,
        stream_error_on_invalid_http_message: false,
        keepalive: None,
        custom_settings: Vec::new(),
        max_header_field_size_bytes: 64 * 1024,
        stream_reset_burst: 1000,
        stream_reset_rate: 33,
    }
}

/// A static cluster named `upstream` with one host an address.
pub fn cluster(hosts: &[SocketAddr]) -> Cluster {
    let breaker = CircuitBreaker {
        max_connections: 1_024,
        max_pending_requests: 1_024,
        max_requests: 1_024,
        max_retries: 3,
        track_remaining: false,
    };
    Cluster {
        name: "upstream".into(),
        stat_name: "upstream".into(),
        discovery: Discovery::Static,
        localities: vec![LocalityEndpoints {
            region: String::new(),
            zone: String::new(),
            sub_zone: String::new(),
            priority: 0,
            weight: 0,
            endpoints: hosts.iter().map(endpoint).collect(),
        }],
        connect_timeout_ms: 5_000,
        per_connection_buffer_limit_bytes: MIB,
        load_balancer: LoadBalancer::RoundRobin {},
        healthy_panic_threshold_percent: 50.0,
        circuit_breakers: [breaker, breaker],
        http: UpstreamHttp {
            protocol: UpstreamProtocol::Http1,
            http1: http1(),
            http2: http2(),
            idle_timeout_ms: 3_600_000,
            max_connection_duration_ms: 0,
            max_connection_duration_jitter_ms: 0,
            max_stream_duration_ms: 0,
            max_requests_per_connection: 0,
            max_response_headers_bytes: 80 * 1024,
            filters: Vec::new(),
            max_response_headers_count: 100,
            mirrors: Vec::new(),
        },
        tcp_keepalive: None,
        socket_options: Vec::new(),
        source_address: None,
        metadata: None,
    }
}

fn endpoint(address: &SocketAddr) -> Endpoint {
    let (ip, port) = (address.ip().to_string(), address.port());
    Endpoint {
        address: EndpointAddress::Socket { ip, port },
        hostname: String::new(),
        weight: 1,
        health: HealthStatus::Unknown,
        metadata: None,
    }
}

/// A route table `routes` with one virtual host for every domain.
pub fn routes(routes: Vec<Route>) -> RouteConfiguration {
    RouteConfiguration {
        id: "routes".into(),
        name: "routes".into(),
        virtual_hosts: vec![VirtualHost {
            name: "all".into(),
            domains: vec!["*".into()],
            routes,
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
        internal_only_headers: Vec::new(),
        request_headers: HeaderMutations::default(),
        response_headers: HeaderMutations::default(),
        most_specific_header_mutations_wins: false,
        ignore_port_in_host_matching: false,
        filters: vec![],
        vhost_header: String::new(),
        ignore_path_parameters_in_path_matching: false,
    }
}

/// Every path goes to the cluster `upstream`.
pub fn to_upstream() -> Route {
    Route {
        name: String::new(),
        stat_prefix: String::new(),
        matches: RouteMatch {
            path: PathMatch::Prefix { value: "/".into(), case_sensitive: true },
            headers: Vec::new(),
            query_parameters: Vec::new(),
            runtime_fraction: None,
            grpc: false,
            cookies: vec![],
            dynamic_metadata: vec![],
            filter_state: vec![],
        },
        action: RouteAction::Forward(Box::new(Forward {
            cluster: ClusterSpecifier::Cluster { name: "upstream".into() },
            internal_redirect: None,
            body_buffer_limit_bytes: None,
            cluster_not_found_status: 503,
            path_rewrite: None,
            host_rewrite: None,
            append_x_forwarded_host: false,
            priority: RoutePriority::Default,
            timeout_ms: 15_000,
            idle_timeout_ms: None,
            flush_timeout_ms: None,
            max_stream_duration: None,
            grpc_timeout: None,
            cors: None,
            rate_limits: vec![],
            include_virtual_host_rate_limits: false,
            mirrors: vec![],
            upgrades: Vec::new(),
            connect: None,
        })),
        request_headers: HeaderMutations::default(),
        response_headers: HeaderMutations::default(),
        filters: vec![],
        metadata: None,
    }
}

/// A log of `status details flags`, a line a request.
pub fn access_log(path: &str) -> AccessLog {
    let operator = |operator| Segment::Operator { operator, max_length: None };
    let field = |field| operator(Operator::Field { field });
    let text = |text: &str| Segment::Text { text: text.into() };
    AccessLog {
        sink: AccessLogSink::File { path: path.into() },
        format: FormatString::Text {
            segments: vec![
                field(StreamField::ResponseCode),
                text(" "),
                operator(Operator::ResponseCodeDetails { allow_whitespaces: false }),
                text(" "),
                field(StreamField::ResponseFlags),
                text("\n"),
            ],
            omit_empty_values: false,
        },
        filter: None,
    }
}

fn watchdogs() -> Watchdogs {
    let limits = Watchdog { miss_timeout_ms: 200, megamiss_timeout_ms: 1_000 };
    Watchdogs { main_thread: limits, workers: limits }
}
