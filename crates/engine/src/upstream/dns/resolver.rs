//! Asks name servers. Resolvers with the same settings are one; nothing is cached, because the
//! schedule of each name decides when it is asked for again.

use std::cell::RefCell;
use std::collections::HashMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use hickory_resolver::TokioResolver;
use hickory_resolver::config::{
    NameServerConfig, ProtocolConfig, ResolveHosts, ResolverConfig, ServerOrderingStrategy,
};
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::net::{DnsError, NetError};
use hickory_resolver::proto::rr::Name;
use hickory_resolver::system_conf::read_system_conf;
use tokio::sync::Semaphore;
use voyant_ir::address::Address;
use voyant_ir::cluster::DnsDiscovery;

use super::answer::{Answer, Families, Family};
use super::hosts_file::{HostsFile, record_type};
use crate::observe::stats::groups::dns::DnsStats;

/// Names asked for at one time: a start with thousands of them must not flood the servers.
const CONCURRENT_LOOKUPS: usize = 256;

/// All resolvers of a process.
#[derive(Debug)]
pub struct Resolvers {
    by_settings: RefCell<HashMap<Settings, TokioResolver>>,
    hosts_file: RefCell<HostsFile>,
    lookups: Semaphore,
    pub(super) stats: Arc<DnsStats>,
}

/// What makes one resolver differ from another.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Settings {
    /// Empty: the system's.
    servers: Vec<SocketAddr>,
    use_tcp: bool,
    no_default_search_domain: bool,
    query_timeout_ms: u64,
    query_tries: u32,
}

impl Resolvers {
    pub fn new(stats: Arc<DnsStats>) -> Self {
        Self {
            by_settings: RefCell::default(),
            hosts_file: RefCell::default(),
            lookups: Semaphore::new(CONCURRENT_LOOKUPS),
            stats,
        }
    }

    /// The addresses of a name by a cluster's settings.
    pub async fn resolve(&self, name: &str, discovery: &DnsDiscovery) -> Answer {
        self.stats.pending_resolutions.inc();
        let answer = self.find(name, discovery).await;
        self.stats.pending_resolutions.dec();
        self.stats.resolve_total.inc();
        match answer {
            Answer::Addresses { .. } => {}
            Answer::Empty => self.stats.not_found.inc(),
            Answer::Failed => self.stats.get_addr_failure.inc(),
        }
        answer
    }

    async fn find(&self, name: &str, discovery: &DnsDiscovery) -> Answer {
        let Ok(name) = Name::from_utf8(name) else { return Answer::Empty };
        let families = Families::of(discovery.lookup_family);
        if let Some(answer) = self.hosts_file.borrow_mut().answer(&name, families) {
            return answer;
        }
        // The semaphore is never closed; a closed one would only lift the bound.
        let _turn = self.lookups.acquire().await.ok();
        let settings = Settings::of(discovery);
        let Some(resolver) = self.get(&settings) else { return Answer::Failed };
        let answer = self.ask(&resolver, &name, families).await;
        if answer == Answer::Failed {
            // The system's configuration may be another by now.
            self.by_settings.borrow_mut().remove(&settings);
            self.stats.reinits.inc();
        }
        answer
    }

    fn get(&self, settings: &Settings) -> Option<TokioResolver> {
        let mut resolvers = self.by_settings.borrow_mut();
        if let Some(resolver) = resolvers.get(settings) {
            return Some(resolver.clone());
        }
        let resolver = settings.build()?;
        resolvers.insert(settings.clone(), resolver.clone());
        Some(resolver)
    }

    async fn ask(&self, resolver: &TokioResolver, name: &Name, families: Families) -> Answer {
        let one = |family| self.ask_one(resolver, name, family);
        match families {
            Families::One(family) => one(family).await,
            Families::Both(first, second) => {
                let (first, second) = tokio::join!(one(first), one(second));
                first.join(second)
            }
            Families::Fallback(first, second) => {
                let first = one(first).await;
                if first.has_addresses() {
                    return first;
                }
                first.join(one(second).await)
            }
        }
    }

    async fn ask_one(&self, resolver: &TokioResolver, name: &Name, family: Family) -> Answer {
        match resolver.lookup(name.clone(), record_type(family)).await {
            Ok(lookup) => {
                let records = lookup.answers();
                let ttl = records.iter().map(|record| u64::from(record.ttl)).min();
                let ips = records.iter().filter_map(|record| record.data.ip_addr());
                Answer::of(ips, ttl.map(Duration::from_secs))
            }
            Err(NetError::Dns(DnsError::NoRecordsFound(_))) => Answer::Empty,
            Err(error) => {
                if matches!(error, NetError::Timeout) {
                    self.stats.timeouts.inc();
                }
                Answer::Failed
            }
        }
    }
}

impl Settings {
    fn of(discovery: &DnsDiscovery) -> Self {
        let server = |address: &Address| match address {
            Address::Socket { ip, port, .. } => {
                let port = if *port == 0 { 53 } else { *port };
                ip.parse().ok().map(|ip| SocketAddr::new(ip, port))
            }
            Address::Pipe { .. } => None,
        };
        Self {
            servers: discovery.resolvers.iter().filter_map(server).collect(),
            use_tcp: discovery.use_tcp,
            no_default_search_domain: discovery.no_default_search_domain,
            query_timeout_ms: discovery.query_timeout_ms,
            query_tries: discovery.query_tries,
        }
    }

    /// The system's configuration where these settings leave it.
    fn build(&self) -> Option<TokioResolver> {
        let (config, options) = read_system_conf().unwrap_or_default();
        let (domain, search, servers) = config.into_parts();
        let (domain, search) =
            if self.no_default_search_domain { (None, vec![]) } else { (domain, search) };
        let mut servers = match &*self.servers {
            [] if servers.is_empty() => vec![name_server((Ipv4Addr::LOCALHOST, 53).into())],
            [] => servers,
            own => own.iter().copied().map(name_server).collect(),
        };
        if self.use_tcp {
            for server in &mut servers {
                server.connections.retain(|connection| connection.protocol == ProtocolConfig::Tcp);
            }
        }
        let config = ResolverConfig::from_parts(domain, search, servers);
        let provider = TokioRuntimeProvider::default();
        let mut builder =
            TokioResolver::builder_with_config(config, provider).with_options(options);
        let options = builder.options_mut();
        options.cache_size = 0;
        options.use_hosts_file = ResolveHosts::Never;
        options.server_ordering_strategy = ServerOrderingStrategy::UserProvidedOrder;
        options.timeout = Duration::from_millis(self.query_timeout_ms.max(1));
        // The resolver counts retries.
        options.attempts = self.query_tries.saturating_sub(1) as usize;
        options.max_active_requests = CONCURRENT_LOOKUPS;
        builder.build().ok()
    }
}

fn name_server(address: SocketAddr) -> NameServerConfig {
    let mut server = NameServerConfig::udp_and_tcp(address.ip());
    for connection in &mut server.connections {
        connection.port = address.port();
    }
    server
}

#[cfg(test)]
mod tests;
