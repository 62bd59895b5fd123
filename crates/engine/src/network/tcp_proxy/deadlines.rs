//! What time does to a session: it is idle for too long, it has lasted as long as it may, or its
//! logs want a line in the middle of it.

use std::task::{Context, Poll, ready};
use std::time::Duration;

use crate::rt::clock::{Instant, now};
use crate::rt::timer::LazyTimer;

/// When what is due.
#[derive(Debug)]
pub(super) struct Deadlines {
    timer: LazyTimer,
    idle_timeout: Option<Duration>,
    last_moved: Instant,
    retire_at: Option<Instant>,
    line_interval: Option<Duration>,
    line_at: Option<Instant>,
}

/// What has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Due {
    Idle,
    Retired,
    Line,
}

impl Deadlines {
    pub(super) fn new(
        start: Instant,
        idle_timeout: Option<Duration>,
        max_duration: Option<Duration>,
        line_interval: Option<Duration>,
    ) -> Self {
        Self {
            timer: LazyTimer::default(),
            idle_timeout,
            last_moved: start,
            retire_at: max_duration.map(|limit| start + limit),
            line_interval,
            line_at: line_interval.map(|interval| start + interval),
        }
    }

    /// Bytes have moved, or there is an upstream.
    pub(super) fn moved(&mut self) {
        self.last_moved = now();
    }

    /// Ready with what is due. The caller must be polled by one task throughout.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Due> {
        let idle_at = self.idle_timeout.map(|limit| self.last_moved + limit);
        let next = [idle_at, self.retire_at, self.line_at].into_iter().flatten().min();
        ready!(self.timer.poll(cx, next));
        let at = now();
        let passed = |limit: Option<Instant>| limit.is_some_and(|limit| limit <= at);
        if passed(self.retire_at) {
            return Poll::Ready(Due::Retired);
        }
        if passed(idle_at) {
            return Poll::Ready(Due::Idle);
        }
        self.line_at = self.line_interval.map(|interval| at + interval);
        Poll::Ready(Due::Line)
    }
}
