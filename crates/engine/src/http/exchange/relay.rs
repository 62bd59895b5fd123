//! Moves a request to its upstream and the response back, both at once.
//!
//! Each poll moves what is there, in both directions, and writes once at its end: head and first
//! body bytes go in one write. A side that does not keep up is not read from its opposite, so
//! memory is bounded by the two buffer limits. Timeouts are looked at when nothing moves.

use std::task::{Context, Poll};

use super::deadlines::{Deadlines, Expired};
use super::filtered_relay::{Filtered, Filters, UpstreamProgress};
use super::filtered_upstream::UpstreamFlow;
use super::reply::LocalReply;
use super::sides::{Downstream, Upstream};
use super::upgrade::{Held, TunnelAnswer};
use crate::codec::{Piece, ResponseEvent, StreamReset};
use crate::head::Head;
use crate::http::stream_info::StreamInfo;
use crate::observe::format::AccessLogType;
use crate::rt::clock::now;
use crate::rt::timer::LazyTimer;

/// How often one poll may go round: a pair of peers that are always ready must not keep the
/// worker from its other streams. 64 rounds move up to 1 MiB each way.
const MAX_ROUNDS: u32 = 64;

/// How the relay ended.
#[derive(Debug)]
pub enum End {
    /// The response has been written as a whole.
    Complete,
    /// The response has come as a whole; the client has yet to take the rest of it.
    Unwritten,
    Upstream(StreamReset),
    Downstream(StreamReset),
    Expired(Expired),
    /// The response redirects, and that is followed here.
    Redirected,
    /// A filter answers in place of the upstream.
    Reply(Box<LocalReply>),
}

/// Bytes received and sent.
pub type WireBytes = (u64, u64);

/// Who is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    Downstream,
    Upstream,
}

/// What the exchange does at the events of a response.
pub trait Observer {
    /// The response's head has arrived; true when it is a redirect that is followed here.
    fn redirects(&mut self, head: &Head) -> bool;
    /// What the response means for a request that waits for it.
    fn tunnel_answer(&mut self, head: &mut Head, deadlines: &mut Deadlines) -> TunnelAnswer;
    /// The client of a tunnel that is not open yet has sent bytes that it may not.
    fn early_data(&mut self, bytes: usize) -> LocalReply;
    /// The response's head has arrived; filters get it as this leaves it.
    fn response_head(&mut self, head: &mut Head, end: bool, deadlines: &mut Deadlines);
    /// The response's head has passed the filters; it is sent as this leaves it.
    fn response_start(&mut self, head: &mut Head);
    /// A response's head has come to the filters of the upstream.
    fn upstream_answered(&mut self);
    /// The filters between the two sides, if there are any.
    fn filters(&mut self) -> Option<&mut dyn Filters>;
    /// Where the sizes of heads are noted, if anybody may ask for them.
    fn measured(&mut self) -> Option<&mut StreamInfo>;
    /// An interim response has arrived; true if it is to be sent.
    fn informational(&mut self, head: &Head) -> bool;
    /// Bytes of the response's body have arrived.
    fn response_body(&mut self, bytes: usize);
    /// Bytes of the response's body are sent.
    fn response_sent(&mut self, bytes: usize);
    fn response_trailers(&mut self, trailers: &mut Head);
    /// The response has ended.
    fn response_end(&mut self);
    /// Bytes of the request's body have arrived.
    fn request_body(&mut self, bytes: usize);
    /// Bytes of the request's body have left the filters of the upstream.
    fn upstream_sent(&mut self, bytes: usize);
    /// A piece of the request's body is sent.
    fn request_sent(&mut self, data: &bytes::Bytes);
    fn request_trailers(&mut self, trailers: &Head);
    /// One side is not read any more, or again, because of what the other has yet to take.
    fn flow(&mut self, side: Side, paused: bool);
    /// It is time for a line in logs, in the middle of the exchange; so many bytes were received
    /// from the client and sent to it, and the same of the upstream.
    fn goes_on(&mut self, kind: AccessLogType, response: &Head, bytes: (WireBytes, WireBytes));
    /// The request has ended.
    fn request_end(&mut self, deadlines: &mut Deadlines);
}

/// The state of one exchange with one upstream stream.
#[derive(Debug)]
pub struct Relay<'a, 'd, O> {
    pub downstream: &'a mut Downstream<'d>,
    pub upstream: &'a mut Upstream,
    pub observer: &'a mut O,
    pub deadlines: &'a mut Deadlines,
    pub timer: &'a mut LazyTimer,
    pub response: &'a mut Head,
    pub request_ended: bool,
    pub response_started: bool,
    pub response_ended: bool,
    pub paused: Paused,
    /// The request's body waits for an answer; until then it is taken for ended.
    pub held: Held,
    pub filtered: Filtered,
    pub upstream_progress: UpstreamProgress,
    /// Of the filters between the router and the upstream.
    pub upstream_flow: UpstreamFlow,
}

