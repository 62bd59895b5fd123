//! Upgrades that a connection manager allows, some with filters of their own
//! (Envoy's `HttpConnectionManager.UpgradeConfig`).

use voyant_ir::upgrade as ir;

use crate::http::filter_chain::{CompiledChain, FilterScope, WorkerChain};
use crate::http::router::{CompiledRouter, Router};
use crate::observe::access_log::{AccessLogWorker, LogError};
use crate::route::RouteTable;

/// The filters of each upgrade, in the order of the IR, for all workers.
#[derive(Debug)]
pub struct CompiledUpgrades(Vec<CompiledUpgrade>);

#[derive(Debug)]
struct CompiledUpgrade {
    kind: Box<[u8]>,
    enabled: bool,
    filters: Option<(CompiledChain, CompiledRouter)>,
}

/// The same on one worker.
#[derive(Debug)]
pub struct Upgrades(Box<[Upgrade]>);

#[derive(Debug)]
struct Upgrade {
    kind: Box<[u8]>,
    enabled: bool,
    own: Option<OwnFilters>,
}

/// What requests for an upgrade pass in place of the connection manager's filters.
#[derive(Debug)]
pub struct OwnFilters {
    /// Nothing when there is only a router.
    pub filters: Option<WorkerChain>,
    pub router: Router,
}

impl CompiledUpgrades {
    pub fn new(upgrades: &[ir::Upgrade]) -> Self {
        let compiled = upgrades.iter().map(|upgrade| {
            let ir::Upgrade { upgrade_type, enabled, filters } = upgrade;
            let filters = filters.as_deref();
            CompiledUpgrade {
                kind: upgrade_type.as_bytes().into(),
                enabled: *enabled,
                filters: filters.map(|own| (CompiledChain::new(own), CompiledRouter::of(own))),
            }
        });
        Self(compiled.collect())
    }

    /// The upgrades on a worker; `upstream_scope` is for filters before hosts.
    pub fn on_worker(
        &self,
        routes: Option<&RouteTable>,
        scope: &FilterScope<'_>,
        upstream_scope: &FilterScope<'_>,
        logs: &AccessLogWorker,
    ) -> Result<Upgrades, LogError> {
        let own = |(filters, router): &(CompiledChain, CompiledRouter)| {
            let router = router.on_worker(routes, upstream_scope, logs)?;
            Ok::<_, LogError>(OwnFilters { filters: filters.on_worker(routes, scope), router })
        };
        let upgrades = self.0.iter().map(|upgrade| {
            Ok(Upgrade {
                kind: upgrade.kind.clone(),
                enabled: upgrade.enabled,
                own: upgrade.filters.as_ref().map(own).transpose()?,
            })
        });
        Ok(Upgrades(upgrades.collect::<Result<_, LogError>>()?))
    }
}

impl Upgrades {
    /// Where an upgrade is, and whether it is on.
    pub fn find(&self, kind: &[u8]) -> Option<(usize, bool)> {
        let at = self.0.iter().position(|upgrade| upgrade.kind.eq_ignore_ascii_case(kind))?;
        Some((at, self.0[at].enabled))
    }

    /// The filters that it has of its own.
    pub fn own(&self, at: usize) -> Option<&OwnFilters> {
        self.0[at].own.as_ref()
    }

    /// Where the upgrade is whose own router this is.
    pub fn with_router(&self, router: &Router) -> Option<usize> {
        let is_its = |own: &OwnFilters| std::ptr::eq(&raw const own.router, router);
        self.0.iter().position(|upgrade| upgrade.own.as_ref().is_some_and(is_its))
    }

    /// Routers of them have logs.
    pub fn have_logs(&self) -> bool {
        self.0.iter().any(|upgrade| upgrade.own.as_ref().is_some_and(|own| own.router.has_logs()))
    }
}
