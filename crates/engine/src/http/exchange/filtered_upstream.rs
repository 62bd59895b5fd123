//! The relay where filters stand between the router and the upstream.
//!
//! To the rest of the relay such an upstream looks like any other: what the filters let go of comes
//! as its events, and what is sent to it goes through them first.

use std::task::{Context, Poll};

use bytes::Bytes;

use super::connect::Stop;
use super::filtered_relay::{Filters, Tier};
use super::relay::{End, Observer, Relay};
use super::reply::LocalReply;
use super::sides::Upstream;
use crate::codec::{Piece, ResponseEvent, StreamReset};
use crate::head::Head;
use crate::http::filter_chain::Step;

/// How far the messages of an attempt have come.
#[derive(Debug, Clone, Copy, Default)]
pub struct UpstreamFlow {
    /// There are filters.
    pub on: bool,
    /// They have let go of pieces of the request that are to be sent.
    pub has_request: bool,
    head_waits: bool,
    /// Nothing follows the head.
    head_only: bool,
    head_passed: bool,
    /// Nothing more comes from the upstream.
    ended: bool,
    /// Nor from the filters.
    done: bool,
}

/// What has come of a response.
pub(super) enum Arrived {
    /// The head, which no filter has seen.
    Head {
        end: bool,
    },
    Passed(ResponseEvent),
}

/// Why nothing more of a response comes.
pub(super) enum Cut {
    Upstream(StreamReset),
    Reply(Box<LocalReply>),
}

impl From<Cut> for End {
    fn from(cut: Cut) -> Self {
        match cut {
            Cut::Upstream(reset) => Self::Upstream(reset),
            Cut::Reply(reply) => Self::Reply(reply),
        }
    }
}

impl From<Cut> for Stop {
    fn from(cut: Cut) -> Self {
        match cut {
            Cut::Upstream(reset) => Self::Upstream(reset),
            Cut::Reply(reply) => Self::Reply(reply),
        }
    }
}

impl From<LocalReply> for Cut {
    fn from(reply: LocalReply) -> Self {
        Self::Reply(Box::new(reply))
    }
}

impl UpstreamFlow {
    /// `has_request`: whether there are pieces of the request to be sent, where there are filters.
    pub fn new(has_request: Option<bool>) -> Self {
        let on = has_request.is_some();
        Self { on, has_request: has_request.unwrap_or_default(), ..Self::default() }
    }

    /// All of the response has been given out.
    pub(super) fn is_done(self, upstream: &Upstream) -> bool {
        if self.on { self.done } else { upstream.response_done() }
    }

    /// What has come from the upstream, and past its filters; a head is the caller's to look at
    /// before it goes to [`Self::filter_head`].
    pub(super) fn poll(
        &mut self,
        filters: &mut dyn Filters,
        upstream: &mut Upstream,
        response: &mut Head,
        cx: &mut Context<'_>,
    ) -> Result<Poll<Arrived>, Cut> {
        loop {
            if self.head_waits {
                let end = self.head_only;
                let polled = filters.poll_response_head(Tier::Upstream, response, end, cx);
                if let Poll::Ready(step) = polled
                    && let Some(head) = self.passed(step, end)?
                {
                    return Ok(Poll::Ready(Arrived::Passed(head)));
                }
            } else if self.head_passed
                && let Some((piece, end)) = filters.pop_response(Tier::Upstream, cx)?
            {
                self.done = end;
                return Ok(Poll::Ready(Arrived::Passed(ResponseEvent::Body(piece))));
            }
            if self.ended || !filters.wants_response(Tier::Upstream) {
                return Ok(Poll::Pending);
            }
            let event = match upstream.poll_response(cx, response) {
                Poll::Ready(event) => event.map_err(Cut::Upstream)?,
                Poll::Pending => return Ok(Poll::Pending),
            };
            match event {
                ResponseEvent::Informational => return Ok(Poll::Ready(Arrived::Passed(event))),
                ResponseEvent::Head { end } => {
                    (self.ended, self.head_only) = (end, end);
                    return Ok(Poll::Ready(Arrived::Head { end }));
                }
                ResponseEvent::Body(piece) => {
                    let ends = !matches!(piece, Piece::Data(_)) || upstream.response_done();
                    self.ended = ends;
                    filters.push_response(Tier::Upstream, piece, ends)?;
                }
            }
        }
    }

