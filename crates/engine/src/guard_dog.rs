//! Tells of threads that do not come round (Envoy's `GuardDogImpl`): each watched thread shows a
//! sign of life from its event loop, and a thread of its own counts those whose sign is overdue.
//!
//! Nothing is ended: a stuck thread is for the operator to see.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use voyant_ir::snapshot::Watchdog;

use crate::observe::stats::Registry;
use crate::observe::stats::groups::server::WatchdogStats;
use crate::rt::clock::{Instant, now};
use crate::rt::timer::sleep;

/// Half of Envoy's first limit: how often signs are shown, and looked for.
const PERIOD: Duration = Duration::from_millis(100);

/// A watched thread's sign of life.
#[derive(Debug, Clone, Default)]
pub struct Sign(Arc<AtomicBool>);

impl Sign {
    /// Shows it for as long as the thread's event loop comes round.
    pub async fn show(self) {
        loop {
            self.0.store(true, Relaxed);
            sleep(PERIOD).await;
        }
    }
}

/// One watched thread.
#[derive(Debug)]
pub struct Watched {
    sign: Sign,
    seen: Instant,
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
            seen: now(),
            miss_after: Duration::from_millis(miss_timeout_ms),
            megamiss_after: Duration::from_millis(megamiss_timeout_ms),
            missed: false,
            megamissed: false,
            stats: [registry.shard(&format!("server.{name}")), registry.shard(kind)],
        }
    }

    fn look(&mut self, at: Instant) {
        if self.sign.0.swap(false, Relaxed) {
            self.seen = at;
            (self.missed, self.megamissed) = (false, false);
            return;
        }
        let silent = at.saturating_duration_since(self.seen);
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
    pub fn start(mut watched: Vec<Watched>) -> io::Result<Self> {
        let (stop, stopped) = channel();
        let thread = thread::Builder::new().name("guarddog".into()).spawn(move || {
            while stopped.recv_timeout(PERIOD) == Err(RecvTimeoutError::Timeout) {
                let at = now();
                for thread in &mut watched {
                    thread.look(at);
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

    #[test]
    fn a_silence_is_counted_once_for_each_limit() {
        let limits = Watchdog { miss_timeout_ms: 200, megamiss_timeout_ms: 1_000 };
        let sign = Sign::default();
        let registry = Registry::new();
        let mut watched = Watched::new(sign.clone(), "worker_0", "workers", limits, &registry);
        let start = watched.seen;
        let mut look = |ms| {
            watched.look(start + Duration::from_millis(ms));
            counts(&watched)
        };
        assert_eq!(look(200), [[0, 0]; 2]);
        assert_eq!(look(300), [[1, 0]; 2]);
        assert_eq!(look(400), [[1, 0]; 2]);
        assert_eq!(look(1_100), [[1, 1]; 2]);
        assert_eq!(look(9_000), [[1, 1]; 2]);
        sign.0.store(true, Relaxed);
        assert_eq!(look(9_100), [[1, 1]; 2]);
        assert_eq!(look(9_400), [[2, 1]; 2]);
    }
}
