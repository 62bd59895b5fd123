//! Options of the HTTP protocols, the same on both sides
//! (Envoy's `core.v3.Http1ProtocolOptions`, `Http2ProtocolOptions`).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// HTTP/1.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Http1Options {
    /// Absolute-form targets set the authority (downstream).
    pub allow_absolute_url: bool,
    pub accept_http_10: bool,
    /// Host of HTTP/1.0 requests that name none; empty: none.
    pub default_host_for_http_10: String,
    pub header_case: HeaderCase,
    /// The reason phrase of a response is passed on (upstream, where names are preserved).
    pub forward_reason_phrase: bool,
    pub enable_trailers: bool,
    /// With both content-length and chunked: drop content-length instead of refusing.
    pub allow_chunked_length: bool,
    /// A bad message ends only its stream where the framing allows it.
    pub stream_error_on_invalid_http_message: bool,
    /// Write absolute-form targets upstream.
    pub send_fully_qualified_url: bool,
    pub allow_custom_methods: bool,
    /// `upgrade` values that are dropped instead of refused.
    pub ignore_http_11_upgrade: Vec<crate::matcher::StringMatcher>,
}

/// How header names are written on HTTP/1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum HeaderCase {
    Lower,
    ProperCaseWords,
    /// As received, and lower case for headers that this proxy adds.
    Preserve,
    /// As received, and proper case for headers that this proxy adds.
    PreserveElseProperCase,
}

/// HTTP/2.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Http2Options {
    pub hpack_table_size: u32,
    pub max_concurrent_streams: u32,
    pub initial_stream_window_size: u32,
    pub initial_connection_window_size: u32,
    pub allow_connect: bool,
    pub max_outbound_frames: u32,
    pub max_outbound_control_frames: u32,
    pub max_consecutive_inbound_frames_with_empty_payload: u32,
    pub max_inbound_priority_frames_per_stream: u32,
    pub max_inbound_window_update_frames_per_data_frame_sent: u32,
    /// A bad message resets its stream instead of ending the connection.
    pub stream_error_on_invalid_http_message: bool,
    pub keepalive: Option<Http2Keepalive>,
    /// Sent before the settings that have fields of their own.
    pub custom_settings: Vec<Http2Setting>,
    /// Of one name or value; what is longer ends the connection.
    pub max_header_field_size_bytes: u32,
    /// Resets that a client may send at once, and how many it earns back each second.
    pub stream_reset_burst: u64,
    pub stream_reset_rate: u64,
}

/// One entry of an HTTP/2 SETTINGS frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Http2Setting {
    pub identifier: u16,
    pub value: u32,
}

/// HTTP/2 pings that find dead connections.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Http2Keepalive {
    /// 0: no pings at intervals.
    pub interval_ms: u64,
    pub timeout_ms: u64,
    pub interval_jitter_percent: u8,
    /// Ping before the first stream after so long without one; 0: off.
    pub connection_idle_interval_ms: u64,
}

/// What happens to headers with `_` in their name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum HeadersWithUnderscores {
    Allow,
    RejectRequest,
    DropHeader,
}
