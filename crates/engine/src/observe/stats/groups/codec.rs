//! What codecs count: `http1` and `http2` for downstream connections, `cluster.<name>.http1` and
//! `cluster.<name>.http2` for upstream ones.

crate::stats_group! {
    /// `http1`.
    pub struct Http1Stats {
        dropped_headers_with_underscores: Counter,
        metadata_not_supported_error: Counter,
        requests_rejected_with_underscores_in_headers: Counter,
        response_flood: Counter,
    }
}

crate::stats_group! {
    /// `cluster.<name>.http1`: only requests can be refused or changed for their headers, so
    /// nothing of it is ever counted.
    pub struct ClusterHttp1Stats {
        dropped_headers_with_underscores: Counter("http1.dropped_headers_with_underscores"),
        metadata_not_supported_error: Counter("http1.metadata_not_supported_error"),
        requests_rejected_with_underscores_in_headers:
            Counter("http1.requests_rejected_with_underscores_in_headers"),
        response_flood: Counter("http1.response_flood"),
    }
}

crate::stats_group! {
    /// `http2`: what Envoy counts only when one of its guards is on, and so never by itself.
    pub struct Http2HeaderStats {
        cookie_count: Histogram,
        cookie_size: Histogram,
        header_count: Histogram,
        header_list_size: Histogram,
    }
}

crate::stats_group! {
    /// `http2`.
    pub struct Http2Stats {
        cookies_total_bytes_too_large: Counter,
        dropped_headers_with_underscores: Counter,
        goaway_sent: Counter,
        header_list_size_too_large: Counter,
        header_overflow: Counter,
        headers_cb_no_stream: Counter,
        inbound_empty_frames_flood: Counter,
        inbound_priority_frames_flood: Counter,
        inbound_window_update_frames_flood: Counter,
        keepalive_timeout: Counter,
        metadata_empty_frames: Counter,
        outbound_control_flood: Counter,
        outbound_flood: Counter,
        requests_rejected_with_underscores_in_headers: Counter,
        rx_messaging_error: Counter,
        rx_reset: Counter,
        stream_refused_errors: Counter,
        trailers: Counter,
        tx_flush_timeout: Counter,
        tx_reset: Counter,
        deferred_stream_close: Gauge,
        outbound_control_frames_active: Gauge,
        outbound_frames_active: Gauge,
        pending_send_bytes: Gauge,
        streams_active: Gauge,
    }
}
