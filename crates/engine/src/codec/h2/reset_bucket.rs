//! Resets by a client (`stream_reset_burst`, `stream_reset_rate`): a bucket that each of them
//! takes a token from and that whole seconds fill again, whatever the streams had come to. What
//! resets of young streams cost beyond it is told by the premature resets.

use crate::rt::clock::Instant;

/// The tokens of one connection.
#[derive(Debug)]
pub(super) struct ResetBucket {
    burst: u64,
    rate: u64,
    tokens: u64,
    filled_at: Instant,
}

impl ResetBucket {
    pub(super) fn new(burst: u64, rate: u64, now: Instant) -> Self {
        Self { burst, rate, tokens: burst, filled_at: now }
    }

    /// Notes a reset; false when it is one too many.
    pub(super) fn take(&mut self, now: Instant) -> bool {
        let seconds = (now - self.filled_at).as_secs();
        if seconds > 0 {
            self.filled_at = now;
            let earned = seconds.saturating_mul(self.rate);
            self.tokens = self.tokens.saturating_add(earned).min(self.burst);
        }
        let any = self.tokens > 0;
        self.tokens -= u64::from(any);
        any
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::rt::clock;

    #[test]
    fn seconds_earn_tokens_up_to_the_burst() {
        let start = clock::now();
        let mut bucket = ResetBucket::new(2, 1, start);
        assert!(bucket.take(start) && bucket.take(start));
        assert!(!bucket.take(start + Duration::from_millis(999)));
        let later = start + Duration::from_secs(1);
        assert!(bucket.take(later) && !bucket.take(later));
        let later = start + Duration::from_secs(9);
        assert!(bucket.take(later) && bucket.take(later) && !bucket.take(later));
    }

    #[test]
    fn without_a_burst_no_reset_is_allowed() {
        let start = clock::now();
        assert!(!ResetBucket::new(0, 33, start).take(start + Duration::from_secs(9)));
    }
}
