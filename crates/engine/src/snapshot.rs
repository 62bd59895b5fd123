//! A snapshot of the configuration, compiled: what all workers share of it.

use std::collections::HashMap;
use std::sync::Arc;

use voyant_ir as ir;
use voyant_ir::filter_chain::{FilterChain, NetworkFilter};

use crate::codec::h1::{ParseLimits, RequestParser};
use crate::http::connection_manager::config::{Config, Process};
use crate::http::connection_manager::upgrades::CompiledUpgrades;
use crate::http::filter_chain::CompiledChain;
use crate::http::router::CompiledRouter;
use crate::http::stream_info::ListenerFacts;
use crate::lifecycle::Drained;
use crate::listener::balance::Balance;
use crate::listener::limit::{self, ConnectionLimit, ConnectionLimits};
use crate::listener::socket::BindError;
use crate::listener::socket::{BoundAddress, bind};
use crate::observe::stats::Registry;
use crate::pattern::PatternError;
use crate::route::scope::Scopes;
use crate::route::{ClusterIndex, RouteError, RouteTable};
use crate::runtime::Runtime;
use crate::runtime::loader::Follower;
use crate::upstream::cluster_set::ClusterSet;
use crate::upstream::endpoints::EndpointError;

/// A snapshot that could not be taken into service.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    #[error(transparent)]
    Bind(#[from] BindError),
    #[error(transparent)]
    Route(#[from] RouteError),
    #[error(transparent)]
    Endpoint(#[from] EndpointError),
    #[error("connection manager: {0}")]
    Pattern(#[from] PatternError),
    #[error("the connection manager {stat_prefix:?} names the unknown route configuration {id:?}")]
    UnknownRoutes { stat_prefix: String, id: String },
}

/// A compiled snapshot.
#[derive(Debug)]
pub struct Snapshot {
    pub clusters: Arc<ClusterSet>,
    pub runtime: Arc<Runtime>,
    /// `node.cluster`
    pub service_cluster: Arc<str>,
    pub listeners: Vec<Arc<Listener>>,
    /// Of the connections of all listeners, the admin interface's among them.
    pub connection_limit: Arc<ConnectionLimit>,
}

/// A listener with its sockets.
#[derive(Debug)]
pub struct Listener {
    pub ir: ir::listener::Listener,
    pub addresses: Vec<BoundAddress>,
    /// `listener.<address>`, as statistics begin.
    pub stat_prefix: String,
    pub balance: Option<Balance>,
    pub limits: ConnectionLimits,
    /// The chain that connections take: the first, or the default one.
    pub chain: Chain,
}

/// A network filter chain, as far as it is the same for all workers.
#[derive(Debug)]
pub enum Chain {
    /// Connections are closed.
    Empty,
    Http {
        ir: Box<ir::http_connection_manager::HttpConnectionManager>,
        config: Arc<Config>,
        routes: Arc<RouteTable>,
        scopes: Option<Arc<Scopes>>,
        filters: CompiledChain,
        router: CompiledRouter,
        upgrades: CompiledUpgrades,
        requests: Arc<RequestParser>,
    },
    Tcp(Box<ir::tcp_proxy::TcpProxy>),
}

impl Snapshot {
    /// Compiles a snapshot and binds its listeners; on an error nothing is left behind.
    pub fn new(
        snapshot: ir::Snapshot,
        previous: &ClusterSet,
        registry: &Registry,
    ) -> Result<Self, SnapshotError> {
        let ir::Snapshot {
            node,
            listeners,
            clusters,
            route_configurations,
            admin: _,
            runtime,
            stats: _,
            server,
        } = snapshot;
        let runtime = Arc::new(Runtime::new(&runtime));
        let clusters = Arc::new(ClusterSet::build(clusters, previous, &runtime, registry)?);
        let process = Process {
            local_ip: &server.local_ip,
            cluster: &node.cluster,
            node_id: &node.id,
            runtime: &runtime,
        };
        let tables = Tables::compile(&route_configurations, &clusters)?;
        let workers = server.concurrency.max(1) as usize;
        let connection_limit = ConnectionLimit::new(limit::GLOBAL, &runtime);
        let listeners = listeners
            .into_iter()
            .map(|listener| {
                let limits = ConnectionLimits {
                    own: Some(ConnectionLimit::new(
                        &limit::key_of_listener(&listener.name),
                        &runtime,
                    )),
                    global: Arc::clone(&connection_limit),
                    ignores_global: listener.ignore_global_connection_limit,
                };
                Listener::new(listener, limits, workers, &tables, process).map(Arc::new)
            })
            .collect::<Result<_, _>>()?;
        let service_cluster = node.cluster.as_str().into();
        Ok(Self { clusters, runtime, service_cluster, listeners, connection_limit })
    }
}

impl Follower for Snapshot {
    fn follow(&self, runtime: &Runtime) {
        self.connection_limit.follow(runtime);
        for listener in &self.listeners {
            listener.limits.own.iter().for_each(|limit| limit.follow(runtime));
        }
        self.clusters.follow(runtime);
    }
}

/// Route tables by id, with the headers that each keeps from outsiders.
struct Tables<'a>(HashMap<&'a str, (Arc<RouteTable>, &'a [String])>);

impl<'a> Tables<'a> {
    fn compile(
        configurations: &'a [ir::route::RouteConfiguration],
        clusters: &ClusterSet,
    ) -> Result<Self, RouteError> {
        let resolve = |name: &str| Some(ClusterIndex(clusters.index(name)? as u32));
        let compiled = configurations.iter().map(|configuration| {
            let table = Arc::new(RouteTable::new(configuration, resolve)?);
            let internal = &configuration.internal_only_headers[..];
            Ok((configuration.id.as_str(), (table, internal)))
        });
        Ok(Self(compiled.collect::<Result<_, _>>()?))
    }
}

impl Listener {
    fn new(
        listener: ir::listener::Listener,
        limits: ConnectionLimits,
        workers: usize,
        tables: &Tables<'_>,
        process: Process<'_>,
    ) -> Result<Self, SnapshotError> {
        let chain = listener.filter_chains.first().or(listener.default_filter_chain.as_ref());
        let chain = match chain.and_then(|chain| chain.filters.last()) {
            None => Chain::Empty,
            Some(NetworkFilter::TcpProxy(tcp)) => Chain::Tcp(tcp.clone()),
            Some(NetworkFilter::HttpConnectionManager(http)) => http_chain(http, tables, process)?,
        };
        let addresses = if listener.bind_to_port { bind(&listener, workers)? } else { Vec::new() };
        let balance = listener.exact_balance.then(|| Balance::new(workers));
        let stat_prefix = stat_prefix(&listener);
        Ok(Self { stat_prefix, addresses, balance, limits, chain, ir: listener })
    }

    /// Its traffic flows towards the service.
    pub fn is_inbound(&self) -> bool {
        self.ir.traffic_direction == ir::listener::TrafficDirection::Inbound
    }

    /// What its connections go for.
    pub fn drained(&self) -> Drained {
        let by_health_check = self.ir.drain_type == ir::listener::DrainType::Default;
        Drained { inbound: self.is_inbound(), by_health_check }
    }

    /// The name of the chain that connections take.
    pub fn chain_name(&self) -> Arc<str> {
        self.filter_chain().map_or("", |chain| chain.name.as_str()).into()
    }

    /// What the configuration says about it and about that chain.
    pub fn facts(&self) -> ListenerFacts {
        ListenerFacts {
            name: self.ir.name.as_str().into(),
            metadata: self.ir.metadata.clone(),
            filter_chain_metadata: self.filter_chain().and_then(|chain| chain.metadata.clone()),
        }
    }

    fn filter_chain(&self) -> Option<&FilterChain> {
        self.ir.filter_chains.first().or(self.ir.default_filter_chain.as_ref())
    }
}

fn http_chain(
    http: &ir::http_connection_manager::HttpConnectionManager,
    tables: &Tables<'_>,
    process: Process<'_>,
) -> Result<Chain, SnapshotError> {
    let unknown = |id: &str| SnapshotError::UnknownRoutes {
        stat_prefix: http.stat_prefix.clone(),
        id: id.to_owned(),
    };
    let table = |id: &str| tables.0.get(id).map(|(table, internal)| (Arc::clone(table), *internal));
    let id = http.route_configuration.as_str();
    let (routes, internal) = table(id).ok_or_else(|| unknown(id))?;
    let scopes = http.scoped_routes.as_ref().map(|scoped| Scopes::new(scoped, table));
    let scopes = scopes.transpose().map_err(unknown)?.map(Arc::new);
    let limits = ParseLimits {
        max_bytes: http.max_request_headers_bytes as usize,
        max_count: http.max_request_headers_count as usize,
    };
    let at_the_edge = http.use_remote_address && http.xff_num_trusted_hops == 0;
    let requests = RequestParser::new(&http.http1, http.headers_with_underscores, limits)?
        .refusing_https_urls(at_the_edge);
    Ok(Chain::Http {
        ir: Box::new(http.clone()),
        config: Arc::new(Config::new(http, internal, process)?),
        routes,
        scopes,
        filters: CompiledChain::new(&http.http_filters),
        router: CompiledRouter::of(&http.http_filters),
        upgrades: CompiledUpgrades::new(&http.upgrades),
        requests: Arc::new(requests),
    })
}

/// Envoy names a listener's statistics by its address, with `:` replaced by `_`.
fn stat_prefix(listener: &ir::listener::Listener) -> String {
    if !listener.stat_prefix.is_empty() {
        return format!("listener.{}", listener.stat_prefix);
    }
    let first = listener.addresses.first();
    let address = first.map(|wanted| crate::listener::socket::display(&wanted.address));
    format!("listener.{}", address.unwrap_or_default().replace(':', "_"))
}
