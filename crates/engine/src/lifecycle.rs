//! The life of the process as requests and the admin interface see it: starting, live, draining.
//! Shared by all threads; read once a response.

use std::sync::atomic::{
    AtomicU8, AtomicU64,
    Ordering::{Acquire, Relaxed, Release},
};
use std::time::Duration;

use voyant_ir::snapshot::DrainStrategy;

use crate::listener::arrivals::Arrivals;
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

/// What a listener's connections go for, beside a drain of all listeners.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Drained {
    /// Its traffic flows towards the service.
    pub inbound: bool,
    /// A health check that was made to fail drains it.
    pub by_health_check: bool,
}

/// Whether connections are told to go away, and since when.
#[derive(Debug)]
pub struct Lifecycle {
    started: Instant,
    drain_time: Duration,
    strategy: DrainStrategy,
    stage: AtomicU8,
    /// Why responses may end their connections; almost always none.
    reasons: AtomicU8,
    /// Of all listeners, then of inbound ones: milliseconds after `started` at which they began
    /// to drain.
    drain_began_ms: [AtomicU64; 2],
    shutdown_began_ms: AtomicU64,
    pub arrivals: Arrivals,
}

/// The first answers of discovery are awaited.
const STAGE_DISCOVERY: u8 = 0;
/// Workers start.
const STAGE_WORKERS: u8 = 1;
const STAGE_LIVE: u8 = 2;

const HEALTH_CHECK_FAILED: u8 = 1;
const DRAINS_ALL: u8 = 2;
const DRAINS_INBOUND: u8 = 4;
const SHUTS_DOWN: u8 = 8;

impl Lifecycle {
    pub fn new(drain_time: Duration, strategy: DrainStrategy) -> Self {
        Self {
            started: now(),
            drain_time,
            strategy,
            stage: AtomicU8::new(STAGE_DISCOVERY),
            reasons: AtomicU8::new(0),
            drain_began_ms: Default::default(),
            shutdown_began_ms: AtomicU64::default(),
            arrivals: Arrivals::default(),
        }
    }

    pub fn started(&self) -> Instant {
        self.started
    }

    pub fn drain_time(&self) -> Duration {
        self.drain_time
    }

    /// Every cluster knows its hosts, or that it knows none.
    pub fn set_discovered(&self) {
        self.stage.store(STAGE_WORKERS, Relaxed);
    }

    /// Every listener accepts.
    pub fn set_live(&self) {
        self.stage.store(STAGE_LIVE, Relaxed);
    }

    /// `/healthcheck/fail` and `/healthcheck/ok`.
    pub fn set_health_check_failed(&self, failed: bool) {
        if failed {
            self.reasons.fetch_or(HEALTH_CHECK_FAILED, Relaxed);
        } else {
            self.reasons.fetch_and(!HEALTH_CHECK_FAILED, Relaxed);
        }
    }

    pub fn health_check_failed(&self) -> bool {
        self.has(HEALTH_CHECK_FAILED)
    }

    /// Begins to drain as the drain strategy says: inbound listeners only, or all.
    pub fn begin_drain(&self, inbound_only: bool) {
        let reason = if inbound_only { DRAINS_INBOUND } else { DRAINS_ALL };
        if !self.has(reason) {
            self.drain_began_ms[usize::from(inbound_only)].store(self.age_ms(), Relaxed);
            // Whoever sees the reason sees when it began.
            self.reasons.fetch_or(reason, Release);
        }
    }

    /// Every response from now on ends its connection.
    pub fn begin_shutdown(&self) {
        self.shutdown_began_ms.store(self.age_ms(), Relaxed);
        self.reasons.fetch_or(SHUTS_DOWN, Release);
    }

    /// When the shutdown began, if it has.
    pub fn shutdown_began(&self) -> Option<Instant> {
        let shuts_down = self.reasons.load(Acquire) & SHUTS_DOWN != 0;
        let began = || Duration::from_millis(self.shutdown_began_ms.load(Relaxed));
        shuts_down.then(|| self.started + began())
    }

    pub fn is_shutting_down(&self) -> bool {
        self.has(SHUTS_DOWN)
    }

    pub fn state(&self) -> State {
        match self.stage.load(Relaxed) {
            STAGE_DISCOVERY => State::PreInitializing,
            STAGE_WORKERS => State::Initializing,
            _ if self.has(HEALTH_CHECK_FAILED | SHUTS_DOWN) => State::Draining,
            _ => State::Live,
        }
    }

