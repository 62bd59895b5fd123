//! The statistics of HTTP/2 connections (Envoy's `http2.` below a listener's or cluster's prefix).

use crate::observe::stats::metric::{Counter, Gauge};

/// One worker's share for one prefix.
#[derive(Debug, Default)]
pub struct Http2Stats {
    pub dropped_headers_with_underscores: Counter,
    pub goaway_sent: Counter,
    pub header_overflow: Counter,
    pub inbound_empty_frames_flood: Counter,
    pub inbound_priority_frames_flood: Counter,
    pub inbound_window_update_frames_flood: Counter,
    pub keepalive_timeout: Counter,
    pub outbound_control_flood: Counter,
    pub outbound_flood: Counter,
    pub requests_rejected_with_underscores_in_headers: Counter,
    pub rx_messaging_error: Counter,
    pub rx_reset: Counter,
    pub stream_refused_errors: Counter,
    pub trailers: Counter,
    pub tx_reset: Counter,
    pub outbound_frames_active: Gauge,
    pub outbound_control_frames_active: Gauge,
    pub pending_send_bytes: Gauge,
    pub streams_active: Gauge,
}
