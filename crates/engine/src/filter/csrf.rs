//! Protection from requests that other sites make in a user's name (Envoy's
//! `envoy.filters.http.csrf`).
//!
//! A request that changes something must come from the host that it goes to, by its `origin` or
//! else its `referer`, or from an origin that is listed.

use std::rc::Rc;
use std::sync::Arc;

use voyant_ir::filter::csrf as ir;
use voyant_ir::matcher::FractionalPercent;

use super::{HttpFilter, matchers};
use crate::head::Head;
use crate::head::header_name::HeaderId;
use crate::http::exchange::reply::LocalReply;
use crate::http::filter_chain::{FilterContext, FilterScope, HeadAction};
use crate::string_matcher::StringMatcher;

crate::stats_group! {
    /// `http.<stat_prefix>.csrf`.
    pub struct CsrfStats {
        missing_source_origin: Counter,
        request_invalid: Counter,
        request_valid: Counter,
    }
}

/// The filter's configuration.
#[derive(Debug)]
pub struct Config {
    filter_enabled: FractionalPercent,
    shadow_enabled: Option<FractionalPercent>,
    additional_origins: Box<[StringMatcher]>,
}

impl Config {
    pub fn new(policy: &ir::CsrfPolicy) -> Self {
        let ir::CsrfPolicy { filter_enabled, shadow_enabled, additional_origins } = policy;
        Self {
            filter_enabled: filter_enabled.clone(),
            shadow_enabled: shadow_enabled.clone(),
            additional_origins: matchers::strings(additional_origins),
        }
    }

    fn allows(&self, source: &[u8], request: &Head) -> bool {
        source == request.authority() || self.additional_origins.iter().any(|m| m.matches(source))
    }
}

/// What a route says in place of that.
#[derive(Debug)]
pub struct PerRoute(Config);

impl PerRoute {
    pub fn new(policy: &ir::CsrfPolicy) -> Self {
        Self(Config::new(policy))
    }
}

/// The filter on a worker.
#[derive(Debug)]
pub struct OnWorker {
    config: Arc<Config>,
    stats: Arc<CsrfStats>,
}

impl OnWorker {
    pub fn new(config: Arc<Config>, scope: &FilterScope<'_>) -> Self {
        Self { config, stats: scope.registry.shard(&format!("{}.csrf", scope.stat_prefix)) }
    }
}

/// The filter on a stream.
#[derive(Debug)]
pub struct Filter {
    on_worker: Rc<OnWorker>,
}

impl Filter {
    pub fn new(on_worker: Rc<OnWorker>) -> Self {
        Self { on_worker }
    }
}

impl HttpFilter for Filter {
    fn request_head(&mut self, cx: &mut FilterContext<'_, '_>, _: bool) -> HeadAction {
        let OnWorker { config, stats } = &*self.on_worker;
        let policy = cx.per_route::<PerRoute>().map_or(&**config, |per_route| &per_route.0);
        let worker = &cx.stream.manager.worker;
        let drawn = |share: &FractionalPercent| {
            worker.runtime.feature_enabled(share, worker.rng.next_u64())
        };
        let enabled = drawn(&policy.filter_enabled);
        if !enabled && !policy.shadow_enabled.as_ref().is_some_and(drawn) {
            return HeadAction::Continue;
        }
        let request = cx.request();
        if !matches!(request.method(), b"POST" | b"PUT" | b"DELETE" | b"PATCH") {
            return HeadAction::Continue;
        }
        let source = source(request);
        if source.is_empty() {
            stats.missing_source_origin.inc();
        } else if policy.allows(source, request) {
            stats.request_valid.inc();
            return HeadAction::Continue;
        } else {
            stats.request_invalid.inc();
        }
        if !enabled {
            return HeadAction::Continue;
        }
        let reply = LocalReply::new(403, "csrf_origin_mismatch");
        HeadAction::Reply(Box::new(LocalReply { body: "Invalid origin".into(), ..reply }))
    }
}

/// Host and port of where the request comes from; empty when it does not say.
fn source(request: &Head) -> &[u8] {
    match request.get(HeaderId::Origin).unwrap_or_default() {
        // Who is not to be told keeps it to himself: the referer is not asked either.
        b"null" => b"",
        b"" => host_and_port(request.get(HeaderId::Referer).unwrap_or_default()),
        origin => host_and_port(origin),
    }
}

/// Host and port of a URL; all of what is none.
fn host_and_port(url: &[u8]) -> &[u8] {
    let Some(scheme) = url.windows(3).position(|part| part == b"://") else { return url };
    let rest = &url[scheme + 3..];
    let end = rest.iter().position(|byte| matches!(byte, b'/' | b'?' | b'#'));
    let host = &rest[..end.unwrap_or(rest.len())];
    match host.iter().position(|&byte| byte == b'@') {
        Some(at) => &host[at + 1..],
        None => host,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_has_a_host() {
        for (url, host) in [
            ("https://a.test", "a.test"),
            ("http://a.test:81/x?y", "a.test:81"),
            ("http://[::1]:81?y", "[::1]:81"),
            ("http://user:password@a.test/", "a.test"),
            ("a.test", "a.test"),
            ("null", "null"),
            ("", ""),
        ] {
            assert_eq!(host_and_port(url.as_bytes()), host.as_bytes(), "{url}");
        }
    }
}
