//! The boundary between protocols and the driver of a request.
//!
//! Every protocol offers the same two shapes. A *downstream stream* (`h1::ServerStream`,
//! `h2::ServerStream`) yields the request's body and takes the response; an *upstream stream*
//! takes a request and yields the response. All of their methods are inherent and alike, so that
//! one driver joins any of them by a small enum. Nothing of a protocol's library passes here.

use bytes::Bytes;

use crate::head::Head;

pub mod h1;
pub mod h2;
pub mod proxy_protocol;

/// A protocol as logs and statistics name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    Http10,
    Http11,
    Http2,
}

impl Protocol {
    /// As `%PROTOCOL%` prints it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Http10 => "HTTP/1.0",
            Self::Http11 => "HTTP/1.1",
            Self::Http2 => "HTTP/2",
        }
    }
}

/// What follows a head.
#[derive(Debug)]
pub enum Piece {
    Data(Bytes),
    /// Ends the message.
    Trailers(Box<Head>),
    End,
}

/// What an upstream stream yields; the head itself is written to the caller's [`Head`].
#[derive(Debug)]
pub enum ResponseEvent {
    /// A 1xx head other than 101; more follows.
    Informational,
    /// The response's head; `end` when nothing follows.
    Head {
        end: bool,
    },
    Body(Piece),
}

/// Why a stream ended before its message did (Envoy's `StreamResetReason`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResetReason {
    LocalConnectionFailure,
    RemoteConnectionFailure,
    ConnectionTimeout,
    ConnectionTermination,
    /// What a CONNECT was joined to has failed.
    ConnectError,
    LocalReset,
    LocalRefusedStreamReset,
    RemoteReset,
    RemoteRefusedStreamReset,
    Overflow,
    ProtocolError,
}

impl ResetReason {
    /// The peer has reset the stream, for whatever reason.
    pub fn is_by_remote(self) -> bool {
        matches!(self, Self::RemoteReset | Self::RemoteRefusedStreamReset)
    }

    /// As response code details spell it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::LocalConnectionFailure => "local_connection_failure",
            Self::RemoteConnectionFailure => "remote_connection_failure",
            Self::ConnectionTimeout => "connection_timeout",
            Self::ConnectionTermination => "connection_termination",
            Self::ConnectError => "connect_error",
            Self::LocalReset => "local_reset",
            Self::LocalRefusedStreamReset => "local_refused_stream_reset",
            Self::RemoteReset => "remote_reset",
            Self::RemoteRefusedStreamReset => "remote_refused_stream_reset",
            Self::Overflow => "overflow",
            Self::ProtocolError => "protocol_error",
        }
    }
}

/// A stream that ended early, with the transport's own words where it has some.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamReset {
    pub reason: ResetReason,
    /// For example `delayed_connect_error: Connection refused` or `http1.codec_error`.
    pub detail: Option<Box<str>>,
}

impl StreamReset {
    pub fn new(reason: ResetReason) -> Self {
        Self { reason, detail: None }
    }

    pub fn with_detail(reason: ResetReason, detail: impl Into<Box<str>>) -> Self {
        Self { reason, detail: Some(detail.into()) }
    }
}
