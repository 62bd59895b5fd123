//! Random (Envoy's `random`): any host with equal chance, weights ignored.

use super::{LoadBalancer, PickContext};
use crate::upstream::host_set::{HostEntry, HostList};

/// See the module.
#[derive(Debug)]
pub struct Random {
    hosts: HostList,
}

impl Random {
    pub fn new(hosts: HostList) -> Self {
        Self { hosts }
    }
}

impl LoadBalancer for Random {
    fn pick(&self, cx: &PickContext<'_>) -> Option<&HostEntry> {
        match self.hosts.len() {
            0 | 1 => self.hosts.first(),
            len => self.hosts.get(cx.rng.below(len as u64) as usize),
        }
    }
}
