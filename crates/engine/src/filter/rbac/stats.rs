//! What the filter counts: `http.<stat_prefix>.rbac.<prefix>`, and of each policy under
//! `policy.<name>`, which exists from its first use.

use std::cell::RefCell;
use std::collections::HashMap;
use std::fmt::Debug;
use std::rc::Rc;
use std::sync::Arc;

use crate::http::filter_chain::FilterScope;
use crate::observe::stats::Registry;
use crate::observe::stats::group::StatsGroup;
use crate::worker::Worker;

crate::stats_group! {
    /// What was enforced.
    pub struct EnforcedStats {
        allowed: Counter,
        denied: Counter,
    }
}

crate::stats_group! {
    /// What would have been.
    pub struct ShadowStats {
        shadow_allowed: Counter,
        shadow_denied: Counter,
    }
}

macro_rules! single {
    ($($Name:ident: $metric:ident),*) => {$(
        crate::stats_group! {
            /// One count of a policy.
            pub struct $Name {
                $metric: Counter,
            }
        }

        impl Single for $Name {
            fn inc(&self) {
                self.$metric.inc();
            }
        }
    )*};
}

trait Single: StatsGroup {
    fn inc(&self);
}

single! {
    PolicyAllowed: allowed,
    PolicyDenied: denied,
    PolicyShadowAllowed: shadow_allowed,
    PolicyShadowDenied: shadow_denied
}

/// The counts of a worker.
#[derive(Debug)]
pub(super) struct Stats {
    worker: Rc<Worker>,
    enforced: Arc<EnforcedStats>,
    shadow: Arc<ShadowStats>,
    prefixes: [Box<str>; 2],
    allowed: PerPolicy<PolicyAllowed>,
    denied: PerPolicy<PolicyDenied>,
    shadow_allowed: PerPolicy<PolicyShadowAllowed>,
    shadow_denied: PerPolicy<PolicyShadowDenied>,
}

impl Stats {
    pub(super) fn new(scope: &FilterScope<'_>, enforced: &str, shadow: &str) -> Self {
        let prefixes = [enforced, shadow].map(|prefix| {
            let own = prefix.strip_suffix('.').unwrap_or(prefix);
            let dot = if own.is_empty() { "" } else { "." };
            format!("{}.rbac{dot}{own}", scope.stat_prefix).into_boxed_str()
        });
        Self {
            worker: Rc::clone(scope.worker),
            enforced: scope.registry.shard(&prefixes[0]),
            shadow: scope.registry.shard(&prefixes[1]),
            prefixes,
            allowed: PerPolicy::default(),
            denied: PerPolicy::default(),
            shadow_allowed: PerPolicy::default(),
            shadow_denied: PerPolicy::default(),
        }
    }

    /// Counts a decision, and that of a policy that is to be counted, too.
    pub(super) fn enforced(&self, allowed: bool, policy: Option<&str>) {
        let counter = if allowed { &self.enforced.allowed } else { &self.enforced.denied };
        counter.inc();
        let Some(policy) = policy else { return };
        let (registry, prefix) = (&self.worker.registry, &*self.prefixes[0]);
        if allowed {
            self.allowed.inc(registry, prefix, policy);
        } else {
            self.denied.inc(registry, prefix, policy);
        }
    }

    pub(super) fn shadow(&self, allowed: bool, policy: Option<&str>) {
        let stats = &self.shadow;
        let counter = if allowed { &stats.shadow_allowed } else { &stats.shadow_denied };
        counter.inc();
        let Some(policy) = policy else { return };
        let (registry, prefix) = (&self.worker.registry, &*self.prefixes[1]);
        if allowed {
            self.shadow_allowed.inc(registry, prefix, policy);
        } else {
            self.shadow_denied.inc(registry, prefix, policy);
        }
    }
}

/// One count of each policy that was met.
#[derive(Debug)]
struct PerPolicy<G>(RefCell<HashMap<Box<str>, Arc<G>>>);

impl<G> Default for PerPolicy<G> {
    fn default() -> Self {
        Self(RefCell::default())
    }
}

impl<G: Single + Debug> PerPolicy<G> {
    fn inc(&self, registry: &Registry, prefix: &str, policy: &str) {
        let mut known = self.0.borrow_mut();
        if let Some(stats) = known.get(policy) {
            return stats.inc();
        }
        let stats: Arc<G> = registry.shard(&format!("{prefix}.policy.{policy}"));
        stats.inc();
        known.insert(policy.into(), stats);
    }
}
