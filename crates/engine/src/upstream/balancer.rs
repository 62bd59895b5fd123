//! The one wrapper outside all balancers: it decides which hosts a balancer sees. Built from a
//! host set and configuration; which priority takes how much, whether its health is ignored,
//! and between healthy and degraded hosts is settled then, so that a pick is a draw among few.

use voyant_ir::lb::LoadBalancer as LoadBalancerConfig;

use super::balance::Tuning;
use super::host_set::{HostEntry, HostSet, PriorityHosts};
use super::priority_load::{Availability, PriorityLoad};
use crate::lb::{Balancer, LoadBalancer, PickContext};
use crate::observe::stats::groups::cluster::ClusterLbStats;
use crate::rt::rng::Rng;

/// Picks from a host set.
#[derive(Debug)]
pub struct ClusterBalancer {
    shares: Box<[Share]>,
}

/// Hosts that take a share of the load.
#[derive(Debug)]
struct Share {
    /// Draws of 1 to 100 up to this one are theirs.
    up_to: u32,
    /// Health is ignored.
    panic: bool,
    balancer: Balancer,
}

impl ClusterBalancer {
    pub fn new(config: &LoadBalancerConfig, tuning: Tuning, hosts: &HostSet, rng: &Rng) -> Self {
        // Who has no host at all has one priority without hosts, which may be in panic.
        let none = [PriorityHosts::default()];
        let priorities = if hosts.priorities.is_empty() { &none[..] } else { &hosts.priorities };
        let availability: Vec<_> = priorities.iter().map(availability).collect();
        let load = PriorityLoad::new(&availability, tuning.panic_threshold_percent);
        let healthy = priorities.iter().zip(&load.healthy).zip(&load.panic);
        let degraded = priorities.iter().zip(&load.degraded).zip(&load.panic);
        let healthy = healthy.map(|((hosts, load), panic)| (&hosts.healthy, hosts, *load, *panic));
        let degraded =
            degraded.map(|((hosts, load), panic)| (&hosts.degraded, hosts, *load, *panic));
        let mut up_to = 0;
        let shares = healthy.chain(degraded).filter(|share| share.2 > 0).map(
            |(available, hosts, load, panic)| {
                up_to += load;
                let list = if panic { &hosts.all } else { available };
                let bias = tuning.active_request_bias;
                Share { up_to, panic, balancer: Balancer::new(config, bias, list.clone(), rng) }
            },
        );
        Self { shares: shares.collect() }
    }

    /// None when nobody can take the request.
    pub fn pick(&self, cx: &PickContext<'_>, stats: &ClusterLbStats) -> Option<&HostEntry> {
        let share = match &*self.shares {
            [share] => share,
            shares => {
                let draw = cx.rng.below(100) as u32 + 1;
                shares.iter().find(|share| draw <= share.up_to)?
            }
        };
        if share.panic {
            stats.lb_healthy_panic.inc();
        }
        share.balancer.pick(cx)
    }
}

fn availability(priority: &PriorityHosts) -> Availability {
    Availability {
        hosts: priority.all.len() as u32,
        excluded: priority.excluded,
        healthy: priority.healthy.len() as u32,
        degraded: priority.degraded.len() as u32,
    }
}

#[cfg(test)]
mod tests {
    use voyant_ir::cluster::HealthStatus;

    use super::*;
    use crate::upstream::health::HealthFlags;
    use crate::upstream::host::HostSpec;
    use crate::upstream::host::tests::spec;

    fn tuning(panic_threshold_percent: f64) -> Tuning {
        Tuning { panic_threshold_percent, active_request_bias: 1.0 }
    }

    /// Hosts by priority and status; how many of 10,000 picks each gets.
    fn shares(hosts: &[(u32, HealthStatus)], panic_threshold: f64) -> (Vec<usize>, u64) {
        let spec = |(port, (priority, status)): (u16, &(u32, HealthStatus))| HostSpec {
            priority: *priority,
            health: HealthFlags::of_status(*status),
            ..spec(port, 1)
        };
        let specs = (1..).zip(hosts).map(spec).collect();
        let (set, _) = HostSet::build(specs, &HostSet::default());
        let rng = Rng::seeded(3);
        let config = LoadBalancerConfig::RoundRobin {};
        let balancer = ClusterBalancer::new(&config, tuning(panic_threshold), &set, &rng);
        let stats = ClusterLbStats::default();
        let mut shares = vec![0; hosts.len()];
        for _ in 0..10_000 {
            if let Some(picked) = balancer.pick(&PickContext { rng: &rng }, &stats) {
                shares[picked.position as usize] += 1;
            }
        }
        (shares, stats.lb_healthy_panic.get())
    }

    const UP: HealthStatus = HealthStatus::Healthy;
    const DOWN: HealthStatus = HealthStatus::Unhealthy;

    #[test]
    fn the_first_priority_takes_all_while_it_can() {
        assert_eq!(shares(&[(0, UP), (0, UP), (1, UP)], 50.0), (vec![5_000, 5_000, 0], 0));
        assert_eq!(shares(&[(0, DOWN), (1, UP)], 50.0), (vec![0, 10_000], 0));
    }

    #[test]
    fn what_it_cannot_take_goes_to_the_next() {
        let (shares, panics) = shares(&[(0, UP), (0, DOWN), (1, UP)], 50.0);
        assert!(shares[0].abs_diff(7_000) < 200 && shares[2].abs_diff(3_000) < 200, "{shares:?}");
        assert_eq!((shares[1], panics), (0, 0));
    }

    #[test]
    fn health_is_ignored_in_panic_and_counted() {
        assert_eq!(shares(&[(0, DOWN), (0, DOWN)], 50.0), (vec![5_000, 5_000], 10_000));
        assert_eq!(shares(&[(0, DOWN), (0, DOWN)], 0.0), (vec![0, 0], 0));
        assert_eq!(shares(&[(0, HealthStatus::Draining)], 50.0), (vec![10_000], 10_000));
    }

    #[test]
    fn degraded_hosts_stand_in() {
        let degraded = HealthStatus::Degraded;
        assert_eq!(shares(&[(0, degraded), (0, DOWN), (1, UP)], 50.0).0[1], 0);
        assert_eq!(shares(&[(0, degraded), (1, UP)], 50.0).0, [0, 10_000]);
        // Two healthy hosts of three are good for 93 percent.
        let seven_percent = shares(&[(0, degraded), (0, UP), (0, UP)], 50.0).0[0];
        assert!(seven_percent.abs_diff(700) < 100, "{seven_percent}");
    }

    #[test]
    fn a_set_without_hosts_picks_none() {
        let config = LoadBalancerConfig::RoundRobin {};
        let rng = Rng::seeded(3);
        for (threshold, panics) in [(50.0, 1), (0.0, 0)] {
            let balancer =
                ClusterBalancer::new(&config, tuning(threshold), &HostSet::default(), &rng);
            let stats = ClusterLbStats::default();
            assert!(balancer.pick(&PickContext { rng: &rng }, &stats).is_none());
            assert_eq!(stats.lb_healthy_panic.get(), panics);
        }
    }
}
