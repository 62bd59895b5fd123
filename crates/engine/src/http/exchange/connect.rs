//! A stream to an upstream host, while the client is watched.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use voyant_ir::cluster::UpstreamProtocol;
use voyant_ir::route::RoutePriority;
use voyant_ir::upgrade::ConnectConfig;

use super::Exchange;
use super::deadlines::Expired;
use super::reply::LocalReply;
use super::sides::Upstream;
use super::stream::Stream;
use crate::codec::{Protocol, StreamReset, proxy_protocol};
use crate::http::stream_info::UpstreamInfo;
use crate::route::entry::Forward;
use crate::rt::clock::{Instant, now};
use crate::upstream::UpstreamCluster;
use crate::upstream::pool::tcp::connect_tcp;
use crate::upstream::pool::tcp_tunnel::TcpTunnel;
use crate::upstream::pool::{ConnectionFacts, HostPools, PoolContext, Refusal, h1, h2};
use crate::upstream::worker_host::WorkerHost;

/// Why an exchange with an upstream could not go on.
#[derive(Debug)]
pub enum Stop {
    /// No host can take the request.
    NoHost,
    /// The pool takes no more.
    Refused(StreamReset),
    Upstream(StreamReset),
    Downstream(StreamReset),
    Expired(Expired),
    /// A filter answers.
    Reply(Box<LocalReply>),
}

impl Stop {
    /// Known with the request's head, before its body was looked at.
    pub fn is_at_once(&self) -> bool {
        matches!(self, Self::NoHost | Self::Refused(_))
    }
}

/// A stream that a pool will have.
#[derive(Debug)]
pub enum Pending {
    H1(h1::Waiting),
    H2(h2::Waiting),
}

impl Pending {
    pub fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Result<Upstream, StreamReset>> {
        Poll::Ready(match self {
            Self::H1(waiting) => ready!(waiting.poll(cx)).map(Upstream::H1),
            Self::H2(waiting) => ready!(waiting.poll(cx)).map(Upstream::H2),
        })
    }
}

/// What a pool gives.
#[derive(Debug)]
pub enum Checkout {
    Ready(Upstream),
    Waiting(Pending),
}

/// Asks a host's pool for a stream.
pub fn check_out(
    cluster: &UpstreamCluster,
    host: &WorkerHost<HostPools>,
    priority: RoutePriority,
    http2_downstream: bool,
) -> Result<Checkout, Refusal> {
    let http2 = match cluster.config.http.protocol {
        UpstreamProtocol::Http1 => false,
        UpstreamProtocol::Http2 => true,
        UpstreamProtocol::UseDownstream => http2_downstream,
    };
    let context = || PoolContext::new(cluster, priority);
    let shared = || host.shared().clone();
    Ok(if http2 {
        let pool = host.local().h2(priority, || h2::Pool::new(context(), shared()));
        match pool.checkout()? {
            h2::Checkout::Ready(stream) => Checkout::Ready(Upstream::H2(stream)),
            h2::Checkout::Waiting(waiting) => Checkout::Waiting(Pending::H2(waiting)),
        }
    } else {
        let pool = host.local().h1(priority, || h1::Pool::new(context(), shared()));
        match pool.checkout()? {
            h1::Checkout::Ready(connection) => Checkout::Ready(Upstream::H1(connection)),
            h1::Checkout::Waiting(waiting) => Checkout::Waiting(Pending::H1(waiting)),
        }
    })
}

