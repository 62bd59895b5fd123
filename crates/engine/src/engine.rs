//! The engine as its owner sees it: started from a snapshot, drained, stopped.
//!
//! Its owner decides when; nothing here reads signals, files or the environment.

use std::io;
use std::sync::{Arc, Weak};
use std::time::Duration;

use tokio::sync::mpsc;
use voyant_ir as ir;

use crate::admin::{Admin, AdminError, AdminState, Delegate};
use crate::guard_dog::{GuardDog, Sign, Watched};
use crate::lifecycle::Lifecycle;
use crate::observe::access_log::{AccessLogs, Flush};
use crate::observe::log_level::{Level, LogLevels};
use crate::observe::stats::registry::Refresh;
use crate::observe::stats::settings::SettingsError;
use crate::observe::stats::{Registry, Settings};
use crate::rt::address::PeerAddress;
use crate::rt::clock::now;
use crate::runtime::loader::{Layers, RuntimeLoader};
use crate::snapshot::{Snapshot, SnapshotError};
use crate::upstream::cluster_set::ClusterSet;
use crate::upstream::dns::service::DnsService;
use crate::worker::thread::{Command, Shared, WorkerHandle, spawn};

mod backend;
#[cfg(test)]
pub(crate) mod fixtures;
mod manager_stats;

use backend::EngineBackend;
use manager_stats::ManagerStats;

