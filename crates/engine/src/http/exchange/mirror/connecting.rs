//! A copy on its way through the filters before its upstream, if there are any, while a connection
//! is made.

use std::future::poll_fn;
use std::task::{Context, Poll};

use voyant_ir::route::RoutePriority;

use super::copy::Copy;
use crate::codec::{Protocol, StreamReset};
use crate::http::exchange::connect::{Checkout, Stop, check_out};
use crate::http::exchange::filtered_relay::{Filters, Tier};
use crate::http::exchange::sides::Upstream;
use crate::http::exchange::upstream_filters::Connecting;
use crate::http::filter_chain::Step;
use crate::rt::clock::{Instant, now};
use crate::upstream::pool::HostPools;
use crate::upstream::worker_host::WorkerHost;

/// What came while the copy was at its filters, or had no stream yet.
enum Came {
    Connected(Result<Upstream, StreamReset>),
    Step(Step),
    Stopped(Stop),
}

impl Copy<'_> {
    /// Asks for a stream to a host, and takes the head through the filters before it.
    pub(super) async fn connect(&mut self, host: &WorkerHost<HostPools>) -> Result<Upstream, Stop> {
        let end = self.taken;
        let filtered = self.stream.upstream_chain.is_some();
        if filtered {
            self.stream.note_host(host);
            self.stream
                .with_chain(Tier::Upstream, |chain, stream| chain.host_chosen(stream))
                .map_err(Stop::Reply)?;
        }
        let began = now();
        let http2 = self.stream.protocol == Protocol::Http2;
        let mut connecting = match check_out(&self.cluster, host, RoutePriority::Default, http2) {
            Ok(Checkout::Ready(upstream)) => {
                self.connected(&upstream, began);
                Connecting::Done(upstream)
            }
            Ok(Checkout::Waiting(pending)) => Connecting::Pool(pending),
            Err(refusal) => return Err(self.stream.refused(refusal)),
        };
        let mut step = if filtered {
            self.stream.with_chain(Tier::Upstream, |chain, stream| chain.request_head(stream, end))
        } else {
            Step::Passed
        };
        if !matches!(step, Step::Reply(_)) && !self.stream.shadows.is_empty() {
            self.stream.start_copies(end);
        }
        loop {
            step = match (step, connecting) {
                (Step::Passed, Connecting::Done(upstream)) => return Ok(upstream),
                (Step::Reply(reply), given_up) => {
                    return Err(self.give_up(given_up, Stop::Reply(reply)));
                }
                (waiting, still) => {
                    connecting = still;
                    waiting
                }
            };
            let waits = matches!(step, Step::Waiting);
            match poll_fn(|cx| self.while_connecting(&mut connecting, waits, end, cx)).await {
                Came::Connected(Ok(upstream)) => {
                    self.connected(&upstream, began);
                    connecting = Connecting::Done(upstream);
                }
                Came::Connected(Err(reset)) => {
                    self.stream.note_host(host);
                    return Err(Stop::Upstream(reset));
                }
                Came::Step(next) => step = next,
                Came::Stopped(stop) => return Err(self.give_up(connecting, stop)),
            }
        }
    }

    fn connected(&mut self, upstream: &Upstream, began: Instant) {
        self.stream.note_upstream(upstream, began);
        self.stream.log_connected((0, 0));
    }

    /// Ends an attempt that no byte was sent of.
    fn give_up(&mut self, connecting: Connecting<'_>, stop: Stop) -> Stop {
        if let Connecting::Done(mut upstream) = connecting {
            self.leave(&mut upstream);
        }
        stop
    }

    fn while_connecting(
        &mut self,
        connecting: &mut Connecting<'_>,
        waits: bool,
        end: bool,
        cx: &mut Context<'_>,
    ) -> Poll<Came> {
        if let Poll::Ready(connected) = connecting.poll(cx) {
            return Poll::Ready(Came::Connected(connected));
        }
        if waits && let Poll::Ready(step) = self.poll_filters(end, cx) {
            return Poll::Ready(Came::Step(step));
        }
        self.poll_end(cx).map(Came::Stopped)
    }

    /// Gives the filter that waits what it wants of the body.
    fn poll_filters(&mut self, end: bool, cx: &mut Context<'_>) -> Poll<Step> {
        loop {
            let stream = &mut self.stream;
            let step = stream
                .with_chain(Tier::Upstream, |chain, stream| chain.poll_request(stream, cx, end));
            if step.is_ready() {
                return step;
            }
            if !stream.with_chain(Tier::Upstream, |chain, _| chain.wants_request_body()) {
                return Poll::Pending;
            }
            let Some((piece, last)) = self.next_piece() else { return Poll::Pending };
            if let Err(reply) = self.stream.push_request(Tier::Upstream, piece, last) {
                return Poll::Ready(Step::Reply(reply.into()));
            }
        }
    }
}
