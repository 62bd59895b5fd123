//! Least request (Envoy's `least_request`): with equal weights the least busy of a few hosts
//! drawn at random (or of all); otherwise by earliest deadline, where a host weighs
//! `weight / (active requests + 1) ^ bias`.

use std::cell::RefCell;

use super::edf::Edf;
use super::{LoadBalancer, PickContext, weights_are_equal};
use crate::rt::rng::Rng;
use crate::upstream::host_set::{HostEntry, HostList};

/// See the module.
#[derive(Debug)]
pub struct LeastRequest {
    hosts: HostList,
    order: Order,
}

#[derive(Debug)]
enum Order {
    Choices { count: u32 },
    FullScan,
    Weighted { edf: RefCell<Edf>, active_request_bias: f64 },
}

impl LeastRequest {
    /// `choice_count` hosts are drawn for a pick; without it, all are looked at.
    pub fn new(
        hosts: HostList,
        choice_count: Option<u32>,
        active_request_bias: f64,
        rng: &Rng,
    ) -> Self {
        let order = if !weights_are_equal(&hosts) {
            let weights: Vec<_> =
                hosts.iter().map(|entry| weight(entry, active_request_bias)).collect();
            Order::Weighted { edf: RefCell::new(Edf::new(&weights, rng)), active_request_bias }
        } else if let Some(count) = choice_count {
            Order::Choices { count }
        } else {
            Order::FullScan
        };
        Self { hosts, order }
    }

    /// Draws with replacement, as Envoy does; the first drawn wins a tie.
    fn least_of_draws(&self, count: u32, rng: &Rng) -> Option<&HostEntry> {
        let draw = || &self.hosts[rng.below(self.hosts.len() as u64) as usize];
        (0..count).map(|_| draw()).min_by_key(|entry| active(entry))
    }

    /// Each of those that tie has the same chance.
    fn least_of_all(&self, rng: &Rng) -> Option<&HostEntry> {
        let mut hosts = self.hosts.iter();
        let mut least = hosts.next()?;
        let mut tied = 1;
        for entry in hosts {
            match active(entry).cmp(&active(least)) {
                std::cmp::Ordering::Less => (least, tied) = (entry, 1),
                std::cmp::Ordering::Equal => {
                    tied += 1;
                    if rng.below(tied) == 0 {
                        least = entry;
                    }
                }
                std::cmp::Ordering::Greater => {}
            }
        }
        Some(least)
    }
}

impl LoadBalancer for LeastRequest {
    fn pick(&self, cx: &PickContext<'_>) -> Option<&HostEntry> {
        if self.hosts.len() < 2 {
            return self.hosts.first();
        }
        match &self.order {
            Order::Choices { count } => self.least_of_draws(*count, cx.rng),
            Order::FullScan => self.least_of_all(cx.rng),
            Order::Weighted { edf, active_request_bias } => {
                let weight = |at: usize| weight(&self.hosts[at], *active_request_bias);
                edf.borrow_mut().pick(weight).map(|at| &self.hosts[at])
            }
        }
    }
}

fn active(entry: &HostEntry) -> u32 {
    entry.host.counters.rq_active()
}

fn weight(entry: &HostEntry, active_request_bias: f64) -> f64 {
    let weight = f64::from(entry.host.weight().max(1));
    let busy = f64::from(active(entry)) + 1.0;
    // The usual exponent without the library call.
    if (active_request_bias - 1.0).abs() < f64::EPSILON {
        weight / busy
    } else {
        weight / busy.powf(active_request_bias)
    }
}
