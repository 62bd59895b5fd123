//! Rapid resets (CVE-2023-44487): a client that opens streams and resets them at once makes the
//! proxy work for nothing. As in Envoy, a connection is closed when more than half of its streams
//! were reset within a second and before any response, or when that has become certain.

use std::time::Duration;

/// Streams after which the share is looked at
/// (`overload.premature_reset_total_stream_count`).
const STREAMS: u64 = 500;
/// A stream that lived longer was not premature
/// (`overload.premature_reset_min_stream_lifetime_seconds`).
pub(super) const MIN_LIFETIME: Duration = Duration::from_secs(1);

/// Counts the streams of one connection.
#[derive(Debug, Default)]
pub(super) struct PrematureResets {
    closed: u64,
    premature: u64,
}

impl PrematureResets {
    /// Notes the end of a stream; true when the connection is to be closed.
    pub(super) fn stream_closed(&mut self, premature: bool) -> bool {
        self.closed += 1;
        self.premature += u64::from(premature);
        premature && self.premature * 2 >= self.closed.max(STREAMS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_of_the_window_is_enough() {
        let mut resets = PrematureResets::default();
        assert!((0..249).all(|_| !resets.stream_closed(true)));
        assert!(resets.stream_closed(true));
    }

    #[test]
    fn an_honest_client_may_cancel_now_and_then() {
        let mut resets = PrematureResets::default();
        assert!((0..10_000).all(|i| !resets.stream_closed(i % 3 == 0)));
    }
}
