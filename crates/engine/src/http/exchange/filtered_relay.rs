//! The relay where filters stand between its two sides.

use std::task::{Context, Poll};

use bytes::Bytes;

use super::relay::{End, Moved, Observer, Relay};
use super::reply::LocalReply;
use super::stream::Stream;
use crate::codec::{Piece, Protocol, ResponseEvent};
use crate::head::Head;
use crate::http::filter_chain::Step;

/// How far the response has come from the upstream, which is not how far it has come to the client.
#[derive(Debug, Clone, Copy, Default)]
pub struct UpstreamProgress {
    /// The head is at a filter that waits.
    head_waits: bool,
    /// Nothing follows the head.
    head_only: bool,
    /// Nothing more comes.
    ended: bool,
}

/// Where filters stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tier {
    /// Between the client and the router.
    Downstream,
    /// Between the router and an upstream.
    Upstream,
}

/// Which bodies go through filters between the client and the router.
#[derive(Debug, Clone, Copy)]
pub struct Filtered {
    pub request: bool,
    /// Also the head, until it has passed them.
    pub response: bool,
}

/// The filters of a stream, as its relay sees them.
pub trait Filters {
    fn response_head(&mut self, tier: Tier, head: &mut Head, end: bool) -> Step;
    fn poll_response_head(
        &mut self,
        tier: Tier,
        head: &mut Head,
        end: bool,
        task: &mut Context<'_>,
    ) -> Poll<Step>;
    /// `ends`: nothing follows this piece; the end is added to one of data.
    fn push_response(&mut self, tier: Tier, piece: Piece, ends: bool) -> Result<(), LocalReply>;
    fn pop_response(
        &mut self,
        tier: Tier,
        task: &mut Context<'_>,
    ) -> Result<Option<(Piece, bool)>, LocalReply>;
    fn wants_response(&mut self, tier: Tier) -> bool;
    /// Whether a response whose head has passed them goes on without them.
    fn lets_response_by(&mut self, tier: Tier) -> bool;
    /// The same for a request.
    fn push_request(&mut self, tier: Tier, piece: Piece, ends: bool) -> Result<(), LocalReply>;
    fn pop_request(&mut self, tier: Tier) -> Option<(Piece, bool)>;
}

impl Filters for Stream<'_> {
    fn response_head(&mut self, tier: Tier, head: &mut Head, end: bool) -> Step {
        self.with_chain(tier, |chain, stream| chain.response_head(stream, head, end))
    }

    fn poll_response_head(
        &mut self,
        tier: Tier,
        head: &mut Head,
        end: bool,
        task: &mut Context<'_>,
    ) -> Poll<Step> {
        self.with_chain(tier, |chain, stream| chain.poll_response(stream, head, task, end))
    }

    fn push_response(&mut self, tier: Tier, piece: Piece, ends: bool) -> Result<(), LocalReply> {
        let ends = ends && matches!(piece, Piece::Data(_));
        // HTTP/1 tells of the end by itself.
        let joined = ends && self.info.upstream.protocol == Some(Protocol::Http2);
        self.with_chain(tier, |chain, stream| {
            chain.push_response(stream, piece, joined)?;
            if ends && !joined { chain.push_response(stream, Piece::End, false) } else { Ok(()) }
        })
    }

    fn pop_response(
        &mut self,
        tier: Tier,
        task: &mut Context<'_>,
    ) -> Result<Option<(Piece, bool)>, LocalReply> {
        self.with_chain(tier, |chain, stream| chain.pop_response(stream, task))
    }

    fn wants_response(&mut self, tier: Tier) -> bool {
        self.with_chain(tier, |chain, _| chain.wants_response_body())
    }

    fn lets_response_by(&mut self, tier: Tier) -> bool {
        self.with_chain(tier, |chain, _| !chain.watches_response())
    }

    fn push_request(&mut self, tier: Tier, piece: Piece, ends: bool) -> Result<(), LocalReply> {
        let is_data = matches!(piece, Piece::Data(_));
        let ends = ends && is_data;
        let joined = ends && !self.is_h1();
        let pushed = self.with_chain(tier, |chain, stream| {
            chain.push_request(stream, piece, joined)?;
            if ends && !joined { chain.push_request(stream, Piece::End, false) } else { Ok(()) }
        });
        // Of a request that is refused at its body Envoy has not seen the end.
        self.close |= is_data && pushed.is_err() && self.is_h1();
        pushed
    }

    fn pop_request(&mut self, tier: Tier) -> Option<(Piece, bool)> {
        self.with_chain(tier, |chain, _| chain.pop_request())
    }
}

pub(super) fn reply(reply: LocalReply) -> End {
    End::Reply(Box::new(reply))
}

