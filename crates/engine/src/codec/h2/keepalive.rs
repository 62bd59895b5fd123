//! Pings that find dead connections (Envoy's `connection_keepalive`). Any frame from the peer
//! extends the wait for an answer, which may stand behind others in a slow network.

use std::task::{Context, Poll};
use std::time::Duration;

use h2::{Ping, PingPong};
use voyant_ir::protocol::Http2Keepalive;

use crate::rt::clock::{Instant, now};
use crate::rt::rng::Rng;
use crate::rt::timer::LazyTimer;

/// The pings of one connection.
#[derive(Debug)]
pub(super) struct Keepalive {
    pings: PingPong,
    options: Http2Keepalive,
    rng: Rng,
    timer: LazyTimer,
    next: Option<Instant>,
    waiting: Option<Waiting>,
}

#[derive(Debug)]
struct Waiting {
    deadline: Instant,
    /// Activity of the connection when the deadline was set.
    activity: u64,
}

impl Keepalive {
    pub(super) fn new(pings: PingPong, options: &Http2Keepalive) -> Self {
        let mut keepalive = Self {
            pings,
            options: options.clone(),
            rng: Rng::from_entropy(),
            timer: LazyTimer::default(),
            next: None,
            waiting: None,
        };
        keepalive.schedule();
        keepalive
    }

    /// Pings when it is time. Ready when the peer did not answer in time.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>, activity: u64) -> Poll<()> {
        // At most one state follows another twice: answered, scheduled, sent.
        loop {
            if let Some(waiting) = &mut self.waiting {
                if self.pings.poll_pong(cx).is_ready() {
                    self.waiting = None;
                    self.schedule();
                    continue;
                }
                if self.timer.poll(cx, Some(waiting.deadline)).is_pending() {
                    return Poll::Pending;
                }
                if waiting.activity == activity {
                    return Poll::Ready(());
                }
                waiting.activity = activity;
                waiting.deadline = now() + Duration::from_millis(self.options.timeout_ms);
            } else {
                if self.timer.poll(cx, self.next).is_pending() {
                    return Poll::Pending;
                }
                self.ping(activity);
            }
        }
    }

    /// Pings now, unless an answer is awaited already.
    pub(super) fn ping(&mut self, activity: u64) {
        if self.waiting.is_none() && self.pings.send_ping(Ping::opaque()).is_ok() {
            let deadline = now() + Duration::from_millis(self.options.timeout_ms);
            self.waiting = Some(Waiting { deadline, activity });
        } else {
            self.schedule();
        }
    }

    fn schedule(&mut self) {
        let interval = self.options.interval_ms;
        let spread = interval * u64::from(self.options.interval_jitter_percent) / 100;
        let jitter = if spread > 0 { self.rng.below(spread) } else { 0 };
        self.next = (interval > 0).then(|| now() + Duration::from_millis(interval + jitter));
    }
}
