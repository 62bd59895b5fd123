//! The clock. Monotonic time is tokio's, so that tests can stop it and turn it by hand; wall
//! time is derived from it, at the price of one clock reading for both.
//!
//! A worker reads the clock once a turn, that is for the few dozen events that it handles before
//! it asks the kernel for more (as Envoy's `approximateMonotonicTime` and nginx's cached time).

use std::cell::Cell;
use std::future::poll_fn;
use std::pin::pin;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

pub use tokio::time::Instant;

#[derive(Clone, Copy)]
enum Turn {
    /// This thread is not within a turn: every reading is made.
    None,
    /// The clock was not asked for yet.
    Unread,
    Began(Instant),
}

thread_local! {
    static TURN: Cell<Turn> = const { Cell::new(Turn::None) };
}

/// Monotonic time; within a turn, that of its first reading.
pub fn now() -> Instant {
    match TURN.get() {
        Turn::Began(at) => at,
        Turn::None => Instant::now(),
        Turn::Unread => {
            let at = Instant::now();
            TURN.set(Turn::Began(at));
            at
        }
    }
}

/// Monotonic time, read now whatever the turn: to tell how long it takes.
pub fn read() -> Instant {
    Instant::now()
}

/// Runs a worker's future: each poll of it is a turn.
pub async fn in_turns<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    poll_fn(|cx| {
        TURN.set(Turn::Unread);
        let polled = future.as_mut().poll(cx);
        TURN.set(Turn::None);
        polled
    })
    .await
}

/// Joins the two clocks once and answers wall time for any monotonic instant.
#[derive(Debug, Clone, Copy)]
pub struct WallClock {
    instant: Instant,
    since_epoch: Duration,
}

impl WallClock {
    /// Reads both clocks.
    pub fn start() -> Self {
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self { instant: now(), since_epoch }
    }

    /// Wall time at `instant`, since the epoch.
    pub fn at(&self, instant: Instant) -> Duration {
        match instant.checked_duration_since(self.instant) {
            Some(later) => self.since_epoch + later,
            None => self.since_epoch.saturating_sub(self.instant.duration_since(instant)),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::task::Poll;

    use super::*;

    #[tokio::test]
    async fn the_clock_stands_within_a_turn_and_moves_between_turns() {
        let mut readings = Vec::new();
        in_turns(poll_fn(|cx| {
            readings.push(now());
            let read = Instant::now();
            while Instant::now() == read {}
            assert_eq!(Some(&now()), readings.last());
            if readings.len() == 2 {
                return Poll::Ready(());
            }
            cx.waker().wake_by_ref();
            Poll::Pending
        }))
        .await;
        assert!(readings[0] < readings[1]);
        assert!(readings[1] < now(), "out of turns every reading is made");
    }
}
