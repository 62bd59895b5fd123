//! How a connection goes away: first it says so, then it refuses, then it is gone. A client that
//! does not take the last words is not waited for longer than `delayed_close_timeout`.

use std::task::{Context, Poll};

use super::super::retire;
use super::Connection;
use crate::http::connection_ending::reasons;
use crate::rt::clock::{Instant, now};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Drain {
    No,
    /// Refuses new streams from then on.
    Notified(Instant),
    Refusing(Option<Held>),
    /// Nothing was ever heard of the client.
    Unheard(&'static str),
}

/// What the client has not taken, and since when that is so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Held {
    since: Instant,
    bytes: usize,
}

/// What comes of a connection's age.
pub(super) enum Age {
    /// The codec has something to say now.
    Told,
    /// The client does not take what was said to it.
    Stuck,
}

impl Drain {
    /// What ends the connection from now on is this end's wish.
    pub(super) fn is_refusing(self) -> bool {
        matches!(self, Self::Refusing(_) | Self::Unheard(_))
    }

    /// What logs say of it.
    pub(super) fn reason(self) -> &'static str {
        if let Self::Unheard(reason) = self { reason } else { reasons::DRAINED }
    }
}

impl Connection<'_> {
    /// Looks at the drain and the timeouts of the connection. Ready when the codec is to be
    /// polled again.
    pub(super) fn poll_age(&mut self, cx: &mut Context<'_>) -> Poll<Age> {
        let idle = self.codec.streams_active() == 0 && self.unfinished.is_none();
        if !idle {
            self.idle_since = now();
        }
        match self.drain {
            Drain::No => self.poll_age_undrained(cx, idle),
            Drain::Notified(until) => {
                // A head that has begun is still served.
                if self.unfinished.is_some() {
                    return Poll::Pending;
                }
                if idle && self.manager.worker.lifecycle.is_shutting_down()
                    || self.timer.poll(cx, Some(until)).is_ready()
                {
                    self.codec.go_away();
                    self.drain = Drain::Refusing(None);
                    return Poll::Ready(Age::Told);
                }
                Poll::Pending
            }
            Drain::Refusing(_) if !idle => {
                self.drain = Drain::Refusing(None);
                Poll::Pending
            }
            Drain::Refusing(held) => self.poll_held(cx, held),
            Drain::Unheard(_) => Poll::Pending,
        }
    }

    fn poll_age_undrained(&mut self, cx: &mut Context<'_>, idle: bool) -> Poll<Age> {
        if self.should_drain() {
            self.begin_drain(reasons::MAX_DURATION);
            return Poll::Ready(Age::Told);
        }
        let timeouts = &self.manager.config.timeouts;
        let idle_at = timeouts.idle.filter(|_| idle).map(|limit| self.idle_since + limit);
        let next = [idle_at, self.retire_at].into_iter().flatten().min();
        if self.timer.poll(cx, next).is_pending() {
            return Poll::Pending;
        }
        if idle_at.is_some_and(|at| at <= now()) {
            self.manager.stats.downstream_cx_idle_timeout.inc();
            self.begin_drain(reasons::IDLE);
        } else {
            self.begin_drain(reasons::MAX_DURATION);
        }
        Poll::Ready(Age::Told)
    }

    /// All requests are done, and the codec would have ended had it come to the end of its words.
    fn poll_held(&mut self, cx: &mut Context<'_>, held: Option<Held>) -> Poll<Age> {
        if self.codec.cannot_go_away() {
            self.codec.abort();
            return Poll::Ready(Age::Told);
        }
        let Some(limit) = self.manager.config.timeouts.delayed_close else { return Poll::Pending };
        let bytes = self.codec.unwritten();
        let held = match held {
            Some(held) if held.bytes == bytes => held,
            _ => Held { since: now(), bytes },
        };
        self.drain = Drain::Refusing(Some(held));
        self.timer.poll(cx, Some(held.since + limit)).map(|()| Age::Stuck)
    }

    fn should_drain(&self) -> bool {
        let retired = self.retire_at.is_some_and(|at| at <= now());
        let told = self.info.leaving.get();
        retired || told || self.manager.worker.lifecycle.is_shutting_down()
    }

    /// `unheard` is what ends the connection of a client that has not said anything yet, and so is
    /// told nothing.
    pub(super) fn begin_drain(&mut self, unheard: &'static str) {
        if self.codec.is_unheard() {
            if self.retire_at.is_some_and(|at| at <= now()) {
                // Its own task may not have run yet.
                retire(self.manager, &self.info);
            }
            self.codec.abort();
            self.drain = Drain::Unheard(unheard);
            return;
        }
        self.codec.shutdown_notice();
        self.drain = Drain::Notified(now() + self.manager.drain_time());
    }
}
