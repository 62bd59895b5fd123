//! All hosts of a cluster at one time: immutable, published as a whole, and sorted by priority
//! and health when made, so that workers share the lists that their balancers pick from. A host
//! that stays keeps its object from set to set, and with it its counters and connections.

use std::collections::HashMap;
use std::sync::Arc;

use super::health::Health;
use super::host::{Host, HostAddresses, HostSpec, Locality};

/// A host and its position among all of its set.
#[derive(Debug, Clone)]
pub struct HostEntry {
    pub host: Arc<Host>,
    pub position: u32,
}

/// Hosts that one balancer picks from.
pub type HostList = Arc<[HostEntry]>;

/// The hosts of one priority.
#[derive(Debug, Default)]
pub struct PriorityHosts {
    pub all: HostList,
    pub healthy: HostList,
    pub degraded: HostList,
    /// How many of `all` do not count when the share of healthy ones is taken.
    pub excluded: u32,
}

/// The hosts of a cluster.
#[derive(Debug, Default)]
pub struct HostSet {
    /// Index is the priority; gaps are empty.
    pub priorities: Box<[PriorityHosts]>,
}

/// What a new set is against the one before.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Difference {
    /// Priorities that lost or gained a host.
    pub changed_priorities: u32,
    /// Weights or health changed in place.
    pub updated: bool,
}

impl Difference {
    /// Whether balancers must be built anew.
    pub fn is_any(self) -> bool {
        self.changed_priorities > 0 || self.updated
    }
}

/// What must be equal for a host to be the same one.
type Identity = (HostAddresses, Arc<str>, Arc<Locality>);

impl HostSet {
    /// A set of `specs` in their order; what `previous` has of them is taken over.
    pub fn build(specs: Vec<HostSpec>, previous: &Self) -> (Self, Difference) {
        let mut known = previous.by_identity();
        let mut difference = Difference::default();
        let mut gained = vec![];
        let count = specs.iter().map(|spec| spec.priority as usize + 1).max().unwrap_or(0);
        let mut by_priority = vec![Vec::new(); count];
        let mut position = 0..;
        for spec in specs {
            let priority = spec.priority;
            let host = if let Some((host, before)) = take_known(&mut known, &spec) {
                difference.updated |= host.update(spec);
                if before != priority {
                    gained.extend([before, priority]);
                }
                host
            } else {
                gained.push(priority);
                Arc::new(Host::new(spec))
            };
            let position = position.next().unwrap_or(u32::MAX);
            by_priority[priority as usize].push(HostEntry { host, position });
        }
        gained.extend(known.into_values().flatten().map(|(_, priority)| priority));
        gained.sort_unstable();
        gained.dedup();
        difference.changed_priorities = u32::try_from(gained.len()).unwrap_or(u32::MAX);
        (Self { priorities: by_priority.into_iter().map(PriorityHosts::new).collect() }, difference)
    }

    /// Every host with its priority, in the order of positions within each priority.
    pub fn hosts(&self) -> impl Iterator<Item = (usize, &HostEntry)> {
        self.priorities
            .iter()
            .enumerate()
            .flat_map(|(priority, hosts)| hosts.all.iter().map(move |entry| (priority, entry)))
    }

    pub fn len(&self) -> usize {
        self.priorities.iter().map(|hosts| hosts.all.len()).sum()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn by_identity(&self) -> HashMap<Identity, Vec<(Arc<Host>, u32)>> {
        let mut known: HashMap<Identity, Vec<_>> = HashMap::with_capacity(self.len());
        for (priority, HostEntry { host, .. }) in self.hosts() {
            let (hostname, locality) = (Arc::clone(&host.hostname), Arc::clone(&host.locality));
            let identity = ((*host.addresses()).clone(), hostname, locality);
            known.entry(identity).or_default().push((Arc::clone(host), priority as u32));
        }
        known
    }
}

fn take_known(
    known: &mut HashMap<Identity, Vec<(Arc<Host>, u32)>>,
    spec: &HostSpec,
) -> Option<(Arc<Host>, u32)> {
    if known.is_empty() {
        return None;
    }
    let identity = (spec.addresses.clone(), Arc::clone(&spec.hostname), Arc::clone(&spec.locality));
    let hosts = known.get_mut(&identity)?;
    let same_priority = hosts.iter().position(|(_, priority)| *priority == spec.priority);
    let host = hosts.swap_remove(same_priority.unwrap_or(0));
    if hosts.is_empty() {
        known.remove(&identity);
    }
    Some(host)
}

impl PriorityHosts {
    fn new(all: Vec<HostEntry>) -> Self {
        let all: HostList = all.into();
        let of = |health: Health| -> HostList {
            let matching = |entry: &&HostEntry| entry.host.health().health() == health;
            if all.iter().all(|entry| matching(&entry)) {
                return Arc::clone(&all);
            }
            all.iter().filter(matching).cloned().collect()
        };
        let excluded = all.iter().filter(|entry| entry.host.health().is_excluded()).count() as u32;
        let (healthy, degraded) = (of(Health::Healthy), of(Health::Degraded));
        Self { all, healthy, degraded, excluded }
    }
}

#[cfg(test)]
mod tests;
