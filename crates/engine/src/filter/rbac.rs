//! Lets requests pass or denies them by who asks for what (Envoy's `envoy.filters.http.rbac`).
//!
//! What is enforced decides; what stands in the shadow only counts and leaves its result in the
//! dynamic metadata of the stream, where the enforced result is found, too.

use std::rc::Rc;
use std::sync::Arc;

use voyant_ir::filter::rbac as ir;
use voyant_ir::metadata::Value;

use super::HttpFilter;
use crate::http::exchange::reply::LocalReply;
use crate::http::filter_chain::{FilterContext, FilterScope, HeadAction};
use engine::{Engine, Mark};
use stats::Stats;

mod condition;
mod engine;
mod stats;

const NAMESPACE: &str = "envoy.filters.http.rbac";

/// The filter's configuration, or a route's in its place.
#[derive(Debug)]
pub struct Config {
    enforced: Option<Engine>,
    shadow: Option<Engine>,
    names: Names,
    prefixes: [Box<str>; 2],
    track_per_rule_stats: bool,
}

/// The keys of results in metadata.
#[derive(Debug)]
struct Names {
    enforced: [Box<str>; 2],
    shadow: [Box<str>; 2],
}

impl Config {
    pub fn new(config: &ir::Rbac) -> Self {
        let ir::Rbac {
            enforced,
            shadow,
            rules_stat_prefix,
            shadow_rules_stat_prefix,
            track_per_rule_stats,
        } = config;
        let keys = |prefix: &str, mode: &str| {
            ["effective_policy_id", "engine_result"]
                .map(|key| format!("{prefix}{mode}_{key}").into_boxed_str())
        };
        Self {
            enforced: enforced.as_ref().map(Engine::new),
            shadow: shadow.as_ref().map(Engine::new),
            names: Names {
                enforced: keys(rules_stat_prefix, "enforced"),
                shadow: keys(shadow_rules_stat_prefix, "shadow"),
            },
            prefixes: [rules_stat_prefix.as_str().into(), shadow_rules_stat_prefix.as_str().into()],
            track_per_rule_stats: *track_per_rule_stats,
        }
    }
}

/// What a route says: nothing checks no request.
#[derive(Debug)]
pub struct PerRoute(Option<Config>);

impl PerRoute {
    pub fn new(config: &ir::RbacPerRoute) -> Self {
        let ir::RbacPerRoute { rbac } = config;
        Self(rbac.as_ref().map(Config::new))
    }
}

/// The filter on a worker.
#[derive(Debug)]
pub struct OnWorker {
    config: Arc<Config>,
    stats: Stats,
}

impl OnWorker {
    pub fn new(config: Arc<Config>, scope: &FilterScope<'_>) -> Self {
        let [enforced, shadow] = &config.prefixes;
        let stats = Stats::new(scope, enforced, shadow);
        Self { config, stats }
    }
}

/// The filter on a stream.
#[derive(Debug)]
pub struct Filter {
    on_worker: Rc<OnWorker>,
    decided: bool,
}

impl Filter {
    pub fn new(on_worker: Rc<OnWorker>) -> Self {
        Self { on_worker, decided: false }
    }

    fn decide(&self, cx: &mut FilterContext<'_, '_>) -> HeadAction {
        // Envoy judges nobody where there is no client.
        if !cx.stream.info.connection.has_client {
            return HeadAction::Continue;
        }
        let OnWorker { config, stats } = &*self.on_worker;
        let config = match cx.per_route::<PerRoute>() {
            Some(PerRoute(Some(config))) => config,
            Some(PerRoute(None)) => return HeadAction::Continue,
            None => config,
        };
        if let Some(engine) = &config.shadow {
            let verdict = engine.decide(&cx.match_data());
            let policy = verdict.policy.filter(|_| config.track_per_rule_stats);
            stats.shadow(verdict.allowed, policy);
            tell(cx, &config.names.shadow, verdict.allowed, verdict.policy);
        }
        let Some(engine) = &config.enforced else { return HeadAction::Continue };
        let verdict = engine.decide(&cx.match_data());
        let policy = verdict.policy.filter(|_| config.track_per_rule_stats);
        stats.enforced(verdict.allowed, policy);
        tell(cx, &config.names.enforced, verdict.allowed, verdict.policy);
        if let Mark::Logged(logged) = verdict.mark {
            let hint = Value::from_iter([("access_log_hint", logged.into())]);
            cx.stream.info.dynamic_metadata_mut().merge("envoy.common", hint);
        }
        if verdict.allowed {
            return HeadAction::Continue;
        }
        HeadAction::Reply(Box::new(denial(verdict.policy)))
    }
}

impl HttpFilter for Filter {
    /// Before an upstream the filter decides before all others, as in Envoy.
    fn host_chosen(&mut self, cx: &mut FilterContext<'_, '_>) -> HeadAction {
        self.decided = true;
        self.decide(cx)
    }

    fn request_head(&mut self, cx: &mut FilterContext<'_, '_>, _: bool) -> HeadAction {
        if self.decided { HeadAction::Continue } else { self.decide(cx) }
    }
}

/// Leaves a result in the metadata of the stream.
fn tell(
    cx: &mut FilterContext<'_, '_>,
    [policy_key, result_key]: &[Box<str>; 2],
    allowed: bool,
    policy: Option<&str>,
) {
    let result = if allowed { "allowed" } else { "denied" };
    let policy = policy.map(|policy| (&**policy_key, policy.into()));
    let members = policy.into_iter().chain([(&**result_key, result.into())]);
    cx.stream.info.dynamic_metadata_mut().merge(NAMESPACE, members.collect());
}

fn denial(policy: Option<&str>) -> LocalReply {
    let policy: String = policy
        .unwrap_or("none")
        .chars()
        .map(|c| if c.is_ascii_whitespace() || c == '\x0b' { '_' } else { c })
        .collect();
    LocalReply {
        body: "RBAC: access denied".into(),
        details: format!("rbac_access_denied_matched_policy[{policy}]").into(),
        ..LocalReply::new(403, "")
    }
}

#[cfg(test)]
mod tests;
