//! What is known of one stream (an HTTP exchange or a TCP session) when its log line is written.

use std::borrow::Cow;
use std::cell::{Cell, OnceCell, RefCell};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use voyant_ir::format::TimePoint;
use voyant_ir::metadata::{Metadata, PathSegment, Value};

use super::connection_ending::{Ending, SessionEnding};
use crate::codec::h2;
use crate::codec::{Protocol, ResetReason, StreamReset};
use crate::failure::flags::{ResponseFlag, ResponseFlags};
use crate::filter::local_ratelimit::limiter::Limiter;
use crate::filter_state::{Conflict, FilterState, Keeping, LifeSpan, Object};
use crate::http::connection_manager::user_agent::UserAgent;
use crate::metadata::DynamicMetadata;
use crate::route::RouteHandle;
use crate::route::virtual_cluster::VirtualClusterId;
use crate::rt::address::PeerAddress;
use crate::rt::clock::{Instant, now};
use crate::upstream::worker_host::StreamHost;

/// What the streams of a connection have come to, for the logs of its listener.
#[derive(Debug, Default)]
pub struct ConnectionTotals {
    pub protocol: Cell<Option<Protocol>>,
    pub received: Cell<u64>,
    pub sent: Cell<u64>,
    pub flags: Cell<ResponseFlags>,
    pub ending: Cell<Ending>,
}

impl ConnectionTotals {
    /// A stream has ended.
    pub fn add(&self, info: &StreamInfo) {
        self.received.set(self.received.get() + info.bytes.wire_received);
        self.sent.set(self.sent.get() + info.bytes.wire_sent);
        if info.flags.contains(ResponseFlag::DownstreamProtocolError) {
            let mut flags = self.flags.get();
            flags.insert(ResponseFlag::DownstreamProtocolError);
            self.flags.set(flags);
        } else {
            self.protocol.set(info.protocol);
        }
    }
}

/// Whether a connection past its time goes on until its next response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SoftDrain {
    No,
    /// It will, when its time has come.
    Planned,
    /// Its time has come.
    Begun,
}

/// A downstream connection, shared by its streams.
#[derive(Debug)]
pub struct ConnectionInfo {
    /// Unique in the process.
    pub id: u64,
    pub remote: PeerAddress,
    pub local: PeerAddress,
    pub filter_chain: Arc<str>,
    pub opened: Instant,
    /// Known to the logs of streams that go with it.
    pub ended: Cell<Option<Instant>>,
    /// Responses say from now on that the connection ends.
    pub leaving: Cell<bool>,
    pub soft_drain: Cell<SoftDrain>,
    /// Copies of requests have none.
    pub has_client: bool,
    /// What its client is.
    pub user_agent: Cell<UserAgent>,
    /// Nothing for the admin interface's.
    pub listener: Option<Rc<ListenerFacts>>,
    /// Where the listener has logs.
    pub totals: Option<Box<ConnectionTotals>>,
    filter_state: RefCell<Option<Box<FilterState>>>,
    /// That of the connection alone, where a filter wants one.
    pub local_rate_limiter: OnceCell<Box<Limiter>>,
}

/// What a listener's configuration says about it and about the filter chain.
#[derive(Debug, Default)]
pub struct ListenerFacts {
    pub name: Box<str>,
    pub metadata: Option<Metadata>,
    pub filter_chain_metadata: Option<Metadata>,
}

impl ConnectionInfo {
    pub fn new(id: u64, remote: PeerAddress, local: PeerAddress, filter_chain: Arc<str>) -> Self {
        Self {
            id,
            remote,
            local,
            filter_chain,
            opened: now(),
            ended: Cell::new(None),
            leaving: Cell::new(false),
            soft_drain: Cell::new(SoftDrain::No),
            has_client: true,
            user_agent: Cell::default(),
            listener: None,
            filter_state: RefCell::new(None),
            local_rate_limiter: OnceCell::new(),
            totals: None,
        }
    }

    /// Notes how it ended, for the listener's logs.
    pub fn note_ending(&self, ending: impl FnOnce() -> Ending) {
        if let Some(totals) = &self.totals {
            totals.ending.set(ending());
        }
    }

