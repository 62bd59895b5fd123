use super::*;

use proptest::prelude::*;

/// `hosts` of which so many are healthy.
fn healthy(hosts: u32, healthy: u32) -> Availability {
    Availability { hosts, healthy, ..Availability::default() }
}

fn load(priorities: &[Availability]) -> PriorityLoad {
    PriorityLoad::new(priorities, 50.0)
}

/// The table of Envoy's documentation, "Priority levels".
#[test]
fn two_priorities_share_as_documented() {
    for (p0, p1, expected) in [
        (100, 100, [100, 0]),
        (72, 72, [100, 0]),
        (71, 71, [99, 1]),
        (50, 50, [70, 30]),
        (25, 100, [35, 65]),
        (25, 25, [50, 50]),
        (0, 100, [0, 100]),
    ] {
        assert_eq!(load(&[healthy(100, p0), healthy(100, p1)]).healthy, expected, "{p0} {p1}");
    }
}

#[test]
fn the_third_priority_takes_what_is_left() {
    let sets = [healthy(100, 20), healthy(100, 20), healthy(100, 100)];
    assert_eq!(load(&sets).healthy, [28, 28, 44]);
    let sets = [healthy(100, 20), healthy(100, 20), healthy(100, 20)];
    assert_eq!(load(&sets).panic, [true, true, true]);
    assert_eq!(load(&sets).healthy, [34, 33, 33]);
}

#[test]
fn degraded_hosts_come_after_all_healthy_ones() {
    let degraded = Availability { hosts: 10, degraded: 10, ..Availability::default() };
    let load = load(&[degraded, healthy(10, 10)]);
    assert_eq!((load.healthy, load.degraded), (vec![0, 100], vec![0, 0]));
    let load = PriorityLoad::new(&[degraded], 50.0);
    assert_eq!((load.healthy, load.degraded, load.panic), (vec![0], vec![100], vec![false]));
}

#[test]
fn panic_begins_below_the_threshold_when_no_priority_can_stand_in() {
    assert_eq!(load(&[healthy(4, 2)]).panic, [false]);
    assert_eq!(load(&[healthy(100, 49)]).panic, [true]);
    assert_eq!(load(&[healthy(100, 49), healthy(1, 1)]).panic, [false, false]);
    assert_eq!(PriorityLoad::new(&[healthy(100, 0)], 0.0).panic, [false]);
    assert_eq!(PriorityLoad::new(&[healthy(100, 0)], 0.0).healthy, [100]);
}

#[test]
fn one_priority_in_panic_is_ignored_by_health_while_others_are_not() {
    let load = load(&[healthy(100, 20), healthy(100, 50)]);
    assert_eq!(load.panic, [true, false]);
    assert_eq!(load.healthy, [29, 71]);
}

#[test]
fn draining_hosts_do_not_count() {
    let set = Availability { hosts: 10, excluded: 9, healthy: 1, degraded: 0 };
    assert_eq!(load(&[set, healthy(1, 1)]).healthy, [100, 0]);
}

#[test]
fn no_hosts_at_all_leave_the_load_on_the_first() {
    assert_eq!(load(&[healthy(0, 0), healthy(0, 0)]).healthy, [100, 0]);
    assert_eq!(load(&[]).healthy, [0; 0]);
}

proptest! {
    #[test]
    fn loads_add_up_to_the_whole(
        sets in prop::collection::vec((0u32..20, 0u32..20, 0u32..20, 0u32..20), 1..6),
        threshold in 0.0f64..100.0,
    ) {
        let sets: Vec<_> = sets
            .into_iter()
            .map(|(healthy, degraded, excluded, other)| Availability {
                hosts: healthy + degraded + excluded + other,
                excluded,
                healthy,
                degraded,
            })
            .collect();
        let load = PriorityLoad::new(&sets, threshold);
        prop_assert_eq!(load.healthy.iter().chain(&load.degraded).sum::<u32>(), 100);
    }
}
