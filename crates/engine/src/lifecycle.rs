//! The life of the process as requests and the admin interface see it: starting, live, draining.
//! Shared by all threads; read once a response.

use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use voyant_ir::snapshot::DrainStrategy;

use crate::rt::clock::{Instant, now};
use crate::rt::rng::Rng;

/// `/server_info`'s state (Envoy's `admin.v3.ServerInfo.State`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    Live,
    Draining,
    PreInitializing,
    Initializing,
}

impl State {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Live => "LIVE",
            Self::Draining => "DRAINING",
            Self::PreInitializing => "PRE_INITIALIZING",
            Self::Initializing => "INITIALIZING",
        }
    }
}

/// Whether connections are told to go away, and since when.
#[derive(Debug)]
pub struct Lifecycle {
    started: Instant,
    drain_time: Duration,
    strategy: DrainStrategy,
    live: AtomicBool,
    health_check_failed: AtomicBool,
    drain: AtomicU8,
    /// Milliseconds after `started` at which draining began.
    drain_began_ms: AtomicU64,
}

const DRAIN_NONE: u8 = 0;
const DRAIN_GRADUAL: u8 = 1;
const DRAIN_AT_ONCE: u8 = 2;

impl Lifecycle {
    pub fn new(drain_time: Duration, strategy: DrainStrategy) -> Self {
        Self {
            started: now(),
            drain_time,
            strategy,
            live: AtomicBool::new(false),
            health_check_failed: AtomicBool::new(false),
            drain: AtomicU8::new(DRAIN_NONE),
            drain_began_ms: AtomicU64::new(0),
        }
    }

    pub fn started(&self) -> Instant {
        self.started
    }

    pub fn drain_time(&self) -> Duration {
        self.drain_time
    }

    /// Every listener accepts.
    pub fn set_live(&self) {
        self.live.store(true, Relaxed);
    }

    /// `/healthcheck/fail` and `/healthcheck/ok`.
    pub fn set_health_check_failed(&self, failed: bool) {
        self.health_check_failed.store(failed, Relaxed);
    }

    pub fn health_check_failed(&self) -> bool {
        self.health_check_failed.load(Relaxed)
    }

    /// Begins to drain as the drain strategy says; a drain that is at once stays so.
    pub fn begin_drain(&self) {
        let wanted = match self.strategy {
            DrainStrategy::Gradual => DRAIN_GRADUAL,
            DrainStrategy::Immediate => DRAIN_AT_ONCE,
        };
        if self.drain.load(Relaxed) == DRAIN_NONE {
            let elapsed = now().duration_since(self.started).as_millis();
            self.drain_began_ms.store(u64::try_from(elapsed).unwrap_or(u64::MAX), Relaxed);
            self.drain.store(wanted, Relaxed);
        }
    }

    /// Every response from now on ends its connection.
    pub fn begin_shutdown(&self) {
        self.drain.store(DRAIN_AT_ONCE, Relaxed);
    }

    pub fn is_shutting_down(&self) -> bool {
        self.drain.load(Relaxed) == DRAIN_AT_ONCE
    }

    pub fn state(&self) -> State {
        if !self.live.load(Relaxed) {
            State::Initializing
        } else if self.health_check_failed() || self.drain.load(Relaxed) != DRAIN_NONE {
            State::Draining
        } else {
            State::Live
        }
    }

    /// Whether this response should end its connection. While a gradual drain lasts, the share
    /// of those that do grows evenly from none to all.
    pub fn should_close(&self, rng: &Rng) -> bool {
        match self.drain.load(Relaxed) {
            DRAIN_NONE => self.health_check_failed(),
            DRAIN_GRADUAL => self.health_check_failed() || self.gradual(rng),
            _ => true,
        }
    }

    fn gradual(&self, rng: &Rng) -> bool {
        let began = self.started + Duration::from_millis(self.drain_began_ms.load(Relaxed));
        let elapsed = now().saturating_duration_since(began).as_millis() as u64;
        let whole = self.drain_time.as_millis() as u64;
        whole == 0 || elapsed >= whole || rng.below(whole) < elapsed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lifecycle(strategy: DrainStrategy) -> Lifecycle {
        let lifecycle = Lifecycle::new(Duration::from_secs(100), strategy);
        lifecycle.set_live();
        lifecycle
    }

    #[tokio::test(start_paused = true)]
    async fn a_gradual_drain_grows() {
        let lifecycle = lifecycle(DrainStrategy::Gradual);
        let rng = Rng::seeded(3);
        assert!(!lifecycle.should_close(&rng));
        lifecycle.begin_drain();
        assert_eq!(lifecycle.state(), State::Draining);
        tokio::time::advance(Duration::from_secs(25)).await;
        let closed = (0..10_000).filter(|_| lifecycle.should_close(&rng)).count();
        assert!((2_300..2_700).contains(&closed), "{closed}");
        tokio::time::advance(Duration::from_secs(75)).await;
        assert!((0..100).all(|_| lifecycle.should_close(&rng)));
    }

    #[test]
    fn an_immediate_drain_and_a_shutdown_close_at_once() {
        let rng = Rng::seeded(3);
        let draining = lifecycle(DrainStrategy::Immediate);
        draining.begin_drain();
        assert!(draining.should_close(&rng));
        let stopping = lifecycle(DrainStrategy::Gradual);
        stopping.begin_shutdown();
        assert!(stopping.should_close(&rng));
    }

    #[test]
    fn a_failed_health_check_drains_until_it_is_ok_again() {
        let rng = Rng::seeded(3);
        let lifecycle = lifecycle(DrainStrategy::Gradual);
        lifecycle.set_health_check_failed(true);
        assert_eq!(lifecycle.state(), State::Draining);
        assert!(lifecycle.should_close(&rng));
        lifecycle.set_health_check_failed(false);
        assert_eq!(lifecycle.state(), State::Live);
        assert!(!lifecycle.should_close(&rng));
    }
}
