//! An upstream's last answer. Time goes in rounds, counted from when the configuration was made;
//! the first check of each is let through, and its answer holds for the rest of it.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use crate::rt::clock::{Instant, now};

/// See the module.
#[derive(Debug)]
pub struct Cache {
    origin: Instant,
    round: Duration,
    /// The number of its round, a bit, and the status; 0: there is none.
    last: AtomicU64,
}

/// What is kept of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    pub degraded: bool,
}

impl Cache {
    /// `round` is not zero.
    pub fn new(round: Duration) -> Self {
        Self { origin: now(), round, last: AtomicU64::new(0) }
    }

    /// Keeps an answer for the rest of this round.
    pub fn keep(&self, answer: Answer) {
        let Answer { status, degraded } = answer;
        let word = (self.round() << 1 | u64::from(degraded)) << u16::BITS | u64::from(status);
        self.last.store(word, Relaxed);
    }

    /// The last answer, of whichever round.
    pub fn last(&self) -> Option<Answer> {
        let word = self.last.load(Relaxed);
        let degraded = word >> u16::BITS & 1 != 0;
        (word != 0).then_some(Answer { status: word as u16, degraded })
    }

    /// Whether the last answer is of this round.
    pub fn holds(&self) -> bool {
        self.last.load(Relaxed) >> (u16::BITS + 1) == self.round()
    }

    /// From 1 on.
    fn round(&self) -> u64 {
        let since = now().saturating_duration_since(self.origin).as_millis();
        (since / self.round.as_millis().max(1)) as u64 + 1
    }
}
