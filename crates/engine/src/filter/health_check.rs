//! Answers health checks that others make of this process (Envoy's
//! `envoy.filters.http.health_check`).
//!
//! A check is answered here when it is whole, or by the upstream while this process is in health;
//! the upstream's answer may hold for a while, for all workers.

use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use voyant_ir::filter::health_check as ir;

use super::{HttpFilter, matchers};
use crate::codec::Piece;
use crate::failure::flags::ResponseFlag;
use crate::head::Head;
use crate::head::header_name::{HeaderId, HeaderKey};
use crate::http::exchange::reply::LocalReply;
use crate::http::filter_chain::{FilterContext, FilterScope, HeadAction, Pieces, Resume};
use crate::observe::stats::groups::http::TracingStats;
use crate::route::matcher::HeaderMatcher;
use crate::upstream::health::Health;
use crate::upstream::host_set::HostSet;
use crate::worker::Worker;
use cache::{Answer, Cache};

pub mod cache;

crate::stats_group! {
    /// `http.<stat_prefix>.health_check`: of checks that are answered here.
    pub struct HealthCheckStats {
        cached_response: Counter,
        degraded: Counter,
        failed: Counter,
        failed_cluster_empty: Counter,
        failed_cluster_not_found: Counter,
        failed_cluster_unhealthy: Counter,
        ok: Counter,
        request_total: Counter,
    }
}

/// The filter's configuration.
#[derive(Debug)]
pub struct Config {
    pass_through: bool,
    cache: Option<Cache>,
    min_healthy: Box<[ir::MinHealthy]>,
    headers: Box<[HeaderMatcher]>,
}

impl Config {
    pub fn new(config: &ir::HealthCheck) -> Self {
        let ir::HealthCheck {
            pass_through_mode,
            cache_time_ms,
            cluster_min_healthy_percentages,
            headers,
        } = config;
        let cached = *cache_time_ms > 0;
        Self {
            pass_through: *pass_through_mode,
            cache: cached.then(|| Cache::new(Duration::from_millis(*cache_time_ms))),
            min_healthy: cluster_min_healthy_percentages.as_slice().into(),
            headers: matchers::headers(headers),
        }
    }

    fn concerns(&self, request: &Head) -> bool {
        self.headers.iter().all(|matcher| matcher.matches(request))
    }

    /// Whether the upstream is not asked.
    fn answers(&self, worker: &Worker) -> bool {
        !self.pass_through
            || worker.lifecycle.health_check_failed()
            || self.cache.as_ref().is_some_and(Cache::holds)
    }

    fn reply(&self, worker: &Worker, stats: &HealthCheckStats) -> LocalReply {
        stats.request_total.inc();
        let (status, details, degraded) = if worker.lifecycle.health_check_failed() {
            (503, "health_check_failed", false)
        } else if let Some(cache) = &self.cache {
            // There is one, or it would not be answered here.
            let answer = cache.last().unwrap_or(Answer { status: 200, degraded: false });
            stats.cached_response.inc();
            (answer.status, "health_check_cached", answer.degraded)
        } else if let Some(lack) = self.lack(worker) {
            lack.count(stats);
            (503, lack.details(), false)
        } else if self.min_healthy.is_empty() {
            (200, "health_check_ok", false)
        } else {
            (200, "health_check_ok_cluster_healthy", false)
        };
        let mut reply = LocalReply::new(status, details);
        if (200..300).contains(&status) {
            stats.ok.inc();
        } else {
            stats.failed.inc();
            reply.flag = Some(ResponseFlag::FailedLocalHealthCheck);
        }
        if degraded {
            stats.degraded.inc();
            reply.headers.push((HeaderKey::Known(HeaderId::XEnvoyDegraded), Box::default()));
        }
        reply
    }

    fn lack(&self, worker: &Worker) -> Option<Lack> {
        self.min_healthy.iter().find_map(|ir::MinHealthy { cluster, percentage }| {
            let Some(cluster) = worker.clusters.set().by_name(cluster) else {
                return Some(Lack::NotFound);
            };
            too_few(&cluster.hosts(), *percentage)
        })
    }
}

/// What is wrong with a cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lack {
    NotFound,
    Empty,
    Unhealthy,
}

