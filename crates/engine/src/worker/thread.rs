//! The thread of a worker: builds what the worker owns, accepts, and ends when it is told to.

use std::io;
use std::rc::Rc;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tokio::task::LocalSet;
use voyant_ir::cluster::Discovery;

use super::Worker;
use crate::guard_dog::Sign;
use crate::lifecycle::Lifecycle;
use crate::listener::accept::{self, Acceptor};
use crate::listener::arrivals::Arrival;
use crate::listener::limit::Places;
use crate::network::serving::{Handover, ListenerOnWorker};
use crate::observe::access_log::{AccessLogWorker, AccessLogs};
use crate::observe::stats::Registry;
use crate::rt::address::PeerAddress;
use crate::rt::clock;
use crate::rt::stream::Handle;
use crate::rt::timer::sleep;
use crate::snapshot::Snapshot;
use crate::upstream::worker_clusters::WorkerClusters;

/// A cluster to which nobody sends lets connections to hosts that are gone go so late.
const REFRESH_CLUSTERS_EVERY: Duration = Duration::from_secs(1);

/// What a worker is told.
#[derive(Debug)]
pub enum Command {
    /// Close the listening sockets; a listener of one direction only, or all.
    StopAccepting { inbound_only: bool },
    /// Wake every connection, so that it sees that the process drains.
    Drain,
    /// A connection that another worker accepted.
    Accepted {
        listener: usize,
        stream: Handle,
        local: PeerAddress,
        remote: PeerAddress,
        places: Places,
        arrival: Arrival,
    },
    /// End at once.
    Stop,
}

/// A worker seen from outside.
#[derive(Debug)]
pub struct WorkerHandle {
    pub commands: mpsc::UnboundedSender<Command>,
    /// Answered when the worker accepts; dropped when it could not.
    pub ready: Option<oneshot::Receiver<()>>,
    pub thread: Option<JoinHandle<io::Result<()>>>,
}

/// What every worker is made from.
#[derive(Debug, Clone)]
pub struct Shared {
    pub snapshot: Arc<Snapshot>,
    pub registry: Arc<Registry>,
    pub lifecycle: Arc<Lifecycle>,
    pub access_logs: Arc<AccessLogs>,
    /// That this worker comes round.
    pub sign: Sign,
}

/// Starts a worker's thread; `peers` are the command channels of all workers, in order.
pub fn spawn(
    index: usize,
    shared: Shared,
    commands: mpsc::UnboundedReceiver<Command>,
    peers: Arc<[mpsc::UnboundedSender<Command>]>,
) -> io::Result<WorkerHandle> {
    let (tell, ready) = oneshot::channel();
    let own = peers[index].clone();
    let thread = std::thread::Builder::new()
        .name(format!("worker_{index}"))
        .spawn(move || run(index, shared, commands, peers, tell))?;
    Ok(WorkerHandle { commands: own, ready: Some(ready), thread: Some(thread) })
}

fn run(
    index: usize,
    shared: Shared,
    commands: mpsc::UnboundedReceiver<Command>,
    peers: Arc<[mpsc::UnboundedSender<Command>]>,
    ready: oneshot::Sender<()>,
) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let local = LocalSet::new();
    let sign = shared.sign.clone();
    let serving = local.run_until(serve(index, shared, commands, peers, ready));
    runtime.block_on(clock::in_turns(sign.watch(serving)))
}

async fn serve(
    index: usize,
    shared: Shared,
    mut commands: mpsc::UnboundedReceiver<Command>,
    peers: Arc<[mpsc::UnboundedSender<Command>]>,
    ready: oneshot::Sender<()>,
) -> io::Result<()> {
    let Shared { snapshot, registry, lifecycle, access_logs, sign: _ } = shared;
    let worker = Worker::new(
        index,
        Arc::clone(&snapshot.runtime),
        Arc::clone(&snapshot.service_cluster),
        lifecycle,
        WorkerClusters::new(Arc::clone(&snapshot.clusters)),
        Arc::clone(&registry),
    );
    let logs = AccessLogWorker::new(access_logs, Arc::clone(&snapshot.runtime));
    let handover = Handover::new(index, peers);
    let mut listeners = Vec::new();
    for (number, listener) in snapshot.listeners.iter().enumerate() {
        let handover = handover.clone();
        let serving = ListenerOnWorker::new(number, listener, &worker, &registry, &logs, handover)
            .map_err(io::Error::other)?;
        listeners.push(Rc::new(serving));
    }
    let mut accepting = Vec::new();
    for serving in &listeners {
        accepting.extend(start_accepting(&worker, serving)?);
    }
    if snapshot.clusters.iter().any(|cluster| cluster.config.discovery != Discovery::Static) {
        tokio::task::spawn_local(refresh_clusters(Rc::clone(&worker)));
    }
    // Whoever started the worker may have given up waiting.
    let _ = ready.send(());
    while let Some(command) = commands.recv().await {
        match command {
            Command::StopAccepting { inbound_only } => {
                // Whoever is dropped here closes; see `accept::run_until`.
                accepting.retain(|accepting| inbound_only && !accepting.inbound);
            }
            Command::Drain => worker.connections.wake_all(),
            Command::Accepted { listener, stream, local, remote, places, arrival } => {
                if let (Some(serving), Ok(stream)) = (listeners.get(listener), stream.register()) {
                    Rc::clone(serving).serve(stream, local, remote, places);
                }
                drop(arrival);
            }
            Command::Stop => break,
        }
    }
    Ok(())
}

async fn refresh_clusters(worker: Rc<Worker>) {
    loop {
        sleep(REFRESH_CLUSTERS_EVERY).await;
        worker.refresh_clusters();
    }
}

/// An accept loop; it closes when this is dropped.
#[derive(Debug)]
struct Accepting {
    inbound: bool,
    _close: oneshot::Sender<()>,
}

fn start_accepting(
    worker: &Rc<Worker>,
    serving: &Rc<ListenerOnWorker>,
) -> io::Result<Vec<Accepting>> {
    let listener = &serving.listener;
    let inbound = listener.is_inbound();
    let batch = listener.ir.max_connections_to_accept_per_socket_event;
    let start = |address| {
        let acceptor = Acceptor::new(address, worker.index)?;
        let (close, closed) = oneshot::channel();
        let arrival = worker.lifecycle.arrivals.begin();
        let accept = accept::run_until(closed, acceptor, batch.max(1), Rc::clone(serving));
        tokio::task::spawn_local(async move {
            accept.await;
            drop(arrival);
        });
        Ok(Accepting { inbound, _close: close })
    };
    listener.addresses.iter().map(start).collect()
}
