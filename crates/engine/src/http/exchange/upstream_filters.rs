//! A request on its way through the filters before its upstream, while a connection is made.
//!
//! As in Envoy the host is chosen and a stream asked for before the filters see the request. What
//! depends on the stream, such as the name of the host, comes before the filters only where the
//! pool has one at once.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::{Context, Poll};

use super::Exchange;
use super::connect::{Checkout, Pending, Stop, check_out, open_tunnel};
use super::deadlines::{Deadlines, Expired};
use super::filtered_relay::{Filters, Tier};
use super::filtered_upstream::UpstreamFlow;
use super::forward::Way;
use super::relay::{End, Observer};
use super::reply::LocalReply;
use super::sides::{Downstream, Upstream};
use super::stream::Stream;
use crate::codec::{Piece, Protocol, StreamReset};
use crate::http::filter_chain::Step;
use crate::rt::clock::now;
use crate::upstream::pool::HostPools;
use crate::upstream::worker_host::WorkerHost;

/// A stream that is there, or is to be.
pub(super) enum Connecting<'c> {
    Done(Upstream),
    Pool(Pending),
    Tunnel(Pin<Box<dyn Future<Output = Result<Upstream, StreamReset>> + 'c>>),
}

impl Connecting<'_> {
    /// Ready once, with the stream that has come to be.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Result<Upstream, StreamReset>> {
        match self {
            Self::Done(_) => Poll::Pending,
            Self::Pool(pending) => pending.poll(cx),
            Self::Tunnel(opening) => opening.as_mut().poll(cx),
        }
    }
}

/// What came while the request was at its filters, or had no stream yet.
enum Came {
    Connected(Result<Upstream, StreamReset>),
    Step(Step),
    /// A piece of the body for the filters, and whether it is the last.
    Piece(Piece, bool),
    /// A filter before the router answers.
    Reply(LocalReply),
    Gone(StreamReset),
    Expired(Expired),
}

impl Exchange<'_> {
    /// Asks for a stream to a host, and takes the request through the filters before it.
    pub(super) async fn connect_filtered(
        &mut self,
        way: &Way<'_>,
        host: &WorkerHost<HostPools>,
    ) -> Result<Upstream, Stop> {
        self.stream.note_host(host);
        self.stream
            .with_chain(Tier::Upstream, |chain, stream| chain.host_chosen(stream))
            .map_err(Stop::Reply)?;
        let began = now();
        let mut connecting = self.ask_for_stream(way, host)?;
        if let Connecting::Done(upstream) = &connecting {
            self.stream.note_upstream(upstream, began);
            self.connected(way, host);
        }
        let end = self.stream.request_is_over();
        let mut step =
            self.stream.with_chain(Tier::Upstream, |chain, stream| chain.request_head(stream, end));
        if !matches!(step, Step::Reply(_)) {
            self.stream.under_way();
        }
        loop {
            step = match (step, connecting) {
                (Step::Passed, Connecting::Done(upstream)) => return Ok(upstream),
                (Step::Reply(reply), given_up) => {
                    return Err(self.give_up(way, host, given_up, End::Reply(reply)));
                }
                (waiting, still) => {
                    connecting = still;
                    waiting
                }
            };
            let waits = matches!(step, Step::Waiting);
            match self.while_connecting(&mut connecting, waits, end).await {
                Came::Connected(Ok(upstream)) => {
                    self.stream.note_upstream(&upstream, began);
                    self.connected(way, host);
                    connecting = Connecting::Done(upstream);
                }
                Came::Connected(Err(reset)) => return Err(Stop::Upstream(reset)),
                Came::Step(next) => step = next,
                Came::Piece(piece, last) => {
                    if let Err(reply) = self.filter_piece(way, host, piece, last) {
                        step = Step::Reply(reply.into());
                    }
                }
                Came::Reply(reply) => step = Step::Reply(reply.into()),
                Came::Gone(reset) => {
                    return Err(self.give_up(way, host, connecting, End::Downstream(reset)));
                }
                Came::Expired(expired) => {
                    return Err(self.give_up(way, host, connecting, End::Expired(expired)));
                }
            }
        }
    }

    fn ask_for_stream<'c>(
        &mut self,
        way: &'c Way<'_>,
        host: &'c WorkerHost<HostPools>,
    ) -> Result<Connecting<'c>, Stop> {
        let (forward, stream) = (way.forward, &mut self.stream);
        let method = stream.request.method();
        let tunnel = forward.upgrades.as_ref().and_then(|upgrades| upgrades.ends_here(method));
        if let Some(config) = tunnel {
            let preamble = stream.tunnel_preamble(config);
            let opening = open_tunnel(&way.cluster, host, preamble, forward.priority);
            return Ok(Connecting::Tunnel(Box::pin(opening)));
        }
        let http2_downstream = stream.protocol == Protocol::Http2;
        match check_out(&way.cluster, host, forward.priority, http2_downstream) {
            Ok(Checkout::Ready(upstream)) => Ok(Connecting::Done(upstream)),
            Ok(Checkout::Waiting(pending)) => Ok(Connecting::Pool(pending)),
            Err(refusal) => Err(stream.refused(refusal)),
        }
    }

    /// Ends an attempt that no byte was sent of.
    fn give_up(
        &mut self,
        way: &Way<'_>,
        host: &WorkerHost<HostPools>,
        connecting: Connecting<'_>,
        end: End,
    ) -> Stop {
        if let Connecting::Done(mut upstream) = connecting {
            return match self.attempted(way, host, &mut upstream, end) {
                Err(stop) => stop,
                // None of the ends that come here lets an attempt pass.
                Ok(_) => Stop::NoHost,
            };
        }
        match end {
            End::Reply(reply) => Stop::Reply(reply),
            End::Downstream(reset) => Stop::Downstream(reset),
            End::Expired(expired) => Stop::Expired(expired),
            _ => Stop::NoHost,
        }
    }

    async fn while_connecting(
        &mut self,
        connecting: &mut Connecting<'_>,
        waits: bool,
        end: bool,
    ) -> Came {
        let Self { stream, downstream, deadlines, timer, response, .. } = self;
        poll_fn(|cx| {
            if let Poll::Ready(connected) = connecting.poll(cx) {
                return Poll::Ready(Came::Connected(connected));
            }
            if waits {
                let step = stream.with_chain(Tier::Upstream, |chain, stream| {
                    chain.poll_request(stream, cx, end)
                });
                if let Poll::Ready(step) = step {
                    return Poll::Ready(Came::Step(step));
                }
            }
            let _ = downstream.poll_flush(cx);
            let came = poll_client(stream, downstream, deadlines, waits, cx);
            if came.is_ready() {
                return came;
            }
            let log = |kind| stream.log_midway(kind, response);
            deadlines.poll_logging(timer, cx, log).map(Came::Expired)
        })
        .await
    }

    /// Gives a piece of the request's body, as the router has it, to the filters.
    fn filter_piece(
        &mut self,
        way: &Way<'_>,
        host: &WorkerHost<HostPools>,
        piece: Piece,
        last: bool,
    ) -> Result<(), LocalReply> {
        // As at the filters before the router an HTTP/1 client's end is told after all data.
        let told_later = matches!(piece, Piece::Data(_)) && self.stream.is_h1();
        let mut watch = way.watch(&mut self.stream, host);
        match &piece {
            Piece::Data(data) => watch.request_sent(data),
            Piece::Trailers(trailers) => watch.request_trailers(trailers),
            Piece::End => {}
        }
        if last && !told_later {
            watch.request_end(&mut self.deadlines);
        }
        watch.stream.push_request(Tier::Upstream, piece, last)?;
        if last && told_later {
            watch.request_end(&mut self.deadlines);
        }
        Ok(())
    }
}

