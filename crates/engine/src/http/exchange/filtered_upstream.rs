//! The relay where filters stand between the router and the upstream.
//!
//! To the rest of the relay such an upstream looks like any other: what the filters let go of comes
//! as its events, and what is sent to it goes through them first.

use std::task::{Context, Poll};

use bytes::Bytes;

use super::filtered_relay::{Tier, reply};
use super::relay::{End, Observer, Relay};
use crate::codec::{Piece, ResponseEvent};
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

impl UpstreamFlow {
    /// `has_request`: whether there are pieces of the request to be sent, where there are filters.
    pub fn new(has_request: Option<bool>) -> Self {
        let on = has_request.is_some();
        Self { on, has_request: has_request.unwrap_or_default(), ..Self::default() }
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
        if self.upstream_flow.on { self.upstream_flow.done } else { self.upstream.response_done() }
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
            let flow = &mut self.upstream_flow;
            if flow.head_waits {
                let end = flow.head_only;
                let polled = filters.poll_response_head(Tier::Upstream, self.response, end, cx);
                if let Poll::Ready(step) = polled {
                    flow.head_waits = false;
                    if let Some(head) = self.passed(step, end)? {
                        return Ok(Poll::Ready(head));
                    }
                }
            } else if flow.head_passed
                && let Some((piece, end)) =
                    filters.pop_response(Tier::Upstream, cx).map_err(reply)?
            {
                flow.done = end;
                return Ok(Poll::Ready(ResponseEvent::Body(piece)));
            }
            let wanted = self.observer.filters().is_none_or(|f| f.wants_response(Tier::Upstream));
            if self.upstream_flow.ended || !wanted {
                return Ok(Poll::Pending);
            }
            let Poll::Ready(event) = self.poll_codec(cx)? else { return Ok(Poll::Pending) };
            match event {
                ResponseEvent::Informational => return Ok(Poll::Ready(event)),
                ResponseEvent::Head { end } => {
                    if let Some(head) = self.filter_head(end)? {
                        return Ok(Poll::Ready(head));
                    }
                }
                ResponseEvent::Body(piece) => self.filter_piece(piece)?,
            }
        }
    }

    fn filter_head(&mut self, end: bool) -> Result<Option<ResponseEvent>, End> {
        self.measure_head();
        self.upstream_flow.ended = end;
        self.upstream_flow.head_only = end;
        self.observer.upstream_answered();
        let Some(filters) = self.observer.filters() else { return Ok(None) };
        let step = filters.response_head(Tier::Upstream, self.response, end);
        self.passed(step, end)
    }

    fn filter_piece(&mut self, piece: Piece) -> Result<(), End> {
        let ends = !matches!(piece, Piece::Data(_)) || self.upstream.response_done();
        self.upstream_flow.ended = ends;
        let Some(filters) = self.observer.filters() else { return Ok(()) };
        filters.push_response(Tier::Upstream, piece, ends).map_err(reply)
    }

    fn passed(&mut self, step: Step, end: bool) -> Result<Option<ResponseEvent>, End> {
        match step {
            Step::Passed => {
                self.upstream_flow.head_passed = true;
                self.upstream_flow.done = end;
                Ok(Some(ResponseEvent::Head { end }))
            }
            Step::Waiting => {
                self.upstream_flow.head_waits = true;
                Ok(None)
            }
            Step::Reply(reply) => Err(End::Reply(reply)),
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
        filters.push_request(Tier::Upstream, piece, end).map_err(reply)?;
        self.upstream_flow.has_request = true;
        Ok(())
    }

    /// Sends the next piece of the request that the filters have let go of.
    pub(super) fn forward_filtered(&mut self) {
        let next = self.observer.filters().and_then(|f| f.pop_request(Tier::Upstream));
        match next {
            Some((piece, end)) => self.send_upstream(piece, end),
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
