//! The request of a copy, past the filters before its upstream where there are any.

use std::task::{Context, Poll};

use bytes::Bytes;
use voyant_ir::format::TimePoint;

use super::copy::Copy;
use crate::codec::Piece;
use crate::http::exchange::connect::Stop;
use crate::http::exchange::filtered_relay::{Filters, Tier};
use crate::http::exchange::sides::Upstream;
use crate::rt::clock::now;

impl Copy<'_> {
    /// Sends a piece, if there is one and the upstream takes it.
    pub(super) fn send(
        &mut self,
        upstream: &mut Upstream,
        cx: &mut Context<'_>,
    ) -> Result<bool, Stop> {
        if self.request_sent {
            return Ok(false);
        }
        match upstream.poll_ready(cx) {
            Poll::Ready(ready) => ready.map_err(Stop::Upstream)?,
            Poll::Pending => return Ok(false),
        }
        if self.flow.on
            && let Some((piece, end)) = self.stream.pop_request(Tier::Upstream)
        {
            self.send_piece(upstream, piece, end);
            return Ok(true);
        }
        let Some((piece, last)) = self.next_piece() else { return Ok(false) };
        if self.flow.on {
            let pushed = self.stream.push_request(Tier::Upstream, piece, last);
            pushed.map_err(|reply| Stop::Reply(reply.into()))?;
        } else {
            self.send_piece(upstream, piece, last);
        }
        Ok(true)
    }

    fn send_piece(&mut self, upstream: &mut Upstream, piece: Piece, end: bool) {
        match piece {
            Piece::Data(data) => {
                self.stream.info.upstream.bytes.body_sent += data.len() as u64;
                upstream.send_data(data, end);
            }
            Piece::Trailers(trailers) => upstream.send_trailers(&trailers),
            Piece::End => upstream.send_data(Bytes::new(), true),
        }
        self.request_sent = end;
        if end {
            self.stream.info.mark(TimePoint::UsTxEnd, now());
        }
    }

    /// The next piece of the request, and whether it is the last.
    pub(super) fn next_piece(&mut self) -> Option<(Piece, bool)> {
        if self.taken {
            return None;
        }
        let (piece, last) = {
            let mut queue = self.queue.borrow_mut();
            let next = queue.pieces.pop_front();
            let last = queue.is_over();
            let piece = next.or_else(|| last.then_some(Piece::End))?;
            if let Piece::Data(data) = &piece {
                queue.bytes -= data.len();
            }
            (piece, last)
        };
        self.taken = last;
        match &piece {
            Piece::Data(data) => {
                let given_up = self.stream.mirror_data(data);
                self.cluster.traffic.retry_or_shadow_abandoned.add(given_up);
            }
            Piece::Trailers(trailers) => self.stream.mirror_trailers(trailers),
            Piece::End => {}
        }
        if last {
            self.stream.mirror_end();
        }
        Some((piece, last))
    }
}
