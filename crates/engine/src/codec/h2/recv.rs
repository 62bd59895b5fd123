//! The body and trailers of a message that is received, on either side.

use std::rc::Rc;
use std::task::{Context, Poll, ready};

use h2::RecvStream;

use super::decode;
use super::error::{Role, stream_reset};
use super::limits::HeadLimits;
use super::shared::Shared;
use crate::codec::{Piece, ResetReason, StreamReset};

/// What follows a head.
#[derive(Debug)]
pub(super) struct Body {
    recv: RecvStream,
    limits: Rc<HeadLimits>,
    /// Bytes handed out whose window the peer has not got back.
    unreleased: usize,
    data_done: bool,
    ended: bool,
}

impl Body {
    pub(super) fn new(recv: RecvStream, limits: Rc<HeadLimits>) -> Self {
        Self { recv, limits, unreleased: 0, data_done: false, ended: false }
    }

    /// True when nothing more will come.
    pub(super) fn is_end(&self) -> bool {
        self.ended || self.recv.is_end_stream()
    }

    /// The next piece.
    pub(super) fn poll(
        &mut self,
        cx: &mut Context<'_>,
        role: Role,
        shared: &Shared,
    ) -> Poll<Result<Piece, StreamReset>> {
        if self.unreleased > 0 {
            let consumed = std::mem::take(&mut self.unreleased);
            // Fails only for more than was received, which is never asked.
            let _ = self.recv.flow_control().release_capacity(consumed);
        }
        if self.ended {
            return Poll::Ready(Ok(Piece::End));
        }
        // Each turn takes one frame that was received; empty ones are limited by the ledger.
        while !self.data_done {
            match ready!(self.recv.poll_data(cx)) {
                Some(Ok(data)) if data.is_empty() => {}
                Some(Ok(data)) => {
                    self.unreleased = data.len();
                    return Poll::Ready(Ok(Piece::Data(data)));
                }
                Some(Err(error)) => return Poll::Ready(Err(stream_reset(role, shared, &error))),
                None => self.data_done = true,
            }
        }
        let polled = ready!(self.recv.poll_trailers(cx));
        self.ended = true;
        Poll::Ready(match polled {
            Ok(None) => Ok(Piece::End),
            Ok(Some(fields)) => decode::trailers(&fields, &self.limits, &shared.stats)
                .map(Piece::Trailers)
                .map_err(|details| StreamReset::with_detail(ResetReason::RemoteReset, details)),
            Err(error) => Err(stream_reset(role, shared, &error)),
        })
    }
}
