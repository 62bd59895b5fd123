//! The admin thread: accepts, finds the endpoint, flushes statistics.

use std::cell::Cell;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::oneshot;
use voyant_ir::access_log::AccessLog;

use super::backend::AdminState;
use super::connection::{self, Shared};
use super::endpoint::{self, Answer};
use super::process_stats::ProcessStats;
use super::request::Request;
use super::reserve::Reserve;
use super::response::{JSON, Response};
use crate::codec::h1::RequestParser;
use crate::listener::accept::{self, Accepted, Acceptor};
use crate::listener::limit::{ConnectionLimits, Full};
use crate::listener::socket::BoundAddress;
use crate::observe::access_log::{AccessLogWorker, AccessLogs};
use crate::observe::stats::groups::http::{HttpStats, ListenerHttpStats};
use crate::observe::stats::groups::listener::{ListenerStats, ListenerWorkerStats};
use crate::observe::stats::registry::Refresh;
use crate::rt::address::PeerAddress;
use crate::rt::stream::Stream;
use crate::string_matcher::StringMatcher;

/// What the thread is given.
#[derive(Debug)]
pub(super) struct Settings {
    pub state: Arc<AdminState>,
    /// Empty: all are allowed.
    pub allow_paths: Vec<StringMatcher>,
    pub limits: ConnectionLimits,
    pub parser: Arc<RequestParser>,
    pub access_logs: Arc<AccessLogs>,
    pub logs: Vec<AccessLog>,
    pub flush_interval: Duration,
}

/// Connections that one readiness event may give; others wait for their turn.
const ACCEPT_BATCH: u32 = 16;

/// Serves until `stopped` resolves.
pub(super) async fn serve(bound: BoundAddress, settings: Settings, stopped: oneshot::Receiver<()>) {
    let Settings { state, allow_paths, limits, parser, access_logs, logs, flush_interval } =
        settings;
    let registry = Arc::clone(&state.registry);
    let process: Arc<dyn Refresh> = Arc::new(ProcessStats::new(&state));
    registry.before_read(Arc::downgrade(&process));
    let log_worker = AccessLogWorker::new(access_logs, Arc::clone(state.runtime.runtime()));
    // A log that cannot be opened is refused when the configuration is loaded.
    let loggers = logs.iter().filter_map(|log| log_worker.logger(log).ok()).collect();
    let shared = Shared::new(state, allow_paths, loggers, bound.local.clone(), parser);
    let target = Rc::new(Target {
        shared: Rc::new(shared),
        limits,
        listener: registry.shard("listener.admin"),
        worker: registry.shard("listener.admin.main_thread"),
        next_connection: Cell::new(1),
        reserve: Reserve::default(),
    });
    target.reserve.refill();
    let Ok(acceptor) = Acceptor::new(&bound, 0) else { return };
    tokio::select! {
        () = accept::run(&acceptor, ACCEPT_BATCH, &target) => {}
        // Never ends.
        () = flush(&registry, flush_interval) => {}
        // The owner has let the interface go: connections end with it.
        _ = stopped => {}
    }
}

async fn flush(registry: &crate::observe::stats::Registry, interval: Duration) {
    loop {
        tokio::time::sleep(interval.max(Duration::from_millis(1))).await;
        registry.refresh();
        registry.flush();
    }
}

/// Takes the connections of the admin listener.
#[derive(Debug)]
struct Target {
    shared: Rc<Shared>,
    limits: ConnectionLimits,
    listener: Arc<ListenerStats>,
    worker: Arc<ListenerWorkerStats>,
    next_connection: Cell<u64>,
    reserve: Reserve,
}

impl Accepted for Target {
    fn accepted(self: Rc<Self>, stream: Stream, _local: PeerAddress, remote: PeerAddress) {
        let places = match self.limits.admit() {
            Ok(places) => places,
            Err(Full::Own) => return self.listener.downstream_cx_overflow.inc(),
            Err(Full::Global) => return self.listener.downstream_global_cx_overflow.inc(),
        };
        let id = self.next_connection.replace(self.next_connection.get() + 1);
        self.listener.downstream_cx_total.inc();
        self.listener.downstream_cx_active.inc();
        self.worker.downstream_cx_total.inc();
        self.worker.downstream_cx_active.inc();
        tokio::task::spawn_local(async move {
            let stream = connection::serve(Rc::clone(&self.shared), stream, remote, id).await;
            self.reserve.close(stream);
            drop(places);
            self.listener.downstream_cx_active.dec();
            self.listener.downstream_cx_destroy.inc();
            self.worker.downstream_cx_active.dec();
        });
    }

    fn batch(&self, connections: u32) {
        self.listener.connections_accepted_per_socket_event.record(connections.into());
    }

    fn make_room(&self) -> bool {
        self.reserve.give()
    }
}

/// Statistics of the admin interface's own requests.
#[derive(Debug)]
pub(super) struct RequestStats {
    pub http: Arc<HttpStats>,
    pub listener: Arc<ListenerHttpStats>,
}

/// The answer to a request.
pub(super) async fn answer(
    state: &Arc<AdminState>,
    allow_paths: &[StringMatcher],
    mut request: Request,
) -> Response {
    let allowed = |target: &str| {
        allow_paths.is_empty() || allow_paths.iter().any(|path| path.matches(target.as_bytes()))
    };
    if !allowed(&request.target) {
        return Response::text(403, format!("request to path {} not allowed", request.target));
    }
    let Some(endpoint) = endpoint::find(&request.path) else { return endpoint::not_found() };
    match endpoint.answer {
        Answer::Changes(_) if request.method != "POST" => {
            let method = &request.method;
            Response::text(405, format!("Method {method} not allowed, POST required."))
        }
        Answer::Reads(answer) => answer(state, &request),
        Answer::Changes(answer) => {
            // Of those that only read Envoy asks the path alone.
            request.take_form();
            answer(state, &request)
        }
        Answer::Delegated => delegated(state, request).await,
    }
}

async fn delegated(state: &AdminState, request: Request) -> Response {
    let Some(delegate) = state.delegate.clone() else { return endpoint::not_found() };
    match tokio::task::spawn_blocking(move || delegate.answer(&request)).await {
        Ok(answer) => Response {
            status: answer.status,
            content_type: if answer.is_json { JSON } else { "text/plain" },
            body: super::body::Body::Whole(answer.body),
        },
        Err(error) => Response::text(500, format!("{error}\n")),
    }
}
