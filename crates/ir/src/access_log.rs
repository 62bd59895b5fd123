//! Access logs.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::format::FormatString;

mod filter;

pub use filter::{AccessLogFilter, Comparison, ComparisonOp};

/// One access log.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AccessLog {
    pub sink: AccessLogSink,
    /// A text line ends as its format does.
    pub format: FormatString,
    /// Lines that it does not match are not written.
    pub filter: Option<AccessLogFilter>,
}

/// Where lines go.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum AccessLogSink {
    File { path: String },
    Stdout,
    Stderr,
}

/// When logs of HTTP requests have lines beside the one at the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HttpAccessLogOptions {
    /// 0: off.
    pub flush_interval_ms: u64,
    pub on_new_request: bool,
    pub on_tunnel_established: bool,
}

/// When the router's logs of what it asked upstreams have lines beside the one at the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UpstreamLogOptions {
    /// 0: off.
    pub flush_interval_ms: u64,
    pub on_stream: bool,
}

/// When logs of TCP sessions have lines beside the one at the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TcpAccessLogOptions {
    /// 0: off.
    pub flush_interval_ms: u64,
    pub on_connected: bool,
    pub on_start: bool,
}

/// On what occasion a line is written (`%ACCESS_LOG_TYPE%`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AccessLogType {
    /// Outside an access log.
    #[default]
    NotSet,
    TcpUpstreamConnected,
    TcpPeriodic,
    TcpConnectionStart,
    TcpConnectionEnd,
    DownstreamStart,
    DownstreamPeriodic,
    DownstreamEnd,
    UpstreamPoolReady,
    UpstreamPeriodic,
    UpstreamEnd,
    DownstreamTunnelSuccessfullyEstablished,
    UdpTunnelUpstreamConnected,
    UdpPeriodic,
    UdpSessionEnd,
}

impl AccessLogType {
    /// It tells of a request to an upstream, not of a client's.
    pub fn is_upstream(self) -> bool {
        matches!(self, Self::UpstreamPoolReady | Self::UpstreamPeriodic | Self::UpstreamEnd)
    }

    /// Envoy's name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NotSet => "NotSet",
            Self::TcpUpstreamConnected => "TcpUpstreamConnected",
            Self::TcpPeriodic => "TcpPeriodic",
            Self::TcpConnectionStart => "TcpConnectionStart",
            Self::TcpConnectionEnd => "TcpConnectionEnd",
            Self::DownstreamStart => "DownstreamStart",
            Self::DownstreamPeriodic => "DownstreamPeriodic",
            Self::DownstreamEnd => "DownstreamEnd",
            Self::UpstreamPoolReady => "UpstreamPoolReady",
            Self::UpstreamPeriodic => "UpstreamPeriodic",
            Self::UpstreamEnd => "UpstreamEnd",
            Self::DownstreamTunnelSuccessfullyEstablished => {
                "DownstreamTunnelSuccessfullyEstablished"
            }
            Self::UdpTunnelUpstreamConnected => "UdpTunnelUpstreamConnected",
            Self::UdpPeriodic => "UdpPeriodic",
            Self::UdpSessionEnd => "UdpSessionEnd",
        }
    }
}
