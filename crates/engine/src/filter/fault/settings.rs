//! What faults are injected: compiled, and decided for a request.

use std::time::Duration;

use voyant_ir::filter::fault as ir;
use voyant_ir::matcher::FractionalPercent;
use voyant_ir::metadata::Value;

use crate::filter::matchers;
use crate::head::Head;
use crate::head::header_name::{HeaderId, HeaderKey};
use crate::http::exchange::stream::Stream;
use crate::route::matcher::HeaderMatcher;

/// The faults of the filter or of a route.
#[derive(Debug)]
pub struct Settings {
    pub delay: Option<ir::FaultDelay>,
    pub abort: Option<ir::FaultAbort>,
    pub rate_limit: Option<ir::FaultRateLimit>,
    upstream_cluster: Box<str>,
    headers: Box<[HeaderMatcher]>,
    downstream_nodes: Box<[Box<str>]>,
    pub max_active: Option<u32>,
    pub max_active_runtime_key: Box<str>,
    pub disable_downstream_cluster_stats: bool,
    pub metadata: Option<Value>,
}

impl Settings {
    pub fn new(fault: &ir::Fault) -> Self {
        let ir::Fault {
            delay,
            abort,
            response_rate_limit,
            upstream_cluster,
            headers,
            downstream_nodes,
            max_active_faults,
            max_active_faults_runtime_key,
            disable_downstream_cluster_stats,
            metadata,
        } = fault;
        Self {
            delay: delay.clone(),
            abort: abort.clone(),
            rate_limit: response_rate_limit.clone(),
            upstream_cluster: upstream_cluster.as_str().into(),
            headers: matchers::headers(headers),
            downstream_nodes: downstream_nodes.iter().map(|node| node.as_str().into()).collect(),
            max_active: *max_active_faults,
            max_active_runtime_key: max_active_faults_runtime_key.as_str().into(),
            disable_downstream_cluster_stats: *disable_downstream_cluster_stats,
            metadata: metadata.clone(),
        }
    }

    /// Whether a request is one of those that may have a fault.
    pub fn concerns(&self, stream: &Stream<'_>) -> bool {
        let cluster = stream.info.upstream.cluster.as_ref();
        let request = &stream.request;
        let node = || request.get(HeaderId::XEnvoyDownstreamServiceNode);
        (self.upstream_cluster.is_empty()
            || cluster.is_some_and(|names| *names.name == *self.upstream_cluster))
            && (self.downstream_nodes.is_empty()
                || node().is_some_and(|node| {
                    self.downstream_nodes.iter().any(|known| known.as_bytes() == node)
                }))
            && self.headers.iter().all(|matcher| matcher.matches(request))
    }
}

/// What a request is asked about: itself, and the runtime keys of who sends it.
#[derive(Debug, Clone, Copy)]
pub struct Question<'s, 'a> {
    pub stream: &'s Stream<'a>,
    /// What the sender calls itself, if it does.
    pub sender: Option<&'s str>,
}

/// An answer in place of an upstream's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Abort {
    pub status: u16,
    pub grpc_status: Option<u8>,
}

impl Question<'_, '_> {
    /// How long the request waits.
    pub fn delay(self, delay: &ir::FaultDelay) -> Option<Duration> {
        let ir::FaultDelay { fixed_ms, percentage, duration_runtime_key } = delay;
        let by_header = fixed_ms.is_none().then_some("x-envoy-fault-delay-request-percentage");
        if !self.drawn(percentage, "delay.fixed_delay_percent", by_header) {
            return None;
        }
        let wanted = fixed_ms.or_else(|| self.number("x-envoy-fault-delay-request"))?;
        let own = self.stream.manager.worker.runtime.integer(duration_runtime_key, wanted);
        let milliseconds = self.of_sender("delay.fixed_duration_ms", own);
        (milliseconds > 0).then(|| Duration::from_millis(milliseconds))
    }

    /// With what the request is answered.
    pub fn abort(self, abort: &ir::FaultAbort) -> Option<Abort> {
        let ir::FaultAbort { status, percentage, http_status_runtime_key, .. } = abort;
        let by_header = matches!(status, ir::FaultStatus::Header {})
            .then_some("x-envoy-fault-abort-request-percentage");
        if !self.drawn(percentage, "abort.abort_percent", by_header) {
            return None;
        }
        let (http, grpc) = match status {
            ir::FaultStatus::Http { status } => (Some(u64::from(*status)), None),
            ir::FaultStatus::Grpc { status } => (None, Some(u64::from(*status))),
            ir::FaultStatus::Header {} => (
                self.number("x-envoy-fault-abort-request").filter(|n| (200..600).contains(n)),
                self.number("x-envoy-fault-abort-grpc-request"),
            ),
        };
        if let Some(http) = http {
            let status = self.status(http_status_runtime_key, "abort.http_status", http);
            return Some(Abort { status: status as u16, grpc_status: None });
        }
        let status = self.status(&abort.grpc_status_runtime_key, "abort.grpc_status", grpc?);
        Some(Abort { status: 200, grpc_status: Some(status as u8) })
    }

    /// At how many KiB a second the response comes.
    pub fn rate(self, limit: &ir::FaultRateLimit) -> Option<u64> {
        let ir::FaultRateLimit { fixed_kib_per_s, percentage } = limit;
        let by_header = "x-envoy-fault-throughput-response-percentage";
        let share = self.share(percentage, fixed_kib_per_s.is_none().then_some(by_header));
        let worker = &self.stream.manager.worker;
        if !worker.runtime.feature_enabled(&share, worker.rng.next_u64()) {
            return None;
        }
        let rate = fixed_kib_per_s.or_else(|| self.number("x-envoy-fault-throughput-response"));
        rate.filter(|&rate| rate > 0)
    }

    /// The sender's key is asked in place of the general one.
    fn drawn(self, share: &FractionalPercent, key: &str, by_header: Option<&str>) -> bool {
        let mut share = self.share(share, by_header);
        if let Some(sender) = self.sender {
            share.runtime_key = format!("fault.http.{sender}.{key}");
        }
        let worker = &self.stream.manager.worker;
        worker.runtime.feature_enabled(&share, worker.rng.next_u64())
    }

    /// A header may make a share smaller.
    fn share(self, share: &FractionalPercent, by_header: Option<&str>) -> FractionalPercent {
        let wanted = by_header.and_then(|name| self.number(name));
        let wanted = wanted.and_then(|wanted| u32::try_from(wanted).ok());
        let numerator = share.numerator;
        FractionalPercent {
            numerator: wanted.map_or(numerator, |wanted| wanted.min(numerator)),
            ..share.clone()
        }
    }

    fn status(self, runtime_key: &str, key: &str, configured: u64) -> u64 {
        let own = self.stream.manager.worker.runtime.integer(runtime_key, configured);
        if self.sender.is_some() { self.of_sender(key, configured) } else { own }
    }

    fn of_sender(self, key: &str, default: u64) -> u64 {
        let Some(sender) = self.sender else { return default };
        let key = format!("fault.http.{sender}.{key}");
        self.stream.manager.worker.runtime.integer(&key, default)
    }

    fn number(self, header: &str) -> Option<u64> {
        number(&self.stream.request, header)
    }
}

fn number(request: &Head, header: &str) -> Option<u64> {
    let value = request.get_key(&HeaderKey::Other(header.into()))?;
    std::str::from_utf8(value.trim_ascii()).ok()?.parse().ok()
}
