use super::*;
use crate::metadata::DynamicMetadata;
use crate::upstream::health::HealthFlags;
use crate::upstream::host::ActiveOn;
use crate::upstream::host::tests::spec;
use voyant_ir::cluster::HealthStatus;

fn hosts(set: &HostSet) -> Vec<Arc<Host>> {
    set.hosts().map(|(_, entry)| Arc::clone(&entry.host)).collect()
}

fn at_priority(port: u16, priority: u32) -> HostSpec {
    HostSpec { priority, ..spec(port, 1) }
}

fn with_health(port: u16, status: HealthStatus) -> HostSpec {
    HostSpec { health: HealthFlags::of_status(status), ..spec(port, 1) }
}

#[test]
fn a_host_that_stays_keeps_its_object_and_counters() {
    let (before, _) = HostSet::build(vec![spec(1, 1), spec(2, 1)], &HostSet::default());
    let _request = ActiveOn::request(Arc::clone(&hosts(&before)[1]));
    let (after, difference) = HostSet::build(vec![spec(2, 1), spec(3, 1)], &before);
    assert_eq!(difference, Difference { changed_priorities: 1, updated: false });
    assert!(Arc::ptr_eq(&hosts(&before)[1], &hosts(&after)[0]));
    assert_eq!(hosts(&after)[0].counters.rq_active(), 1);
    assert_eq!(hosts(&after)[1].counters.rq_active(), 0);
}

#[test]
fn the_same_hosts_are_no_difference() {
    let (before, first) = HostSet::build(vec![spec(1, 1), spec(2, 1)], &HostSet::default());
    assert!(first.is_any());
    let (_, difference) = HostSet::build(vec![spec(1, 1), spec(2, 1)], &before);
    assert!(!difference.is_any());
}

#[test]
fn weight_and_health_change_in_place() {
    let (before, _) = HostSet::build(vec![spec(1, 1), spec(2, 1)], &HostSet::default());
    let specs = vec![spec(1, 7), with_health(2, HealthStatus::Unhealthy)];
    let (after, difference) = HostSet::build(specs, &before);
    assert_eq!(difference, Difference { changed_priorities: 0, updated: true });
    assert!(Arc::ptr_eq(&hosts(&before)[0], &hosts(&after)[0]));
    assert_eq!(hosts(&after)[0].weight(), 7);
    assert_eq!(after.priorities[0].healthy.len(), 1);
}

#[test]
fn a_host_moves_between_priorities() {
    let specs = vec![at_priority(1, 0), at_priority(2, 2)];
    let (before, difference) = HostSet::build(specs, &HostSet::default());
    assert_eq!(difference.changed_priorities, 2);
    assert_eq!(before.priorities.len(), 3);
    assert!(before.priorities[1].all.is_empty());
    let (after, difference) = HostSet::build(vec![at_priority(1, 0), at_priority(2, 0)], &before);
    assert_eq!(difference.changed_priorities, 2);
    assert!(Arc::ptr_eq(&hosts(&before)[1], &hosts(&after)[1]));
}

#[test]
fn one_address_may_be_there_twice() {
    let specs = || vec![spec(1, 1), spec(1, 1)];
    let (before, _) = HostSet::build(specs(), &HostSet::default());
    assert_eq!(before.len(), 2);
    let (after, difference) = HostSet::build(specs(), &before);
    assert!(!difference.is_any());
    assert!(!Arc::ptr_eq(&hosts(&after)[0], &hosts(&after)[1]));
}

#[test]
fn hosts_are_sorted_by_health_and_share_the_list_when_all_are_alike() {
    let (all_healthy, _) = HostSet::build(vec![spec(1, 1)], &HostSet::default());
    let priority = &all_healthy.priorities[0];
    assert!(Arc::ptr_eq(&priority.all, &priority.healthy));
    let specs = vec![
        with_health(1, HealthStatus::Draining),
        with_health(2, HealthStatus::Timeout),
        with_health(3, HealthStatus::Degraded),
        with_health(4, HealthStatus::Unknown),
    ];
    let (mixed, _) = HostSet::build(specs, &HostSet::default());
    let priority = &mixed.priorities[0];
    let positions = |list: &HostList| list.iter().map(|entry| entry.position).collect::<Vec<_>>();
    assert_eq!(positions(&priority.healthy), [3]);
    assert_eq!(positions(&priority.degraded), [2]);
    assert_eq!(priority.excluded, 1);
}

#[test]
fn metadata_changes_in_place_and_is_no_difference() {
    let said = |what: &str| {
        let mut metadata = DynamicMetadata::default();
        metadata.set("ns", &["key"], what.into());
        Some(Arc::new((*metadata).clone()))
    };
    let with = |what| vec![HostSpec { metadata: said(what), ..spec(1, 1) }];
    let (before, _) = HostSet::build(with("old"), &HostSet::default());
    let (after, difference) = HostSet::build(with("new"), &before);
    assert!(!difference.is_any());
    assert!(Arc::ptr_eq(&hosts(&before)[0], &hosts(&after)[0]));
    assert_eq!(*hosts(&before)[0].metadata(), said("new"));
}
