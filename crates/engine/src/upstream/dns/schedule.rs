//! When a name is asked for again. Pure: it is told how the last attempt ended and answers with
//! the time to wait.

use std::time::Duration;

use voyant_ir::cluster::DnsDiscovery;

use crate::rt::rng::Rng;

/// The schedule of one name.
#[derive(Debug)]
pub struct Schedule {
    refresh: Duration,
    /// Present when answers say how long they hold.
    min_ttl_refresh: Option<Duration>,
    jitter_ms: u64,
    failure_base_ms: u64,
    failure_max_ms: u64,
    /// The bound of the next wait after a failure.
    failure_next_ms: u64,
}

impl Schedule {
    pub fn new(config: &DnsDiscovery) -> Self {
        let refresh = Duration::from_millis(config.refresh_rate_ms);
        let min_ttl_refresh = Duration::from_millis(config.min_refresh_rate_ms);
        Self {
            refresh,
            min_ttl_refresh: config.respect_ttl.then_some(min_ttl_refresh),
            jitter_ms: config.jitter_ms,
            failure_base_ms: config.failure_refresh_base_ms,
            failure_max_ms: config.failure_refresh_max_ms,
            failure_next_ms: config.failure_refresh_base_ms,
        }
    }

    /// After an answer that holds for `ttl`; a TTL of zero says nothing, as in Envoy.
    pub fn after_success(&mut self, ttl: Option<Duration>, rng: &Rng) -> Duration {
        self.failure_next_ms = self.failure_base_ms;
        let refresh = match (self.min_ttl_refresh, ttl.filter(|ttl| !ttl.is_zero())) {
            (Some(min), Some(ttl)) => ttl.max(min),
            _ => self.refresh,
        };
        if self.jitter_ms == 0 {
            return at_least_a_moment(refresh);
        }
        at_least_a_moment(refresh + Duration::from_millis(rng.below(self.jitter_ms)))
    }

    /// After a failure: a random part of a bound that doubles up to the maximum. Without a
    /// maximum always the base.
    pub fn after_failure(&mut self, rng: &Rng) -> Duration {
        if self.failure_max_ms == 0 {
            return at_least_a_moment(Duration::from_millis(self.failure_base_ms));
        }
        let bound = self.failure_next_ms.max(1);
        self.failure_next_ms = bound.saturating_mul(2).min(self.failure_max_ms);
        at_least_a_moment(Duration::from_millis(rng.below(bound)))
    }
}

/// Configuration of zero must not become a loop without rest.
fn at_least_a_moment(wait: Duration) -> Duration {
    wait.max(Duration::from_millis(1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::upstream::fixtures::dns;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn a_success_waits_for_the_refresh_rate() {
        let mut schedule = Schedule::new(&dns());
        assert_eq!(schedule.after_success(Some(SECOND), &Rng::seeded(1)), 5 * SECOND);
    }

    #[test]
    fn the_answers_own_ttl_counts_where_it_is_respected() {
        let rng = Rng::seeded(1);
        let config = DnsDiscovery { respect_ttl: true, min_refresh_rate_ms: 2_000, ..dns() };
        let mut schedule = Schedule::new(&config);
        assert_eq!(schedule.after_success(Some(60 * SECOND), &rng), 60 * SECOND);
        assert_eq!(schedule.after_success(Some(SECOND), &rng), 2 * SECOND);
        assert_eq!(schedule.after_success(Some(Duration::ZERO), &rng), 5 * SECOND);
        assert_eq!(schedule.after_success(None, &rng), 5 * SECOND);
    }

    #[test]
    fn jitter_spreads_refreshes() {
        let rng = Rng::seeded(1);
        let mut schedule = Schedule::new(&DnsDiscovery { jitter_ms: 1_000, ..dns() });
        let waits: Vec<_> = (0..1_000).map(|_| schedule.after_success(None, &rng)).collect();
        assert!(waits.iter().all(|wait| (5 * SECOND..6 * SECOND).contains(wait)));
        assert!(waits.iter().max() > Some(&(SECOND * 59 / 10)));
        assert!(waits.iter().min() < Some(&(SECOND * 51 / 10)));
    }

    #[test]
    fn failures_back_off_up_to_the_maximum_and_begin_anew_after_a_success() {
        let config =
            DnsDiscovery { failure_refresh_base_ms: 1_000, failure_refresh_max_ms: 5_000, ..dns() };
        let longest = |wait: &dyn Fn(&mut Schedule, &Rng) -> Duration| {
            let of = |seed| wait(&mut Schedule::new(&config), &Rng::seeded(seed));
            (0..500).map(of).max().expect("there are seeds")
        };
        let after = |failures: u32| {
            longest(&|schedule, rng| {
                (1..failures).fold((), |(), _| _ = schedule.after_failure(rng));
                schedule.after_failure(rng)
            })
        };
        for (failures, bound) in [(1, 1), (2, 2), (3, 4), (4, 5), (9, 5)] {
            let wait = after(failures);
            assert!(
                wait < bound * SECOND && wait > bound * SECOND * 9 / 10,
                "{failures}: {wait:?}"
            );
        }
        let wait = longest(&|schedule, rng| {
            (0..5).fold((), |(), _| _ = schedule.after_failure(rng));
            schedule.after_success(None, rng);
            schedule.after_failure(rng)
        });
        assert!(wait < SECOND, "{wait:?}");
    }

    #[test]
    fn without_a_maximum_the_wait_after_a_failure_is_fixed() {
        let config =
            DnsDiscovery { failure_refresh_base_ms: 700, failure_refresh_max_ms: 0, ..dns() };
        let (mut schedule, rng) = (Schedule::new(&config), Rng::seeded(1));
        assert!((0..9).all(|_| schedule.after_failure(&rng) == Duration::from_millis(700)));
    }
}
