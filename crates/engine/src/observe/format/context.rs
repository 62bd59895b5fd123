//! What a format is evaluated on.

use crate::http::head::Head;
use crate::http::stream_info::StreamInfo;
use crate::rt::clock::Instant;

/// One stream at one moment.
#[derive(Debug, Clone, Copy)]
pub struct FormatContext<'a> {
    /// Empty for a TCP session.
    pub request: &'a Head,
    pub response: Option<&'a Head>,
    pub trailers: Option<&'a Head>,
    pub info: &'a StreamInfo,
    pub now: Instant,
    pub log_type: AccessLogType,
}

/// On what occasion a line is written (`%ACCESS_LOG_TYPE%`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum AccessLogType {
    /// Outside an access log.
    #[default]
    NotSet,
    TcpUpstreamConnected,
    TcpPeriodic,
    TcpConnectionEnd,
    DownstreamStart,
    DownstreamPeriodic,
    DownstreamEnd,
    DownstreamTunnelSuccessfullyEstablished,
    UpstreamPoolReady,
    UpstreamPeriodic,
    UpstreamEnd,
}

impl AccessLogType {
    /// Envoy's name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NotSet => "NotSet",
            Self::TcpUpstreamConnected => "TcpUpstreamConnected",
            Self::TcpPeriodic => "TcpPeriodic",
            Self::TcpConnectionEnd => "TcpConnectionEnd",
            Self::DownstreamStart => "DownstreamStart",
            Self::DownstreamPeriodic => "DownstreamPeriodic",
            Self::DownstreamEnd => "DownstreamEnd",
            Self::DownstreamTunnelSuccessfullyEstablished => {
                "DownstreamTunnelSuccessfullyEstablished"
            }
            Self::UpstreamPoolReady => "UpstreamPoolReady",
            Self::UpstreamPeriodic => "UpstreamPeriodic",
            Self::UpstreamEnd => "UpstreamEnd",
        }
    }
}
