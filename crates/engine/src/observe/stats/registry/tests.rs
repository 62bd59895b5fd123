use std::sync::Arc;
use std::thread;

use super::*;
use crate::observe::stats::group::Kind;
use crate::observe::stats::response_codes::Series;
use crate::observe::stats::slot::Reading;

crate::stats_group! {
    /// A group for these tests.
    pub struct TestStats {
        total: Counter,
        active: Gauge,
        length_ms: Histogram,
        codes: ResponseCodes("upstream_rq"),
        dotted: Counter("inner.dotted"),
    }
}

fn read<R>(registry: &Registry, prefix: &str, f: impl FnOnce(&super::super::slot::Slot) -> R) -> R {
    let scope = registry.scope(prefix);
    let slots = scope.slots();
    f(slots.iter().find(|slot| slot.info() == TestStats::INFO).expect("the group is declared"))
}

#[test]
fn a_group_has_the_table_of_its_members() {
    let table: Vec<_> = TestStats::INFO.metrics.iter().map(|m| (m.name, m.kind)).collect();
    assert_eq!(table[0], ("total", Kind::Counter));
    assert_eq!(table[3], ("upstream_rq", Kind::ResponseCodes));
    assert_eq!(table[4], ("inner.dotted", Kind::Counter));
}

#[test]
fn workers_add_up() {
    let registry = Arc::new(Registry::new());
    let shards: Vec<_> = (0..4).map(|_| registry.shard::<TestStats>("http.a")).collect();
    thread::scope(|scope| {
        for shard in &shards {
            scope.spawn(move || {
                for _ in 0..1000 {
                    shard.total.inc();
                    shard.codes.inc(200);
                    shard.length_ms.record(7);
                }
                shard.active.add(2);
            });
        }
    });
    shards[0].active.add(-3);
    registry.flush();
    read(&registry, "http.a", |slot| {
        assert_eq!(slot.counter(0, Series::Only), Reading { value: 4000, used: true });
        assert_eq!(slot.gauge(1), Reading { value: 5, used: true });
        assert_eq!(slot.histogram(2).expect("flushed").cumulative[0].1, 4000);
        assert_eq!(slot.series(3), [Series::Completed, Series::Class(2), Series::Code(200)]);
        assert_eq!(slot.counter(3, Series::Code(200)).value, 4000);
        assert_eq!(slot.counter(4, Series::Only), Reading { value: 0, used: false });
    });
}

#[test]
fn a_shard_that_is_let_go_leaves_its_counts_but_not_its_gauges() {
    let registry = Registry::new();
    let scope = registry.scope("cluster.a");
    let shard = scope.shard::<TestStats>();
    shard.total.add(3);
    shard.active.inc();
    shard.codes.inc(404);
    shard.length_ms.record(10);
    drop(shard);
    let next = scope.shard::<TestStats>();
    next.total.inc();
    next.length_ms.record(10);
    registry.flush();
    read(&registry, "cluster.a", |slot| {
        assert_eq!(slot.counter(0, Series::Only).value, 4);
        assert_eq!(slot.gauge(1).value, 0);
        assert_eq!(slot.counter(3, Series::Class(4)).value, 1);
        assert_eq!(slot.histogram(2).expect("flushed").cumulative[0].1, 2);
    });
}

#[test]
fn a_scope_is_gone_when_nobody_holds_it() {
    let registry = Registry::new();
    let scope = registry.scope("cluster.a");
    scope.declare::<TestStats>();
    let shard = registry.shard::<TestStats>("cluster.b");
    registry.flush();
    assert_eq!(registry.scopes().len(), 2);
    drop(scope);
    registry.flush();
    assert_eq!(registry.scopes()[0].prefix(), "cluster.b");
    drop(shard);
    registry.flush();
    assert!(registry.scopes().is_empty());
}

#[test]
fn a_reset_begins_counters_at_zero_but_they_stay_used() {
    let registry = Registry::new();
    let shard = registry.shard::<TestStats>("s");
    shard.total.add(5);
    shard.active.add(5);
    shard.codes.inc(503);
    registry.reset_counters();
    shard.total.inc();
    read(&registry, "s", |slot| {
        assert_eq!(slot.counter(0, Series::Only), Reading { value: 1, used: true });
        assert_eq!(slot.gauge(1).value, 5);
        assert_eq!(slot.counter(3, Series::Code(503)), Reading { value: 0, used: true });
    });
}

#[test]
fn an_unused_cluster_costs_little() {
    // A scope with its prefix and the three groups that a cluster without traffic declares.
    let scope = size_of::<Scope>() + 2 * size_of::<usize>() + "cluster.a-long-name".len();
    assert!(scope + 3 * size_of::<super::super::slot::Slot>() < 256);
}

#[test]
fn scopes_come_in_the_order_of_their_names() {
    let registry = Registry::new();
    let _held = ["cluster.a-b", "cluster.a", "cluster.a.b", "server"].map(|p| registry.scope(p));
    let order: Vec<_> = registry.scopes().iter().map(|s| s.prefix().to_owned()).collect();
    assert_eq!(order, ["cluster.a-b", "cluster.a", "cluster.a.b", "server"]);
}
