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
/// Details of streams whose frames a client did not read.
pub(crate) const OUTBOUND_FRAMES_FLOOD: &str = "http2.outbound_frames_flood";
/// What is told of a head with a name or value beyond `max_header_field_size_kb`.
pub(super) const LONG_FIELD: &str = "http2.header_field_too_long";
/// Details of a head that is too long.
pub(super) const HEADERS_TOO_LARGE: &str = "http2.header_list_size_too_large";
/// Details of a request refused for `_` in a name.
pub(super) const UNEXPECTED_UNDERSCORE: &str = "http2.unexpected_underscore";
/// Details of a malformed message. Envoy tells some kinds apart; the library does not.
pub(super) const MESSAGING: &str = "http2.violation.of.messaging.rule";
/// Details of a malformed head. Envoy tells it from the former; the library tells neither.
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
    /// More waits for the peer than it may; as it reads nothing, the end is immediate.
    Unread,
    /// The client reset more streams early than an honest one would.
    PrematureResets,
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
    /// The peer has reset the connection.
    pub reset: bool,
}

impl Violation {
    /// What is said of streams that end by it, where Envoy says something.
    pub(super) fn stream_details(self) -> Option<&'static str> {
        match self {
            Self::EmptyFrames => Some("http2.inbound_empty_frames_flood"),
            Self::Answers => Some(
                "codec_error:Flooding_was_detected_in_this_HTTP/2_session,_and_it_must_be_closed",
            ),
            Self::OutboundControlFrames => {
                Some("codec_error:Too_many_control_frames_in_the_outbound_queue.")
            }
            Self::OutboundFrames => Some("codec_error:Too_many_frames_in_the_outbound_queue."),
            Self::UnreadFrames => Some(OUTBOUND_FRAMES_FLOOD),
            Self::Messaging | Self::ResetRate(_) | Self::LongField(_) | Self::Interrupted(_) => {
                Some(CODEC_ERROR)
            }
            Self::PriorityFrames => Some("codec_error:Too_many_PRIORITY_frames"),
            Self::WindowUpdateFrames => Some("codec_error:Too_many_WINDOW_UPDATE_frames"),
            Self::KeepaliveTimeout | Self::PrematureResets => None,
        }
    }

    /// The GOAWAY with which the connection ends, where Envoy says one: the last stream and the
    /// code.
    pub(super) fn goodbye(self) -> Option<(u32, u32)> {
        match self {
            Self::ResetRate(last) => Some((last, Reason::INTERNAL_ERROR.into())),
            Self::LongField(last) => Some((last, Reason::COMPRESSION_ERROR.into())),
            Self::Interrupted(last) => Some((last, Reason::PROTOCOL_ERROR.into())),
            _ => None,
        }
    }

    fn error(self, shared: &Shared) -> ConnectionError {
        use ConnectionErrorKind::{Flood, KeepaliveTimeout, PrematureResets, Protocol, Unread};
        let (kind, details) = match self {
            Self::EmptyFrames => (Flood, "http2.inbound_empty_frames_flood"),
            Self::PriorityFrames => (Flood, "Too many PRIORITY frames"),
            Self::WindowUpdateFrames => (Flood, "Too many WINDOW_UPDATE frames"),
            Self::Answers => (Flood, "flooding was detected"),
            Self::OutboundControlFrames => {
                (Flood, "Too many control frames in the outbound queue.")
            }
            Self::UnreadFrames => (Unread, OUTBOUND_FRAMES_FLOOD),
            Self::OutboundFrames => (Flood, "Too many frames in the outbound queue."),
            Self::Messaging => (Protocol, shared.malformed_details.get()),
            Self::ResetRate(_) => (Protocol, "too many resets"),
            Self::LongField(_) | Self::Interrupted(_) => (Protocol, CODEC_ERROR),
            Self::KeepaliveTimeout => (KeepaliveTimeout, "http2_ping_timeout"),
            Self::PrematureResets => (PrematureResets, "too_many_premature_resets"),
        };
        let unseen_request = shared.unseen_request.get();
        ConnectionError { kind, details: details.into(), unseen_request, reset: false }
    }
}

