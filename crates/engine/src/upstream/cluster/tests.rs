use std::cell::Cell;

use super::*;
use crate::observe::stats::Registry;
use crate::upstream::circuit_breaker::Resource;
use crate::upstream::fixtures::cluster;
use crate::upstream::host::HostSpec;
use crate::upstream::host::tests::spec;

type Worker = Cluster<Cell<u32>>;

fn shared(ports: &[u16]) -> Arc<SharedCluster> {
    Arc::new(
        SharedCluster::new(cluster("c", ports), &Arc::default(), &Registry::new()).expect("valid"),
    )
}

fn specs(ports: &[u16]) -> Vec<HostSpec> {
    ports.iter().map(|port| spec(*port, 1)).collect()
}

/// Picks once for each host of a round-robin cluster.
fn pick_all(worker: &Worker, rng: &Rng, count: usize) -> Vec<WorkerHost<Cell<u32>>> {
    (0..count).map(|_| worker.pick(&PickContext { rng }).expect("there are hosts")).collect()
}

#[test]
fn what_a_worker_keeps_for_a_host_outlives_an_update() {
    let (shared, rng) = (shared(&[1, 2]), Rng::seeded(1));
    let worker = Worker::new(Arc::clone(&shared), &rng);
    for host in pick_all(&worker, &rng, 2) {
        host.local().set(7);
    }
    shared.publish(specs(&[2, 3]));
    let mut kept: Vec<_> =
        pick_all(&worker, &rng, 2).iter().map(|host| host.local().get()).collect();
    kept.sort_unstable();
    assert_eq!(kept, [0, 7]);
}

#[test]
fn what_a_worker_keeps_for_a_removed_host_ends_with_its_last_user() {
    #[derive(Default)]
    struct Pool(std::rc::Rc<()>);
    let (shared, rng) = (shared(&[1]), Rng::seeded(1));
    let worker = Cluster::<Pool>::new(Arc::clone(&shared), &rng);
    let user = worker.pick(&PickContext { rng: &rng }).expect("there is a host");
    let pool = std::rc::Rc::downgrade(&user.local().0);
    shared.publish(specs(&[2]));
    worker.refresh(&rng);
    assert_eq!(pool.strong_count(), 1);
    drop(user);
    assert_eq!(pool.strong_count(), 0);
}

#[test]
fn workers_see_a_new_set_at_their_next_pick() {
    let (shared, rng) = (shared(&[]), Rng::seeded(1));
    let workers = [(); 2].map(|()| Worker::new(Arc::clone(&shared), &rng));
    assert!(workers[0].pick(&PickContext { rng: &rng }).is_none());
    shared.publish(specs(&[1]));
    for worker in &workers {
        assert!(worker.pick(&PickContext { rng: &rng }).is_some());
    }
    shared.publish(vec![]);
    assert!(workers[0].pick(&PickContext { rng: &rng }).is_none());
}

#[test]
fn an_update_without_a_difference_rebuilds_nothing() {
    let shared = shared(&[1, 2]);
    let version = shared.version();
    shared.publish(specs(&[1, 2]));
    assert_eq!(shared.version(), version);
    shared.publish(specs(&[1]));
    assert_ne!(shared.version(), version);
}

#[test]
fn priorities_have_limits_of_their_own_over_all_workers() {
    let mut config = cluster("c", &[1]);
    config.circuit_breakers[0].max_requests = 1;
    config.circuit_breakers[1].max_requests = 2;
    let shared =
        Arc::new(SharedCluster::new(config, &Arc::default(), &Registry::new()).expect("valid"));
    let rng = Rng::seeded(1);
    let workers = [(); 2].map(|()| Worker::new(Arc::clone(&shared), &rng));
    let default =
        |worker: &Worker| worker.breaker(RoutePriority::Default).try_acquire(Resource::Requests);
    let high =
        |worker: &Worker| worker.breaker(RoutePriority::High).try_acquire(Resource::Requests);
    let held = default(&workers[0]);
    assert!(held.is_some() && default(&workers[1]).is_none());
    let held_high = [high(&workers[0]), high(&workers[1])];
    assert!(held_high.iter().all(Option::is_some) && high(&workers[0]).is_none());
    drop(held);
    assert!(default(&workers[1]).is_some());
}
