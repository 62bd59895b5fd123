//! Counts calls and messages of gRPC under their cluster, and those of Connect with them (Envoy's
//! `envoy.filters.http.grpc_stats`).

use std::collections::HashSet;
use std::rc::Rc;
use std::sync::Arc;

use voyant_ir::filter::grpc_stats as ir;
use voyant_ir::filter_state::{LifeSpan, Sharing};
use voyant_ir::format::TimePoint;

use super::HttpFilter;
use crate::codec::Piece;
use crate::filter_state::{Keeping, Object};
use crate::grpc::stats::{CallStats, Protocol};
use crate::grpc::{is_grpc, is_grpc_response, method_of};
use crate::head::Head;
use crate::head::header_name::{HeaderId, HeaderKey};
use crate::http::exchange::reply::LocalReply;
use crate::http::filter_chain::{FilterContext, FilterScope, HeadAction, Pieces};
use crate::rt::clock::now;
use messages::{RequestCounter, ResponseCounter};

pub mod messages;

const STATE: &str = "envoy.filters.http.grpc_stats";
const KEEPING: Keeping =
    Keeping { life_span: LifeSpan::FilterChain, read_only: false, sharing: Sharing::None };

/// The filter's configuration.
#[derive(Debug)]
pub struct Config {
    emit_filter_state: bool,
    methods: Methods,
    enable_upstream_stats: bool,
    connect_version: HeaderKey,
}

#[derive(Debug)]
enum Methods {
    All {
        replace_dots: bool,
    },
    /// `service/method`
    Listed(HashSet<Box<str>>),
}

impl Config {
    pub fn new(config: &ir::GrpcStats) -> Self {
        let ir::GrpcStats { emit_filter_state, methods, enable_upstream_stats } = config;
        let methods = match methods {
            ir::GrpcMethods::All { replace_dots_in_grpc_service_name } => {
                Methods::All { replace_dots: *replace_dots_in_grpc_service_name }
            }
            ir::GrpcMethods::Listed { services } => Methods::Listed(listed(services)),
        };
        Self {
            emit_filter_state: *emit_filter_state,
            methods,
            enable_upstream_stats: *enable_upstream_stats,
            connect_version: HeaderKey::new("connect-protocol-version"),
        }
    }

    /// Where calls of a path count.
    fn calls(&self, cx: &FilterContext<'_, '_>) -> Option<Rc<CallStats>> {
        let worker = &cx.stream.manager.worker;
        let name = &cx.stream.info.upstream.cluster.as_ref()?.name;
        let cluster = worker.clusters.by_name(name, &worker.rng)?;
        let of = |method: Option<(&str, &str)>| {
            let stat_name = &cluster.shared().stat_name;
            cluster.calls.of(stat_name, Protocol::Grpc, method, &worker.registry)
        };
        let method = method_of(cx.request().path());
        let Some((service, name)) = method else { return Some(of(None)) };
        Some(match &self.methods {
            Methods::All { replace_dots: true } => of(Some((&service.replace('.', "_"), name))),
            Methods::All { replace_dots: false } => of(method),
            Methods::Listed(listed) => {
                let full = format!("{service}/{name}");
                of(method.filter(|_| listed.contains(full.as_str())))
            }
        })
    }
}

fn listed(services: &[ir::GrpcService]) -> HashSet<Box<str>> {
    let names = services.iter().flat_map(|service| {
        let ir::GrpcService { name, method_names } = service;
        method_names.iter().map(move |method| format!("{name}/{method}").into())
    });
    names.collect()
}

/// The filter on a worker.
#[derive(Debug)]
pub struct OnWorker {
    config: Arc<Config>,
}

impl OnWorker {
    pub fn new(config: Arc<Config>, _: &FilterScope<'_>) -> Self {
        Self { config }
    }
}

/// What a request speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Grpc,
    /// Connect, many messages each way.
    Stream,
    /// Connect, one message each way, which is the body.
    Unary,
    Other,
}

/// The filter on a stream.
#[derive(Debug)]
pub struct Filter {
    on_worker: Rc<OnWorker>,
    kind: Kind,
    calls: Option<Rc<CallStats>>,
    /// The path names a method, whose calls count by how they end.
    tracked: bool,
    grpc_response: bool,
    requests: RequestCounter,
    responses: ResponseCounter,
}

impl Filter {
    pub fn new(on_worker: Rc<OnWorker>) -> Self {
        Self {
            on_worker,
            kind: Kind::Other,
            calls: None,
            tracked: false,
            grpc_response: false,
            requests: RequestCounter::default(),
            responses: ResponseCounter::default(),
        }
    }

    fn kind_of(&self, request: &Head) -> Kind {
        let content_type = request.get(HeaderId::ContentType).unwrap_or_default();
        if is_grpc(request) {
            Kind::Grpc
        } else if content_type.starts_with(b"application/connect+") {
            Kind::Stream
        } else if request.get_key(&self.on_worker.config.connect_version).is_some() {
            Kind::Unary
        } else {
            Kind::Other
        }
    }

