//! Tells of threads that do not come round (Envoy's `GuardDogImpl`): each watched thread marks when
//! a turn of its event loop begins and ends, and a thread of its own counts turns that last too
//! long. A thread that sleeps has nothing to mark, and nobody wakes it for that.
//!
//! Nothing is ended: a stuck thread is for the operator to see.

use std::future::poll_fn;
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use voyant_ir::snapshot::Watchdog;

use crate::admin::Delegate;
use crate::descriptors::{Exhaustion, FAILURES};
use crate::observe::stats::Registry;
use crate::observe::stats::groups::server::WatchdogStats;
use crate::rt::clock::{Instant, now, read};

/// How often is looked. A turn that has ended is measured exactly; one that never ends is told of
/// so much later than its limit.
const PERIOD: Duration = Duration::from_millis(500);

/// A watched thread's turns.
#[derive(Debug, Clone, Default)]
pub struct Sign(Arc<Turns>);

#[derive(Debug, Default)]
struct Turns {
    /// Odd within a turn. Written by the watched thread only.
    count: AtomicU64,
    /// The longest that has ended since it was looked.
    longest_ms: AtomicU64,
}

impl Sign {
    /// Runs the future that is the thread's event loop: each poll of it is a turn.
    pub async fn watch<F: Future>(self, future: F) -> F::Output {
        let mut future = pin!(future);
        poll_fn(|cx| {
            let began = self.0.begin();
            let polled = future.as_mut().poll(cx);
            self.0.end(read() - began);
            polled
        })
        .await
    }
}

impl Turns {
    fn begin(&self) -> Instant {
        self.count.store(self.count.load(Relaxed) + 1, Relaxed);
        now()
    }

    fn end(&self, took: Duration) {
        let took_ms = took.as_millis() as u64;
        if took_ms > 0 {
            self.longest_ms.fetch_max(took_ms, Relaxed);
        }
        self.count.store(self.count.load(Relaxed) + 1, Relaxed);
    }
}

/// One watched thread.
#[derive(Debug)]
pub struct Watched {
    sign: Sign,
    /// The turn that was seen last, and when first.
    turn: u64,
    since: Instant,
    miss_after: Duration,
    megamiss_after: Duration,
    missed: bool,
    megamissed: bool,
    stats: [Arc<WatchdogStats>; 2],
}

impl Watched {
    /// A thread that counts under its own name and under that of its kind.
    pub fn new(sign: Sign, name: &str, kind: &str, limits: Watchdog, registry: &Registry) -> Self {
        let Watchdog { miss_timeout_ms, megamiss_timeout_ms } = limits;
        Self {
            sign,
            turn: 0,
            since: now(),
            miss_after: Duration::from_millis(miss_timeout_ms),
            megamiss_after: Duration::from_millis(megamiss_timeout_ms),
            missed: false,
            megamissed: false,
            stats: [registry.shard(&format!("server.{name}")), registry.shard(kind)],
        }
    }

    fn look(&mut self, at: Instant) {
        let Turns { count, longest_ms } = &*self.sign.0;
        let turn = count.load(Relaxed);
        let ended = Duration::from_millis(longest_ms.swap(0, Relaxed));
        let sleeps = turn.is_multiple_of(2);
        if turn == self.turn && !sleeps {
            return self.count(at.saturating_duration_since(self.since));
        }
        self.count(ended);
        (self.turn, self.since) = (turn, at);
        (self.missed, self.megamissed) = (false, false);
    }

    fn count(&mut self, silent: Duration) {
        if silent > self.miss_after && !self.missed {
            self.missed = true;
            for stats in &self.stats {
                stats.watchdog_miss.inc();
            }
        }
        if silent > self.megamiss_after && !self.megamissed {
            self.megamissed = true;
            for stats in &self.stats {
                stats.watchdog_mega_miss.inc();
            }
        }
    }
}

