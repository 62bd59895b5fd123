//! Refuses requests beyond a rate that this process sees (Envoy's
//! `envoy.filters.http.local_ratelimit`).
//!
//! Buckets are shared by all workers, or are those of one downstream connection.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use voyant_ir::filter::local_ratelimit as ir;
use voyant_ir::matcher::FractionalPercent;

use super::HttpFilter;
use crate::failure::flags::ResponseFlag;
use crate::head::Head;
use crate::head::header_name::{HeaderId, HeaderKey};
use crate::http::exchange::reply::{LocalReply, ReplyMutation};
use crate::http::exchange::stream::Stream;
use crate::http::filter_chain::{FilterContext, FilterScope, HeadAction};
use crate::observe::stats::Registry;
use crate::rate_limit::descriptor::Descriptor;
use crate::rate_limit::{RateLimits, Subject};
use crate::route::Action;
use crate::route::mutation::{Direction, HeaderMutation};
use crate::rt::clock::now;
use limiter::{Limiter, Verdict};

pub mod limiter;
pub mod token_bucket;

crate::stats_group! {
    /// `<stat_prefix>.http_local_rate_limit`.
    pub struct LocalRatelimitStats {
        enabled: Counter,
        enforced: Counter,
        ok: Counter,
        rate_limited: Counter,
        shadow_mode: Counter,
    }
}

/// gRPC's `RESOURCE_EXHAUSTED`.
const RESOURCE_EXHAUSTED: u8 = 8;

/// The filter's configuration, or a route's.
#[derive(Debug)]
pub struct Config {
    stat_prefix: Box<str>,
    reply: LocalReply,
    filter_enabled: Option<FractionalPercent>,
    filter_enforced: Option<FractionalPercent>,
    when_not_enforced: Option<HeaderMutation>,
    stage: u32,
    x_ratelimit_headers: bool,
    retry_after_header: bool,
    virtual_host_rate_limits: ir::VirtualHostRateLimits,
    has_descriptors: bool,
    rate_limits: RateLimits,
    limiter: Limiter,
    /// Of which connections have limiters of their own.
    per_connection: Option<Box<ir::LocalRatelimit>>,
    /// Whose hosts share the tokens.
    local_cluster: Option<Box<str>>,
}

impl Config {
    pub fn new(config: &ir::LocalRatelimit) -> Self {
        let ir::LocalRatelimit {
            stat_prefix,
            status,
            token_bucket: _,
            filter_enabled,
            filter_enforced,
            request_headers_when_not_enforced,
            response_headers,
            descriptors,
            stage,
            per_downstream_connection,
            x_ratelimit_headers,
            retry_after_header,
            virtual_host_rate_limits,
            always_consume_default_token_bucket: _,
            rate_limited_as_resource_exhausted,
            rate_limits,
            max_dynamic_descriptors: _,
            local_cluster,
        } = config;
        let mutation = HeaderMutation::new(response_headers, Direction::Response);
        Self {
            stat_prefix: stat_prefix.as_str().into(),
            reply: LocalReply {
                body: "local_rate_limited".into(),
                flag: Some(ResponseFlag::RateLimited),
                grpc_status: rate_limited_as_resource_exhausted.then_some(RESOURCE_EXHAUSTED),
                mutation: mutation.map(ReplyMutation::new),
                ..LocalReply::new(*status, "local_rate_limited")
            },
            filter_enabled: filter_enabled.clone(),
            filter_enforced: filter_enforced.clone(),
            when_not_enforced: HeaderMutation::new(
                request_headers_when_not_enforced,
                Direction::Request,
            ),
            stage: *stage,
            x_ratelimit_headers: *x_ratelimit_headers,
            retry_after_header: *retry_after_header,
            virtual_host_rate_limits: *virtual_host_rate_limits,
            has_descriptors: !descriptors.is_empty(),
            rate_limits: RateLimits::new(rate_limits),
            limiter: Limiter::new(config),
            per_connection: per_downstream_connection.then(|| Box::new(config.clone())),
            local_cluster: local_cluster.as_deref().map(Into::into),
        }
    }