/// Sides that are not read.
#[derive(Debug, Clone, Copy, Default)]
pub struct Paused {
    downstream: bool,
    upstream: bool,
}

/// One direction's answer to a poll.
pub(super) enum Moved {
    Something,
    Nothing,
}

impl<O: Observer> Relay<'_, '_, O> {
    /// Ready when the exchange is over, for better or worse.
    pub fn poll(&mut self, cx: &mut Context<'_>) -> Poll<End> {
        let mut moved = false;
        for _ in 0..MAX_ROUNDS {
            match self.round(cx) {
                Ok(Moved::Something) => moved = true,
                Ok(Moved::Nothing) => return self.settle(cx, moved),
                Err(end) => return self.fail(cx, end),
            }
        }
        cx.waker().wake_by_ref();
        self.settle(cx, moved)
    }

    fn round(&mut self, cx: &mut Context<'_>) -> Result<Moved, End> {
        let response = self.move_response(cx)?;
        let request = self.move_request(cx)?;
        Ok(match (response, request) {
            (Moved::Nothing, Moved::Nothing) => Moved::Nothing,
            _ => Moved::Something,
        })
    }

    fn move_response(&mut self, cx: &mut Context<'_>) -> Result<Moved, End> {
        if self.response_ended {
            return Ok(Moved::Nothing);
        }
        let ready = self.downstream.poll_ready(cx);
        if ready.is_pending() != self.paused.upstream {
            self.paused.upstream = ready.is_pending();
            self.observer.flow(Side::Upstream, ready.is_pending());
        }
        match ready {
            Poll::Ready(Ok(())) => {}
            Poll::Ready(Err(reset)) => return Err(End::Downstream(reset)),
            Poll::Pending => return Ok(Moved::Nothing),
        }
        if self.filtered.response {
            return self.move_filtered_response(cx);
        }
        match self.poll_upstream(cx)? {
            Poll::Ready(event) => self.take(event)?,
            Poll::Pending => return Ok(Moved::Nothing),
        }
        Ok(Moved::Something)
    }

    fn take(&mut self, event: ResponseEvent) -> Result<(), End> {
        match event {
            ResponseEvent::Informational => self.pass_informational(),
            ResponseEvent::Head { end } => {
                self.follow_redirect(end)?;
                let end = self.receive_head(end);
                self.send_head(end);
            }
            ResponseEvent::Body(Piece::Data(data)) => {
                self.observer.response_body(data.len());
                self.observer.response_sent(data.len());
                self.response_ended = self.upstream_done();
                self.downstream.send_data(data, self.response_ended);
            }
            ResponseEvent::Body(Piece::Trailers(trailers)) => self.send_trailers(trailers),
            ResponseEvent::Body(Piece::End) => {
                self.downstream.send_data(bytes::Bytes::new(), true);
                self.response_ended = true;
            }
        }
        if self.response_ended {
            self.observer.response_end();
        }
        Ok(())
    }

    /// Ends with a response that redirects where that is followed here.
    pub(super) fn follow_redirect(&mut self, end: bool) -> Result<(), End> {
        if !self.observer.redirects(self.response) {
            return Ok(());
        }
        if !self.upstream_flow.on {
            self.measure_head();
        }
        self.response_ended = end;
        Err(End::Redirected)
    }

    pub(super) fn pass_informational(&mut self) {
        if self.observer.informational(self.response) {
            self.downstream.send_informational(self.response);
        }
    }

    /// Answers whether nothing follows the head.
    pub(super) fn receive_head(&mut self, end: bool) -> bool {
        if !self.upstream_flow.on {
            self.measure_head();
        }
        if self.held != Held::No && self.answer_held() == TunnelAnswer::Failed {
            return true;
        }
        self.observer.response_head(self.response, end, self.deadlines);
        end
    }

    /// Tells the size of the head that has just come.
    pub(super) fn measure_head(&mut self) {
        if let Some(info) = self.observer.measured() {
            self.upstream.measure_response(self.response, &mut info.upstream.bytes);
            info.bytes.wire_received = self.downstream.exchange_bytes().0;
        }
    }

    fn answer_held(&mut self) -> TunnelAnswer {
        let answer = self.observer.tunnel_answer(self.response, self.deadlines);
        if answer == TunnelAnswer::Opened {
            self.held = Held::No;
            self.request_ended = false;
        }
        answer
    }

