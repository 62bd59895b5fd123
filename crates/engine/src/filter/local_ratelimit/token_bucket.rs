//! A bucket of tokens that fills steadily, shared by workers without a lock.
//!
//! One number is kept: the time at which the bucket was empty, were it never full. Whoever takes
//! tokens moves that time on.

#![expect(
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "counts are small and not negative"
)]

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use voyant_ir::filter::local_ratelimit as ir;

use crate::rt::clock::{Instant, now};

/// What sums of floats may be off by, in tokens.
const TOLERANCE: f64 = 1e-6;

/// A bucket.
#[derive(Debug)]
pub struct TokenBucket {
    max_tokens: f64,
    /// Tokens a second.
    fill_rate: f64,
    origin: Instant,
    /// Seconds after `origin`, as the bits of a float; negative before it.
    empty_at: AtomicU64,
}

impl TokenBucket {
    /// A full one.
    pub fn new(bucket: &ir::TokenBucket) -> Self {
        let ir::TokenBucket { max_tokens, tokens_per_fill, fill_interval_ms } = bucket;
        let max_tokens = f64::from(*max_tokens);
        let fill_rate = f64::from(*tokens_per_fill) / (*fill_interval_ms as f64 / 1000.0);
        // Earlier by a second than it must be: no rounding may keep it from being full.
        let empty_at = AtomicU64::new((-max_tokens / fill_rate - 1.0).to_bits());
        Self { max_tokens, fill_rate, origin: now(), empty_at }
    }

    pub fn fill_rate(&self) -> f64 {
        self.fill_rate
    }

    pub fn max_tokens(&self) -> u64 {
        self.max_tokens as u64
    }

    /// Takes tokens, or none when there are not so many; for nothing there is never enough.
    pub fn take(&self, tokens: u64, at: Instant) -> bool {
        let (time, tokens) = (self.seconds(at), tokens as f64);
        let taken = self.empty_at.fetch_update(Relaxed, Relaxed, |empty_at| {
            let left = self.tokens(f64::from_bits(empty_at), time) - tokens;
            (left >= -TOLERANCE).then(|| (time - left.max(0.0) / self.fill_rate).to_bits())
        });
        tokens > 0.0 && taken.is_ok()
    }

    /// Puts tokens back, as far as there is room.
    pub fn give(&self, tokens: u64, at: Instant) {
        let (time, tokens) = (self.seconds(at), tokens as f64);
        let _ = self.empty_at.fetch_update(Relaxed, Relaxed, |empty_at| {
            let left = self.tokens(f64::from_bits(empty_at), time) + tokens;
            Some((time - left.min(self.max_tokens) / self.fill_rate).to_bits())
        });
    }

    /// Whole tokens that are there.
    pub fn remaining(&self, at: Instant) -> u64 {
        (self.now(at) + TOLERANCE) as u64
    }

    /// Seconds until there is a token, a part of one counted as a whole.
    pub fn reset_seconds(&self, at: Instant) -> u64 {
        const MILLISECONDS: u64 = 1000;
        let missing = 1.0 - self.now(at);
        if missing <= TOLERANCE {
            return 0;
        }
        let left = missing / self.fill_rate * MILLISECONDS as f64;
        // No rounding may make a second of what is left of a float.
        (left.round() as u64).div_ceil(MILLISECONDS)
    }

    fn now(&self, at: Instant) -> f64 {
        self.tokens(f64::from_bits(self.empty_at.load(Relaxed)), self.seconds(at))
    }

    fn tokens(&self, empty_at: f64, time: f64) -> f64 {
        ((time - empty_at) * self.fill_rate).min(self.max_tokens)
    }

    fn seconds(&self, at: Instant) -> f64 {
        at.saturating_duration_since(self.origin).as_secs_f64()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn bucket(max_tokens: u32, tokens_per_fill: u32, fill_interval_ms: u64) -> TokenBucket {
        TokenBucket::new(&ir::TokenBucket { max_tokens, tokens_per_fill, fill_interval_ms })
    }

    #[test]
    fn tokens_come_back_steadily_up_to_the_most() {
        let bucket = bucket(2, 1, 10_000);
        let start = bucket.origin;
        assert!(bucket.take(1, start) && bucket.take(1, start) && !bucket.take(1, start));
        assert_eq!((bucket.remaining(start), bucket.reset_seconds(start)), (0, 10));
        assert_eq!(bucket.reset_seconds(start + Duration::from_millis(300)), 10);
        let later = start + Duration::from_secs(9);
        assert!(!bucket.take(1, later));
        assert_eq!(bucket.reset_seconds(later), 1);
        let later = start + Duration::from_secs(10);
        assert!(bucket.take(1, later) && !bucket.take(1, later));
        let later = start + Duration::from_hours(1);
        assert_eq!((bucket.remaining(later), bucket.reset_seconds(later)), (2, 0));
        assert!(!bucket.take(3, later) && !bucket.take(0, later) && bucket.take(2, later));
    }

    #[test]
    fn threads_share_the_tokens() {
        let bucket = bucket(1000, 1, 3_600_000);
        let start = bucket.origin;
        let taken: usize = std::thread::scope(|scope| {
            let take = || (0..400).filter(|_| bucket.take(1, start)).count();
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(take)).collect();
            threads.into_iter().map(|thread| thread.join().expect("no panic")).sum()
        });
        assert_eq!(taken, 1000);
    }
}
