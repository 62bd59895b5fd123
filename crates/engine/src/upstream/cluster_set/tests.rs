use std::cell::Cell;
use std::sync::Weak;

use voyant_ir::cluster::{Discovery, HealthStatus};
use voyant_ir::route::RoutePriority;

use super::*;
use crate::lb::PickContext;
use crate::observe::stats::group::Kind;
use crate::observe::stats::response_codes::Series;
use crate::observe::stats::slot::Slot;
use crate::rt::rng::Rng;
use crate::upstream::circuit_breaker::Resource;
use crate::upstream::fixtures::{cluster, dns, endpoint, locality};
use crate::upstream::view::ClusterView;
use crate::upstream::worker_clusters::WorkerClusters;

fn build(configs: Vec<ir::Cluster>, previous: &ClusterSet, registry: &Registry) -> ClusterSet {
    ClusterSet::build(configs, previous, &Arc::default(), registry).expect("valid")
}

#[test]
fn a_cluster_that_did_not_change_is_the_same_object() {
    let registry = Registry::new();
    let configs = vec![cluster("a", &[1]), cluster("b", &[2])];
    let before = build(configs, &ClusterSet::default(), &registry);
    let configs = vec![cluster("b", &[2]), cluster("c", &[3]), cluster("a", &[9])];
    let after = build(configs, &before, &registry);
    let same = |name| {
        let of = |set: &ClusterSet| set.by_name(name).cloned().expect("it is there");
        Arc::ptr_eq(&of(&before), &of(&after))
    };
    assert!(same("b") && !same("a"));
    assert_eq!((after.index("b"), after.index("c"), after.index("d")), (Some(0), Some(1), None));
}

#[test]
fn a_worker_takes_unchanged_clusters_along() {
    let (registry, rng) = (Registry::new(), Rng::seeded(1));
    let configs = vec![cluster("a", &[1]), cluster("b", &[2])];
    let before = Arc::new(build(configs, &ClusterSet::default(), &registry));
    let worker = WorkerClusters::<Cell<u32>>::new(Arc::clone(&before));
    assert_eq!(worker.in_use().count(), 0);
    for name in ["a", "b"] {
        let cluster = worker.by_name(name, &rng).expect("it is there");
        cluster.pick(&PickContext { rng: &rng }).expect("a host").local().set(7);
    }
    let configs = vec![cluster("b", &[2]), cluster("a", &[9])];
    let worker = worker.next(Arc::new(build(configs, &before, &registry)));
    let kept = |name| {
        let cluster = worker.by_name(name, &rng).expect("it is there");
        cluster.pick(&PickContext { rng: &rng }).expect("a host").local().get()
    };
    assert_eq!((kept("a"), kept("b")), (0, 7));
}

#[test]
fn an_endpoint_that_is_no_address_is_refused_by_name() {
    let mut config = cluster("a", &[]);
    let address = ir::EndpointAddress::Socket { ip: "nowhere".into(), port: 1 };
    let endpoint = ir::Endpoint { address, ..endpoint("127.0.0.1:1") };
    config.localities = vec![locality(0, vec![endpoint])];
    let error =
        ClusterSet::build(vec![config], &ClusterSet::default(), &Arc::default(), &Registry::new());
    assert!(error.expect_err("refused").to_string().contains("cluster a"));
}

#[test]
fn the_view_has_what_the_admin_page_shows() {
    let mut config = cluster("a", &[]);
    let draining = ir::Endpoint {
        health: HealthStatus::Draining,
        weight: 3,
        hostname: "one".into(),
        ..endpoint("10.0.0.1:80")
    };
    let mut second = locality(1, vec![endpoint("[::1]:81"), draining]);
    second.endpoints[0].address = ir::EndpointAddress::Pipe { path: "/run/x".into() };
    second.region = "r".into();
    config.localities = vec![second, locality(0, vec![endpoint("127.0.0.1:1")])];
    let set = build(vec![config], &ClusterSet::default(), &Registry::new());
    let view = ClusterView::of(set.get(0).expect("it is there"));
    let line = |host: &crate::upstream::view::HostView| {
        format!(
            "{:?} {:?} {} {} {} {}",
            host.addresses.first,
            host.hostname,
            host.health.describe(),
            host.weight,
            host.locality.region,
            host.priority
        )
    };
    let lines: Vec<_> = view.hosts.iter().map(line).collect();
    assert_eq!(
        lines,
        [
            "Ip(127.0.0.1:1) \"\" healthy 1  0",
            "Pipe(\"/run/x\") \"\" healthy 1 r 1",
            "Ip(10.0.0.1:80) \"one\" /eds_status_draining 3 r 1",
        ]
    );
    assert_eq!(view.limits[0][3], ("max_retries", 3));
}

