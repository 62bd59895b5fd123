//! Injects faults, to see what becomes of them: delays, refusals, slow responses (Envoy's
//! `envoy.filters.http.fault`).

use std::cell::RefCell;
use std::collections::HashMap;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::task::{Context, Poll};

use voyant_ir::filter::fault as ir;
use voyant_ir::metadata::Value;

use super::HttpFilter;
use crate::codec::Piece;
use crate::failure::flags::ResponseFlag;
use crate::head::header_name::HeaderId;
use crate::http::exchange::reply::LocalReply;
use crate::http::exchange::stream::Stream;
use crate::http::filter_chain::{FilterContext, FilterScope, HeadAction, Pieces, Resume};
use crate::rt::timer::{Sleep, sleep};
use pace::Pace;
use settings::{Question, Settings};

mod pace;
mod settings;

crate::stats_group! {
    /// `http.<stat_prefix>.fault`.
    pub struct FaultStats {
        aborts_injected: Counter,
        delays_injected: Counter,
        faults_overflow: Counter,
        response_rl_injected: Counter,
        active_faults: Gauge,
    }
}

crate::stats_group! {
    /// `http.<stat_prefix>.fault.<downstream cluster>`.
    pub struct SenderFaultStats {
        aborts_injected: Counter,
        delays_injected: Counter,
    }
}

/// The filter's configuration.
#[derive(Debug)]
pub struct Config {
    settings: Arc<Settings>,
    /// Streams with a fault, on all workers.
    active: AtomicU64,
}

impl Config {
    pub fn new(fault: &ir::Fault) -> Self {
        Self { settings: Arc::new(Settings::new(fault)), active: AtomicU64::new(0) }
    }
}

/// What a route says in place of that.
#[derive(Debug)]
pub struct PerRoute(Arc<Settings>);

impl PerRoute {
    pub fn new(fault: &ir::Fault) -> Self {
        Self(Arc::new(Settings::new(fault)))
    }
}

/// The filter on a worker.
#[derive(Debug)]
pub struct OnWorker {
    config: Arc<Config>,
    stats: Arc<FaultStats>,
    prefix: Box<str>,
    /// The namespace of the metadata that injected faults leave.
    name: Box<str>,
    senders: RefCell<HashMap<Box<str>, Arc<SenderFaultStats>>>,
}

impl OnWorker {
    pub fn new(config: Arc<Config>, scope: &FilterScope<'_>) -> Self {
        let prefix = format!("{}.fault", scope.stat_prefix);
        let stats = scope.registry.shard(&prefix);
        let name = scope.name.into();
        Self { config, stats, prefix: prefix.into(), name, senders: RefCell::default() }
    }
}

/// The filter on a stream.
#[derive(Debug)]
pub struct Filter {
    on_worker: Rc<OnWorker>,
    settings: Arc<Settings>,
    sender: Option<Box<str>>,
    active: bool,
    delay: Option<Pin<Box<Sleep>>>,
    pace: Option<Box<Pace>>,
}

impl Filter {
    pub fn new(on_worker: Rc<OnWorker>) -> Self {
        let settings = Arc::clone(&on_worker.config.settings);
        Self { on_worker, settings, sender: None, active: false, delay: None, pace: None }
    }

    fn question<'s, 'a>(&'s self, stream: &'s Stream<'a>) -> Question<'s, 'a> {
        Question { stream, sender: self.sender.as_deref() }
    }

    /// One more fault, unless there are too many; a stream counts once.
    fn activate(&mut self, stream: &Stream<'_>) -> bool {
        if self.active {
            return true;
        }
        let OnWorker { config, stats, .. } = &*self.on_worker;
        let limit = self.settings.max_active.map_or(u64::MAX, u64::from);
        let key = &self.settings.max_active_runtime_key;
        if config.active.load(Relaxed) >= stream.manager.worker.runtime.integer(key, limit) {
            stats.faults_overflow.inc();
            return false;
        }
        config.active.fetch_add(1, Relaxed);
        stats.active_faults.inc();
        self.active = true;
        true
    }

    fn deactivate(&mut self) {
        if std::mem::take(&mut self.active) {
            self.on_worker.config.active.fetch_sub(1, Relaxed);
            self.on_worker.stats.active_faults.dec();
        }
    }

    fn count_for_sender(&self, stream: &Stream<'_>, count: impl Fn(&SenderFaultStats)) {
        let Some(sender) = self.sender.as_deref().filter(|sender| !sender.is_empty()) else {
            return;
        };
        if self.settings.disable_downstream_cluster_stats {
            return;
        }
        let mut senders = self.on_worker.senders.borrow_mut();
        if !senders.contains_key(sender) {
            let prefix = format!("{}.{sender}", self.on_worker.prefix);
            senders.insert(sender.into(), stream.manager.worker.registry.shard(&prefix));
        }
        count(&senders[sender]);
    }