    /// In the place of a connection, for a stream that has none.
    pub fn none() -> Self {
        let end = PeerAddress::Pipe("".into());
        Self { has_client: false, ..Self::new(0, end.clone(), end, "".into()) }
    }

    /// An object that a filter has left for all streams of the connection.
    pub fn filter_state(&self, name: &str) -> Option<Rc<Object>> {
        self.filter_state.borrow().as_ref()?.get(name).cloned()
    }

    /// Keeps an object for as long as the connection is open.
    pub fn set_filter_state(
        &self,
        name: &str,
        object: Object,
        keeping: Keeping,
    ) -> Result<(), Conflict> {
        self.filter_state.borrow_mut().get_or_insert_default().set(name, object, keeping)
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
    /// Of headers as they are without compression.
    pub decompressed_received: u64,
    pub decompressed_sent: u64,
}

/// What a cluster is called. Each worker has its own, so that no request touches a count of
/// references that workers share.
#[derive(Debug)]
pub struct ClusterNames {
    pub name: Arc<str>,
    /// Nothing for a cluster that is not there.
    pub stat_name: Option<Arc<str>>,
    pub metadata: Option<Arc<Metadata>>,
}

/// The upstream side of a stream: that of its last attempt.
#[derive(Debug, Default, Clone)]
pub struct UpstreamInfo {
    pub cluster: Option<Rc<ClusterNames>>,
    pub remote: Option<PeerAddress>,
    pub local: Option<PeerAddress>,
    pub host: Option<Rc<StreamHost>>,
    pub connection_id: Option<u64>,
    pub protocol: Option<Protocol>,
    pub attempts: u32,
    pub transport_failure: Option<Box<str>>,
    pub bytes: ByteCounts,
    /// From the request for a connection until one was there.
    pub pool_ready: Option<Duration>,
    /// What the connection was given by the stream that it was opened for.
    pub filter_state: Option<Rc<FilterState>>,
}

impl UpstreamInfo {
    /// The name of the host that was chosen; empty without one.
    pub fn hostname(&self) -> &str {
        self.host.as_ref().map_or("", |host| &host.hostname)
    }
}

/// How often a route was looked for, and how long that took where somebody asks.
#[derive(Debug, Clone, Default)]
pub struct Resolutions {
    pub count: Cell<u32>,
    pub micros: Cell<u32>,
}

/// The points of a stream itself are the first of their list.
const POINTS: usize = TimePoint::DsRxHdrEnd as usize + 1;

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
    /// Of the route's virtual host.
    pub virtual_cluster: Option<VirtualClusterId>,
    /// It asked for the proxy's own health.
    pub health_check: bool,
    /// The request was counted when its head began.
    pub counted: bool,
    /// The request's head was accepted.
    pub has_request: bool,
    pub resolutions: Resolutions,
    /// It carries bytes, not a request.
    pub is_session: bool,
    /// There for a connection whose end, or whose way to an upstream, was not plain.
    pub session: Option<Box<SessionEnding>>,
    points: [Option<Instant>; POINTS],
    dynamic_metadata: Option<Box<DynamicMetadata>>,
    filter_state: Option<Box<FilterState>>,
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
            virtual_cluster: None,
            health_check: false,
            counted: false,
            has_request: false,
            resolutions: Resolutions::default(),
            is_session: false,
            session: None,
            points: [None; POINTS],
            dynamic_metadata: None,
            filter_state: None,
        }
    }

    /// Notes that the client's side ended early, as Envoy tells of it.
    pub fn note_client_reset(&mut self, reset: &StreamReset) {
        let (flag, details) = match (reset.reason, &reset.detail) {
            (ResetReason::RemoteReset, None) => return,
            (ResetReason::ProtocolError, Some(detail)) => {
                if self.protocol == Some(Protocol::Http2) {
                    self.connection.ended.set(Some(now()));
                }
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
                self.connection.ended.set(Some(now()));
                let details = Cow::Borrowed("downstream_remote_disconnect");
                (ResponseFlag::DownstreamConnectionTermination, details)
            }
        };
        self.flags.insert(flag);
        self.details = Some(details);
    }

    /// What filters have written at a path in a namespace; all of it for an empty path.
    pub fn dynamic_metadata(&self, namespace: &str, path: &[impl AsRef<str>]) -> Option<&Value> {
        self.dynamic_metadata.as_ref()?.get(namespace, path)
    }

    /// The same for a path that may lead into lists.
    pub fn dynamic_metadata_within(&self, namespace: &str, path: &[PathSegment]) -> Option<&Value> {
        self.dynamic_metadata.as_ref()?.get_within(namespace, path)
    }

    /// For filters to write to.
    pub fn dynamic_metadata_mut(&mut self) -> &mut DynamicMetadata {
        self.dynamic_metadata.get_or_insert_default()
    }

    /// An object that a filter has left for this stream, or for its connection.
    pub fn filter_state(&self, name: &str) -> Option<Rc<Object>> {
        let own = self.filter_state.as_ref().and_then(|state| state.get(name).cloned());
        own.or_else(|| self.connection.filter_state(name))
    }

    /// What a connection is given that is opened for this stream.
    pub fn shared_filter_state(&self) -> Option<Rc<FilterState>> {
        let connection = self.connection.filter_state.borrow();
        let mut given = FilterState::default();
        for state in [&self.filter_state, &*connection].into_iter().flatten() {
            state.share_with(&mut given);
        }
        (!given.is_empty()).then(|| Rc::new(given))
    }

    /// Keeps an object for the stream, or for its connection. One name has one life span.
    pub fn set_filter_state(
        &mut self,
        name: &str,
        object: Object,
        keeping: Keeping,
    ) -> Result<(), Conflict> {
        if keeping.life_span < LifeSpan::Connection {
            if self.connection.filter_state(name).is_some() {
                return Err(Conflict::LifeSpan);
            }
            return self.filter_state.get_or_insert_default().set(name, object, keeping);
        }
        if self.filter_state.as_ref().is_some_and(|state| state.get(name).is_some()) {
            return Err(Conflict::LifeSpan);
        }
        self.connection.set_filter_state(name, object, keeping)
    }

    /// Notes that a point was reached; the last time counts.
    pub fn mark(&mut self, point: TimePoint, at: Instant) {
        if let Some(reached) = self.points.get_mut(point as usize) {
            *reached = Some(at);
        }
    }

    /// When a point was reached.
    pub fn point(&self, point: TimePoint) -> Option<Instant> {
        self.points.get(point as usize).copied().flatten()
    }

    /// How a session of bytes ended.
    pub fn session_mut(&mut self) -> &mut SessionEnding {
        self.session.get_or_insert_default()
    }
}