/// The watching thread; it ends when this is dropped.
#[derive(Debug)]
pub struct GuardDog {
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl GuardDog {
    /// The owner hears from it, too, that descriptors have run out: nobody else may wait for him.
    pub fn start(mut watched: Vec<Watched>, owner: Option<Arc<dyn Delegate>>) -> io::Result<Self> {
        let (stop, stopped) = channel();
        let mut exhaustion = Exhaustion::default();
        let thread = thread::Builder::new().name("guarddog".into()).spawn(move || {
            while stopped.recv_timeout(PERIOD) == Err(RecvTimeoutError::Timeout) {
                let at = now();
                for thread in &mut watched {
                    thread.look(at);
                }
                if let (Some(owner), Some(text)) = (&owner, exhaustion.look(&FAILURES, at)) {
                    owner.warn("main", &text);
                }
            }
        })?;
        Ok(Self { stop: Some(stop), thread: Some(thread) })
    }
}

impl Drop for GuardDog {
    fn drop(&mut self) {
        self.stop = None;
        if let Some(thread) = self.thread.take() {
            // A panic there has been reported by the panic hook.
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(watched: &Watched) -> [[u64; 2]; 2] {
        let read = |stats: &Arc<WatchdogStats>| {
            [stats.watchdog_miss.get(), stats.watchdog_mega_miss.get()]
        };
        [read(&watched.stats[0]), read(&watched.stats[1])]
    }

    const LIMITS: Watchdog = Watchdog { miss_timeout_ms: 200, megamiss_timeout_ms: 1_000 };

    fn watched() -> (Sign, Watched) {
        let sign = Sign::default();
        let registry = Registry::new();
        let watched = Watched::new(sign.clone(), "worker_0", "workers", LIMITS, &registry);
        (sign, watched)
    }

    #[test]
    fn a_turn_that_lasts_is_counted_once_for_each_limit() {
        let (sign, mut watched) = watched();
        let start = watched.since;
        let mut look = |ms| {
            watched.look(start + Duration::from_millis(ms));
            counts(&watched)
        };
        assert_eq!(look(9_000), [[0, 0]; 2], "it sleeps");
        sign.0.begin();
        assert_eq!(look(10_000), [[0, 0]; 2], "it may just have begun");
        assert_eq!(look(10_200), [[0, 0]; 2]);
        assert_eq!(look(10_500), [[1, 0]; 2]);
        assert_eq!(look(11_000), [[1, 0]; 2]);
        assert_eq!(look(11_500), [[1, 1]; 2]);
        sign.0.end(Duration::from_secs(2));
        assert_eq!(look(12_000), [[1, 1]; 2], "this turn was counted");
        sign.0.begin();
        assert_eq!(look(12_500), [[1, 1]; 2]);
        assert_eq!(look(13_000), [[2, 1]; 2]);
    }

    #[test]
    fn a_turn_that_nobody_saw_is_counted_when_it_has_ended() {
        let (sign, mut watched) = watched();
        let start = watched.since;
        for (took, expected) in [(200, [0, 0]), (201, [1, 0]), (3, [1, 0]), (1_001, [2, 1])] {
            sign.0.begin();
            sign.0.end(Duration::from_millis(took));
            watched.look(start);
            assert_eq!(counts(&watched), [expected; 2], "{took} ms");
        }
    }

    #[tokio::test]
    async fn turns_of_a_future_are_marked() {
        let sign = Sign::default();
        let (turns, mut polls) = (Arc::clone(&sign.0), 0);
        let future = poll_fn(|cx| {
            polls += 1;
            assert_eq!(turns.count.load(Relaxed), 2 * polls - 1, "within a turn");
            if polls == 3 {
                return std::task::Poll::Ready(());
            }
            cx.waker().wake_by_ref();
            std::task::Poll::Pending
        });
        sign.clone().watch(future).await;
        assert_eq!(sign.0.count.load(Relaxed), 6, "and between turns");
    }
}