    /// Whether a response should end its connection. While a gradual drain lasts, the share of
    /// those that do grows evenly from none to all.
    pub fn should_close(&self, drained: Drained, rng: &Rng) -> bool {
        let reasons = self.reasons.load(Acquire);
        if reasons == 0 {
            return false;
        }
        reasons & SHUTS_DOWN != 0
            || drained.by_health_check && reasons & HEALTH_CHECK_FAILED != 0
            || reasons & DRAINS_ALL != 0 && self.drains(0, rng)
            || drained.inbound && reasons & DRAINS_INBOUND != 0 && self.drains(1, rng)
    }

    fn drains(&self, which: usize, rng: &Rng) -> bool {
        if self.strategy == DrainStrategy::Immediate {
            return true;
        }
        let began = Duration::from_millis(self.drain_began_ms[which].load(Relaxed));
        let elapsed = now().saturating_duration_since(self.started + began).as_millis() as u64;
        let whole = self.drain_time.as_millis() as u64;
        whole == 0 || elapsed >= whole || rng.below(whole) < elapsed
    }

    fn age_ms(&self) -> u64 {
        let age = now().duration_since(self.started).as_millis();
        u64::try_from(age).unwrap_or(u64::MAX)
    }

    fn has(&self, reasons: u8) -> bool {
        self.reasons.load(Relaxed) & reasons != 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANY: Drained = Drained { inbound: false, by_health_check: true };
    const INBOUND: Drained = Drained { inbound: true, by_health_check: true };
    const MODIFY_ONLY: Drained = Drained { inbound: false, by_health_check: false };

    fn lifecycle(strategy: DrainStrategy) -> Lifecycle {
        let lifecycle = Lifecycle::new(Duration::from_secs(100), strategy);
        lifecycle.set_live();
        lifecycle
    }

    #[tokio::test(start_paused = true)]
    async fn a_gradual_drain_grows() {
        let lifecycle = lifecycle(DrainStrategy::Gradual);
        let rng = Rng::seeded(3);
        assert!(!lifecycle.should_close(ANY, &rng));
        lifecycle.begin_drain(false);
        assert_eq!(lifecycle.state(), State::Live, "only its connections go");
        tokio::time::advance(Duration::from_secs(25)).await;
        let closed = (0..10_000).filter(|_| lifecycle.should_close(ANY, &rng)).count();
        assert!((2_300..2_700).contains(&closed), "{closed}");
        tokio::time::advance(Duration::from_secs(75)).await;
        assert!((0..100).all(|_| lifecycle.should_close(ANY, &rng)));
    }

    #[test]
    fn an_immediate_drain_and_a_shutdown_close_at_once() {
        let rng = Rng::seeded(3);
        let draining = lifecycle(DrainStrategy::Immediate);
        draining.begin_drain(false);
        assert!(draining.should_close(ANY, &rng));
        let stopping = lifecycle(DrainStrategy::Gradual);
        stopping.begin_shutdown();
        assert!(stopping.should_close(ANY, &rng));
    }

    #[test]
    fn a_failed_health_check_drains_until_it_is_ok_again() {
        let rng = Rng::seeded(3);
        let lifecycle = lifecycle(DrainStrategy::Gradual);
        lifecycle.set_health_check_failed(true);
        assert_eq!(lifecycle.state(), State::Draining);
        assert!(lifecycle.should_close(ANY, &rng));
        assert!(!lifecycle.should_close(MODIFY_ONLY, &rng));
        lifecycle.set_health_check_failed(false);
        assert_eq!(lifecycle.state(), State::Live);
        assert!(!lifecycle.should_close(ANY, &rng));
    }

    #[test]
    fn a_drain_of_inbound_listeners_leaves_the_others_alone() {
        let rng = Rng::seeded(3);
        let lifecycle = lifecycle(DrainStrategy::Immediate);
        lifecycle.begin_drain(true);
        assert!(lifecycle.should_close(INBOUND, &rng));
        assert!(!lifecycle.should_close(ANY, &rng));
        lifecycle.begin_drain(false);
        assert!(lifecycle.should_close(ANY, &rng));
    }

    #[test]
    fn a_start_goes_through_its_stages() {
        let lifecycle = Lifecycle::new(Duration::ZERO, DrainStrategy::Gradual);
        assert_eq!(lifecycle.state(), State::PreInitializing);
        lifecycle.set_discovered();
        assert_eq!(lifecycle.state(), State::Initializing);
        lifecycle.set_live();
        assert_eq!(lifecycle.state(), State::Live);
        lifecycle.begin_shutdown();
        assert_eq!(lifecycle.state(), State::Draining);
    }
}
