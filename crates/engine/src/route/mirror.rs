//! Where copies of the requests of a route or a cluster go, and what becomes of the copies' heads
//! (Envoy's `RouteAction.RequestMirrorPolicy`).

use std::sync::Arc;

use voyant_ir::matcher::FractionalPercent;
use voyant_ir::route as ir;

use super::cluster_specifier::{ChosenCluster, ClusterRef};
use super::matcher::MatchContext;
use super::matcher::header::request_key;
use super::mutation::{MutationContext, MutationScratch};
use super::redirect::port_start;
use crate::head::Head;
use crate::head::header_name::{HeaderId, HeaderKey};
use crate::http::connection_manager::early_mutation::EarlyMutation;
use crate::pattern::PatternError;

/// One target of copies.
#[derive(Debug)]
pub struct Mirror {
    target: Target,
    /// Nothing: every request.
    fraction: Option<FractionalPercent>,
    host: MirrorHost,
    mutations: Box<[EarlyMutation]>,
}

#[derive(Debug)]
enum Target {
    Cluster(ClusterRef),
    /// Looked for when it is wanted.
    Named(Arc<str>),
    Header(HeaderKey),
}

/// The authority of a copy.
#[derive(Debug)]
enum MirrorHost {
    Keep,
    /// `-shadow` stands before the port.
    Suffixed,
    Literal(Box<[u8]>),
}

impl Mirror {
    /// Compiles the IR's policy; `resolve` finds a cluster by name.
    pub(super) fn new<'a>(
        policy: &'a ir::MirrorPolicy,
        resolve: &mut impl FnMut(&'a str) -> ClusterRef,
    ) -> Result<Self, PatternError> {
        let ir::MirrorPolicy {
            cluster,
            cluster_header,
            runtime_fraction,
            disable_shadow_host_suffix_append,
            host_rewrite_literal,
            request_headers_mutations,
        } = policy;
        let mutations = request_headers_mutations.iter().map(EarlyMutation::new);
        let mutations: Vec<_> = mutations.collect::<Result<_, _>>()?;
        Ok(Self {
            target: match cluster_header.as_str() {
                "" => Target::Cluster(resolve(cluster)),
                header => Target::Header(request_key(header)),
            },
            fraction: runtime_fraction.clone(),
            host: match (host_rewrite_literal.as_str(), disable_shadow_host_suffix_append) {
                ("", true) => MirrorHost::Keep,
                ("", false) => MirrorHost::Suffixed,
                (literal, _) => MirrorHost::Literal(literal.as_bytes().into()),
            },
            mutations: mutations.into_iter().flatten().collect(),
        })
    }

    /// Compiles a policy of a cluster, which may name others that come to be later.
    pub fn of_cluster(policy: &ir::MirrorPolicy) -> Result<Self, PatternError> {
        let mut resolve = |name: &str| ClusterRef { name: name.into(), index: None };
        let mut mirror = Self::new(policy, &mut resolve)?;
        if let Target::Cluster(cluster) = mirror.target {
            mirror.target = Target::Named(cluster.name);
        }
        Ok(mirror)
    }

    /// The cluster that is to have a copy of this request.
    pub fn choose<'a>(
        &'a self,
        head: &'a Head,
        cx: &MatchContext<'_>,
    ) -> Option<ChosenCluster<'a>> {
        let fraction = self.fraction.as_ref();
        if !fraction.is_none_or(|fraction| cx.runtime.feature_enabled(fraction, cx.random)) {
            return None;
        }
        match &self.target {
            Target::Cluster(cluster) => Some(ChosenCluster::Configured(cluster)),
            Target::Named(name) => Some(ChosenCluster::Named(name.as_bytes())),
            Target::Header(key) => head.get_key(key).map(ChosenCluster::Named),
        }
    }

    /// Makes a request's head that of a copy, which comes from this machine.
    pub fn finalize(
        &self,
        head: &mut Head,
        local_ip: &str,
        cx: &MutationContext<'_>,
        scratch: &mut MutationScratch,
    ) {
        for mutation in &self.mutations {
            mutation.apply(head, cx, scratch);
        }
        match &self.host {
            MirrorHost::Keep => {}
            MirrorHost::Suffixed => {
                let host = head.authority();
                let (name, port) = host.split_at(port_start(host).unwrap_or(host.len()));
                let host = [name, b"-shadow", port].concat();
                head.set(HeaderId::Authority, &host);
            }
            MirrorHost::Literal(host) => head.set(HeaderId::Authority, host),
        }
        head.set(HeaderId::XEnvoyInternal, b"true");
        head.append(&HeaderId::XForwardedFor.into(), b",", local_ip.as_bytes());
    }
}

#[cfg(test)]
mod tests;
