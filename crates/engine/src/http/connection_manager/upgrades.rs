//! Upgrades that a connection manager allows, some with filters of their own
//! (Envoy's `HttpConnectionManager.UpgradeConfig`).

use voyant_ir::upgrade as ir;

use crate::http::filter_chain::{CompiledChain, FilterScope, WorkerChain};
use crate::route::RouteTable;

/// The filters of each upgrade, in the order of the IR, for all workers.
#[derive(Debug)]
pub struct CompiledUpgrades(Vec<CompiledUpgrade>);

#[derive(Debug)]
struct CompiledUpgrade {
    kind: Box<[u8]>,
    enabled: bool,
    filters: Option<CompiledChain>,
}

/// The same on one worker.
#[derive(Debug)]
pub struct Upgrades(Box<[Upgrade]>);

#[derive(Debug)]
struct Upgrade {
    kind: Box<[u8]>,
    enabled: bool,
    filters: Filters,
}

/// The filters that requests for an upgrade pass.
#[derive(Debug)]
enum Filters {
    Inherited,
    /// In place of the connection manager's; nothing when there is only a router.
    Own(Option<WorkerChain>),
}

impl CompiledUpgrades {
    pub fn new(upgrades: &[ir::Upgrade]) -> Self {
        let compiled = upgrades.iter().map(|upgrade| {
            let ir::Upgrade { upgrade_type, enabled, filters } = upgrade;
            CompiledUpgrade {
                kind: upgrade_type.as_bytes().into(),
                enabled: *enabled,
                filters: filters.as_deref().map(CompiledChain::new),
            }
        });
        Self(compiled.collect())
    }

    pub fn on_worker(&self, routes: Option<&RouteTable>, scope: &FilterScope<'_>) -> Upgrades {
        let upgrades = self.0.iter().map(|upgrade| Upgrade {
            kind: upgrade.kind.clone(),
            enabled: upgrade.enabled,
            filters: match &upgrade.filters {
                None => Filters::Inherited,
                Some(chain) => Filters::Own(chain.on_worker(routes, scope)),
            },
        });
        Upgrades(upgrades.collect())
    }
}

impl Upgrades {
    /// Where an upgrade is, and whether it is on.
    pub fn find(&self, kind: &[u8]) -> Option<(usize, bool)> {
        let at = self.0.iter().position(|upgrade| upgrade.kind.eq_ignore_ascii_case(kind))?;
        Some((at, self.0[at].enabled))
    }

    /// It has filters of its own.
    pub fn has_filters(&self, at: usize) -> bool {
        matches!(self.0[at].filters, Filters::Own(_))
    }

    pub fn filters(&self, at: usize) -> Option<&WorkerChain> {
        match &self.0[at].filters {
            Filters::Own(chain) => chain.as_ref(),
            Filters::Inherited => None,
        }
    }
}
