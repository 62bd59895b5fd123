//! Round robin (Envoy's `round_robin`): in turn when all weights are equal, otherwise by
//! earliest deadline, from a start that differs between workers.

use std::cell::{Cell, RefCell};

use super::edf::Edf;
use super::{LoadBalancer, PickContext, weights_are_equal};
use crate::rt::rng::Rng;
use crate::upstream::host_set::{HostEntry, HostList};

/// See the module.
#[derive(Debug)]
pub struct RoundRobin {
    hosts: HostList,
    order: Order,
}

#[derive(Debug)]
enum Order {
    Turns { next: Cell<usize> },
    Weighted(RefCell<Edf>),
}

impl RoundRobin {
    pub fn new(hosts: HostList, rng: &Rng) -> Self {
        let order = if weights_are_equal(&hosts) {
            let start = if hosts.is_empty() { 0 } else { rng.below(hosts.len() as u64) };
            Order::Turns { next: Cell::new(start as usize) }
        } else {
            let weights: Vec<_> = hosts.iter().map(weight).collect();
            Order::Weighted(RefCell::new(Edf::new(&weights, rng)))
        };
        Self { hosts, order }
    }
}

impl LoadBalancer for RoundRobin {
    fn pick(&self, _cx: &PickContext<'_>) -> Option<&HostEntry> {
        let at = match &self.order {
            Order::Turns { next } => {
                let at = next.get();
                next.set(if at + 1 < self.hosts.len() { at + 1 } else { 0 });
                at
            }
            Order::Weighted(edf) => edf.borrow_mut().pick(|at| weight(&self.hosts[at]))?,
        };
        self.hosts.get(at)
    }
}

fn weight(entry: &HostEntry) -> f64 {
    entry.host.weight().max(1).into()
}
