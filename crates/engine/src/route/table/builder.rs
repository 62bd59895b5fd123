//! The compiling of a route table: level by level, what levels share being made once.

use std::collections::HashMap;
use std::sync::Arc;

use voyant_ir::header::HeaderMutations;
use voyant_ir::route as ir;

use super::RouteTable;
use crate::filter::cors;
use crate::pattern::PatternError;
use crate::rate_limit::RateLimits;
use crate::route::cluster_specifier::{ClusterIndex, ClusterRef, ClusterSpecifier};
use crate::route::direct_response::DirectResponse;
use crate::route::entry::{Action, Forward, Route, RouteId};
use crate::route::filter_overrides::{FilterOverrides, FilterSlots, Level, merge};
use crate::route::index::Index;
use crate::route::matcher::Conditions;
use crate::route::mirror::Mirror;
use crate::route::mutation::{Direction, HeaderMutation, Mutations};
use crate::route::redirect::Redirect;
use crate::route::route_lists::RouteLists;
use crate::route::virtual_cluster::{StatScopes, VirtualClusters};
use crate::route::virtual_host::{Domains, TlsRedirect, VirtualHost};

/// What is shared while a configuration is compiled.
pub(super) struct Builder<'a, R> {
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
    pub(super) fn new(configuration: &'a ir::RouteConfiguration, resolve: &'a R) -> Self {
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

    pub(super) fn build(mut self) -> Result<RouteTable, PatternError> {
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
            // It is compiled with the routes.
            matcher: _,
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
            lists: RouteLists::new(host, self.routes.len() as u32, &mut self.index)?,
        });
        self.virtual_hosts.push(Arc::clone(&compiled));
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
                let cluster = ClusterSpecifier::new(&forward.cluster, &mut resolve)?;
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