#[cfg(test)]
mod tests {
    use voyant_ir::filter_state::Sharing;

    use super::*;

    fn stream(connection: &Rc<ConnectionInfo>) -> StreamInfo {
        StreamInfo::new(Rc::clone(connection), 0, now(), Duration::ZERO)
    }

    fn kept_for(life_span: LifeSpan) -> Keeping {
        Keeping { life_span, read_only: false, sharing: Sharing::None }
    }

    #[test]
    fn an_object_lives_as_long_as_it_is_to() {
        let end = PeerAddress::Pipe("".into());
        let connection = Rc::new(ConnectionInfo::new(0, end.clone(), end, "".into()));
        let mut first = stream(&connection);
        let object = |number| Object::Uint32(number);
        let (short, long) = (kept_for(LifeSpan::Request), kept_for(LifeSpan::Connection));
        assert_eq!(first.set_filter_state("stream", object(1), short), Ok(()));
        assert_eq!(first.set_filter_state("connection", object(2), long), Ok(()));
        assert_eq!(first.set_filter_state("stream", object(3), long), Err(Conflict::LifeSpan));
        assert_eq!(first.set_filter_state("connection", object(3), short), Err(Conflict::LifeSpan));
        let second = stream(&connection);
        let found = |info: &StreamInfo, name| info.filter_state(name).map(|found| (*found).clone());
        assert_eq!(found(&first, "stream"), Some(object(1)));
        assert_eq!(found(&first, "connection"), Some(object(2)));
        assert_eq!(found(&second, "stream"), None);
        assert_eq!(found(&second, "connection"), Some(object(2)));
    }
}