impl Lack {
    fn details(self) -> &'static str {
        match self {
            Self::NotFound => "health_check_failed_no_cluster_found",
            Self::Empty => "health_check_failed_cluster_empty",
            Self::Unhealthy => "health_check_failed_cluster_unhealthy",
        }
    }

    fn count(self, stats: &HealthCheckStats) {
        match self {
            Self::NotFound => stats.failed_cluster_not_found.inc(),
            Self::Empty => stats.failed_cluster_empty.inc(),
            Self::Unhealthy => stats.failed_cluster_unhealthy.inc(),
        }
    }
}

/// How a cluster lacks hosts, if it does.
fn too_few(hosts: &HostSet, percentage: u8) -> Option<Lack> {
    let wanted = u64::from(percentage);
    let (mut all, mut there) = (0u64, 0u64);
    for (_, entry) in hosts.hosts() {
        all += 1;
        there += u64::from(entry.host.health().health() != Health::Unhealthy);
    }
    match all {
        0 if wanted > 0 => Some(Lack::Empty),
        _ if there * 100 < all * wanted => Some(Lack::Unhealthy),
        _ => None,
    }
}

/// The filter on a worker.
#[derive(Debug)]
pub struct OnWorker {
    config: Arc<Config>,
    stats: Arc<HealthCheckStats>,
    tracing: Arc<TracingStats>,
}

impl OnWorker {
    pub fn new(config: Arc<Config>, scope: &FilterScope<'_>) -> Self {
        let FilterScope { registry, stat_prefix, .. } = scope;
        Self {
            config,
            stats: registry.shard(&format!("{stat_prefix}.health_check")),
            tracing: registry.shard(&format!("{stat_prefix}.tracing")),
        }
    }
}

/// The filter on a stream.
#[derive(Debug)]
pub struct Filter {
    on_worker: Rc<OnWorker>,
    concerned: bool,
    /// The first filter of the stream that says that it is a check.
    counts: bool,
    answers: bool,
    whole: bool,
}

impl Filter {
    pub fn new(on_worker: Rc<OnWorker>) -> Self {
        Self { on_worker, concerned: false, counts: false, answers: false, whole: false }
    }

    fn reply(&self, cx: &FilterContext<'_, '_>) -> LocalReply {
        let OnWorker { config, stats, .. } = &*self.on_worker;
        config.reply(&cx.stream.manager.worker, stats)
    }
}

impl HttpFilter for Filter {
    fn request_head(&mut self, cx: &mut FilterContext<'_, '_>, end: bool) -> HeadAction {
        let config = &self.on_worker.config;
        if !config.concerns(cx.request()) {
            return HeadAction::Continue;
        }
        self.concerned = true;
        self.counts = !std::mem::replace(&mut cx.stream.info.health_check, true);
        self.answers = config.answers(&cx.stream.manager.worker);
        match (self.answers, end) {
            (false, _) => HeadAction::Continue,
            (true, true) => HeadAction::Reply(self.reply(cx).into()),
            (true, false) => HeadAction::Wait,
        }
    }

    fn takes_request_body(&self) -> bool {
        true
    }

    fn watches_request_body(&self) -> bool {
        self.answers
    }

    fn request_piece(
        &mut self,
        _: &mut FilterContext<'_, '_>,
        piece: Piece,
        out: &mut Pieces,
    ) -> Result<(), LocalReply> {
        if !self.answers {
            out.push(piece);
        } else if !matches!(piece, Piece::Data(_)) {
            self.whole = true;
        }
        Ok(())
    }

    fn poll_request(
        &mut self,
        cx: &mut FilterContext<'_, '_>,
        _: &mut Context<'_>,
    ) -> Poll<Resume> {
        if self.whole { Poll::Ready(Resume::Reply(self.reply(cx).into())) } else { Poll::Pending }
    }

    fn response_head(
        &mut self,
        cx: &mut FilterContext<'_, '_>,
        head: &mut Head,
        _: bool,
    ) -> HeadAction {
        let worker = &cx.stream.manager.worker;
        if self.concerned {
            if let Some(cache) = &self.on_worker.config.cache {
                let degraded = head.contains(HeaderId::XEnvoyDegraded);
                cache.keep(Answer { status: head.status(), degraded });
            }
            let cluster = worker.service_cluster.as_bytes();
            head.set(HeaderId::XEnvoyUpstreamHealthcheckedCluster, cluster);
        }
        if worker.lifecycle.health_check_failed() {
            head.set(HeaderId::XEnvoyImmediateHealthCheckFail, b"true");
        }
        HeadAction::Continue
    }

    fn done(&mut self, _: &mut FilterContext<'_, '_>) {
        if self.counts {
            self.on_worker.tracing.health_check.inc();
        }
    }
}

#[cfg(test)]
mod tests;
