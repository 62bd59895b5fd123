//! One direction of a session: what one side says, held no longer than the other takes it.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::AsyncWrite;

use super::super::backlog::Backlog;
use super::{Pauses, Side};

/// A read takes so much at first, and more while reads come back full.
const FIRST_READ: usize = 16 * 1024;
pub(super) const LARGEST_READ: usize = 256 * 1024;
/// One poll moves at most so many buffers a direction, so that a fast pair of peers does not
/// keep the worker from others.
const MAX_ROUNDS: u32 = 32;

/// One direction.
#[derive(Debug)]
pub(super) struct Pump {
    pub(super) buffer: Backlog,
    pub(super) read_size: usize,
    pub(super) limit: usize,
    pub(super) ended: bool,
    pub(super) shut: bool,
    /// More than the limit waits for the target, so the source is not read.
    pub(super) paused: bool,
    pub(super) pauses: Pauses,
    pub(super) received: u64,
    pub(super) sent: u64,
}

/// What broke a direction.
pub(super) enum Broken {
    Source,
    Target,
}

impl Pump {
    pub(super) fn new(limit: usize) -> Self {
        Self {
            buffer: Backlog::default(),
            read_size: FIRST_READ,
            limit,
            ended: false,
            shut: false,
            paused: false,
            pauses: Pauses::default(),
            received: 0,
            sent: 0,
        }
    }

    pub(super) fn poll(
        &mut self,
        cx: &mut Context<'_>,
        source: &mut Side<'_>,
        target: &mut Side<'_>,
    ) -> Result<(), Broken> {
        for _ in 0..MAX_ROUNDS {
            if !self.buffer.is_empty() {
                self.write(cx, target)?;
            }
            if self.ended {
                return if self.buffer.is_empty() { self.shut(cx, target) } else { Ok(()) };
            }
            if self.paused {
                return Ok(());
            }
            match self.read(cx, source) {
                Poll::Ready(Ok(0)) => self.ended = true,
                Poll::Ready(Ok(_)) => {}
                Poll::Ready(Err(_)) => return Err(Broken::Source),
                Poll::Pending => {
                    if self.buffer.is_empty() {
                        // Waiting connections hold no buffer.
                        self.buffer.release();
                    }
                    return Ok(());
                }
            }
        }
        cx.waker().wake_by_ref();
        Ok(())
    }

    fn read(&mut self, cx: &mut Context<'_>, source: &mut Side<'_>) -> Poll<io::Result<usize>> {
        if source.stream.poll_read_ready(cx)?.is_pending() {
            return Poll::Pending;
        }
        let count = ready!(self.buffer.poll_read(cx, source.stream, self.read_size))?;
        source.meter.read(count, count);
        self.received += count as u64;
        if count >= self.read_size {
            self.read_size = (self.read_size * 2).min(LARGEST_READ).min(self.limit.max(FIRST_READ));
        }
        // As with Envoy, it does not help that all of it might be written at once.
        if self.buffer.len() > self.limit && !self.paused {
            self.paused = true;
            self.pauses.paused += 1;
        }
        Poll::Ready(Ok(count))
    }

    /// Writes what the target takes. Who was paused goes on at half the limit.
    pub(super) fn write(
        &mut self,
        cx: &mut Context<'_>,
        target: &mut Side<'_>,
    ) -> Result<(), Broken> {
        let before = self.buffer.len();
        let written = self.buffer.poll_write(cx, target.stream);
        let count = before - self.buffer.len();
        self.sent += count as u64;
        target.meter.written(count);
        target.meter.waits(self.buffer.len());
        if self.paused && self.buffer.len() <= self.limit / 2 {
            self.paused = false;
            self.pauses.resumed += 1;
        }
        match written {
            Poll::Ready(Err(_)) => Err(Broken::Target),
            Poll::Ready(Ok(())) | Poll::Pending => Ok(()),
        }
    }

    fn shut(&mut self, cx: &mut Context<'_>, target: &mut Side<'_>) -> Result<(), Broken> {
        if self.shut {
            return Ok(());
        }
        match Pin::new(&mut *target.stream).poll_shutdown(cx) {
            Poll::Ready(Ok(())) => self.shut = true,
            Poll::Ready(Err(_)) => return Err(Broken::Target),
            Poll::Pending => {}
        }
        Ok(())
    }
}
