//! Frames that wait to be written: gathered so that a batch is one system call, and counted so
//! that a peer which reads nothing is found out.

use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use tokio::io::AsyncWrite;

use super::frame::FrameWalker;
use super::ledger::Violation;
use super::shared::Shared;

/// Bytes gathered before the library is made to wait.
const GATHER_MIN: usize = 64 * 1024;
/// The same where many answers may wait, which then have room.
const GATHER_MAX: usize = 1024 * 1024;
/// The longest answer: a PING.
const ANSWER_LEN: usize = 17;
/// An empty buffer larger than this is given back.
const KEEP_MAX: usize = 16 * 1024;

/// The buffer of one connection.
#[derive(Debug)]
pub(super) struct Outbox {
    bytes: Vec<u8>,
    /// How many of them are written.
    written: usize,
    /// How many of them were there at the last flush.
    sealed: usize,
    /// Answers to the peer among the frames that wait.
    control: u32,
    control_max: u32,
    /// Answers of the current batch that are written already. They count until the batch is over,
    /// as Envoy writes nothing before.
    answered: u32,
    gather_max: usize,
    /// Finds the frames in what was written.
    walker: FrameWalker,
    /// What the gauges say of frames and of answers.
    reported: (u32, u32),
    shared: Rc<Shared>,
}

impl Outbox {
    /// `walker` finds the frames from the first byte on; at most `control_max` answers may wait.
    pub(super) fn new(walker: FrameWalker, control_max: u32, shared: Rc<Shared>) -> Self {
        Self {
            bytes: Vec::new(),
            written: 0,
            sealed: 0,
            control: 0,
            control_max,
            answered: 0,
            gather_max: (ANSWER_LEN * (control_max as usize + 1)).clamp(GATHER_MIN, GATHER_MAX),
            walker,
            reported: (0, 0),
            shared,
        }
    }

    pub(super) fn push(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// Takes frames that were pushed into account.
    pub(super) fn count(&mut self, frames: u32, control: u32) {
        let waiting = &self.shared.outbound_frames;
        waiting.set(waiting.get() + frames);
        self.control += control;
        self.shared.check_outbound();
    }

    /// A batch of reads has been answered: ends the connection when that took too many frames.
    pub(super) fn judge(&mut self) {
        let waiting = self.shared.outbound_frames.get() + self.answered;
        if waiting > self.shared.max_outbound_frames {
            self.shared.condemn(Violation::OutboundFrames);
        } else if self.control + self.answered > self.control_max {
            self.shared.condemn(Violation::OutboundControlFrames);
        }
    }

    /// What was written until now belongs to batches that are over.
    pub(super) fn begin_batch(&mut self) {
        self.answered = 0;
    }

    /// Ready when more may be pushed.
    pub(super) fn poll_room<S: AsyncWrite + Unpin>(
        &mut self,
        cx: &mut Context<'_>,
        stream: &mut S,
    ) -> Poll<io::Result<()>> {
        if self.bytes.len() - self.written < self.gather_max {
            return Poll::Ready(Ok(()));
        }
        self.poll_flush(cx, stream)
    }

    /// Writes all.
    pub(super) fn poll_flush<S: AsyncWrite + Unpin>(
        &mut self,
        cx: &mut Context<'_>,
        stream: &mut S,
    ) -> Poll<io::Result<()>> {
        while self.written < self.bytes.len() {
            match Pin::new(&mut *stream).poll_write(cx, &self.bytes[self.written..]) {
                Poll::Ready(Ok(0)) => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                Poll::Ready(Ok(count)) => {
                    self.written += count;
                    self.shared.wire_sent.set(self.shared.wire_sent.get() + count as u64);
                }
                Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
                Poll::Pending => {
                    self.keep_rest();
                    return Poll::Pending;
                }
            }
        }
        if self.written > 0 {
            self.empty();
        }
        ready!(Pin::new(stream).poll_flush(cx))?;
        Poll::Ready(Ok(()))
    }

    /// Forgets what was gathered since the last flush: a connection that ends by a violation ends
    /// without another frame.
    pub(super) fn discard_unsealed(&mut self) {
        self.bytes.truncate(self.sealed.max(self.written));
    }

    fn keep_rest(&mut self) {
        let mut at = 0;
        let frames = &self.shared.outbound_frames;
        while at < self.written {
            let (used, found) = self.walker.advance(&self.bytes[at..self.written]);
            at += used;
            if let Some(frame) = found {
                frames.set(frames.get().saturating_sub(1));
                let answer = u32::from(frame.is_answer());
                self.control = self.control.saturating_sub(answer);
                self.answered += answer;
            }
        }
        self.bytes.drain(..self.written);
        self.written = 0;
        self.sealed = self.bytes.len();
        self.shared.unwritten.set(self.bytes.len());
        self.shared.write_blocked.set(true);
        self.report();
    }

    fn empty(&mut self) {
        self.bytes.clear();
        if self.bytes.capacity() > KEEP_MAX {
            self.bytes = Vec::new();
        }
        self.answered += self.control;
        (self.written, self.sealed, self.control) = (0, 0, 0);
        self.walker = FrameWalker::default();
        self.shared.unwritten.set(0);
        self.shared.write_blocked.set(false);
        self.shared.outbound_frames.set(0);
        self.report();
    }

    fn report(&mut self) {
        let now = (self.shared.outbound_frames.get(), self.control);
        if now == self.reported {
            return;
        }
        let stats = &self.shared.stats;
        let change = |new: u32, old: u32| i64::from(new) - i64::from(old);
        stats.outbound_frames_active.add(change(now.0, self.reported.0));
        stats.outbound_control_frames_active.add(change(now.1, self.reported.1));
        self.reported = now;
    }
}

impl Drop for Outbox {
    fn drop(&mut self) {
        self.shared.outbound_frames.set(0);
        self.control = 0;
        self.report();
    }
}
