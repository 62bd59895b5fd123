//! The body and trailers of a message that is sent, on either side.

use std::rc::Rc;
use std::task::{Context, Poll};

use bytes::Bytes;
use h2::{Reason, SendStream};

use super::chunk::{Chunk, SendMeter};
use super::encode;
use super::error::{Role, remote_reset, stream_reset};
use super::shared::Shared;
use crate::codec::{ResetReason, StreamReset};
use crate::head::Head;

/// The sending half of a stream whose head was sent.
#[derive(Debug)]
pub(super) struct Sender {
    pub stream: SendStream<Chunk>,
    meter: Option<Rc<SendMeter>>,
    /// The stream took no more: it was reset, or its connection is gone.
    gone: bool,
    role: Role,
    shared: Rc<Shared>,
}

impl Sender {
    pub(super) fn new(stream: SendStream<Chunk>, role: Role, shared: &Rc<Shared>) -> Self {
        Self { stream, meter: None, gone: false, role, shared: Rc::clone(shared) }
    }

    pub(super) fn data(&mut self, data: Bytes, end: bool) {
        let meter = self.meter.get_or_insert_with(|| SendMeter::new(Rc::clone(&self.shared)));
        self.gone |= self.stream.send_data(meter.chunk(data), end).is_err();
    }

    pub(super) fn trailers(&mut self, trailers: &Head) {
        let trailers = encode::trailers(trailers, &mut self.shared.arena.borrow_mut());
        self.gone |= self.stream.send_trailers(trailers).is_err();
    }

    /// Ready while less is buffered than `limit`, or with the reason why nothing will be sent.
    pub(super) fn poll_below(
        &mut self,
        cx: &mut Context<'_>,
        limit: usize,
    ) -> Poll<Result<(), StreamReset>> {
        if self.gone {
            return Poll::Ready(Err(match self.poll_reset(cx) {
                Poll::Ready(reset) => reset,
                Poll::Pending => StreamReset::new(ResetReason::LocalReset),
            }));
        }
        match &self.meter {
            Some(meter) if meter.poll_below(cx, limit).is_pending() => self.poll_reset(cx).map(Err),
            _ => Poll::Ready(Ok(())),
        }
    }

    /// Ready when all was framed, or with the reason why it never will be.
    pub(super) fn poll_framed(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), StreamReset>> {
        match self.poll_below(cx, 1) {
            Poll::Ready(Ok(())) if self.meter.as_ref().is_some_and(|meter| meter.has_lost()) => {
                Poll::Ready(Err(match self.poll_reset(cx) {
                    Poll::Ready(reset) => reset,
                    // The library tells no more of streams that this side has ended.
                    Poll::Pending if self.shared.has_ended() => {
                        StreamReset::new(ResetReason::ConnectionTermination)
                    }
                    Poll::Pending => remote_reset(self.role, Reason::CANCEL),
                }))
            }
            polled => polled,
        }
    }

    /// Ready when the peer has reset the stream or left.
    pub(super) fn poll_reset(&mut self, cx: &mut Context<'_>) -> Poll<StreamReset> {
        self.stream.poll_reset(cx).map(|polled| match polled {
            Ok(code) => remote_reset(self.role, code),
            Err(error) => stream_reset(self.role, &self.shared, &error),
        })
    }
}