/// The engine could not start; nothing of it is left.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error(transparent)]
    Snapshot(#[from] SnapshotError),
    #[error(transparent)]
    Stats(#[from] SettingsError),
    #[error(transparent)]
    Admin(#[from] AdminError),
    #[error("cannot start a thread: {0}")]
    Thread(io::Error),
    #[error("worker {index} could not start: {reason}")]
    Worker { index: usize, reason: String },
}

/// A running engine.
#[derive(Debug)]
pub struct Engine {
    snapshot: Arc<Snapshot>,
    registry: Arc<Registry>,
    lifecycle: Arc<Lifecycle>,
    access_logs: Arc<AccessLogs>,
    runtime: Arc<RuntimeLoader>,
    workers: Vec<WorkerHandle>,
    senders: Arc<[mpsc::UnboundedSender<Command>]>,
    manager_stats: ManagerStats,
    log_levels: Arc<LogLevels>,
    admin: Option<Admin>,
    /// Ends before what it keeps up to date.
    dns: Option<DnsService>,
    /// The threads to be watched, until somebody watches them.
    watched: Vec<Watched>,
    guard_dog: Option<GuardDog>,
    drain_time: Duration,
}

impl Engine {
    /// An engine whose admin interface knows only what the engine knows.
    pub fn start(snapshot: ir::Snapshot) -> Result<Self, StartError> {
        Self::start_for(snapshot, None, Arc::new(LogLevels::new(Level::Info)))
    }

    /// Binds all listeners, starts the admin interface, waits for the first answers of DNS,
    /// starts the workers and returns when each of them accepts.
    pub fn start_for(
        snapshot: ir::Snapshot,
        owner: Option<Arc<dyn Delegate>>,
        log_levels: Arc<LogLevels>,
    ) -> Result<Self, StartError> {
        let server = snapshot.server.clone();
        let admin = AdminParts::of(&snapshot)?;
        let layers =
            Layers { read: snapshot.runtime.clone(), unread: snapshot.server.runtime_unread };
        let registry = Arc::new(Registry::new());
        let drain_time = Duration::from_millis(server.drain_time_ms);
        let lifecycle = Arc::new(Lifecycle::new(drain_time, server.drain_strategy));
        let flush = Flush {
            interval: Duration::from_millis(server.file_flush_interval_ms),
            bytes: usize::try_from(server.file_flush_min_size_bytes).unwrap_or(usize::MAX),
        };
        let access_logs =
            Arc::new(AccessLogs::start(Arc::clone(&registry), flush).map_err(StartError::Thread)?);
        let snapshot = Arc::new(Snapshot::new(snapshot, &ClusterSet::default(), &registry)?);
        let clusters: Weak<ClusterSet> = Arc::downgrade(&snapshot.clusters);
        registry.before_read(clusters as Weak<dyn Refresh>);
        let workers = server.concurrency.max(1) as usize;
        let (senders, receivers): (Vec<_>, Vec<_>) =
            (0..workers).map(|_| mpsc::unbounded_channel()).unzip();
        let manager_stats = ManagerStats::new(&registry, &snapshot, workers);
        let values = Arc::clone(&snapshot.runtime);
        let follower: Weak<Snapshot> = Arc::downgrade(&snapshot);
        let runtime = Arc::new(RuntimeLoader::new(layers, values, follower, &registry));
        runtime.count_deprecated(server.deprecated_features_used);
        let mut engine = Self {
            runtime,
            snapshot,
            registry,
            lifecycle,
            access_logs,
            workers: Vec::new(),
            senders: senders.into(),
            manager_stats,
            log_levels,
            admin: None,
            dns: None,
            watched: Vec::new(),
            guard_dog: None,
            drain_time,
        };
        let watchdogs = server.watchdogs;
        engine.start_admin(admin, server, owner.clone())?;
        engine.wait_for_dns()?;
        engine.lifecycle.set_discovered();
        engine.start_workers(receivers, watchdogs.workers)?;
        let watched = std::mem::take(&mut engine.watched);
        engine.guard_dog = Some(GuardDog::start(watched, owner).map_err(StartError::Thread)?);
        engine.lifecycle.set_live();
        let listeners = engine.snapshot.listeners.len();
        engine.manager_stats.live(engine.lifecycle.started(), listeners, workers);
        Ok(engine)
    }

    /// The admin interface comes first: it tells that the engine is not ready yet.
    fn start_admin(
        &mut self,
        parts: AdminParts,
        server: ir::snapshot::Server,
        owner: Option<Arc<dyn Delegate>>,
    ) -> Result<(), StartError> {
        let Some(admin) = parts.admin else { return Ok(()) };
        let backend = EngineBackend {
            snapshot: Arc::clone(&self.snapshot),
            lifecycle: Arc::clone(&self.lifecycle),
            access_logs: Arc::clone(&self.access_logs),
            workers: Arc::clone(&self.senders),
            owner: owner.clone(),
        };
        let (sign, limits) = (Sign::default(), server.watchdogs.main_thread);
        let name = "main_thread";
        self.watched.push(Watched::new(sign.clone(), name, name, limits, &self.registry));
        let state = AdminState {
            registry: Arc::clone(&self.registry),
            settings: Arc::new(parts.settings),
            lifecycle: Arc::clone(&self.lifecycle),
            log_levels: Arc::clone(&self.log_levels),
            server,
            runtime: Arc::clone(&self.runtime),
            backend: Arc::new(backend),
            delegate: owner,
            lookups_tracked: false.into(),
            sign,
        };
        let logs = Arc::clone(&self.access_logs);
        let limit = Arc::clone(&self.snapshot.connection_limit);
        self.admin = Some(Admin::start(&admin, state, limit, logs, parts.flush_interval)?);
        Ok(())
    }

    fn wait_for_dns(&mut self) -> Result<(), StartError> {
        let dns = DnsService::start(Arc::clone(&self.registry)).map_err(StartError::Thread)?;
        dns.follow(Arc::clone(&self.snapshot.clusters));
        DnsService::wait_until_warm(&self.snapshot.clusters).map_err(StartError::Thread)?;
        self.dns = Some(dns);
        Ok(())
    }

    fn start_workers(
        &mut self,
        receivers: Vec<mpsc::UnboundedReceiver<Command>>,
        limits: ir::snapshot::Watchdog,
    ) -> Result<(), StartError> {
        for (index, receiver) in receivers.into_iter().enumerate() {
            let sign = Sign::default();
            let name = format!("worker_{index}");
            let watched = Watched::new(sign.clone(), &name, "workers", limits, &self.registry);
            self.watched.push(watched);
            let shared = Shared {
                snapshot: Arc::clone(&self.snapshot),
                registry: Arc::clone(&self.registry),
                lifecycle: Arc::clone(&self.lifecycle),
                access_logs: Arc::clone(&self.access_logs),
                sign,
            };
            let worker = spawn(index, shared, receiver, Arc::clone(&self.senders));
            self.workers.push(worker.map_err(StartError::Thread)?);
        }
        for index in 0..self.workers.len() {
            let ready = self.workers[index].ready.take();
            if ready.is_some_and(|ready| ready.blocking_recv().is_err()) {
                let reason = self.failure_of(index);
                self.stop();
                return Err(StartError::Worker { index, reason });
            }
        }
        Ok(())
    }

    fn failure_of(&mut self, index: usize) -> String {
        let joined = self.workers[index].thread.take().map(std::thread::JoinHandle::join);
        match joined {
            Some(Ok(Err(error))) => error.to_string(),
            Some(Err(_)) => "it panicked".into(),
            _ => "it ended".into(),
        }
    }

    /// Other layers of the runtime hold from now on.
    pub fn replace_runtime(&self, layers: Layers) {
        self.runtime.replace(layers);
    }

    pub fn snapshot(&self) -> &Arc<Snapshot> {
        &self.snapshot
    }

    pub fn registry(&self) -> &Arc<Registry> {
        &self.registry
    }

    pub fn lifecycle(&self) -> &Arc<Lifecycle> {
        &self.lifecycle
    }

    /// Where the admin interface listens, if there is one.
    pub fn admin_address(&self) -> Option<&PeerAddress> {
        self.admin.as_ref().map(Admin::address)
    }

    /// Why the admin interface's address could not be written to its file.
    pub fn unwritten_admin_address(&self) -> Option<&io::Error> {
        self.admin.as_ref().and_then(Admin::unwritten)
    }

    /// The loggers' levels, which the admin interface changes.
    pub fn log_levels(&self) -> &Arc<LogLevels> {
        &self.log_levels
    }

    /// Writes what waits and opens log files anew.
    pub fn reopen_logs(&self) {
        self.access_logs.reopen();
    }

    /// Closes listening sockets, of inbound listeners only or of all.
    pub fn stop_accepting(&self, inbound_only: bool) {
        for worker in &self.workers {
            // A worker that has ended accepts nothing.
            let _ = worker.commands.send(Command::StopAccepting { inbound_only });
        }
    }

    /// Begins to tell clients to go, as the drain strategy says.
    pub fn drain(&self) {
        self.lifecycle.begin_drain(false);
        self.wake();
    }

    fn wake(&self) {
        for worker in &self.workers {
            let _ = worker.commands.send(Command::Drain);
        }
    }

    /// Stops accepting and lets every response end its connection.
    pub fn begin_shutdown(&self) {
        self.stop_accepting(false);
        self.lifecycle.begin_shutdown();
        self.wake();
    }

    /// Connections of clients that are open now.
    pub fn open_connections(&self) -> u64 {
        let mut prefixes: Vec<_> =
            self.snapshot.listeners.iter().map(|listener| &listener.stat_prefix).collect();
        // Listeners on ports of the kernel's choice share their statistics.
        prefixes.sort_unstable();
        prefixes.dedup();
        let gauge = |prefix: &String| self.registry.scope(prefix).gauge("downstream_cx_active");
        prefixes.into_iter().map(gauge).sum()
    }

    /// Nothing is left to be finished: no connection is open, and none can come any more.
    pub fn is_drained(&self) -> bool {
        self.lifecycle.arrivals.are_over() && self.open_connections() == 0
    }

    /// How long a shutdown may wait for requests in flight.
    pub fn drain_time(&self) -> Duration {
        self.drain_time
    }

    /// Ends all threads at once and waits for them; what was logged is written.
    pub fn stop(&mut self) {
        self.guard_dog = None;
        for worker in &self.workers {
            let _ = worker.commands.send(Command::Stop);
        }
        for worker in &mut self.workers {
            if let Some(thread) = worker.thread.take() {
                // A worker that panicked has nothing more to say.
                let _ = thread.join();
            }
        }
        self.workers.clear();
        self.admin = None;
        self.dns = None;
        self.access_logs.shutdown();
    }

    /// Time since the engine was made.
    pub fn uptime(&self) -> Duration {
        now().duration_since(self.lifecycle.started())
    }
}

/// What the admin interface needs of a snapshot.
struct AdminParts {
    admin: Option<ir::admin::Admin>,
    settings: Settings,
    flush_interval: Duration,
}

impl AdminParts {
    fn of(snapshot: &ir::Snapshot) -> Result<Self, SettingsError> {
        Ok(Self {
            admin: snapshot.admin.clone(),
            settings: Settings::new(&snapshot.stats)?,
            flush_interval: Duration::from_millis(snapshot.stats.flush_interval_ms),
        })
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        if !self.workers.is_empty() {
            self.stop();
        }
    }
}

#[cfg(test)]
mod tests;
