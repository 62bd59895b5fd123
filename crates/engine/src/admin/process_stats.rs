//! The process's own statistics (`server.*`), set when somebody reads.

use std::sync::Arc;

use super::backend::AdminState;
use crate::lifecycle::Lifecycle;
use crate::observe::stats::groups::server::{CompilationSettingsStats, ServerStats};
use crate::observe::stats::registry::Refresh;
use crate::observe::stats::{Registry, Scope};
use crate::rt::clock::now;
use crate::rt::memory;

/// What Envoy shows where there is no certificate that could expire.
const NO_CERTIFICATE_DAYS: i64 = u32::MAX as i64;

/// Sets the gauges.
#[derive(Debug)]
pub(super) struct ProcessStats {
    registry: Arc<Registry>,
    lifecycle: Arc<Lifecycle>,
    server: Arc<ServerStats>,
    /// Kept, for what it shows was set once.
    _compilation: Arc<Scope>,
}

impl ProcessStats {
    pub(super) fn new(state: &AdminState) -> Self {
        let registry = Arc::clone(&state.registry);
        let server: Arc<ServerStats> = registry.shard("server");
        server.concurrency.set(state.server.concurrency.into());
        server.days_until_first_cert_expiring.set(NO_CERTIFICATE_DAYS);
        server.hot_restart_epoch.set(0);
        let version = state.server.stats_server_version_override;
        server
            .version
            .set(version.and_then(|n| i64::try_from(n).ok()).unwrap_or_else(version_number));
        let compilation = registry.scope("server.compilation_settings");
        compilation.declare::<CompilationSettingsStats>();
        let lifecycle = Arc::clone(&state.lifecycle);
        Self { registry, lifecycle, server, _compilation: compilation }
    }
}

impl Refresh for ProcessStats {
    fn refresh(&self) {
        let size = |bytes: u64| i64::try_from(bytes).unwrap_or(i64::MAX);
        let memory = memory::memory();
        self.server.memory_allocated.set(size(memory.allocated));
        self.server.memory_heap_size.set(size(memory.heap));
        self.server.memory_physical_size.set(size(memory.resident));
        let uptime = now().saturating_duration_since(self.lifecycle.started());
        self.server.uptime.set(size(uptime.as_secs()));
        self.server.live.set((!self.lifecycle.is_shutting_down()).into());
        self.server.state.set(self.lifecycle.state() as i64);
        self.server.total_connections.set(size(connections(&self.registry)));
    }
}

/// The version as one number that grows with it: 1.2.3 is 10203.
fn version_number() -> i64 {
    let parts = env!("CARGO_PKG_VERSION").split(|c: char| !c.is_ascii_digit()).take(3);
    parts.fold(0, |number, part| number * 100 + part.parse().unwrap_or(0))
}

/// Open connections of all listeners but the admin interface's.
fn connections(registry: &Registry) -> u64 {
    let scopes = registry.scopes();
    let listeners = scopes.iter().filter(|scope| {
        let prefix = scope.prefix();
        // A worker's share counts the same connections once more.
        prefix.starts_with("listener.")
            && !prefix.starts_with("listener.admin")
            && !prefix.rsplit('.').next().is_some_and(|last| last.starts_with("worker_"))
    });
    listeners.map(|scope| scope.gauge("downstream_cx_active")).sum()
}
