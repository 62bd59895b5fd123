//! The filters' part of an exchange: a request before its router, and an answer of our own.

use std::future::poll_fn;
use std::task::Poll;

use bytes::Bytes;

use super::Exchange;
use super::connect::ClusterHandle;
use super::deadlines::Expired;
use super::filtered_relay::{self, Filters, Tier};
use super::reply::LocalReply;
use super::stream::Stream;
use crate::codec::{Piece, ResetReason, StreamReset};
use crate::grpc::is_grpc;
use crate::http::filter_chain::{Chain, Step};
use crate::rt::clock::now;

/// What came while a filter waited with the request.
enum Came {
    Step(Step),
    Piece(Piece),
    Gone(StreamReset),
    Expired(Expired),
}

/// What became of a request.
pub(super) enum Filtered {
    /// The router is to have it.
    Passed,
    Reply(Box<LocalReply>),
    /// The client has left.
    Gone,
}

impl Exchange<'_> {
    /// Takes the request through the filters of its route.
    pub(super) async fn filter_request(&mut self) -> Filtered {
        self.stream.make_chain();
        if self.stream.chain.is_none() {
            return Filtered::Passed;
        }
        let end = self.stream.facts.end;
        let mut step = self
            .stream
            .with_chain(Tier::Downstream, |chain, stream| chain.request_head(stream, end));
        loop {
            match step {
                Step::Passed => return Filtered::Passed,
                Step::Reply(reply) => return Filtered::Reply(reply),
                Step::Waiting => {}
            }
            step = match self.while_filter_waits().await {
                Came::Step(step) => step,
                Came::Piece(piece) => match self.take_piece(piece) {
                    Ok(()) => Step::Waiting,
                    Err(reply) => Step::Reply(reply.into()),
                },
                Came::Gone(reset) => {
                    let Some(failure) = self.client_failed(&reset) else { return Filtered::Gone };
                    Step::Reply(Box::new(LocalReply::from(&failure)))
                }
                Came::Expired(expired) => {
                    self.take_unasked().await;
                    let failure = self.stream.late(expired);
                    Step::Reply(Box::new(LocalReply::from(&failure)))
                }
            }
        }
    }

    /// Takes what has come of a body that no filter has asked for: a request that is there as a
    /// whole is answered in another way.
    async fn take_unasked(&mut self) {
        if self.stream.progress.request_ended.is_none() {
            self.note_unasked().await;
            if self.downstream.request_done() {
                self.stream.note_request_end(now());
            }
        }
    }

    async fn while_filter_waits(&mut self) -> Came {
        let Self { stream, downstream, deadlines, timer, response, .. } = self;
        poll_fn(|cx| {
            let end = stream.facts.end;
            if let Poll::Ready(step) = stream
                .with_chain(Tier::Downstream, |chain, stream| chain.poll_request(stream, cx, end))
            {
                return Poll::Ready(Came::Step(step));
            }
            stream.limit_anew(deadlines);
            let _ = downstream.poll_flush(cx);
            let wants_body = stream.chain.as_mut().is_some_and(|chain| chain.wants_request_body());
            if wants_body && !downstream.request_done() {
                match downstream.poll_body(cx) {
                    Poll::Ready(Ok(piece)) => return Poll::Ready(Came::Piece(piece)),
                    Poll::Ready(Err(reset)) => return Poll::Ready(Came::Gone(reset)),
                    Poll::Pending => {}
                }
            } else if let Poll::Ready(reset) = downstream.poll_reset(cx) {
                return Poll::Ready(Came::Gone(reset));
            }
            let log = |kind| stream.log_midway(kind, response);
            deadlines.poll_logging(timer, cx, log).map(Came::Expired)
        })
        .await
    }

    /// A piece of the body that arrived while a filter waited with the head.
    fn take_piece(&mut self, piece: Piece) -> Result<(), LocalReply> {
        self.deadlines.progress(now());
        let ends_here = matches!(piece, Piece::Data(_)) && self.downstream.request_done();
        if let Piece::Data(data) = &piece {
            self.stream.info.bytes.body_received += data.len() as u64;
        }
        // An HTTP/1 codec tells of the end after all data: data that a filter answers is not it.
        let told_later = ends_here && self.stream.is_h1();
        if self.downstream.request_done() {
            self.deadlines.request = None;
            if !told_later {
                self.stream.note_request_end(now());
            }
        }
        self.stream.push_request(Tier::Downstream, piece, ends_here)?;
        if told_later {
            self.stream.note_request_end(now());
        }
        Ok(())
    }

    /// Takes an answer of our own through the filters; the rest of its body comes in pieces. A
    /// filter that answers in its turn has its answer sent as it is.
    pub(super) async fn filter_own(&mut self, body: Bytes, end: bool) -> Result<Option<Bytes>, ()> {
        // What is refused early has met no filter, but its answer does, as in Envoy.
        self.stream.make_chain();
        // Filters that have the upstream's answer know of no other.
        if self.stream.chain.is_none() || self.stream.progress.head_arrived {
            return Ok(Some(body));
        }
        let Self { stream, response, .. } = self;
        let mut step = stream.with_chain(Tier::Downstream, |chain, stream| {
            let step = chain.response_head(stream, response, end);
            push_whole(chain, stream, body, end, step)
        });
        while let Step::Waiting = step {
            step = self.while_filter_waits_with_response(end).await.ok_or(())?;
        }
        if let Step::Reply(reply) = step {
            return Ok(Some(self.write_reply(*reply, None)));
        }
        Ok(None)
    }

    async fn while_filter_waits_with_response(&mut self, end: bool) -> Option<Step> {
        let Self { stream, downstream, response, deadlines, timer, .. } = self;
        let step = poll_fn(|cx| {
            if let Poll::Ready(step) = stream.with_chain(Tier::Downstream, |chain, stream| {
                chain.poll_response(stream, response, cx, end)
            }) {
                return Poll::Ready(Some(step));
            }
            if downstream.request_done() && downstream.poll_reset(cx).is_ready() {
                return Poll::Ready(None);
            }
            let log = |kind| stream.log_midway(kind, response);
            deadlines.poll_logging(timer, cx, log).map(|_| None)
        })
        .await;
        if step.is_none() {
            self.client_gone(&StreamReset::new(ResetReason::ConnectionTermination));
        }
        step
    }

    /// Sends the body of an answer of our own as filters let it go.
    pub(super) async fn send_filtered_body(&mut self) {
        loop {
            let Self { stream, downstream, .. } = self;
            let next = poll_fn(|cx| {
                let next = stream
                    .with_chain(Tier::Downstream, |chain, stream| chain.pop_response(stream, cx));
                match next {
                    Ok(Some(next)) => return Poll::Ready(Some(next)),
                    Ok(None) => {}
                    Err(_) => return Poll::Ready(None),
                }
                let _ = downstream.poll_flush(cx);
                if downstream.request_done() && downstream.poll_reset(cx).is_ready() {
                    return Poll::Ready(None);
                }
                Poll::Pending
            })
            .await;
            let Some((piece, end)) = next else { return self.abort(ResetReason::LocalReset) };
            match piece {
                Piece::Data(data) => {
                    self.stream.info.bytes.body_sent += data.len() as u64;
                    self.downstream.send_data(data, end);
                }
                Piece::Trailers(trailers) => self.downstream.send_trailers(&trailers),
                Piece::End => self.downstream.send_data(Bytes::new(), true),
            }
            if end {
                return;
            }
        }
    }
}

