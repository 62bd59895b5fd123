//! The engine in this process, in front of an upstream.

use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use voyant_engine::Engine;
use voyant_engine::rt::address::PeerAddress;
use voyant_ir::cluster::Cluster;
use voyant_ir::http_connection_manager::HttpConnectionManager;
use voyant_ir::route::Route;
use voyant_ir::snapshot::Snapshot;

use crate::client::Client;
use crate::configuration;

/// A proxy to be: Envoy's defaults, and what the test changes of them.
#[derive(Debug)]
#[must_use = "`run` starts it"]
pub struct Proxy {
    snapshot: Snapshot,
    log: PathBuf,
}

impl Proxy {
    /// Everything goes to one upstream.
    pub fn to(upstream: SocketAddr) -> Self {
        Self::to_hosts(&[upstream])
    }

    /// Everything goes to these upstreams in turn.
    pub fn to_hosts(hosts: &[SocketAddr]) -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("voyant-testkit-{}-{number}.log", std::process::id());
        let log = std::env::temp_dir().join(name);
        let mut manager = configuration::manager();
        manager.access_logs.push(configuration::access_log(&log.to_string_lossy()));
        let snapshot = configuration::snapshot(manager, configuration::cluster(hosts));
        Self { snapshot, log }
    }

    /// Changes the connection manager.
    pub fn manager(mut self, change: impl FnOnce(&mut HttpConnectionManager)) -> Self {
        use voyant_ir::filter_chain::NetworkFilter::HttpConnectionManager;
        let filters = &mut self.snapshot.listeners[0].filter_chains[0].filters;
        let [HttpConnectionManager(manager)] = &mut filters[..] else {
            panic!("the test has changed the filter chain");
        };
        change(manager);
        self
    }

    /// Changes the cluster.
    pub fn cluster(mut self, change: impl FnOnce(&mut Cluster)) -> Self {
        change(&mut self.snapshot.clusters[0]);
        self
    }

    /// Puts routes before the one that takes every path.
    pub fn routes(mut self, mut routes: Vec<Route>) -> Self {
        let host = &mut self.snapshot.route_configurations[0].virtual_hosts[0];
        routes.append(&mut host.routes);
        host.routes = routes;
        self
    }

    /// Changes anything.
    pub fn snapshot(mut self, change: impl FnOnce(&mut Snapshot)) -> Self {
        change(&mut self.snapshot);
        self
    }

    /// Starts the engine.
    pub fn run(self) -> RunningProxy {
        let engine = match Engine::start(self.snapshot) {
            Ok(engine) => engine,
            Err(error) => panic!("the engine does not start: {error}"),
        };
        RunningProxy { engine, log: self.log }
    }
}

/// A proxy at work; dropping it ends it.
#[derive(Debug)]
pub struct RunningProxy {
    engine: Engine,
    log: PathBuf,
}

impl RunningProxy {
    /// Where clients connect.
    pub fn address(&self) -> SocketAddr {
        ip(&self.engine.snapshot().listeners[0].addresses[0].local)
    }

    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// A counter or gauge, as the admin interface tells it; 0 if there is none of that name.
    pub fn stat(&self, name: &str) -> u64 {
        let admin = self.engine.admin_address().expect("there is an admin interface");
        let stats = Client::get(ip(admin), "/stats").text();
        let line = stats.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
        line.map_or(0, |value| value.parse().unwrap_or_else(|_| panic!("{name}: {value}")))
    }

    /// Waits until a statistic has the value.
    pub fn wait_for_stat(&self, name: &str, value: u64) {
        let started = std::time::Instant::now();
        loop {
            let now = self.stat(name);
            if now == value {
                return;
            }
            assert!(started.elapsed() < crate::DEADLINE, "{name} is {now} and not {value}");
            std::thread::yield_now();
        }
    }

    /// Ends the engine and gives the lines of its access log: status, details, flags.
    pub fn log(mut self) -> Vec<String> {
        self.engine.stop();
        let text = fs::read_to_string(&self.log).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }
}

impl Drop for RunningProxy {
    fn drop(&mut self) {
        self.engine.stop();
        // Without a request there is no file.
        let _ = fs::remove_file(&self.log);
    }
}

fn ip(address: &PeerAddress) -> SocketAddr {
    match address {
        PeerAddress::Ip(address) => *address,
        PeerAddress::Pipe(path) => panic!("no IP address: {path}"),
    }
}
