//! The clusters of a snapshot as one worker uses them. Each is made when it is first asked for,
//! so that thousands of clusters that carry nothing cost a worker one word each.

use std::cell::OnceCell;
use std::rc::Rc;
use std::sync::Arc;

use super::cluster::Cluster;
use super::cluster_set::ClusterSet;
use crate::rt::rng::Rng;

/// See the module.
#[derive(Debug)]
pub struct WorkerClusters<T> {
    set: Arc<ClusterSet>,
    clusters: Box<[OnceCell<Rc<Cluster<T>>>]>,
}

impl<T: Default> WorkerClusters<T> {
    pub fn new(set: Arc<ClusterSet>) -> Self {
        let clusters = (0..set.len()).map(|_| OnceCell::new()).collect();
        Self { set, clusters }
    }

    /// The same worker's clusters of the next snapshot; those that did not change go along.
    #[must_use]
    pub fn next(&self, set: Arc<ClusterSet>) -> Self {
        let next = Self::new(set);
        for cluster in self.clusters.iter().filter_map(OnceCell::get) {
            let index = next.set.index(&cluster.name);
            let same = index.filter(|index| {
                next.set.get(*index).is_some_and(|other| Arc::ptr_eq(other, cluster.shared()))
            });
            if let Some(index) = same {
                // A cell that was only just made is empty.
                let _ = next.clusters[index].set(Rc::clone(cluster));
            }
        }
        next
    }

    /// By its number in the set.
    pub fn get(&self, index: usize, rng: &Rng) -> Option<&Rc<Cluster<T>>> {
        let shared = self.set.get(index)?;
        Some(self.clusters[index].get_or_init(|| Rc::new(Cluster::new(Arc::clone(shared), rng))))
    }

    pub fn by_name(&self, name: &str, rng: &Rng) -> Option<&Rc<Cluster<T>>> {
        self.get(self.set.index(name)?, rng)
    }

    /// Those that were used so far.
    pub fn in_use(&self) -> impl Iterator<Item = &Rc<Cluster<T>>> {
        self.clusters.iter().filter_map(OnceCell::get)
    }

    pub fn set(&self) -> &Arc<ClusterSet> {
        &self.set
    }
}
