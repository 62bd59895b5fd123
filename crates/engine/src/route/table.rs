//! A route table: compiled once from its configuration, never changed, asked once a request.

use std::collections::HashMap;
use std::sync::Arc;

use voyant_ir::route as ir;

use super::cluster_specifier::{ClusterIndex, ClusterRef, ClusterSpecifier};
use super::entry::{Action, Forward, Route, RouteId};
use super::index::{Candidates, Index};
use super::matcher::{Conditions, MatchContext};
use super::pattern::PatternError;
use super::virtual_host::{Domains, VirtualHost};
use crate::http::head::Head;
use crate::http::header_name::HeaderId;

/// A configuration that cannot be compiled; what was validated before can.
#[derive(Debug, thiserror::Error)]
#[error("route configuration {configuration:?}: {reason}")]
pub struct RouteError {
    configuration: Box<str>,
    #[source]
    reason: PatternError,
}

/// A compiled route configuration.
#[derive(Debug)]
pub struct RouteTable {
    pub name: Arc<str>,
    domains: Domains,
    virtual_hosts: Box<[Arc<VirtualHost>]>,
    /// Those of one virtual host after the other, each in list order.
    routes: Box<[Route]>,
    index: Index,
}

/// Space that a lookup works in, kept by each worker.
#[derive(Debug, Default)]
pub struct MatchScratch {
    host: Vec<u8>,
    candidates: Candidates,
}

impl RouteTable {
    /// Compiles a configuration. `resolve` gives the number of a cluster, if there is one.
    pub fn new(
        configuration: &ir::RouteConfiguration,
        resolve: impl Fn(&str) -> Option<ClusterIndex>,
    ) -> Result<Self, RouteError> {
        Builder::new(configuration, &resolve).build(configuration).map_err(|reason| RouteError {
            configuration: configuration.name.as_str().into(),
            reason,
        })
    }

    /// The first route in list order that matches, of the virtual host of the authority.
    pub fn find(
        &self,
        head: &Head,
        cx: &MatchContext<'_>,
        scratch: &mut MatchScratch,
    ) -> Option<&Route> {
        // Envoy finds no route for a request whose scheme was taken from it.
        if head.get(HeaderId::XForwardedProto).is_some_and(<[u8]>::is_empty) {
            return None;
        }
        let MatchScratch { host, candidates } = scratch;
        let host = self.domains.find(head.get(HeaderId::Authority), host)?;
        let number = self.index.find(host, &self.routes, head, cx, candidates)?;
        Some(&self.routes[number as usize])
    }

    /// The virtual host of the authority, whether or not one of its routes matches.
    pub fn find_virtual_host(
        &self,
        head: &Head,
        scratch: &mut MatchScratch,
    ) -> Option<&Arc<VirtualHost>> {
        let host = self.domains.find(head.get(HeaderId::Authority), &mut scratch.host)?;
        Some(&self.virtual_hosts[host as usize])
    }

    /// The route with an id of this table.
    pub fn route(&self, id: RouteId) -> &Route {
        &self.routes[id.0 as usize]
    }

    /// All routes, in list order within a virtual host.
    pub fn routes(&self) -> &[Route] {
        &self.routes
    }
}

/// What is shared while a configuration is compiled.
struct Builder<'a, R> {
    resolve: &'a R,
    clusters: HashMap<Box<str>, ClusterRef>,
    domains: Domains,
    index: Index,
    virtual_hosts: Vec<Arc<VirtualHost>>,
    routes: Vec<Route>,
    /// Of the many routes without a name.
    no_name: Arc<str>,
}

impl<'a, R: Fn(&str) -> Option<ClusterIndex>> Builder<'a, R> {
    fn new(configuration: &ir::RouteConfiguration, resolve: &'a R) -> Self {
        Self {
            resolve,
            clusters: HashMap::new(),
            domains: Domains::new(configuration.ignore_port_in_host_matching),
            index: Index::new(),
            virtual_hosts: Vec::with_capacity(configuration.virtual_hosts.len()),
            routes: Vec::new(),
            no_name: Arc::from(""),
        }
    }

    fn build(mut self, configuration: &ir::RouteConfiguration) -> Result<RouteTable, PatternError> {
        for host in &configuration.virtual_hosts {
            self.add_host(host)?;
        }
        self.index.shrink();
        Ok(RouteTable {
            name: configuration.name.as_str().into(),
            domains: self.domains,
            virtual_hosts: self.virtual_hosts.into(),
            routes: self.routes.into(),
            index: self.index,
        })
    }

    fn add_host(&mut self, host: &ir::VirtualHost) -> Result<(), PatternError> {
        for domain in &host.domains {
            self.domains.insert(domain, self.virtual_hosts.len() as u32);
        }
        let compiled = Arc::new(VirtualHost {
            name: host.name.as_str().into(),
            include_request_attempt_count: host.include_request_attempt_count,
            include_attempt_count_in_response: host.include_attempt_count_in_response,
        });
        self.virtual_hosts.push(Arc::clone(&compiled));
        self.index.add_host(&host.routes, self.routes.len() as u32)?;
        self.routes.reserve(host.routes.len());
        for route in &host.routes {
            let route = self.route(route, &compiled)?;
            self.routes.push(route);
        }
        Ok(())
    }

    fn route(&mut self, route: &ir::Route, host: &Arc<VirtualHost>) -> Result<Route, PatternError> {
        let stat_prefix = route.stat_prefix.as_str();
        Ok(Route {
            id: RouteId(self.routes.len() as u32),
            conditions: Conditions::new(&route.matches)?.map(Box::new),
            name: if route.name.is_empty() {
                Arc::clone(&self.no_name)
            } else {
                route.name.as_str().into()
            },
            virtual_host: Arc::clone(host),
            action: self.action(&route.action),
            stat_prefix: (!stat_prefix.is_empty()).then(|| stat_prefix.into()),
        })
    }

    fn action(&mut self, action: &ir::RouteAction) -> Action {
        match action {
            ir::RouteAction::Forward(forward) => {
                let Self { resolve, clusters, .. } = self;
                let cluster = ClusterSpecifier::new(&forward.cluster, &mut |name| {
                    if let Some(cluster) = clusters.get(name) {
                        return cluster.clone();
                    }
                    let cluster = ClusterRef { name: name.into(), index: resolve(name) };
                    clusters.insert(name.into(), cluster.clone());
                    cluster
                });
                Action::Forward(Box::new(Forward::new(forward, cluster)))
            }
            ir::RouteAction::Redirect(_) => Action::Redirect,
            ir::RouteAction::DirectResponse(_) => Action::DirectResponse,
            ir::RouteAction::NonForwarding => Action::NonForwarding,
        }
    }
}

#[cfg(test)]
mod tests;
