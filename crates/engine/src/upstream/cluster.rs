//! A cluster as one worker uses it, made when that worker first sends to it.

use std::cell::{OnceCell, RefCell};
use std::collections::HashMap;
use std::ops::Deref;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use voyant_ir::route::RoutePriority;

use super::balancer::ClusterBalancer;
use super::circuit_breaker::CircuitBreaker;
use super::host_set::HostSet;
use super::shared_cluster::SharedCluster;
use super::worker_host::WorkerHost;
use crate::grpc::stats::Calls;
use crate::http::filter_chain::{FilterScope, WorkerChain};
use crate::http::stream_info::ClusterNames;
use crate::lb::PickContext;
use crate::observe::stats::groups::cluster::{
    ClusterLbStats, ClusterResponseStats, ClusterTrafficStats,
};
use crate::observe::stats::{Registry, Scope};
use crate::route::mirror::Mirror;
use crate::rt::rng::Rng;
use crate::worker::Worker;

/// Names that requests may add to the statistics of a cluster: each costs memory for ever.
const MOST_ALTERNATIVES: usize = 1024;

/// See the module. `T` is what the worker keeps for each host.
#[derive(Debug)]
pub struct Cluster<T> {
    shared: Arc<SharedCluster>,
    names: Rc<ClusterNames>,
    /// This worker's counts.
    pub traffic: Arc<ClusterTrafficStats>,
    pub responses: Arc<ClusterResponseStats>,
    /// The same once more, by the names that clients inside give.
    alternatives: RefCell<HashMap<Box<str>, Arc<ClusterResponseStats>>>,
    /// Calls of gRPC by their methods.
    pub calls: Calls,
    lb_stats: Arc<ClusterLbStats>,
    breakers: [CircuitBreaker; 2],
    members: RefCell<Members<T>>,
    /// Made when the first request comes to them.
    filters: OnceCell<Option<WorkerChain>>,
}

/// What follows from one host set.
#[derive(Debug)]
struct Members<T> {
    version: u64,
    balancer: ClusterBalancer,
    hosts: Arc<HostSet>,
    /// By position in the set, each made when it is first picked.
    local: Box<[OnceCell<WorkerHost<T>>]>,
}

impl<T: Default> Cluster<T> {
    pub fn new(shared: Arc<SharedCluster>, rng: &Rng) -> Self {
        let members = RefCell::new(Members::new(&shared, rng));
        let names = ClusterNames {
            name: Arc::clone(&shared.name),
            stat_name: Some(Arc::clone(&shared.stat_name)),
            metadata: shared.metadata.clone(),
        };
        let breaker = |at: usize| CircuitBreaker::new(Arc::clone(&shared.thresholds[at]));
        Self {
            names: Rc::new(names),
            traffic: shared.scope.shard(),
            responses: shared.scope.shard(),
            alternatives: RefCell::default(),
            calls: Calls::default(),
            lb_stats: shared.scope.shard(),
            breakers: [breaker(0), breaker(1)],
            members,
            filters: OnceCell::new(),
            shared,
        }
    }

    /// The filters between the router and the hosts, if there are any.
    pub fn filters(&self, worker: &Rc<Worker>) -> Option<&WorkerChain> {
        let compiled = self.shared.filters.as_ref()?;
        let chain = self.filters.get_or_init(|| {
            let prefix = format!("cluster.{}.", self.shared.stat_name);
            compiled.on_worker(None, &FilterScope::new(&worker.registry, &prefix, worker))
        });
        chain.as_ref()
    }

    /// Where copies of its requests go.
    pub fn mirrors(&self) -> &[Mirror] {
        &self.shared.mirrors
    }

    /// What this worker calls the cluster.
    pub fn names(&self) -> Rc<ClusterNames> {
        Rc::clone(&self.names)
    }

    /// Where all of the cluster counts.
    pub fn scope(&self) -> Arc<Scope> {
        Arc::clone(&self.shared.scope)
    }

    /// Where responses count once more under another name; nothing for a name past the most that
    /// are kept.
    pub fn alternative(
        &self,
        name: &str,
        registry: &Registry,
    ) -> Option<Arc<ClusterResponseStats>> {
        let mut alternatives = self.alternatives.borrow_mut();
        if let Some(known) = alternatives.get(name) {
            return Some(Arc::clone(known));
        }
        if alternatives.len() >= MOST_ALTERNATIVES {
            return None;
        }
        let stats = registry.shard(&format!("cluster.{}.{name}", self.shared.stat_name));
        alternatives.insert(name.into(), Arc::clone(&stats));
        Some(stats)
    }

    /// Where HTTP/2 connections to the cluster count.
    pub fn http2_scope(&self) -> Arc<Scope> {
        Arc::clone(&self.shared.http2_scope)
    }

    /// Whether the runtime takes this request away (`upstream.maintenance_mode.<name>`).
    pub fn is_in_maintenance(&self, rng: &Rng) -> bool {
        let percent = self.shared.maintenance_percent.load(Relaxed);
        percent > 0 && rng.next_u64() % 100 < percent
    }

    /// A host for a request; none when the cluster has none to offer.
    pub fn pick(&self, cx: &PickContext<'_>) -> Option<WorkerHost<T>> {
        self.refresh(cx.rng);
        let members = self.members.borrow();
        let picked = members.balancer.pick(cx, &self.lb_stats)?;
        let local = members.local.get(picked.position as usize)?;
        Some(local.get_or_init(|| WorkerHost::new(Arc::clone(&picked.host))).clone())
    }

    /// Takes the current host set over. A pick does it by itself; a worker that wants what hangs
    /// on removed hosts to end sooner calls it from time to time.
    pub fn refresh(&self, rng: &Rng) {
        let version = self.shared.version();
        if self.members.borrow().version != version {
            let next = Members::new(&self.shared, rng);
            let before = self.members.replace(next);
            self.members.borrow().take_over(before);
        }
    }

    /// The limits for requests of a priority.
    pub fn breaker(&self, priority: RoutePriority) -> &CircuitBreaker {
        match priority {
            RoutePriority::Default => &self.breakers[0],
            RoutePriority::High => &self.breakers[1],
        }
    }

    pub fn shared(&self) -> &Arc<SharedCluster> {
        &self.shared
    }
}

impl<T> Deref for Cluster<T> {
    type Target = SharedCluster;

    fn deref(&self) -> &SharedCluster {
        &self.shared
    }
}

impl<T: Default> Members<T> {
    fn new(shared: &SharedCluster, rng: &Rng) -> Self {
        let version = shared.version();
        let hosts = shared.hosts();
        let (config, tuning) = (&shared.config.load_balancer, shared.balance.tuning());
        let balancer = ClusterBalancer::new(config, tuning, &hosts, rng);
        let local = (0..hosts.len()).map(|_| OnceCell::new()).collect();
        Self { version, balancer, hosts, local }
    }

    /// Hosts that stay keep what this worker has of them.
    fn take_over(&self, before: Self) {
        let mut kept: HashMap<_, _> = before
            .local
            .into_iter()
            .filter_map(OnceCell::into_inner)
            .map(|host| (Arc::as_ptr(host.shared()), host))
            .collect();
        if kept.is_empty() {
            return;
        }
        for (_, entry) in self.hosts.hosts() {
            let kept = kept.remove(&Arc::as_ptr(&entry.host));
            if let (Some(host), Some(local)) = (kept, self.local.get(entry.position as usize)) {
                // A position that was only just made is empty.
                let _ = local.set(host);
            }
        }
    }
}

#[cfg(test)]
mod tests;
