//! A listener on one worker: counts connections and gives each to its filter chain.

use std::rc::Rc;
use std::sync::Arc;

use tokio::sync::mpsc;

use super::tcp_proxy::TcpProxy;
use crate::head::Head;
use crate::http::connection;
use crate::http::connection_manager::on_worker::{Blueprint, Manager};
use crate::http::stream_info::{ConnectionInfo, ConnectionTotals, ListenerFacts, StreamInfo};
use crate::listener::accept::Accepted;
use crate::listener::limit::{Full, Places};
use crate::observe::access_log::{AccessLogWorker, AccessLogger, LogError};
use crate::observe::format::{AccessLogType, FormatContext};
use crate::observe::stats::Registry;
use crate::observe::stats::groups::listener::{
    ListenerExtensionStats, ListenerStats, ListenerWorkerStats,
};
use crate::rt::address::PeerAddress;
use crate::rt::clock::{Instant, now};
use crate::rt::stream::Stream;
use crate::snapshot::{Chain, Listener};
use crate::worker::Worker;
use crate::worker::thread::Command;

/// Where accepted connections may be handed over to.
#[derive(Debug, Clone)]
pub struct Handover {
    own: usize,
    peers: Arc<[mpsc::UnboundedSender<Command>]>,
}

impl Handover {
    pub fn new(own: usize, peers: Arc<[mpsc::UnboundedSender<Command>]>) -> Self {
        Self { own, peers }
    }
}

/// A listener's work on one worker.
#[derive(Debug)]
pub struct ListenerOnWorker {
    pub listener: Arc<Listener>,
    number: usize,
    worker: Rc<Worker>,
    stats: Arc<ListenerStats>,
    worker_stats: Arc<ListenerWorkerStats>,
    chain: NetworkChain,
    /// The listener's own, a line a connection.
    logs: Vec<AccessLogger>,
    chain_name: Arc<str>,
    facts: Rc<ListenerFacts>,
    handover: Handover,
}

#[derive(Debug)]
enum NetworkChain {
    Empty,
    Http(Rc<Manager>),
    Tcp(Rc<TcpProxy>),
}

impl ListenerOnWorker {
    pub fn new(
        number: usize,
        listener: &Arc<Listener>,
        worker: &Rc<Worker>,
        registry: &Registry,
        logs: &AccessLogWorker,
        handover: Handover,
    ) -> Result<Self, LogError> {
        let buffer_limit = listener.ir.per_connection_buffer_limit_bytes as usize;
        let chain = match &listener.chain {
            Chain::Empty => NetworkChain::Empty,
            Chain::Http { ir, config, routes, scopes, filters, router, upgrades, requests } => {
                let blueprint = Blueprint {
                    ir,
                    config: Arc::clone(config),
                    routes: Arc::clone(routes),
                    scopes: scopes.clone(),
                    filters,
                    router,
                    upgrades,
                    requests: Arc::clone(requests),
                    listener_prefix: &listener.stat_prefix,
                    drained: listener.drained(),
                    buffer_limit,
                    logs,
                };
                NetworkChain::Http(Manager::new(blueprint, registry, worker)?)
            }
            Chain::Tcp(ir) => {
                let logs = logs.loggers(&ir.access_logs)?;
                let proxy = TcpProxy::new(
                    ir,
                    listener.drained(),
                    buffer_limit,
                    logs,
                    registry,
                    Rc::clone(worker),
                );
                NetworkChain::Tcp(Rc::new(proxy))
            }
        };
        registry.scope(&listener.stat_prefix).declare::<ListenerExtensionStats>();
        let worker_prefix = format!("{}.worker_{}", listener.stat_prefix, handover.own);
        Ok(Self {
            number,
            stats: registry.shard(&listener.stat_prefix),
            logs: logs.loggers(&listener.ir.access_logs)?,
            worker_stats: registry.shard(&worker_prefix),
            chain_name: listener.chain_name(),
            facts: Rc::new(listener.facts()),
            listener: Arc::clone(listener),
            worker: Rc::clone(worker),
            chain,
            handover,
        })
    }

