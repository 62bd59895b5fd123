//! How load is shared between the priorities of a cluster, by the health of their hosts
//! (Envoy's "Priority levels", "Panic threshold": `LoadBalancerBase`). Integer maths as there.

/// Hosts of a priority that healthy ones may stand in for: 1.4 of them for each.
const OVERPROVISIONING_PERCENT: u32 = 140;

/// The hosts of one priority, counted.
#[derive(Debug, Clone, Copy, Default)]
pub struct Availability {
    pub hosts: u32,
    pub excluded: u32,
    pub healthy: u32,
    pub degraded: u32,
}

impl Availability {
    fn counted(self) -> u32 {
        self.hosts - self.excluded
    }

    fn percent_of_counted(self, hosts: u32) -> u32 {
        let percent = (OVERPROVISIONING_PERCENT * hosts).checked_div(self.counted());
        percent.map_or(0, |percent| percent.min(100))
    }

    fn is_below(self, panic_threshold: f64) -> bool {
        let available = 100.0 * f64::from(self.healthy + self.degraded);
        let percent = if self.counted() == 0 { 0.0 } else { available / f64::from(self.counted()) };
        percent < panic_threshold
    }
}

/// Percentages that add up to 100 over healthy and degraded hosts of all priorities.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PriorityLoad {
    pub healthy: Vec<u32>,
    pub degraded: Vec<u32>,
    /// Where health is ignored.
    pub panic: Vec<bool>,
}

impl PriorityLoad {
    pub fn new(priorities: &[Availability], panic_threshold_percent: f64) -> Self {
        let panic_threshold = panic_threshold_percent.round().min(100.0);
        let healthy: Vec<_> =
            priorities.iter().map(|hosts| hosts.percent_of_counted(hosts.healthy)).collect();
        let degraded: Vec<_> =
            priorities.iter().map(|hosts| hosts.percent_of_counted(hosts.degraded)).collect();
        let total = (healthy.iter().sum::<u32>() + degraded.iter().sum::<u32>()).min(100);
        let panic: Vec<_> = priorities
            .iter()
            .map(|hosts| total != 100 && hosts.is_below(panic_threshold))
            .collect();
        let mut load = Self { healthy, degraded, panic };
        if load.panic.iter().all(|panic| *panic) {
            load.share_by_hosts(priorities);
        } else {
            load.share_by_health(total);
        }
        load
    }

    /// All priorities are in panic: by how many hosts each has.
    fn share_by_hosts(&mut self, priorities: &[Availability]) {
        self.degraded.fill(0);
        let total: u32 = priorities.iter().map(|hosts| hosts.hosts).sum();
        for (load, hosts) in self.healthy.iter_mut().zip(priorities) {
            *load = (100 * hosts.hosts).checked_div(total).unwrap_or(0);
        }
        let first = priorities.iter().position(|hosts| hosts.hosts > 0).unwrap_or(0);
        give_remainder(&mut self.healthy, first, 100);
    }

    /// The first priority takes what its health allows, the next of the rest, and so on.
    fn share_by_health(&mut self, total: u32) {
        if total == 0 {
            give_remainder(&mut self.healthy, 0, 100);
            return;
        }
        let rest = distribute(&mut self.healthy, total, 100);
        let rest = distribute(&mut self.degraded, total, rest);
        let available = |loads: &[u32]| loads.iter().position(|load| *load > 0);
        if let Some(first) = available(&self.healthy) {
            self.healthy[first] += rest;
        } else if let Some(first) = available(&self.degraded) {
            self.degraded[first] += rest;
        }
    }
}

/// Turns availabilities into loads; returns what is left of `load`.
fn distribute(availability: &mut [u32], total: u32, mut load: u32) -> u32 {
    for share in availability {
        *share = load.min(*share * 100 / total);
        load -= *share;
    }
    load
}

fn give_remainder(loads: &mut [u32], to: usize, whole: u32) {
    let given: u32 = loads.iter().sum();
    if let Some(load) = loads.get_mut(to) {
        *load += whole - given;
    }
}

#[cfg(test)]
mod tests;
