//! Load balancers: each is built once from hosts and configuration and then only picks.
//!
//! Health, priorities and panic are not theirs but [`crate::upstream::balancer`]'s: a balancer
//! sees one list and picks from all of it. One file a balancer, one line in each list here.

pub mod edf;
pub mod least_request;
pub mod random;
pub mod round_robin;

use voyant_ir::lb as ir;

use crate::rt::rng::Rng;
use crate::upstream::host_set::{HostEntry, HostList};
use least_request::LeastRequest;
use random::Random;
use round_robin::RoundRobin;

/// What a pick may depend on.
#[derive(Debug, Clone, Copy)]
pub struct PickContext<'a> {
    pub rng: &'a Rng,
}

/// Picks one of the hosts it was built from.
pub trait LoadBalancer {
    /// None when there are no hosts.
    fn pick(&self, cx: &PickContext<'_>) -> Option<&HostEntry>;
}

/// The balancers that come with the engine.
#[derive(Debug)]
pub enum Balancer {
    RoundRobin(RoundRobin),
    LeastRequest(LeastRequest),
    Random(Random),
}

impl Balancer {
    /// The bias is that of the runtime by now. `rng` gives each worker its own start, so that workers do not march in step.
    pub fn new(
        config: &ir::LoadBalancer,
        active_request_bias: f64,
        hosts: HostList,
        rng: &Rng,
    ) -> Self {
        match *config {
            ir::LoadBalancer::RoundRobin {} => Self::RoundRobin(RoundRobin::new(hosts, rng)),
            ir::LoadBalancer::LeastRequest { choice_count, active_request_bias: _, full_scan } => {
                let choice_count = if full_scan { None } else { Some(choice_count) };
                let balancer = LeastRequest::new(hosts, choice_count, active_request_bias, rng);
                Self::LeastRequest(balancer)
            }
            ir::LoadBalancer::Random {} => Self::Random(Random::new(hosts)),
        }
    }
}

impl LoadBalancer for Balancer {
    fn pick(&self, cx: &PickContext<'_>) -> Option<&HostEntry> {
        match self {
            Self::RoundRobin(balancer) => balancer.pick(cx),
            Self::LeastRequest(balancer) => balancer.pick(cx),
            Self::Random(balancer) => balancer.pick(cx),
        }
    }
}

/// Whether weights need not be looked at.
fn weights_are_equal(hosts: &[HostEntry]) -> bool {
    hosts.windows(2).all(|pair| pair[0].host.weight() == pair[1].host.weight())
}

#[cfg(test)]
mod simulation;
