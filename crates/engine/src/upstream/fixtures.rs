//! Configured clusters for tests, with Envoy's defaults.

use voyant_ir::cluster::*;
use voyant_ir::lb::LoadBalancer;
use voyant_ir::protocol::{HeaderCase, Http1Options, Http2Options};

/// A static cluster with one locality of endpoints on `127.0.0.1`.
pub(crate) fn cluster(name: &str, ports: &[u16]) -> Cluster {
    let endpoints = ports.iter().map(|port| endpoint(&format!("127.0.0.1:{port}"))).collect();
    Cluster {
        name: name.into(),
        stat_name: name.into(),
        discovery: Discovery::Static,
        localities: vec![locality(0, endpoints)],
        connect_timeout_ms: 5_000,
        per_connection_buffer_limit_bytes: 1 << 20,
        load_balancer: LoadBalancer::RoundRobin {},
        healthy_panic_threshold_percent: 50.0,
        circuit_breakers: [limits(); 2],
        http: http(),
        tcp_keepalive: None,
        socket_options: vec![],
        source_address: None,
        metadata: None,
    }
}

pub(crate) fn locality(priority: u32, endpoints: Vec<Endpoint>) -> LocalityEndpoints {
    let empty = String::new;
    LocalityEndpoints {
        region: empty(),
        zone: empty(),
        sub_zone: empty(),
        priority,
        weight: 0,
        endpoints,
    }
}

/// `host:port`; a host that is no IP address is a name.
pub(crate) fn endpoint(address: &str) -> Endpoint {
    let (host, port) = address.rsplit_once(':').expect("host:port");
    let (host, port) = (host.to_owned(), port.parse().expect("a port"));
    let address = match host.parse::<std::net::IpAddr>() {
        Ok(_) => EndpointAddress::Socket { ip: host, port },
        Err(_) => EndpointAddress::Name { host, port },
    };
    Endpoint {
        address,
        hostname: String::new(),
        weight: 1,
        health: HealthStatus::Unknown,
        metadata: None,
    }
}

/// As Envoy resolves when nothing is said.
pub(crate) fn dns() -> DnsDiscovery {
    DnsDiscovery {
        refresh_rate_ms: 5_000,
        respect_ttl: false,
        min_refresh_rate_ms: 0,
        jitter_ms: 0,
        failure_refresh_base_ms: 5_000,
        failure_refresh_max_ms: 0,
        lookup_family: DnsLookupFamily::Auto,
        resolvers: vec![],
        use_tcp: false,
        no_default_search_domain: false,
        query_timeout_ms: 5_000,
        query_tries: 4,
        all_addresses_in_single_endpoint: false,
    }
}

pub(crate) fn limits() -> CircuitBreaker {
    CircuitBreaker {
        max_connections: 1024,
        max_pending_requests: 1024,
        max_requests: 1024,
        max_retries: 3,
        track_remaining: false,
    }
}

fn http() -> UpstreamHttp {
    UpstreamHttp {
        protocol: UpstreamProtocol::Http1,
        http1: Http1Options {
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
            ignore_http_11_upgrade: vec![],
        },
        http2: Http2Options {
            hpack_table_size: 4096,
            max_concurrent_streams: 1024,
            initial_stream_window_size: 16 << 20,
            initial_connection_window_size: 24 << 20,
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
        },
        idle_timeout_ms: 3_600_000,
        max_connection_duration_ms: 0,
        max_connection_duration_jitter_ms: 0,
        max_stream_duration_ms: 0,
        max_requests_per_connection: 0,
        max_response_headers_bytes: 60 << 10,
        filters: Vec::new(),
        max_response_headers_count: 100,
        mirrors: Vec::new(),
    }
}
