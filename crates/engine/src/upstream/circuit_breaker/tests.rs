use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::AtomicBool;
use std::thread;

use voyant_ir::snapshot::{RuntimeLayer, RuntimeValue};

use super::*;

fn thresholds(limit: u32) -> Arc<Thresholds> {
    Arc::new(Thresholds::new(Limits {
        max_connections: limit,
        max_pending_requests: limit,
        max_requests: limit,
        max_retries: limit,
        track_remaining: false,
    }))
}

#[test]
fn each_resource_has_its_own_limit() {
    let breaker = CircuitBreaker::new(Arc::new(Thresholds::new(Limits {
        max_connections: 1,
        max_pending_requests: 2,
        max_requests: 3,
        max_retries: 0,
        track_remaining: false,
    })));
    for (resource, limit) in [
        (Resource::Connections, 1),
        (Resource::PendingRequests, 2),
        (Resource::Requests, 3),
        (Resource::Retries, 0),
    ] {
        let slots: Vec<_> = std::iter::from_fn(|| breaker.try_acquire(resource)).collect();
        assert_eq!(slots.len(), limit);
        assert!(breaker.thresholds().is_open(resource));
        assert_eq!(breaker.thresholds().shows_remaining(resource), 0);
        drop(slots);
        assert_eq!(breaker.thresholds().is_open(resource), limit == 0);
        assert_eq!(breaker.thresholds().shows_remaining(resource), limit as u64);
    }
}

#[test]
fn a_slot_over_the_limit_counts_and_comes_back() {
    let breaker = CircuitBreaker::new(thresholds(0));
    assert!(breaker.try_acquire(Resource::Connections).is_none());
    let slot = breaker.acquire_over_limit(Resource::Connections);
    assert_eq!(breaker.thresholds().in_use(Resource::Connections), 1);
    assert_eq!(breaker.thresholds().shows_remaining(Resource::Connections), 0);
    drop(slot);
    assert_eq!(breaker.thresholds().in_use(Resource::Connections), 0);
}

fn runtime(values: &[(&str, &str)]) -> Runtime {
    let value = |(key, value): &(&str, &str)| RuntimeValue {
        key: (*key).to_owned(),
        value: (*value).to_owned(),
    };
    let values = values.iter().map(value).collect();
    Runtime::new(&[RuntimeLayer { name: "x".into(), admin: false, disk: false, values }])
}

#[test]
fn the_runtime_changes_limits_and_gauges_follow_with_the_next_request() {
    let breaker = CircuitBreaker::new(thresholds(1));
    let limits = breaker.thresholds();
    let remaining = || limits.shows_remaining(Resource::Requests);
    limits.follow(&runtime(&[("a.max_requests", "3"), ("a.max_retries", "word")]), "a.");
    assert_eq!((limits.limit(Resource::Requests), remaining()), (3, 1));
    assert_eq!(limits.limit(Resource::Retries), 1);
    let slot = breaker.try_acquire(Resource::Requests);
    assert_eq!((remaining(), limits.shows_open(Resource::Requests)), (2, false));
    limits.follow(&runtime(&[("a.max_requests", "1")]), "a.");
    assert!(breaker.try_acquire(Resource::Requests).is_none());
    // A second change changes nothing of what was last seen.
    limits.follow(&runtime(&[]), "a.");
    assert_eq!((remaining(), limits.shows_open(Resource::Requests)), (2, false));
    drop(slot);
    assert_eq!(remaining(), 1);
}

#[tokio::test]
async fn a_cancelled_task_gives_its_slot_back() {
    let breaker = CircuitBreaker::new(thresholds(1));
    let local = tokio::task::LocalSet::new();
    let holder = breaker.clone();
    let held = AtomicBool::new(false);
    let task = local.spawn_local(async move {
        let _slot = holder.try_acquire(Resource::Requests);
        std::future::pending::<()>().await;
    });
    local
        .run_until(async {
            while !breaker.thresholds().is_open(Resource::Requests) {
                tokio::task::yield_now().await;
            }
            held.store(true, Relaxed);
            task.abort();
            task.await.expect_err("the task was cancelled");
        })
        .await;
    assert!(held.into_inner());
    assert_eq!(breaker.thresholds().in_use(Resource::Requests), 0);
}

/// One contender: takes, checks the limit, and leaves in the ways in which requests leave.
fn contend(thresholds: &Arc<Thresholds>, limit: u64, rounds: usize) -> usize {
    let breaker = CircuitBreaker::new(Arc::clone(thresholds));
    let mut held = vec![];
    let mut taken = 0;
    for round in 0..rounds {
        if let Some(slot) = breaker.try_acquire(Resource::Requests) {
            assert!(thresholds.in_use(Resource::Requests) <= limit);
            taken += 1;
            match round % 3 {
                0 => drop(slot),
                1 => held.push(slot),
                _ => {
                    let moved = AssertUnwindSafe(slot);
                    let unwound = catch_unwind(move || {
                        let _slot = moved;
                        std::panic::resume_unwind(Box::new("a request that panics"));
                    });
                    assert!(unwound.is_err());
                }
            }
        }
        if held.len() > 3 {
            held.clear();
        }
    }
    taken
}

#[test]
fn threads_never_exceed_the_limit_and_never_leak() {
    let limit = 5;
    let thresholds = thresholds(limit);
    let taken: Vec<usize> = thread::scope(|scope| {
        let contender = || scope.spawn(|| contend(&thresholds, limit.into(), 10_000));
        let contenders: Vec<_> = (0..4).map(|_| contender()).collect();
        contenders.into_iter().map(|thread| thread.join().expect("no contender panics")).collect()
    });
    assert!(taken.iter().sum::<usize>() > 0);
    assert_eq!(thresholds.in_use(Resource::Requests), 0);
    // All places are there again.
    let breaker = CircuitBreaker::new(Arc::clone(&thresholds));
    let slots: Vec<_> =
        std::iter::from_fn(|| breaker.try_acquire(Resource::Requests)).take(100).collect();
    assert_eq!(slots.len(), limit as usize);
}
