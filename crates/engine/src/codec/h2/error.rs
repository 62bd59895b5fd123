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
/// Details of a malformed message. Envoy tells some kinds apart; the library does not.
pub(super) const INVALID_HEADER: &str = "http2.invalid.header.field";
/// Details of streams that end because another one broke the connection.
const CODEC_ERROR: &str = "codec_error:The_user_callback_function_failed";

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
    /// It was a request that no stream was made of (`details` are its response code details);
    /// Envoy counts and logs such a request.
    pub unseen_request: bool,
}

impl Violation {
    /// What is said of streams that end by it, where Envoy says something.
    pub(super) fn stream_details(self) -> Option<&'static str> {
        match self {
            Self::EmptyFrames => Some("http2.inbound_empty_frames_flood"),
            Self::OutboundControlFrames | Self::OutboundFrames => {
                Some("http2.outbound_frames_flood")
            }
            Self::Messaging => Some(CODEC_ERROR),
            Self::PriorityFrames
            | Self::WindowUpdateFrames
            | Self::KeepaliveTimeout
            | Self::PrematureResets => None,
        }
    }

    fn error(self, shared: &Shared) -> ConnectionError {
        use ConnectionErrorKind::{Flood, KeepaliveTimeout, Protocol};
        let (kind, details) = match self {
            Self::EmptyFrames => (Flood, "http2.inbound_empty_frames_flood"),
            Self::PriorityFrames => (Flood, "Too many PRIORITY frames"),
            Self::WindowUpdateFrames => (Flood, "Too many WINDOW_UPDATE frames"),
            Self::OutboundControlFrames => {
                (Flood, "Too many control frames in the outbound queue.")
            }
            Self::OutboundFrames => (Flood, "Too many frames in the outbound queue."),
            Self::Messaging => (Protocol, INVALID_HEADER),
            Self::KeepaliveTimeout => (KeepaliveTimeout, "http2_ping_timeout"),
            Self::PrematureResets => (Flood, "too_many_premature_resets"),
        };
        let unseen_request = shared.unseen_request.get();
        ConnectionError { kind, details: details.into(), unseen_request }
    }
}

impl ConnectionError {
    /// The client broke the protocol or its limits.
    pub fn is_protocol_error(&self) -> bool {
        matches!(self.kind, ConnectionErrorKind::Protocol | ConnectionErrorKind::Flood)
    }

    pub(super) fn new(shared: &Shared, error: &h2::Error) -> Self {
        if let Some(violation) = shared.violation() {
            return violation.error(shared);
        }
        let kind =
            if error.is_io() { ConnectionErrorKind::Io } else { ConnectionErrorKind::Protocol };
        Self { kind, details: error.to_string().into(), unseen_request: false }
    }

    pub(super) fn of_io(shared: &Shared, error: &std::io::Error) -> Self {
        match shared.violation() {
            Some(violation) => violation.error(shared),
            None => Self {
                kind: ConnectionErrorKind::Io,
                details: error.to_string().into(),
                unseen_request: false,
            },
        }
    }

    pub(super) fn of_violation(shared: &Shared, violation: Violation) -> Self {
        violation.error(shared)
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
    if error.is_reset() {
        return match (error.is_remote(), error.is_library(), shared.violation()) {
            (true, ..) => remote_reset(error.reason().unwrap_or(Reason::NO_ERROR)),
            (_, true, Some(Violation::Messaging)) => {
                StreamReset::with_detail(ResetReason::ProtocolError, INVALID_HEADER)
            }
            // Envoy says `remote_reset` of a body whose length is not what was announced.
            (_, true, _) => StreamReset::with_detail(ResetReason::ProtocolError, REMOTE_RESET),
            (_, false, _) => StreamReset::new(ResetReason::LocalReset),
        };
    }
    if error.is_go_away() && error.is_remote() {
        return StreamReset::with_detail(ResetReason::RemoteRefusedStreamReset, REMOTE_REFUSE);
    }
    connection_ended(role, shared, error.is_go_away())
}

/// Why a stream ended together with its connection.
pub(super) fn connection_ended(role: Role, shared: &Shared, protocol_error: bool) -> StreamReset {
    let violation = shared.violation();
    if violation.is_none() && !protocol_error {
        return StreamReset::new(ResetReason::ConnectionTermination);
    }
    match (violation, role) {
        (Some(Violation::KeepaliveTimeout | Violation::PrematureResets), _) => {
            StreamReset::new(ResetReason::ConnectionTermination)
        }
        (Some(violation), _) => StreamReset {
            reason: ResetReason::ProtocolError,
            detail: violation.stream_details().map(Into::into),
        },
        (None, Role::Server) => StreamReset::with_detail(ResetReason::ProtocolError, CODEC_ERROR),
        (None, Role::Client) => StreamReset::new(ResetReason::ProtocolError),
    }
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
        _ => Reason::INTERNAL_ERROR,
    }
}
