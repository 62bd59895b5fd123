//! Filters before there is a stream: compiled for all workers, and on each of them.

use voyant_ir::filter as ir;

use super::{Chain, FilterScope, Flow, Link, override_of};
use crate::filter::{FilterConfig, WorkerFilter};
use crate::route::{RouteHandle, RouteTable};

/// The filters of a connection manager as compiled, for all workers.
#[derive(Debug)]
pub struct CompiledChain(Vec<CompiledLink>);

#[derive(Debug)]
struct CompiledLink {
    name: Box<str>,
    filter: FilterConfig,
    disabled: bool,
}

impl CompiledLink {
    fn on_worker(&self, scope: &FilterScope<'_>) -> WorkerFilter {
        #[cfg(test)]
        if let Some(script) = crate::filter::scripted::find(&self.name) {
            return WorkerFilter::Scripted(script);
        }
        self.filter.on_worker(&FilterScope { name: &self.name, ..*scope })
    }
}

impl CompiledChain {
    /// Compiles all but the router.
    pub fn new(filters: &[ir::HttpFilter]) -> Self {
        let links = filters.iter().filter_map(|filter| {
            let ir::HttpFilter { name, disabled, kind } = filter;
            let filter = FilterConfig::new(kind)?;
            Some(CompiledLink { name: name.as_str().into(), filter, disabled: *disabled })
        });
        Self(links.collect())
    }

    /// The same, where there may be none.
    pub fn unless_empty(filters: &[ir::HttpFilter]) -> Option<Self> {
        (!filters.is_empty()).then(|| Self::new(filters))
    }

    /// The same on a worker; nothing when there is no filter. `routes`: the only table that
    /// requests have routes from.
    pub fn on_worker(
        &self,
        routes: Option<&RouteTable>,
        scope: &FilterScope<'_>,
    ) -> Option<WorkerChain> {
        let links = self.0.iter().map(|link| WorkerLink {
            filter: link.on_worker(scope),
            slot: match routes {
                Some(routes) => Slot::Known(routes.filter_slot(&link.name)),
                None => Slot::ByTable(link.name.clone()),
            },
            disabled: link.disabled,
        });
        let links: Vec<_> = links.collect();
        (!links.is_empty()).then_some(WorkerChain { links })
    }
}

/// The filters of a connection manager on one worker.
#[derive(Debug)]
pub struct WorkerChain {
    links: Vec<WorkerLink>,
}

#[derive(Debug)]
struct WorkerLink {
    filter: WorkerFilter,
    /// Where routes have what they say of it, if any does.
    slot: Slot,
    disabled: bool,
}

#[derive(Debug)]
enum Slot {
    Known(Option<u16>),
    /// Each table has its own for the filter of this name.
    ByTable(Box<str>),
}

impl Slot {
    fn of(&self, route: Option<&RouteHandle>) -> Option<u16> {
        match self {
            Self::Known(slot) => *slot,
            Self::ByTable(name) => route?.table.filter_slot(name),
        }
    }
}

impl WorkerChain {
    /// The filters for a stream on a route; nothing when none is on.
    pub fn stream(&self, route: Option<&RouteHandle>, weighted: Option<usize>) -> Option<Chain> {
        let overrides = route.and_then(|route| route.filter_overrides(weighted));
        let links = self.links.iter().filter_map(|link| {
            let slot = link.slot.of(route);
            let found = override_of(overrides, slot);
            let disabled = found.map_or(link.disabled, |found| found.disabled);
            (!disabled).then(|| Link { filter: link.filter.stream(), slot })
        });
        let links: Vec<_> = links.collect();
        if links.is_empty() {
            return None;
        }
        let route = overrides.and(route).cloned();
        Some(Chain { links, route, weighted, request: Flow::default(), response: Flow::default() })
    }
}
