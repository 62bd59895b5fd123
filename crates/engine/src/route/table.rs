//! A route table: compiled once from its configuration, never changed, asked once a request.

use std::collections::HashMap;
use std::ops::Deref;
use std::rc::Rc;
use std::sync::Arc;

use voyant_ir::header::HeaderMutations;
use voyant_ir::route as ir;

use super::cluster_specifier::{ClusterIndex, ClusterRef, ClusterSpecifier};
use super::direct_response::DirectResponse;
use super::entry::{Action, Forward, Route, RouteId};
use super::filter_overrides::{FilterOverrides, FilterSlots, Level, merge};
use super::index::{Candidates, Index};
use super::matcher::{Conditions, MatchContext};
use super::mirror::Mirror;
use super::mutation::{Direction, HeaderMutation, Mutations};
use super::pattern::PatternError;
use super::redirect::Redirect;
use super::virtual_cluster::{StatScopes, VirtualClusters};
use super::virtual_host::{Domains, TlsRedirect, VirtualHost};
use crate::filter::cors;
use crate::filter::rate_limits::RateLimits;
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
        let host = self.domains.find(head, host)?;
        if let Some(tls) = self.virtual_hosts[host as usize].tls
            && tls.concerns(head)
        {
            return Some(self.route(tls.route));
        }
        let number = self.index.find(host, &self.routes, head, cx, candidates)?;
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

/// What is shared while a configuration is compiled.
struct Builder<'a, R> {
    configuration: &'a ir::RouteConfiguration,
    resolve: &'a R,
    clusters: HashMap<&'a str, ClusterRef>,
    headers: Levels,
    index: Index,
    domains: Domains,
    virtual_hosts: Vec<Arc<VirtualHost>>,
    routes: Vec<Route>,
    filter_slots: FilterSlots,
    stat_scopes: StatScopes,
    filters: Level,
    /// Of the many routes without a name.
    no_name: Arc<str>,
}

/// What is done to requests and to responses on one level.
#[derive(Default, Clone)]
struct Levels {
    request: Option<Arc<HeaderMutation>>,
    response: Option<Arc<HeaderMutation>>,
}

/// A virtual host while its routes are compiled, and the mutations of routes without their own.
struct Host {
    compiled: Arc<VirtualHost>,
    headers: Levels,
    request: Mutations,
    response: Mutations,
    filters: Level,
    /// For the many routes that say nothing of filters.
    filter_overrides: Option<Arc<FilterOverrides>>,
}

impl<'a, R: Fn(&str) -> Option<ClusterIndex>> Builder<'a, R> {
    fn new(configuration: &'a ir::RouteConfiguration, resolve: &'a R) -> Self {
        let ir::RouteConfiguration {
            id: _,
            name: _,
            virtual_hosts,
            // The connection manager removes them before it asks for a route.
            internal_only_headers: _,
            request_headers,
            response_headers,
            most_specific_header_mutations_wins: _,
            ignore_port_in_host_matching,
            filters,
            vhost_header,
            ignore_path_parameters_in_path_matching,
        } = configuration;
        let mut filter_slots = FilterSlots::default();
        Self {
            filters: filter_slots.level(filters),
            filter_slots,
            stat_scopes: StatScopes::default(),
            configuration,
            resolve,
            clusters: HashMap::new(),
            headers: Levels::new(request_headers, response_headers),
            index: Index::new(*ignore_path_parameters_in_path_matching),
            domains: Domains::new(*ignore_port_in_host_matching, vhost_header),
            virtual_hosts: Vec::with_capacity(virtual_hosts.len()),
            routes: Vec::new(),
            no_name: Arc::from(""),
        }
    }

    fn build(mut self) -> Result<RouteTable, PatternError> {
        for host in &self.configuration.virtual_hosts {
            self.add_host(host)?;
        }
        self.index.shrink();
        Ok(RouteTable {
            name: self.configuration.name.as_str().into(),
            domains: self.domains,
            virtual_hosts: self.virtual_hosts.into(),
            routes: self.routes.into(),
            index: self.index,
            filter_slots: self.filter_slots,
            stat_scopes: self.stat_scopes,
        })
    }

    fn add_host(&mut self, host: &'a ir::VirtualHost) -> Result<(), PatternError> {
        let ir::VirtualHost {
            name,
            domains,
            routes,
            request_headers,
            response_headers,
            include_request_attempt_count,
            include_attempt_count_in_response,
            filters,
            metadata,
            require_tls,
            virtual_clusters,
            cors,
            rate_limits,
        } = host;
        for domain in domains {
            self.domains.insert(domain, self.virtual_hosts.len() as u32);
        }
        let external_only = *require_tls == ir::TlsRequirement::ExternalOnly;
        let tls = (*require_tls != ir::TlsRequirement::None).then(|| {
            let route = RouteId((self.routes.len() + routes.len()) as u32);
            TlsRedirect { external_only, route }
        });
        let compiled = Arc::new(VirtualHost {
            name: name.as_str().into(),
            include_request_attempt_count: *include_request_attempt_count,
            include_attempt_count_in_response: *include_attempt_count_in_response,
            metadata: metadata.clone().map(Box::new),
            virtual_clusters: VirtualClusters::new(name, virtual_clusters, &mut self.stat_scopes)?,
            tls,
            cors: cors.as_ref().map(cors::PerRoute::new).map(Box::new),
            rate_limits: RateLimits::new(rate_limits),
        });
        self.virtual_hosts.push(Arc::clone(&compiled));
        self.index.add_host(routes, self.routes.len() as u32)?;
        let headers = Levels::new(request_headers, response_headers);
        let (request, response) = self.mutations(&headers, &Levels::default());
        let filters = self.filter_slots.level(filters);
        let filter_overrides = merge(&[&self.filters, &filters]);
        let host = Host { compiled, headers, request, response, filters, filter_overrides };
        self.routes.reserve(routes.len());
        for route in routes {
            let route = self.route(route, &host)?;
            self.routes.push(route);
        }
        if let Some(tls) = tls {
            self.routes.push(Route::to_https(tls.route, host.compiled));
        }
        Ok(())
    }