    /// Watches a client that is not read.
    fn poll_client(&mut self, cx: &mut Context<'_>) -> Poll<End> {
        if self.held != Held::Refuses {
            return self.downstream.poll_reset(cx).map(End::Downstream);
        }
        match self.downstream.poll_body(cx) {
            Poll::Ready(Ok(Piece::Data(data))) => {
                Poll::Ready(End::Reply(Box::new(self.observer.early_data(data.len()))))
            }
            Poll::Ready(Err(reset)) => Poll::Ready(End::Downstream(reset)),
            Poll::Ready(Ok(Piece::Trailers(_) | Piece::End)) | Poll::Pending => Poll::Pending,
        }
    }

    pub(super) fn send_head(&mut self, end: bool) {
        self.response_started = true;
        self.observer.response_start(self.response);
        self.downstream.send_head(self.response, end);
        if let Some(info) = self.observer.measured() {
            self.downstream.measure_response(&mut info.bytes);
        }
        self.response_ended = end;
    }

    pub(super) fn send_trailers(&mut self, mut trailers: Box<Head>) {
        self.observer.response_trailers(&mut trailers);
        self.downstream.send_trailers(&trailers);
        self.response_ended = true;
    }

    fn move_request(&mut self, cx: &mut Context<'_>) -> Result<Moved, End> {
        if self.request_ended && !self.upstream_flow.has_request || self.response_ended {
            return Ok(Moved::Nothing);
        }
        let ready = self.upstream.poll_ready(cx);
        if ready.is_pending() != self.paused.downstream {
            self.paused.downstream = ready.is_pending();
            self.observer.flow(Side::Downstream, ready.is_pending());
        }
        match ready {
            Poll::Ready(Ok(())) => {}
            Poll::Ready(Err(reset)) => return Err(End::Upstream(reset)),
            Poll::Pending => return Ok(Moved::Nothing),
        }
        if self.upstream_flow.has_request {
            self.forward_filtered();
            return Ok(Moved::Something);
        }
        if self.filtered.request {
            return self.move_filtered_request(cx);
        }
        match self.downstream.poll_body(cx) {
            Poll::Pending => return Ok(Moved::Nothing),
            Poll::Ready(Err(reset)) => return Err(End::Downstream(reset)),
            Poll::Ready(Ok(Piece::Data(data))) => {
                self.observer.request_body(data.len());
                self.observer.request_sent(&data);
                self.request_ended = self.downstream.request_done();
                self.give_upstream(Piece::Data(data), self.request_ended)?;
            }
            Poll::Ready(Ok(Piece::Trailers(trailers))) => {
                self.observer.request_trailers(&trailers);
                self.give_upstream(Piece::Trailers(trailers), true)?;
                self.request_ended = true;
            }
            Poll::Ready(Ok(Piece::End)) => {
                self.give_upstream(Piece::End, true)?;
                self.request_ended = true;
            }
        }
        if self.request_ended {
            self.observer.request_end(self.deadlines);
        }
        Ok(Moved::Something)
    }

    /// Nothing more moves now: write, and see who is late or gone.
    fn settle(&mut self, cx: &mut Context<'_>, moved: bool) -> Poll<End> {
        if let Err(end) = self.flush_upstream(cx) {
            return self.fail(cx, end);
        }
        match self.downstream.poll_flush(cx) {
            Poll::Ready(Ok(())) if self.response_ended => return Poll::Ready(End::Complete),
            Poll::Pending if self.response_ended => return Poll::Ready(End::Unwritten),
            Poll::Ready(Ok(())) | Poll::Pending => {}
            Poll::Ready(Err(reset)) => return Poll::Ready(End::Downstream(reset)),
        }
        if moved {
            self.deadlines.progress(now());
        }
        if self.request_ended
            && let Poll::Ready(end) = self.poll_client(cx)
        {
            return Poll::Ready(end);
        }
        let log = |kind| {
            let bytes = (self.downstream.exchange_bytes(), self.upstream.exchange_bytes());
            self.observer.goes_on(kind, self.response, bytes);
        };
        self.deadlines.poll_logging(self.timer, cx, log).map(End::Expired)
    }

    fn flush_upstream(&mut self, cx: &mut Context<'_>) -> Result<(), End> {
        if self.response_ended {
            return Ok(());
        }
        match self.upstream.poll_flush(cx) {
            Poll::Ready(Err(reset)) => Err(End::Upstream(reset)),
            Poll::Ready(Ok(())) | Poll::Pending => Ok(()),
        }
    }

    /// A side has failed; what the other has coming so far is still written if it can be.
    fn fail(&mut self, cx: &mut Context<'_>, end: End) -> Poll<End> {
        if self.response_started {
            match end {
                End::Upstream(_) => drop(self.downstream.poll_flush(cx)),
                End::Downstream(_) => drop(self.upstream.poll_flush(cx)),
                _ => {}
            }
        }
        Poll::Ready(end)
    }
}