/// The value of a statistic; none when it does not exist.
fn stat(registry: &Registry, prefix: &str, name: &str) -> Option<u64> {
    let scope = registry.scopes().into_iter().find(|scope| scope.prefix() == prefix)?;
    let slots = scope.slots();
    let at = |slot: &&Slot| slot.info().metrics.iter().position(|metric| metric.name == name);
    let slot = slots.iter().find(|slot| at(slot).is_some())?;
    let at = at(&slot)?;
    Some(match slot.info().metrics[at].kind {
        Kind::Counter => slot.counter(at, Series::Only).value,
        _ => slot.gauge(at).value,
    })
}

#[test]
fn gauges_follow_breakers_and_membership() {
    let registry = Registry::new();
    let mut config = cluster("a", &[1, 2]);
    config.circuit_breakers[0].max_requests = 1;
    config.circuit_breakers[1].track_remaining = true;
    let set = Arc::new(build(vec![config], &ClusterSet::default(), &registry));
    registry.before_read(Arc::downgrade(&set) as Weak<dyn Refresh>);
    let read = |name| {
        registry.refresh();
        stat(&registry, "cluster.a", name)
    };
    assert_eq!(read("membership_total"), Some(2));
    assert_eq!(read("membership_change"), Some(1));
    assert_eq!(read("circuit_breakers.default.rq_open"), Some(0));
    assert_eq!(read("circuit_breakers.default.remaining_rq"), None);
    assert_eq!(read("circuit_breakers.high.remaining_rq"), Some(1024));
    let rng = Rng::seeded(1);
    let worker = WorkerClusters::<()>::new(Arc::clone(&set));
    let cluster = worker.get(0, &rng).expect("it is there");
    let acquire = |priority| cluster.breaker(priority).try_acquire(Resource::Requests);
    let held = (acquire(RoutePriority::Default), acquire(RoutePriority::High));
    assert_eq!(read("circuit_breakers.default.rq_open"), Some(1));
    assert_eq!(read("circuit_breakers.default.cx_open"), Some(0));
    assert_eq!(read("circuit_breakers.high.remaining_rq"), Some(1023));
    drop(held);
    assert_eq!(read("circuit_breakers.default.rq_open"), Some(0));
    assert_eq!(read("circuit_breakers.high.remaining_rq"), Some(1024));
}

#[tokio::test]
async fn a_set_is_warm_when_each_cluster_was_answered() {
    let registry = Registry::new();
    let mut named = cluster("a", &[]);
    named.discovery = Discovery::StrictDns(dns());
    named.localities = vec![locality(0, vec![endpoint("somewhere:80")])];
    let set = build(vec![cluster("b", &[1]), named], &ClusterSet::default(), &registry);
    assert!(set.by_name("b").expect("it is there").is_warm());
    let waiting = set.by_name("a").expect("it is there");
    assert!(!waiting.is_warm() && waiting.hosts().is_empty());
    let mut warmed = Box::pin(set.warmed());
    let polled = std::future::poll_fn(|cx| {
        std::task::Poll::Ready(std::future::Future::poll(warmed.as_mut(), cx).is_pending())
    });
    assert!(polled.await);
    waiting.set_warm();
    warmed.await;
}

/// 5,000 clusters are made at once at start.
#[test]
fn thousands_of_clusters_share_no_work() {
    let registry = Registry::new();
    let configs = || (0..5_000).map(|n| cluster(&format!("cluster_{n}"), &[1])).collect::<Vec<_>>();
    let before = build(configs(), &ClusterSet::default(), &registry);
    let after = build(configs(), &before, &registry);
    assert!(before.iter().zip(after.iter()).all(|(a, b)| Arc::ptr_eq(a, b)));
}
