//! All clusters of a snapshot, by number and by name. A cluster whose configuration is the same
//! as in the snapshot before is the same object, with its hosts, limits and counts.

use std::collections::HashMap;
use std::sync::Arc;

use voyant_ir::cluster as ir;

use super::breaker_gauges;
use super::endpoints::EndpointError;
use super::shared_cluster::SharedCluster;
use crate::observe::stats::Registry;
use crate::observe::stats::registry::Refresh;
use crate::runtime::Runtime;

/// See the module.
#[derive(Debug, Default)]
pub struct ClusterSet {
    clusters: Box<[Arc<SharedCluster>]>,
    by_name: HashMap<Arc<str>, u32>,
}

impl ClusterSet {
    /// The set of `configs` in their order; `previous` lends what did not change.
    pub fn build(
        configs: Vec<ir::Cluster>,
        previous: &Self,
        runtime: &Arc<Runtime>,
        registry: &Registry,
    ) -> Result<Self, EndpointError> {
        let same = |config: &ir::Cluster| {
            previous.by_name(&config.name).filter(|cluster| cluster.config == *config).cloned()
        };
        let clusters: Box<[_]> = configs
            .into_iter()
            .map(|config| match same(&config) {
                Some(cluster) => Ok(cluster),
                None => SharedCluster::new(config, runtime, registry).map(Arc::new),
            })
            .collect::<Result<_, _>>()?;
        let name_of = |cluster: &Arc<SharedCluster>| Arc::clone(&cluster.name);
        let by_name = clusters.iter().map(name_of).zip(0..).collect();
        Ok(Self { clusters, by_name })
    }

    /// Takes the limits that the runtime has by now.
    pub fn follow(&self, runtime: &Runtime) {
        self.clusters.iter().for_each(|cluster| cluster.follow(runtime));
    }

    pub fn index(&self, name: &str) -> Option<usize> {
        self.by_name.get(name).map(|index| *index as usize)
    }

    pub fn get(&self, index: usize) -> Option<&Arc<SharedCluster>> {
        self.clusters.get(index)
    }

    pub fn by_name(&self, name: &str) -> Option<&Arc<SharedCluster>> {
        self.get(self.index(name)?)
    }

    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Arc<SharedCluster>> {
        self.clusters.iter()
    }

    pub fn len(&self) -> usize {
        self.clusters.len()
    }

    pub fn is_empty(&self) -> bool {
        self.clusters.is_empty()
    }

    /// Resolves once each cluster has heard from its discovery: listeners wait for that.
    pub async fn warmed(&self) {
        for cluster in &self.clusters {
            cluster.warmed().await;
        }
    }
}

impl Refresh for ClusterSet {
    fn refresh(&self) {
        self.clusters.iter().for_each(|cluster| breaker_gauges::refresh(cluster));
    }
}

#[cfg(test)]
mod tests;