    fn take(&self, stream: &Stream<'_>) -> Verdict {
        let descriptors = if self.has_descriptors { self.descriptors(stream) } else { Vec::new() };
        match &self.per_connection {
            None => self.limiter.take(&descriptors, self.sharers(stream), now()),
            Some(config) => {
                let own = &stream.info.connection.local_rate_limiter;
                own.get_or_init(|| Box::new(Limiter::new(config))).take(&descriptors, 1, now())
            }
        }
    }

    /// How many share the tokens; alone where the cluster has no host.
    fn sharers(&self, stream: &Stream<'_>) -> u64 {
        let Some(name) = &self.local_cluster else { return 1 };
        let Some(cluster) = stream.manager.worker.clusters.set().by_name(name) else { return 1 };
        let hosts: usize = cluster.hosts().priorities.iter().map(|hosts| hosts.all.len()).sum();
        hosts.max(1) as u64
    }

    fn descriptors(&self, stream: &Stream<'_>) -> Vec<Descriptor> {
        let worker = &stream.manager.worker;
        let subject = Subject {
            context: stream.format_context(None),
            service_cluster: &worker.service_cluster,
            runtime: &worker.runtime,
        };
        if !self.rate_limits.is_empty() {
            let limits = self.rate_limits.iter().filter(|limit| !limit.apply_on_stream_done);
            return limits.filter_map(|limit| limit.descriptor(&subject)).collect();
        }
        let Some(route) = &stream.info.route else { return Vec::new() };
        let Action::Forward(forward) = &route.action else { return Vec::new() };
        let with_host = match self.virtual_host_rate_limits {
            _ if forward.include_virtual_host_rate_limits => true,
            ir::VirtualHostRateLimits::Include => true,
            ir::VirtualHostRateLimits::Ignore => false,
            ir::VirtualHostRateLimits::Override => forward.rate_limits.is_empty(),
        };
        let host = with_host.then(|| route.virtual_host.rate_limits.iter());
        let limits = forward.rate_limits.iter().chain(host.into_iter().flatten());
        let limits = limits.filter(|l| l.stage == self.stage && l.disable_key.is_empty());
        limits.filter_map(|limit| limit.descriptor(&subject)).collect()
    }
}

/// What a route says in place of the filter's configuration.
#[derive(Debug)]
pub struct PerRoute(Arc<Config>);

impl PerRoute {
    pub fn new(config: &ir::LocalRatelimit) -> Self {
        Self(Arc::new(Config::new(config)))
    }
}

/// The filter on a worker.
#[derive(Debug)]
pub struct OnWorker {
    config: Arc<Config>,
    /// By prefix: routes have their own.
    stats: RefCell<Vec<(Box<str>, Arc<LocalRatelimitStats>)>>,
}

impl OnWorker {
    pub fn new(config: Arc<Config>, scope: &FilterScope<'_>) -> Self {
        let on_worker = Self { config, stats: RefCell::default() };
        // They exist before they are counted.
        on_worker.stats(&on_worker.config.stat_prefix, scope.registry);
        on_worker
    }

    fn stats(&self, prefix: &str, registry: &Registry) -> Arc<LocalRatelimitStats> {
        let mut known = self.stats.borrow_mut();
        if let Some((_, stats)) = known.iter().find(|(known, _)| &**known == prefix) {
            return Arc::clone(stats);
        }
        let stats: Arc<_> = registry.shard(&format!("{prefix}.http_local_rate_limit"));
        known.push((prefix.into(), Arc::clone(&stats)));
        stats
    }
}

/// The filter on a stream.
#[derive(Debug)]
pub struct Filter {
    on_worker: Rc<OnWorker>,
    /// The route's, if it has one; of that, too, the response is told.
    of_route: Option<Arc<Config>>,
    verdict: Option<Verdict>,
}

