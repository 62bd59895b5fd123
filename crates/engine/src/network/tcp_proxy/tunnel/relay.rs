//! The bytes of a tunnel: those of the client are the request's body, the response's are its.

use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use bytes::BytesMut;

use super::super::TcpProxy;
use super::super::deadlines::{Deadlines, Due};
use super::super::session::Pauses;
use super::{Place, give_up};
use crate::codec::h1::wire::Wire;
use crate::codec::{Piece, ResetReason, ResponseEvent, StreamReset};
use crate::failure::flags::ResponseFlag;
use crate::head::Head;
use crate::http::connection_ending::Ending;
use crate::http::exchange::charging::count_reset;
use crate::http::exchange::sides::Upstream;
use crate::http::stream_info::StreamInfo;
use crate::observe::format::AccessLogType;
use crate::observe::stats::traffic::{ByteMeter, Traffic};
use crate::rt::stream::Stream;
use crate::upstream::UpstreamCluster;

/// One poll moves at most so many pieces a direction, so that a fast pair of peers does not keep
/// the worker from others.
const MAX_ROUNDS: u32 = 64;

/// How a tunnel ends.
enum End {
    /// Both sides have said all they had.
    Done,
    Upstream(StreamReset),
    Downstream,
    Due(Due),
    /// Its listener drains.
    Drained,
}

/// The two sides of an open tunnel.
pub(super) struct Relay {
    client: Wire,
    upstream: Upstream,
    limit: usize,
    /// The client has sent its last byte, and the upstream was told.
    up_ended: bool,
    /// The response is whole.
    down_ended: bool,
    /// The client was told.
    shut: bool,
    to_upstream: u64,
    from_upstream: u64,
    client_paused: bool,
    upstream_paused: bool,
    pauses: [Pauses; 2],
    trailers: Option<Box<Head>>,
}

impl Relay {
    pub(super) fn new(
        stream: Stream,
        upstream: Upstream,
        traffic: &Rc<Traffic>,
        limit: usize,
    ) -> Self {
        let meter = ByteMeter::new(Rc::clone(traffic));
        Self {
            client: Wire::new(stream, BytesMut::new(), meter),
            upstream,
            limit,
            up_ended: false,
            down_ended: false,
            shut: false,
            to_upstream: 0,
            from_upstream: 0,
            client_paused: false,
            upstream_paused: false,
            pauses: [Pauses::default(); 2],
            trailers: None,
        }
    }

    /// Moves what there is; tells whether anything moved, and the end when it has come.
    fn poll(&mut self, cx: &mut Context<'_>) -> (bool, Option<End>) {
        let before = self.progress();
        let end = self.poll_both(cx).err();
        (before != self.progress(), end)
    }

    fn poll_both(&mut self, cx: &mut Context<'_>) -> Result<(), End> {
        self.move_up(cx)?;
        self.move_down(cx)?;
        let upstream = self.upstream.poll_flush(cx);
        let client = self.client.poll_flush(cx);
        if let Poll::Ready(Err(reset)) = upstream {
            return Err(End::Upstream(reset));
        }
        match client {
            Poll::Pending => return Ok(()),
            Poll::Ready(Err(_)) => return Err(End::Downstream),
            Poll::Ready(Ok(())) => {}
        }
        if self.down_ended && !self.shut {
            self.shut = self.client.poll_shutdown(cx).is_ready();
        }
        // HTTP/1 knows no half-closed tunnel: its connection goes with the client's last byte.
        let heard = self.shut || !self.is_http2();
        let done = self.up_ended && heard && upstream.is_ready();
        if done { Err(End::Done) } else { Ok(()) }
    }

    fn is_http2(&self) -> bool {
        matches!(self.upstream, Upstream::H2(_))
    }

    fn move_up(&mut self, cx: &mut Context<'_>) -> Result<(), End> {
        for _ in 0..MAX_ROUNDS {
            if self.up_ended {
                return Ok(());
            }
            let ready = self.upstream.poll_ready(cx);
            note_pause(&mut self.client_paused, ready.is_pending(), &mut self.pauses[0]);
            match ready {
                Poll::Ready(ready) => ready.map_err(End::Upstream)?,
                Poll::Pending => return Ok(()),
            }
            match self.client.poll_fill(cx) {
                Poll::Pending => return Ok(()),
                Poll::Ready(Err(_)) => return Err(End::Downstream),
                Poll::Ready(Ok(count)) => {
                    self.to_upstream += count as u64;
                    self.up_ended = self.client.input_ended;
                    let data = self.client.input.split().freeze();
                    self.upstream.send_data(data, self.up_ended);
                }
            }
        }
        cx.waker().wake_by_ref();
        Ok(())
    }

    fn move_down(&mut self, cx: &mut Context<'_>) -> Result<(), End> {
        let mut head = Head::new();
        for _ in 0..MAX_ROUNDS {
            if self.down_ended {
                return Ok(());
            }
            let full = self.client.queued() > self.limit
                && self.client.poll_flush(cx).is_pending()
                && self.client.queued() > self.limit;
            note_pause(&mut self.upstream_paused, full, &mut self.pauses[1]);
            if full {
                return Ok(());
            }
            match self.upstream.poll_response(cx, &mut head) {
                Poll::Pending => return Ok(()),
                Poll::Ready(Err(reset)) => return Err(End::Upstream(reset)),
                Poll::Ready(Ok(ResponseEvent::Body(piece))) => self.take(piece),
                // There is one head.
                Poll::Ready(Ok(ResponseEvent::Head { .. } | ResponseEvent::Informational)) => {}
            }
        }
        cx.waker().wake_by_ref();
        Ok(())
    }