impl ConnectionError {
    /// The client broke the protocol or its limits.
    pub fn is_protocol_error(&self) -> bool {
        self.kind == ConnectionErrorKind::Protocol
    }

    /// What the peer sent cannot be taken.
    pub fn is_fault_of_peer(&self) -> bool {
        matches!(self.kind, ConnectionErrorKind::Protocol | ConnectionErrorKind::Flood)
    }

    /// Why a client's connection ended, whose server may say GOAWAY with any code.
    pub(super) fn of_client(shared: &Shared, error: &h2::Error) -> Self {
        let mut ended = Self::new(shared, error);
        if shared.violation().is_none() && error.is_go_away() && error.is_remote() {
            ended.kind = ConnectionErrorKind::Io;
        }
        ended
    }

    pub(super) fn new(shared: &Shared, error: &h2::Error) -> Self {
        if let Some(violation) = shared.violation() {
            return violation.error(shared);
        }
        let kind =
            if error.is_io() { ConnectionErrorKind::Io } else { ConnectionErrorKind::Protocol };
        let reset = error.get_io().is_some_and(is_reset);
        Self { kind, details: error.to_string().into(), unseen_request: false, reset }
    }

    pub(super) fn of_io(shared: &Shared, error: &std::io::Error) -> Self {
        match shared.violation() {
            Some(violation) => violation.error(shared),
            None => Self {
                kind: ConnectionErrorKind::Io,
                details: error.to_string().into(),
                unseen_request: false,
                reset: is_reset(error),
            },
        }
    }

    pub(super) fn of_violation(shared: &Shared, violation: Violation) -> Self {
        violation.error(shared)
    }
}

fn is_reset(error: &std::io::Error) -> bool {
    error.kind() == std::io::ErrorKind::ConnectionReset
}

/// Which end of the connection this is: Envoy tells the same event differently on each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Server,
    Client,
}

/// Why a stream ended. Of upstream streams Envoy tells the reason alone.
pub(super) fn stream_reset(role: Role, shared: &Shared, error: &h2::Error) -> StreamReset {
    let reset = detailed_reset(role, shared, error);
    match role {
        Role::Server => reset,
        Role::Client => StreamReset::new(reset.reason),
    }
}

fn detailed_reset(role: Role, shared: &Shared, error: &h2::Error) -> StreamReset {
    if error.is_reset() {
        return match (error.is_remote(), error.is_library(), shared.violation()) {
            (true, ..) => remote_reset(role, error.reason().unwrap_or(Reason::NO_ERROR)),
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
        (_, Role::Client) => StreamReset::new(ResetReason::ProtocolError),
        (Some(Violation::UnreadFrames), Role::Server) => {
            StreamReset::with_detail(ResetReason::ConnectionTermination, OUTBOUND_FRAMES_FLOOD)
        }
        (Some(violation), Role::Server) => StreamReset {
            reason: ResetReason::ProtocolError,
            detail: violation.stream_details().map(Into::into),
        },
        (None, Role::Server) => StreamReset::with_detail(ResetReason::ProtocolError, CODEC_ERROR),
    }
}

/// Why a stream ended that the peer reset with this code.
pub(super) fn remote_reset(role: Role, code: Reason) -> StreamReset {
    let (reason, detail) = match code {
        Reason::REFUSED_STREAM => (ResetReason::RemoteRefusedStreamReset, REMOTE_REFUSE),
        Reason::PROTOCOL_ERROR => (ResetReason::ProtocolError, REMOTE_RESET),
        _ => (ResetReason::RemoteReset, REMOTE_RESET),
    };
    // A client that loses interest without an error leaves no word of it.
    if role == Role::Client || code == Reason::NO_ERROR {
        return StreamReset::new(reason);
    }
    StreamReset::with_detail(reason, detail)
}

/// The code with which Envoy resets a stream for a reason.
pub(super) fn reset_code(reason: ResetReason) -> Reason {
    match reason {
        ResetReason::LocalRefusedStreamReset => Reason::REFUSED_STREAM,
        ResetReason::ConnectError => Reason::CONNECT_ERROR,
        _ => Reason::INTERNAL_ERROR,
    }
}