impl Filter {
    pub fn new(on_worker: Rc<OnWorker>) -> Self {
        Self { on_worker, of_route: None, verdict: None }
    }
}

impl HttpFilter for Filter {
    fn request_head(&mut self, cx: &mut FilterContext<'_, '_>, _: bool) -> HeadAction {
        self.of_route = cx.per_route::<PerRoute>().map(|per_route| Arc::clone(&per_route.0));
        let config = self.of_route.as_ref().unwrap_or(&self.on_worker.config);
        let worker = &cx.stream.manager.worker;
        let drawn = |share: &Option<FractionalPercent>| {
            let enabled = |share| worker.runtime.feature_enabled(share, worker.rng.next_u64());
            share.as_ref().is_some_and(enabled)
        };
        if !drawn(&config.filter_enabled) {
            return HeadAction::Continue;
        }
        let stats = self.on_worker.stats(&config.stat_prefix, &worker.registry);
        stats.enabled.inc();
        let verdict = self.verdict.insert(config.take(cx.stream));
        match verdict {
            Verdict { allowed: true, shadowed: false, .. } => stats.ok.inc(),
            Verdict { shadowed, .. } => {
                stats.rate_limited.inc();
                stats.shadow_mode.add(u64::from(*shadowed));
            }
        }
        if verdict.allowed {
            return HeadAction::Continue;
        }
        if !drawn(&config.filter_enforced) {
            if let Some(mutation) = &config.when_not_enforced {
                cx.stream.mutate_request(mutation);
            }
            return HeadAction::Continue;
        }
        stats.enforced.inc();
        let mut reply = config.reply.clone();
        if config.retry_after_header
            && let Some(bucket) = &verdict.told
        {
            let seconds = bucket.reset_seconds(now()).max(1).to_string();
            reply.headers.push((HeaderKey::new("retry-after"), seconds.into_bytes().into()));
        }
        HeadAction::Reply(Box::new(reply))
    }

    fn response_head(
        &mut self,
        _: &mut FilterContext<'_, '_>,
        head: &mut Head,
        _: bool,
    ) -> HeadAction {
        let config = self.of_route.as_ref().unwrap_or(&self.on_worker.config);
        let Some(verdict) = &self.verdict else { return HeadAction::Continue };
        let Some(bucket) = &verdict.told else { return HeadAction::Continue };
        if verdict.x_ratelimit_headers.unwrap_or(config.x_ratelimit_headers) {
            let at = now();
            for (id, number) in [
                (HeaderId::XRateLimitLimit, bucket.max_tokens()),
                (HeaderId::XRateLimitRemaining, bucket.remaining(at)),
                (HeaderId::XRateLimitReset, bucket.reset_seconds(at)),
            ] {
                head.push(id, itoa::Buffer::new().format(number).as_bytes());
            }
        }
        HeadAction::Continue
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use voyant_ir::header::HeaderMutations;

    /// A configuration with a default bucket of so many tokens an hour.
    pub fn config(max_tokens: u32) -> ir::LocalRatelimit {
        let fill_interval_ms = 3_600_000;
        ir::LocalRatelimit {
            stat_prefix: "test".into(),
            status: 429,
            token_bucket: Some(ir::TokenBucket {
                max_tokens,
                tokens_per_fill: 1,
                fill_interval_ms,
            }),
            filter_enabled: None,
            filter_enforced: None,
            request_headers_when_not_enforced: HeaderMutations::default(),
            response_headers: HeaderMutations::default(),
            descriptors: vec![],
            stage: 0,
            per_downstream_connection: false,
            x_ratelimit_headers: false,
            retry_after_header: false,
            virtual_host_rate_limits: ir::VirtualHostRateLimits::Override,
            always_consume_default_token_bucket: true,
            rate_limited_as_resource_exhausted: false,
            rate_limits: vec![],
            max_dynamic_descriptors: 20,
            local_cluster: None,
        }
    }
}