    fn route(&mut self, route: &'a ir::Route, host: &Host) -> Result<Route, PatternError> {
        let ir::Route {
            name,
            stat_prefix,
            matches,
            action,
            request_headers,
            response_headers,
            filters,
            metadata,
        } = route;
        let headers = Levels::new(request_headers, response_headers);
        let (request_headers, response_headers) = if headers.is_empty() {
            (host.request.clone(), host.response.clone())
        } else {
            self.mutations(&host.headers, &headers)
        };
        let filters = self.filter_slots.level(filters);
        let filter_overrides = if filters.is_empty() {
            host.filter_overrides.clone()
        } else {
            merge(&[&self.filters, &host.filters, &filters])
        };
        let no_name = name.is_empty().then(|| Arc::clone(&self.no_name));
        Ok(Route {
            id: RouteId(self.routes.len() as u32),
            conditions: Conditions::new(matches)?.map(Box::new),
            name: no_name.unwrap_or_else(|| name.as_str().into()),
            virtual_host: Arc::clone(&host.compiled),
            action: self.action(action, &matches.path, [&host.filters, &filters])?,
            request_headers,
            response_headers,
            stats: (!stat_prefix.is_empty()).then(|| {
                let host = &host.compiled.name;
                self.stat_scopes.insert(&format!("vhost.{host}.route.{stat_prefix}"))
            }),
            filter_overrides,
            metadata: metadata.clone().map(Box::new),
        })
    }

    /// The mutations of a route for both directions.
    fn mutations(&self, host: &Levels, route: &Levels) -> (Mutations, Mutations) {
        let wins = self.configuration.most_specific_header_mutations_wins;
        let request = [&route.request, &host.request, &self.headers.request];
        let response = [&route.response, &host.response, &self.headers.response];
        let ordered = |levels: [&'_ Option<Arc<HeaderMutation>>; 3]| {
            Mutations::new(levels.into_iter().map(Option::as_ref), wins)
        };
        (ordered(request), ordered(response))
    }

    fn action(
        &mut self,
        action: &'a ir::RouteAction,
        matches: &ir::PathMatch,
        filters: [&Level; 2],
    ) -> Result<Action, PatternError> {
        Ok(match action {
            ir::RouteAction::Forward(forward) => {
                let Self { resolve, clusters, .. } = self;
                let mut resolve = |name: &'a str| {
                    let new = || ClusterRef { name: name.into(), index: resolve(name) };
                    clusters.entry(name).or_insert_with(new).clone()
                };
                let cluster = ClusterSpecifier::new(&forward.cluster, &mut resolve);
                let mirrors = forward.mirrors.iter();
                let mirrors = mirrors.map(|mirror| Mirror::new(mirror, &mut resolve));
                let mirrors = mirrors.collect::<Result<_, _>>()?;
                let overrides = self.weighted_overrides(&forward.cluster, filters);
                Action::Forward(Box::new(Forward::new(
                    forward, cluster, mirrors, matches, overrides,
                )?))
            }
            ir::RouteAction::Redirect(redirect) => {
                Action::Redirect(Box::new(Redirect::new(redirect, matches)?))
            }
            ir::RouteAction::DirectResponse(response) => {
                Action::DirectResponse(Box::new(DirectResponse::new(response)))
            }
            ir::RouteAction::NonForwarding => Action::NonForwarding,
        })
    }
}

impl<R> Builder<'_, R> {
    /// What the entries of a split say of filters, with what all levels above them say.
    fn weighted_overrides(
        &mut self,
        specifier: &ir::ClusterSpecifier,
        [host, route]: [&Level; 2],
    ) -> Box<[Option<Arc<FilterOverrides>>]> {
        let ir::ClusterSpecifier::Weighted { clusters, .. } = specifier else {
            return Box::default();
        };
        if clusters.iter().all(|cluster| cluster.filters.is_empty()) {
            return Box::default();
        }
        let of_entry = |cluster: &ir::WeightedCluster| {
            let entry = self.filter_slots.level(&cluster.filters);
            merge(&[&self.filters, host, route, &entry])
        };
        clusters.iter().map(of_entry).collect()
    }
}

impl Levels {
    fn new(request: &HeaderMutations, response: &HeaderMutations) -> Self {
        Self {
            request: HeaderMutation::new(request, Direction::Request).map(Arc::new),
            response: HeaderMutation::new(response, Direction::Response).map(Arc::new),
        }
    }

    fn is_empty(&self) -> bool {
        self.request.is_none() && self.response.is_none()
    }
}

#[cfg(test)]
pub(super) mod tests;
