//! The engine as its admin interface sees it.

use std::sync::Arc;

use tokio::sync::mpsc::UnboundedSender;

use crate::admin::{Backend, Control, Delegate, ListenerView};
use crate::lifecycle::Lifecycle;
use crate::observe::access_log::AccessLogs;
use crate::snapshot::Snapshot;
use crate::upstream::cluster_set::ClusterSet;
use crate::worker::thread::Command;

/// Tells workers and owner what an operator asks for.
#[derive(Debug)]
pub(super) struct EngineBackend {
    pub snapshot: Arc<Snapshot>,
    pub lifecycle: Arc<Lifecycle>,
    pub access_logs: Arc<AccessLogs>,
    pub workers: Arc<[UnboundedSender<Command>]>,
    pub owner: Option<Arc<dyn Delegate>>,
}

impl Backend for EngineBackend {
    fn listeners(&self) -> Vec<ListenerView> {
        let listeners = self.snapshot.listeners.iter().map(|listener| ListenerView {
            name: listener.ir.name.clone(),
            addresses: listener.addresses.iter().map(|bound| bound.local.clone()).collect(),
        });
        listeners.collect()
    }

    fn clusters(&self) -> Arc<ClusterSet> {
        Arc::clone(&self.snapshot.clusters)
    }

    fn control(&self, control: Control) {
        match control {
            Control::DrainListeners { graceful, skip_exit, inbound_only } => {
                self.drain(graceful, skip_exit, inbound_only);
            }
            Control::Quit => {
                if let Some(owner) = self.owner.clone() {
                    // The owner may be busy; the answer is not to wait for that.
                    tokio::task::spawn_blocking(move || owner.quit());
                }
            }
            Control::ReopenLogs => self.access_logs.reopen(),
        }
    }
}

impl EngineBackend {
    fn drain(&self, graceful: bool, skip_exit: bool, inbound_only: bool) {
        let stop = Command::StopAccepting { inbound_only };
        self.lifecycle.begin_drain(inbound_only);
        tell(&self.workers, &Command::Drain);
        if !graceful && !skip_exit {
            return tell(&self.workers, &stop);
        }
        if skip_exit {
            return;
        }
        let (workers, drain_time) = (Arc::clone(&self.workers), self.lifecycle.drain_time());
        tokio::task::spawn_local(async move {
            tokio::time::sleep(drain_time).await;
            tell(&workers, &stop);
        });
    }
}

fn tell(workers: &[UnboundedSender<Command>], command: &Command) {
    for worker in workers {
        let command = match command {
            Command::StopAccepting { inbound_only } => {
                Command::StopAccepting { inbound_only: *inbound_only }
            }
            _ => Command::Drain,
        };
        // A worker that has ended accepts nothing.
        let _ = worker.send(command);
    }
}
