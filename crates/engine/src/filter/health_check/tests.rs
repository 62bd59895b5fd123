use voyant_ir::cluster::HealthStatus;

use super::*;
use crate::observe::stats::Registry;
use crate::upstream::fixtures;
use crate::upstream::shared_cluster::SharedCluster;

#[tokio::test(start_paused = true)]
async fn an_answer_holds_until_the_next_round() {
    let cache = Cache::new(Duration::from_millis(100));
    assert!(!cache.holds());
    assert_eq!(cache.last(), None);
    tokio::time::advance(Duration::from_millis(90)).await;
    let degraded = Answer { status: 200, degraded: true };
    cache.keep(degraded);
    assert!(cache.holds());
    assert_eq!(cache.last(), Some(degraded));
    // Rounds begin when the configuration was made, whenever the answer came.
    tokio::time::advance(Duration::from_millis(10)).await;
    assert!(!cache.holds());
    assert_eq!(cache.last(), Some(degraded));
    let failed = Answer { status: 503, degraded: false };
    cache.keep(failed);
    assert!(cache.holds());
    assert_eq!(cache.last(), Some(failed));
}

fn hosts(healths: &[HealthStatus]) -> Arc<HostSet> {
    let ports: Vec<u16> = (1..).take(healths.len()).collect();
    let mut config = fixtures::cluster("c", &ports);
    for (endpoint, health) in config.localities[0].endpoints.iter_mut().zip(healths) {
        endpoint.health = *health;
    }
    SharedCluster::new(config, &Arc::default(), &Registry::new()).expect("a cluster").hosts()
}

#[test]
fn hosts_that_may_be_used_are_enough() {
    use HealthStatus::{Degraded, Healthy, Unhealthy};
    let (empty, unhealthy) = (Some(Lack::Empty), Some(Lack::Unhealthy));
    for (healths, percentage, expected) in [
        (&[][..], 0, None),
        (&[], 1, empty),
        (&[Healthy, Unhealthy], 50, None),
        (&[Healthy, Unhealthy], 51, unhealthy),
        (&[Degraded, Healthy], 100, None),
        (&[Unhealthy], 0, None),
    ] {
        let found = too_few(&hosts(healths), percentage);
        assert_eq!(found, expected, "{healths:?} {percentage}");
    }
}
