//! Which cluster a route sends a request to (Envoy's `RouteAction.cluster_specifier`).
//!
//! Names are resolved to numbers when the table is compiled, so that a request hashes no name
//! unless a header carries it.

use std::sync::Arc;

use voyant_ir::route as ir;

use super::matcher::MatchContext;
use super::matcher::header::{decimal, request_key};
use crate::head::Head;
use crate::head::header_name::HeaderKey;
use crate::matcher::{Found, Matcher};
use crate::pattern::PatternError;

/// A cluster's place in the snapshot's list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ClusterIndex(pub u32);

/// A cluster named by configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClusterRef {
    pub name: Arc<str>,
    /// Nothing when there is no such cluster.
    pub index: Option<ClusterIndex>,
}

/// A compiled cluster specifier.
#[derive(Debug)]
pub enum ClusterSpecifier {
    Cluster(ClusterRef),
    /// The first value of a request header names it.
    Header(HeaderKey),
    Weighted(Box<WeightedClusters>),
    Matcher(Box<MatchedClusters>),
}

/// Clusters that a matching tree leads to.
#[derive(Debug)]
pub struct MatchedClusters {
    matcher: Matcher,
    clusters: Box<[ClusterRef]>,
}

/// A weighted split.
#[derive(Debug)]
pub struct WeightedClusters {
    entries: Box<[WeightedEntry]>,
    /// Sums of the weights up to and with each entry.
    sums: Box<[u64]>,
    runtime_keys: Option<Box<[Box<str>]>>,
    random_header: Option<HeaderKey>,
}

#[derive(Debug)]
struct WeightedEntry {
    target: Target,
    weight: u32,
}

#[derive(Debug)]
enum Target {
    Cluster(ClusterRef),
    Header(HeaderKey),
}

/// The cluster that was chosen for a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClusterChoice<'a> {
    pub cluster: ChosenCluster<'a>,
    /// The entry of a weighted split that was drawn; its header mutations and host rewrite apply.
    pub weighted: Option<usize>,
}

/// How the chosen cluster is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChosenCluster<'a> {
    Configured(&'a ClusterRef),
    /// Named by the request; perhaps there is none of that name.
    Named(&'a [u8]),
}

impl ClusterSpecifier {
    /// Compiles the IR's specifier; `resolve` finds a cluster by name.
    pub fn new<'a>(
        specifier: &'a ir::ClusterSpecifier,
        resolve: &mut impl FnMut(&'a str) -> ClusterRef,
    ) -> Result<Self, PatternError> {
        Ok(match specifier {
            ir::ClusterSpecifier::Cluster { name } => Self::Cluster(resolve(name)),
            ir::ClusterSpecifier::ClusterHeader { header } => Self::Header(request_key(header)),
            ir::ClusterSpecifier::Weighted { clusters, runtime_key_prefix, header_name } => {
                let keys = (!runtime_key_prefix.is_empty()).then(|| {
                    let key = |c: &ir::WeightedCluster| format!("{runtime_key_prefix}.{}", c.name);
                    clusters.iter().map(|c| key(c).into()).collect()
                });
                let mut sum = 0;
                let sums = clusters.iter().map(|c| {
                    sum += u64::from(c.weight);
                    sum
                });
                Self::Weighted(Box::new(WeightedClusters {
                    sums: sums.collect(),
                    entries: clusters.iter().map(|c| WeightedEntry::new(c, resolve)).collect(),
                    runtime_keys: keys,
                    random_header: (!header_name.is_empty()).then(|| request_key(header_name)),
                }))
            }
            ir::ClusterSpecifier::Matcher { matcher, clusters } => {
                Self::Matcher(Box::new(MatchedClusters {
                    matcher: Matcher::new(matcher)?,
                    clusters: clusters.iter().map(|name| resolve(name)).collect(),
                }))
            }
        })
    }

    /// Chooses the cluster of a request; nothing when the weights add up to nothing, or when a
    /// tree leads to none.
    pub fn choose<'a>(
        &'a self,
        head: &'a Head,
        cx: &MatchContext<'_>,
    ) -> Option<ClusterChoice<'a>> {
        let (cluster, weighted) = match self {
            Self::Cluster(cluster) => (ChosenCluster::Configured(cluster), None),
            Self::Header(key) => (named_by(key, head), None),
            Self::Weighted(split) => {
                let drawn = split.draw(head, cx)?;
                let cluster = match &split.entries[drawn].target {
                    Target::Cluster(cluster) => ChosenCluster::Configured(cluster),
                    Target::Header(key) => named_by(key, head),
                };
                (cluster, Some(drawn))
            }
            Self::Matcher(matched) => {
                let Found::Action(action) = matched.matcher.find(&cx.match_data(head)) else {
                    return None;
                };
                (ChosenCluster::Configured(matched.clusters.get(action as usize)?), None)
            }
        };
        Some(ClusterChoice { cluster, weighted })
    }
}

fn named_by<'a>(key: &HeaderKey, head: &'a Head) -> ChosenCluster<'a> {
    ChosenCluster::Named(head.get_key(key).unwrap_or_default())
}

impl WeightedEntry {
    fn new<'a>(
        cluster: &'a ir::WeightedCluster,
        resolve: &mut impl FnMut(&'a str) -> ClusterRef,
    ) -> Self {
        // What an entry does to heads is compiled in `finalize`.
        let ir::WeightedCluster {
            name,
            cluster_header,
            weight,
            host_rewrite_literal: _,
            request_headers: _,
            response_headers: _,
            // What it says of filters is compiled with the table.
            filters: _,
        } = cluster;
        let target = if name.is_empty() {
            Target::Header(request_key(cluster_header))
        } else {
            Target::Cluster(resolve(name))
        };
        Self { target, weight: *weight }
    }
}

impl WeightedClusters {
    fn draw(&self, head: &Head, cx: &MatchContext<'_>) -> Option<usize> {
        let random = self.random_of(head).unwrap_or(cx.random);
        if let Some(keys) = &self.runtime_keys {
            return self.draw_by_runtime(keys, random, cx);
        }
        let total = *self.sums.last()?;
        let drawn = random.checked_rem(total)?;
        Some(self.sums.partition_point(|sum| *sum <= drawn))
    }

    /// The number in the configured header; of several values none counts.
    fn random_of(&self, head: &Head) -> Option<u64> {
        let mut values = head.get_all(self.random_header.as_ref()?);
        let value = values.next()?;
        if values.next().is_some() { None } else { decimal(value) }
    }

    fn draw_by_runtime(
        &self,
        keys: &[Box<str>],
        random: u64,
        cx: &MatchContext<'_>,
    ) -> Option<usize> {
        let weights = self.entries.iter().zip(keys);
        let weights = weights.map(|(entry, key)| cx.runtime.integer(key, u64::from(entry.weight)));
        let drawn = random.checked_rem(weights.clone().sum())?;
        let mut sum = 0;
        weights.clone().position(|weight| {
            sum += weight;
            drawn < sum
        })
    }
}

#[cfg(test)]
mod tests;