/// Gives a whole body to the filters behind a head that has passed or waits.
fn push_whole(
    chain: &mut Chain,
    stream: &mut Stream<'_>,
    body: Bytes,
    end: bool,
    step: Step,
) -> Step {
    if end || matches!(step, Step::Reply(_)) {
        return step;
    }
    match chain.push_response(stream, Piece::Data(body), true) {
        Ok(()) => step,
        Err(reply) => Step::Reply(reply.into()),
    }
}

impl Stream<'_> {
    /// Makes the filters of this stream's route, once.
    fn make_chain(&mut self) {
        let Some(filters) = self.filters() else { return };
        if !std::mem::replace(&mut self.chain_is_made, true) {
            self.arrived_as_grpc = Some(is_grpc(&self.request));
            let route = self.info.route.as_ref();
            let drawn =
                route.and_then(|route| route.drawn_entry(&self.request, &self.match_context()));
            self.chain = filters.stream(route, drawn).map(Box::new);
        }
    }

    /// Which bodies go through the filters of this stream, which the request's head has passed.
    pub(super) fn filtered(&self) -> filtered_relay::Filtered {
        let chain = self.chain.as_ref();
        filtered_relay::Filtered {
            request: chain.is_some_and(|chain| chain.watches_request()),
            response: chain.is_some(),
        }
    }

    /// Makes the filters before this attempt's upstream: those of its cluster, or else those of
    /// the router.
    pub(super) fn make_upstream_chain(&mut self, cluster: &ClusterHandle) {
        let manager = self.manager;
        let filters = cluster.filters(&manager.worker).or(self.router.filters.as_ref());
        let Some(filters) = filters else { return };
        self.upstream_chain = filters.stream(self.info.route.as_ref(), self.weighted).map(Box::new);
    }

    /// Shows the filters a piece of a request's body that goes nowhere.
    pub(super) fn see_unasked(&mut self, piece: Piece) {
        if let Some(mut chain) = self.chain.take() {
            // That one would refuse it changes nothing any more.
            let _ = chain.push_request(self, piece, false);
            while chain.pop_request().is_some() {}
            self.chain = Some(chain);
        }
    }

    fn chain_of(&mut self, tier: Tier) -> &mut Option<Box<Chain>> {
        match tier {
            Tier::Downstream => &mut self.chain,
            Tier::Upstream => &mut self.upstream_chain,
        }
    }

    /// Lends the filters out; there are some.
    pub(super) fn with_chain<T>(
        &mut self,
        tier: Tier,
        call: impl FnOnce(&mut Chain, &mut Self) -> T,
    ) -> T {
        // Put back below: only this borrows it, and nothing in `call` can reach it.
        let mut chain = self.chain_of(tier).take().expect("a stream that is filtered has filters");
        let answer = call(&mut chain, self);
        *self.chain_of(tier) = Some(chain);
        answer
    }

    /// Tells the filters before an upstream that the attempt is over.
    pub(super) fn upstream_filters_done(&mut self) {
        if let Some(mut chain) = self.upstream_chain.take() {
            chain.done(self);
        }
    }

    /// Tells the filters that the stream is over, once.
    pub(super) fn filters_done(&mut self) {
        self.upstream_filters_done();
        if let Some(mut chain) = self.chain.take() {
            chain.done(self);
        }
    }
}
