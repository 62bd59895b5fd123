//! How a connection ended, in the words of Envoy's logs (`DetectedCloseType`, `LocalCloseReasons`).

use std::rc::Rc;

use crate::rt::address::PeerAddress;
use crate::upstream::worker_host::StreamHost;

/// What the end looked like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DetectedClose {
    #[default]
    Normal,
    LocalReset,
    RemoteReset,
}

impl DetectedClose {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Normal => "Normal",
            Self::LocalReset => "LocalReset",
            Self::RemoteReset => "RemoteReset",
        }
    }
}

/// The end of a connection, and why this process was the one that ended it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Ending {
    pub detected: DetectedClose,
    pub local_reason: Option<&'static str>,
}

impl Ending {
    /// This process ended it.
    pub const fn by_us(local_reason: Option<&'static str>) -> Self {
        Self { detected: DetectedClose::Normal, local_reason }
    }

    /// The other end did.
    pub const fn by_peer(reset: bool) -> Self {
        Self::of(if reset { DetectedClose::RemoteReset } else { DetectedClose::Normal })
    }

    pub const fn of(detected: DetectedClose) -> Self {
        Self { detected, local_reason: None }
    }
}

/// The reasons, each with Envoy's spelling.
pub mod reasons {
    pub const CODEC_ERROR: &str = "codec_error";
    pub const CONNECT_FAILED: &str = "tcp_initializion_failure:0";
    pub const DELAYED_CLOSE: &str = "triggered_delayed_close_timeout";
    pub const DRAINED: &str = "deferred_close_on_drained_connection";
    pub const IDLE: &str = "on_idle_timeout";
    pub const MAX_DURATION: &str = "max_connection_duration_reached";
    pub const NO_HEALTHY_UPSTREAM: &str = "tcp_initializion_failure:1";
    pub const NO_ROUTE: &str = "tcp_initializion_failure:3";
    pub const OVERFLOW: &str = "tcp_initializion_failure:2";
    pub const PING_TIMEOUT: &str = "http2_ping_timeout";
    pub const SESSION_IDLE: &str = "tcp_session_idle_timeout";
}

/// An attempt at a host that came to nothing.
#[derive(Debug, Clone)]
pub struct FailedAttempt {
    pub address: PeerAddress,
    pub host: Rc<StreamHost>,
    pub connection_id: Option<u64>,
}

/// What is known of a session of bytes whose end or beginning was not plain.
#[derive(Debug, Default)]
pub struct SessionEnding {
    pub downstream: Ending,
    pub upstream: Ending,
    pub failed_attempts: Vec<FailedAttempt>,
}