impl<O: Observer> Relay<'_, '_, O> {
    pub(super) fn move_filtered_response(&mut self, cx: &mut Context<'_>) -> Result<Moved, End> {
        let Some(filters) = self.observer.filters() else { return Ok(Moved::Nothing) };
        if self.upstream_progress.head_waits {
            let end = self.upstream_progress.head_only;
            if let Poll::Ready(step) =
                filters.poll_response_head(Tier::Downstream, self.response, end, cx)
            {
                self.upstream_progress.head_waits = false;
                self.step(step, end)?;
                return Ok(Moved::Something);
            }
        } else if self.response_started
            && let Some((piece, end)) = filters.pop_response(Tier::Downstream, cx).map_err(reply)?
        {
            self.send_filtered(piece, end);
            return Ok(Moved::Something);
        }
        let wanted = self.observer.filters().is_none_or(|f| f.wants_response(Tier::Downstream));
        if self.upstream_progress.ended || !wanted {
            return Ok(Moved::Nothing);
        }
        match self.poll_upstream(cx)? {
            Poll::Ready(event) => self.receive_filtered(event)?,
            Poll::Pending => return Ok(Moved::Nothing),
        }
        Ok(Moved::Something)
    }

    fn receive_filtered(&mut self, event: ResponseEvent) -> Result<(), End> {
        match event {
            ResponseEvent::Informational => self.pass_informational(),
            ResponseEvent::Head { end } => {
                self.follow_redirect(end)?;
                let end = self.receive_head(end);
                self.upstream_progress.ended = end;
                self.upstream_progress.head_only = end;
                let Some(filters) = self.observer.filters() else { return Ok(()) };
                let step = filters.response_head(Tier::Downstream, self.response, end);
                self.step(step, end)?;
            }
            ResponseEvent::Body(piece) => {
                let mut ends = false;
                if let Piece::Data(data) = &piece {
                    self.observer.response_body(data.len());
                    ends = self.upstream_done();
                }
                self.upstream_progress.ended = ends || !matches!(piece, Piece::Data(_));
                let Some(filters) = self.observer.filters() else { return Ok(()) };
                filters.push_response(Tier::Downstream, piece, ends).map_err(reply)?;
            }
        }
        Ok(())
    }

    fn step(&mut self, step: Step, end: bool) -> Result<(), End> {
        match step {
            Step::Passed => {
                self.send_head(end);
                if end {
                    self.observer.response_end();
                } else if let Some(filters) = self.observer.filters() {
                    self.filtered.response = !filters.lets_response_by(Tier::Downstream);
                }
            }
            Step::Waiting => self.upstream_progress.head_waits = true,
            Step::Reply(reply) => return Err(End::Reply(reply)),
        }
        Ok(())
    }

    fn send_filtered(&mut self, piece: Piece, end: bool) {
        match piece {
            Piece::Data(data) => {
                self.observer.response_sent(data.len());
                self.response_ended = end;
                self.downstream.send_data(data, end);
            }
            Piece::Trailers(trailers) => self.send_trailers(trailers),
            Piece::End => {
                self.downstream.send_data(Bytes::new(), true);
                self.response_ended = true;
            }
        }
        if self.response_ended {
            self.observer.response_end();
        }
    }

    pub(super) fn move_filtered_request(&mut self, cx: &mut Context<'_>) -> Result<Moved, End> {
        let next = self.observer.filters().and_then(|f| f.pop_request(Tier::Downstream));
        if let Some((piece, end)) = next {
            self.send_request_piece(piece, end)?;
            return Ok(Moved::Something);
        }
        if self.downstream.request_done() {
            return Ok(Moved::Nothing);
        }
        let piece = match self.downstream.poll_body(cx) {
            Poll::Pending => return Ok(Moved::Nothing),
            Poll::Ready(Err(reset)) => return Err(End::Downstream(reset)),
            Poll::Ready(Ok(piece)) => piece,
        };
        let mut ends = false;
        if let Piece::Data(data) = &piece {
            self.observer.request_body(data.len());
            ends = self.downstream.request_done();
        }
        if let Some(filters) = self.observer.filters() {
            filters.push_request(Tier::Downstream, piece, ends).map_err(reply)?;
        }
        Ok(Moved::Something)
    }

    fn send_request_piece(&mut self, piece: Piece, end: bool) -> Result<(), End> {
        match &piece {
            Piece::Data(data) => self.observer.request_sent(data),
            Piece::Trailers(trailers) => self.observer.request_trailers(trailers),
            Piece::End => {}
        }
        self.give_upstream(piece, end)?;
        if end {
            self.request_ended = true;
            self.observer.request_end(self.deadlines);
        }
        Ok(())
    }
}