    /// Gives a connection to the filter chain, on a task of its own.
    pub fn serve(
        self: Rc<Self>,
        stream: Stream,
        local: PeerAddress,
        remote: PeerAddress,
        places: Places,
    ) {
        self.stats.downstream_cx_total.inc();
        self.stats.downstream_cx_active.inc();
        self.worker_stats.downstream_cx_total.inc();
        self.worker_stats.downstream_cx_active.inc();
        let id = self.worker.next_connection_id();
        let mut info = ConnectionInfo::new(id, remote, local, Arc::clone(&self.chain_name));
        info.listener = Some(Rc::clone(&self.facts));
        info.totals = (!self.logs.is_empty()).then(Box::default);
        tokio::task::spawn_local(self.run(stream, Rc::new(info), places));
    }

    async fn run(self: Rc<Self>, stream: Stream, info: Rc<ConnectionInfo>, places: Places) {
        let opened = now();
        match &self.chain {
            NetworkChain::Empty => drop(stream),
            NetworkChain::Http(manager) => {
                connection::serve(Rc::clone(manager), stream, Rc::clone(&info)).await;
                if let Some(totals) = &info.totals {
                    self.log(&self.told_of(&info, totals, opened));
                }
            }
            NetworkChain::Tcp(proxy) => {
                let session = Rc::clone(proxy).serve(stream, info).await;
                self.log(&session);
            }
        }
        drop(places);
        self.stats.downstream_cx_active.dec();
        self.worker_stats.downstream_cx_active.dec();
        self.stats.downstream_cx_destroy.inc();
        self.stats.downstream_cx_length_ms.record_ms(now() - opened);
        if let Some(balance) = &self.listener.balance {
            balance.release(self.worker.index);
        }
    }
}

impl ListenerOnWorker {
    /// What the listener's own logs know of a connection of requests.
    fn told_of(
        &self,
        info: &Rc<ConnectionInfo>,
        totals: &ConnectionTotals,
        opened: Instant,
    ) -> StreamInfo {
        let (wall, id) = (self.worker.wall.at(opened), self.worker.next_stream_id());
        // As in Envoy, such a line does not know when the connection ended.
        info.ended.set(None);
        let mut told = StreamInfo::new(Rc::clone(info), id, opened, wall);
        told.protocol = totals.protocol.get();
        told.flags = totals.flags.get();
        told.bytes.body_received = totals.received.get();
        told.bytes.body_sent = totals.sent.get();
        told.session_mut().downstream = totals.ending.get();
        told
    }

    /// A connection has ended.
    fn log(&self, info: &StreamInfo) {
        let none = Head::new();
        let context = FormatContext {
            request: &none,
            response: None,
            trailers: None,
            info,
            now: now(),
            log_type: AccessLogType::NotSet,
            local_reply_body: b"",
        };
        self.logs.iter().for_each(|log| log.log(&context));
    }
}

impl Accepted for ListenerOnWorker {
    fn accepted(self: Rc<Self>, stream: Stream, local: PeerAddress, remote: PeerAddress) {
        let places = match self.listener.limits.admit() {
            Ok(places) => places,
            // Who is one too many is closed without a word.
            Err(Full::Own) => return self.stats.downstream_cx_overflow.inc(),
            Err(Full::Global) => return self.stats.downstream_global_cx_overflow.inc(),
        };
        let Some(balance) = &self.listener.balance else {
            return self.serve(stream, local, remote, places);
        };
        let own = self.handover.own;
        let target = balance.assign(own);
        if target == own {
            return self.serve(stream, local, remote, places);
        }
        match stream.into_handle() {
            Ok(stream) => {
                let listener = self.number;
                let arrival = self.worker.lifecycle.arrivals.begin();
                let command =
                    Command::Accepted { listener, stream, local, remote, places, arrival };
                if self.handover.peers[target].send(command).is_err() {
                    balance.release(target);
                }
            }
            // The connection is gone with its error.
            Err(_) => balance.release(target),
        }
    }

    fn batch(&self, connections: u32) {
        self.stats.connections_accepted_per_socket_event.record(connections.into());
    }
}