    /// An injected delay or abort leaves its metadata, if only that there was one.
    fn leave_metadata(&self, stream: &mut Stream<'_>) {
        let metadata = self.settings.metadata.clone();
        let metadata = metadata.unwrap_or(Value::Struct { members: Vec::new() });
        stream.info.dynamic_metadata_mut().merge(&self.on_worker.name, metadata);
    }

    fn limit_response(&mut self, stream: &Stream<'_>) {
        let Some(limit) = &self.settings.rate_limit else { return };
        let Some(rate) = self.question(stream).rate(limit) else { return };
        if self.activate(stream) {
            self.on_worker.stats.response_rl_injected.inc();
            self.pace = Some(Box::new(Pace::new(rate, stream.manager.http1.buffer_limit)));
        }
    }

    fn delay(&mut self, stream: &mut Stream<'_>) -> bool {
        let Some(delay) = &self.settings.delay else { return false };
        let Some(duration) = self.question(stream).delay(delay) else { return false };
        if !self.activate(stream) {
            return false;
        }
        self.count_for_sender(stream, |stats| stats.delays_injected.inc());
        self.on_worker.stats.delays_injected.inc();
        self.leave_metadata(stream);
        stream.info.flags.insert(ResponseFlag::DelayInjected);
        self.delay = Some(Box::pin(sleep(duration)));
        true
    }

    fn abort(&mut self, stream: &mut Stream<'_>) -> Option<Box<LocalReply>> {
        let settings = Arc::clone(&self.settings);
        let abort = settings.abort.as_ref()?;
        let answer = self.question(stream).abort(abort)?;
        if !self.activate(stream) {
            return None;
        }
        self.count_for_sender(stream, |stats| stats.aborts_injected.inc());
        self.on_worker.stats.aborts_injected.inc();
        self.leave_metadata(stream);
        let body = &abort.response_body;
        let own = "fault filter abort";
        Some(Box::new(LocalReply {
            body: if body.is_empty() { own.into() } else { body.clone().into() },
            flag: Some(ResponseFlag::FaultInjected),
            grpc_status: answer.grpc_status,
            ..LocalReply::new(answer.status, "fault_filter_abort")
        }))
    }
}

impl HttpFilter for Filter {
    fn request_head(&mut self, cx: &mut FilterContext<'_, '_>, _: bool) -> HeadAction {
        if let Some(PerRoute(settings)) = cx.per_route::<PerRoute>() {
            self.settings = Arc::clone(settings);
        }
        let stream = &mut *cx.stream;
        if !self.settings.concerns(stream) {
            return HeadAction::Continue;
        }
        self.sender = stream
            .request
            .get(HeaderId::XEnvoyDownstreamServiceCluster)
            .map(|name| String::from_utf8_lossy(name).into());
        self.limit_response(stream);
        if self.delay(stream) {
            return HeadAction::Wait;
        }
        self.abort(stream).map_or(HeadAction::Continue, HeadAction::Reply)
    }

    fn poll_request(
        &mut self,
        cx: &mut FilterContext<'_, '_>,
        task: &mut Context<'_>,
    ) -> Poll<Resume> {
        if let Some(delay) = &mut self.delay
            && delay.as_mut().poll(task).is_pending()
        {
            return Poll::Pending;
        }
        self.delay = None;
        if let Some(reply) = self.abort(cx.stream) {
            return Poll::Ready(Resume::Reply(reply));
        }
        if self.settings.rate_limit.is_none() {
            self.deactivate();
        }
        Poll::Ready(Resume::Continue)
    }

    fn watches_response_body(&self) -> bool {
        self.pace.is_some()
    }

    fn response_piece(
        &mut self,
        _: &mut FilterContext<'_, '_>,
        piece: Piece,
        out: &mut Pieces,
    ) -> Result<(), LocalReply> {
        match &mut self.pace {
            Some(pace) => pace.hold(piece),
            None => out.push(piece),
        }
        Ok(())
    }

    fn takes_response_body(&self) -> bool {
        self.pace.as_ref().is_none_or(|pace| !pace.is_full())
    }

    fn release_response(
        &mut self,
        _: &mut FilterContext<'_, '_>,
        task: &mut Context<'_>,
        out: &mut Pieces,
    ) {
        if let Some(pace) = &mut self.pace {
            pace.release(task, out);
        }
    }

    fn done(&mut self, _: &mut FilterContext<'_, '_>) {
        self.deactivate();
    }
}
