//! The clock. Monotonic time is tokio's, so that tests can stop it and turn it by hand; wall
//! time is derived from it, at the price of one clock reading for both.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

pub use tokio::time::Instant;

/// Monotonic time.
pub fn now() -> Instant {
    Instant::now()
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
