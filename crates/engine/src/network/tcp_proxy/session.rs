//! The bytes of one TCP session, both ways, with half-closes passed on.

use std::task::{Context, Poll};

use pump::{Broken, Pump};

use super::backlog::Backlog;
use crate::observe::stats::traffic::ByteMeter;
use crate::rt::stream::Stream;

mod pump;

/// How a session ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// Both sides have said all they had.
    Done,
    /// The client has nothing to say or to hear any more, the upstream has yet to take the rest.
    Unwritten,
    /// The upstream's connection broke.
    Upstream,
    /// The client's connection broke.
    Downstream,
    Idle,
    Retired,
    /// Its listener drains.
    Drained,
}

/// Bytes that were received.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    pub to_upstream: u64,
    pub from_upstream: u64,
}

/// How often a side was not read any more, and again.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Pauses {
    pub paused: u64,
    pub resumed: u64,
}

/// One side's connection and where its bytes count.
#[derive(Debug)]
pub struct Side<'a> {
    pub stream: &'a mut Stream,
    pub meter: ByteMeter,
}

/// The two connections of a session.
#[derive(Debug)]
pub struct Session<'a> {
    downstream: Side<'a>,
    upstream: Side<'a>,
    up: Pump,
    down: Pump,
    upstream_closed: bool,
    flushed: bool,
}

impl<'a> Session<'a> {
    pub fn new(downstream: Side<'a>, upstream: Side<'a>, limit: usize) -> Self {
        let (up, down) = (Pump::new(limit), Pump::new(limit));
        Self { downstream, upstream, up, down, upstream_closed: false, flushed: false }
    }

    pub fn counts(&self) -> Counts {
        Counts { to_upstream: self.up.received, from_upstream: self.down.received }
    }

    /// How often the client and the upstream were not read for what the other had yet to take,
    /// since this was last asked.
    pub fn take_pauses(&mut self) -> [Pauses; 2] {
        [std::mem::take(&mut self.up.pauses), std::mem::take(&mut self.down.pauses)]
    }

    /// The upstream was the second to say that nothing more comes: it closed its connection.
    pub fn upstream_closed(&self) -> bool {
        self.upstream_closed
    }

    /// The client's last bytes came with its end, which was the end of all: Envoy writes them when
    /// the client is gone already.
    pub fn flushed(&self) -> bool {
        self.flushed
    }

    pub fn client_has_reset(&self) -> bool {
        self.downstream.stream.is_reset()
    }

    pub fn upstream_has_reset(&self) -> bool {
        self.upstream.stream.is_reset()
    }

    /// A connection that broke breaks the other, as in Envoy: a clean end would make what has
    /// arrived look complete.
    pub fn pass_on_reset(&self, end: End) {
        match end {
            End::Upstream => self.downstream.stream.reset_on_close(),
            End::Downstream => self.upstream.stream.reset_on_close(),
            End::Done | End::Unwritten | End::Idle | End::Retired | End::Drained => {}
        }
    }

    /// What the upstream has yet to take.
    pub fn into_unwritten(self) -> (Backlog, ByteMeter) {
        (self.up.buffer, self.upstream.meter)
    }

    /// Moves what there is; tells whether anything moved, and the end when it has come.
    pub fn poll(&mut self, cx: &mut Context<'_>) -> (bool, Option<End>) {
        let before = self.progress();
        let received = self.up.received;
        let up = self.up.poll(cx, &mut self.downstream, &mut self.upstream);
        let ended = self.down.ended;
        let down = self.down.poll(cx, &mut self.upstream, &mut self.downstream);
        self.flushed = ended && self.up.shut && received < self.up.received;
        self.upstream_closed |= self.up.shut && !ended && self.down.ended;
        let moved = before != self.progress();
        let ended = match (up, down) {
            (Err(Broken::Source), _) | (_, Err(Broken::Target)) => Some(End::Downstream),
            (Err(Broken::Target), _) | (_, Err(Broken::Source)) => Some(End::Upstream),
            (Ok(()), Ok(())) if self.up.shut && self.down.shut => Some(End::Done),
            (Ok(()), Ok(())) if self.up.ended && self.down.shut => Some(End::Unwritten),
            (Ok(()), Ok(())) => None,
        };
        (moved, ended)
    }

    /// Writes what the client has yet to take, and nothing else any more.
    pub fn poll_last_bytes(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        match self.down.write(cx, &mut self.downstream) {
            Ok(()) if !self.down.buffer.is_empty() => Poll::Pending,
            Ok(()) | Err(_) => Poll::Ready(()),
        }
    }

    fn progress(&self) -> ([u64; 4], [bool; 2]) {
        let bytes = [self.up.received, self.up.sent, self.down.received, self.down.sent];
        (bytes, [self.up.ended, self.down.ended])
    }
}

#[cfg(test)]
mod tests;