    /// Those that count by how they end.
    fn tracked(&self) -> Option<&CallStats> {
        self.calls.as_deref().filter(|_| self.tracked)
    }

    /// Those whose messages count.
    fn counted(&self) -> Option<&CallStats> {
        if self.kind == Kind::Grpc { self.tracked() } else { self.calls.as_deref() }
    }

    fn tell(&self, cx: &mut FilterContext<'_, '_>) {
        if self.on_worker.config.emit_filter_state {
            let (requests, responses) = (self.requests.count(), self.responses.count());
            let object = Object::GrpcMessages { requests, responses };
            // Who else has taken the name keeps it.
            let _ = cx.stream.info.set_filter_state(STATE, object, KEEPING);
        }
    }

    fn requested(&self, cx: &mut FilterContext<'_, '_>, messages: u64) {
        if messages > 0 {
            self.tell(cx);
            if let Some(calls) = self.counted() {
                calls.request_messages(messages);
            }
        }
    }

    fn answered(&self, cx: &mut FilterContext<'_, '_>, messages: u64) {
        if messages > 0 {
            self.tell(cx);
            let calls = if self.grpc_response { self.tracked() } else { self.counted() };
            if let Some(calls) = calls {
                calls.response_messages(messages);
            }
        }
    }

    /// The response is over: how long the upstream took.
    fn time(&self, cx: &FilterContext<'_, '_>) {
        let sent = cx.stream.info.point(TimePoint::UsTxEnd);
        if let (true, true, Some(sent), Some(calls)) = (
            self.on_worker.config.enable_upstream_stats,
            cx.stream.progress.head_arrived,
            sent,
            &self.calls,
        ) {
            calls.upstream_rq_time(now().saturating_duration_since(sent));
        }
    }

    fn response_ended(&mut self, cx: &mut FilterContext<'_, '_>, trailers: Option<&Head>) {
        match (self.kind, trailers) {
            (Kind::Grpc, Some(trailers)) => {
                if let Some(calls) = self.tracked() {
                    if let Some(status) = trailers.get(HeaderId::GrpcStatus) {
                        calls.status(status);
                    }
                    self.time(cx);
                }
            }
            (Kind::Stream, None) if !self.grpc_response => {
                if let Some(calls) = &self.calls {
                    calls.outcome(self.responses.succeeded());
                }
                self.time(cx);
            }
            (Kind::Unary, None) if !self.grpc_response => {
                self.responses.add_one();
                self.answered(cx, 1);
                self.time(cx);
            }
            _ => {}
        }
    }
}

impl HttpFilter for Filter {
    fn request_head(&mut self, cx: &mut FilterContext<'_, '_>, _: bool) -> HeadAction {
        self.kind = self.kind_of(cx.request());
        if self.kind != Kind::Other {
            self.calls = self.on_worker.config.calls(cx);
            self.tracked = method_of(cx.request().path()).is_some();
        }
        HeadAction::Continue
    }

    fn watches_request_body(&self) -> bool {
        self.kind != Kind::Other
    }

    fn request_piece(
        &mut self,
        cx: &mut FilterContext<'_, '_>,
        piece: Piece,
        out: &mut Pieces,
    ) -> Result<(), LocalReply> {
        match (&piece, self.kind) {
            (Piece::Data(data), Kind::Grpc | Kind::Stream) => {
                let messages = self.requests.inspect(data);
                self.requested(cx, messages);
            }
            (Piece::End, Kind::Unary) => {
                self.requests.add_one();
                self.requested(cx, 1);
            }
            _ => {}
        }
        out.push(piece);
        Ok(())
    }

    fn response_head(
        &mut self,
        cx: &mut FilterContext<'_, '_>,
        head: &mut Head,
        end: bool,
    ) -> HeadAction {
        self.grpc_response = is_grpc_response(head, end);
        let Some(calls) = self.tracked() else { return HeadAction::Continue };
        let content_type = head.get(HeaderId::ContentType).unwrap_or_default();
        let streams = head.status() == 200 && content_type.starts_with(b"application/connect+");
        if self.kind == Kind::Unary {
            calls.outcome(head.status() == 200);
        } else if let Some(status) = head.get(HeaderId::GrpcStatus).filter(|_| !streams) {
            calls.status(status);
        }
        if end {
            self.time(cx);
        }
        HeadAction::Continue
    }

    fn watches_response_body(&self) -> bool {
        self.kind != Kind::Other || self.grpc_response
    }

    fn response_piece(
        &mut self,
        cx: &mut FilterContext<'_, '_>,
        piece: Piece,
        out: &mut Pieces,
    ) -> Result<(), LocalReply> {
        match &piece {
            Piece::Data(data) if self.grpc_response || self.kind == Kind::Stream => {
                let messages = self.responses.inspect(data);
                self.answered(cx, messages);
            }
            Piece::Data(_) => {}
            Piece::Trailers(trailers) => self.response_ended(cx, Some(trailers)),
            Piece::End => self.response_ended(cx, None),
        }
        out.push(piece);
        Ok(())
    }
}