/// What comes of the client: a piece of its body, where the filter that waits wants one.
fn poll_client(
    stream: &mut Stream<'_>,
    downstream: &mut Downstream<'_>,
    deadlines: &mut Deadlines,
    waits: bool,
    cx: &mut Context<'_>,
) -> Poll<Came> {
    let wanted = waits
        && stream.with_chain(Tier::Upstream, |chain, _| chain.wants_request_body())
        && !stream.request_is_over();
    if !wanted {
        return downstream.poll_reset(cx).map(Came::Gone);
    }
    loop {
        if stream.chain.is_some()
            && let Some((piece, last)) = stream.pop_request(Tier::Downstream)
        {
            return Poll::Ready(Came::Piece(piece, last));
        }
        if downstream.request_done() {
            return downstream.poll_reset(cx).map(Came::Gone);
        }
        let piece = match downstream.poll_body(cx) {
            Poll::Pending => return Poll::Pending,
            Poll::Ready(Err(reset)) => return Poll::Ready(Came::Gone(reset)),
            Poll::Ready(Ok(piece)) => piece,
        };
        deadlines.progress(now());
        let last = downstream.request_done();
        if let Piece::Data(data) = &piece {
            stream.info.bytes.body_received += data.len() as u64;
        }
        if stream.chain.is_none() {
            return Poll::Ready(Came::Piece(piece, last));
        }
        if let Err(reply) = stream.push_request(Tier::Downstream, piece, last) {
            return Poll::Ready(Came::Reply(reply));
        }
    }
}

impl Stream<'_> {
    /// How the relay finds the filters before the upstream.
    pub(super) fn upstream_flow(&self) -> UpstreamFlow {
        let chain = self.upstream_chain.as_ref();
        UpstreamFlow::new(chain.map(|chain| chain.has_request_pieces()))
    }

    /// Notes a host that has given no stream: the log knows it all the same.
    pub(super) fn note_host(&mut self, host: &WorkerHost<HostPools>) {
        self.info.upstream.remote = Some(host.shared().addresses().first.clone());
    }
}
