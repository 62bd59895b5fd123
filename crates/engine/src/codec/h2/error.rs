//! How connections and streams end, in the engine's own words (Envoy's reset reasons and response
//! code details).

use std::borrow::Cow;

use h2::Reason;

use super::ledger::Violation;
use super::shared::Shared;
use crate::codec::{ResetReason, StreamReset};

/// Details of a stream that the peer reset.
pub(super) const REMOTE_RESET: &str = "http2.remote_reset";
/// Details of a stream that the peer refused.
pub(super) const REMOTE_REFUSE: &str = "http2.remote_refuse";
/// Details of a message whose head is beyond a limit.
pub(super) const TOO_MANY_HEADERS: &str = "http2.too_many_headers";
/// Details of a request refused for `_` in a name.
pub(super) const UNEXPECTED_UNDERSCORE: &str = "http2.unexpected_underscore";
const MESSAGING: &str = "http2.violation.of.messaging.rule";

/// Whose deed ended a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConnectionErrorKind {
    /// The transport failed or the peer left in mid-frame.
    Io,
    /// The peer broke the protocol.
    Protocol,
    /// The peer flooded this end with frames or resets.
    Flood,
    /// A ping was not answered in time.
    KeepaliveTimeout,
}

/// Why a connection ended other than in order.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{details}")]
pub struct ConnectionError {
    pub kind: ConnectionErrorKind,
    pub details: Cow<'static, str>,
}

impl Violation {
    /// What is said of streams that end by it, where Envoy says something.
    pub(super) fn stream_details(self) -> Option<&'static str> {
        match self {
            Self::EmptyFrames => Some("http2.inbound_empty_frames_flood"),
            Self::OutboundControlFrames | Self::OutboundFrames => {
                Some("http2.outbound_frames_flood")
            }
            Self::Messaging => Some(MESSAGING),
            Self::PriorityFrames
            | Self::WindowUpdateFrames
            | Self::KeepaliveTimeout
            | Self::PrematureResets => None,
        }
    }

    fn error(self) -> ConnectionError {
        use ConnectionErrorKind::{Flood, KeepaliveTimeout, Protocol};
        let (kind, details) = match self {
            Self::EmptyFrames => (Flood, "http2.inbound_empty_frames_flood"),
            Self::PriorityFrames => (Flood, "Too many PRIORITY frames"),
            Self::WindowUpdateFrames => (Flood, "Too many WINDOW_UPDATE frames"),
            Self::OutboundControlFrames => {
                (Flood, "Too many control frames in the outbound queue.")
            }
            Self::OutboundFrames => (Flood, "Too many frames in the outbound queue."),
            Self::Messaging => (Protocol, MESSAGING),
            Self::KeepaliveTimeout => (KeepaliveTimeout, "http2_ping_timeout"),
            Self::PrematureResets => (Flood, "too_many_premature_resets"),
        };
        ConnectionError { kind, details: details.into() }
    }
}

impl ConnectionError {
    /// The client broke the protocol or its limits.
    pub fn is_protocol_error(&self) -> bool {
        matches!(self.kind, ConnectionErrorKind::Protocol | ConnectionErrorKind::Flood)
    }

    pub(super) fn new(shared: &Shared, error: &h2::Error) -> Self {
        if let Some(violation) = shared.violation() {
            return violation.error();
        }
        let kind = match error.is_io() {
            true => ConnectionErrorKind::Io,
            false => ConnectionErrorKind::Protocol,
        };
        Self { kind, details: error.to_string().into() }
    }

    pub(super) fn of_io(shared: &Shared, error: &std::io::Error) -> Self {
        match shared.violation() {
            Some(violation) => violation.error(),
            None => Self { kind: ConnectionErrorKind::Io, details: error.to_string().into() },
        }
    }

    pub(super) fn of_violation(violation: Violation) -> Self {
        violation.error()
    }
}

/// Which end of the connection this is: Envoy tells the same event differently on each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Server,
    Client,
}

/// Why a stream ended.
pub(super) fn stream_reset(role: Role, shared: &Shared, error: &h2::Error) -> StreamReset {
    if error.is_reset() && error.is_remote() {
        return remote_reset(error.reason().unwrap_or(Reason::NO_ERROR));
    }
    // The reason why a server's stream with a malformed message ends is its own reset of it; a
    // client blames the upstream.
    let malformed = match role {
        Role::Server => ResetReason::LocalReset,
        Role::Client => ResetReason::ProtocolError,
    };
    if error.is_reset() {
        return StreamReset::with_detail(malformed, MESSAGING);
    }
    if error.is_go_away() && error.is_remote() {
        return StreamReset::with_detail(ResetReason::RemoteRefusedStreamReset, REMOTE_REFUSE);
    }
    connection_ended(role, shared, error.is_go_away())
}

/// Why a stream ended together with its connection.
pub(super) fn connection_ended(role: Role, shared: &Shared, protocol_error: bool) -> StreamReset {
    let violation = shared.violation();
    let blame_peer = protocol_error
        || violation.is_some_and(|violation| violation != Violation::KeepaliveTimeout);
    let reason = match role {
        Role::Client if blame_peer => ResetReason::ProtocolError,
        _ => ResetReason::ConnectionTermination,
    };
    StreamReset { reason, detail: violation.and_then(Violation::stream_details).map(Into::into) }
}

/// Why a stream ended that the peer reset with this code.
pub(super) fn remote_reset(code: Reason) -> StreamReset {
    match code {
        Reason::REFUSED_STREAM => {
            StreamReset::with_detail(ResetReason::RemoteRefusedStreamReset, REMOTE_REFUSE)
        }
        Reason::PROTOCOL_ERROR => {
            StreamReset::with_detail(ResetReason::ProtocolError, REMOTE_RESET)
        }
        _ => StreamReset::with_detail(ResetReason::RemoteReset, REMOTE_RESET),
    }
}

/// The code with which Envoy resets a stream for a reason.
pub(super) fn reset_code(reason: ResetReason) -> Reason {
    match reason {
        ResetReason::LocalRefusedStreamReset => Reason::REFUSED_STREAM,
        ResetReason::ProtocolError => Reason::PROTOCOL_ERROR,
        _ => Reason::NO_ERROR,
    }
}