    /// Gives the head that has come to the filters; they may keep it.
    pub(super) fn filter_head(
        &mut self,
        filters: &mut dyn Filters,
        response: &mut Head,
        end: bool,
    ) -> Result<Option<ResponseEvent>, Cut> {
        let step = filters.response_head(Tier::Upstream, response, end);
        self.passed(step, end)
    }

    fn passed(&mut self, step: Step, end: bool) -> Result<Option<ResponseEvent>, Cut> {
        self.head_waits = matches!(step, Step::Waiting);
        match step {
            Step::Passed => {
                self.head_passed = true;
                self.done = end;
                Ok(Some(ResponseEvent::Head { end }))
            }
            Step::Waiting => Ok(None),
            Step::Reply(reply) => Err(Cut::Reply(reply)),
        }
    }
}

impl<O: Observer> Relay<'_, '_, O> {
    /// What has come from the upstream, and past its filters.
    #[inline]
    pub(super) fn poll_upstream(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Result<Poll<ResponseEvent>, End> {
        if self.upstream_flow.on {
            return self.poll_filtered_upstream(cx);
        }
        self.poll_codec(cx)
    }

    /// All of the response has been given out.
    pub(super) fn upstream_done(&self) -> bool {
        self.upstream_flow.is_done(self.upstream)
    }

    #[inline]
    fn poll_codec(&mut self, cx: &mut Context<'_>) -> Result<Poll<ResponseEvent>, End> {
        match self.upstream.poll_response(cx, self.response) {
            Poll::Ready(Ok(event)) => Ok(Poll::Ready(event)),
            Poll::Ready(Err(reset)) => Err(End::Upstream(reset)),
            Poll::Pending => Ok(Poll::Pending),
        }
    }

    fn poll_filtered_upstream(&mut self, cx: &mut Context<'_>) -> Result<Poll<ResponseEvent>, End> {
        loop {
            let Some(filters) = self.observer.filters() else { return Ok(Poll::Pending) };
            let end = match self.upstream_flow.poll(filters, self.upstream, self.response, cx)? {
                Poll::Ready(Arrived::Head { end }) => end,
                Poll::Ready(Arrived::Passed(event)) => return Ok(Poll::Ready(event)),
                Poll::Pending => return Ok(Poll::Pending),
            };
            self.measure_head();
            self.observer.upstream_answered();
            let Some(filters) = self.observer.filters() else { return Ok(Poll::Pending) };
            if let Some(head) = self.upstream_flow.filter_head(filters, self.response, end)? {
                return Ok(Poll::Ready(head));
            }
        }
    }

    /// Sends a piece of the request, or gives it to the filters before the upstream.
    #[inline]
    pub(super) fn give_upstream(&mut self, piece: Piece, end: bool) -> Result<(), End> {
        if !self.upstream_flow.on {
            self.send_upstream(piece, end);
            return Ok(());
        }
        let Some(filters) = self.observer.filters() else { return Ok(()) };
        filters.push_request(Tier::Upstream, piece, end).map_err(Cut::from)?;
        self.upstream_flow.has_request = true;
        Ok(())
    }

    /// Sends the next piece of the request that the filters have let go of.
    pub(super) fn forward_filtered(&mut self) {
        let next = self.observer.filters().and_then(|f| f.pop_request(Tier::Upstream));
        match next {
            Some((piece, end)) => {
                if let Piece::Data(data) = &piece {
                    self.observer.upstream_sent(data.len());
                }
                self.send_upstream(piece, end);
            }
            None => self.upstream_flow.has_request = false,
        }
    }

    fn send_upstream(&mut self, piece: Piece, end: bool) {
        match piece {
            Piece::Data(data) => self.upstream.send_data(data, end),
            Piece::Trailers(trailers) => self.upstream.send_trailers(&trailers),
            Piece::End => self.upstream.send_data(Bytes::new(), true),
        }
    }
}