impl Exchange<'_> {
    /// A stream to a host, at once or when the pool has one. A host that gave none is known to
    /// the log all the same, unless the request may not even wait for it.
    pub(super) async fn connect(
        &mut self,
        cluster: &UpstreamCluster,
        host: &WorkerHost<HostPools>,
        forward: &Forward,
    ) -> Result<Upstream, Stop> {
        let method = self.stream.request.method();
        let ends_here = forward.upgrades.as_ref().and_then(|upgrades| upgrades.ends_here(method));
        let connected = match ends_here {
            Some(config) => self.open_tcp(cluster, host, config, forward.priority).await,
            None => self.stream_to(cluster, host, forward.priority).await,
        };
        if connected.is_err() && self.stream.info.upstream.host.is_some() {
            self.stream.note_host(host);
        }
        connected
    }

    async fn stream_to(
        &mut self,
        cluster: &UpstreamCluster,
        host: &WorkerHost<HostPools>,
        priority: RoutePriority,
    ) -> Result<Upstream, Stop> {
        let began = now();
        let http2_downstream = self.stream.protocol == Protocol::Http2;
        let checkout = check_out(cluster, host, priority, http2_downstream);
        let checkout = checkout.map_err(|refusal| self.stream.refused(refusal))?;
        self.stream.under_way();
        let upstream = match checkout {
            Checkout::Ready(upstream) => upstream,
            Checkout::Waiting(mut pending) => self.wait(|cx| pending.poll(cx)).await?,
        };
        self.stream.note_upstream(&upstream, began);
        Ok(upstream)
    }

    /// A connection of its own for a CONNECT that ends here.
    async fn open_tcp(
        &mut self,
        cluster: &UpstreamCluster,
        host: &WorkerHost<HostPools>,
        config: &ConnectConfig,
        priority: RoutePriority,
    ) -> Result<Upstream, Stop> {
        let began = now();
        let preamble = self.stream.tunnel_preamble(config);
        let mut connecting = pin!(open_tunnel(cluster, host, preamble, priority));
        self.stream.under_way();
        let upstream = self.wait(|cx| connecting.as_mut().poll(cx)).await?;
        self.stream.note_upstream(&upstream, began);
        Ok(upstream)
    }

    /// Waits for what `pending` polls, while the client is there and no timeout has passed.
    async fn wait<T>(
        &mut self,
        mut pending: impl FnMut(&mut Context<'_>) -> Poll<Result<T, StreamReset>>,
    ) -> Result<T, Stop> {
        let Self { stream, downstream, deadlines, timer, response, .. } = self;
        poll_fn(|cx| {
            if let Poll::Ready(answer) = pending(cx) {
                return Poll::Ready(answer.map_err(Stop::Upstream));
            }
            if let Poll::Ready(reset) = downstream.poll_reset(cx) {
                return Poll::Ready(Err(Stop::Downstream(reset)));
            }
            let log = |kind| stream.log_midway(kind, response);
            deadlines.poll_logging(timer, cx, log).map(|expired| Err(Stop::Expired(expired)))
        })
        .await
    }
}

/// A connection of its own, in the form of a stream.
pub(super) async fn open_tunnel(
    cluster: &UpstreamCluster,
    host: &WorkerHost<HostPools>,
    preamble: Vec<u8>,
    priority: RoutePriority,
) -> Result<Upstream, StreamReset> {
    let limit = cluster.config.per_connection_buffer_limit_bytes as usize;
    let connection = connect_tcp(cluster, host.shared(), priority).await?;
    Ok(Upstream::Tcp(Box::new(TcpTunnel::new(connection, preamble, limit))))
}

impl Stream<'_> {
    /// A host takes the request, though it may have no connection yet.
    #[inline]
    pub(super) fn under_way(&mut self) {
        if !self.shadows.is_empty() {
            self.start_copies(self.request_is_over());
        }
    }

    /// What such a connection begins with.
    pub(super) fn tunnel_preamble(&self, config: &ConnectConfig) -> Vec<u8> {
        let ends = &self.info.connection;
        config
            .proxy_protocol
            .map(|version| proxy_protocol::header(version, &ends.remote, &ends.local))
            .unwrap_or_default()
    }

    /// No pool takes the request; who may not even wait has no host.
    pub(super) fn refused(&mut self, refusal: Refusal) -> Stop {
        if refusal == Refusal::Pending {
            self.info.upstream.host = None;
            self.info.upstream.remote = None;
        }
        Stop::Refused(refusal.into())
    }

    /// Notes the connection that was asked for when it `began`.
    pub(super) fn note_upstream(&mut self, upstream: &Upstream, began: Instant) {
        let facts = upstream.facts();
        let protocol = match upstream {
            Upstream::H1(_) => Some(Protocol::Http11),
            Upstream::H2(_) => Some(Protocol::Http2),
            Upstream::Tcp(_) => None,
        };
        if protocol.is_some() {
            let given = facts.filter_state.get_or_init(|| self.info.shared_filter_state());
            self.info.upstream.filter_state.clone_from(given);
        }
        let info = &mut self.info.upstream;
        info.note_connection(facts);
        info.protocol = protocol;
        info.pool_ready = Some(now() - began);
    }
}

impl UpstreamInfo {
    pub fn note_connection(&mut self, facts: &ConnectionFacts) {
        self.remote = Some(facts.remote.clone());
        self.local = Some(facts.local.clone());
        self.connection_id = Some(facts.id);
    }
}

/// The cluster of a request, as this worker uses it.
pub type ClusterHandle = Rc<UpstreamCluster>;
