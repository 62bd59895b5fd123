//! What one worker thread owns: clusters and pools, buffers, clocks, randomness. Nothing in it is
//! ever touched by another thread.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::task::Waker;

use slab::Slab;

use crate::head::pool::HeadPool;
use crate::lifecycle::Lifecycle;
use crate::observe::stats::Registry;
use crate::route::MatchScratch;
use crate::route::cluster_specifier::ChosenCluster;
use crate::route::mutation::MutationScratch;
use crate::rt::clock::WallClock;
use crate::rt::date::DateCache;
use crate::rt::rng::Rng;
use crate::runtime::Runtime;
use crate::upstream::UpstreamCluster;
use crate::upstream::pool::HostPools;
use crate::upstream::worker_clusters::WorkerClusters;

pub mod thread;

/// One worker's state.
#[derive(Debug)]
pub struct Worker {
    pub index: usize,
    pub rng: Rng,
    pub wall: WallClock,
    pub date: DateCache,
    pub heads: HeadPool,
    pub match_scratch: RefCell<MatchScratch>,
    pub mutation_scratch: RefCell<MutationScratch>,
    pub runtime: Arc<Runtime>,
    /// What this process calls itself (`node.cluster`).
    pub service_cluster: Arc<str>,
    pub lifecycle: Arc<Lifecycle>,
    pub clusters: WorkerClusters<HostPools>,
    pub registry: Arc<Registry>,
    pub connections: Connections,
    stream_ids: Cell<u64>,
}

/// Numbers of downstream connections, unique in the process.
static CONNECTION_IDS: AtomicU64 = AtomicU64::new(0);

impl Worker {
    pub fn new(
        index: usize,
        runtime: Arc<Runtime>,
        service_cluster: Arc<str>,
        lifecycle: Arc<Lifecycle>,
        clusters: WorkerClusters<HostPools>,
        registry: Arc<Registry>,
    ) -> Rc<Self> {
        Rc::new(Self {
            index,
            rng: Rng::from_entropy(),
            wall: WallClock::start(),
            date: DateCache::default(),
            heads: HeadPool::default(),
            match_scratch: RefCell::default(),
            mutation_scratch: RefCell::default(),
            runtime,
            service_cluster,
            lifecycle,
            clusters,
            registry,
            connections: Connections::default(),
            stream_ids: Cell::new(0),
        })
    }

    pub fn next_connection_id(&self) -> u64 {
        CONNECTION_IDS.fetch_add(1, Relaxed)
    }

    /// A number for a stream, unique on this worker.
    pub fn next_stream_id(&self) -> u64 {
        self.stream_ids.set(self.stream_ids.get() + 1);
        self.stream_ids.get()
    }

    /// Takes over what has changed of the clusters in use, so that connections to hosts that are
    /// gone end even when nobody sends to the cluster any more.
    pub fn refresh_clusters(&self) {
        self.clusters.in_use().for_each(|cluster| cluster.refresh(&self.rng));
    }

    /// The cluster that a route chose, if there is one.
    pub fn cluster(&self, chosen: &ChosenCluster<'_>) -> Option<Rc<UpstreamCluster>> {
        match chosen {
            ChosenCluster::Configured(cluster) => {
                self.clusters.get(cluster.index?.0 as usize, &self.rng).cloned()
            }
            ChosenCluster::Named(name) => {
                let name = std::str::from_utf8(name).ok()?;
                self.clusters.by_name(name, &self.rng).cloned()
            }
        }
    }
}

/// The downstream connections that are open, so that all can be told when the worker drains.
#[derive(Debug, Default)]
pub struct Connections {
    tasks: RefCell<Slab<Option<Waker>>>,
    waiting_for_none: RefCell<Option<Waker>>,
}

impl Connections {
    pub fn len(&self) -> usize {
        self.tasks.borrow().len()
    }

    pub fn is_empty(&self) -> bool {
        self.tasks.borrow().is_empty()
    }

    /// Wakes every connection's task.
    pub fn wake_all(&self) {
        for waker in self.tasks.borrow().iter().filter_map(|(_, waker)| waker.as_ref()) {
            waker.wake_by_ref();
        }
    }

    /// Ready when none is open.
    pub fn poll_none(&self, cx: &std::task::Context<'_>) -> std::task::Poll<()> {
        if self.is_empty() {
            return std::task::Poll::Ready(());
        }
        self.waiting_for_none.replace(Some(cx.waker().clone()));
        std::task::Poll::Pending
    }
}

/// A connection's entry; it leaves when dropped.
#[derive(Debug)]
pub struct ConnectionEntry {
    worker: Rc<Worker>,
    key: usize,
}

impl ConnectionEntry {
    pub fn new(worker: &Rc<Worker>) -> Self {
        let key = worker.connections.tasks.borrow_mut().insert(None);
        Self { worker: Rc::clone(worker), key }
    }

    /// Notes the connection's task; to be called by it once.
    pub fn register(&self, cx: &std::task::Context<'_>) {
        let mut tasks = self.worker.connections.tasks.borrow_mut();
        tasks[self.key].get_or_insert_with(|| cx.waker().clone());
    }
}

impl Drop for ConnectionEntry {
    fn drop(&mut self) {
        let connections = &self.worker.connections;
        connections.tasks.borrow_mut().remove(self.key);
        if connections.is_empty()
            && let Some(waker) = connections.waiting_for_none.take()
        {
            waker.wake();
        }
    }
}
