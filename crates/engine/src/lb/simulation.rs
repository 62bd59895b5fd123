//! Seeded simulations: the shares that each balancer gives, alone and over several workers.

use std::sync::Arc;

use voyant_ir::lb::{LoadBalancer as Config, RuntimeDouble};

use super::*;
use crate::upstream::host::tests::spec;
use crate::upstream::host::{ActiveOn, Host};
use crate::upstream::host_set::HostSet;

const ROUND_ROBIN: Config = Config::RoundRobin {};
const RANDOM: Config = Config::Random {};

fn least_request(choice_count: u32, bias: f64, full_scan: bool) -> Config {
    Config::LeastRequest {
        choice_count,
        active_request_bias: RuntimeDouble { default: bias, runtime_key: String::new() },
        full_scan,
    }
}

fn bias(config: &Config) -> f64 {
    match config {
        Config::LeastRequest { active_request_bias, .. } => active_request_bias.default,
        _ => 0.0,
    }
}

fn hosts(weights: &[u32]) -> HostList {
    let specs = weights.iter().zip(1..).map(|(weight, port)| spec(port, *weight)).collect();
    Arc::clone(&HostSet::build(specs, &HostSet::default()).0.priorities[0].all)
}

/// How often each host is picked in `picks`, with requests that end at once.
fn shares(config: &Config, weights: &[u32], picks: usize) -> Vec<usize> {
    let rng = Rng::seeded(5);
    let balancer = Balancer::new(config, bias(config), hosts(weights), &rng);
    let mut shares = vec![0; weights.len()];
    for _ in 0..picks {
        let picked = balancer.pick(&PickContext { rng: &rng }).expect("there are hosts");
        shares[picked.position as usize] += 1;
    }
    shares
}

fn assert_near(shares: &[usize], expected: &[usize], tolerance: usize) {
    let near = shares.iter().zip(expected).all(|(a, b)| a.abs_diff(*b) <= tolerance);
    assert!(near, "{shares:?}, not {expected:?} +- {tolerance}");
}

#[test]
fn round_robin_takes_turns() {
    assert_eq!(shares(&ROUND_ROBIN, &[1; 7], 700), [100; 7]);
    assert_eq!(shares(&ROUND_ROBIN, &[9, 9], 10), [5, 5]);
}

#[test]
fn round_robin_follows_weights() {
    assert_near(&shares(&ROUND_ROBIN, &[1, 2, 3, 4], 1_000), &[100, 200, 300, 400], 1);
    assert_near(&shares(&ROUND_ROBIN, &[1, 128], 1_290), &[10, 1_280], 1);
}

/// Workers that are built from the same hosts do not all begin with the same one.
#[test]
fn workers_do_not_herd() {
    let hosts = hosts(&[1; 10]);
    let mut firsts = [0; 10];
    for worker in 0..1_000 {
        let rng = Rng::seeded(worker);
        let balancer = Balancer::new(&ROUND_ROBIN, 0.0, Arc::clone(&hosts), &rng);
        let first = balancer.pick(&PickContext { rng: &rng }).expect("there are hosts");
        firsts[first.position as usize] += 1;
    }
    assert_near(&firsts, &[100; 10], 35);
}

#[test]
fn random_is_even_and_ignores_weights() {
    assert_near(&shares(&RANDOM, &[1, 1, 1, 100], 40_000), &[10_000; 4], 400);
}

#[test]
fn idle_hosts_share_least_request_evenly_or_by_weight() {
    assert_near(&shares(&least_request(2, 1.0, false), &[1; 4], 40_000), &[10_000; 4], 400);
    assert_near(&shares(&least_request(2, 1.0, true), &[1; 4], 40_000), &[10_000; 4], 400);
    assert_near(&shares(&least_request(2, 1.0, false), &[1, 3], 1_000), &[250, 750], 1);
}

/// Two hosts of which one holds `busy` requests throughout; how often that one is picked.
fn share_of_busy(config: &Config, weights: [u32; 2], busy: usize) -> f64 {
    let rng = Rng::seeded(11);
    let hosts = hosts(&weights);
    let active = |at: usize| ActiveOn::request(Arc::clone(&hosts[at].host));
    let _active: Vec<ActiveOn<Arc<Host>>> = (0..busy).map(|_| active(0)).collect();
    let balancer = Balancer::new(config, bias(config), Arc::clone(&hosts), &rng);
    let is_busy = |_: &u32| {
        balancer.pick(&PickContext { rng: &rng }).is_some_and(|picked| picked.position == 0)
    };
    f64::from((0..10_000).filter(is_busy).count() as u32) / 10_000.0
}

#[test]
fn the_busy_host_is_picked_only_when_drawn_alone() {
    let share = share_of_busy(&least_request(2, 1.0, false), [1, 1], 1);
    assert!((share - 0.25).abs() < 0.02, "{share}");
    let share = share_of_busy(&least_request(4, 1.0, false), [1, 1], 1);
    assert!((share - 0.0625).abs() < 0.01, "{share}");
    assert!(share_of_busy(&least_request(2, 1.0, true), [1, 1], 1).abs() < f64::EPSILON);
}

#[test]
fn bias_turns_activity_into_weight() {
    // Weight 2 with three active requests is 0.5 against 1.
    let share = share_of_busy(&least_request(2, 1.0, false), [2, 1], 3);
    assert!((share - 1.0 / 3.0).abs() < 0.01, "{share}");
    // Without bias only the weights count.
    let share = share_of_busy(&least_request(2, 0.0, false), [2, 1], 3);
    assert!((share - 2.0 / 3.0).abs() < 0.01, "{share}");
    // Squared: 2 / 16 against 1.
    let share = share_of_busy(&least_request(2, 2.0, false), [2, 1], 3);
    assert!((share - 1.0 / 9.0).abs() < 0.01, "{share}");
}

/// A slow host under a steady stream of requests holds fewer of them than round robin gives it.
#[test]
fn a_slow_host_gets_less() {
    let rng = Rng::seeded(2);
    let hosts = hosts(&[1, 1, 1]);
    let balancer = Balancer::new(&least_request(2, 1.0, false), 1.0, Arc::clone(&hosts), &rng);
    let mut active = std::collections::VecDeque::new();
    let mut shares = [0; 3];
    for now in 0..30_000u64 {
        active.retain(|(until, _)| *until > now);
        let picked = balancer.pick(&PickContext { rng: &rng }).expect("there are hosts");
        shares[picked.position as usize] += 1;
        let length = if picked.position == 0 { 30 } else { 3 };
        active.push_back((now + length, ActiveOn::request(Arc::clone(&picked.host))));
    }
    assert!(shares[0] * 3 < shares[1] && shares[0] * 3 < shares[2], "{shares:?}");
}

#[test]
fn no_hosts_give_none_and_one_host_gives_itself() {
    let rng = Rng::seeded(1);
    for config in [ROUND_ROBIN, RANDOM, least_request(2, 1.0, false), least_request(2, 1.0, true)] {
        let pick = |weights: &[u32]| {
            let balancer = Balancer::new(&config, bias(&config), hosts_or_none(weights), &rng);
            balancer.pick(&PickContext { rng: &rng }).map(|picked| picked.position)
        };
        assert_eq!((pick(&[]), pick(&[3])), (None, Some(0)), "{config:?}");
    }
}

fn hosts_or_none(weights: &[u32]) -> HostList {
    if weights.is_empty() { Arc::from([]) } else { hosts(weights) }
}
