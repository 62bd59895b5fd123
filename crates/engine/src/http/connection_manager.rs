//! The HTTP connection manager: what is done to every request and response of a listener,
//! whatever route they take.

pub mod config;
pub mod early_mutation;
pub mod forwarded;
pub mod host;
pub mod mutate_request;
pub mod mutate_response;
pub mod on_worker;
pub mod original_ip;
pub mod proxy_status;
pub mod referer;
pub mod request_id;
pub mod upgrades;
pub mod user_agent;

#[cfg(test)]
pub(crate) fn test_config() -> config::Config {
    use std::time::Duration;

    use voyant_ir::http_connection_manager::{CodecType, ServerHeader};

    config::Config {
        stat_prefix: "test".into(),
        codec_type: CodecType::Auto,
        server_name: b"envoy"[..].into(),
        server_header: ServerHeader::Overwrite,
        via: Box::default(),
        local_ip: "192.0.2.1".into(),
        use_remote_address: false,
        xff_num_trusted_hops: 0,
        skip_xff_append: false,
        internal_addresses: forwarded::InternalAddresses::new(&[], false),
        internal_only_headers: Vec::new(),
        generate_request_id: true,
        preserve_external_request_id: false,
        always_set_request_id_in_response: false,
        proxy_100_continue: false,
        max_requests_per_connection: None,
        path: None,
        host: None,
        scheme_overwrite: None,
        scheme_matches_upstream: false,
        original_ip: vec![original_ip::Detection::Xff { hops: 0, trusted: None, appends: false }],
        append_x_forwarded_port: false,
        own_agent: None,
        early_mutations: Box::default(),
        pack_trace_reason: true,
        always_forwards_client_cert: false,
        local_replies: None,
        proxy_status: None,
        logging: config::Logging::default(),
        timeouts: config::Timeouts {
            idle: None,
            stream_idle: None,
            request: None,
            request_headers: None,
            max_connection_duration: None,
            max_connection_duration_jitter_ms: 0,
            max_stream_duration: None,
            drain: Duration::ZERO,
            drain_jitter_ms: 0,
            http1_safe_max_connection_duration: false,
            stream_flush: crate::route::timeouts::TimeoutOverride::Inherit,
            delayed_close: None,
        },
    }
}
