//! What is known of one stream (an HTTP exchange or a TCP session) when its log line is written.

use std::borrow::Cow;
use std::cell::Cell;
use std::fmt;
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use voyant_ir::format::TimePoint;

use crate::codec::h2;
use crate::codec::{Protocol, ResetReason, StreamReset};
use crate::failure::flags::{ResponseFlag, ResponseFlags};
use crate::route::RouteHandle;
use crate::rt::clock::Instant;

/// One end of a connection.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum PeerAddress {
    Ip(SocketAddr),
    /// A Unix socket's path; empty for the unnamed end.
    Pipe(Arc<str>),
}

impl fmt::Display for PeerAddress {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ip(address) => address.fmt(formatter),
            Self::Pipe(path) => formatter.write_str(path),
        }
    }
}

/// A downstream connection, shared by its streams.
#[derive(Debug)]
pub struct ConnectionInfo {
    /// Unique in the process.
    pub id: u64,
    pub remote: PeerAddress,
    pub local: PeerAddress,
    pub filter_chain: Arc<str>,
    /// Responses say from now on that the connection ends.
    pub leaving: Cell<bool>,
}

impl ConnectionInfo {
    pub fn new(id: u64, remote: PeerAddress, local: PeerAddress, filter_chain: Arc<str>) -> Self {
        Self { id, remote, local, filter_chain, leaving: Cell::new(false) }
    }
}

/// Bytes of one side of a stream.
#[derive(Debug, Clone, Copy, Default)]
pub struct ByteCounts {
    /// Body bytes.
    pub body_received: u64,
    pub body_sent: u64,
    /// As read from and written to the wire, framing included.
    pub wire_received: u64,
    pub wire_sent: u64,
    pub header_received: u64,
    pub header_sent: u64,
}

/// What a cluster is called. Each worker has its own, so that no request touches a count of
/// references that workers share.
#[derive(Debug)]
pub struct ClusterNames {
    pub name: Arc<str>,
    /// Nothing for a cluster that is not there.
    pub stat_name: Option<Arc<str>>,
}

/// The upstream side of a stream: that of its last attempt.
#[derive(Debug, Default)]
pub struct UpstreamInfo {
    pub cluster: Option<Rc<ClusterNames>>,
    pub remote: Option<PeerAddress>,
    pub local: Option<PeerAddress>,
    pub hostname: Option<Rc<str>>,
    pub connection_id: Option<u64>,
    pub protocol: Option<Protocol>,
    pub attempts: u32,
    pub transport_failure: Option<Box<str>>,
    pub bytes: ByteCounts,
    /// From the request for a connection until one was there.
    pub pool_ready: Option<Duration>,
}

/// What is known of a stream.
#[derive(Debug)]
pub struct StreamInfo {
    pub connection: Rc<ConnectionInfo>,
    /// The client: the connection's peer, or what a trusted `x-forwarded-for` says.
    pub remote: PeerAddress,
    pub stream_id: u64,
    pub start: Instant,
    /// Wall time of `start` since the epoch.
    pub start_wall: Duration,
    pub protocol: Option<Protocol>,
    /// 0: none was sent.
    pub response_code: u16,
    pub details: Option<Cow<'static, str>>,
    pub connection_termination_details: Option<Cow<'static, str>>,
    pub flags: ResponseFlags,
    pub bytes: ByteCounts,
    pub upstream: UpstreamInfo,
    pub route: Option<RouteHandle>,
    pub local_reply_body: Option<Box<str>>,
    points: [Option<Instant>; 12],
}

impl StreamInfo {
    /// A stream that begins now.
    #[inline]
    pub fn new(
        connection: Rc<ConnectionInfo>,
        stream_id: u64,
        start: Instant,
        wall: Duration,
    ) -> Self {
        let remote = connection.remote.clone();
        Self {
            connection,
            remote,
            stream_id,
            start,
            start_wall: wall,
            protocol: None,
            response_code: 0,
            details: None,
            connection_termination_details: None,
            flags: ResponseFlags::default(),
            bytes: ByteCounts::default(),
            upstream: UpstreamInfo::default(),
            route: None,
            local_reply_body: None,
            points: [None; 12],
        }
    }

    /// Notes that the client's side ended early, as Envoy tells of it.
    pub fn note_client_reset(&mut self, reset: &StreamReset) {
        let (flag, details) = match (reset.reason, &reset.detail) {
            (ResetReason::RemoteReset, None) => return,
            (ResetReason::ProtocolError, Some(detail)) => {
                (ResponseFlag::DownstreamProtocolError, detail.to_string().into())
            }
            (ResetReason::RemoteReset | ResetReason::RemoteRefusedStreamReset, Some(detail)) => {
                (ResponseFlag::DownstreamRemoteReset, detail.to_string().into())
            }
            (ResetReason::ConnectionTermination, Some(detail))
                if **detail == *h2::OUTBOUND_FRAMES_FLOOD =>
            {
                (ResponseFlag::DownstreamConnectionTermination, detail.to_string().into())
            }
            _ => {
                let details = Cow::Borrowed("downstream_remote_disconnect");
                (ResponseFlag::DownstreamConnectionTermination, details)
            }
        };
        self.flags.insert(flag);
        self.details = Some(details);
    }

    /// Notes that a point was reached; the last time counts.
    pub fn mark(&mut self, point: TimePoint, at: Instant) {
        self.points[point as usize] = Some(at);
    }

    /// When a point was reached.
    pub fn point(&self, point: TimePoint) -> Option<Instant> {
        self.points[point as usize]
    }
}