    fn take(&mut self, piece: Piece) {
        match piece {
            Piece::Data(data) => {
                self.from_upstream += data.len() as u64;
                self.client.push(data);
                self.down_ended = self.upstream.response_done();
            }
            Piece::Trailers(trailers) => {
                self.trailers = Some(trailers);
                self.down_ended = true;
            }
            Piece::End => self.down_ended = true,
        }
    }

    fn progress(&self) -> (u64, u64, u64, bool, bool) {
        (self.to_upstream, self.from_upstream, self.client.sent, self.up_ended, self.down_ended)
    }

    fn note_bytes(&self, info: &mut StreamInfo) {
        let (received, sent) = self.upstream.exchange_bytes();
        let (to_upstream, from_upstream) = (self.to_upstream, self.from_upstream);
        info.bytes.body_received = to_upstream;
        info.bytes.body_sent = from_upstream;
        info.bytes.wire_received = to_upstream;
        info.bytes.wire_sent = from_upstream;
        // As with Envoy, what is tunneled counts by itself and as part of the messages.
        info.upstream.bytes.wire_sent = sent + to_upstream;
        info.upstream.bytes.wire_received = received + from_upstream;
        info.upstream.bytes.body_sent = to_upstream;
        info.upstream.bytes.body_received = from_upstream;
    }
}

fn note_pause(paused: &mut bool, now: bool, pauses: &mut Pauses) {
    if *paused != now {
        *paused = now;
        let count = if now { &mut pauses.paused } else { &mut pauses.resumed };
        *count += 1;
    }
}

impl TcpProxy {
    /// Carries the bytes to the end.
    pub(super) async fn relay(
        &self,
        mut relay: Relay,
        place: &Place<'_>,
        info: &mut StreamInfo,
        deadlines: &mut Deadlines,
    ) {
        let end = poll_fn(|cx| {
            let (moved, end) = relay.poll(cx);
            self.count_pauses(place.cluster, std::mem::take(&mut relay.pauses));
            if moved {
                deadlines.moved();
            }
            if let Some(end) = end {
                return Poll::Ready(end);
            }
            if moved && self.drains() {
                return Poll::Ready(End::Drained);
            }
            loop {
                match ready!(deadlines.poll(cx)) {
                    Due::Line => {
                        relay.note_bytes(info);
                        self.log(info, AccessLogType::TcpPeriodic);
                    }
                    due => return Poll::Ready(End::Due(due)),
                }
            }
        })
        .await;
        if matches!(end, End::Downstream) {
            let reset = relay.client.stream().is_reset();
            info.session_mut().downstream = Ending::by_peer(reset);
            relay.pass_last_bytes().await;
        }
        relay.note_bytes(info);
        let Relay { mut client, mut upstream, trailers, .. } = relay;
        if let Some(trailers) = trailers {
            place.tunneling.save_trailers(&trailers, info);
        }
        let client_stays = self.end_tunnel(end, &mut upstream, place.cluster, info);
        // Whoever may be waiting for it has it at once.
        drop(upstream);
        if client_stays {
            write_last_bytes(&mut client, deadlines).await;
        }
    }

    /// What the end of a tunnel comes to; whether its client gets what there is for it.
    fn end_tunnel(
        &self,
        end: End,
        upstream: &mut Upstream,
        cluster: &UpstreamCluster,
        info: &mut StreamInfo,
    ) -> bool {
        let http2 = matches!(upstream, Upstream::H2(_));
        match end {
            End::Done if http2 => {}
            // The connection was a tunnel and serves no other request.
            End::Done => upstream.reset(ResetReason::LocalReset),
            End::Upstream(reset) => {
                count_reset(cluster, http2, reset.reason);
                if reset.reason.is_by_remote() {
                    info.flags.insert(ResponseFlag::UpstreamRemoteReset);
                }
            }
            End::Drained => {
                self.stats.downstream_cx_drain_close.inc();
                give_up(cluster, upstream);
            }
            End::Downstream => {
                give_up(cluster, upstream);
                return false;
            }
            End::Due(due) => {
                self.ends(due, info);
                give_up(cluster, upstream);
                return false;
            }
        }
        true
    }
}

impl Relay {
    /// What came of a client that is gone goes on its way, as far as that can be had at once.
    async fn pass_last_bytes(&mut self) {
        poll_fn(|cx| Poll::Ready(self.upstream.poll_flush(cx).is_ready())).await;
        if self.is_http2() {
            tokio::task::yield_now().await;
        }
    }
}

/// Writes what a client has yet to take, for as long as a session may be idle.
async fn write_last_bytes(client: &mut Wire, deadlines: &mut Deadlines) {
    poll_fn(|cx| {
        let before = client.sent;
        let written = client.poll_flush(cx).map(drop);
        if before != client.sent {
            deadlines.moved();
        }
        if written.is_ready() {
            return Poll::Ready(());
        }
        while ready!(deadlines.poll(cx)) == Due::Line {}
        Poll::Ready(())
    })
    .await;
}
