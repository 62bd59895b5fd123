//! Keeps the hosts of all DNS clusters up to date, on one thread of its own. It is given the
//! clusters of each snapshot, follows those that are new and lets go of those that are gone.

use std::cell::{OnceCell, RefCell};
use std::collections::HashMap;
use std::io;
use std::rc::Rc;
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use tokio::sync::mpsc;
use tokio::task::{AbortHandle, JoinSet, LocalSet};
use voyant_ir::cluster::DnsDiscovery;

use super::answer::Answer;
use super::discovery::{Change, Discovery, Outcome, settings};
use super::resolver::Resolvers;
use crate::observe::stats::Registry;
use crate::rt::rng::Rng;
use crate::rt::timer::sleep;
use crate::upstream::cluster_set::ClusterSet;
use crate::upstream::endpoints::{Place, endpoints};
use crate::upstream::shared_cluster::SharedCluster;

/// The thread; it ends when this is dropped.
#[derive(Debug)]
pub struct DnsService {
    updates: Option<mpsc::UnboundedSender<Arc<ClusterSet>>>,
    thread: Option<JoinHandle<()>>,
}

impl DnsService {
    pub fn start(registry: Arc<Registry>) -> io::Result<Self> {
        let (updates, received) = mpsc::unbounded_channel();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let thread = thread::Builder::new().name("dns".into()).spawn(move || {
            LocalSet::new().block_on(&runtime, run(received, registry));
        })?;
        Ok(Self { updates: Some(updates), thread: Some(thread) })
    }

    /// Waits until each of these clusters has had its first answer, be it a failure: until then
    /// listeners would answer for clusters that nobody has looked for yet.
    pub fn wait_until_warm(clusters: &ClusterSet) -> io::Result<()> {
        if !clusters.iter().all(|cluster| cluster.is_warm()) {
            let runtime = tokio::runtime::Builder::new_current_thread().build()?;
            runtime.block_on(clusters.warmed());
        }
        Ok(())
    }

    /// Follows these clusters from now on, and no others.
    pub fn follow(&self, clusters: Arc<ClusterSet>) {
        if let Some(updates) = &self.updates {
            // Without its thread there is nobody to tell.
            let _ = updates.send(clusters);
        }
    }
}

impl Drop for DnsService {
    fn drop(&mut self) {
        self.updates = None;
        if let Some(thread) = self.thread.take() {
            // A panic there has been reported by the panic hook.
            let _ = thread.join();
        }
    }
}

/// Follows clusters until the other end of `updates` is gone.
async fn run(mut updates: mpsc::UnboundedReceiver<Arc<ClusterSet>>, registry: Arc<Registry>) {
    let mut following = Following {
        resolvers: OnceCell::new(),
        registry,
        clusters: HashMap::new(),
        tasks: JoinSet::new(),
    };
    while let Some(clusters) = updates.recv().await {
        following.update(&clusters);
    }
}

/// The clusters that are followed. Dropping it ends all their tasks.
#[derive(Debug)]
struct Following {
    /// Made, and counted, when there is a cluster that needs them.
    resolvers: OnceCell<Rc<Resolvers>>,
    registry: Arc<Registry>,
    clusters: HashMap<*const SharedCluster, (Arc<SharedCluster>, Vec<AbortHandle>)>,
    tasks: JoinSet<()>,
}

impl Following {
    fn update(&mut self, set: &ClusterSet) {
        let mut before = std::mem::take(&mut self.clusters);
        for cluster in set.iter() {
            let key = Arc::as_ptr(cluster);
            if let Some(same) = before.remove(&key) {
                self.clusters.insert(key, same);
            } else if let Some(settings) = settings(&cluster.config) {
                let tasks = self.begin(cluster, settings);
                self.clusters.insert(key, (Arc::clone(cluster), tasks));
            }
        }
        for (_, tasks) in before.into_values() {
            tasks.iter().for_each(AbortHandle::abort);
        }
        // Those that ended would otherwise be kept for somebody to ask.
        while self.tasks.try_join_next().is_some() {}
    }

    /// One task for each name.
    fn begin(&mut self, cluster: &Arc<SharedCluster>, settings: &DnsDiscovery) -> Vec<AbortHandle> {
        // A shared cluster was made from the same endpoints, so they are addresses and names.
        let Ok(endpoints) = endpoints(&cluster.config) else { return vec![] };
        let known = endpoints.iter().filter(|one| matches!(one.place, Place::Known(_))).count();
        cluster.count_update(|stats| {
            // Addresses are their own answer, once.
            stats.update_attempt.add(known as u64);
            stats.update_success.add(known as u64);
        });
        let resolvers = self
            .resolvers
            .get_or_init(|| Rc::new(Resolvers::new(self.registry.shard("dns.cares"))));
        resolvers.stats.resolve_total.add(known as u64);
        let discovery = Discovery::new(&cluster.config, settings, endpoints);
        let names: Vec<_> = discovery.names().map(|(n, name)| (n, name.to_owned())).collect();
        let discovery = Rc::new(RefCell::new(discovery));
        let mut begin = |(number, name)| {
            let follower = Follower {
                cluster: Arc::clone(cluster),
                settings: settings.clone(),
                discovery: Rc::clone(&discovery),
                number,
                name,
                rng: Rng::from_entropy(),
            };
            self.tasks.spawn_local(follower.run(Rc::clone(resolvers)))
        };
        names.into_iter().map(&mut begin).collect()
    }
}

/// Follows one name of a cluster.
#[derive(Debug)]
struct Follower {
    cluster: Arc<SharedCluster>,
    settings: DnsDiscovery,
    discovery: Rc<RefCell<Discovery>>,
    number: usize,
    name: String,
    rng: Rng,
}

impl Follower {
    async fn run(self, resolvers: Rc<Resolvers>) {
        loop {
            self.cluster.count_update(|stats| stats.update_attempt.inc());
            let answer = resolvers.resolve(&self.name, &self.settings).await;
            sleep(self.apply(answer).next).await;
        }
    }

    fn apply(&self, answer: Answer) -> Outcome {
        let hosts = self.discovery.borrow().hosts_of(&answer);
        let outcome = self.discovery.borrow_mut().on_answer(self.number, answer, &self.rng);
        let changed = match &outcome.change {
            Change::Nothing => false,
            Change::Hosts(hosts) => self.cluster.publish(hosts.clone()).is_any(),
            Change::Moved(addresses, host) => self.cluster.publish_moved(addresses, host),
        };
        self.cluster.count_update(|stats| {
            stats.default_total_match_count.add(hosts);
            match (outcome.success, changed) {
                (true, true) => stats.update_success.inc(),
                (true, false) => {
                    stats.update_success.inc();
                    stats.update_no_rebuild.inc();
                }
                (false, _) => stats.update_failure.inc(),
            }
        });
        self.cluster.set_warm();
        outcome
    }
}

#[cfg(test)]
mod engine_tests;
#[cfg(test)]
mod tests;
