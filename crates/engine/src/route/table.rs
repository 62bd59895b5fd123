//! A route table: compiled once from its configuration, never changed, asked once a request.

use std::ops::Deref;
use std::rc::Rc;
use std::sync::Arc;

use voyant_ir::route as ir;

use super::cluster_specifier::ClusterIndex;
use super::entry::{Route, RouteId};
use super::filter_overrides::FilterSlots;
use super::index::{Candidates, Index};
use super::matcher::MatchContext;
use super::virtual_cluster::StatScopes;
use super::virtual_host::{Domains, VirtualHost};
use crate::head::Head;
use crate::head::header_name::HeaderId;
use crate::pattern::PatternError;
use builder::Builder;

mod builder;

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
    filter_slots: FilterSlots,
    stat_scopes: StatScopes,
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
        Builder::new(configuration, &resolve).build().map_err(|reason| RouteError {
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
        let host = &self.virtual_hosts[self.domains.find(head, host)? as usize];
        if let Some(tls) = host.tls
            && tls.concerns(head)
        {
            return Some(self.route(tls.route));
        }
        let list = host.lists.of(head, cx)?;
        let holds = |number: u32| self.routes[number as usize].check(head, cx).is_ok();
        let number = self.index.find(list, head, cx, candidates, holds)?;
        Some(&self.routes[number as usize])
    }

    /// The virtual host of the authority, whether or not one of its routes matches.
    pub fn find_virtual_host(
        &self,
        head: &Head,
        scratch: &mut MatchScratch,
    ) -> Option<&Arc<VirtualHost>> {
        let host = self.domains.find(head, &mut scratch.host)?;
        Some(&self.virtual_hosts[host as usize])
    }

    /// The route with an id of this table.
    pub fn route(&self, id: RouteId) -> &Route {
        &self.routes[id.0 as usize]
    }

    /// Where routes have what they say of the filter of a name, if any does.
    pub fn filter_slot(&self, name: &str) -> Option<u16> {
        self.filter_slots.get(name)
    }

    /// The statistics that a worker is to keep for the table.
    pub fn stat_scopes(&self) -> &StatScopes {
        &self.stat_scopes
    }

    /// All routes, in list order within a virtual host; one that redirects to https is behind them.
    pub fn routes(&self) -> &[Route] {
        &self.routes
    }
}

/// A route of a worker's table, for as long as somebody asks for it.
#[derive(Debug, Clone)]
pub struct RouteHandle {
    pub table: Rc<Arc<RouteTable>>,
    pub id: RouteId,
}

impl Deref for RouteHandle {
    type Target = Route;

    fn deref(&self) -> &Route {
        self.table.route(self.id)
    }
}

#[cfg(test)]
pub(super) mod tests;
