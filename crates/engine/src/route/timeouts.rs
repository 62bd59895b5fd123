//! What a route says of timeouts.

use std::time::Duration;

use voyant_ir::route as ir;

/// A route's word on a timeout of the connection manager.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub enum TimeoutOverride {
    #[default]
    Inherit,
    Off,
    After(Duration),
}

/// How long a stream may last.
#[derive(Debug)]
pub struct MaxStreamDuration {
    pub limit: TimeoutOverride,
    /// `grpc-timeout` is obeyed up to `After`, without a bound when `Off`, not at all when
    /// `Inherit`.
    pub grpc_timeout_header_max: TimeoutOverride,
    pub grpc_timeout_header_offset: Duration,
}

/// A timeout of the whole response that the client gives by `grpc-timeout`.
#[derive(Debug, Clone, Copy)]
pub struct GrpcTimeout {
    /// Nothing: without a bound.
    pub max: Option<Duration>,
    pub offset: Duration,
}

impl TimeoutOverride {
    pub fn new(milliseconds: Option<u64>) -> Self {
        match milliseconds {
            None => Self::Inherit,
            Some(0) => Self::Off,
            Some(limit) => Self::After(Duration::from_millis(limit)),
        }
    }

    /// What holds of this and of what was said before.
    #[must_use]
    pub fn or_override(self, before: Self) -> Self {
        if self == Self::Inherit { before } else { self }
    }

    /// The timeout that holds, given the connection manager's.
    pub fn or(self, inherited: Option<Duration>) -> Option<Duration> {
        match self {
            Self::Inherit => inherited,
            Self::Off => None,
            Self::After(limit) => Some(limit),
        }
    }
}

impl MaxStreamDuration {
    pub fn new(duration: &ir::MaxStreamDuration) -> Self {
        let ir::MaxStreamDuration {
            max_stream_duration_ms,
            grpc_timeout_header_max_ms,
            grpc_timeout_header_offset_ms,
        } = duration;
        Self {
            limit: TimeoutOverride::new(*max_stream_duration_ms),
            grpc_timeout_header_max: TimeoutOverride::new(*grpc_timeout_header_max_ms),
            grpc_timeout_header_offset: Duration::from_millis(*grpc_timeout_header_offset_ms),
        }
    }
}
